"""The client of one page: what an application calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, overload

from . import bridge
from .bridge import OnProgress, Options
from .calls.call import check_timeout
from .calls.pacing import Limits
from .calls.pending import Pending, teach_running_loop
from .calls.sender import Sender
from .errors import AuthError
from .frame.auth import Auth
from .frame.dialogs import Dialogs
from .frame.dom import Dom
from .frame.install import Install
from .frame.messenger import Messenger
from .frame.options import AppOption, UserOption
from .frame.placement import Placement
from .frame.portal_page import PortalPage
from .frame.window import Window
from .monitor import CallInfo
from .rest.batch import Batch
from .rest.commands import Command, CommandForm, Key, check_macros, commands_of
from .rest.events import Events
from .rest.interface import Rest
from .rest.lists import Lists
from .rest.params import Params, check_method, encode
from .rest.result import Result, Time

K = TypeVar("K", bound=Key)
T = TypeVar("T")

INIT_TIMEOUT = 30.0
"""Seconds to wait for the library's initialisation, and for commands to the portal's page that always answer."""


class BX24(Window, Dialogs, Dom, Install, Events, Lists):
    """The portal's BX24 object, for Python: `BX24.fooBar` is `bx24.foo_bar`.

    What calls back in JavaScript is awaited here, and starts when it is called, awaited or not. What is called before
    the library is initialised is sent, in order, once it is. Wrong arguments are raised by the call, all else by
    awaiting it.

    Args:
        bx24: the BX24 object to drive, when it is not the page's own `BX24`.
        timeout: seconds until a call fails with CallTimeoutError, where the call itself does not say.
        limits: how many requests are sent at the most; calls beyond wait their turn.
        max_tries: how often a call is sent at the most when it is not known what became of it.
    """

    def __init__(
        self,
        bx24: object = None,
        *,
        timeout: float = 60.0,
        limits: Limits = Limits(),  # noqa: B008  it cannot be changed
        max_tries: int = 3,
    ) -> None:
        if isinstance(max_tries, bool) or not isinstance(max_tries, int):
            raise TypeError(f"max_tries: a whole number is needed, not {type(max_tries).__name__}")
        if max_tries < 1:
            raise ValueError(f"max_tries: must be 1 or more, not {max_tries}")
        teach_running_loop()
        self._timeout = check_timeout(timeout, timeout)
        self._limits = _check_limits(limits)
        self._sender = Sender(lambda: bridge.connect(bx24), INIT_TIMEOUT, limits)
        self._rest = Rest(self._sender, max_tries)
        self._page = PortalPage(self._sender)
        self.user_option = UserOption(self._page)
        self.app_option = AppOption(self._page)
        self.placement = Placement(self._page)
        self.im = Messenger(self._page)

    @property
    def timeout(self) -> float:
        """Seconds until a call fails with CallTimeoutError, where the call itself does not say; may be set."""
        return self._timeout

    @timeout.setter
    def timeout(self, timeout: float) -> None:
        self._timeout = check_timeout(timeout, self._timeout)

    @property
    def limits(self) -> Limits:
        """How many requests this client sends at the most; may be set, to `Limits.ENTERPRISE` for example."""
        return self._limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._limits = _check_limits(limits)
        self._sender.pacer.change(limits)

    @property
    def operating(self) -> Mapping[str, Time]:
        """For each method called so far the `time` of its last good answer.

        Its `operating` is what the method has used of its working time of the last ten minutes, in seconds;
        `operating_reset_at` when some of that is freed, in seconds since the epoch (contract, section 3).
        """
        times = ((method, Time.from_answer(time)) for method, time in self._rest.history.operating.items())
        return {method: time for method, time in times if time is not None}

    def on_call(self, function: Callable[[CallInfo], object]) -> Callable[[], None]:
        """Have a function called with each finished call to the REST interface, for progress and monitoring.

        Calls that were cancelled are not among them.

        Returns:
            A function that ends it.

        Raises:
            TypeError: it cannot be called.
        """
        if not callable(function):
            raise TypeError(f"function: one is needed, not {type(function).__name__}")
        hooks = self._rest.history.hooks
        hooks.append(function)

        def stop() -> None:
            if function in hooks:
                hooks.remove(function)

        return stop

    def init(self, *, timeout: float = INIT_TIMEOUT) -> Pending[None]:
        """Wait until the library has the portal's data. Optional: the first call waits by itself.

        Args:
            timeout: seconds; when they are over, the calls queued so far fail as well.

        Raises:
            NotInPortalError: when awaited: the page was opened outside a portal.
            InitTimeoutError: when awaited: the portal did not answer.
        """
        return self._sender.init(check_timeout(timeout, INIT_TIMEOUT))

    def call_method(
        self,
        method: str,
        params: Params | None = None,
        *,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Pending[Result]:
        """Call one REST method.

        Args:
            method: its name, such as `crm.deal.list`.
            params: its parameters by name, or a list of them by position. `start` is the offset of a list, -1 for a
                page without counting.
            timeout: seconds; the client's when None.
            retry: whether to send it again when it is not known what became of it (5xx, a broken connection).
                None: only a method that just reads. False: never, not even after QUERY_LIMIT_EXCEEDED, with which
                nothing was executed.
            wait_for_operating: when the method has used up its working time, wait until the portal frees some
                (if that is before the timeout), instead of raising OperationTimeLimitError at once.
            on_progress: called with how many bytes of the request have been sent, and with how many it has, as they
                go out; of a file base64 is sent, which is 4/3 of its size and a little more. From 0 again when the
                request is repeated. On a page without the loader it is not called.

        Raises:
            TypeError: a parameter that cannot be sent; the message names its path.
            ValueError: not a method's name, or a value without a sendable form.
            BX24Error: when awaited: what went wrong, RestError where the portal refused.
        """
        options = self._options(timeout, retry, wait_for_operating, on_progress)
        return self._rest.call(Command(0, check_method(method), encode(params, method=method)), options)

    @overload
    def call_batch(
        self,
        calls: Mapping[K, CommandForm],
        *,
        halt_on_error: bool = False,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Pending[dict[K, Result]]: ...
    @overload
    def call_batch(
        self,
        calls: Sequence[CommandForm],
        *,
        halt_on_error: bool = False,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Pending[list[Result]]: ...
    def call_batch(
        self,
        calls: Mapping[K, CommandForm] | Sequence[CommandForm],
        *,
        halt_on_error: bool = False,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Pending[dict[K, Result]] | Pending[list[Result]]:
        """Call several REST methods in one request, 50 at a time.

        A parameter's value may be `$result[key][field]`: the result of an earlier command among the same 50. So may
        `$total[key]`, `$next[key]`, `$error[key]` and `$time[key]`. The portal takes every text that looks like one for
        a macro, also one that a user has typed: `batch` refuses it, and `call_method` sends it as it is.

        Args:
            calls: the commands under keys of your own, or as a list: each `[method, params]` or
                `{"method": method, "params": params}`.
            halt_on_error: execute nothing after the first command that fails.
            timeout: seconds for each 50 commands; the client's when None.
            retry: as for `call_method`; None: when all of its commands only read.
            wait_for_operating: as for `call_method`, where the batch as a whole is refused.
            on_progress: as for `call_method`; of each 50 commands in turn.

        Returns:
            The results under the same keys, or as a list. Reading the `data` of a failed command raises its error.

        Raises:
            TypeError: a command of another form, or a parameter that cannot be sent; the message names it.
            ValueError: a text that the portal would take for a macro and that names no earlier command of the same 50.
            BX24Error: when awaited: a batch failed as a whole. Its attribute `results` has, by key, those of the
                batches before it.
        """
        options = self._options(timeout, retry, wait_for_operating, on_progress)
        halt = _flag(halt_on_error, "halt_on_error")
        checked = commands_of(calls)
        check_macros(checked)
        return self._rest.batch(checked, options, named=isinstance(calls, Mapping), halt=halt)

    def batch(
        self,
        *,
        halt_on_error: bool = False,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Batch:
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
            retry: as for `call_batch`.
            wait_for_operating: as for `call_batch`.
            on_progress: as for `call_batch`.
        """
        options = self._options(timeout, retry, wait_for_operating, on_progress)
        halt = _flag(halt_on_error, "halt_on_error")

        def send(commands: list[Command]) -> Pending[list[Result]]:
            check_macros(commands)
            return self._rest.batch(commands, options, named=False, halt=halt)

        return Batch(send)

    def get_auth(self) -> Auth | None:
        """Give the access token that the library holds; None before the initialisation and when it has run out.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        auth = self._sender.bridge.tell("getAuth")
        return Auth.from_bx24(auth) if isinstance(auth, dict) else None

    def refresh_auth(self, *, timeout: float = INIT_TIMEOUT) -> Pending[Auth]:
        """Ask the portal for a new access token.

        The portal never answers when it cannot renew the token (contract, section 2), hence the timeout in seconds.

        Raises:
            CallTimeoutError: when awaited: the portal did not answer in time.
            AuthError: when awaited: the portal answered without a token.
        """

        def read(auth: object) -> Auth:
            if not isinstance(auth, dict) or not auth.get("access_token"):
                raise AuthError("NO_AUTH_FOUND", "the portal gave no new token", 200, "BX24.refreshAuth")
            return Auth.from_bx24(auth)

        return self._page.ask("refreshAuth", read=read, timeout=timeout, default=INIT_TIMEOUT)

    def get_lang(self) -> str:
        """Give the portal's language, such as `en`; empty before the initialisation.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        return self._sender.bridge.tell("getLang") or ""

    def get_domain(self) -> str:
        """Give the portal's address without the ports 80 and 443, such as `acme.bitrix24.com`.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        return self._sender.bridge.tell("getDomain") or ""

    def is_admin(self) -> bool:
        """Tell whether the current user administers the portal; False before the initialisation.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        return bool(self._sender.bridge.tell("isAdmin"))

    def _options(
        self,
        timeout: float | None,
        retry: bool | None,
        wait_for_operating: bool,
        on_progress: OnProgress | None = None,
    ) -> Options:
        if on_progress is not None and not callable(on_progress):
            raise TypeError(f"on_progress: a function is needed, not {type(on_progress).__name__}")
        return Options(
            check_timeout(timeout, self._timeout),
            None if retry is None else _flag(retry, "retry"),
            _flag(wait_for_operating, "wait_for_operating"),
            on_progress,
        )


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name}: True or False is needed, not {type(value).__name__}")
    return value


def _check_limits(limits: object) -> Limits:
    if not isinstance(limits, Limits):
        raise TypeError(f"limits: bx24py.Limits are needed, not {type(limits).__name__}")
    return limits
