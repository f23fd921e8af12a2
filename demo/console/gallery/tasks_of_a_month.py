# en: A month's tasks by group
# ru: Задачи за месяц по группам
# de: Aufgaben eines Monats nach Gruppe

# %% Tasks that were made in the last 30 days
from collections import Counter
from datetime import UTC, datetime, timedelta

tasks = await bx24.call_list(
    "tasks.task.list",
    {
        "filter": {">=CREATED_DATE": datetime.now(UTC) - timedelta(days=30)},
        "select": ["ID", "TITLE", "STATUS", "GROUP_ID"],
    },
)


def group(task):
    """Return the name of a task's group; the portal writes an empty list where there is none."""
    return task["group"]["name"] if task.get("group") else "No group"


made = Counter(group(task) for task in tasks)
done = Counter(group(task) for task in tasks if task["status"] == "5")
[{"Group": name, "Tasks": count, "Completed": done[name]} for name, count in made.most_common()]
