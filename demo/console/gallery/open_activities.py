# en: Open activities
# ru: Открытые дела
# de: Offene Aktivitäten

# %% Activities of the CRM that are not completed, the most urgent first
activities = await bx24.call_list(
    "crm.activity.list",
    {
        "filter": {"COMPLETED": "N"},
        "select": ["ID", "SUBJECT", "DEADLINE", "RESPONSIBLE_ID", "OWNER_TYPE_ID", "OWNER_ID"],
    },
)
owners = {"1": "Lead", "2": "Deal", "3": "Contact", "4": "Company"}
rows = [
    {
        "Deadline": activity["DEADLINE"],
        "Subject": activity["SUBJECT"],
        "Of": f"{owners.get(str(activity['OWNER_TYPE_ID']), 'Item')} {activity['OWNER_ID']}",
        "Person": activity["RESPONSIBLE_ID"],
    }
    for activity in activities
]
sorted(rows, key=lambda row: (not row["Deadline"], row["Deadline"]))
