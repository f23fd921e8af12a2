"""The company structure as REST 3.0 sees it: departments are nodes, and users have roles in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bx24py.dev.portal.v3.dto import Dto, DtoField

if TYPE_CHECKING:
    from bx24py.dev.portal.company import Company
    from bx24py.dev.portal.method import Context

HEAD, DEPUTY, EMPLOYEE = ROLES = ("MEMBER_HEAD", "MEMBER_DEPUTY_HEAD", "MEMBER_EMPLOYEE")
"""Roles in a department."""


def nodes_of(company: Company, user: int) -> list[int]:
    """Return the departments of a user."""
    return [node for node in company.users.value(user, "UF_DEPARTMENT") or [] if node in company.departments]


def employees(company: Company) -> Iterator[int]:
    """Return the active users that are in a department."""
    return (
        user for user in company.users.ids if company.users.value(user, "ACTIVE") == "Y" and nodes_of(company, user)
    )


def members(company: Company, node: int) -> list[int]:
    """Return the users of a department; its head is one of them, whatever the user's own departments are."""
    head = company.departments.value(node, "UF_HEAD")
    return [user for user in employees(company) if user == head or node in nodes_of(company, user)]


def role(company: Company, node: int, user: int) -> str:
    """Return the role of a member."""
    if company.departments.value(node, "UF_HEAD") == user:
        return HEAD
    return DEPUTY if user in company.departments.value(node, "DEPUTIES") else EMPLOYEE


def join(company: Company, node: int, user: int, new_role: str) -> None:
    """Make a user a member of a department, or give a member another role."""
    nodes = nodes_of(company, user)
    if node not in nodes:
        company.users.update(user, {"UF_DEPARTMENT": [*nodes, node]})
    _take_role(company, node, user)
    if new_role == HEAD:
        company.departments.update(node, {"UF_HEAD": user})
    elif new_role == DEPUTY:
        company.departments.update(node, {"DEPUTIES": [*company.departments.value(node, "DEPUTIES"), user]})


def leave(company: Company, node: int, user: int) -> bool:
    """Take a user out of a department; return whether they were in it."""
    if user not in members(company, node):
        return False
    nodes = nodes_of(company, user)
    company.users.update(user, {"UF_DEPARTMENT": [other for other in nodes if other != node]})
    _take_role(company, node, user)
    return True


def _take_role(company: Company, node: int, user: int) -> None:
    departments = company.departments
    if departments.value(node, "UF_HEAD") == user:
        departments.update(node, {"UF_HEAD": None})
    departments.update(node, {"DEPUTIES": [other for other in departments.value(node, "DEPUTIES") if other != user]})


def person(call: Context, user: int) -> dict[str, Any]:
    """Return what every list of people says of one."""
    return {
        "userId": user,
        "name": call.company.full_name(user),
        "workPosition": call.company.users.value(user, "WORK_POSITION") or "",
        "avatar": None,
        "url": f"/company/personal/user/{user}/",
    }


def _members(call: Context, node: int) -> list[dict[str, Any]]:
    company = call.company
    return [{**person(call, user), "role": role(company, node, user)} for user in members(company, node)]


def _departments(call: Context, user: int) -> list[dict[str, Any]]:
    table = call.company.departments
    return [{"id": node, "name": table.value(node, "NAME")} for node in nodes_of(call.company, user)]


NODE = Dto(
    "NodeDto",
    lambda company: company.departments,
    {
        "id": DtoField("int", "ID", "ID", filters=True, sorts=True),
        "name": DtoField("string", "NAME", "Name"),
        "type": DtoField("string", title="Type", make=lambda _call, _node: "DEPARTMENT", filters=True),
        "structureId": DtoField("int", title="Structure", make=lambda _call, _node: 1, filters=True),
        "parentId": DtoField("int", "PARENT", "Parent department", filters=True),
        "description": DtoField("string", "DESCRIPTION", "Description"),
        "accessCode": DtoField("string", title="Access code", make=lambda _call, node: f"DR{node}"),
        "userCount": DtoField("int", title="Number of users", make=lambda call, node: len(members(call.company, node))),
        "colorName": DtoField("string", title="Color of a team", make=lambda _call, _node: None),
        "xmlId": DtoField("string", "XML_ID", "External ID"),
        "createdAt": DtoField("DateTime", "CREATED", "Created on"),
        "updatedAt": DtoField("DateTime", "UPDATED", "Changed on"),
        "members": DtoField("array", title="Users", make=_members),
    },
    basic=(
        "id",
        "name",
        "type",
        "structureId",
        "parentId",
        "description",
        "accessCode",
        "userCount",
        "colorName",
        "xmlId",
        "createdAt",
        "updatedAt",
    ),
    strict=True,
)

EMPLOYEE_DTO = Dto(
    "EmployeeDto",
    lambda company: company.users,
    {
        "userId": DtoField("int", "ID", "User"),
        "name": DtoField("string", title="Name", make=lambda call, user: call.company.full_name(user)),
        "workPosition": DtoField("string", "WORK_POSITION", "Job title"),
        "avatar": DtoField("string", title="Photo", make=lambda _call, _user: None),
        "url": DtoField("string", title="Link", make=lambda _call, user: f"/company/personal/user/{user}/"),
        "departments": DtoField("array", title="Departments", make=_departments),
        "teams": DtoField("array", title="Teams", make=lambda _call, _user: []),
    },
    basic=("userId", "name", "workPosition", "avatar", "url", "departments", "teams"),
    strict=True,
)
