"""The client of one page: what an application calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

from . import bridge as _bridge
from . import commands as _commands
from . import params as _params
from .auth import Auth
from .batch import Batch
from .batch_run import BatchRun
from .bridge import Answer, WireCommand
from .commands import Command, CommandForm, Key
from .errors import AuthError, rest_error
from .result import Result, Time
from .sender import Sender, check_timeout

K = TypeVar("K", bound=Key)

INIT_TIMEOUT = 30.0
"""Seconds to wait for the library's initialisation, and for commands to the portal's page that always answer."""


class BX24:
    """The portal's BX24 object, for Python: `BX24.fooBar` is `bx24.foo_bar`.

    What calls back in JavaScript is awaited here, and starts when it is called, awaited or not. What is called before
    the library is initialised is sent, in order, once it is. Wrong arguments are raised by the call, all else by
    awaiting it.

    Args:
        bx24: the BX24 object to drive, when it is not the page's own `BX24`.
        timeout: seconds until a call fails with CallTimeoutError, where the call itself does not say.
    """

    def __init__(self, bx24: object = None, *, timeout: float = 60.0) -> None:
        self._timeout = check_timeout(timeout, timeout)
        self._sender = Sender(lambda: _bridge.connect(bx24), INIT_TIMEOUT)

    def init(self, *, timeout: float = INIT_TIMEOUT) -> asyncio.Future[None]:
        """Wait until the library has the portal's data. Optional: the first call waits by itself.

        Args:
            timeout: seconds; when they are over, the calls queued so far fail as well.

        Raises:
            NotInPortalError: when awaited: the page was opened outside a portal.
            InitTimeoutError: when awaited: the portal did not answer.
        """
        return self._sender.init(check_timeout(timeout, INIT_TIMEOUT))

    def call_method(
        self, method: str, params: Mapping[str, Any] | None = None, *, timeout: float | None = None
    ) -> asyncio.Future[Result]:
        """Call one REST method.

        Args:
            method: its name, such as `crm.deal.list`.
            params: its parameters. `start` is the offset of a list, -1 for a page without counting.
            timeout: seconds; the client's when None.

        Raises:
            TypeError: a parameter that cannot be sent; the message names its path.
            ValueError: not a method's name, or a value without a sendable form.
            BX24Error: when awaited: what went wrong, RestError where the portal refused.
        """
        command = Command(0, _params.check_method(method), _params.encode(params))
        seconds = check_timeout(timeout, self._timeout)
        if command.params.get("start") in (None, 0, "", "0"):
            return self._sender.submit(
                command.method,
                seconds,
                lambda bridge, answered: bridge.call_method(command.method, command.params, answered),
                lambda answer: self._read(answer, command, seconds),
            )
        # BX24.callMethod deletes a `start` and sends none, but keeps it inside a batch (contract, section 4, number 7).
        wire = [WireCommand(None, command.method, command.params)]

        def read(answer: Answer) -> Result:
            result = self._read_batch(answer, [command], wire, halt=False, seconds=seconds)[0]
            if result.error is not None:
                raise result.error
            return result

        return self._sender.submit(
            command.method, seconds, lambda bridge, answered: bridge.call_batch(wire, False, answered), read
        )

    @overload
    def call_batch(
        self, calls: Mapping[K, CommandForm], *, halt_on_error: bool = False, timeout: float | None = None
    ) -> asyncio.Future[dict[K, Result]]: ...
    @overload
    def call_batch(
        self, calls: Sequence[CommandForm], *, halt_on_error: bool = False, timeout: float | None = None
    ) -> asyncio.Future[list[Result]]: ...
    def call_batch(
        self,
        calls: Mapping[K, CommandForm] | Sequence[CommandForm],
        *,
        halt_on_error: bool = False,
        timeout: float | None = None,
    ) -> asyncio.Future[dict[K, Result]] | asyncio.Future[list[Result]]:
        """Call several REST methods in one request, 50 at a time.

        A parameter's value may be `$result[key][field]`: the result of an earlier command among the same 50.

        Args:
            calls: the commands under keys of your own, or as a list: each `[method, params]` or
                `{"method": method, "params": params}`.
            halt_on_error: execute nothing after the first command that fails.
            timeout: seconds for each 50 commands; the client's when None.

        Returns:
            The results under the same keys, or as a list. Reading the `data` of a failed command raises its error.

        Raises:
            TypeError: a command of another form, or a parameter that cannot be sent; the message names it.
            ValueError: a macro that names no earlier command of the same 50.
            BX24Error: when awaited: a batch failed as a whole. Its attribute `results` has, by key, those of the
                batches before it.
        """
        checked = _commands.commands_of(calls)
        _commands.check_macros(checked)
        seconds = check_timeout(timeout, self._timeout)
        return self._run_batch(checked, named=isinstance(calls, Mapping), halt=_flag(halt_on_error), seconds=seconds)

    def batch(self, *, halt_on_error: bool = False, timeout: float | None = None) -> Batch:
        """Collect commands and send them together, with references instead of macros.

        ```python
        batch = bx24.batch(halt_on_error=True)
        user = batch.call("user.current")
        departments = batch.call("department.get", {"ID": user["UF_DEPARTMENT"]})
        await batch.run()
        user.result.data["NAME"]
        ```

        Args:
            halt_on_error: execute nothing after the first command that fails.
            timeout: seconds for each 50 commands; the client's when None.
        """
        halt, seconds = _flag(halt_on_error), check_timeout(timeout, self._timeout)

        def send(commands: list[Command]) -> asyncio.Future[list[Result]]:
            _commands.check_macros(commands)
            return self._run_batch(commands, named=False, halt=halt, seconds=seconds)

        return Batch(send)

    def get_auth(self) -> Auth | None:
        """Give the access token that the library holds; None before the initialisation and when it has run out.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        auth = self._sender.bridge.value("getAuth")
        return Auth.from_bx24(auth) if isinstance(auth, dict) else None

    def refresh_auth(self, *, timeout: float = INIT_TIMEOUT) -> asyncio.Future[Auth]:
        """Ask the portal for a new access token.

        The portal never answers when it cannot renew the token (contract, section 2), hence the timeout in seconds.

        Raises:
            CallTimeoutError: when awaited: the portal did not answer in time.
            AuthError: when awaited: the portal answered without a token.
        """

        def read(auth: dict[str, Any] | None) -> Auth:
            if not isinstance(auth, dict) or not auth.get("access_token"):
                raise AuthError("NO_AUTH_FOUND", "the portal gave no new token", 200, "BX24.refreshAuth")
            return Auth.from_bx24(auth)

        return self._sender.submit(
            "BX24.refreshAuth",
            check_timeout(timeout, INIT_TIMEOUT),
            lambda bridge, answered: bridge.refresh_auth(answered),
            read,
        )

    def get_lang(self) -> str:
        """Give the portal's language, such as `en`; empty before the initialisation.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        return self._sender.bridge.value("getLang") or ""

    def get_domain(self) -> str:
        """Give the portal's address without the ports 80 and 443, such as `acme.bitrix24.com`.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        return self._sender.bridge.value("getDomain") or ""

    def is_admin(self) -> bool:
        """Tell whether the current user administers the portal; False before the initialisation.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        return bool(self._sender.bridge.value("isAdmin"))

    def _read(self, answer: Answer, command: Command, seconds: float) -> Result:
        body, method = answer.body, command.method
        if "error" in body:
            description = str(body.get("error_description") or "")
            raise rest_error(str(body["error"]), description, answer.status, method)
        return Result(
            method,
            body.get("result"),
            total=body.get("total"),
            next=body.get("next"),
            time=Time.from_answer(body.get("time")),
            status=answer.status,
            fetch=lambda start: self._page(method, command.params, start, seconds),
        )

    def _run_batch(self, commands: list[Command], *, named: bool, halt: bool, seconds: float) -> asyncio.Future[Any]:
        """Send commands and give their results: under their keys, or as a list."""

        def shape(results: dict[Key, Result]) -> Any:
            return results if named else list(results.values())

        def send(part: list[Command], finish: Callable[[dict[Key, Result]], Any]) -> asyncio.Future[Any]:
            wire = _commands.to_wire(part, named=named)
            return self._sender.submit(
                _commands.describe(part),
                seconds,
                lambda bridge, answered: bridge.call_batch(wire, halt, answered),
                lambda answer: finish(self._read_batch(answer, part, wire, halt=halt, seconds=seconds)),
            )

        if not commands:
            return self._sender.finished(shape({}))
        if len(commands) <= _commands.MAX_COMMANDS:
            return send(commands, shape)
        return BatchRun(commands, halt=halt, send=lambda part: send(part, lambda results: results), shape=shape)

    def _read_batch(
        self, answer: Answer, commands: list[Command], wire: list[WireCommand], *, halt: bool, seconds: float
    ) -> dict[Key, Result]:
        return _commands.read_answer(
            answer,
            commands,
            wire,
            halt=halt,
            fetch=lambda method, params, start: self._page(method, params, start, seconds),
        )

    def _page(self, method: str, params: dict[str, Any], start: int, seconds: float) -> asyncio.Future[Result]:
        return self.call_method(method, {**params, "start": start}, timeout=seconds)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"halt_on_error: True or False is needed, not {type(value).__name__}")
    return value
