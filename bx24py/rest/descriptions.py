"""Reading the portal's descriptions of fields (contract, lists, number 18).

Nothing imports this module before fields are asked for: it needs `field_types`, and that `decimal`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

from ..bridge import Options
from ..calls.pending import Pending, start_task
from ..errors import AuthError, BadResponseError, OperationTimeLimitError, RateLimitError, RestError, ServerError
from .commands import Command
from .field_types import INTEGER, KINDS, LETTER, TEXT, UNKNOWN, Kind, reader, writer
from .fields import Described, Field, Fields, similar
from .interface import Rest
from .result import Result

_WITH_STATUSES = ("crm.lead", "crm.deal", "crm.contact", "crm.company", "crm.quote", "crm.invoice", "crm.item")
_METHODS = {
    **{entity: f"{entity}.fields" for entity in (*_WITH_STATUSES, "crm.product", "user")},
    "tasks": "tasks.task.getFields",
    "tasks.task": "tasks.task.getFields",
}
_WORDS = {**dict.fromkeys(_WITH_STATUSES, "crm.status.list"), "user": "user.userfield.list"}
"""Which further method has what the first one leaves out: words of statuses, custom fields of users."""

# What the descriptions of tasks get wrong or do not say, and those of users, which are titles alone.
_TASK_TYPES = {"FORKED_BY_TEMPLATE_ID": "integer", "MATCH_WORK_TIME": "char", "ACCOMPLICES": "user", "AUDITORS": "user"}
_USER_TYPES = {
    "ID": "integer",
    **dict.fromkeys(("ACTIVE", "IS_ONLINE"), "char"),
    **dict.fromkeys(("LAST_LOGIN", "DATE_REGISTER", "TIMESTAMP_X", "LAST_ACTIVITY_DATE"), "datetime"),
    **dict.fromkeys(("PERSONAL_BIRTHDAY", "UF_EMPLOYMENT_DATE"), "date"),
    **dict.fromkeys(("PERSONAL_PHOTO", "WORK_LOGO"), "file"),
    "UF_DEPARTMENT": "integer",
}
_USERS_READ_ONLY = ("ID", "IS_ONLINE", "LAST_LOGIN", "DATE_REGISTER", "TIMESTAMP_X", "LAST_ACTIVITY_DATE", "USER_TYPE")

_FUNNEL = re.compile(r"(?<=_STAGE)_\d+$")


class Descriptions:
    """The descriptions that a client has read, or is reading: each once."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._shared: dict[tuple[str, int | None], asyncio.Future[Fields]] = {}

    def get(self, entity: str, type_id: int | None, options: Options) -> Pending[Fields]:
        """Read a description, or share what an earlier caller has read or is reading.

        Raises:
            TypeError, ValueError: no such entity, or `entity_type_id` missing, wrong or too much.
        """
        _check(entity, type_id)
        entity = "tasks.task" if entity == "tasks" else entity
        key = entity, type_id
        shared = self._shared.get(key)
        if shared is None:
            commands = [Command("fields", _METHODS[entity], {} if type_id is None else {"entityTypeId": type_id})]
            if entity in _WORDS:
                commands.append(Command("words", _WORDS[entity], {}))
            call = self._rest.batch(commands, options, named=True, halt=False)
            shared = self._shared[key] = start_task(_read(entity, call))
            shared.add_done_callback(lambda done: self._drop_failed(key, done))
        return start_task(_wait(shared))

    def _drop_failed(self, key: tuple[str, int | None], done: asyncio.Future[Fields]) -> None:
        if done.cancelled() or done.exception():
            del self._shared[key]


async def _wait(shared: asyncio.Future[Fields]) -> Fields:
    return await asyncio.shield(shared)  # a caller who gives up leaves it to the others


async def _read(entity: str, call: Pending[dict[str, Result]]) -> Fields:
    results = await call
    data, method = results["fields"].data, results["fields"].method
    if isinstance(data, dict) and entity in ("crm.item", "tasks.task"):
        data = data.get("fields")
    if not isinstance(data, dict):
        raise BadResponseError(method, results["fields"].status, repr(data), "the answer has no descriptions of fields")
    words = _rows(results["words"]) if "words" in results else []
    if entity == "user":
        return Fields(entity, _users(data, words))
    described = {name: one for name, one in data.items() if isinstance(one, dict)}
    if entity == "tasks.task":
        return Fields(entity, (_task_field(name, one) for name, one in described.items()))
    return Fields(entity, (_crm_field(entity, name, one, words) for name, one in described.items()))


def _rows(result: Result) -> list[dict[str, Any]]:
    """Return the rows of the further method; none where this user or application may not read them."""
    error = result.error
    refused = isinstance(error, RestError) and not isinstance(
        error, AuthError | RateLimitError | OperationTimeLimitError | ServerError
    )
    data = [] if refused else result.data
    return [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []


def _crm_field(entity: str, name: str, told: dict[str, Any], statuses: list[dict[str, Any]]) -> Described:
    type_, multiple, status = str(told.get("type") or ""), _yes(told.get("isMultiple")), told.get("statusType")
    kind = KINDS.get(type_, UNKNOWN)
    if entity == "crm.item":
        if type_ == "boolean" and not _yes(told.get("isDynamic")):
            kind = LETTER
        if name == "contacts":  # described as ids, but mappings
            kind = UNKNOWN
    items: dict[int | str, str] = _enumeration(told.get("items"))
    if status:
        family = _FUNNEL.sub("", str(status))  # the stages of all funnels: the description names one
        found = (row for row in statuses if _FUNNEL.sub("", str(row.get("ENTITY_ID"))) == family)
        items = {str(row.get("STATUS_ID")): str(row.get("NAME")) for row in found}
    title = told.get("title")
    if not title or title == name:  # so it is with custom fields
        title = told.get("formLabel") or told.get("listLabel") or told.get("filterLabel") or name
    required, read_only, immutable = (_yes(told.get(key)) for key in ("isRequired", "isReadOnly", "isImmutable"))
    one = Field(name, str(title), type_, required, read_only, immutable, multiple, items)
    return _described(one, kind, multiple, str(told.get("upperName") or name))


def _task_field(name: str, told: dict[str, Any]) -> Described:
    told_type, words = str(told.get("type") or ""), told.get("values")
    type_ = _TASK_TYPES.get(name, told_type)
    kind = KINDS.get(type_, UNKNOWN)
    items: dict[int | str, str] = {}
    if type_ == "enum":
        if isinstance(words, list):
            words = {word: word for word in words}
        items = {str(key): str(word) for key, word in words.items()} if isinstance(words, dict) else {}
        kind = LETTER if items.keys() == {"Y", "N"} else TEXT
        if items and all(str(key).isdecimal() for key in items):
            kind, items = INTEGER, {int(key): word for key, word in items.items()}
        elif kind is LETTER:
            items = {}
    multiple = told_type == "array"
    required, primary = _yes(told.get("required")), _yes(told.get("primary"))
    one = Field(name, str(told.get("title") or name), type_, required, primary, False, multiple, items)
    first, *others = name.lower().split("_")
    alias = first + "".join(map(str.capitalize, others))
    return _described(one, kind, None if name.startswith("UF_") else multiple, alias)


def _users(titles: dict[str, Any], custom: list[dict[str, Any]]) -> Iterator[Described]:
    rows = {str(row.get("FIELD_NAME")): row for row in custom}
    for name in dict.fromkeys((*titles, *rows)):
        row = rows.get(name, {})
        type_ = str(row.get("USER_TYPE_ID") or _USER_TYPES.get(name, "string"))
        multiple = _yes(row.get("MULTIPLE")) if row else name == "UF_DEPARTMENT"
        label = row.get("EDIT_FORM_LABEL")
        if isinstance(label, dict):  # by language
            label = next(filter(None, label.values()), None)
        one = Field(
            name,
            str(titles.get(name) or label or name),
            type_,
            _yes(row.get("MANDATORY")),
            name in _USERS_READ_ONLY,
            False,
            multiple,
            _enumeration(row.get("LIST")),
        )
        yield _described(one, KINDS.get(type_, UNKNOWN), multiple, name)


def _described(one: Field, kind: Kind, multiple: bool | None, alias: str) -> Described:
    return Described(one, reader(kind, multiple), writer(kind, multiple), alias)


def _enumeration(items: object) -> dict[int | str, str]:
    rows = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    ids = ((str(row.get("ID")), str(row.get("VALUE"))) for row in rows)
    return {int(number) if number.isdecimal() else number: word for number, word in ids}


def _yes(value: object) -> bool:
    return value is True or value in ("Y", "1", 1)


def _check(entity: object, type_id: object) -> None:
    if not isinstance(entity, str):
        raise TypeError(f"entity: must be a str, not {type(entity).__name__}")
    if entity not in _METHODS:
        raise ValueError(f"entity: {entity!r} is none of {', '.join(_METHODS)}{similar(entity, _METHODS)}")
    if entity != "crm.item":
        if type_id is not None:
            raise ValueError(f"entity_type_id: is for 'crm.item' only, not for {entity!r}")
    elif isinstance(type_id, bool) or not isinstance(type_id, int):
        raise TypeError(f"entity_type_id: 'crm.item' needs it: must be int, not {type(type_id).__name__}")
    elif type_id < 1:
        raise ValueError(f"entity_type_id: must be 1 or more, not {type_id}")
