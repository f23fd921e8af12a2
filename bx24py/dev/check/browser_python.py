"""What Python in the browser lacks of CPython's standard library: facts of the pinned Pyodide.

tests/browser/test_check.py compares them with Pyodide itself.
"""

from bx24py.dev import pinned

VERSION = pinned.PYTHON

ADDED = frozenset(("annotationlib", "compression"))
"""Modules of its standard library that an older Python on the developer's machine does not know."""

_REMOVED = """
aifc asynchat asyncore audioop binhex cgi cgitb chunk crypt distutils imghdr imp lib2to3 mailcap msilib nis nntplib
ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib uu xdrlib
"""

REMOVED = frozenset(_REMOVED.split())
"""Modules that an older Python has and this one has not."""

INSTEAD = {
    "cgi": "use urllib.parse and email.message",
    "crypt": "use hashlib",
    "distutils": "use shutil, sysconfig or packaging",
    "imghdr": "look at the first bytes",
    "imp": "use importlib",
    "pipes": "use shlex",
    "uu": "use base64",
}
"""What to use in place of a removed module."""

ABSENT = {
    "curses": "",
    "dbm": "use sqlite3, or a dict that is kept as JSON",
    "ensurepip": "name packages in data-packages",
    "grp": "",
    "idlelib": "",
    "msvcrt": "",
    "nt": "",
    "pwd": "use bx24.call_method('user.current') for the user",
    "pydoc_data": "",
    "readline": "",
    "resource": "",
    "syslog": "use logging",
    "tkinter": "use elements of the page, with bx24py.page",
    "turtle": "draw on a canvas of the page",
    "turtledemo": "",
    "venv": "name packages in data-packages",
    "winreg": "",
    "winsound": "use js.Audio",
}
"""Modules that the browser has not, and what to use in their place."""

_FETCH = "use await pyodide.http.pyfetch(url)"
_THREAD = "there are no threads in the browser"
_PROCESS = "there are no processes in the browser"
_SOCKET = "there are no sockets in the browser"
_TASK = "asyncio.create_task(…), and await asyncio.sleep(0) in long loops"

UNWORKABLE = {
    "threading.Thread": f"{_THREAD}: {_TASK}",
    "threading.Timer": f"{_THREAD}: use asyncio.get_running_loop().call_later(…)",
    "_thread.start_new_thread": f"{_THREAD}: {_TASK}",
    "concurrent.futures.ThreadPoolExecutor": f"{_THREAD}: {_TASK}",
    "concurrent.futures.ProcessPoolExecutor": f"{_PROCESS}: {_TASK}",
    "concurrent.futures.thread": f"{_THREAD}: {_TASK}",
    "multiprocessing": f"{_PROCESS}: {_TASK}",
    "subprocess": _PROCESS,
    "os.system": _PROCESS,
    "os.popen": _PROCESS,
    "os.fork": _PROCESS,
    "asyncio.create_subprocess_exec": _PROCESS,
    "asyncio.create_subprocess_shell": _PROCESS,
    "asyncio.open_connection": f"{_SOCKET}: {_FETCH}",
    "asyncio.start_server": _SOCKET,
    "asyncio.run": "it fails in browsers without stack switching: await the coroutine, also at the top level",
    "socket.socket": f"{_SOCKET}: {_FETCH}",
    "socket.create_connection": f"{_SOCKET}: {_FETCH}",
    "socketserver": _SOCKET,
    "http.server": _SOCKET,
    "http.client": f"{_SOCKET}: {_FETCH}",
    "urllib.request.urlopen": f"{_SOCKET}: {_FETCH}",
    "urllib.request.urlretrieve": f"{_SOCKET}: {_FETCH}",
    "urllib.request.build_opener": f"{_SOCKET}: {_FETCH}",
    "ftplib": _SOCKET,
    "imaplib": _SOCKET,
    "poplib": _SOCKET,
    "smtplib": f"{_SOCKET}: call mailservice or crm.activity methods of the portal",
    "signal.alarm": "there are no signals in the browser: use asyncio.get_running_loop().call_later(…)",
    "requests": f"it stops the page while it waits, and reaches only hosts that allow it: {_FETCH}",
    "time.sleep": "it stops the page: await asyncio.sleep(…)",
    "builtins.input": "it stops the page with a dialog, which frames may not show: use an <input>",
}
"""What can be imported and does not work in the browser: its name, or the beginning of it, and what to say."""
