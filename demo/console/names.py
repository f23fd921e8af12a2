"""What Python knows of names, without running any code of the user: no property and no `__getattr__` is evaluated."""

from __future__ import annotations

import ast
import inspect
import sys
import types
from collections.abc import Iterable
from typing import Any

UNKNOWN = object()
"""Stands for a value that is not known without running code."""


def resolve(expression: str, namespace: dict[str, Any]) -> Any:
    """Return the value of names, attributes and constant subscripts, or UNKNOWN."""
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body, namespace)
    except Exception:  # whatever it is, it is not known
        return UNKNOWN


def _value(node: ast.expr, namespace: dict[str, Any]) -> Any:
    match node:
        case ast.Name(id=name):
            return namespace[name] if name in namespace else vars(sys.modules["builtins"]).get(name, UNKNOWN)
        case ast.Attribute(value=inner, attr=name):
            return attribute(_value(inner, namespace), name)
        case ast.Subscript(value=inner, slice=ast.Constant(value=key)):
            value = _value(inner, namespace)
            return value[key] if type(value) in (dict, list, tuple) else UNKNOWN
        case ast.Constant(value=value):
            return value
    return UNKNOWN


def attribute(value: Any, name: str) -> Any:
    """Return an attribute, or UNKNOWN where code would have to run for it."""
    if value is UNKNOWN:
        return UNKNOWN
    found = inspect.getattr_static(value, name, UNKNOWN)
    if isinstance(found, staticmethod | classmethod):
        return found.__func__
    if isinstance(found, types.MemberDescriptorType):
        return getattr(value, name, UNKNOWN)
    if not inspect.isroutine(found) and not inspect.isclass(found) and hasattr(type(found), "__get__"):
        return found.__get__(value, type(value)) if _is_own(value, name) else UNKNOWN
    return found


def _is_own(value: Any, name: str) -> bool:
    """Whether a class of bx24py, or the console's client, defines it: reading such a property changes nothing."""
    owner = next((one for one in type(value).__mro__ if name in vars(one)), object)
    return owner.__module__.partition(".")[0] in ("bx24py", "client", "client_v3")


def attributes(value: Any) -> dict[str, Any]:
    """Return what is known of the attributes of a value, by name."""
    if value is UNKNOWN:
        return {}
    kind = type(value)
    if kind.__module__ == "pyodide.ffi":  # of JavaScript: its names, no values
        return dict.fromkeys(dir(value))
    found: dict[str, Any] = {}
    for one in reversed(type.mro(kind)):
        found |= vars(one)
    if isinstance(value, type):
        for one in reversed(value.__mro__):
            found |= vars(one)
    elif isinstance(value, types.ModuleType):
        found = dict(vars(value))
    elif isinstance(inspect.getattr_static(value, "__dict__", None), types.GetSetDescriptorType | dict):
        found |= object.__getattribute__(value, "__dict__")
    return found


def kind_of(value: Any) -> str:
    """Return the kind of a value, as the list of completions shows it."""
    if isinstance(value, types.ModuleType):
        return "namespace"
    if isinstance(value, type):
        return "class"
    return "function" if inspect.isroutine(value) else "variable"


def parameters(value: Any) -> dict[str, inspect.Parameter]:
    """Return what a function or class takes by name."""
    if not (inspect.isroutine(value) or isinstance(value, type)):
        return {}
    try:
        found = inspect.signature(value).parameters
    except (TypeError, ValueError):
        return {}
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {name: one for name, one in found.items() if one.kind in by_name and name not in ("self", "cls")}


def documentation(name: str, value: Any) -> tuple[str, str]:
    """Return the head (its signature, or its type) and the docstring of a value."""
    own = inspect.isroutine(value) or isinstance(value, type | types.ModuleType)
    kind = type(value)
    if not own:
        return f"{name}: {kind.__name__}", inspect.cleandoc(vars(kind).get("__doc__") or "")
    try:
        head = f"{name}{inspect.signature(value)}" if callable(value) else f"module {value.__name__}"
    except (TypeError, ValueError):
        head = name
    return head, inspect.cleandoc(value.__doc__ or "") if isinstance(value.__doc__, str) else ""


def modules(parent: str = "") -> Iterable[str]:
    """Return the names of the modules that can be imported, without importing any."""
    import pkgutil  # here, as it would make the start longer

    if not parent:
        known = {name.partition(".")[0] for name in sys.modules} | set(sys.stdlib_module_names)
        return known | {one.name for one in pkgutil.iter_modules()}
    module = sys.modules.get(parent)
    path = list(getattr(module, "__path__", []))
    start = f"{parent}."
    loaded = {name[len(start) :].partition(".")[0] for name in sys.modules if name.startswith(start)}
    return loaded | {one.name for one in pkgutil.iter_modules(path)}
