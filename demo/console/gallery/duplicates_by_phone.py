# en: Contacts with the same phone
# ru: Дубли контактов по телефону
# de: Doppelte Kontakte nach Telefon

# %% Read all contacts that have a phone, and put those with the same digits together
import re

contacts = await bx24.call_list(
    "crm.contact.list", {"filter": {"HAS_PHONE": "Y"}, "select": ["ID", "NAME", "LAST_NAME", "PHONE"]}
)

by_phone = {}
for contact in contacts:
    for phone in contact.get("PHONE") or []:
        digits = re.sub(r"\D", "", phone["VALUE"])[-10:]  # 8 999 … and +7 999 … are the same
        if digits:
            by_phone.setdefault(digits, {})[contact["ID"]] = contact

duplicates = [
    {"Phone": digits, "ID": number, "Name": f"{contact['NAME'] or ''} {contact['LAST_NAME'] or ''}".strip()}
    for digits, found in sorted(by_phone.items())
    if len(found) > 1
    for number, contact in found.items()
]
print(f"{len(contacts)} contacts with a phone, {len({row['Phone'] for row in duplicates})} phones with several of them")
duplicates
