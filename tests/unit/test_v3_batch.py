"""REST 3.0: batches with references, and the methods of the portal."""

from __future__ import annotations

from typing import Any

import pytest

from bx24py import (
    BX24,
    AuthError,
    BadResponseError,
    RateLimitError,
    RestError,
)
from bx24py.bridge import Answer

from .conftest import FakeBridge, run
from .test_v3 import refuse, sent


def test_a_batch_by_key_and_as_a_list(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        named = client.v3.call_batch({"a": ["tasks.task.get", {"id": 1}], "b": {"method": "tasks.task.list"}})
        assert [tuple(one) for one in page.sent[0].params] == [
            (None, "tasks.task.get", {"id": 1}),
            (None, "tasks.task.list", {}),
        ]
        page.sent[0].respond([{"item": {"id": 1}}, {"items": []}])
        results = await named
        assert {key: result.data for key, result in results.items()} == {"a": {"item": {"id": 1}}, "b": {"items": []}}
        listed = client.v3.call_batch([["tasks.task.get", {"id": 1}]])
        page.sent[1].respond([{"item": {}}])
        assert [result.data for result in await listed] == [{"item": {}}]
        assert await client.v3.call_batch({}) == {}
        assert await client.v3.call_batch([]) == []

    run(test())


def test_more_than_fifty_go_in_several(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        seen: list[int] = []
        call = client.v3.call_batch(
            [["tasks.task.get", {"id": n}] for n in range(120)], on_result=lambda n, _: seen.append(n)
        )
        for count, size in enumerate((50, 50, 20), 1):
            one = await sent(page, count)
            assert len(one.params) == size
            one.respond([command.params["id"] for command in one.params])
        assert [result.data for result in await call] == seen == list(range(120))

    run(test())


def test_references(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        batch = client.v3.batch()
        tasks = batch.call("tasks.task.list", {"filter": [["id", ">", 5]]})
        task = batch.call("tasks.task.get", {"id": 1})
        batch.call("tasks.task.update", {"id": task.item["responsible"]["id"], "fields": {"tags": tasks.items["id"]}})
        running = batch.run()
        names = [command.key for command in page.sent[0].params]
        assert names == ["c0", "c1", None]
        assert page.sent[0].params[2].params == {
            "id": {"$ref": "c1.responsible.id"},
            "fields": {"tags": {"$refArray": "c0.id"}},
        }
        page.sent[0].respond([{"items": []}, {"item": {}}, {"result": True}])
        await running
        assert tasks.result.data == {"items": []}
        with pytest.raises(RuntimeError, match=r"bx24\.v3\.batch\(\)"):
            batch.call("tasks.task.get")
        named = client.v3.call_batch({"t": ["tasks.task.get"], "u": ["tasks.task.get", {"id": {"$ref": "t.parentId"}}]})
        assert [command.key for command in page.sent[1].params] == ["t", None]
        page.sent[1].respond([1, 2])
        await named

    run(test())


def test_references_that_lead_nowhere(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        batch, other = client.v3.batch(), client.v3.batch()
        task = batch.call("tasks.task.get")
        with pytest.raises(ValueError, match=r"params\['id'\]: .* belongs to a command of another batch"):
            other.call("tasks.task.get", {"id": task.item["id"]})
        with pytest.raises(ValueError, match="belongs to a command of another batch"):
            client.v3.call_method("tasks.task.get", {"id": task.item["id"]})
        with pytest.raises(TypeError, match=r"params\['id'\]: must name a field of commands\[0\]\.item"):
            batch.call("tasks.task.get", {"id": task.item})
        with pytest.raises(TypeError, match="cannot be part of a text"):
            str(task.item["id"])
        with pytest.raises(TypeError, match="must be the str name of a field, not int"):
            task.items[0]  # type: ignore[index]
        with pytest.raises(ValueError, match="cannot be part of a reference"):
            task.item["a.b"]
        for name in ("b.id", "nobody.id"):
            with pytest.raises(ValueError, match=r"calls\['a'\]: "):
                client.v3.call_batch({"a": ["x.get", {"id": [{"$ref": name}]}], "b": ["x.get"]})
        with pytest.raises(ValueError, match="refers to another batch"):
            client.v3.call_batch([["x.get"]] * 50 + [["x.get", {"id": {"$ref": "0.id"}}]])
        assert not page.sent

    run(test())


def test_a_batch_that_fails_leaves_its_writes_uncertain(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        calls: list[Any] = [["tasks.task.get", {"id": 1}]] + [["tasks.task.add", {"n": n}] for n in range(60)]
        call = client.v3.call_batch(calls)
        (await sent(page, 1)).respond(list(range(50)))
        refuse(await sent(page, 2), 400, "X", validation=[{"field": "n", "message": "Bad"}])
        with pytest.raises(RestError, match=r"batch: X.*n: Bad.*does not say which command") as found:
            await call
        assert found.value.maybe_executed
        assert len(found.value.results) == 50
        assert list(found.value.results.uncertain) == list(range(50, 61))
        assert len(page.sent) == 2

    run(test())


@pytest.mark.parametrize(
    "answer",
    [
        Answer(401, {"error": "NO_AUTH_FOUND", "error_description": "x"}),
        Answer(503, {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "x"}),
    ],
)
def test_a_batch_that_was_not_read_is_certain(client: BX24, page: FakeBridge, answer: Answer) -> None:
    async def test() -> None:
        call = client.v3.call_batch([["tasks.task.add"], ["tasks.task.add"]], retry=False)
        (await sent(page, 1)).reply(answer)
        with pytest.raises((AuthError, RateLimitError)) as found:
            await call
        assert not found.value.maybe_executed
        assert list(found.value.results.remaining) == [0, 1]

    run(test())


@pytest.mark.parametrize("result", [[1], {"a": 1}, None, []])
def test_a_batch_answer_without_all_results(client: BX24, page: FakeBridge, result: Any) -> None:
    async def test() -> None:
        call = client.v3.call_batch([["tasks.task.get"], ["tasks.task.add"]])
        (await sent(page, 1)).respond(result)
        with pytest.raises(BadResponseError, match="has not the results of 2 commands"):
            await call

    run(test())


# The portal's methods

DOCUMENT = {
    "openapi": "3.0.0",
    "paths": {
        "/tasks.task.add": {
            "post": {
                "summary": "Add a task",
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Add"}}},
                },
            }
        },
        "/tasks.task.list": {"post": {"description": "Tasks", "requestBody": {"content": []}}},
        "/odd": [],
    },
    "components": {
        "schemas": {
            "Add": {
                "type": "object",
                "required": ["fields"],
                "properties": {
                    "fields": {"allOf": [{"$ref": "#/components/schemas/Task"}], "description": "Its fields"}
                },
            },
            "Task": {
                "type": "object",
                "required": ["title"],
                "properties": {
                    "title": {"type": "string", "title": "Title"},
                    "parent": {"$ref": "#/components/schemas/Task"},
                },
            },
            "Loop": {"$ref": "#/components/schemas/Loop"},
        }
    },
}


@pytest.mark.parametrize("wrapped", [True, False])
def test_the_methods_of_the_portal(client: BX24, page: FakeBridge, wrapped: bool) -> None:
    async def test() -> None:
        first, second = client.v3.methods(), client.v3.methods()
        first.cancel()
        one = await sent(page, 1)
        one.reply(Answer(200, {"result": DOCUMENT} if wrapped else DOCUMENT))
        methods = await second
        assert list(methods) == ["odd", "tasks.task.add", "tasks.task.list"]
        add = methods["tasks.task.add"]
        assert (add.description, add.only_reads, methods["tasks.task.list"].only_reads) == ("Add a task", False, True)
        fields = add.parameters["fields"]
        assert (fields.type, fields.required, fields.description) == ("object", True, "Its fields")
        assert fields.fields["title"].required
        assert fields.fields["title"].description == "Title"
        assert fields.fields["parent"].fields == {}
        assert await client.v3.methods() is methods
        assert len(page.sent) == 1

    run(test())


def test_a_failed_document_is_asked_for_again(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        call = client.v3.methods()
        (await sent(page, 1)).respond("no document")
        with pytest.raises(BadResponseError, match="no OpenAPI document"):
            await call
        again = client.v3.methods()
        (await sent(page, 2)).reply(Answer(200, DOCUMENT))
        assert await again

    run(test())
