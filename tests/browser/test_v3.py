"""REST 3.0 from Python in the local portal."""

from __future__ import annotations

from .conftest import PythonPage


def test_scratch(app: PythonPage) -> None:
    code = """
    out = {}
    async def note(name, call):
        try:
            out[name] = repr((await call))
        except Exception as error:
            out[name] = repr(error)
    r = await bx24.v3.call_method("tasks.task.get", {"id": 1, "select": ["id", "title", "responsibleId"]})
    out["get"] = r.data
    out["time"] = repr(r.time)
    await note("missing", bx24.v3.call_method("tasks.task.get"))
    await note("no such", bx24.v3.call_method("tasks.task.nope"))
    await note("add", bx24.v3.call_method("tasks.task.add", {"fields": {"title": "x", "creatorId": 1, "responsibleId": 1}}))
    batch = bx24.v3.batch()
    task = batch.call("tasks.task.get", {"id": 1, "select": ["id", "responsibleId"]})
    others = batch.call("tasks.task.list", {"filter": [["responsibleId", "=", task.item["responsibleId"]]], "select": ["id", "title"]})
    last = batch.call("tasks.task.list", {"filter": [["id", "in", others.items["id"]]], "select": ["id", "title"]})
    await batch.run()
    out["others"] = others.result.data
    out["last"] = last.result.data == others.result.data
    await note("list", bx24.v3.call_list("tasks.task.list"))
    await note("list5", bx24.v3.call_list("tasks.task.list", limit=5))
    await note("desc", bx24.v3.call_list("tasks.task.list", {"order": {"title": "DESC"}, "select": ["title"]}))
    await note("batchfail", bx24.v3.call_batch([["tasks.task.get", {"id": 1}], ["tasks.task.get"], ["tasks.task.add", {}]]))
    return out
    """
    out = app.python(code)
    for name, value in out.items():
        print(name, str(value)[:600])
    print([(c.method, c.params, c.status) for c in app.portal.v3.calls if not c.batch])
    print(app.console)
    raise AssertionError
