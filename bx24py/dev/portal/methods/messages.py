"""im.*: messages, notifications, chats and users of the messenger (documentation, `api-reference/chats`)."""

from __future__ import annotations

import time
from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, upper
from bx24py.dev.portal.phpform import php_int
from bx24py.dev.portal.tables.fields import flatten

METHODS = Methods()


def _post(call: Context, text: str, *, chat: int = 0, author: int | None = None) -> int:
    """Add a message and return its number."""
    values = {"CHAT_ID": chat, "AUTHOR_ID": author if author is not None else call.state.user_id, "TEXT": text}
    return call.company.others["chat_messages"].add({**values, "DATE": int(time.time())})


def _text(given: dict[str, Any]) -> str:
    text = str(given.get("MESSAGE") or "")
    if not text and not given.get("ATTACH"):
        raise RestFault("MESSAGE_EMPTY", "Message can't be empty")
    return text


def _chat(value: Any, call: Context) -> int:
    number = php_int(str(value).removeprefix("chat"))
    if number not in call.company.others["chats"]:
        raise RestFault("ACCESS_ERROR", "You do not have access to the specified dialog", 403)
    return number


def _user(value: Any, call: Context) -> int:
    number = php_int(value)
    if number <= 0:
        raise RestFault("USER_ID_EMPTY", "User ID can't be empty")
    if number not in call.company.users:
        raise RestFault("USER_NOT_FOUND", "User not found")
    return number


@METHODS("im.message.add", "im")
def im_message_add(params: dict[str, Any], call: Context) -> int:
    """Send a message to a chat, `chat5`, or to a user, `5`."""
    given = upper(params)
    dialog, text = str(given.get("DIALOG_ID") or ""), _text(given)
    if dialog.startswith("chat"):
        return _post(call, text, chat=_chat(dialog, call))
    _user(dialog, call)
    return _post(call, text)


def _notify(params: dict[str, Any], call: Context, author: int | None) -> int:
    given = upper(params)
    _user(given.get("USER_ID"), call)
    return _post(call, _text(given), author=author)


@METHODS("im.notify.personal.add", "im")
def im_notify_personal_add(params: dict[str, Any], call: Context) -> int:
    """Notify a user in the name of the calling one."""
    return _notify(params, call, None)


@METHODS("im.notify.system.add", "im")
def im_notify_system_add(params: dict[str, Any], call: Context) -> int:
    """Notify a user in the application's name."""
    return _notify(params, call, 0)


@METHODS("im.chat.add", "im")
def im_chat_add(params: dict[str, Any], call: Context) -> int:
    """Add a chat, with its first message."""
    given, table = upper(params), call.company.others["chats"]
    users = [_user(one, call) for one in flatten(given.get("USERS") or []) if one not in ("", None)]
    values = {
        "TITLE": str(given.get("TITLE") or f"Chat {table.last + 1}"),
        "DATE_LAST_ACTIVITY": int(time.time()),
        "USERS": list(dict.fromkeys([call.state.user_id, *users])),
        "ENTITY": [str(given.get(name) or "") for name in ("ENTITY_TYPE", "ENTITY_ID")],
    }
    number = table.add(values)
    if given.get("MESSAGE"):
        _post(call, str(given["MESSAGE"]), chat=number)
    return number


@METHODS("im.chat.get", "im")
def im_chat_get(params: dict[str, Any], call: Context) -> dict[str, int] | None:
    """Return the chat of an object, such as a deal; null if it has none."""
    given, table = upper(params), call.company.others["chats"]
    wanted = [str(given.get(name) or "") for name in ("ENTITY_TYPE", "ENTITY_ID")]
    found = next((number for number in table.ids if any(wanted) and table.value(number, "ENTITY") == wanted), None)
    return None if found is None else {"ID": found}


@METHODS("im.chat.user.list", "im")
def im_chat_user_list(params: dict[str, Any], call: Context) -> list[int]:
    """Return the users of a chat."""
    number = upper(params).get("CHAT_ID")
    if number in (None, ""):
        raise RestFault("CHAT_ID_EMPTY", "Chat ID can't be empty")
    return call.company.others["chats"].value(_chat(number, call), "USERS") or [call.state.user_id]


@METHODS("im.dialog.get", "im")
def im_dialog_get(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return a chat."""
    dialog = upper(params).get("DIALOG_ID")
    if dialog in (None, ""):
        raise RestFault("DIALOG_ID_EMPTY", "Dialog ID can't be empty")
    number, table = _chat(dialog, call), call.company.others["chats"]
    users = table.value(number, "USERS") or [call.state.user_id]
    return {
        "id": number,
        "name": table.value(number, "TITLE"),
        "owner": users[0],
        "type": "chat",
        "counter": 0,
        "user_counter": len(users),
        "dialog_id": f"chat{number}",
    }


@METHODS("im.user.get", "im")
def im_user_get(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return a user of the messenger; the calling one by default."""
    given = upper(params)
    number = php_int(given.get("ID")) if "ID" in given else call.state.user_id
    if number <= 0:
        raise RestFault("ID_EMPTY", "User ID can't be empty")
    table = call.company.users
    if number not in table:
        raise RestFault("USER_NOT_EXISTS", "User does not exist")
    row = table.row(number, ("NAME", "LAST_NAME", "WORK_POSITION", "PERSONAL_GENDER", "ACTIVE", "UF_DEPARTMENT"))
    return {
        "id": number,
        "active": row["ACTIVE"] == "Y",
        "name": call.company.full_name(number),
        "first_name": row["NAME"] or "",
        "last_name": row["LAST_NAME"] or "",
        "work_position": row["WORK_POSITION"] or "",
        "gender": row["PERSONAL_GENDER"] or "",
        "status": "online",
        "bot": False,
        "extranet": False,
        "departments": row["UF_DEPARTMENT"] or [],
    }


@METHODS("im.counters.get", "im")
def im_counters_get(_params: dict[str, Any], _call: Context) -> dict[str, Any]:
    """Return the numbers of unread messages: none."""
    kinds = ("ALL", "NOTIFY", "CHAT", "LINES", "DIALOG", "MESSENGER")
    return {"TYPE": dict.fromkeys(kinds, 0), "CHAT": [], "LINES": [], "DIALOG": []}
