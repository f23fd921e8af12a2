"""humanresources.node.*, .node.member.* and .employee.* (documentation, `api-reference/departments`).

The sample company has departments and no teams, like a portal whose plan lacks them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from bx24py.dev.portal.method import Context
from bx24py.dev.portal.v3 import lists
from bx24py.dev.portal.v3.descriptions import add_field_methods
from bx24py.dev.portal.v3.faults import V3Fault, invalid, not_found
from bx24py.dev.portal.v3.method import LIST, MethodsV3, Parameter
from bx24py.dev.portal.v3.structure import (
    EMPLOYEE,
    EMPLOYEE_DTO,
    HEAD,
    NODE,
    ROLES,
    employees,
    join,
    leave,
    members,
    nodes_of,
    role,
)

METHODS = MethodsV3()

MOST = 200
"""Rows of the largest page of these methods."""

_SCOPE = "humanresources"
_ID = {"id": Parameter("int", "ID of the department", required=True)}
_NODE = {"nodeId": Parameter("int", "ID of the department", required=True)}
_USERS = {"userIds": Parameter("array", "IDs of the users", required=True)}
_TYPE = {"type": Parameter("string", "DEPARTMENT or TEAM", required=True)}
_SELECT, _PAGE = {"select": LIST["select"]}, {"pagination": LIST["pagination"]}


def _existing(call: Context, node: int) -> int:
    if node not in call.company.departments:
        raise not_found(node)
    return node


def _require_admin(call: Context) -> None:
    if not call.state.admin:
        raise V3Fault("ACCESSDENIEDEXCEPTION")


def _nodes(call: Context, kind: str) -> Sequence[int]:
    """Return the nodes of a type."""
    if kind not in {"DEPARTMENT", "TEAM"}:
        raise invalid(("type", f"Invalid value `{kind}`. Allowed: DEPARTMENT, TEAM"))
    return call.company.departments.ids if kind == "DEPARTMENT" else []


def _shown(call: Context, node: int, *more: str) -> dict[str, Any]:
    return NODE.show(call, node, NODE.select([*NODE.basic, *more]))


@METHODS("humanresources.node.list", _SCOPE, parameters={**_TYPE, **_SELECT, **_PAGE}, dto=NODE)
def node_list(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns a list of departments or teams."""
    chosen = NODE.select(params.get("select"))
    found = lists.page(_nodes(call, params["type"]), params.get("pagination"), MOST)
    return {"items": [NODE.show(call, node, chosen) for node in found]}


@METHODS("humanresources.node.get", _SCOPE, parameters={**_ID, **_SELECT}, dto=NODE)
def node_get(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns a department."""
    given = params.get("select")
    chosen = NODE.select([*NODE.basic, "members"] if given is None else given)
    return {"item": NODE.show(call, _existing(call, params["id"]), chosen)}


@METHODS(
    "humanresources.node.search",
    _SCOPE,
    parameters={
        **_TYPE,
        "name": Parameter("string", "Part of the name", required=True),
        "parentId": Parameter("int", "ID of the parent department"),
        **_PAGE,
    },
    dto=NODE,
)
def node_search(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Finds departments or teams by name."""
    table, parent, words = call.company.departments, params.get("parentId"), params["name"].casefold()
    found = [
        node
        for node in _nodes(call, params["type"])
        if words in table.value(node, "NAME").casefold() and parent in (None, table.value(node, "PARENT"))
    ]
    limit = (params.get("pagination") or {}).get("limit", lists.PAGE)
    return {"items": [_shown(call, node) for node in lists.page(found, {"limit": limit}, MOST)]}


@METHODS("humanresources.node.children", _SCOPE, parameters={**_ID, **_SELECT}, dto=NODE)
def node_children(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns the departments in a department."""
    chosen, parent = NODE.select(params.get("select")), _existing(call, params["id"])
    table = call.company.departments
    return {"items": [NODE.show(call, node, chosen) for node in table.ids if table.value(node, "PARENT") == parent]}


@METHODS("humanresources.node.count", _SCOPE)
def node_count(_params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns how many departments and teams there are."""
    return {"departments": len(call.company.departments), "teams": 0}


@METHODS(
    "humanresources.node.add",
    _SCOPE,
    parameters={
        **_TYPE,
        "name": Parameter("string", "Name", required=True),
        "parentId": Parameter("int", "ID of the parent department", required=True),
        "description": Parameter("string", "Description"),
        "userIds": Parameter("object", "IDs of users by role"),
        "moveUsersToNode": Parameter("bool", "Whether the users leave their departments"),
    },
    writes=True,
    dto=NODE,
)
def node_add(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Adds a department."""
    _require_admin(call)
    _nodes(call, params["type"])
    if params["type"] == "TEAM":
        raise V3Fault("ACCESSDENIEDEXCEPTION")
    parent, users, now = _existing(call, params["parentId"]), _by_role(params.get("userIds"), call), int(time.time())
    values = {"NAME": params["name"], "PARENT": parent, "DESCRIPTION": params.get("description"), "SORT": 500}
    node = call.company.departments.add({**values, "CREATED": now, "UPDATED": now})
    for user, new_role in users.items():
        if params.get("moveUsersToNode") in (True, "Y"):
            _leave_all(call, user)
        join(call.company, node, user, new_role)
    return _shown(call, node, "members")


@METHODS(
    "humanresources.node.edit",
    _SCOPE,
    parameters={
        **_ID,
        "name": Parameter("string", "New name"),
        "description": Parameter("string", "New description"),
        "colorName": Parameter("string", "New color of a team"),
    },
    writes=True,
    dto=NODE,
)
def node_edit(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Changes a department."""
    _require_admin(call)
    node = _existing(call, params["id"])
    if not {"name", "description", "colorName"} & params.keys():
        raise invalid(("name", "At least one of the following fields must be provided: name, description, colorName."))
    columns = (("name", "NAME"), ("description", "DESCRIPTION"))
    values = {column: params[name] for name, column in columns if name in params}
    call.company.departments.update(node, {**values, "UPDATED": int(time.time())})
    return _shown(call, node)


@METHODS(
    "humanresources.node.move",
    _SCOPE,
    parameters={**_ID, "parentId": Parameter("int", "ID of the new parent department", required=True)},
    writes=True,
    dto=NODE,
)
def node_move(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Moves a department into another one."""
    _require_admin(call)
    node, table = _existing(call, params["id"]), call.company.departments
    above: int | None = _existing(call, params["parentId"])
    while above is not None:
        if above == node:
            raise invalid(("parentId", "A department cannot be moved into itself"))
        above = table.value(above, "PARENT")
    table.update(node, {"PARENT": params["parentId"], "UPDATED": int(time.time())})
    return _shown(call, node)


def _ids(given: Any, call: Context) -> list[int]:
    """Read a list of users that is not empty."""
    if not given:
        raise invalid(("userIds", 'Parameter "userIds" is required and must be a non-empty array.'))
    for user in given:
        if not isinstance(user, int) or user not in call.company.users:
            raise not_found(user)
    return list(given)


def _role(given: str) -> str:
    if given not in ROLES:
        raise invalid(("role", f"Invalid role {given}. Allowed: {', '.join(ROLES)}."))
    return given


def _by_role(given: Any, call: Context) -> dict[int, str]:
    """Read `userIds` with a list of users for each role: roles by user."""
    given = given or {}
    if unknown := [name for name in given if name not in ROLES]:
        raise invalid(("userIds", f"Invalid roles: {', '.join(map(str, unknown))}. Allowed: {', '.join(ROLES)}."))
    return {user: name for name, users in given.items() for user in _ids(users, call)}


def _leave_all(call: Context, user: int) -> None:
    for node in nodes_of(call.company, user):
        leave(call.company, node, user)


@METHODS(
    "humanresources.node.member.add",
    _SCOPE,
    parameters={**_NODE, **_USERS, "role": Parameter("string", "Role of the users", required=True)},
    writes=True,
)
def member_add(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Adds users to a department, or changes their roles in it."""
    _require_admin(call)
    node, new_role = _existing(call, params["nodeId"]), _role(params["role"])
    for user in _ids(params["userIds"], call):
        join(call.company, node, user, new_role)
    return {"success": True}


@METHODS(
    "humanresources.node.member.set",
    _SCOPE,
    parameters={**_NODE, "userIds": Parameter("object", "IDs of users by role", required=True)},
    writes=True,
)
def member_set(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Makes these users, with these roles, the members of a department."""
    _require_admin(call)
    node, users = _existing(call, params["nodeId"]), _by_role(params["userIds"], call)
    if not users:
        raise invalid(("userIds", 'Parameter "userIds" is required and must be a non-empty array.'))
    for user in members(call.company, node):
        if user not in users:
            leave(call.company, node, user)
    for user, new_role in users.items():
        join(call.company, node, user, new_role)
    return {"success": True}


@METHODS(
    "humanresources.node.member.move",
    _SCOPE,
    parameters={**_NODE, **_USERS, "role": Parameter("string", "Role of the users")},
    writes=True,
)
def member_move(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Moves users from their departments into another one."""
    _require_admin(call)
    node, new_role = _existing(call, params["nodeId"]), _role(params.get("role") or EMPLOYEE)
    for user in _ids(params["userIds"], call):
        _leave_all(call, user)
        join(call.company, node, user, new_role)
    return {"success": True}


@METHODS("humanresources.node.member.remove", _SCOPE, parameters={**_NODE, **_USERS}, writes=True)
def member_remove(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Takes users out of a department."""
    _require_admin(call)
    node = _existing(call, params["nodeId"])
    if not params["userIds"]:
        raise invalid(("userIds", 'Parameter "userIds" is required and must be a non-empty array.'))
    removed, failed = [], []
    for user in params["userIds"]:
        if leave(call.company, node, user):
            removed.append(user)
        else:
            failed.append({"userId": user, "reason": "Not found in this node"})
    return {"removed": removed, "failed": failed}


@METHODS("humanresources.employee.count", _SCOPE)
def employee_count(_params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns how many employees there are."""
    return {"total": len(list(employees(call.company)))}


@METHODS(
    "humanresources.employee.search",
    _SCOPE,
    parameters={
        "name": Parameter("string", "Part of the name", required=True),
        "nodeId": Parameter("int", "ID of the department"),
        **_SELECT,
    },
    dto=EMPLOYEE_DTO,
)
def employee_search(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Finds employees by name."""
    chosen, company, node = EMPLOYEE_DTO.select(params.get("select")), call.company, params.get("nodeId")
    words = params["name"].casefold().split()
    found = [
        user
        for user in employees(company)
        if (node is None or node in nodes_of(company, user))
        and all(word in company.full_name(user).casefold() for word in words)
    ]
    return {"items": [EMPLOYEE_DTO.show(call, user, chosen) for user in found]}


@METHODS(
    "humanresources.employee.subordinates",
    _SCOPE,
    parameters={"id": Parameter("int", "ID of the user", required=True)},
)
def employee_subordinates(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns how many subordinates a user has in each department."""
    company, user = call.company, params["id"]
    headed = [
        {
            "nodeId": node,
            "name": company.departments.value(node, "NAME"),
            "role": "HEAD",
            "subordinatesCount": len([other for other in members(company, node) if other != user]),
        }
        for node in company.departments.ids
        if role(company, node, user) == HEAD
    ]
    return {"userId": user, "departments": headed}


@METHODS("humanresources.employee.multidepartment", _SCOPE)
def employee_multidepartment(_params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns the employees of several departments."""
    chosen = EMPLOYEE_DTO.select(["userId", "name", "workPosition", "departments"])
    found = [user for user in employees(call.company) if len(nodes_of(call.company, user)) > 1]
    return {"employees": [EMPLOYEE_DTO.show(call, user, chosen) for user in found], "total": len(found)}


add_field_methods(METHODS, "humanresources.node", _SCOPE, NODE)
add_field_methods(METHODS, "humanresources.employee", _SCOPE, EMPLOYEE_DTO)
