# en: Working time by person
# ru: Рабочее время по сотрудникам
# de: Arbeitszeit nach Person

# %% Read the working time of the last seven days. REST 3.0 gives it for one person at a time.
from datetime import UTC, datetime, timedelta

from bx24py import AccessError, MethodNotFoundError

since = datetime.now(UTC) - timedelta(days=7)
people, calls = {}, {}
for user in await bx24.call_list("user.get", {"FILTER": {"ACTIVE": True, "USER_TYPE": "employee"}}):
    number, name = int(user["ID"]), f"{user.get('NAME') or ''} {user.get('LAST_NAME') or ''}".strip()
    people[number] = name if name and name not in people.values() else f"{name} ({number})"
    params = {
        "select": ["startTime", "duration", "breakLength"],
        "filter": [["userId", "=", number], ["startTime", ">=", since]],
        "pagination": {"limit": 1000},  # a week of one person is on one page
    }
    calls[number] = ["timeman.record.list", params]
hidden = []
try:
    results = await bx24.v3.call_batch(calls)
except MethodNotFoundError:
    text = "This portal has no timeman.record.list yet. A portal of your own gets it with an update."
    raise SystemExit(text) from None
except AccessError:  # a batch fails as a whole, so each person is asked for alone
    results = {}
    for number, call in calls.items():
        try:
            results[number] = await bx24.v3.call_method(*call)
        except AccessError as error:
            if error.scope:
                text = f"Give the application the permission “{error.scope}”, and reload the page."
                raise SystemExit(text) from None
            hidden.append(people[number])
worked = [(people[number], result.data["items"]) for number, result in results.items() if result.data["items"]]
print(f"{len(worked)} people have worked, {len(results) - len(worked)} have not")
if hidden:
    print(f"You may not see the working time of {len(hidden)}: {', '.join(hidden[:5])}{', …' * (len(hidden) > 5)}")


# %% Hours by person
def hours(records, field):
    """Return the sum of a field, which is in seconds."""
    return round(sum(record[field] or 0 for record in records) / 3600, 1)


rows = [
    {
        "Person": name,
        "Days": len({record["startTime"][:10] for record in records}),
        "Hours": hours(records, "duration"),
        "Breaks, hours": hours(records, "breakLength"),
    }
    for name, records in worked
]
rows.sort(key=lambda row: -row["Hours"])
rows

# %% The same as a chart
chart(rows, x="Person", y="Hours", kind="bar") if rows else print("Nobody has worked in these days.")
