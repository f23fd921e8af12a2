# en: Fields of an entity
# ru: Поля сущности
# de: Felder einer Entität

# %% Try crm.lead, crm.contact, crm.company, user or tasks.task as well
fields = await bx24.fields("crm.deal")
[
    {
        "Name": name,
        "Title": field.title,
        "Type": field.type,
        "Several": field.is_multiple,
        "Values": ", ".join(str(value) for value in field.items.values()),
    }
    for name, field in fields.items()
]
