"""Objects that several modules of REST 3.0 refer to: users and workgroups."""

from __future__ import annotations

from bx24py.dev.portal.v3.dto import Dto, DtoField

_GENDERS = {"F": "female", "M": "male"}

USER = Dto(
    "UserDto",
    lambda company: company.users,
    {
        "id": DtoField("int", "ID", "ID", filters=True, sorts=True),
        "name": DtoField("string", title="Name", make=lambda call, number: call.company.full_name(number)),
        "role": DtoField("string", title="Role", make=lambda _call, number: "admin" if number == 1 else "employee"),
        "gender": DtoField("string", "PERSONAL_GENDER", "Gender", words=_GENDERS, filters=True),
        "email": DtoField("string", "EMAIL", "E-mail", filters=True),
        "externalAuthId": DtoField("string", title="External authorization", make=lambda _call, _number: None),
        "rights": DtoField("array", title="Rights", make=lambda _call, _number: []),
    },
)

GROUP = Dto(
    "GroupDto",
    lambda company: company.others["workgroups"],
    {
        "id": DtoField("int", "ID", "ID", filters=True, sorts=True),
        "name": DtoField("string", "NAME", "Name", filters=True),
        "type": DtoField("string", title="Type", make=lambda _call, _number: "group"),
        "isVisible": DtoField("bool", "OPENED", "Visible", filters=True),
    },
)
