"""Running Python code that is given as text, and JavaScript code."""

from collections.abc import Callable
from types import CodeType
from typing import Any, Literal, TypeAlias, TypeVar

_T = TypeVar("_T")
_ReturnMode: TypeAlias = Literal["last_expr", "last_expr_or_assign", "none"]

class CodeRunner:
    """Code in steps: parsed, compiled, run."""

    ast: Any
    code: CodeType | None
    def __init__(
        self,
        source: str,
        *,
        return_mode: _ReturnMode = "last_expr",
        mode: str = "exec",
        quiet_trailing_semicolon: bool = True,
        filename: str = "<exec>",
        flags: int = 0,
        dont_inherit: bool = False,
        optimize: int = -1,
        dedent: bool = True,
    ) -> None: ...
    def compile(self) -> CodeRunner: ...
    def run(self, globals: dict[str, Any] | None = None, locals: dict[str, Any] | None = None) -> Any: ...
    async def run_async(self, globals: dict[str, Any] | None = None, locals: dict[str, Any] | None = None) -> Any: ...

def eval_code(
    source: str,
    globals: dict[str, Any] | None = None,
    locals: dict[str, Any] | None = None,
    *,
    return_mode: _ReturnMode = "last_expr",
    quiet_trailing_semicolon: bool = True,
    filename: str = "<exec>",
    flags: int = 0,
    dont_inherit: bool = False,
    optimize: int = -1,
    dedent: bool = True,
) -> Any: ...
async def eval_code_async(
    source: str,
    globals: dict[str, Any] | None = None,
    locals: dict[str, Any] | None = None,
    *,
    return_mode: _ReturnMode = "last_expr",
    quiet_trailing_semicolon: bool = True,
    filename: str = "<exec>",
    flags: int = 0,
    dont_inherit: bool = False,
    optimize: int = -1,
    dedent: bool = True,
) -> Any: ...
def find_imports(source: str) -> list[str]: ...
def should_quiet(source: str, /) -> bool: ...
def run_js(code: str, /) -> Any: ...
def relaxed_wrap(func: Callable[..., _T]) -> Callable[..., _T]: ...
def relaxed_call(func: Callable[..., _T], *args: Any, **kwargs: Any) -> _T: ...
