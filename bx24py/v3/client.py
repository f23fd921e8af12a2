"""REST 3.0 for an application: `bx24.v3`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

from ..bridge import Options
from ..calls.call import check_function
from ..calls.pending import Pending, start_task
from ..errors import BadResponseError
from ..rest.batch_run import BatchRun, OnResult
from ..rest.commands import Command, CommandForm, Key, commands_of
from ..rest.interface import Rest
from ..rest.lists import Lists
from ..rest.params import Params, check_method
from ..rest.result import Result, whole
from . import references
from .batch import BatchV3
from .keys import check_key
from .listing import MOST, Listing, Plan
from .methods import DOCUMENT, MethodInfo, methods_of
from .params import encode
from .rest import RestV3

K = TypeVar("K", bound=Key)


class V3(Lists):
    """REST 3.0 (`/rest/api/`) of the portal, with the verbs of the client.

    Results, errors, timeouts, limits, retries and cancellation are those of the old REST, and so are `on_call` and
    `on_write`. Parameters keep JSON's types: None is null, lists may be empty. BX24.js cannot call REST 3.0, so the
    page does it itself, with the token of BX24.js.
    """

    def __init__(self, rest: Rest, options: Callable[[float | None, bool | None, bool], Options]) -> None:
        self._rest = RestV3(rest)
        self._make_options = options
        self._methods: asyncio.Future[dict[str, MethodInfo]] | None = None

    def call_method(
        self,
        method: str,
        params: Params | None = None,
        *,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = False,
        idempotency_key: str | None = None,
    ) -> Pending[Result]:
        """Call one method.

        Args:
            method: its name, such as `tasks.task.add`.
            params: its parameters by name.
            timeout: seconds; None: the client's.
            retry: whether to resend it if its outcome is unknown. None: if the method just reads, or if the portal
                lets the page send an `Idempotency-Key`, with which it executes the call once. False: never.
            wait_for_operating: as for the client's `call_method`.
            idempotency_key: a key of your own, 1 to 255 printable ASCII characters: the portal executes calls of one
                method with the same key and parameters once in 24 hours. Not sent where the portal does not let a page
                send it.

        Raises:
            TypeError: a parameter cannot be sent; the message names its path.
            ValueError: an invalid method name or key, or a value that cannot be sent.
            BX24Error: when awaited: the call failed; RestError if the portal refused it.
        """
        options = self._options(timeout, retry, wait_for_operating)._replace(key=check_key(idempotency_key))
        return self._rest.call(Command(0, check_method(method), encode(params, method=method)), options)

    @overload
    def call_batch(
        self,
        calls: Mapping[K, CommandForm],
        *,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = False,
        on_result: Callable[[K, Result], object] | None = None,
    ) -> BatchRun[dict[K, Result]]: ...
    @overload
    def call_batch(
        self,
        calls: Sequence[CommandForm],
        *,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = False,
        on_result: Callable[[int, Result], object] | None = None,
    ) -> BatchRun[list[Result]]: ...
    def call_batch(
        self,
        calls: Mapping[K, CommandForm] | Sequence[CommandForm],
        *,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = False,
        on_result: OnResult | None = None,
    ) -> BatchRun[dict[K, Result]] | BatchRun[list[Result]]:
        """Call several methods in one request, 50 at a time, all or nothing: one failed command fails its 50.

        A parameter's value may be `{"$ref": "key.field"}`, a field of the `item` of an earlier command among the same
        50, or `{"$refArray": "key.field"}`, the field of each of its `items`. In a list the key is the index. Nothing
        else is replaced. The access token is in the URL of this request: its body has no place for it.

        Args:
            calls: the commands by your own keys, or as a list: each `[method, params]` or
                `{"method": method, "params": params}`.
            timeout: seconds for each 50 commands; None: the client's.
            retry: as for `call_method`; None: if all commands only read. A batch has no key.
            wait_for_operating: as for `call_method`.
            on_result: called with each command's key (in a list its index) and Result, in order, as soon as its 50
                are answered. Exceptions it raises are logged. It may cancel the call.

        Returns:
            The results by the same keys, or as a list. Before it is awaited, and after `cancel()`, its attribute
            `results` says how far it has come.

        Raises:
            TypeError: an invalid command, or a parameter that cannot be sent; the message names it.
            ValueError: a reference that names no earlier command of the same 50.
            BX24Error: when awaited: 50 commands failed. Its `results` has those of earlier batches, by key, and says
                which commands are uncertain and which remain.
        """
        checked = commands_of(calls, encode)
        return self._run(checked, timeout, retry, wait_for_operating, on_result, named=isinstance(calls, Mapping))

    def batch(
        self,
        *,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = False,
        on_result: Callable[[int, Result], object] | None = None,
    ) -> BatchV3:
        """Collect commands and send them together, with references to one another.

        ```python
        batch = bx24.v3.batch()
        task = batch.call("tasks.task.get", {"id": 1, "select": ["id", "responsibleId"]})
        others = batch.call(
            "tasks.task.list",
            {"filter": [["responsibleId", "=", task.item["responsibleId"]]], "select": ["id", "title"]},
        )
        await batch.run()
        others.result.data["items"]
        ```

        Args:
            timeout: seconds for each 50 commands; None: the client's.
            retry: as for `call_batch`.
            wait_for_operating: as for `call_batch`.
            on_result: as for `call_batch`, with the number of each command.
        """
        self._check(timeout, retry, wait_for_operating, on_result)
        return BatchV3(lambda commands: self._run(commands, timeout, retry, wait_for_operating, on_result, named=False))

    def methods(self, *, timeout: float | None = None) -> Pending[dict[str, MethodInfo]]:
        """Ask the portal for its methods of REST 3.0, once per page: callers share one request, and what it brought.

        They depend on the portal's modules and on the application's permissions.

        Args:
            timeout: seconds, of the request that this call makes; the client's when None.

        Returns:
            What is known of each method, by its name.

        Raises:
            BX24Error: when awaited: the portal refused, or the request failed. The next call asks again.
        """
        options = self._options(timeout, None, False)
        if self._methods is None:
            self._methods = start_task(self._read_methods(self._rest.call(Command(0, DOCUMENT, {}), options)))
            self._methods.add_done_callback(self._forget_failed)
        shared = self._methods

        async def wait() -> dict[str, MethodInfo]:
            return await asyncio.shield(shared)  # a caller who gives up leaves it to the others

        return start_task(wait())

    def _forget_failed(self, done: asyncio.Future[dict[str, MethodInfo]]) -> None:
        if done.cancelled() or done.exception():
            self._methods = None

    async def _read_methods(self, call: Pending[Result]) -> dict[str, MethodInfo]:
        result = await call
        if not isinstance(result.data, dict) or not isinstance(result.data.get("paths"), dict):
            raise BadResponseError(DOCUMENT, result.status, repr(result.data), "the answer is no OpenAPI document")
        return methods_of(result.data)

    def _options(self, timeout: float | None, retry: bool | None, wait_for_operating: bool) -> Options:
        return self._make_options(timeout, retry, wait_for_operating)

    def _check(self, timeout: float | None, retry: bool | None, wait_for_operating: bool, on_result: object) -> Options:
        if on_result is not None:
            check_function(on_result, "on_result")
        return self._options(timeout, retry, wait_for_operating)

    def _run(
        self,
        commands: list[Command],
        timeout: float | None,
        retry: bool | None,
        wait_for_operating: bool,
        on_result: OnResult | None,
        *,
        named: bool,
    ) -> BatchRun[Any]:
        options = self._check(timeout, retry, wait_for_operating, on_result)
        references.check(commands)
        return self._rest.batch(commands, options, named=named, halt=True, on_result=on_result)

    def _steps(
        self,
        method: str,
        params: Mapping[str, object] | None,
        options: Options,
        limit: int | None,
        key: str | None,
        id_key: str | None,
    ) -> Listing:
        encoded = encode(params, method=method)
        where, order, select = (encoded.get(name) for name in ("filter", "order", "select"))
        if isinstance(where, dict) and "conditions" in where:
            where = encoded["filter"] = [where]
        for name, value, kind, words in (
            ("filter", where, list, "a list of conditions such as ['id', '>', 5]"),
            ("order", order, dict, "a mapping such as {'id': 'ASC'}"),
            ("select", select, list, "a list of fields"),
        ):
            if value is not None and not isinstance(value, kind):
                raise TypeError(f"params[{name!r}]: must be {words}, not {type(value).__name__}")
        pagination = encoded.pop("pagination", None) or {}
        if not isinstance(pagination, dict) or not pagination.keys() <= {"offset", "limit"}:
            raise ValueError("params['pagination']: must have `offset` or `limit` only; the pages are asked for by id")
        offset, size = whole(pagination.get("offset", 0)), whole(pagination.get("limit", MOST))
        if offset is None or not size or size > MOST:
            raise ValueError(f"params['pagination']: `offset` must be 0 or more, and `limit` 1 to {MOST}")
        if "cursor" in encoded:
            raise ValueError("params['cursor']: is of `*.tail` methods; call them with call_method, page by page")
        return Listing(self._rest, Plan(method, encoded, offset, size, options, limit, key, id_key or "id"))
