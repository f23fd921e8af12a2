"""What `bx24py check` says of the browser's Python, compared with Pyodide itself."""

from __future__ import annotations

import sys

from bx24py.dev.check import browser_python

from .conftest import PythonPage

_NOT_OF_A_BROWSER = {"antigravity", "this"}  # they show something when they are imported


def test_the_modules_of_the_standard_library_are_as_the_check_says(app: PythonPage) -> None:
    wanted = sorted(name for name in sys.stdlib_module_names | browser_python.ADDED if name[0] != "_")
    absent = app.python(
        """
        import importlib, warnings
        warnings.simplefilter("ignore")
        def absent(name):
            try:
                importlib.import_module(name)
            except ImportError:
                return True
        return [name for name in names if absent(name)]
        """,
        names=sorted(set(wanted) - _NOT_OF_A_BROWSER),
    )
    older = browser_python.REMOVED & sys.stdlib_module_names
    assert set(absent) == (browser_python.ABSENT.keys() & set(wanted)) | older
    assert (
        app.python("import sys; return [name for name in names if name in sys.stdlib_module_names]", names=list(older))
        == []
    )


def test_what_is_said_not_to_work_does_not(app: PythonPage) -> None:
    working = app.python(
        """
        import concurrent.futures, multiprocessing, os, signal, socket, subprocess, threading, urllib.request, zoneinfo
        tries = {
            "thread": lambda: threading.Thread(target=print).start(),
            "timer": lambda: threading.Timer(1, print).start(),
            "pool": lambda: concurrent.futures.ThreadPoolExecutor().submit(print),
            "processes": lambda: concurrent.futures.ProcessPoolExecutor().submit(print),
            "multiprocessing": lambda: multiprocessing.Process(target=print).start(),
            "subprocess": lambda: subprocess.run(["ls"]),
            "fork": lambda: os.fork(),
            "popen": lambda: os.popen("ls"),
            "alarm": lambda: signal.alarm(1),
            "zone": lambda: zoneinfo.ZoneInfo("Europe/Berlin"),
            "exec": lambda: asyncio.create_subprocess_exec("ls"),
            "connection": lambda: asyncio.open_connection("127.0.0.1", 9),
        }
        working = []
        for name, function in tries.items():
            try:
                made = function()
                if asyncio.iscoroutine(made):
                    await made
                working.append(name)
            except Exception:
                pass
        return working
        """
    )
    assert working == []
