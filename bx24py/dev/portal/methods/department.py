"""department.get (documentation, `api-reference/departments/department-get.md`)."""

from __future__ import annotations

from typing import Any

from bx24py.dev.portal.method import Context, Methods, Rows, upper
from bx24py.dev.portal.tables.fields import flatten
from bx24py.dev.portal.tables.paging import start_of
from bx24py.dev.portal.tables.query import Condition, Query

METHODS = Methods()

_FILTERS = ("ID", "NAME", "SORT", "PARENT", "UF_HEAD")


@METHODS("department.get", "department")
def department_get(params: dict[str, Any], call: Context) -> Rows:
    """List departments; ID, NAME, SORT, PARENT and UF_HEAD filter, `sort` and `order` sort.

    Any other filter, such as `>ID`, is ignored; `FILTER` is read in upper case only (contract, lists, number 9).
    """
    table = call.company.departments
    nested = params.get("FILTER")
    params = {**params, **(nested if isinstance(nested, dict) else {})}
    where: list[Condition] = []
    sort = ""
    for given, value in params.items():
        name = given.upper()
        # `sort` names the field to sort by, while SORT filters by that field: a field name is not a number.
        if name == "SORT" and str(value).upper() in _FILTERS:
            sort = str(value).upper()
        elif name in _FILTERS:
            where.append(Condition(name, "=", tuple(table.fields[name].read(one) for one in flatten(value))))
    descending = str(upper(params).get("ORDER", "ASC")).upper() == "DESC"
    order = ((sort or "ID", descending),)
    found = table.find(Query(tuple(where), order, start_of(params)))
    return Rows([_department(call, number) for number in found.numbers], found.total, found.next)


def _department(call: Context, number: int) -> dict[str, Any]:
    row = call.company.departments.row(number)
    shown = {"ID": str(number), "NAME": row["NAME"], "SORT": row["SORT"]}
    if row["PARENT"]:
        shown["PARENT"] = str(row["PARENT"])
    if row["UF_HEAD"] and row["UF_HEAD"] in call.company.users:
        shown["UF_HEAD"] = str(row["UF_HEAD"])
    return shown
