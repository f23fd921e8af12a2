"""A Python console in the portal: where Python joins the page that console.js has made.

The page runs cells by `run` and `stop`; cells.py runs their code.
"""

from __future__ import annotations

from cells import Runner
from chart import chart
from js import notebook, script_menu
from pyodide.ffi import create_proxy, to_js
from scripts import Scripts

runner = Runner()
runner.namespace |= {"chart": chart, "show": runner.show, "display": runner.show}

notebook.connect(to_js({"run": create_proxy(runner.run), "stop": create_proxy(runner.stop)}))
script_menu.connect(create_proxy(Scripts().do))
