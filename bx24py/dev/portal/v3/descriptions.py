"""`*.field.list` and `*.field.get` of REST 3.0: the fields of an object, described."""

from __future__ import annotations

from typing import Any

from bx24py.dev.portal.method import Context
from bx24py.dev.portal.v3.dto import Dto, DtoField
from bx24py.dev.portal.v3.faults import V3Fault, unknown_field
from bx24py.dev.portal.v3.method import LIST, MethodsV3, Parameter

_NAME = "DtoFieldDto"
"""How an error names a description."""


def add_field_methods(methods: MethodsV3, family: str, scope: str, dto: Dto) -> None:
    """Add `family.field.list` and `family.field.get`."""
    select = {"select": LIST["select"]}
    name = {"name": Parameter("string", "Name of the field", required=True)}

    def field_list(params: dict[str, Any], _call: Context) -> dict[str, Any]:
        return {"items": [_chosen(_describe(field, one), params) for field, one in dto.fields.items()]}

    def field_get(params: dict[str, Any], _call: Context) -> dict[str, Any]:
        return {"item": _chosen(_describe(params["name"], dto.field(params["name"])), params)}

    field_list.__doc__ = f"Returns the descriptions of the fields of {dto.name}."
    field_get.__doc__ = f"Returns the description of a field of {dto.name}."
    methods(f"{family}.field.list", scope, parameters=select)(field_list)
    methods(f"{family}.field.get", scope, parameters={**name, **select})(field_get)


def _describe(name: str, one: DtoField) -> dict[str, Any]:
    return {
        "name": name,
        "type": "object" if one.type == "DateTime" else one.type,
        "title": one.title or name,
        "description": None,
        "validationRules": [],
        "requiredGroups": ["add"] if one.required else None,
        "filterable": one.filters,
        "sortable": one.sorts,
        "editable": bool(one.edits),
        "multiple": False,
        "elementType": one.dto.name if one.dto else None,
    }


def _chosen(description: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    given = params.get("select")
    if given is None:
        return description
    if not isinstance(given, list):
        raise V3Fault("INVALIDSELECTEXCEPTION", f"Unable to recognize select expression `{given}`")
    for name in given:
        if name not in description:
            raise unknown_field(name, _NAME)
    return {name: description[name] for name in given}
