"""The placements of a portal, with their commands and events (contract, section 5).

Names, parameters and answers are from the documentation, `api-reference/widgets/ui-interaction`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bx24py.dev.portal.messages import NO_ANSWER, NOTHING

CommandFunction = Callable[[Any], Any]
"""Takes the decoded parameters and returns the answer: a JSON value, NOTHING, or NO_ANSWER."""

RELOADING = re.compile(r"CRM_\w+_(DETAIL_TAB|DETAIL_ACTIVITY|LIST_MENU)")
"""The CRM placements that have `reloadData`."""

CALL_CARD_EVENTS: Final = ("CallCard::EntityChanged", "CallCard::BeforeClose", "CallCard::CallStateChanged")

BACKGROUND_EVENTS: Final = tuple(
    f"BackgroundCallCard::{name}"
    for name in (
        "initialized",
        "addCommentButtonClick",
        "answerButtonClick",
        "cancelTransferButtonClick",
        "closeButtonClick",
        "completeTransferButtonClick",
        "dialpadButtonClick",
        "entityChanged",
        "hangupButtonClick",
        "holdButtonClick",
        "makeCallButtonClick",
        "muteButtonClick",
        "nextButtonClick",
        "notifyAdminButtonClick",
        "qualityMeterClick",
        "skipButtonClick",
        "transferButtonClick",
    )
)

UI_STATES: Final = (
    "incoming",
    "transferIncoming",
    "outgoing",
    "connectingIncoming",
    "connectingOutgoing",
    "connected",
    "transferring",
    "transferFailed",
    "transferConnected",
    "error",
    "moneyError",
    "redial",
)

SAMPLE_CALL: Final[dict[str, Any]] = {
    "CALL_ID": "externalCall.c3ee67f1a63f6e6117c230ab59cc49ea.1723556778",
    "PHONE_NUMBER": "+4930123456",
    "LINE_NUMBER": "reg1",
    "LINE_NAME": "",
    "CRM_ENTITY_TYPE": "COMPANY",
    "CRM_ENTITY_ID": 1,
    "CRM_ACTIVITY_ID": 1,
    "CRM_BINDINGS": [{"ENTITY_TYPE": "DEAL", "ENTITY_ID": 1}, {"ENTITY_TYPE": "COMPANY", "ENTITY_ID": 1}],
    "CALL_DIRECTION": "incoming",
    "CALL_STATE": "connected",
    "CALL_LIST_MODE": False,
}


@dataclass
class Placement:
    """One placement: its commands, its events and its options."""

    commands: dict[str, CommandFunction] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    """An example of PLACEMENT_OPTIONS, offered by the portal page."""

    on_emit: Callable[[str], None] | None = None
    """Called with the name of each event in this placement."""


class BackgroundCallCard:
    """The call card that a handler in PAGE_BACKGROUND_WORKER controls.

    There is a card from the event `BackgroundCallCard::initialized` until `CallCardClose`; without one, each command
    returns the error `Call card is undefined`.
    """

    def __init__(self) -> None:
        self.open = False
        self.fields: dict[str, Any] = {}
        """What the application has set: title, statusText, muted, held, uiState."""

    def commands(self) -> dict[str, CommandFunction]:
        """Return the placement's commands by name."""
        return {
            "CallCardSetMute": self._setter("muted"),
            "CallCardSetHold": self._setter("held"),
            "CallCardSetUiState": self._set_ui_state,
            "CallCardGetListUiStates": lambda _params: list(UI_STATES),
            "CallCardSetCardTitle": self._setter("title"),
            "CallCardSetStatusText": self._setter("statusText"),
            "CallCardStartTimer": self._timer,
            "CallCardStopTimer": self._timer,
            "CallCardClose": self._close,
        }

    def on_emit(self, event: str) -> None:
        """Open the card when a call starts."""
        if event == "BackgroundCallCard::initialized":
            self.open = True
            self.fields = {}

    def _error(self, code: str) -> list[dict[str, str]]:
        return [{"result": "error", "errorCode": code}]

    def _setter(self, name: str) -> CommandFunction:
        def set_field(params: Any) -> Any:
            if not self.open:
                return self._error("Call card is undefined")
            if not isinstance(params, dict) or name not in params:
                return self._error(f"missing field {name}")
            self.fields[name] = params[name]
            return []

        return set_field

    def _set_ui_state(self, params: Any) -> Any:
        if not self.open:
            return self._error("Call card is undefined")
        state = params.get("uiState") if isinstance(params, dict) else None
        if state not in UI_STATES:
            return self._error("Invalid ui state")
        self.fields["uiState"] = state
        return []

    def _timer(self, _params: Any) -> Any:
        # According to the documentation, in a browser these two succeed without calling back.
        return NO_ANSWER if self.open else self._error("Call card is undefined")

    def _close(self, _params: Any) -> Any:
        if not self.open:
            return self._error("Call card is undefined")
        self.open = False
        return []


class UserField:
    """A custom field edited by an application in USERFIELD_TYPE. Its value is a str.

    Anything else is converted as by an HTML input element: `true`, `1,2`, `[object Object]`.
    """

    def __init__(self) -> None:
        self.value = ""

    def commands(self) -> dict[str, CommandFunction]:
        """Return the placement's commands by name."""
        return {"setValue": self._set, "getValue": lambda _params: self.value}

    def _set(self, params: Any) -> Any:
        self.value = _input_text(params)
        return NOTHING


def _input_text(value: Any) -> str:
    """Return the value of an input element after this value was assigned to it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(map(_input_text, value))
    return "[object Object]" if isinstance(value, dict) else json.dumps(value)


def standard_placements() -> dict[str, Placement]:
    """Return new placements with the documented commands and events, by code."""
    card, user_field = BackgroundCallCard(), UserField()
    return {
        "DEFAULT": Placement(),
        "CRM_DEAL_DETAIL_TAB": Placement(options={"ID": "5"}),
        "CRM_LEAD_LIST_MENU": Placement(options={"ID": "5"}),
        "TASK_VIEW_TAB": Placement(options={"taskId": "5"}),
        "USERFIELD_TYPE": Placement(
            commands=user_field.commands(),
            options={
                "MODE": "edit",
                "ENTITY_ID": "CRM_DEAL",
                "FIELD_NAME": "UF_CRM_SAMPLE",
                "ENTITY_VALUE_ID": "5",
                "VALUE": "",
                "MULTIPLE": "N",
                "MANDATORY": "N",
            },
        ),
        "CALL_CARD": Placement(
            commands={
                "getStatus": lambda _params: SAMPLE_CALL,
                "disableAutoClose": lambda _params: [],
                "enableAutoClose": lambda _params: [],
            },
            events=list(CALL_CARD_EVENTS),
            options=SAMPLE_CALL,
        ),
        "PAGE_BACKGROUND_WORKER": Placement(
            commands=card.commands(),
            events=list(BACKGROUND_EVENTS),
            options={"ID": "PAGE_BACKGROUND_WORKER", "URI": "/company/personal/user/1/"},
            on_emit=card.on_emit,
        ),
    }


_SAMPLES: tuple[tuple[str, dict[str, Any]], ...] = (
    (r"CRM_\w+_(DETAIL_\w+|LIST_MENU|ACTIVITY_TIMELINE_MENU)", {"ID": "5"}),
    (r"TASK_(VIEW_\w+|LIST_CONTEXT_MENU)", {"taskId": "5"}),
    (r"USER_PROFILE_\w+", {"USER_ID": "1"}),
    (r"SONET_GROUP_\w+", {"GROUP_ID": "1"}),
    (r"IM_CONTEXT_MENU", {"dialogId": "chat1", "messageId": "1"}),
    (r"IM_(SIDEBAR|TEXTAREA)", {"dialogId": "chat1"}),
)
"""Patterns of codes, and examples of their options."""


def sample_options(code: str) -> dict[str, Any]:
    """Return an example of the options of a placement."""
    listed = standard_placements().get(code)
    if listed is not None:
        return dict(listed.options)
    return next((dict(options) for pattern, options in _SAMPLES if re.fullmatch(pattern, code)), {})


def find_placement(placements: dict[str, Placement], code: str) -> Placement:
    """Return the placement with this code; an unlisted one has at most `reloadData`."""
    if code not in placements:
        placements[code] = Placement(options=sample_options(code))
    placement = placements[code]
    if RELOADING.fullmatch(code):
        placement.commands.setdefault("reloadData", lambda _params: NOTHING)
    return placement
