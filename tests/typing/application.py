"""An application written against the package as a user would, with every public name of it. mypy reads it.

Nobody runs it. No expression in it has the type Any: see tests/unit/test_typing.py. What is JSON is in json_data.py.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import BinaryIO, assert_type
from uuid import UUID

import bx24py
from bx24py import (
    BX24,
    V3,
    AccessError,
    AccessRight,
    Auth,
    AuthError,
    BadResponseError,
    Batch,
    BatchCall,
    BatchCallV3,
    BatchResults,
    BatchRun,
    BatchV3,
    BX24Error,
    CallInfo,
    CallTimeoutError,
    CommandError,
    Complaint,
    CrmChoice,
    CrmItem,
    Field,
    Fields,
    FieldV3,
    File,
    InitTimeoutError,
    Label,
    Limits,
    MethodInfo,
    MethodNotFoundError,
    MethodParameter,
    Money,
    NetworkError,
    NotExecutedError,
    NotInBrowserError,
    NotInPortalError,
    OperationTimeLimitError,
    PathNotAvailableError,
    Pending,
    PlacementInfo,
    PlacementInterface,
    RateLimitError,
    Reference,
    RestError,
    Result,
    RowStream,
    ScriptError,
    ScrollSize,
    ServerError,
    Time,
    UnknownCommandError,
    UnknownEventError,
    User,
    Write,
    WriteRefusedError,
    bx24,
)

log = logging.getLogger("application")


class Stage(Enum):
    NEW = "NEW"


async def start() -> None:
    assert_type(bx24, BX24)
    assert_type(bx24py.__version__, str)
    assert_type(await bx24.init(timeout=5), None)
    client = BX24(timeout=30, limits=Limits.ENTERPRISE, max_tries=1)
    assert_type(client.timeout, float)
    client.timeout = 20
    client.limits = Limits(capacity=50, per_second=2)
    assert_type(client.limits, Limits)
    assert_type(client.limits.capacity, float)
    assert_type(client.limits.per_second, float)
    assert_type(client.operating, Mapping[str, Time])
    assert_type(client.get_auth(), Auth | None)
    assert_type(client.get_lang(), str)
    assert_type(client.get_domain(), str)
    assert_type(client.is_admin(), bool)
    auth = assert_type(await client.refresh_auth(timeout=10), Auth)
    assert_type(auth.access_token, str)
    assert_type(auth.refresh_token, str)
    assert_type(auth.expires_at, datetime)
    assert_type(auth.domain, str)
    assert_type(auth.member_id, str)


async def calls() -> None:
    fields = {"TITLE": "Big", "OPPORTUNITY": Decimal("1.50"), "STAGE_ID": Stage.NEW, "UF_ID": UUID(int=1)}
    call = bx24.call_method("crm.deal.add", {"fields": fields}, timeout=10, retry=False, wait_for_operating=True)
    assert_type(call, Pending[Result])
    result = assert_type(await call, Result)
    call.close()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(bx24.call_method("user.current"))
        assert_type(asyncio.create_task(bx24.select_user()), asyncio.Task[User])
    assert_type(task.result(), Result)
    await bx24.call_method("task.item.delete", [5])
    assert_type(result.method, str)
    assert_type(result.error, BX24Error | None)
    assert_type(result.total, int | None)
    assert_type(result.next, int | None)
    assert_type(result.more, bool)
    assert_type(result.status, int)
    assert_type(await result.next_page(), Result | None)
    spent = assert_type(result.time, Time | None)
    if spent is not None:
        assert_type(spent.start, float)
        assert_type(spent.finish, float)
        assert_type(spent.duration, float)
        assert_type(spent.processing, float)
        assert_type(spent.date_start, str)
        assert_type(spent.date_finish, str)
        assert_type(spent.operating, float | None)
        assert_type(spent.operating_reset_at, float | None)
    await bx24.call_method("user.get")
    await bx24.call_method("user.get", {"ID": [1, 2], "ACTIVE": True, "start": -1, "since": date(2026, 1, 1)})
    await bx24.call_method("calendar.event.get", {"from": datetime.now(UTC), "section": None, "tags": {"a", "b"}})
    numbers: dict[str, int] = {"ID": 1}
    await bx24.call_method("user.get", numbers)


async def described() -> None:
    assert_type(bx24.fields("crm.item", entity_type_id=31, timeout=5), Pending[Fields])
    fields = assert_type(await bx24.fields("crm.deal"), Fields)
    stage = assert_type(fields["STAGE_ID"], Field)
    assert_type((stage.name, stage.title, stage.type), tuple[str, str, str])
    assert_type((stage.is_required, stage.is_read_only), tuple[bool, bool])
    assert_type((stage.is_immutable, stage.is_multiple), tuple[bool, bool])
    assert_type(stage.items["NEW"], str)
    assert_type([*fields.keys(), fields.entity], list[str])
    assert_type([*fields.values(), *dict(fields.items()).values()], list[Field])
    money = Money(Decimal("1.50"), "EUR")
    assert_type((money.amount, money.currency), tuple[Decimal, str])
    params = {"fields": fields.write({"UF_BUDGET": money, "OPENED": True})}
    await bx24.call_method("crm.deal.update", params)


async def batches() -> None:
    named = await bx24.call_batch({"user": ["user.current", {}], "deals": {"method": "crm.deal.list"}})
    assert_type(named, dict[str, Result])
    numbered = await bx24.call_batch({1: ["user.current"], 2: ["user.get", {"ID": 1}]}, halt_on_error=True, timeout=5)
    assert_type(numbered, dict[int, Result])
    listed = await bx24.call_batch([["user.current"], ("user.get", {"ID": 1})], retry=True, wait_for_operating=True)
    assert_type(listed, list[Result])

    def told(key: str, result: Result) -> None:
        log.info("%s: %s", key, result.error)

    call = bx24.call_batch({"user": ["user.current"]}, on_result=told)
    assert_type(call, BatchRun[dict[str, Result]])
    assert_type(call.results, BatchResults)
    assert_type(call.cancel(), bool)
    rest = assert_type(await bx24.call_batch(call.results.remaining), dict[str | int, Result])
    log.info("%s", list(rest))

    batch = assert_type(bx24.batch(halt_on_error=True, timeout=5, retry=None, wait_for_operating=False), Batch)
    user = assert_type(batch.call("user.current"), BatchCall)
    department = assert_type(user["UF_DEPARTMENT"][0], Reference)
    batch.call("department.get", {"ID": department, "NAME": f"{user['NAME']}"})
    assert_type(len(batch), int)
    assert_type(await batch.run(), list[Result])
    assert_type(user.result, Result)


async def rest_3_0() -> None:
    v3 = assert_type(bx24.v3, V3)
    call = v3.call_method(
        "tasks.task.add", {"fields": {"title": "A", "deadline": None}}, idempotency_key="a", timeout=5
    )
    assert_type(call, Pending[Result])
    assert_type((await call).replayed, bool)
    named = await v3.call_batch({"a": ["tasks.task.get", {"id": 1}]}, timeout=5, retry=False)
    assert_type(named, dict[str, Result])

    def told(number: int, result: Result) -> None:
        log.info("%d: %s", number, result.error)

    listed = v3.call_batch([{"method": "tasks.task.list"}], on_result=told)
    assert_type(listed, BatchRun[list[Result]])
    batch = assert_type(v3.batch(timeout=5, retry=None, wait_for_operating=True), BatchV3)
    tasks = assert_type(batch.call("tasks.task.list", {"filter": [["id", ">", 5]]}), BatchCallV3)
    assert_type(tasks.item["responsible"]["id"], FieldV3)
    batch.call("tasks.task.list", {"filter": [["id", "in", tasks.items["id"]]]})
    assert_type(await batch.run(), list[Result])
    assert_type(tasks.result, Result)
    assert_type(v3.methods(timeout=5), Pending[dict[str, MethodInfo]])
    method = (await v3.methods())["tasks.task.add"]
    assert_type((method.name, method.description, method.only_reads), tuple[str, str, bool])
    parameter = assert_type(method.parameters["fields"], MethodParameter)
    assert_type((parameter.type, parameter.required, parameter.description), tuple[str, bool, str])
    assert_type(parameter.fields, Mapping[str, MethodParameter])
    try:
        await v3.call_method("tasks.task.get", {"id": 1})
    except RestError as error:
        assert_type(error.validation, tuple[Complaint, ...])
        assert_type((error.validation[0].field, error.validation[0].message), tuple[str, str])


async def leave(stream: RowStream) -> None:
    assert_type(await stream.aclose(), None)


def progress(done: int, total: int) -> None:
    log.info("%d of %d", done, total)


async def files(content: bytes, opened: BinaryIO) -> None:
    file = File("план.pdf", content)
    assert_type(file.name, str)
    assert isinstance(file.content, bytes)
    await bx24.call_method("disk.folder.uploadfile", {"fileContent": opened}, on_progress=progress)
    await bx24.call_method("disk.folder.uploadfile", {"fileContent": file, "other": io.BytesIO(content)})
    await bx24.call_batch([["disk.folder.uploadfile", {"fileContent": File("a", bytearray(5))}]], on_progress=progress)
    bx24.batch(on_progress=lambda done, total: log.info("%d", done / total))


def watch(info: CallInfo) -> None:
    assert_type(info.method, str)
    assert_type(info.duration, float)
    assert_type(info.status, int | None)
    assert_type(info.tries, int)
    assert_type(info.error, BX24Error | None)


def monitor() -> None:
    stop = assert_type(bx24.on_call(watch), Callable[[], None])
    stop()


class Confirm:
    async def __call__(self, write: Write) -> bool:
        assert_type(write.commands, tuple[tuple[str, Mapping[str, object]], ...])
        assert_type(write.writes[0][0], str)
        assert_type(write.v3, bool)
        await asyncio.sleep(0)
        return True


def refuse(_write: Write) -> None:
    raise WriteRefusedError("Not now.")


def skip(write: Write) -> str:
    assert_type(write.on_end(ended), None)
    return "skip"


def ended(results: list[Result]) -> None:
    assert_type(results[0].error, BX24Error | None)


def hold() -> None:
    stop = assert_type(bx24.on_write(Confirm()), Callable[[], None])
    bx24.on_write(refuse)
    bx24.on_write(skip)
    stop()


def refused(error: WriteRefusedError) -> None:
    assert_type(error.reason, str)


async def window() -> None:
    assert_type(await bx24.resize_window("100%", 400, timeout=5), None)
    assert_type(await bx24.resize_window(640.5, 400), None)
    assert_type(await bx24.fit_window(timeout=5), None)
    assert_type(bx24.auto_fit(), Callable[[], None])
    assert_type(await bx24.set_title("Deals", timeout=5), None)
    assert_type(await bx24.scroll_parent_window(0, timeout=5), None)
    size = assert_type(bx24.get_scroll_size(), ScrollSize)
    assert_type((size.scroll_width, size.scroll_height), tuple[int, int])
    label: Label = {"text": "New", "bgColor": "#fff", "color": "#000"}
    assert_type(await bx24.open_application({"id": 5}, width=800, title="A deal", label=label, timeout=5), None)
    assert_type(await bx24.open_application(left_boundary=40), None)
    assert_type(await bx24.close_application(timeout=5), None)
    assert_type(await bx24.open_path("/crm/deal/details/5/", timeout=5), None)
    assert_type(await bx24.reload_window(), None)


async def dialogs() -> None:
    user = assert_type(await bx24.select_user(title="Who?", timeout=60), User)
    assert_type((user.id, user.name), tuple[int, str])
    assert_type(await bx24.select_users(title="Who?", timeout=60), list[User])
    [right] = assert_type(await bx24.select_access(["AU"], timeout=60), list[AccessRight])
    assert_type((right.id, right.name), tuple[str, str])
    choice = assert_type(await bx24.select_crm(entity_type=["deal"], multiple=True, value={"deal": [1]}), CrmChoice)
    for items in (choice.lead, choice.contact, choice.company, choice.deal, choice.quote, choice.items):
        assert_type(items, list[CrmItem])
    for item in choice.deal:
        assert_type((item.id, item.type, item.place, item.title), tuple[str, str, str, str])
        assert_type((item.desc, item.url, item.image), tuple[str, str, str | None])
        assert_type(item.entity_id, int)
    await bx24.select_crm(entity_type=["deal"], multiple=True, value={"deal": choice.deal}, timeout=60)


async def options() -> None:
    assert_type(await bx24.user_option.set("columns", ["ID", "TITLE"]), None)
    assert_type(await bx24.app_option.set("theme", {"dark": True}, timeout=5), None)


@bx24.placement.bind_event("CallCard::CallStateChanged", timeout=5)
async def changed(state: Mapping[str, object]) -> None:
    log.info("%s", state)


@bx24.placement.bind_command("bindLayoutEventCallback", params={"a": 1}, timeout=5)
def happened(event: object) -> None:
    log.info("%s", event)


async def placement() -> None:
    assert_type(await changed({}), None)
    info = assert_type(bx24.placement.info(), PlacementInfo)
    assert_type((info.code, info.entity_id), tuple[str, int | None])
    interface = assert_type(await bx24.placement.get_interface(timeout=5), PlacementInterface)
    assert_type((interface.commands, interface.events), tuple[tuple[str, ...], tuple[str, ...]])
    assert_type(await bx24.placement.bind_event("onCardClose", happened, timeout=5), None)
    assert_type(await bx24.placement.bind_command("subscribe", happened, params=[1], timeout=5), None)
    bx24.placement.unbind_event("onCardClose", happened)
    bx24.placement.unbind_command("subscribe", happened)


async def installation() -> None:
    assert_type(await bx24.call_bind("OnCrmDealAdd", "https://app.example/", 1, timeout=5), Result)
    assert_type(await bx24.bind_placement("LEFT_MENU", "https://app.example/", title="App"), Result)
    assert_type(await bx24.call_unbind("OnCrmDealAdd", "https://app.example/", timeout=5), Result)
    assert_type(await bx24.install_finish(timeout=5), None)


async def messenger() -> None:
    assert_type(await bx24.im.call_to(1, video=False), None)
    assert_type(await bx24.im.phone_to("+14151234567"), None)
    assert_type(await bx24.im.open_messenger("chat12"), None)
    assert_type(await bx24.im.open_messenger(), None)
    assert_type(await bx24.im.open_history(5), None)


async def page(button: object) -> None:
    bx24.bind(button, "click", happened)
    bx24.unbind(button, "click", happened)
    assert_type(bx24.is_ready(), bool)
    assert_type(await bx24.ready(timeout=5), None)
    assert_type(await bx24.load_script(["a.js", "b.js"], timeout=5), None)


async def errors() -> str:
    try:
        await bx24.call_method("user.current")
    except OperationTimeLimitError as error:
        assert_type(error.operating_reset_at, float | None)
    except AccessError as error:
        assert_type(error.scope, str)
    except MethodNotFoundError as error:
        assert_type(error.suggestions, tuple[str, ...])
    except (AuthError, RateLimitError, ServerError) as error:
        assert_type(error.code, str)
    except RestError as error:
        assert_type((error.code, error.description, error.status, error.method), tuple[str, str, int, str])
    except CallTimeoutError as error:
        assert_type(error.maybe_executed, bool)
    except BadResponseError as error:
        assert_type((error.status, error.text), tuple[int, str])
    except UnknownCommandError as error:
        assert_type((error.command, error.commands), tuple[str, tuple[str, ...]])
    except UnknownEventError as error:
        assert_type((error.event, error.events), tuple[str, tuple[str, ...]])
    except CommandError as error:
        assert_type((error.command, error.code), tuple[str, str])
    except PathNotAvailableError as error:
        assert_type((error.path, error.code), tuple[str, str])
    except ScriptError as error:
        assert_type(error.address, str)
    except (InitTimeoutError, NetworkError, NotExecutedError, NotInBrowserError, NotInPortalError) as error:
        return str(error)
    except BX24Error as error:
        results: Mapping[str | int, Result] = assert_type(error.results, BatchResults)
        assert_type(error.maybe_executed, bool)
        assert_type(error.user_message, str)
        for key in error.results.uncertain:
            log.warning("%s: %s", key, results.get(key))
    except TimeoutError:
        return "too late"
    return ""
