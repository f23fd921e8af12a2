"""How PHP, and so the portal, reads parameters and writes JSON.

Parameters arrive as a query, a form or JSON (contract, section 3). Names such as `filter[>ID]` and `ID[]` nest; a
nested value becomes a list if its keys are 0, 1, 2, … in this order, else a dict with str keys, as in PHP's JSON.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

MAX_NESTING = 64
"""Brackets in one name; PHP drops deeper variables (`max_input_nesting_level`). Also levels of JSON."""

_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")


class BadFormError(ValueError):
    """The query or body cannot be decoded; the message says why, without quoting values."""


class _PhpArray(dict[str | int, Any]):
    """An array under construction: PHP treats a numeric str as an int, and `[]` as the next free int."""

    following = 0

    def slot(self, key: str | None) -> str | int:
        """Return the key that PHP stores a value under; None means `[]`."""
        if key is None:
            found: str | int = self.following
        else:
            found = int(key) if _INTEGER.fullmatch(key) else key
        if isinstance(found, int) and found >= self.following:
            self.following = found + 1
        return found


def parse_query(text: str) -> dict[str, Any]:
    """Decode a query or an urlencoded form as PHP does: `a[b][]=1` nests, and the last duplicate wins.

    Raises:
        BadFormError: a percent sign without two hexadecimal digits, or text that is not UTF-8.
    """
    return _nest((_decode(n), _decode(v)) for n, _, v in (p.partition("=") for p in text.split("&") if p))


def parse_body(body: bytes, content_type: str) -> dict[str, Any]:
    """Decode the body of a POST request by its content type: JSON, multipart/form-data, else a form.

    Raises:
        BadFormError: it does not match the content type.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return _parse_json(body)
    if kind == "multipart/form-data":
        return _parse_multipart(body, content_type)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadFormError("The request body is not UTF-8") from None
    return parse_query(text.strip("\r\n"))


def php_value(value: Any) -> Any:
    """Return the value as PHP writes it: an empty mapping as `[]`, a mapping with keys 0, 1, 2, … as a list."""
    kind = type(value)
    if kind is str or kind is int or value is None:  # most values; the rest is slow
        return value
    if isinstance(value, Mapping):
        if _is_list(value):
            return [php_value(item) for item in value.values()]
        return {str(key): php_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [php_value(item) for item in value]
    return value


def _is_list(value: Mapping[Any, Any]) -> bool:
    return all(str(key) == str(index) for index, key in enumerate(value))


def php_json(value: Any) -> bytes:
    """Return a value as PHP's json_encode does.

    Raises:
        TypeError, ValueError: the value contains something that JSON does not support.
    """
    return json.dumps(php_value(value), allow_nan=False, separators=(",", ":")).encode()


def php_json_object(parts: Mapping[str, bytes]) -> bytes:
    """Return a JSON object from values that are JSON already."""
    if _is_list(parts):
        return b"[" + b",".join(parts.values()) + b"]"
    return b"{" + b",".join(json.dumps(name).encode() + b":" + part for name, part in parts.items()) + b"}"


def php_bool(value: Any) -> bool:
    """Convert a parameter to bool as PHP does: "", "0", 0 and an empty list are False, "false" is True."""
    return value not in (None, "", "0", 0, 0.0, False, [], {})


def php_int(value: Any, default: int = 0) -> int:
    """Convert a parameter to int as PHP's intval does: leading digits count; other text gives `default`."""
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float):
        return int(value) if abs(value) < 1e18 else 0
    if isinstance(value, str) and (found := re.match(r"\s*([+-]?[0-9]{1,18})", value)):
        return int(found[1])
    return default


def _decode(text: str) -> str:
    if _BROKEN_PERCENT.search(text):
        raise BadFormError("A percent sign is not followed by two hexadecimal digits: the text is not URL-encoded")
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise BadFormError("A percent-encoded text is not UTF-8") from None


def _nest(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    root = _PhpArray()
    for name, value in pairs:
        keys = _keys(name)
        if not keys or len(keys) > MAX_NESTING:
            continue
        array = root
        for key in keys[:-1]:
            slot = array.slot(key)
            inner = array.get(slot)
            if not isinstance(inner, _PhpArray):
                inner = array[slot] = _PhpArray()
            array = inner
        array[array.slot(keys[-1])] = value
    return {str(key): _plain(value) for key, value in root.items()}


def _keys(name: str) -> list[str | None]:
    """Split `a.b[c][]` into its keys, None for `[]`; PHP turns dots and spaces in the first one into underscores."""
    name = name.lstrip(" ").partition("\0")[0]
    opening = name.find("[", 1)
    if opening < 0 or "]" not in name[opening:]:
        top, rest = name, ""
    else:
        top, rest = name[:opening], name[opening:]
    top = re.sub(r"[ .\[]", "_", top)
    if not top:
        return []
    keys: list[str | None] = [top]
    # An unclosed bracket, or text between brackets, ends the name.
    while rest.startswith("[") and (closing := rest.find("]")) > 0:
        keys.append(rest[1:closing] or None)
        rest = rest[closing + 1 :]
    return keys


def _plain(value: Any) -> Any:
    if not isinstance(value, _PhpArray):
        return value
    items = {key: _plain(item) for key, item in value.items()}
    if list(items) == list(range(len(items))):
        return list(items.values())
    return {str(key): item for key, item in items.items()}


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parse_json(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = json.loads(body.decode(), parse_constant=_reject_constant)
    except UnicodeDecodeError:
        raise BadFormError("The JSON body is not UTF-8") from None
    except RecursionError:
        raise BadFormError("The JSON body nests too deep") from None
    except ValueError as error:
        where = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadFormError(f"The request body is not valid JSON{where}") from None
    if _depth_exceeds(value, MAX_NESTING):
        raise BadFormError("The JSON body nests too deep")
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    if not isinstance(value, dict):
        raise BadFormError("The JSON body is neither an object nor a list")
    return value


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        containers = [
            item.values() if isinstance(item, dict) else item for item in level if isinstance(item, dict | list)
        ]
        level = [inner for items in containers for inner in items]
    return bool(level)


def _parse_multipart(body: bytes, content_type: str) -> dict[str, Any]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise BadFormError("The multipart body has no boundary")
    pairs: list[tuple[str, Any]] = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(data, bytes):
            continue
        file = part.get_filename()
        if file is not None:
            # The form that methods accept for files elsewhere: [name, base64].
            pairs.append((name, [file, base64.b64encode(data).decode()]))
            continue
        try:
            pairs.append((name, data.decode()))
        except UnicodeDecodeError:
            raise BadFormError("A field of the multipart body is not UTF-8") from None
    return _nest(pairs)
