"""Deals, leads, contacts and companies of the sample company."""

# ruff: noqa: RUF001 - the multiplication sign is intended

from __future__ import annotations

from collections.abc import Callable

from bx24py.dev.portal.sample import names
from bx24py.dev.portal.sample.directories import LEAD_STATUSES, STAGES, semantics
from bx24py.dev.portal.sample.drawing import DAY, NOW, Drawing, spread
from bx24py.dev.portal.sample.user_fields import user_fields
from bx24py.dev.portal.tables.fields import Field


def deal_fields(draw: Drawing, *, users: int, deals: int, contacts: int, companies: int) -> dict[str, Field]:
    """Return the fields of deals."""
    made = spread(deals, 730)
    category = draw.pick("deal:category", (0, 0, 0, 1, 1, 2))
    plain = draw.pick("deal:stage", [code for code, *_ in STAGES])
    goods, quantity = draw.pick("deal:goods", names.GOODS), draw.below("deal:quantity", 12, 1)
    price, cents = draw.below("deal:price", 40, 1), draw.pick("deal:cents", (0.0, 0.0, 0.5, 0.99))
    linked = draw.number("deal:company")
    contact = draw.below("deal:contact", contacts, 1)

    def stage(number: int) -> str:
        at = category(number)
        return f"C{at}:{plain(number)}" if at else str(plain(number))

    def group(number: int) -> str | None:
        return semantics("DEAL_STAGE", plain(number))

    def moved(number: int) -> int:
        return min(NOW, made(number) + DAY)

    common = common_fields(draw, users, "deal", made)
    return {
        "TITLE": Field("string", "Title", lambda n: f"{goods(n)} × {quantity(n)} #{n}"),
        "TYPE_ID": Field(
            "crm_status",
            "Type",
            draw.pick("deal:type", ("SALE", "SALE", "COMPLEX", "SERVICES")),
            status_type="DEAL_TYPE",
        ),
        "CATEGORY_ID": Field("crm_category", "Sales Funnel", category, immutable=True),
        "STAGE_ID": Field("crm_status", "Deal Stage", stage, status_type="DEAL_STAGE"),
        "STAGE_SEMANTIC_ID": Field("string", "Stage Group", group, read_only=True),
        "IS_NEW": Field("char", "New Deal", lambda n: "Y" if plain(n) == "NEW" else "N", read_only=True),
        "IS_RECURRING": Field("char", "Recurring Deal", lambda _: "N"),
        "IS_RETURN_CUSTOMER": Field("char", "Repeat Deal", lambda n: "Y" if category(n) == 2 else "N"),
        "IS_REPEATED_APPROACH": Field("char", "Repeated Approach", lambda _: "N"),
        "PROBABILITY": Field("integer", "Probability", draw.below("deal:probability", 101)),
        "CURRENCY_ID": Field("crm_currency", "Currency", draw.pick("deal:currency", names.CURRENCIES)),
        "OPPORTUNITY": Field("double", "Amount", lambda n: price(n) * 50.0 * quantity(n) + cents(n)),
        "IS_MANUAL_OPPORTUNITY": Field("char", "Manual amount", lambda _: "Y"),
        "TAX_VALUE": Field("double", "Tax Rate", lambda _: 0.0),
        "COMPANY_ID": Field(
            "crm_company",
            "Company",
            lambda n: None if linked(n) % 4 == 0 else 1 + linked(n) // 4 % companies,
        ),
        "CONTACT_ID": Field("crm_contact", "Contact", contact),
        "CONTACT_IDS": Field("crm_contact", "Contacts", lambda n: [contact(n)], multiple=True),
        "QUOTE_ID": Field("crm_quote", "Estimate"),
        "LEAD_ID": Field("crm_lead", "Lead", read_only=True),
        "BEGINDATE": Field("date", "Start Date", lambda n: made(n) // DAY * DAY),
        "CLOSEDATE": Field("date", "End Date", lambda n: (made(n) // DAY + 7) * DAY),
        "CLOSED": Field("char", "Closed", lambda n: "N" if group(n) == "P" else "Y"),
        "SOURCE_ID": Field("crm_status", "Source", draw.pick("deal:source", names.SOURCES), status_type="SOURCE"),
        "SOURCE_DESCRIPTION": Field("string", "Source information"),
        "ADDITIONAL_INFO": Field("string", "Additional Information"),
        "LOCATION_ID": Field("location", "Location"),
        "MOVED_BY_ID": Field("user", "Moved by", common["ASSIGNED_BY_ID"].make, read_only=True),
        "MOVED_TIME": Field("datetime", "Moved on", moved, read_only=True),
        **common,
    }


def lead_fields(draw: Drawing, *, users: int, leads: int) -> dict[str, Field]:
    """Return the fields of leads."""
    made = spread(leads, 365)
    goods = draw.pick("lead:goods", names.GOODS)
    status = draw.pick("lead:status", [code for code, *_ in LEAD_STATUSES])
    common = common_fields(draw, users, "lead", made)
    return {
        "TITLE": Field("string", "Lead Name", lambda n: f"{goods(n)}: request {n}"),
        **_person(draw, "lead"),
        "COMPANY_TITLE": Field("string", "Company Name"),
        "COMPANY_ID": Field("crm_company", "Company"),
        "CONTACT_ID": Field("crm_contact", "Contact"),
        "IS_RETURN_CUSTOMER": Field("char", "Repeat lead", lambda _: "N", read_only=True),
        "SOURCE_ID": Field("crm_status", "Source", draw.pick("lead:source", names.SOURCES), status_type="SOURCE"),
        "SOURCE_DESCRIPTION": Field("string", "Source information"),
        "STATUS_ID": Field("crm_status", "Status", status, status_type="STATUS"),
        "STATUS_DESCRIPTION": Field("string", "Status information"),
        "STATUS_SEMANTIC_ID": Field("string", "Status Group", lambda n: semantics("STATUS", status(n)), read_only=True),
        "CURRENCY_ID": Field("crm_currency", "Currency", draw.pick("lead:currency", names.CURRENCIES)),
        "OPPORTUNITY": Field("double", "Amount", draw.pick("lead:amount", (0.0, 250.0, 999.9, 12000.0))),
        "IS_MANUAL_OPPORTUNITY": Field("char", "Manual amount", lambda _: "N"),
        "DATE_CLOSED": Field("datetime", "Completed on", read_only=True),
        "MOVED_BY_ID": Field("user", "Moved by", common["ASSIGNED_BY_ID"].make, read_only=True),
        "MOVED_TIME": Field("datetime", "Moved on", made, read_only=True),
        **_communications("lead", 1_000_000),
        **common,
    }


def contact_fields(draw: Drawing, *, users: int, contacts: int, companies: int) -> dict[str, Field]:
    """Return the fields of contacts."""
    return {
        **_person(draw, "contact"),
        "PHOTO": Field("file", "Photo"),
        "TYPE_ID": Field(
            "crm_status",
            "Contact Type",
            draw.pick("contact:type", ("CLIENT", "PARTNER", "SUPPLIER")),
            status_type="CONTACT_TYPE",
        ),
        "SOURCE_ID": Field("crm_status", "Source", draw.pick("contact:source", names.SOURCES), status_type="SOURCE"),
        "SOURCE_DESCRIPTION": Field("string", "Source information"),
        "COMPANY_ID": Field("crm_company", "Company", draw.below("contact:company", companies, 1)),
        "LEAD_ID": Field("crm_lead", "Lead", read_only=True),
        "EXPORT": Field("char", "Include in export", lambda _: "Y"),
        **_communications("contact", 2_000_000),
        **common_fields(draw, users, "contact", spread(contacts, 900)),
    }


def company_fields(draw: Drawing, *, users: int, companies: int) -> dict[str, Field]:
    """Return the fields of companies."""
    word, form = draw.pick("company:word", names.COMPANY_WORDS), draw.pick("company:form", names.COMPANY_FORMS)
    return {
        "TITLE": Field("string", "Company Name", lambda n: f"{word(n)} {n} {form(n)}"),
        "COMPANY_TYPE": Field(
            "crm_status",
            "Company Type",
            draw.pick("company:type", ("CUSTOMER", "SUPPLIER", "PARTNER")),
            status_type="COMPANY_TYPE",
        ),
        "LOGO": Field("file", "Logo"),
        "LEAD_ID": Field("crm_lead", "Lead", read_only=True),
        "INDUSTRY": Field(
            "crm_status",
            "Industry",
            draw.pick("company:industry", ("IT", "MANUFACTURING", "OTHER")),
            status_type="INDUSTRY",
        ),
        "EMPLOYEES": Field(
            "crm_status",
            "Employees",
            draw.pick("company:size", ("EMPLOYEES_1", "EMPLOYEES_2", "EMPLOYEES_4")),
            status_type="EMPLOYEES",
        ),
        "REVENUE": Field("double", "Annual revenue", lambda _: 0.0),
        "CURRENCY_ID": Field("crm_currency", "Currency", lambda _: "EUR"),
        "BANKING_DETAILS": Field("string", "Payment details"),
        "IS_MY_COMPANY": Field("char", "My company", lambda _: "N"),
        "ADDRESS": Field("string", "Street address"),
        "ADDRESS_CITY": Field("string", "City", draw.pick("company:city", names.CITIES)),
        **_communications("company", 3_000_000),
        **common_fields(draw, users, "company", spread(companies, 1000)),
    }


def common_fields(draw: Drawing, users: int, label: str, made: Callable[[int], int]) -> dict[str, Field]:
    """Return the fields that all CRM entities have; `made` returns when a row was created."""
    assigned = draw.below(f"{label}:assigned", min(users, 30), 1)
    touched = draw.below(f"{label}:touched", 20 * DAY)

    def changed(number: int) -> int:
        return min(NOW, made(number) + touched(number))

    return {
        "OPENED": Field("char", "Available to everyone", lambda _: "Y"),
        "COMMENTS": Field("string", "Comment"),
        "ASSIGNED_BY_ID": Field("user", "Responsible person", assigned),
        "CREATED_BY_ID": Field("user", "Created by", assigned, read_only=True),
        "MODIFY_BY_ID": Field("user", "Modified by", assigned, read_only=True),
        "DATE_CREATE": Field("datetime", "Created on", made, read_only=True),
        "DATE_MODIFY": Field("datetime", "Modified on", changed, read_only=True),
        "LAST_ACTIVITY_BY": Field("user", "Last activity by", assigned, read_only=True),
        "LAST_ACTIVITY_TIME": Field("datetime", "Last activity", changed, read_only=True),
        "ORIGINATOR_ID": Field("string", "External source"),
        "ORIGIN_ID": Field("string", "Item ID in data source"),
        "UTM_SOURCE": Field("string", "Ad system"),
        "UTM_MEDIUM": Field("string", "Medium"),
        "UTM_CAMPAIGN": Field("string", "Ad campaign UTM"),
        "UTM_CONTENT": Field("string", "Campaign contents"),
        "UTM_TERM": Field("string", "Campaign search term"),
        **user_fields(draw, label, made, users),
    }


def _person(draw: Drawing, label: str) -> dict[str, Field]:
    woman = draw.below(f"{label}:gender", 2)
    women, men = draw.pick(f"{label}:woman", names.WOMEN), draw.pick(f"{label}:man", names.MEN)
    return {
        "HONORIFIC": Field("crm_status", "Salutation", status_type="HONORIFIC"),
        "NAME": Field("string", "First Name", lambda n: women(n) if woman(n) else men(n)),
        "SECOND_NAME": Field("string", "Middle Name"),
        "LAST_NAME": Field("string", "Last Name", draw.pick(f"{label}:last", names.LAST_NAMES)),
        "POST": Field("string", "Position", draw.pick(f"{label}:post", names.POSITIONS)),
        "BIRTHDATE": Field("date", "Date of Birth"),
        "ADDRESS": Field("string", "Street address"),
        "ADDRESS_CITY": Field("string", "City", draw.pick(f"{label}:city", names.CITIES)),
        "ADDRESS_POSTAL_CODE": Field("string", "ZIP"),
        "ADDRESS_COUNTRY": Field("string", "Country"),
    }


def _communications(label: str, base: int) -> dict[str, Field]:
    """Return phone and e-mail, lists of {ID, VALUE_TYPE, VALUE, TYPE_ID}; `base` keeps their ids apart."""

    def one(kind: str, number: int, value: str) -> list[dict[str, str]]:
        at = base + number * 2 + (kind == "EMAIL")
        return [{"ID": str(at), "VALUE_TYPE": "WORK", "VALUE": value, "TYPE_ID": kind}]

    return {
        "HAS_PHONE": Field("char", "Has phone", lambda _: "Y", read_only=True),
        "HAS_EMAIL": Field("char", "Has e-mail", lambda _: "Y", read_only=True),
        "HAS_IMOL": Field("char", "Has Open Channel", lambda _: "N", read_only=True),
        "PHONE": Field(
            "crm_multifield",
            "Phone",
            lambda n: one("PHONE", n, f"+4940{base // 100000}{n:06d}"),
            multiple=True,
        ),
        "EMAIL": Field(
            "crm_multifield",
            "E-mail",
            lambda n: one("EMAIL", n, f"{label}{n}@mail.example"),
            multiple=True,
        ),
    }
