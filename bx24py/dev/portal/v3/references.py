"""References in a batch of REST 3.0: `{"$ref": "name.field"}` and `{"$refArray": "name.field"}`."""

from __future__ import annotations

from typing import Any

from bx24py.dev.portal.v3.faults import V3Fault


class Results:
    """What the commands of a batch have returned so far: `item` or `items`, by name and by place in the batch."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}

    def add(self, name: str, index: int, result: Any) -> None:
        """Add a command's result; only an object or a list of objects can be referred to."""
        if not isinstance(result, dict):
            return
        found = result.get("item", result.get("items"))
        if isinstance(found, dict | list):
            self._found[str(index)] = found
            if name:
                self._found[name] = found

    def resolve(self, value: Any) -> Any:
        """Replace the references in a command's parameters.

        Raises:
            V3Fault: a reference leads nowhere.
        """
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((marker, path),) = value.items()
            if marker == "$ref":
                return self._ref(path)
            if marker == "$refArray":
                return self._ref_array(path)
        return {key: self.resolve(item) for key, item in value.items()}

    def _ref(self, path: Any) -> Any:
        found: Any = self._found
        for key in _keys(path):
            if not isinstance(found, dict) or key not in found:
                raise _unresolved(path)
            found = found[key]
        return found

    def _ref_array(self, path: Any) -> list[Any]:
        name, *inner = _keys(path)
        items = self._found.get(name)
        if not inner or not isinstance(items, list):
            raise _unresolved(path)
        values = []
        for item in items:
            value: Any = item
            for key in inner:
                if not isinstance(value, dict) or key not in value:
                    raise _unresolved(path)
                value = value[key]
            values.append(value)
        return values


def _keys(path: Any) -> list[str]:
    """Return the parts of a path; `item` and `items` after the name may be left out."""
    if not isinstance(path, str) or not path:
        raise _unresolved(path)
    name, *inner = path.split(".")
    return [name, *(inner[1:] if inner[:1] in (["item"], ["items"]) else inner)]


def _unresolved(path: Any) -> V3Fault:
    return V3Fault("INVALIDSELECTEXCEPTION", f"Unable to recognize select expression `{path}`")
