"""The client of one page: what an application calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar, overload

from . import bridge
from .bridge import OnProgress, Options
from .calls.call import check_function, check_timeout
from .calls.pacing import Limits
from .calls.pending import Pending, teach_running_loop
from .calls.sender import Sender
from .errors import AuthError
from .frame.dialogs import Dialogs
from .frame.dom import Dom
from .frame.install import Install
from .frame.messenger import Messenger
from .frame.options import AppOption, UserOption
from .frame.placement import Placement
from .frame.portal_page import PortalPage
from .frame.window import Window
from .rest.batch import Batch
from .rest.batch_run import BatchRun, OnResult
from .rest.commands import Command, CommandForm, Key, check_macros, commands_of
from .rest.events import Events
from .rest.hooks import Hooks
from .rest.interface import Rest
from .rest.lists import Lists
from .rest.params import Params, check_method, encode
from .rest.result import Result, Time

if TYPE_CHECKING:
    from .frame.auth import Auth
    from .rest.descriptions import Descriptions
    from .rest.fields import Fields
    from .v3.client import V3

K = TypeVar("K", bound=Key)
T = TypeVar("T")

INIT_TIMEOUT = 30.0
"""Seconds to wait for the library's initialisation, and for the answer of the portal's page."""


class BX24(Window, Dialogs, Dom, Install, Events, Lists, Hooks):
    """The portal's BX24 object, for Python: `BX24.fooBar` is `bx24.foo_bar`.

    A function that takes a callback in JavaScript is awaited here. It starts when called, awaited or not. Calls made
    before the library is initialised are queued and sent in order. A call raises errors in its arguments; awaiting it
    raises all others.

    Args:
        bx24: the BX24 object to use, if not the page's own `BX24`.
        timeout: default seconds until a call fails with CallTimeoutError.
        limits: how many requests may be sent; further calls wait.
        max_tries: how often a call is sent at most while its outcome is unknown.
    """

    def __init__(
        self,
        bx24: object = None,
        *,
        timeout: float = 60.0,
        limits: Limits = Limits(),  # noqa: B008  it is immutable
        max_tries: int = 3,
    ) -> None:
        if isinstance(max_tries, bool) or not isinstance(max_tries, int):
            raise TypeError(f"max_tries: must be an int, not {type(max_tries).__name__}")
        if max_tries < 1:
            raise ValueError(f"max_tries: must be 1 or more, not {max_tries}")
        teach_running_loop()
        self._timeout = check_timeout(timeout, timeout)
        self._limits = _check_limits(limits)
        self._sender = Sender(lambda: bridge.connect(bx24), INIT_TIMEOUT, limits)
        self._rest = Rest(self._sender, max_tries)
        self._descriptions: Descriptions | None = None
        self._v3: V3 | None = None
        self._page = PortalPage(self._sender)
        self.user_option = UserOption(self._page)
        self.app_option = AppOption(self._page)
        self.placement = Placement(self._page)
        self.im = Messenger(self._page)

    @property
    def timeout(self) -> float:
        """Default seconds until a call fails with CallTimeoutError; may be set."""
        return self._timeout

    @timeout.setter
    def timeout(self, timeout: float) -> None:
        self._timeout = check_timeout(timeout, self._timeout)

    @property
    def limits(self) -> Limits:
        """How many requests this client may send; may be set, for example to `Limits.ENTERPRISE`."""
        return self._limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._limits = _check_limits(limits)
        self._sender.pacer.change(limits)

    @property
    def operating(self) -> Mapping[str, Time]:
        """The `time` of the last good answer of each method called so far.

        Its `operating` is the working time that the method has used in the last ten minutes, in seconds, and
        `operating_reset_at` when some of it is freed, in seconds since the epoch (contract, section 3).
        """
        times = ((method, Time.from_answer(time)) for method, time in self._rest.history.operating.items())
        return {method: time for method, time in times if time is not None}

    @property
    def v3(self) -> V3:
        """REST 3.0 of the portal, with the same verbs: `await bx24.v3.call_method("tasks.task.get", {"id": 1})`."""
        from .v3.client import V3  # here, because few applications need it

        if self._v3 is None:
            self._v3 = V3(self._rest, self._options)
        return self._v3

    def init(self, *, timeout: float = INIT_TIMEOUT) -> Pending[None]:
        """Wait until the library has the portal's data. Optional: the first call waits too.

        Args:
            timeout: seconds, after which the queued calls fail too.

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
            params: its parameters by name, or a list of positional ones. `start` is the offset of a list, or -1 for a
                page without counting.
            timeout: seconds; None: the client's.
            retry: whether to resend it if its outcome is unknown (5xx, a broken connection). None: only if the method
                just reads. False: never, not even after QUERY_LIMIT_EXCEEDED, which means nothing was executed.
            wait_for_operating: if the method has used up its working time, wait until the portal frees some (if that
                is before the timeout), instead of raising OperationTimeLimitError at once.
            on_progress: called with the bytes of the request sent so far, and their total. A file is sent as base64,
                which is a little over 4/3 of its size. Starts at 0 again for a retry. Not called on a page without
                the loader.

        Raises:
            TypeError: a parameter cannot be sent; the message names its path.
            ValueError: an invalid method name, or a value that cannot be sent.
            BX24Error: when awaited: the call failed; RestError if the portal refused it.
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
        on_result: Callable[[K, Result], object] | None = None,
    ) -> BatchRun[dict[K, Result]]: ...
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
        on_result: Callable[[int, Result], object] | None = None,
    ) -> BatchRun[list[Result]]: ...
    def call_batch(
        self,
        calls: Mapping[K, CommandForm] | Sequence[CommandForm],
        *,
        halt_on_error: bool = False,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = False,
        on_progress: OnProgress | None = None,
        on_result: OnResult | None = None,
    ) -> BatchRun[dict[K, Result]] | BatchRun[list[Result]]:
        """Call several REST methods in one request, 50 at a time.

        A parameter's value may be a macro: `$result[key][field]`, the result of an earlier command among the same 50,
        or `$total[key]`, `$next[key]`, `$error[key]` or `$time[key]`. The portal also replaces text that only looks
        like a macro, even if a user typed it: `batch` rejects such text, and `call_method` sends it unchanged.

        Args:
            calls: the commands by your own keys, or as a list: each `[method, params]` or
                `{"method": method, "params": params}`.
            halt_on_error: stop after the first failed command.
            timeout: seconds for each 50 commands; None: the client's.
            retry: as for `call_method`; None: if all commands only read.
            wait_for_operating: as for `call_method`, if the batch as a whole is refused.
            on_progress: as for `call_method`, for all commands together. The total is an estimate until the last 50 are
                sent. Bytes sent only decrease when a request is repeated.
            on_result: called with each command's key (in a list its index) and Result, in order, as soon as its 50 are
                answered. Exceptions it raises are logged. It may cancel the call.

        Returns:
            The results by the same keys, or as a list. Reading the `data` of a failed command raises its error.
            Before it is awaited, and after `cancel()`, its attribute `results` says how far it has come.

        Raises:
            TypeError: an invalid command, or a parameter that cannot be sent; the message names it.
            ValueError: a str that the portal would take for a macro and that names no earlier command of the same 50.
            BX24Error: when awaited: a batch failed as a whole. Its `results` has those of earlier batches, by
                key, and says which commands are uncertain and which remain.
        """
        options = self._options(timeout, retry, wait_for_operating, on_progress)
        if on_result is not None:
            check_function(on_result, "on_result")
        halt = _flag(halt_on_error, "halt_on_error")
        checked = commands_of(calls)
        check_macros(checked)
        return self._rest.batch(checked, options, named=isinstance(calls, Mapping), halt=halt, on_result=on_result)

    def batch(
        self,
        *,
        halt_on_error: bool = False,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = False,
        on_progress: OnProgress | None = None,
        on_result: Callable[[int, Result], object] | None = None,
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
            halt_on_error: stop after the first failed command.
            timeout: seconds for each 50 commands; None: the client's.
            retry: as for `call_batch`.
            wait_for_operating: as for `call_batch`.
            on_progress: as for `call_batch`.
            on_result: as for `call_batch`, with the number of each command.
        """
        options = self._options(timeout, retry, wait_for_operating, on_progress)
        if on_result is not None:
            check_function(on_result, "on_result")
        halt = _flag(halt_on_error, "halt_on_error")

        def send(commands: list[Command]) -> BatchRun[list[Result]]:
            check_macros(commands)
            return self._rest.batch(commands, options, named=False, halt=halt, on_result=on_result)

        return Batch(send)

    def fields(
        self, entity: str, *, entity_type_id: int | None = None, timeout: float | None = None
    ) -> Pending[Fields]:
        """Ask the portal for the fields of an entity, once per page: callers share one request, and what it brought.

        Args:
            entity: `crm.lead`, `crm.deal`, `crm.contact`, `crm.company`, `crm.quote`, `crm.invoice`, `crm.product`,
                `crm.item`, `tasks.task` (or `tasks`), or `user`.
            entity_type_id: for `crm.item`, and for it alone: 31 for smart invoices, the number of a smart process.
            timeout: seconds, of the request that this call makes; the client's when None.

        Raises:
            TypeError, ValueError: another entity, or an `entity_type_id` that is missing, wrong or out of place.
            BX24Error: when awaited: the portal refused, or the request failed. The next call asks again.
        """
        from .rest.descriptions import Descriptions  # here, because few applications need it, and it is slow to import

        if self._descriptions is None:
            self._descriptions = Descriptions(self._rest)
        return self._descriptions.get(entity, entity_type_id, self._options(timeout, None, False))

    def get_auth(self) -> Auth | None:
        """Return the library's access token; None before the initialisation, or if it has expired.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        from .frame.auth import Auth

        auth = self._sender.bridge.tell("getAuth")
        return Auth.from_bx24(auth) if isinstance(auth, dict) else None

    def refresh_auth(self, *, timeout: float = INIT_TIMEOUT) -> Pending[Auth]:
        """Request a new access token from the portal.

        The portal never answers if it cannot renew the token (contract, section 2), hence the timeout in seconds.

        Raises:
            CallTimeoutError: when awaited: the portal did not answer in time.
            AuthError: when awaited: the portal answered without a token.
        """
        from .frame.auth import Auth

        def read(auth: object) -> Auth:
            if not isinstance(auth, dict) or not auth.get("access_token"):
                raise AuthError("NO_AUTH_FOUND", "the portal gave no new token", 200, "BX24.refreshAuth")
            return Auth.from_bx24(auth)

        return self._page.ask("refreshAuth", read=read, timeout=timeout, default=INIT_TIMEOUT)

    def get_lang(self) -> str:
        """Return the portal's language, such as `en`; empty before the initialisation.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        return self._sender.bridge.tell("getLang") or ""

    def get_domain(self) -> str:
        """Return the portal's domain, such as `acme.bitrix24.com`, with a port other than 80 and 443.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        return self._sender.bridge.tell("getDomain") or ""

    def is_admin(self) -> bool:
        """Return whether the current user is a portal administrator; False before the initialisation.

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
        if on_progress is not None:
            check_function(on_progress, "on_progress")
        return Options(
            check_timeout(timeout, self._timeout),
            None if retry is None else _flag(retry, "retry"),
            _flag(wait_for_operating, "wait_for_operating"),
            on_progress,
        )


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name}: must be a bool, not {type(value).__name__}")
    return value


def _check_limits(limits: object) -> Limits:
    if not isinstance(limits, Limits):
        raise TypeError(f"limits: must be a bx24py.Limits, not {type(limits).__name__}")
    return limits
