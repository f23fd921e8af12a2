# en: A report on Disk
# ru: Отчёт на Диск
# de: Ein Bericht auf dem Drive

# %% Make the report: deals as CSV
import csv
import io
from datetime import date

from bx24py import File

columns = ["ID", "TITLE", "STAGE_ID", "OPPORTUNITY", "CURRENCY_ID"]
report = io.StringIO(newline="")
report.write("\ufeff")  # so that Excel takes it for UTF-8
writer = csv.DictWriter(report, columns, extrasaction="ignore")
writer.writeheader()
count = 0
async for deal in bx24.fetch_list("crm.deal.list", {"select": columns}):
    # A spreadsheet would run a title that begins like a formula.
    title = deal["TITLE"] or ""
    writer.writerow({**deal, "TITLE": f"'{title}" if title[:1] in "=+-@\t\r" and title else title})
    count += 1
print(f"{count} deals")

# %% Store it on your own drive. The console asks first.
user = (await bx24.call_method("profile")).data["ID"]
storages = await bx24.call_list("disk.storage.getlist", {"filter": {"ENTITY_TYPE": "user", "ENTITY_ID": user}})
stored = await bx24.call_method(
    "disk.storage.uploadfile",
    {
        "id": storages[0]["ID"],
        "data": {"NAME": f"Deals {date.today():%Y-%m-%d}.csv"},
        "fileContent": File("deals.csv", report.getvalue().encode()),
        "generateUniqueName": True,
    },
)
print(f"Stored: {stored.data['DETAIL_URL']}")
