"""Names of people, places and goods in the sample company, in several scripts."""

# ruff: noqa: RUF001 - names in other scripts are the point

from __future__ import annotations

WOMEN = (
    "Sofia", "Laura", "Елена", "Марія", "Ольга", "Chloé", "Zoë", "Ελένη", "佳奈", "小红", "ليلى", "נועה", "Ingrid",
    "ნინო", "Hatice",
)  # fmt: skip
MEN = (
    "Lukas", "Иван", "Дмитрий", "Тарас", "François", "Søren", "José", "Νίκος", "健太", "伟", "عمر", "אורי", "Łukasz",
    "გიორგი", "Ömer",
)  # fmt: skip
LAST_NAMES = (
    "Weber", "García", "Новак", "Müller", "Ångström", "Шевченко", "Κωνσταντίνου", "田中", "王", "حداد", "לוי",
    "Kowalska", "Smith-Jones", "D'Angelo", "ბერიძე", "Çelik", "Nguyễn", "Okafor",
)  # fmt: skip
POSITIONS = (
    "Account Manager",
    "Engineer",
    "Support Specialist",
    "Accountant",
    "Analyst",
    "Инженер",
    "Lawyer",
    "",
)
CITIES = ("Berlin", "Malmö", "Київ", "Москва", "Αθήνα", "東京", "Lisboa", "Dublin", "İstanbul", "Kraków")
COMPANY_WORDS = (
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
COMPANY_FORMS = ("GmbH", "Ltd", "S.A.", "AB", "ООО", "株式会社", "Inc.", "Kft.")
GOODS = (
    "Spectrometer",
    "Laser level",
    "Service contract",
    "Sensor kit",
    "Расходомер",
    "Calibration",
    "Training",
    "顕微鏡",
)
CURRENCIES = ("EUR", "USD", "EUR", "EUR")
SOURCES = ("CALL", "EMAIL", "WEB", "ADVERTISING", "PARTNER", "RECOMMENDATION")
