# en: Departments and people as a tree
# ru: Отделы и сотрудники деревом
# de: Abteilungen und Personen als Baum

# %% Read both lists
departments = await bx24.call_list("department.get")
users = await bx24.call_list("user.get", {"FILTER": {"ACTIVE": True}})
print(f"{len(departments)} departments, {len(users)} people")

# %% Put people into their departments, and departments into each other
names = {}
for user in users:
    name = f"{user.get('NAME') or ''} {user.get('LAST_NAME') or ''}".strip()
    for number in user.get("UF_DEPARTMENT") or []:
        names.setdefault(str(number), []).append(name)


def branch(department):
    """Return a department: its people, and the departments in it."""
    inner = [one for one in departments if str(one.get("PARENT") or "") == department["ID"]]
    return {"People": sorted(names.get(department["ID"], [])), **{one["NAME"]: branch(one) for one in inner}}


known = {department["ID"] for department in departments}
{one["NAME"]: branch(one) for one in departments if str(one.get("PARENT") or "") not in known}
