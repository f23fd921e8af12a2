# en: The event log of the week
# ru: Журнал событий за неделю
# de: Das Ereignisprotokoll der Woche

# %% Read what happened in the last seven days. Only administrators may; it is a method of REST 3.0.
from collections import Counter
from datetime import UTC, datetime, timedelta

from bx24py import AccessError, MethodNotFoundError

columns = ["id", "timestampX", "severity", "auditTypeId", "moduleId", "userId", "remoteAddr", "itemId"]
week = [["timestampX", ">=", datetime.now(UTC) - timedelta(days=7)]]
try:
    events = await bx24.v3.call_list("main.eventlog.list", {"select": columns, "filter": week})
except MethodNotFoundError:
    raise SystemExit(
        "This portal has no main.eventlog.list yet. A portal of your own gets it with an update."
    ) from None
except AccessError as error:
    if error.scope:
        raise SystemExit(f"Give the application the permission “{error.scope}”, and reload the page.") from None
    raise SystemExit("Only an administrator may read the event log: ask one to run this script.") from None
print(f"{len(events)} events")

# %% How often each kind of event was there, with how many people
people = {}
for event in events:
    people.setdefault(event["auditTypeId"], set()).add(event["userId"])
kinds = Counter(event["auditTypeId"] for event in events)
[{"Event": kind, "Times": count, "People": len(people[kind])} for kind, count in kinds.most_common()]

# %% Events by day
days = Counter(event["timestampX"][:10] for event in events if event["timestampX"])
by_day = [{"Day": day, "Events": count} for day, count in sorted(days.items())]
chart(by_day, x="Day", y="Events", kind="bar") if by_day else print("Nothing has happened in these days.")

# %% All events, the latest first
events[::-1]
