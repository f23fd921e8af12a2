"""The company that a fresh portal holds: departments, users, deals and the rest, the same for the same seed.

Nothing is made at the start but the list of row numbers: each value is computed from the seed, the row's number and the
field's name when somebody looks at it.
"""

# ruff: noqa: RUF001 - names in other scripts are the point

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

from .listing import Field, Table

NOW = 1_748_764_800
"""The moment at which the generated company stands still: 2025-06-01 08:00 UTC. Its rows are older."""

DAY = 86_400
_MASK = (1 << 64) - 1

DEPARTMENTS: tuple[tuple[str, int, int], ...] = (
    ("Northwind Instruments", 0, 1),
    ("Sales Department", 1, 2),
    ("Customer Success", 1, 1),
    ("Research & Development", 1, 4),
    ("Administration", 1, 5),
    ("Key Accounts", 2, 6),
    ("Online Store", 2, 7),
    ("Отдел продаж — Восток", 2, 8),
    ("Support Desk", 3, 9),
    ("Field Service", 3, 10),
    ("Software", 4, 11),
    ("Optics & Sensors", 4, 12),
    ("開発部", 4, 13),
    ("Accounting", 5, 14),
    ("Human Resources", 5, 15),
    ("Legal", 5, 16),
)
"""Name, parent and head of each department, numbered from 1."""

FIRST_USERS: tuple[tuple[str, str, str, str, tuple[int, ...]], ...] = (
    ("Emma", "Lindqvist", "F", "Head of Customer Success", (3, 6)),
    ("Jonas", "Hartmann", "M", "Sales Director", (2,)),
    ("Анна", "Соколова", "F", "Менеджер по продажам", (8,)),
    ("Priya", "Raman", "F", "Chief Engineer", (4,)),
    ("Michael", "O'Connor", "M", "Office Manager", (5,)),
)
"""The users that a demonstration shows first: name, last name, gender, position, departments."""

_WOMEN = (
    "Sofia", "Laura", "Елена", "Марія", "Ольга", "Chloé", "Zoë", "Ελένη", "佳奈", "小红", "ليلى", "נועה", "Ingrid",
    "ნინო", "Hatice",
)  # fmt: skip
_MEN = (
    "Lukas", "Иван", "Дмитрий", "Тарас", "François", "Søren", "José", "Νίκος", "健太", "伟", "عمر", "אורי", "Łukasz",
    "გიორგი", "Ömer",
)  # fmt: skip
_LAST_NAMES = (
    "Weber", "García", "Новак", "Müller", "Ångström", "Шевченко", "Κωνσταντίνου", "田中", "王", "حداد", "לוי",
    "Kowalska", "Smith-Jones", "D'Angelo", "ბერიძე", "Çelik", "Nguyễn", "Okafor",
)  # fmt: skip
_POSITIONS = (
    "Account Manager",
    "Engineer",
    "Support Specialist",
    "Accountant",
    "Analyst",
    "Инженер",
    "Lawyer",
    "",
)
_CITIES = ("Berlin", "Malmö", "Київ", "Москва", "Αθήνα", "東京", "Lisboa", "Dublin", "İstanbul", "Kraków")
_COMPANY_WORDS = (
    "Aurora",
    "Baltic",
    "Сириус",
    "Delta",
    "Ελλάς",
    "Fuji 富士",
    "Granit",
    "Horizon",
    "Ікар",
    "Juniper & Sons",
)
_COMPANY_FORMS = ("GmbH", "Ltd", "S.A.", "AB", "ООО", "株式会社", "Inc.", "Kft.")
_GOODS = (
    "Spectrometer",
    "Laser level",
    "Service contract",
    "Sensor kit",
    "Расходомер",
    "Calibration",
    "Training",
    "顕微鏡",
)
_CURRENCIES = ("EUR", "USD", "EUR", "EUR")
_SOURCES = ("CALL", "EMAIL", "WEB", "ADVERTISING", "PARTNER", "RECOMMENDATION")

CATEGORIES: tuple[tuple[int, str], ...] = ((0, "General"), (1, "Partners"), (2, "Repeat business"))
"""Sales funnels of deals: id and name."""

_STAGES: tuple[tuple[str, str, str, str | None], ...] = (
    ("NEW", "New", "#39A8EF", None),
    ("PREPARATION", "Document preparation", "#2FC6F6", None),
    ("PREPAYMENT_INVOICE", "Prepayment invoice", "#55D0E0", None),
    ("EXECUTING", "In progress", "#47E4C2", None),
    ("FINAL_INVOICE", "Final invoice", "#FFA900", None),
    ("WON", "Deal won", "#7BD500", "S"),
    ("LOSE", "Deal lost", "#FF5752", "F"),
    ("APOLOGY", "Analyze failure", "#FF5752", "F"),
)
_LEAD_STATUSES: tuple[tuple[str, str, str, str | None], ...] = (
    ("NEW", "Unassigned", "#39A8EF", None),
    ("IN_PROCESS", "In progress", "#2FC6F6", None),
    ("PROCESSED", "Processed", "#55D0E0", None),
    ("CONVERTED", "Good lead", "#7BD500", "S"),
    ("JUNK", "Junk lead", "#FF5752", "F"),
)
_DIRECTORIES: dict[str, tuple[tuple[str, str], ...]] = {
    "SOURCE": (
        ("CALL", "Call"),
        ("EMAIL", "E-Mail"),
        ("WEB", "Website"),
        ("ADVERTISING", "Advertising"),
        ("PARTNER", "Existing client"),
        ("RECOMMENDATION", "Recommendation"),
        ("OTHER", "Other"),
    ),
    "DEAL_TYPE": (
        ("SALE", "Sales"),
        ("COMPLEX", "Integrated sales"),
        ("GOODS", "Goods"),
        ("SERVICES", "Services"),
        ("SERVICE", "After-sales service"),
    ),
    "CONTACT_TYPE": (("CLIENT", "Clients"), ("SUPPLIER", "Suppliers"), ("PARTNER", "Partners"), ("OTHER", "Other")),
    "COMPANY_TYPE": (
        ("CUSTOMER", "Client"),
        ("SUPPLIER", "Supplier"),
        ("COMPETITOR", "Competitor"),
        ("PARTNER", "Partner"),
        ("OTHER", "Other"),
    ),
    "INDUSTRY": (
        ("IT", "Information technology"),
        ("MANUFACTURING", "Manufacturing"),
        ("CONSULTING", "Consulting"),
        ("OTHER", "Other"),
    ),
    "EMPLOYEES": (
        ("EMPLOYEES_1", "less than 50"),
        ("EMPLOYEES_2", "50-250"),
        ("EMPLOYEES_3", "250-500"),
        ("EMPLOYEES_4", "over 500"),
    ),
}
_SEMANTICS = {None: "process", "S": "success", "F": "apology"}


def _mix(number: int) -> int:
    """Scatter a number over 64 bits (the finishing step of splitmix64)."""
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    number = (number ^ (number >> 27)) * 0x94D049BB133111EB & _MASK
    return number ^ (number >> 31)


class Company:
    """The data of one portal. Reading and writing it is what the REST methods do.

    Args:
        seed: another number, another company. The five people shown first and the departments are always there.
        deals: how many; contacts, companies and leads grow with them.
        users: how many, at least five.

    Raises:
        ValueError: fewer than five users, or a negative number of deals.
    """

    def __init__(self, seed: int = 1, deals: int = 5000, users: int = 120) -> None:
        if users < len(FIRST_USERS):
            raise ValueError(f"A company has at least {len(FIRST_USERS)} users, not {users}")
        if deals < 0:
            raise ValueError(f"A company cannot have {deals} deals")
        self.seed = seed
        self._users = users
        self._contacts = max(10, deals // 5)
        self._companies = max(5, deals // 12)
        self._leads = max(10, deals // 4)
        self._deals = deals
        self.departments = self._make_departments()
        self.users = Table(users, self._user_fields())
        self.statuses = self._make_statuses()
        self.deals = Table(deals, self._deal_fields())
        self.leads = Table(self._leads, self._lead_fields())
        self.contacts = Table(self._contacts, self._contact_fields())
        self.companies = Table(self._companies, self._company_fields())
        self.tasks = Table(max(20, users * 3), self._task_fields())
        self._last_multifield = 10_000_000

    # Drawing of values

    def _draw(self, label: str) -> Callable[[int], int]:
        """Return a function from a row's number to a large number, different for each label and seed."""
        base = crc32(f"{self.seed}:{label}".encode()) << 32
        return lambda number: _mix((base + number * 0x9E3779B97F4A7C15) & _MASK)

    def _pick(self, label: str, choices: Sequence[Any]) -> Callable[[int], Any]:
        draw, count = self._draw(label), len(choices)
        return lambda number: choices[draw(number) % count]

    def _below(self, label: str, limit: int, first: int = 0) -> Callable[[int], int]:
        draw = self._draw(label)
        return lambda number: first + draw(number) % limit

    def next_multifield_id(self) -> int:
        """Return a new number for a phone or e-mail of a crm entity."""
        self._last_multifield += 1
        return self._last_multifield

    # Departments, users

    def _make_departments(self) -> Table:
        def of(at: int) -> Callable[[int], Any]:
            return lambda number: DEPARTMENTS[number - 1][at] or None

        return Table(
            len(DEPARTMENTS),
            {
                "NAME": Field("string", "Department Name", of(0), required=True),
                "SORT": Field("integer", "Sort field", lambda _: 500),
                "PARENT": Field("integer", "Parent department", of(1)),
                "UF_HEAD": Field("user", "Department head", of(2)),
            },
        )

    def _user_fields(self) -> dict[str, Field]:
        known = len(FIRST_USERS)
        woman = self._below("user:gender", 2)
        women, men = self._pick("user:woman", _WOMEN), self._pick("user:man", _MEN)
        last, position = self._pick("user:last", _LAST_NAMES), self._pick("user:position", _POSITIONS)
        department = self._below("user:department", len(DEPARTMENTS) - 1, 2)
        second = self._draw("user:second")
        inactive, online = self._draw("user:active"), self._draw("user:online")
        seen = self._below("user:seen", 20 * DAY)
        born = self._below("user:born", 40 * 365)

        def first_or(at: int, otherwise: Callable[[int], Any]) -> Callable[[int], Any]:
            return lambda number: FIRST_USERS[number - 1][at] if number <= known else otherwise(number)

        def departments(number: int) -> list[int]:
            if number <= known:
                return list(FIRST_USERS[number - 1][4])
            if number <= len(DEPARTMENTS):
                return [number]
            main, other = department(number), second(number) % 40 + 2
            return [main, other] if other <= len(DEPARTMENTS) and other != main else [main]

        return {
            "XML_ID": Field("string", "External code"),
            "ACTIVE": Field(
                "char", "Activity", lambda n: "N" if n > len(DEPARTMENTS) and inactive(n) % 25 == 0 else "Y"
            ),
            "NAME": Field("string", "First Name", first_or(0, lambda n: women(n) if woman(n) else men(n))),
            "LAST_NAME": Field("string", "Last Name", first_or(1, last)),
            "SECOND_NAME": Field("string", "Middle Name", lambda _: ""),
            "TITLE": Field("string", "Title", lambda _: ""),
            "EMAIL": Field("string", "E-Mail", lambda n: f"user{n}@northwind.example"),
            "LAST_LOGIN": Field("datetime", "Last Authorization", lambda n: NOW - seen(n)),
            "DATE_REGISTER": Field("datetime", "Registration Date", lambda n: NOW - 900 * DAY + n * DAY),
            "TIME_ZONE": Field("string", "TIME_ZONE", lambda _: ""),
            "IS_ONLINE": Field("char", "IS_ONLINE", lambda n: "Y" if n == 1 or online(n) % 3 == 0 else "N"),
            "TIMESTAMP_X": Field("datetime", "TIMESTAMP_X", lambda n: NOW - seen(n)),
            "LAST_ACTIVITY_DATE": Field("datetime", "LAST_ACTIVITY_DATE", lambda n: NOW - seen(n)),
            "PERSONAL_GENDER": Field("string", "Gender", first_or(2, lambda n: "F" if woman(n) else "M")),
            "PERSONAL_PROFESSION": Field("string", "Profession", lambda _: ""),
            "PERSONAL_WWW": Field("string", "Homepage", lambda _: ""),
            "PERSONAL_PHOTO": Field("file", "Photo"),
            "PERSONAL_BIRTHDAY": Field("date", "Date of Birth", lambda n: (born(n) + 365 * 5) * DAY - 7200),
            "PERSONAL_MOBILE": Field("string", "Personal Mobile", lambda n: f"+49150{n:07d}"),
            "PERSONAL_CITY": Field("string", "Residential City", self._pick("user:city", _CITIES)),
            "PERSONAL_COUNTRY": Field("string", "Country", lambda _: ""),
            "WORK_PHONE": Field("string", "Company Phone", lambda n: f"+49305550{n:04d}"),
            "WORK_COMPANY": Field("string", "Company", lambda _: DEPARTMENTS[0][0]),
            "WORK_POSITION": Field("string", "Job Title", first_or(3, position)),
            "UF_EMPLOYMENT_DATE": Field("string", "Hire Date", lambda _: ""),
            "UF_DEPARTMENT": Field("integer", "Units", departments, multiple=True),
            "UF_PHONE_INNER": Field("string", "Extension", lambda n: str(100 + n)),
            "USER_TYPE": Field("string", "USER_TYPE", lambda _: "employee"),
        }

    def full_name(self, number: int) -> str:
        """Return name and last name of a user, an empty text when there is no such user."""
        if number not in self.users:
            return ""
        parts = (self.users.value(number, "NAME"), self.users.value(number, "LAST_NAME"))
        return " ".join(part for part in parts if part)

    # Directories

    def _make_statuses(self) -> Table:
        rows: list[dict[str, Any]] = []

        def add(entity: str, code: str, name: str, sort: int, **more: Any) -> None:
            rows.append({"ENTITY_ID": entity, "STATUS_ID": code, "NAME": name, "SORT": sort, **more})

        for entity, prefix, category, stages in (
            ("STATUS", "", None, _LEAD_STATUSES),
            *(
                (f"DEAL_STAGE_{i}" if i else "DEAL_STAGE", f"C{i}:" if i else "", i or None, _STAGES)
                for i, _ in CATEGORIES
            ),
        ):
            for at, (code, name, color, semantics) in enumerate(stages, 1):
                system = "Y" if code in {"NEW", "WON", "LOSE", "CONVERTED", "JUNK"} else "N"
                add(
                    entity,
                    prefix + code,
                    name,
                    at * 10,
                    SYSTEM=system,
                    CATEGORY_ID=category,
                    COLOR=color,
                    SEMANTICS=semantics,
                )
        for entity, entries in _DIRECTORIES.items():
            for at, (code, name) in enumerate(entries, 1):
                add(entity, code, name, at * 10, SYSTEM="N", CATEGORY_ID=None, COLOR="", SEMANTICS=None)

        def of(name: str) -> Callable[[int], Any]:
            return lambda number: rows[number - 1].get(name)

        types = {"SORT": "integer", "SYSTEM": "char", "CATEGORY_ID": "integer"}
        names = ("ENTITY_ID", "STATUS_ID", "NAME", "SORT", "SYSTEM", "CATEGORY_ID", "COLOR", "SEMANTICS")
        return Table(len(rows), {name: Field(types.get(name, "string"), name, of(name)) for name in names})

    @staticmethod
    def status_extra(semantics: str | None, color: str) -> dict[str, Any]:
        """Return what `EXTRA` of a stage holds."""
        return {"SEMANTICS": _SEMANTICS[semantics], "COLOR": color}

    def semantics(self, entity: str, status: str | None) -> str | None:
        """Return the group of a stage: P in progress, S successful, F failed; None when there is no such stage."""
        for code, _, _, group in _LEAD_STATUSES if entity == "STATUS" else _STAGES:
            if status is not None and status.rpartition(":")[2] == code:
                return group or "P"
        return None

    # CRM

    def _crm_common(self, label: str, made: Callable[[int], int]) -> dict[str, Field]:
        """Return the fields that all crm entities have; `made` is when a row was created."""
        assigned = self._below(f"{label}:assigned", min(self._users, 30), 1)
        touched = self._below(f"{label}:touched", 20 * DAY)

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
            "UF_CRM_1719400001": Field(
                "string", "Region", self._pick(f"{label}:region", ("North", "South", "Восток", "West"))
            ),
        }

    def _spread(self, count: int, days: int) -> Callable[[int], int]:
        """Return when row N was created: the rows spread evenly over the days before NOW."""
        step = days * DAY // (count + 1)
        return lambda number: NOW - days * DAY + number * step

    def _deal_fields(self) -> dict[str, Field]:
        made = self._spread(self._deals, 730)
        category = self._pick("deal:category", (0, 0, 0, 1, 1, 2))
        plain = self._pick("deal:stage", [code for code, *_ in _STAGES])
        goods, quantity = self._pick("deal:goods", _GOODS), self._below("deal:quantity", 12, 1)
        price, cents = self._below("deal:price", 40, 1), self._pick("deal:cents", (0.0, 0.0, 0.5, 0.99))
        linked = self._draw("deal:company")
        contact = self._below("deal:contact", self._contacts, 1)

        def stage(number: int) -> str:
            at = category(number)
            return f"C{at}:{plain(number)}" if at else str(plain(number))

        def group(number: int) -> str | None:
            return self.semantics("DEAL_STAGE", plain(number))

        def moved(number: int) -> int:
            return min(NOW, made(number) + DAY)

        common = self._crm_common("deal", made)
        return {
            "TITLE": Field("string", "Title", lambda n: f"{goods(n)} × {quantity(n)} #{n}"),
            "TYPE_ID": Field(
                "crm_status",
                "Type",
                self._pick("deal:type", ("SALE", "SALE", "COMPLEX", "SERVICES")),
                status_type="DEAL_TYPE",
            ),
            "CATEGORY_ID": Field("crm_category", "Sales Funnel", category, immutable=True),
            "STAGE_ID": Field("crm_status", "Deal Stage", stage, status_type="DEAL_STAGE"),
            "STAGE_SEMANTIC_ID": Field("string", "Stage Group", group, read_only=True),
            "IS_NEW": Field("char", "New Deal", lambda n: "Y" if plain(n) == "NEW" else "N", read_only=True),
            "IS_RECURRING": Field("char", "Recurring Deal", lambda _: "N"),
            "IS_RETURN_CUSTOMER": Field("char", "Repeat Deal", lambda n: "Y" if category(n) == 2 else "N"),
            "IS_REPEATED_APPROACH": Field("char", "Repeated Approach", lambda _: "N"),
            "PROBABILITY": Field("integer", "Probability", self._below("deal:probability", 101)),
            "CURRENCY_ID": Field("crm_currency", "Currency", self._pick("deal:currency", _CURRENCIES)),
            "OPPORTUNITY": Field("double", "Amount", lambda n: price(n) * 50.0 * quantity(n) + cents(n)),
            "IS_MANUAL_OPPORTUNITY": Field("char", "Manual amount", lambda _: "Y"),
            "TAX_VALUE": Field("double", "Tax Rate", lambda _: 0.0),
            "COMPANY_ID": Field(
                "crm_company",
                "Company",
                lambda n: None if linked(n) % 4 == 0 else 1 + linked(n) // 4 % self._companies,
            ),
            "CONTACT_ID": Field("crm_contact", "Contact", contact),
            "CONTACT_IDS": Field("crm_contact", "Contacts", lambda n: [contact(n)], multiple=True),
            "QUOTE_ID": Field("crm_quote", "Estimate"),
            "LEAD_ID": Field("crm_lead", "Lead", read_only=True),
            "BEGINDATE": Field("date", "Start Date", lambda n: made(n) // DAY * DAY),
            "CLOSEDATE": Field("date", "End Date", lambda n: (made(n) // DAY + 7) * DAY),
            "CLOSED": Field("char", "Closed", lambda n: "N" if group(n) == "P" else "Y"),
            "SOURCE_ID": Field("crm_status", "Source", self._pick("deal:source", _SOURCES), status_type="SOURCE"),
            "SOURCE_DESCRIPTION": Field("string", "Source information"),
            "ADDITIONAL_INFO": Field("string", "Additional Information"),
            "LOCATION_ID": Field("location", "Location"),
            "MOVED_BY_ID": Field("user", "Moved by", common["ASSIGNED_BY_ID"].make, read_only=True),
            "MOVED_TIME": Field("datetime", "Moved on", moved, read_only=True),
            **common,
        }

    def _person(self, label: str) -> dict[str, Field]:
        woman = self._below(f"{label}:gender", 2)
        women, men = self._pick(f"{label}:woman", _WOMEN), self._pick(f"{label}:man", _MEN)
        return {
            "HONORIFIC": Field("crm_status", "Salutation", status_type="HONORIFIC"),
            "NAME": Field("string", "First Name", lambda n: women(n) if woman(n) else men(n)),
            "SECOND_NAME": Field("string", "Middle Name"),
            "LAST_NAME": Field("string", "Last Name", self._pick(f"{label}:last", _LAST_NAMES)),
            "POST": Field("string", "Position", self._pick(f"{label}:post", _POSITIONS)),
            "BIRTHDATE": Field("date", "Date of Birth"),
            "ADDRESS": Field("string", "Street address"),
            "ADDRESS_CITY": Field("string", "City", self._pick(f"{label}:city", _CITIES)),
            "ADDRESS_POSTAL_CODE": Field("string", "ZIP"),
            "ADDRESS_COUNTRY": Field("string", "Country"),
        }

    def _communications(self, label: str, base: int) -> dict[str, Field]:
        """Return phone and e-mail, lists of {ID, VALUE_TYPE, VALUE, TYPE_ID}; `base` keeps their numbers apart."""

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

    def _lead_fields(self) -> dict[str, Field]:
        made = self._spread(self._leads, 365)
        goods = self._pick("lead:goods", _GOODS)
        status = self._pick("lead:status", [code for code, *_ in _LEAD_STATUSES])
        common = self._crm_common("lead", made)
        return {
            "TITLE": Field("string", "Lead Name", lambda n: f"{goods(n)}: request {n}"),
            **self._person("lead"),
            "COMPANY_TITLE": Field("string", "Company Name"),
            "COMPANY_ID": Field("crm_company", "Company"),
            "CONTACT_ID": Field("crm_contact", "Contact"),
            "IS_RETURN_CUSTOMER": Field("char", "Repeat lead", lambda _: "N", read_only=True),
            "SOURCE_ID": Field("crm_status", "Source", self._pick("lead:source", _SOURCES), status_type="SOURCE"),
            "SOURCE_DESCRIPTION": Field("string", "Source information"),
            "STATUS_ID": Field("crm_status", "Status", status, status_type="STATUS"),
            "STATUS_DESCRIPTION": Field("string", "Status information"),
            "STATUS_SEMANTIC_ID": Field(
                "string", "Status Group", lambda n: self.semantics("STATUS", status(n)), read_only=True
            ),
            "CURRENCY_ID": Field("crm_currency", "Currency", self._pick("lead:currency", _CURRENCIES)),
            "OPPORTUNITY": Field("double", "Amount", self._pick("lead:amount", (0.0, 250.0, 999.9, 12000.0))),
            "IS_MANUAL_OPPORTUNITY": Field("char", "Manual amount", lambda _: "N"),
            "DATE_CLOSED": Field("datetime", "Completed on", read_only=True),
            "MOVED_BY_ID": Field("user", "Moved by", common["ASSIGNED_BY_ID"].make, read_only=True),
            "MOVED_TIME": Field("datetime", "Moved on", made, read_only=True),
            **self._communications("lead", 1_000_000),
            **common,
        }

    def _contact_fields(self) -> dict[str, Field]:
        return {
            **self._person("contact"),
            "PHOTO": Field("file", "Photo"),
            "TYPE_ID": Field(
                "crm_status",
                "Contact Type",
                self._pick("contact:type", ("CLIENT", "PARTNER", "SUPPLIER")),
                status_type="CONTACT_TYPE",
            ),
            "SOURCE_ID": Field("crm_status", "Source", self._pick("contact:source", _SOURCES), status_type="SOURCE"),
            "SOURCE_DESCRIPTION": Field("string", "Source information"),
            "COMPANY_ID": Field("crm_company", "Company", self._below("contact:company", self._companies, 1)),
            "LEAD_ID": Field("crm_lead", "Lead", read_only=True),
            "EXPORT": Field("char", "Include in export", lambda _: "Y"),
            **self._communications("contact", 2_000_000),
            **self._crm_common("contact", self._spread(self._contacts, 900)),
        }

    def _company_fields(self) -> dict[str, Field]:
        word, form = self._pick("company:word", _COMPANY_WORDS), self._pick("company:form", _COMPANY_FORMS)
        return {
            "TITLE": Field("string", "Company Name", lambda n: f"{word(n)} {n} {form(n)}"),
            "COMPANY_TYPE": Field(
                "crm_status",
                "Company Type",
                self._pick("company:type", ("CUSTOMER", "SUPPLIER", "PARTNER")),
                status_type="COMPANY_TYPE",
            ),
            "LOGO": Field("file", "Logo"),
            "LEAD_ID": Field("crm_lead", "Lead", read_only=True),
            "INDUSTRY": Field(
                "crm_status",
                "Industry",
                self._pick("company:industry", ("IT", "MANUFACTURING", "OTHER")),
                status_type="INDUSTRY",
            ),
            "EMPLOYEES": Field(
                "crm_status",
                "Employees",
                self._pick("company:size", ("EMPLOYEES_1", "EMPLOYEES_2", "EMPLOYEES_4")),
                status_type="EMPLOYEES",
            ),
            "REVENUE": Field("double", "Annual revenue", lambda _: 0.0),
            "CURRENCY_ID": Field("crm_currency", "Currency", lambda _: "EUR"),
            "BANKING_DETAILS": Field("string", "Payment details"),
            "IS_MY_COMPANY": Field("char", "My company", lambda _: "N"),
            "ADDRESS": Field("string", "Street address"),
            "ADDRESS_CITY": Field("string", "City", self._pick("company:city", _CITIES)),
            **self._communications("company", 3_000_000),
            **self._crm_common("company", self._spread(self._companies, 1000)),
        }

    # Tasks

    def _task_fields(self) -> dict[str, Field]:
        count = max(20, self._users * 3)
        made = self._spread(count, 120)
        status = self._pick("task:status", (2, 3, 3, 4, 5, 6))
        due = self._draw("task:due")
        goods = self._pick("task:goods", _GOODS)
        verb = self._pick("task:verb", ("Prepare", "Check", "Order", "Согласовать", "Ship"))
        person = min(self._users, 30)

        def closed(number: int) -> int | None:
            return min(NOW, made(number) + 2 * DAY) if status(number) == 5 else None

        return {
            "PARENT_ID": Field("integer", "Parent task", lambda n: n - 1 if n % 10 == 0 else None),
            "TITLE": Field("string", "Title", lambda n: f"{verb(n)}: {goods(n)}"),
            "DESCRIPTION": Field("string", "Description", lambda n: f"See deal {n}."),
            "MARK": Field("string", "Rating"),
            "PRIORITY": Field("integer", "Priority", self._pick("task:priority", (0, 1, 1, 2))),
            "MULTITASK": Field("char", "Several assignees", lambda _: "N"),
            "REPLICATE": Field("char", "Recurring", lambda _: "N"),
            "GROUP_ID": Field("integer", "Workgroup", lambda _: 0),
            "STAGE_ID": Field("integer", "Stage", lambda _: 0),
            "CREATED_BY": Field("user", "Creator", self._below("task:creator", person, 1)),
            "CREATED_DATE": Field("datetime", "Created on", made, read_only=True),
            "RESPONSIBLE_ID": Field("user", "Assignee", self._below("task:responsible", person, 1), required=True),
            "ACCOMPLICES": Field("user", "Participants", multiple=True),
            "AUDITORS": Field("user", "Observers", multiple=True),
            "CHANGED_BY": Field("user", "Changed by", self._below("task:creator", person, 1), read_only=True),
            "CHANGED_DATE": Field("datetime", "Changed on", lambda n: closed(n) or made(n), read_only=True),
            "STATUS": Field("integer", "Status", status),
            "CLOSED_BY": Field("user", "Closed by", read_only=True),
            "CLOSED_DATE": Field("datetime", "Closed on", closed, read_only=True),
            "ACTIVITY_DATE": Field("datetime", "Last activity", lambda n: closed(n) or made(n), read_only=True),
            "DATE_START": Field("datetime", "Started on", read_only=True),
            "DEADLINE": Field(
                "datetime", "Deadline", lambda n: None if due(n) % 3 == 0 else made(n) + due(n) % 30 * DAY
            ),
            "START_DATE_PLAN": Field("datetime", "Planned start"),
            "END_DATE_PLAN": Field("datetime", "Planned end"),
            "ALLOW_CHANGE_DEADLINE": Field("char", "Assignee may change the deadline", lambda _: "N"),
            "ALLOW_TIME_TRACKING": Field("char", "Time tracking", lambda _: "N"),
            "TASK_CONTROL": Field("char", "Approve when completed", lambda _: "N"),
            "ADD_IN_REPORT": Field("char", "In report", lambda _: "N"),
            "TIME_ESTIMATE": Field("integer", "Time planned", lambda _: 0),
            "MATCH_WORK_TIME": Field("char", "Skip weekends", lambda _: "N"),
            "FAVORITE": Field("char", "Favourite", lambda _: "N"),
            "TAGS": Field("string", "Tags", multiple=True),
            "UF_CRM_TASK": Field(
                "string", "CRM items", lambda n: [f"D_{n}"] if n <= self._deals else [], multiple=True
            ),
        }
