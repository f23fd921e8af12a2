"""A Python console in the portal: where Python joins the page that console.js has made.

The page runs cells by `run` and `stop`; cells.py runs their code.
"""

from __future__ import annotations

from cells import Runner
from complete import Completer
from js import notebook
from portal_names import PortalNames
from pyodide.ffi import create_proxy, to_js

from bx24py import bx24

runner = Runner()
completer = Completer(runner.namespace, PortalNames(bx24))

notebook.connect(
    to_js(
        {
            "run": create_proxy(runner.run),
            "stop": create_proxy(runner.stop),
            "complete": create_proxy(completer.complete),
            "describe": create_proxy(completer.describe),
        }
    )
)
