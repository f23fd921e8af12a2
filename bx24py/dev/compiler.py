"""Compiles modules for the browser. It runs under Python 3.14, also in Pyodide, so it imports nothing from bx24py.

    python3.14 compiler.py <job.json >compiled.json

Input: a JSON object, `sources` of which has file names and sources; where `reduced` is true, what nothing reads in the
browser is left out. Output: the same names and their .pyc files in base64.
"""

from __future__ import annotations

import ast
import base64
import importlib.util
import json
import marshal
import sys

_UNCHECKED_HASH = 0b01
"""The flag of a .pyc file that is never compared with its source: there is no source, and dates differ."""


class _ForTheBrowser(ast.NodeTransformer):
    """Removes what nothing reads in the browser.

    That is what only type checkers read: annotations of functions (an eighth of the archive) and overloads; and
    docstrings of private functions and classes, which `help` does not show.
    """

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        if any(isinstance(one, ast.Name) and one.id == "overload" for one in node.decorator_list):
            return None
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        _without_docstring(node)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        _without_docstring(node)
        return self.generic_visit(node)


def _without_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
    is_private = node.name.startswith("_") and not node.name.endswith("__")
    if is_private and ast.get_docstring(node) is not None:
        # Keep the body non-empty, and the line numbers.
        node.body[0] = ast.copy_location(ast.Pass(), node.body[0])


def pyc(name: str, source: str, *, reduced: bool) -> bytes:
    """Return the .pyc file of a module; `name` is the file name in tracebacks."""
    tree = ast.parse(source, name)
    if reduced:
        tree = _ForTheBrowser().visit(tree)
    code = compile(tree, name, "exec", dont_inherit=True, optimize=0)
    checked = _UNCHECKED_HASH.to_bytes(4, "little") + importlib.util.source_hash(source.encode())
    return importlib.util.MAGIC_NUMBER + checked + marshal.dumps(code)


def compile_all(job: str) -> str:
    """Compile what a job names, and return a JSON object of names and base64."""
    given = json.loads(job)
    files = {name: pyc(name, source, reduced=given["reduced"]) for name, source in given["sources"].items()}
    return json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()})


if __name__ == "__main__":
    sys.stdout.write(compile_all(sys.stdin.read()))
