"""The portal's end of the wire between an application's frame and the portal (contract, section 2).

The portal page receives the messages and checks their origin; the answer is decided here, where a test can script it.
What needs the page itself (a dialog, a slider, the size of a frame) is returned to it as an action.
"""

from __future__ import annotations

import copy
import itertools
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from bx24py.dev.portal.log import Log
from bx24py.dev.portal.messages import NO_ANSWER, NOTHING, Action, WireMessage
from bx24py.dev.portal.places import Placement, find_placement, standard_placements

if TYPE_CHECKING:
    from bx24py.dev.portal.state import State

MESSAGES_KEPT = 10_000
"""How many messages `Frame.sent` keeps, to limit memory."""

OPEN_PATHS = re.compile(
    r"/(crm/(deal|lead|contact|company)|crm/type/\d+|marketplace|company/personal/user/\d+|workgroups/group/\d+)/"
)
"""The beginnings of paths that `openPath` opens. As in a real portal, only the beginning counts, before `..` is
resolved: b24jssdk opens other pages of the portal as `/crm/deal/../..` and their path."""

ANSWERED_LATER = frozenset(
    {"selectUser", "selectAccess", "selectCRM", "openApplication", "closeApplication", "openPath"}
)
"""Actions that the page answers, if at all, when the dialog or slider is closed."""

logger = logging.getLogger("bx24py.portal")

CommandFunctionT = TypeVar("CommandFunctionT", bound=Callable[[Any], Any])


@dataclass
class _Script:
    """A test's answer instead of the portal's own."""

    answer: Any
    times: int | None


@dataclass
class _OpenFrame:
    """An application's open frame."""

    placement: str | None = None
    """None: the current placement of the state."""

    options: dict[str, Any] | None = None
    subscriptions: list[tuple[str, str]] = field(default_factory=list)
    """(event, callback id): a callback id stays valid and is answered on each event."""


class Frame:
    """The wire of one portal, and its script.

    ::

        portal.frame.answer("selectUser", {"id": 7, "name": "Ada Lovelace"})
        portal.frame.silence("refreshAuth")
        portal.frame.emit("CallCard::CallStateChanged", ["connected"])
        assert portal.frame.sent[-1].command == "selectUser"
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.mobile = False
        """Whether the portal is open in the mobile application, where `openPath` does not work."""

        self.start_delay = 0.0
        """Seconds until the portal answers the start of an application, as on a slow connection."""

        self.renews_tokens = True
        """If False, `refreshAuth` shows an alert in the portal and is never answered."""

        self.opens_with_post = False
        """Whether the application is opened with a form POST, like a server-side one, or GET (contract, section 1)."""

        self.sent = Log[WireMessage](MESSAGES_KEPT)
        """The application's newest messages, oldest first; long strings of older ones are cut."""

        self.placements = standard_placements()
        self._scripts: dict[str, list[_Script]] = {}
        self._frames: dict[str, _OpenFrame] = {}
        self._ids = itertools.count(1)
        self._frame_ids = itertools.count(1)
        self._pending: dict[int, WireMessage] = {}
        self._on_message: list[Callable[[WireMessage], None]] = []
        self._on_push: list[Callable[[dict[str, Any]], None]] = []

    # Scripting

    def answer(self, command: str, answer: Any, *, times: int | None = None) -> None:
        """Set the answer to this command from now on, without a dialog or the portal's own effect.

        Args:
            command: a command of the wire, such as `selectUser`.
            answer: a JSON value, NOTHING for an empty result, NO_ANSWER for none, or a function that takes the
                parameters and returns one of these.
            times: how many messages; then earlier scripts apply, and finally the portal itself.

        Raises:
            TypeError: the answer cannot be written as JSON.
        """
        if not callable(answer) and answer is not NO_ANSWER and answer is not NOTHING:
            json.dumps(answer)
            answer = copy.deepcopy(answer)
        self._scripts.setdefault(command, []).append(_Script(answer, times))

    def silence(self, command: str, *, times: int | None = None) -> None:
        """Never answer this command, or only leave the next `times` unanswered."""
        self.answer(command, NO_ANSWER, times=times)

    def command(self, name: str, *, placement: str | None = None) -> Callable[[CommandFunctionT], CommandFunctionT]:
        """Add a function as a command of a placement; `getInterface` lists it from now on.

        Args:
            name: what the application passes to `BX24.placement.call`.
            placement: its code, or None for each placement that the portal lists.
        """

        def add(function: CommandFunctionT) -> CommandFunctionT:
            for one in self._chosen(placement):
                one.commands[name] = function
            return function

        return add

    def event(self, name: str, *, placement: str | None = None) -> None:
        """Add an event to this placement, or to each that the portal lists."""
        for one in self._chosen(placement):
            if name not in one.events:
                one.events.append(name)

    def events(self) -> list[str]:
        """Return the events of the current placement."""
        return list(find_placement(self.placements, self.state.placement).events)

    def _chosen(self, placement: str | None) -> list[Placement]:
        if placement is None:
            find_placement(self.placements, self.state.placement)
            return list(self.placements.values())
        return [find_placement(self.placements, placement)]

    def emit(self, event: str, data: Any = NOTHING) -> int:
        """Emit an event of a placement to each frame that subscribed to it.

        Returns:
            How many subscriptions were answered.
        """
        text = _result_text(data)
        heard = 0
        for frame_id, frame in list(self._frames.items()):
            for name, callback in list(frame.subscriptions):
                if name == event:
                    self._push({"event": "post", "frame": frame_id, "callback": callback, "text": text})
                    heard += 1
        for placement in self.placements.values():
            if placement.on_emit is not None:
                placement.on_emit(event)
        return heard

    def reload(self) -> None:
        """Reload the application's frame in each open portal page."""
        self._push({"event": "reload"})

    def reset(self) -> None:
        """Remove the script, custom commands and events, and the messages."""
        self._scripts.clear()
        self.sent.clear()
        self._pending.clear()
        self.placements = standard_placements()
        self.mobile = self.opens_with_post = False
        self.renews_tokens = True

    # Listeners

    def on_message(self, callback: Callable[[WireMessage], None]) -> Callable[[], None]:
        """Call a function with each message on arrival and again when answered; return a function that stops it."""
        self._on_message.append(callback)
        return lambda: self._on_message.remove(callback)

    def on_push(self, callback: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
        """Call a function, from any thread, with each push to portal pages; return a function that stops it."""
        self._on_push.append(callback)
        return lambda: self._on_push.remove(callback)

    def _push(self, message: dict[str, Any]) -> None:
        for callback in list(self._on_push):
            callback(message)

    # The portal page

    def form(self, frame_id: str) -> dict[str, str] | None:
        """Return the fields of the POST that opens the application in this frame, or None for a GET."""
        if not self.opens_with_post:
            return None
        code, options = self._place(self._frames.setdefault(frame_id, _OpenFrame()))
        return {
            **{name: str(value) for name, value in self.state.tokens.issue().items()},
            "member_id": self.state.member_id,
            "status": "L",
            "PLACEMENT": code,
            "PLACEMENT_OPTIONS": json.dumps(options),
        }

    def receive(
        self, frame_id: str, command: str, params: Any, *, callback: str = "", domain: str, protocol: int = 0
    ) -> tuple[WireMessage, Action]:
        """Decide how to answer one message of a frame.

        Args:
            frame_id: the frame that sent it.
            command: the command.
            params: its decoded parameters; None if there are none.
            callback: the id for its answers.
            domain: the portal's host (and port) as the frame knows it.
            protocol: 1 for https, 0 for http.
        """
        frame = self._frames.setdefault(frame_id, _OpenFrame())
        message = WireMessage(next(self._ids), frame_id, command, self._masked(params), time.time())
        self._remember(message)
        try:
            action = self._scripted(command, params)
            if action is None:
                action = self._decide(frame, command, params, callback, domain, protocol)
            if action.answer is not NO_ANSWER:
                self._answered(message, action.answer)
        except Exception as error:  # in a test's function: the portal goes on without its answer
            logger.exception("The function that answers %s failed", command)
            text = self.state.tokens.mask(f"The function that answers {command} failed: {error!r}")
            action = Action(do="alert", args={"text": text})
        if action.do in ANSWERED_LATER:
            self._pending[message.id] = message
        return message, action

    def complete(self, message_id: int, answer: Any) -> bool:
        """Record the page's answer after a dialog or slider was closed; return False if no message waits for it."""
        message = self._pending.pop(message_id, None)
        if message is None:
            return False
        self._answered(message, answer)
        return True

    def forget(self, frame_id: str) -> None:
        """Remove a frame that the page has closed, with its subscriptions and dialogs."""
        self._frames.pop(frame_id, None)
        self._pending = {key: message for key, message in self._pending.items() if message.frame != frame_id}

    def _remember(self, message: WireMessage) -> None:
        self.sent.append(message)
        for callback in list(self._on_message):
            callback(message)

    def _answered(self, message: WireMessage, answer: Any) -> None:
        message.answer = answer if answer is NOTHING else self._masked(answer)
        message.duration = time.time() - message.time
        self.sent.grown(message)
        for callback in list(self._on_message):
            callback(message)

    def _masked(self, value: Any) -> Any:
        text = json.dumps(value)
        return json.loads(self.state.tokens.mask(text))

    def _scripted(self, command: str, params: Any) -> Action | None:
        scripts = self._scripts.get(command, [])
        while scripts and scripts[-1].times is not None and scripts[-1].times <= 0:
            scripts.pop()
        if not scripts:
            return None
        script = scripts[-1]
        if script.times is not None:
            script.times -= 1
        return Action(script.answer(params) if callable(script.answer) else script.answer)

    # The portal's own commands

    def _decide(
        self, frame: _OpenFrame, command: str, params: Any, callback: str, domain: str, protocol: int
    ) -> Action:
        given: Mapping[str, Any] = params if isinstance(params, dict) else {}
        state = self.state
        match command:
            case "getInitData":
                # A new document in the frame: the previous one's subscriptions are void.
                frame.subscriptions.clear()
                return Action(self._init_data(frame, domain, protocol), delay=self.start_delay)
            case "refreshAuth":
                if not self.renews_tokens:
                    return Action(do="alert", args={"text": "The portal could not renew the access token."})
                return Action(state.tokens.issue())
            case "resizeWindow" | "setTitle" | "setScroll":
                return Action(params, command, dict(given))
            case "reloadWindow":
                return Action(do="reloadWindow")
            case "setUserOption" if "name" in given:
                state.user_options[str(given["name"])] = given.get("value")
                return Action(params)
            case "setAppOption" if "name" in given and state.admin:
                state.app_options[str(given["name"])] = given.get("value")
                return Action(copy.deepcopy(state.app_options))
            case "setInstall":
                state.first_run = False
                return Action(params)
            case "setInstallFinish":
                state.install = False
                return Action(do="installFinish")
            case "selectUser" | "selectAccess" | "selectCRM":
                return Action(do=command, args=dict(given))
            case "openApplication":
                return self._open_application(given)
            case "closeApplication":
                return Action(do="closeApplication")
            case "openPath":
                return self._open_path(given)
            case "imCallTo" | "imPhoneTo" | "imOpenMessenger" | "imOpenHistory":
                return Action(do="messenger", args={"command": command, **given})
            case _:
                return self._placement_command(frame, command, params, callback)

    def _init_data(self, frame: _OpenFrame, domain: str, protocol: int) -> dict[str, Any]:
        state = self.state
        code, options = self._place(frame)
        return {
            "LANG": state.lang,
            "DOMAIN": domain,
            "PROTOCOL": protocol,
            "PATH": "/rest",
            **state.tokens.issue(),
            "MEMBER_ID": state.member_id,
            "FIRST_RUN": state.first_run,
            "IS_ADMIN": state.admin,
            "INSTALL": state.install,
            "USER_OPTIONS": copy.deepcopy(state.user_options),
            "APP_OPTIONS": copy.deepcopy(state.app_options),
            "PLACEMENT": code,
            "PLACEMENT_OPTIONS": copy.deepcopy(options),
        }

    def _place(self, frame: _OpenFrame) -> tuple[str, dict[str, Any]]:
        if frame.placement is None:
            return self.state.placement, self.state.placement_options
        return frame.placement, frame.options or {}

    def _open_application(self, params: Mapping[str, Any]) -> Action:
        options = {name: value for name, value in params.items() if not name.startswith("bx24_")}
        settings = {name.removeprefix("bx24_"): value for name, value in params.items() if name.startswith("bx24_")}
        frame_id = f"slider{next(self._frame_ids)}"
        self._frames[frame_id] = _OpenFrame("DEFAULT", options)
        return Action(do="openApplication", args={"frame": frame_id, "settings": settings})

    def _open_path(self, params: Mapping[str, Any]) -> Action:
        path = params.get("path")
        if self.mobile:
            return Action({"result": "error", "errorCode": "METHOD_NOT_SUPPORTED_ON_DEVICE"})
        if not isinstance(path, str) or not OPEN_PATHS.match(path):
            return Action({"result": "error", "errorCode": "PATH_NOT_AVAILABLE"})
        return Action(do="openPath", args={"path": path})

    def _placement_command(self, frame: _OpenFrame, command: str, params: Any, callback: str) -> Action:
        placement = find_placement(self.placements, self._place(frame)[0])
        if command == "getInterface":
            return Action({"command": list(placement.commands), "event": list(placement.events)})
        if command == "placementBindEvent":
            event = params.get("event") if isinstance(params, dict) else None
            if event in placement.events and callback:
                frame.subscriptions.append((event, callback))
            return Action()
        function = placement.commands.get(command)
        if function is None:
            return Action()
        return Action(function(params), "placementCommand", {"command": command})


def _result_text(answer: Any) -> str:
    """Return an answer as it appears after the colon of `CALLBACK:RESULT`."""
    return "" if answer is NOTHING else json.dumps(answer)
