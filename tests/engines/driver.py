"""A few verbs for a page in Firefox or in WebKit, which Playwright cannot drive as a system has them installed.

Both understand the commands of WebDriver: WebKit's driver over HTTP, Firefox through a socket of its own (Marionette).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of an element's id in WebDriver's JSON."""

PATIENCE = 120.0
"""How long an element or a text may take to appear, in seconds: a first start of WebKit takes all of the machine."""

SHIFT, CONTROL, ENTER, END = "\ue008", "\ue009", "\ue007", "\ue010"
"""Keys, as WebDriver writes them."""

NOT_YET = ("element not interactable", "element click intercepted", "stale element reference")
"""The errors of an element that may be usable a moment later."""

HTTP = {
    "CloseWindow": "DELETE window",
    "ElementClick": "POST element/{}/click",
    "ElementSendKeys": "POST element/{}/value",
    "ExecuteAsyncScript": "POST execute/async",
    "FindElements": "POST elements",
    "GetElementText": "GET element/{}/text",
    "GetWindowHandle": "GET window",
    "Navigate": "POST url",
    "NewWindow": "POST window/new",
    "PerformActions": "POST actions",
    "SetTimeouts": "POST timeouts",
    "SwitchToFrame": "POST frame",
    "SwitchToWindow": "POST window",
    "TakeScreenshot": "GET screenshot",
}
"""WebDriver's commands as requests."""


class DriverError(Exception):
    """The browser refused a command."""


class Driver(ABC):
    """A running browser. What it is told acts on the frame that was entered last.

    Attributes:
        name: `firefox` or `webkit`.
        version: of the browser.
        downloads: the folder into which it saves files.
    """

    name: str
    version: str
    downloads: Path

    @abstractmethod
    def send(self, command: str, **params: Any) -> Any:
        """Send a command of WebDriver under the name that Firefox gives it."""

    def open(self, address: str) -> None:
        """Load a page, from its top."""
        self.send("SwitchToFrame", id=None)
        self.send("Navigate", url=address)

    def enter(self, selector: str) -> None:
        """Go from the page into a frame of it."""
        self.send("SwitchToFrame", id=None)
        self.send("SwitchToFrame", id=self.find(selector))

    @contextmanager
    def tab(self) -> Iterator[None]:
        """Use another tab in the block."""
        former = self.send("GetWindowHandle")
        self.send("SwitchToWindow", handle=self.send("NewWindow", type="tab")["handle"])
        yield
        self.send("CloseWindow")
        self.send("SwitchToWindow", handle=former)

    def run(self, body: str, *args: Any) -> Any:
        """Run the body of an async function of JavaScript with `args`, and give what it returns."""
        script = (
            "const back = arguments[arguments.length - 1];"
            f"(async (args) => {{ {body} }})([...arguments].slice(0, -1)).then("
            "(value) => back([true, value ?? null]), (error) => back([false, `${error}\\n${error?.stack}`]));"
        )
        good, value = self.send("ExecuteAsyncScript", script=script, args=list(args)) or (False, "the page has gone")
        if not good:
            raise DriverError(value)
        return value

    def find(self, selector: str) -> dict[str, str]:
        """Wait for an element, by its CSS selector."""
        found = wait_for(lambda: self.send("FindElements", using="css selector", value=selector), f"no {selector}")
        return {ELEMENT: found[0][ELEMENT]}

    def click(self, selector: str) -> None:
        """Click an element, as a person does."""
        self._act(selector, "ElementClick")

    def type(self, selector: str, text: str) -> None:
        """Click into a field, and add a text at its end with keys."""
        wait_for(lambda: self._focus(selector), lambda: f"{selector} does not get the focus", PATIENCE)
        self.press(END + text)

    def _focus(self, selector: str) -> bool:
        """Click into a field; the click misses it where the page moves at that moment."""
        self.click(selector)
        return bool(self.run("return document.activeElement.matches(args[0])", selector))

    def choose(self, selector: str, path: Path) -> None:
        """Choose a file in an input for files."""
        self._act(selector, "ElementSendKeys", text=str(path))

    def press(self, text: str, *held: str) -> None:
        """Press keys, one after another, in what has the focus, while others are held."""
        down = [{"type": "keyDown", "value": key} for key in held]
        up = [{"type": "keyUp", "value": key} for key in held]
        strokes = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.send("PerformActions", actions=[{"type": "key", "id": "keys", "actions": [*down, *strokes, *up]}])

    def text(self, selector: str) -> str:
        """Give an element's text as it is seen."""
        return str(self._act(selector, "GetElementText"))

    def _act(self, selector: str, command: str, **params: Any) -> Any:
        """Send a command for an element; until it can be used, and is not replaced meanwhile, again."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self.send(command, element=self.find(selector), **params)
            except DriverError as error:
                if not str(error).startswith(NOT_YET) or time.monotonic() > end:
                    raise
            time.sleep(0.05)

    def wait_for_text(self, selector: str, text: str, seconds: float = PATIENCE) -> None:
        """Wait until an element shows a text."""
        wait_for(lambda: text in self.text(selector), lambda: f"{selector} shows {self.text(selector)!r}", seconds)


def wait_for(condition: Callable[[], Any], problem: str | Callable[[], str], seconds: float = PATIENCE) -> Any:
    """Wait until a condition gives something, and return that."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {problem if isinstance(problem, str) else problem()}")
        time.sleep(0.05)
    return found


class Firefox(Driver):
    """Firefox, through Marionette: JSON messages, each with its length in front of it."""

    name = "firefox"

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._file = self._socket.makefile("rb")
        self._number = 0
        self._read()  # its greeting
        self.version = self.send("NewSession", strictFileInteractability=False)["capabilities"]["browserVersion"]

    def send(self, command: str, **params: Any) -> Any:
        if "element" in params:
            params["id"] = params.pop("element")[ELEMENT]
        elif command == "SwitchToFrame" and params["id"]:
            params = {"element": params["id"][ELEMENT]}
        self._number += 1
        message = json.dumps([0, self._number, f"WebDriver:{command}", params])
        self._socket.sendall(f"{len(message)}:{message}".encode())
        _, _, error, result = self._read()
        if error:
            raise DriverError(f"{error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and list(result) == ["value"] else result

    def _read(self) -> Any:
        digits = b""
        while not digits.endswith(b":"):
            one = self._file.read(1)
            if not one:
                raise DriverError("Firefox has gone")
            digits += one
        return json.loads(self._file.read(int(digits[:-1])))


class WebKit(Driver):
    """WebKit, through its driver's HTTP."""

    name = "webkit"

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}/session"
        wanted = {"capabilities": {"alwaysMatch": {"strictFileInteractability": False}}}
        session = self._ask("POST", "", wanted)
        self._address += f"/{session['sessionId']}/"
        self.version = session["capabilities"]["browserVersion"]

    def send(self, command: str, **params: Any) -> Any:
        element = params.pop("element", {}).get(ELEMENT)
        method, path = HTTP[command].split(" ")
        return self._ask(method, path.format(element), params)

    def end(self) -> None:
        """Let the driver close its browser."""
        self._ask("DELETE", "", {})

    def _ask(self, method: str, path: str, params: Any) -> Any:
        body = json.dumps(params).encode() if method == "POST" else None
        request = urllib.request.Request(self._address + path, body, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refused:
            error = json.load(refused)["value"]
            raise DriverError(f"{error['error']}: {error['message']}") from None


@contextmanager
def firefox(executable: str) -> Iterator[Driver]:
    """Start Firefox with a profile of its own."""
    with ExitStack() as stack:
        profile = Path(stack.enter_context(_folder()))
        downloads = profile / "downloads"
        preferences = {"marionette.port": 0, "browser.download.folderList": 2, "browser.download.dir": str(downloads)}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()]
        (profile / "user.js").write_text("".join(lines))
        command = [executable, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
        stack.enter_context(_process(command))
        port = profile / "MarionetteActivePort"
        wait_for(lambda: port.exists() and port.read_text(), "Firefox listens")
        yield _ready(Firefox(int(port.read_text())), downloads)


@contextmanager
def webkit(executable: str, xvfb: str) -> Iterator[Driver]:
    """Start WebKit on a display of its own: it has no headless mode."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(_folder()))
        read, write = os.pipe()
        display = [xvfb, "-displayfd", str(write), "-screen", "0", "1280x1024x24"]
        stack.enter_context(_process(display, pass_fds=[write]))
        os.close(write)
        with os.fdopen(read) as number:
            environment = {**os.environ, "HOME": str(home), "DISPLAY": f":{number.readline().strip()}"}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        stack.enter_context(_process([executable, f"--port={port}"], env=environment))
        wait_for(lambda: _listens(port), "WebKit's driver listens")
        session = WebKit(port)
        yield _ready(session, home)
        session.end()


ENGINES: dict[str, tuple[Callable[..., AbstractContextManager[Driver]], tuple[str, ...]]] = {
    "firefox": (firefox, ("firefox-esr",)),
    "webkit": (webkit, ("WebKitWebDriver", "Xvfb")),
}
"""How each is started, and the programs that it is started with."""


def _ready(driver: Driver, downloads: Path) -> Driver:
    driver.downloads = downloads
    driver.send("SetTimeouts", script=600_000, pageLoad=120_000, implicit=0)  # what waits has limits of its own
    return driver


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(ignore_cleanup_errors=True)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@contextmanager
def _process(command: list[str], **options: Any) -> Iterator[None]:
    """Run a program and all that it starts until the end of the block."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True, **options) as process:
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
