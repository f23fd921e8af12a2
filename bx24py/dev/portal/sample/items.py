"""Estimates, smart invoices and a smart process of the sample company."""

from __future__ import annotations

from bx24py.dev.portal.sample import names
from bx24py.dev.portal.sample.crm import common_fields
from bx24py.dev.portal.sample.drawing import DAY, Drawing, spread
from bx24py.dev.portal.tables.fields import Field

COUNT = 120
"""Rows of each of these tables."""

EQUIPMENT = 1030
"""`entityTypeId` of the smart process."""


def _amount(draw: Drawing, label: str) -> dict[str, Field]:
    price = draw.below(f"{label}:price", 900, 100)
    return {
        "OPPORTUNITY": Field("double", "Amount", lambda n: price(n) * 2.5),
        "CURRENCY_ID": Field("crm_currency", "Currency", lambda _: "EUR"),
        "COMPANY_ID": Field("crm_company", "Company", draw.below(f"{label}:company", 5, 1)),
        "CONTACT_ID": Field("crm_contact", "Contact", draw.below(f"{label}:contact", 10, 1)),
    }


def quote_fields(draw: Drawing, users: int) -> dict[str, Field]:
    """Return the fields of estimates."""
    made = spread(COUNT, 300)
    return {
        "TITLE": Field("string", "Topic", lambda n: f"Estimate {n}"),
        "STATUS_ID": Field("crm_status", "Status", lambda _: "DRAFT", status_type="QUOTE_STATUS"),
        "DEAL_ID": Field("crm_deal", "Deal", lambda n: n),
        "BEGINDATE": Field("date", "Created on", lambda n: made(n) // DAY * DAY - 7200),
        "CLOSED": Field("char", "Closed", lambda n: "Y" if n % 4 == 0 else "N"),
        **_amount(draw, "quote"),
        **common_fields(draw, users, "quote", made),
    }


def invoice_fields(draw: Drawing, users: int) -> dict[str, Field]:
    """Return the fields of smart invoices."""
    made = spread(COUNT, 200)
    return {
        "TITLE": Field("string", "Topic", lambda n: f"Invoice {n}"),
        "ACCOUNT_NUMBER": Field("string", "Number", lambda n: f"2025/{n}"),
        "STAGE_ID": Field("crm_status", "Stage", lambda _: "DT31_1:N", status_type="SMART_INVOICE_STAGE_1"),
        "BEGINDATE": Field("date", "Invoice date", lambda n: made(n) // DAY * DAY - 7200),
        **_amount(draw, "invoice"),
        **common_fields(draw, users, "invoice", made),
    }


def equipment_fields(draw: Drawing, users: int) -> dict[str, Field]:
    """Return the fields of the smart process; the names of its custom fields contain its number."""
    goods, made = draw.pick("equipment:goods", names.GOODS), spread(COUNT, 100)
    common = common_fields(draw, users, "equipment", made)
    return {
        "TITLE": Field("string", "Name", lambda n: f"{goods(n)} {n}"),
        "STAGE_ID": Field(
            "crm_status", "Stage", lambda _: f"DT{EQUIPMENT}_1:NEW", status_type=f"DYNAMIC_{EQUIPMENT}_STAGE_1"
        ),
        "CATEGORY_ID": Field("crm_category", "Funnel", lambda _: 1),
        **_amount(draw, "equipment"),
        **{name.replace("UF_CRM_", "UF_CRM_2_"): field for name, field in common.items()},
    }
