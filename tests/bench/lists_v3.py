"""All tasks with REST 3.0, against the old REST and b24jssdk, as `lists` measures whole lists of deals."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.browser import b24jssdk

from .harness import Reports, served, visit
from .lists import IN_PYTHON, INERT, LATENCY, OBSERVE, PYTHON

TASKS = 5_000

APP = IN_PYTHON.replace(
    "async def next_page():",
    """
async def v3_call_list():
    return len(await bx24.v3.call_list("tasks.task.list", {"select": ["id", "title"]}))

async def old_call_list():
    return len(await bx24.call_list("tasks.task.list", {"select": ["ID", "TITLE"]}))

async def next_page():""",
)
WITH_SDK = f"""<!doctype html>
{INERT}
<script src="b24jssdk.js"></script>
{OBSERVE}
<script type="module">
  const b24 = await B24Js.initializeB24Frame();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  observe();
  const params = {{ select: ["id", "title"] }};
  const options = {{ method: "tasks.task.list", params, customKeyForResult: "items" }};
  const rows = (await b24.actions.v3.callList.make(options)).getData().length;
  await b24.actions.v2.call.make({{ method: "bench.report", params: found(rows) }});
</script>
"""
WAYS: dict[str, tuple[str, str]] = {
    "bx24py, v3.call_list": (PYTHON, APP.replace("WAY", "v3_call_list")),
    "bx24py, call_list": (PYTHON, APP.replace("WAY", "old_call_list")),
    "b24jssdk, actions.v3.callList": (WITH_SDK, ""),
}


def measure(way: str, sdk: bytes, folder: Path) -> dict[str, Any]:
    """Have one page read all tasks, and return its rows, seconds, longest task in ms, and number of requests."""
    page, app = WAYS[way]
    reports = Reports(users=TASKS // 3 + 1)
    portal = reports.portal
    for number in list(portal.company.tasks.ids)[TASKS:]:
        portal.company.tasks.delete(number)
    portal.state.scope |= {"task", "tasks"}
    portal.rest.limits.enabled = True
    portal.rest.latency = LATENCY
    place = folder / "".join(filter(str.isalnum, way))
    with served(reports, place / "app", {"index.html": page, "app.py": app, "b24jssdk.js": sdk}) as server:
        found = visit(server.url, place / "profile", reports)
    calls = [call.method for call in (*portal.rest.calls, *portal.v3.calls) if not call.batch]
    return found | {"requests": sum(method != "bench.report" for method in calls)}


def table() -> tuple[list[str], list[list[str]], list[str]]:
    """Return the table's headings and rows, and further lines."""
    sdk = b24jssdk.ensure().read_bytes()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        found = {way: measure(way, sdk, Path(scratch)) for way in WAYS}
    best = float(next(iter(found.values()))["seconds"])
    rows = []
    for way, one in found.items():
        if int(one["rows"]) != TASKS:
            raise SystemExit(f"{way} has read {one['rows']} tasks")
        seconds = float(one["seconds"])
        spent = f"{seconds:.1f} s ({seconds / best:.1f}), {one['requests']} requests"
        rows.append([way, f"{spent}, longest task {float(one['longest']):.0f} ms"])
    line = (
        f"The method gives 50 rows of a page, whatever is asked for. Each portal answers after {LATENCY:g} s, as above."
    )
    return ["All rows of tasks.task.list", f"{TASKS:,} rows"], rows, [line]
