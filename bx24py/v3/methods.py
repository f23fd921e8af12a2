"""The methods of REST 3.0 that a portal has, from its own OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ..rest.read_only import reads

DOCUMENT = "rest.documentation.openapi"

_MOST_STEPS = 20
"""How many schemas may refer to the next, in a document that leads in a circle."""


class MethodParameter(NamedTuple):
    """A parameter of a method of REST 3.0.

    Attributes:
        type: `string`, `integer`, `number`, `boolean`, `array` or `object`; empty if the portal does not say.
        required: whether a call needs it.
        description: what it is; may be empty.
        fields: of an object, the parameters in it by name.
    """

    type: str
    required: bool = False
    description: str = ""
    fields: Mapping[str, MethodParameter] = MappingProxyType({})


class MethodInfo(NamedTuple):
    """A method of REST 3.0.

    Attributes:
        name: as `call_method` takes it.
        description: what it does; may be empty.
        parameters: by name.
    """

    name: str
    description: str
    parameters: Mapping[str, MethodParameter]

    @property
    def only_reads(self) -> bool:
        """Whether its name says that it changes nothing, so that a call of it may be repeated."""
        return reads(self.name)


def methods_of(document: dict[str, Any]) -> dict[str, MethodInfo]:
    """Read an OpenAPI 3.0 document."""
    found = {}
    for path, operations in _mapping(document.get("paths")).items():
        operation = _mapping(_mapping(operations).get("post") or _mapping(operations).get("get"))
        name = path.strip("/")
        text = operation.get("description") or operation.get("summary") or ""
        found[name] = MethodInfo(name, str(text), MappingProxyType(_parameters(operation, document)))
    return dict(sorted(found.items()))


def _parameters(operation: dict[str, Any], document: dict[str, Any]) -> dict[str, MethodParameter]:
    content = _mapping(_mapping(operation.get("requestBody")).get("content"))
    body = _mapping(content.get("application/json") or next(iter(content.values()), None))
    return _fields(_schema(body.get("schema"), document), document, 2)


def _fields(schema: dict[str, Any], document: dict[str, Any], depth: int) -> dict[str, MethodParameter]:
    """Return the fields of an object, and of the objects in it, so many levels deep."""
    required = schema.get("required")
    fields = {}
    for name, given in _mapping(schema.get("properties")).items():
        one = _schema(given, document)
        fields[name] = MethodParameter(
            str(one.get("type") or ""),
            isinstance(required, list) and name in required,
            str(one.get("description") or one.get("title") or ""),
            MappingProxyType(_fields(one, document, depth - 1) if depth > 1 else {}),
        )
    return fields


def _schema(given: Any, document: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with what it refers to, and with all that it is put together of."""
    schema = _mapping(given)
    for _ in range(_MOST_STEPS):
        target = schema.get("$ref")
        if not isinstance(target, str):
            break
        found: Any = document
        for part in target.removeprefix("#/").split("/"):
            found = _mapping(found).get(part.replace("~1", "/").replace("~0", "~"))
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        schema = {**_mapping(found), **rest}
    parts = schema.get("allOf")
    for part in parts if isinstance(parts, list) else []:
        other = _mapping(part)
        other = _schema(other, document) if "allOf" not in other else other
        properties = {**_mapping(other.get("properties")), **_mapping(schema.get("properties"))}
        required = [*(other.get("required") or []), *(schema.get("required") or [])]
        schema = {**other, **schema, "properties": properties, "required": required}
    return schema


def _mapping(value: Any) -> dict[str, Any]:
    """Return a mapping; an empty one for anything else: PHP writes an empty mapping as a list."""
    return value if isinstance(value, dict) else {}
