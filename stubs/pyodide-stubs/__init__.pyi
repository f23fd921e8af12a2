"""Types of Pyodide's Python package, as bx24py ships it to the browser."""

__version__: str
