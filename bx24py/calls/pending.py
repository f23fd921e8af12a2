"""What the package hands out to be awaited: futures of which asyncio makes tasks as well.

`create_task` takes coroutines only and `asyncio.wait` takes none, and both ask the same function what one is. A call
that has been made is a future, as `wait` wants it. So the event loop, to which every `create_task` leads, learns to
make a task of one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:

    class Pending(asyncio.Future[T], Coroutine[Any, Any, T]):
        """What has been started and can be awaited: a future, of which `asyncio.create_task` makes a task as well."""

        def send(self, value: Any, /) -> Any: ...  # noqa: D102  it is here for type checkers only, as all of it
        def throw(self, *error: Any) -> Any: ...  # noqa: D102
        def close(self) -> None: ...  # noqa: D102

else:

    class Pending(Generic[T]):
        """What has been started and can be awaited: a future, of which `asyncio.create_task` makes a task as well."""

        def close(self) -> None:
            """Give it up; a TaskGroup that is over does so with what it is given."""
            if not self.cancel() and not self.cancelled():
                self.exception()  # nobody else will look at it, and asyncio would complain of that

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(f"{name}: this has been started, but not awaited. Await it first: (await ...).{name}")

        def __getitem__(self, key: object) -> Any:
            raise TypeError(f"[{key!r}]: this has been started, but not awaited. Await it first: (await ...)[{key!r}]")


class PendingFuture(Pending[T], asyncio.Future[T]):
    """A future of the running event loop."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(loop=loop)
        _teach(loop)


class PendingTask(Pending[T], asyncio.Task[T]):
    """A task that can be awaited like a call."""


def start_task(coroutine: Coroutine[Any, Any, T]) -> Pending[T]:
    """Start a coroutine."""
    loop = asyncio.get_running_loop()
    _teach(loop)
    return PendingTask(coroutine, loop=loop)


def finished(value: T) -> Pending[T]:
    """Give what needs no waiting."""
    future: PendingFuture[T] = PendingFuture()
    future.set_result(value)
    return future


def failed(error: Exception) -> Pending[Any]:
    """Give what has failed."""
    future: PendingFuture[Any] = PendingFuture()
    future.set_exception(error)
    return future


class _Outcome(Coroutine[Any, Any, T]):
    """The wait for a call, as the coroutine of a task. A cancelled task gives up its call, also if it never ran."""

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
    """Prepare the running event loop, if there is one: `loop.create_task` is looked up before its call is made."""
    with contextlib.suppress(RuntimeError):
        _teach(asyncio.get_running_loop())


def _teach(loop: asyncio.AbstractEventLoop) -> None:
    """Have `loop.create_task` take what is pending; all else stays as it is."""
    create: Callable[..., asyncio.Task[Any]] = loop.create_task
    if hasattr(create, "takes_pending"):
        return

    def create_task(coro: Any, **options: Any) -> asyncio.Task[Any]:
        return create(_Outcome(coro) if isinstance(coro, Pending) else coro, **options)

    create_task.takes_pending = True  # type: ignore[attr-defined]
    with contextlib.suppress(AttributeError):  # of a loop that is not written in Python
        loop.create_task = create_task  # type: ignore[method-assign]
