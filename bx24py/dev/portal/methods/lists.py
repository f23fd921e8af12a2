"""Every kind of documented list method, for testing clients that read whole lists (contract, lists).

A `ListMethod` describes how a method reads order and filter, makes pages and writes rows. Odd methods have functions
below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bx24py.dev.portal.company import Company
from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, Rows, upper
from bx24py.dev.portal.methods.crm import mapping, show
from bx24py.dev.portal.methods.item import camel
from bx24py.dev.portal.sample.others import PRODUCT_CATALOG
from bx24py.dev.portal.tables.dialect import Dialect
from bx24py.dev.portal.tables.fields import DATES, Field, flatten, iso
from bx24py.dev.portal.tables.paging import CLASSIC, CONTROLLER, OFFSET, Found, Pager, start_of
from bx24py.dev.portal.tables.query import Query
from bx24py.dev.portal.tables.table import Table

METHODS = Methods()


@dataclass(frozen=True)
class ListMethod:
    """How one method lists a table.

    Args:
        name: the method.
        scope: the scope that it needs; empty: none.
        table: the name of the table.
        pager: its pages.
        under: the key of the rows; None: the result is the list.
        rows: the style of a row: `UPPER` names with str values, or `camel` names with numbers.
        request: the style of names in filter, order and select.
        filter, order: the parameters; case-sensitive if `exact`.
        exact: only upper-case parameter names are read.
        default_order: the order if none is requested.
        default_select: the fields of a row if none are requested; None: all.
        hidden: fields that are never in a row.
        strict: whether an unknown field in filter or order is an error.
    """

    name: str
    scope: str
    table: str
    pager: Pager = CLASSIC
    under: str | None = None
    rows: str = "UPPER"
    request: str = "UPPER"
    filter: str = "FILTER"
    order: str = "ORDER"
    exact: bool = False
    default_order: tuple[tuple[str, bool], ...] = ()
    default_select: tuple[str, ...] | None = None
    hidden: tuple[str, ...] = ("ROW", "SHUFFLE")
    strict: bool = False

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of the method, for `Methods`."""
        return (self.scope,) if self.scope else ()

    def source(self, company: Company) -> Table:
        """Return the table."""
        return company.others[self.table]

    def query(self, params: dict[str, Any], table: Table) -> Query:
        """Read filter, order and start."""
        given = params if self.exact else upper(params)
        dialect = self._dialect(table)
        where = dialect.where(mapping(given, self.filter), table)
        order = dialect.order(mapping(given, self.order), table) or self.default_order
        return Query(where, order, start_of(params))

    def _dialect(self, table: Table) -> Dialect:
        if self.request == "UPPER":
            return Dialect(str.upper, strict=self.strict)
        names = {camel(name): name for name in table.fields}
        return Dialect(names.get, strict=self.strict)

    def show(self, table: Table, numbers: Iterable[int], select: Any = None) -> list[dict[str, Any]]:
        """Write rows."""
        wanted = [str(name) for name in flatten(select) if name not in (None, "")]
        if not wanted and self.default_select is not None:
            wanted = list(self.default_select)
        names = [name for name in table.fields if name not in self.hidden]
        if wanted and "*" not in wanted:
            known = {(camel(name) if self.request == "camel" else name): name for name in names}
            names = list(dict.fromkeys(known[name] for name in wanted if name in known))
        columns = [(name, table.fields[name], table.reader(name)) for name in names]
        if self.rows == "UPPER":
            return [{name: show(field, read(number)) for name, field, read in columns} for number in numbers]
        return [{camel(name): _plain(field, read(number)) for name, field, read in columns} for number in numbers]

    def answer(self, params: dict[str, Any], call: Context) -> Rows:
        """List as documented, without oddities."""
        table = self.source(call.company)
        return self.page(table, table.find(self.query(params, table), self.pager), params)

    def page(self, table: Table, found: Found, params: dict[str, Any]) -> Rows:
        """Return a page."""
        given = params if self.exact else upper(params)
        rows = self.show(table, found.numbers, given.get("SELECT"))
        return Rows(rows if self.under is None else {self.under: rows}, found.total, found.next)


def _plain(field: Field, value: Any) -> Any:
    return iso(value) if field.type in DATES and value is not None else value


Odd = Callable[[ListMethod, dict[str, Any], Context], Rows]


def _add(method: ListMethod) -> Callable[[Odd], Odd]:
    """Add a method with its own function."""

    def add(function: Odd) -> Odd:
        METHODS(method.name, *method.scopes)(lambda params, call: function(method, params, call))
        return function

    return add


for _method in (
    # Order and filter are only read in upper case; the newest come first.
    ListMethod("sonet_group.get", "sonet_group", "workgroups", exact=True, default_order=(("ID", True),)),
    # The order is called SORT.
    ListMethod("entity.item.get", "entity", "entity_items", order="SORT"),
    ListMethod("bizproc.workflow.template.list", "bizproc", "workflow_templates", default_select=("ID",)),
    ListMethod("crm.product.list", "crm", "products", hidden=("IBLOCK_ID",)),
    ListMethod("crm.invoice.list", "crm", "old_invoices"),
    ListMethod("event.offline.list", "", "events", OFFSET),
    ListMethod("crm.stagehistory.list", "crm", "stage_history", OFFSET, "items"),
    # Requests use upper case, answers camelCase; by default a row has only its id.
    ListMethod(
        "socialnetwork.api.workgroup.list",
        "socialnetwork",
        "workgroups",
        CONTROLLER,
        "workgroups",
        "camel",
        default_select=("ID",),
    ),
    ListMethod(
        "catalog.productpropertysection.list",
        "catalog",
        "property_sections",
        CONTROLLER,
        "productPropertySections",
        "camel",
        "camel",
        strict=True,
    ),
    ListMethod("tasks.api.scrum.sprint.list", "task", "sprints", CONTROLLER, rows="camel"),
    ListMethod("lists.get", "lists", "block_lists", filter="(none)", order="IBLOCK_ORDER"),
):
    METHODS(_method.name, *_method.scopes)(_method.answer)


@_add(ListMethod("lists.element.get", "lists", "elements", order="ELEMENT_ORDER"))
def lists_element_get(method: ListMethod, params: dict[str, Any], call: Context) -> Rows:
    """List elements; an empty list has neither `total` nor `next`."""
    rows = method.answer(params, call)
    return rows if rows.data else Rows([])


@_add(ListMethod("crm.type.list", "crm", "types", CONTROLLER, "types", "camel", "camel", strict=True))
def crm_type_list(method: ListMethod, params: dict[str, Any], call: Context) -> Rows:
    """List smart processes; ID in upper case is unknown."""
    given = upper(params)
    for name in (*mapping(given, "filter"), *mapping(given, "order")):
        if str(name).endswith("ID") and str(name).isupper():
            raise RestFault("0", "Unknown field definition `I_D`")
    return method.answer(params, call)


@_add(ListMethod("catalog.product.list", "catalog", "products", CONTROLLER, "products", "camel", "camel", strict=True))
def catalog_product_list(method: ListMethod, params: dict[str, Any], call: Context) -> Rows:
    """List products of a catalog; `id` and `iblockId` must be selected, and `iblockId` filtered by."""
    given = upper(params)
    select = [str(name) for name in flatten(given.get("SELECT"))]
    where = mapping(given, "filter")
    if not {"id", "iblockId"} <= set(select):
        raise RestFault("0", "Required select fields: id, iblockId")
    if str(where.get("iblockId")) != str(PRODUCT_CATALOG):
        raise RestFault("0", "Required filter fields: iblockId")
    if "@id" in where:
        raise RestFault("0", "Invalid filter: field '@id' is not allowed in filter")
    return method.answer(params, call)


@_add(
    ListMethod(
        "crm.item.productrow.list", "crm", "product_rows", CONTROLLER, "productRows", "camel", "camel", strict=True
    )
)
def crm_item_productrow_list(method: ListMethod, params: dict[str, Any], call: Context) -> Rows:
    """List product rows of one item; with unknown parameters it returns only some of them."""
    where = mapping(upper(params), "filter")
    if not {"=ownerType", "=ownerId"} <= where.keys():
        raise RestFault("0", "Required filter fields: =ownerType, =ownerId")
    rows = method.answer({name: value for name, value in params.items() if name.upper() != "SELECT"}, call)
    if {name.upper() for name in params} - {"FILTER", "ORDER", "START"}:
        return Rows({"productRows": rows.data["productRows"][:1]}, rows.total, rows.next)
    return rows


@_add(ListMethod("crm.address.list", "crm", "addresses", OFFSET))
def crm_address_list(method: ListMethod, params: dict[str, Any], call: Context) -> Rows:
    """List addresses: three fields form the key; `total` is right only with a negative `start`."""
    given = upper(params)
    if any(
        str(name).lstrip("<>=!@%").upper() == "ID" for name in (*mapping(given, "order"), *mapping(given, "filter"))
    ):
        raise RestFault("", "Unknown field definition `ID` (100) for Address Entity.")
    table = method.source(call.company)
    query = method.query(params, table)
    total, found = len(table.found(query)), table.find(query, method.pager)
    return method.page(table, Found(found.numbers, min(total, 50) if query.counts else total, None), params)


@_add(ListMethod("crm.timeline.comment.list", "crm", "comments", OFFSET))
def crm_timeline_comment_list(method: ListMethod, params: dict[str, Any], call: Context) -> Rows:
    """List comments of an item; any other filter is ignored, even one by id."""
    where = {str(name).upper(): value for name, value in mapping(upper(params), "filter").items()}
    if not {"ENTITY_ID", "ENTITY_TYPE"} <= where.keys():
        raise RestFault("", "Entity ID or entity type is not defined or invalid.")
    kept = {name: where[name] for name in ("ENTITY_ID", "ENTITY_TYPE")}
    return method.answer({**{n: v for n, v in params.items() if n.upper() != "FILTER"}, "filter": kept}, call)


@_add(
    ListMethod(
        "crm.timeline.logmessage.list",
        "crm",
        "log_messages",
        Pager(10, wraps=False, uncounted=None),
        None,
        "camel",
        "camel",
        filter="(none)",
        default_order=(("ID", True),),
    )
)
def crm_timeline_logmessage_list(method: ListMethod, params: dict[str, Any], call: Context) -> Rows:
    """List records of a timeline: pages of 10, the newest first."""
    if not upper(params).get("ENTITYTYPEID") or not upper(params).get("ENTITYID"):
        raise RestFault("100", "Could not find value for parameter {entityTypeId}")
    return method.answer(params, call)


@_add(ListMethod("bizproc.workflow.instances", "bizproc", "workflows", OFFSET, default_order=(("MODIFIED", True),)))
def bizproc_workflow_instances(method: ListMethod, params: dict[str, Any], call: Context) -> Rows:
    """List workflows; their ids are str, and a negative `start` goes to the database unchanged."""
    if start_of(params) < 0:
        raise RestFault("ERROR_CORE", "SQL query error")
    return method.answer(params, call)


@_add(
    ListMethod(
        "documentgenerator.template.list",
        "documentgenerator",
        "document_templates",
        CONTROLLER,
        "templates",
        "camel",
        "camel",
    )
)
def documentgenerator_template_list(method: ListMethod, params: dict[str, Any], call: Context) -> Rows:
    """List templates as a mapping by id, with numbers as str."""
    rows = method.answer(params, call)
    texts = [{name: str(value) for name, value in row.items()} for row in rows.data["templates"]]
    return Rows({"templates": {row["id"]: row for row in texts}}, rows.total, rows.next)


@_add(ListMethod("crm.orderentity.list", "crm", "order_bindings", CONTROLLER, "orderEntity", "camel", "camel"))
def crm_orderentity_list(method: ListMethod, params: dict[str, Any], call: Context) -> Rows:
    """List bindings of orders; a negative `start` returns all of them at once."""
    if start_of(params) >= 0:
        return method.answer(params, call)
    table = method.source(call.company)
    numbers = list(table.found(method.query(params, table)))
    return method.page(table, Found(numbers, None, None), params)


@_add(ListMethod("voximplant.statistic.get", "telephony", "calls", order="(none)"))
def voximplant_statistic_get(method: ListMethod, params: dict[str, Any], call: Context) -> Rows:
    """List calls, in no order unless SORT and ORDER name one; an order that is a mapping is ignored."""
    given, table = upper(params), method.source(call.company)
    if any(isinstance(value, dict | list) for name, value in mapping(given, "filter").items() if name[:1] in "<>"):
        raise RestFault("ERROR_CORE", "SQL query error")
    sort, order = str(given.get("SORT", "")).upper(), given.get("ORDER", "ASC")
    by: tuple[tuple[str, bool], ...] = (("SHUFFLE", False),)
    if sort in table.fields and isinstance(order, str):
        by = ((sort, order.upper() == "DESC"),)
    query = method.query(params, table)
    return method.page(table, table.find(Query(query.where, by, query.start), method.pager), params)


@_add(ListMethod("event.offline.get", "", "events", OFFSET))
def event_offline_get(method: ListMethod, params: dict[str, Any], call: Context) -> Rows:
    """Return the next events and, unless `clear` is 0, remove them."""
    given, table = upper(params), method.source(call.company)
    limit = min(max(1, int(given.get("LIMIT") or 50)), 50)
    numbers = list(table.found(method.query(params, table)))[:limit]
    rows = method.show(table, numbers)
    if str(given.get("CLEAR", 1)) != "0":
        for number in numbers:
            table.delete(number)
    return Rows({"process_id": "1", "events": rows})
