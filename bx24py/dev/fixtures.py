"""A Python file that scripts the local portal: own methods, canned answers, faults.

```python
def script(portal):
    portal.state.admin = False
    portal.rest.route("crm.deal.list").fail("QUERY_LIMIT_EXCEEDED").times(3)

    @portal.rest.method("my.method")
    def my_method(params, call):
        return {"you": params}
```
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bx24py.dev.problem import Problem

if TYPE_CHECKING:
    from bx24py.dev.portal.portal import Portal


class Fixtures:
    """The script of a portal, reloaded from its file on demand.

    Args:
        file: the file; it has a function `script(portal)`.
        portal: the portal to script.
        then: called after the script.
    """

    def __init__(self, file: Path, portal: Portal, *, then: Callable[[], object] = lambda: None) -> None:
        self.file = file
        self._portal = portal
        self._then = then
        self._state = self._stamp()
        self._last_good: Callable[[Portal], Any] | None = None

    def changed(self) -> bool:
        """Return whether the file is another than the last time."""
        before, self._state = self._state, self._stamp()
        return before != self._state

    def _stamp(self) -> tuple[int, int] | None:
        try:
            stat = self.file.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size

    def apply(self) -> None:
        """Script the portal again. If the file has an error, the last good script stays in force.

        Raises:
            Problem: the file cannot be read, or has an error; the message names the line.
        """
        script = self._read()
        try:
            self._run(script)
        except Exception as error:
            if self._last_good is not None:
                self._run(self._last_good)
            raise self._problem(error) from None
        self._last_good = script

    def _run(self, script: Callable[[Portal], Any]) -> None:
        self._portal.reset()
        script(self._portal)
        self._then()

    def _read(self) -> Callable[[Portal], Any]:
        names: dict[str, Any] = {"__name__": self.file.stem, "__file__": str(self.file)}
        try:
            exec(compile(self.file.read_bytes(), str(self.file), "exec"), names)  # noqa: S102  the author's own file
        except OSError as error:
            raise Problem(f"the fixtures cannot be read: {self.file}: {error.strerror}") from None
        except Exception as error:
            raise self._problem(error) from None
        script = names.get("script")
        if not callable(script):
            raise Problem(f"{self.file} has no function `script(portal)`")
        found: Callable[[Portal], Any] = script
        return found

    def _problem(self, error: Exception) -> Problem:
        lines = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(self.file)
        ]
        line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
        words = error.msg if isinstance(error, SyntaxError) else str(error)
        return Problem(f"{self.file}:{line}: {type(error).__name__}: {words}")
