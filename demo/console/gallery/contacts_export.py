# en: Contacts as a table
# ru: Выгрузка контактов
# de: Kontakte exportieren

# %% Read all contacts. Below the table are buttons that download it as CSV or XLSX.
columns = ["ID", "NAME", "LAST_NAME", "POST", "PHONE", "EMAIL", "DATE_CREATE"]
contacts = await bx24.call_list("crm.contact.list", {"select": columns})


def values(communications):
    """Return phones or e-mails as one text."""
    return ", ".join(one["VALUE"] for one in communications or [])


[{**contact, "PHONE": values(contact.get("PHONE")), "EMAIL": values(contact.get("EMAIL"))} for contact in contacts]
