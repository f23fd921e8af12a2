# en: Deals by stage
# ru: Сделки по стадиям
# de: Deals nach Phase

# %% Read all deals: how many there are in each stage, and what they are worth
deals = await bx24.call_list("crm.deal.list", {"select": ["ID", "STAGE_ID", "OPPORTUNITY", "CURRENCY_ID"]})
stages = (await bx24.fields("crm.deal"))["STAGE_ID"].items

totals = {}
for deal in deals:
    stage, currency = stages.get(deal["STAGE_ID"], deal["STAGE_ID"]), deal["CURRENCY_ID"]
    row = totals.setdefault((stage, currency), {"Stage": stage, "Currency": currency, "Deals": 0, "Amount": 0.0})
    row["Deals"] += 1
    row["Amount"] += float(deal["OPPORTUNITY"] or 0)

by_stage = list(totals.values())
by_stage

# %% The same as a chart
chart(by_stage, x="Stage", y="Deals", kind="bar")
