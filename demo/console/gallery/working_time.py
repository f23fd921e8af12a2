# en: Working time by person
# ru: Рабочее время по сотрудникам
# de: Arbeitszeit nach Person

# %% Read the working time of the last seven days. REST 3.0 gives it for one person at a time.
from datetime import UTC, datetime, timedelta

from bx24py import AccessError, MethodNotFoundError

since = datetime.now(UTC) - timedelta(days=7)
users = await bx24.call_list("user.get", {"FILTER": {"ACTIVE": True, "USER_TYPE": "employee"}})
worked, hidden = [], []
for user in users:
    name = f"{user.get('NAME') or ''} {user.get('LAST_NAME') or ''}".strip() or f"Person {user['ID']}"
    params = {
        "select": ["id", "startTime", "duration", "breakLength"],
        "filter": [["userId", "=", int(user["ID"])], ["startTime", ">=", since]],
        "order": {"startTime": "ASC"},  # its id does not filter, so the pages are asked for one by one
    }
    try:
        records = await bx24.v3.call_list("timeman.record.list", params)
    except MethodNotFoundError:
        raise SystemExit(
            "This portal has no timeman.record.list yet. A portal of your own gets it with an update."
        ) from None
    except AccessError as error:
        if error.scope:
            raise SystemExit(f"Give the application the permission “{error.scope}”, and reload the page.") from None
        hidden.append(name)  # you may not see their working time
        continue
    if records:
        worked.append((name, records))
print(f"{len(worked)} people have worked, {len(users) - len(worked) - len(hidden)} have not")
if hidden:
    print(f"You may not see the working time of {len(hidden)}: {', '.join(hidden[:5])}{', …' * (len(hidden) > 5)}")


# %% Hours by person
def hours(records, field):
    """Return the sum of a field in hours."""
    return round(sum(record[field] or 0 for record in records) / 3600, 1)


rows = [
    {
        "Person": name,
        "Days": len({record["startTime"][:10] for record in records}),
        "Hours": hours(records, "duration"),
        "Breaks": hours(records, "breakLength"),
    }
    for name, records in worked
]
rows.sort(key=lambda row: -row["Hours"])
rows

# %% The same as a chart
chart(rows, x="Person", y="Hours", kind="bar") if rows else print("Nobody has worked in these days.")
