"""What the package returns to be awaited: futures that `create_task` accepts as well.

`create_task` accepts only coroutines, `asyncio.wait` accepts none, and both use the same check. A started call is a
future, as `wait` needs. So `create_task` of the event loop, which every other one calls, is wrapped to accept it.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import weakref
from collections.abc import Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:

    class Pending(asyncio.Future[T], Coroutine[Any, Any, T]):
        """Something started that can be awaited: a future that `asyncio.create_task` accepts as well."""

        def send(self, value: Any, /) -> Any: ...  # noqa: D102  for type checkers only, like all of this class
        def throw(self, *error: Any) -> Any: ...  # noqa: D102
        def close(self) -> None: ...  # noqa: D102

else:

    class Pending(Generic[T]):
        """Something started that can be awaited: a future that `asyncio.create_task` accepts as well."""

        def close(self) -> None:
            """Cancel it; a TaskGroup that has ended does so with what it is given."""
            if not self.cancel() and not self.cancelled():
                self.exception()  # nobody else will retrieve it, and asyncio would log that

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(f"{name}: this was started but not awaited. Await it first: (await ...).{name}")

        def __getitem__(self, key: object) -> Any:
            raise TypeError(f"[{key!r}]: this was started but not awaited. Await it first: (await ...)[{key!r}]")


class PendingFuture(Pending[T], asyncio.Future[T]):
    """A future of the running event loop."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(loop=loop)
        _teach(loop)
        self._context = contextvars.copy_context()
        _note(self)

    def get_context(self) -> contextvars.Context:
        """Return the context in which it was started, as tasks do."""
        return self._context


class PendingTask(Pending[T], asyncio.Task[T]):
    """A task that can be awaited like a call."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], *, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(coroutine, loop=loop)
        _note(self)


_SOON = 0.5
"""Seconds in which who started a task may await it, after it has failed."""

_started: weakref.WeakSet[PendingFuture[Any] | PendingTask[Any]] = weakref.WeakSet()


_watchers: list[Callable[[PendingFuture[Any] | PendingTask[Any]], object]] = []


def watch(function: Callable[[PendingFuture[Any] | PendingTask[Any]], object]) -> None:
    """Have a function called with everything that is started from now on, as it is started."""
    _watchers.append(function)


def _note(pending: PendingFuture[Any] | PendingTask[Any]) -> None:
    _started.add(pending)
    for function in _watchers:
        function(pending)


def started() -> list[PendingFuture[Any] | PendingTask[Any]]:
    """Return everything started that still exists, also what has ended; `asyncio.all_tasks` knows only tasks."""
    return list(_started)


def start_task(coroutine: Coroutine[Any, Any, T]) -> Pending[T]:
    """Start a coroutine."""
    loop = asyncio.get_running_loop()
    _teach(loop)
    task = PendingTask(coroutine, loop=loop)
    task.add_done_callback(_look_after)
    return task


def _look_after(ended: asyncio.Task[Any]) -> None:
    if ended._log_traceback:  # it failed, and nobody has retrieved the error yet
        ended.get_loop().call_later(_SOON, _drop, weakref.ref(ended))


def _drop(task: weakref.ref[asyncio.Task[Any]]) -> None:
    """Collect the garbage if a task's error may be in it, so that it is reported: its traceback may be in a cycle."""
    failed = task()
    if failed is not None and failed._log_traceback:
        del failed
        gc.collect()


def finished(value: T) -> Pending[T]:
    """Return a future that has this result already."""
    future: PendingFuture[T] = PendingFuture()
    future.set_result(value)
    return future


def failed(error: Exception) -> Pending[Any]:
    """Return a future that has failed already."""
    future: PendingFuture[Any] = PendingFuture()
    future.set_exception(error)
    return future


class _Outcome(Coroutine[Any, Any, T]):
    """The wait for a call, as a task's coroutine. A cancelled task cancels its call, even if it never ran."""

    __slots__ = ("_pending", "_steps")

    def __init__(self, pending: Pending[T]) -> None:
        self._pending = pending
        self._steps = pending.__await__()

    def __await__(self) -> Generator[Any, Any, T]:
        return self._steps

    def send(self, value: Any, /) -> Any:
        return self._steps.send(value)

    def throw(self, *error: Any) -> Any:
        self._pending.close()
        return self._steps.throw(*error)

    def close(self) -> None:
        self._pending.close()
        self._steps.close()


def teach_running_loop() -> None:
    """Prepare the running event loop, if any: `loop.create_task` is looked up before its argument is evaluated."""
    with contextlib.suppress(RuntimeError):
        _teach(asyncio.get_running_loop())


def _teach(loop: asyncio.AbstractEventLoop) -> None:
    """Make `loop.create_task` accept a Pending; all else stays the same."""
    create: Callable[..., asyncio.Task[Any]] = loop.create_task
    if hasattr(create, "takes_pending"):
        return

    def create_task(coro: Any, **options: Any) -> asyncio.Task[Any]:
        return create(_Outcome(coro) if isinstance(coro, Pending) else coro, **options)

    create_task.takes_pending = True  # type: ignore[attr-defined]
    with contextlib.suppress(AttributeError):  # a loop not written in Python
        loop.create_task = create_task  # type: ignore[method-assign]
