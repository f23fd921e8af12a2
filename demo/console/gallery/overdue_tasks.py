# en: Overdue tasks by person
# ru: Просроченные задачи по сотрудникам
# de: Überfällige Aufgaben nach Person

# %% Tasks whose deadline is over, and that are not completed
from datetime import UTC, datetime

now = datetime.now(UTC)
tasks = await bx24.call_list(
    "tasks.task.list",
    {
        "filter": {"<DEADLINE": now, "REAL_STATUS": [2, 3, 4, 6]},  # 5 is completed
        "select": ["ID", "TITLE", "DEADLINE", "RESPONSIBLE_ID"],
    },
)

people = {}
for task in tasks:
    name, deadline = task["responsible"]["name"], datetime.fromisoformat(task["deadline"])
    row = people.setdefault(task["responsibleId"], {"Person": name, "Overdue": 0, "Longest, days": 0})
    row["Overdue"] += 1
    row["Longest, days"] = max(row["Longest, days"], (now - deadline).days)

sorted(people.values(), key=lambda row: -row["Overdue"])
