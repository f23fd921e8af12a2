"""Tables of what belongs to CRM items and tasks: activities, requisites, bank details, comments, checklists, events."""

from __future__ import annotations

from collections.abc import Mapping

from bx24py.dev.portal.sample import names
from bx24py.dev.portal.sample.drawing import DAY, NOW, Drawing, spread
from bx24py.dev.portal.tables.fields import Field
from bx24py.dev.portal.tables.table import Table

PRESETS = ("Company", "Sole proprietor", "Individual")
"""Templates of requisites."""


def records(draw: Drawing, *, deals: int, companies: int, tasks: int) -> dict[str, Table]:
    """Return the tables by name."""
    count = max(20, deals // 10)
    made = spread(count, 120)
    person = draw.below("record:person", 30, 1)
    goods, firm = draw.pick("record:goods", names.GOODS), draw.pick("record:city", names.CITIES)
    kind = draw.pick("record:kind", (1, 2, 2, 4, 6))
    owner = Field("user", "Author", person, read_only=True)
    flag, number = Field("char", "Active", lambda _: "Y"), Field("integer", "Sorting", lambda _: 500)
    dates: Mapping[str, Field] = {
        "DATE_CREATE": Field("datetime", "Created on", made, read_only=True),
        "DATE_MODIFY": Field("datetime", "Modified on", read_only=True),
        "CREATED_BY_ID": Field("user", "Created by", person, read_only=True),
        "MODIFY_BY_ID": Field("user", "Modified by", read_only=True),
    }
    return {
        "activities": Table(
            count,
            {
                "OWNER_ID": Field("integer", "Owner ID", lambda n: 1 + n % max(1, deals), immutable=True),
                "OWNER_TYPE_ID": Field("crm_enum_ownertype", "Owner type", lambda _: 2, immutable=True),
                "TYPE_ID": Field("crm_enum_activitytype", "Type", kind, immutable=True, required=True),
                "PROVIDER_ID": Field("string", "Provider ID", lambda n: "CRM_TODO" if kind(n) == 6 else ""),
                "PROVIDER_TYPE_ID": Field("string", "Provider type", lambda n: "TODO" if kind(n) == 6 else ""),
                "SUBJECT": Field("string", "Subject", lambda n: f"Talk about {goods(n)}", required=True),
                "CREATED": Field("datetime", "Created on", made, read_only=True),
                "LAST_UPDATED": Field("datetime", "Updated on", made, read_only=True),
                "START_TIME": Field("datetime", "Start", made),
                "END_TIME": Field("datetime", "End", lambda n: made(n) + 3600),
                "DEADLINE": Field("datetime", "Deadline", lambda n: made(n) + n % 9 * DAY),
                "COMPLETED": Field("char", "Completed", lambda n: "Y" if n % 3 else "N"),
                "STATUS": Field("crm_enum_activitystatus", "Status", lambda n: 2 if n % 3 else 1),
                "RESPONSIBLE_ID": Field("user", "Responsible", person, required=True),
                "PRIORITY": Field("crm_enum_activitypriority", "Priority", lambda _: 2),
                "DESCRIPTION": Field("string", "Description", lambda _: ""),
                "DESCRIPTION_TYPE": Field("crm_enum_contenttype", "Type of the description", lambda _: 1),
                "DIRECTION": Field("crm_enum_activitydirection", "Direction", lambda n: 1 + n % 2),
                "LOCATION": Field("string", "Place", lambda _: ""),
                "ORIGIN_ID": Field("string", "Origin"),
                "AUTHOR_ID": owner,
                "EDITOR_ID": Field("user", "Editor", person, read_only=True),
            },
        ),
        "requisites": Table(
            companies,
            {
                "ENTITY_TYPE_ID": Field("integer", "Owner type", lambda _: 4, immutable=True, required=True),
                "ENTITY_ID": Field("integer", "Owner", lambda n: n, immutable=True, required=True),
                "PRESET_ID": Field("integer", "Template", lambda _: 1, immutable=True, required=True),
                **dates,
                "NAME": Field("string", "Name", lambda _: "Requisites", required=True),
                "CODE": Field("string", "Code"),
                "XML_ID": Field("string", "External ID"),
                "ACTIVE": flag,
                "ADDRESS_ONLY": Field("char", "Only an address", lambda _: "N"),
                "SORT": number,
                "RQ_NAME": Field("string", "Full name"),
                "RQ_COMPANY_NAME": Field("string", "Company", lambda n: f"{firm(n)} {n} GmbH"),
                "RQ_COMPANY_FULL_NAME": Field("string", "Full name of the company"),
                "RQ_INN": Field("string", "Tax number", lambda n: f"{7_000_000_000 + n}"),
                "RQ_KPP": Field("string", "Tax registration"),
                "RQ_VAT_ID": Field("string", "VAT ID", lambda n: f"DE{100_000_000 + n}"),
                "RQ_PHONE": Field("string", "Phone"),
                "RQ_EMAIL": Field("string", "E-mail"),
            },
        ),
        "bank_details": Table(
            companies,
            {
                "ENTITY_ID": Field("integer", "Requisites", lambda n: n, immutable=True, required=True),
                "COUNTRY_ID": Field("integer", "Country", lambda _: 46),
                **dates,
                "NAME": Field("string", "Name", lambda _: "Main account", required=True),
                "ACTIVE": flag,
                "SORT": number,
                "RQ_BANK_NAME": Field("string", "Bank", lambda n: f"Bank of {firm(n)}"),
                "RQ_IBAN": Field("string", "IBAN", lambda n: f"DE{n:020d}"),
                "RQ_BIC": Field("string", "BIC"),
                "RQ_ACC_NUM": Field("string", "Account"),
                "COMMENTS": Field("string", "Comment"),
            },
        ),
        "presets": Table(
            len(PRESETS),
            {
                "ENTITY_TYPE_ID": Field("integer", "Type", lambda _: 8),
                "COUNTRY_ID": Field("integer", "Country", lambda _: 46),
                "NAME": Field("string", "Name", lambda n: PRESETS[n - 1]),
                "ACTIVE": flag,
                "SORT": number,
            },
        ),
        "task_comments": Table(
            tasks,
            {
                "TASK_ID": Field("integer", "Task", lambda n: n),
                "AUTHOR_ID": owner,
                "POST_DATE": Field("datetime", "Date", lambda n: NOW - n * 600),
                "POST_MESSAGE": Field("string", "Text", lambda n: f"What about {goods(n)}?"),
            },
        ),
        "checklist": Table(
            tasks,
            {
                "TASK_ID": Field("integer", "Task", lambda n: n),
                "PARENT_ID": Field("integer", "Parent", lambda _: 0),
                "CREATED_BY": owner,
                "TITLE": Field("string", "Title", lambda n: f"Check {goods(n)}"),
                "SORT_INDEX": Field("integer", "Sorting", lambda _: 0),
                "IS_COMPLETE": Field("char", "Complete", lambda n: "Y" if n % 2 else "N"),
                "IS_IMPORTANT": Field("char", "Important", lambda _: "N"),
            },
        ),
        "calendar_events": Table(
            2,
            {
                "NAME": Field("string", "Name", lambda n: ("Weekly meeting", "Audit")[n - 1]),
                "DATE_FROM": Field("datetime", "From", lambda n: NOW + n * DAY),
                "DATE_TO": Field("datetime", "To", lambda n: NOW + n * DAY + 3600),
                "DESCRIPTION": Field("string", "Description", lambda _: ""),
                "LOCATION": Field("string", "Place", lambda _: ""),
                "OWNER_ID": Field("user", "Owner", lambda _: 1),
                "CAL_TYPE": Field("string", "Calendar", lambda _: "user"),
                "SECTION_ID": Field("integer", "Section", lambda _: 1),
                "SKIP_TIME": Field("char", "Whole day", lambda _: "N"),
                "CREATED_BY": Field("user", "Created by", lambda _: 1),
            },
        ),
    }
