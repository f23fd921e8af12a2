"""The OpenAPI document of REST 3.0, made from the methods that the portal has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bx24py.dev.portal.v3.dto import Dto
from bx24py.dev.portal.v3.method import MethodV3, Parameter

_TYPES: dict[str, dict[str, Any]] = {
    "int": {"type": "integer"},
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "DateTime": {"type": "string", "format": "date-time"},
    "array": {"type": "array", "items": {"type": "object"}},
    "object": {"type": "object"},
}

_INTEGER = {"type": "integer"}

_KNOWN: dict[str, dict[str, Any]] = {
    "select": {"type": "array", "items": {"type": "string"}},
    "order": {"type": "object", "additionalProperties": {"type": "string", "enum": ["ASC", "DESC"]}},
    "pagination": {"type": "object", "properties": {"page": _INTEGER, "limit": _INTEGER, "offset": _INTEGER}},
    "cursor": {
        "type": "object",
        "properties": {
            "field": {"type": "string"},
            "order": {"type": "string", "enum": ["ASC", "DESC"]},
            "value": {"type": "string"},
            "limit": _INTEGER,
        },
    },
}
"""Schemas of the parameters that many methods have."""


def document(methods: Iterable[MethodV3]) -> dict[str, Any]:
    """Return the document for methods: `paths` by `/method`, and the schemas of their objects."""
    chosen = sorted(methods, key=lambda method: method.name)
    objects: dict[str, Dto] = {}
    for method in chosen:
        for dto in (method.dto, *(one.dto for one in method.parameters.values())):
            _collect(dto, objects)
    modules = sorted({_module(method) for method in chosen})
    return {
        "openapi": "3.0.0",
        "info": {"title": "Bitrix24 REST V3 API", "version": "1.0.0"},
        "tags": [{"name": name, "description": f"{name} module methods"} for name in modules],
        "paths": {f"/{method.name}": {"post": _operation(method)} for method in chosen},
        "components": {"schemas": {name: _schema(dto) for name, dto in sorted(objects.items())}},
    }


def _module(method: MethodV3) -> str:
    return method.name.partition(".")[0]


def _collect(dto: Dto | None, objects: dict[str, Dto]) -> None:
    if dto is None or dto.name in objects:
        return
    objects[dto.name] = dto
    for one in dto.fields.values():
        _collect(one.dto, objects)


def _operation(method: MethodV3) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if method.parameters:
        schema["properties"] = {name: _parameter(name, one) for name, one in method.parameters.items()}
    if required := [name for name, one in method.parameters.items() if one.required]:
        schema["required"] = required
    return {
        "operationId": method.name,
        "tags": [_module(method)],
        "summary": method.title,
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "Success", **_answer(method)}},
    }


def _answer(method: MethodV3) -> dict[str, Any]:
    if method.dto is None:
        return {}
    one = {"$ref": f"#/components/schemas/{method.dto.name}"}
    many = method.name.endswith((".list", ".tail", ".search", ".children"))
    inner = {"items": {"type": "array", "items": one}} if many else {"item": one}
    result = {"type": "object", "properties": {"result": {"type": "object", "properties": inner}}}
    return {"content": {"application/json": {"schema": result}}}


def _parameter(name: str, one: Parameter) -> dict[str, Any]:
    schema = {"allOf": [{"$ref": f"#/components/schemas/{one.dto.name}"}]} if one.dto else _KNOWN.get(name)
    schema = schema or _TYPES[one.type]
    return {**schema, "description": one.title} if one.title else schema


def _schema(dto: Dto) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for name, one in dto.fields.items():
        schema = dict(_TYPES[one.type])
        if one.dto:
            ref = {"$ref": f"#/components/schemas/{one.dto.name}"}
            schema = {"type": "array", "items": ref} if one.type == "array" else {"allOf": [ref]}
        if one.words:
            schema["enum"] = list(one.words.values())
        properties[name] = {**schema, "description": one.title or name}
        if not one.edits:
            properties[name]["readOnly"] = True
    required = list(dto.required())
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}
