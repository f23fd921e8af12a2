"""Descriptions of fields, and rows with their types, from the local portal."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import PythonPage

ROWS = [
    ("crm.deal", None, "crm.deal.list", {"select": ["*", "UF_*"]}, ""),
    ("crm.contact", None, "crm.contact.list", {"select": ["*", "UF_*", "PHONE"]}, ""),
    ("crm.item", 31, "crm.item.list", {"entityTypeId": 31}, "items"),
    ("crm.item", 1030, "crm.item.list", {"entityTypeId": 1030}, "items"),
    ("tasks", None, "tasks.task.list", {}, "tasks"),
    ("user", None, "user.get", {}, ""),
]


@pytest.mark.parametrize(("entity", "type_id", "method", "params", "key"), ROWS)
def test_rows_have_their_types(
    app: PythonPage, entity: str, type_id: int | None, method: str, params: dict[str, Any], key: str
) -> None:
    """What has come out of a row goes into it again, and the portal's values are the same afterwards."""
    found = app.python(
        """
        from datetime import date, datetime
        from decimal import Decimal
        first, fields = await asyncio.gather(*(bx24.fields(entity, entity_type_id=type_id) for _ in range(2)))
        assert first is fields is await bx24.fields(entity, entity_type_id=type_id)
        data = (await bx24.call_method(method, params)).data
        rows = data[key] if key else data
        assert len(rows) >= 40
        classes = {"integer": int, "double": Decimal, "money": Money, "date": date, "datetime": datetime, "user": int}
        classes |= {"enumeration": int, "char": bool, "boolean": bool, "string": str, "crm_status": str}
        seen = set()
        for row in rows:
            read = fields.read(row)
            assert list(read) == list(row)
            for name, value in read.items():
                if name not in fields or value is None or name == "LAST_ACTIVITY_DATE":
                    continue
                type_ = fields[name].type
                if fields[name].is_multiple:
                    assert type(value) is list, name
                elif type_ in classes:
                    assert type(value) is classes[type_], (name, value)
                    seen.add(type_)
                    if type_ == "datetime":
                        assert value.tzinfo is not None
            writable = {name: value for name, value in read.items() if name in fields and not fields[name].is_read_only}
            again = fields.read(fields.write(writable))
            assert {name: again[fields[name].name] or None for name in writable} == {
                name: value or None for name, value in writable.items()
            }
        return sorted(seen)
        """,
        entity=entity,
        type_id=type_id,
        method=method,
        params=params,
        key=key,
    )
    assert set(found) >= {"integer", "string", "datetime", "date"} - ({"date"} if entity == "tasks" else set())
    assert len(app.portal.rest.received("batch")) <= 1


def test_a_deal_is_written_with_python_values(app: PythonPage) -> None:
    app.python("""
        from datetime import UTC, date, datetime
        from decimal import Decimal
        fields = await bx24.fields("crm.deal")
        values = {
            "TITLE": "Ж & ü", "OPENED": False, "OPPORTUNITY": Decimal("12.50"), "CLOSEDATE": date(2030, 2, 1),
            "COMPANY_ID": None, "CONTACT_IDS": [3, 4], "UF_CRM_1719400002": 103, "UF_CRM_1719400003": [201, 204],
            "UF_CRM_1719400004": True, "UF_CRM_1719400008": Money(Decimal("99.90"), "EUR"), "UF_CRM_1719400010": [],
            "UF_CRM_1719400007": datetime(2030, 2, 1, 8, 30, tzinfo=UTC),
        }
        await bx24.call_method("crm.deal.update", {"id": 7, "fields": fields.write(values)})
        row = fields.read((await bx24.call_method("crm.deal.get", {"id": 7})).data)
        del values["CONTACT_IDS"]
        assert {name: row[name] for name in values} == values, row
        assert fields["UF_CRM_1719400002"].items[row["UF_CRM_1719400002"]] == "High"
        assert fields["UF_CRM_1719400002"].title == "Priority"
    """)
    assert app.portal.rest.company.deals.value(7, "CONTACT_IDS") == [3, 4]


def test_words_of_stages_and_names_that_are_not_there(app: PythonPage) -> None:
    assert app.python("""
        deals, equipment = await bx24.fields("crm.deal"), await bx24.fields("crm.item", entity_type_id=1030)
        try:
            deals["STAGEID"]
        except KeyError as error:
            message = error.args[0]
        words = deals["STAGE_ID"].items
        start = equipment["STAGE_ID"].items["DT1030_1:NEW"]
        return [words["NEW"], words["C1:WON"], start, message.partition(" or ")[0]]
    """) == ["New", "Deal won", "Start", "crm.deal has no field 'STAGEID'; did you mean 'STAGE_ID'"]


def test_who_is_no_administrator_gets_the_users_standard_fields(app: PythonPage) -> None:
    app.portal.state.admin = False
    try:
        assert app.python("""
            fields = await BX24().fields("user")
            user = fields.read((await bx24.call_method("user.current")).data)
            return [user["ID"], user["ACTIVE"], user["UF_DEPARTMENT"], fields["NAME"].title]
        """) == [1, True, [3, 6], "First Name"]
    finally:
        app.portal.state.admin = True


def test_a_failed_read_is_not_kept(app: PythonPage) -> None:
    app.portal.rest.route("crm.lead.fields").fail("ACCESS_DENIED").times(1)
    assert app.python("""
        name, message, _ = await failure(bx24.fields("crm.lead"))
        return [name, (await bx24.fields("crm.lead"))["TITLE"].type]
    """) == ["AccessError", "string"]
