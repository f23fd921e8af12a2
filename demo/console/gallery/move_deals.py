# en: Move deals to another person
# ru: Передать сделки другому сотруднику
# de: Deals an eine andere Person übergeben

# %% From whom, and to whom: choose two people
people = await bx24.select_users()
if len(people) != 2:
    raise SystemExit("Choose exactly two people: first who has the deals, then who gets them.")
giver, taker = people
print(f"From {giver.name} to {taker.name}")

# %% Their open deals, 300 at the most. Nothing is changed yet.
LIMIT = 300
deals = []
params = {"filter": {"ASSIGNED_BY_ID": giver.id, "CLOSED": "N"}, "select": ["ID", "TITLE", "ASSIGNED_BY_ID"]}
async for deal in bx24.fetch_list("crm.deal.list", params):
    deals.append(deal)
    if len(deals) == LIMIT:
        break
deals

# %% Move them. The console asks first, and "Dry run" sends nothing.
from bx24py import BX24Error

calls = {deal["ID"]: ["crm.deal.update", {"id": deal["ID"], "fields": {"ASSIGNED_BY_ID": taker.id}}] for deal in deals}
try:
    results = await bx24.call_batch(calls)
except BX24Error as error:  # the connection broke, or it was stopped: `results` says what is known
    print(error)
    results = error.results

failed = {number: result.error for number, result in results.items() if result.error is not None}
uncertain, remaining = getattr(results, "uncertain", {}), getattr(results, "remaining", {})
print(f"{len(results) - len(failed)} moved, {len(failed)} refused")
print(f"{len(uncertain)} may have been moved, {len(remaining)} not sent")
[{"Deal": number, "Why": error.user_message} for number, error in failed.items()]
