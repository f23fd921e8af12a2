"""A Python console in the portal: where Python joins the page that console.js has made.

The page runs cells by `run` and `stop`; cells.py runs their code. `complete` and `describe` propose and explain names
(complete.py); what the script menu asks for is done by scripts.py. What cells change goes through writes.py. client.py
is imported before what uses `bx24`: it puts the console's own in its place.
"""

from __future__ import annotations

import logging

from busy import Console
from cells import Runner
from chart import chart
from client import bx24
from complete import Completer
from js import notebook, script_menu
from portal_names import PortalNames
from pyodide.ffi import create_proxy, to_js
from scripts import Scripts
from work import Waits
from writes import Guard, of_console

runner = Runner()
console = Console()
runner.namespace |= {"console": console, "chart": chart, "show": runner.show, "display": runner.show}
guard = Guard(runner, bx24)
completer = Completer(runner.namespace, PortalNames(bx24))

log = logging.getLogger("bx24py")
log.setLevel(logging.INFO)
log.addHandler(Waits(lambda: runner.run_now))

done = {
    "run": runner.run,
    "stop": runner.stop,
    "complete": completer.complete,
    "describe": completer.describe,
}
notebook.connect(to_js({name: create_proxy(function) for name, function in done.items()}))
script_menu.connect(create_proxy(of_console(Scripts().do)))
