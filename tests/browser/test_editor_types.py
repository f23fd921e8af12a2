"""The types of `js`, `pyodide` and micropip name what is there in the browser, with the parameters that it has."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .conftest import PythonPage

STUBS = Path(__file__).parents[2] / "stubs"

MODULES = sorted(
    path.relative_to(STUBS).as_posix().replace("-stubs", "").removesuffix(".pyi").removesuffix("/__init__")
    for path in STUBS.rglob("*.pyi")
    if not path.is_relative_to(STUBS / "js-stubs")
)

OBJECTS = {"_Console": "console", "_JSON": "JSON"}
"""Objects of the page whose class has no name."""

MISSING_IN_PAGE = """([globals, members]) => {
  const has = (object, name) => object !== undefined && object !== null && name in object;
  const missing = globals.filter((name) => !(name in globalThis));
  for (const [owner, names] of Object.entries(members)) {
    const places = [globalThis[owner], globalThis[owner]?.prototype];
    places.push({ Window: window, Location: location }[owner]);
    if (owner === "HTMLElement") {  // the editor's has what the kinds of elements have
      const kinds = [HTMLInputElement, HTMLSelectElement, HTMLAnchorElement, HTMLOptionElement];
      places.push(...kinds.map((kind) => kind.prototype));
    }
    const lacking = names.filter((name) => !places.some((place) => has(place, name)));
    missing.push(...lacking.map((name) => `${owner}.${name}`));
  }
  return missing;
}"""

MISSING_IN_MODULE = """
    import importlib, inspect
    module = importlib.import_module(name)
    missing = [one for one in names if not hasattr(module, one)]
    for path, parameters in functions.items():
        found = module
        for part in path.split("."):
            found = getattr(found, part, None)
        if found is None:
            missing.append(path)
            continue
        try:
            real = inspect.signature(found).parameters
        except (TypeError, ValueError):  # a property, or written in C
            continue
        free = any(one.kind in (one.VAR_KEYWORD, one.VAR_POSITIONAL) for one in real.values())
        missing += [f"{path}({one})" for one in parameters if one not in real and not free]
    return missing
"""

Defined = ast.FunctionDef | ast.AsyncFunctionDef


def tree(module: str) -> ast.Module:
    package, _, rest = module.partition("/")
    path = STUBS / f"{package}-stubs" / rest
    file = path / "__init__.pyi" if path.is_dir() else path.with_suffix(".pyi")
    return ast.parse(file.read_text(encoding="utf-8"))


def defined(body: list[ast.stmt]) -> dict[str, ast.stmt]:
    """Give the public names that statements define."""
    found: dict[str, ast.stmt] = {one.name: one for one in body if isinstance(one, Defined | ast.ClassDef)}
    found |= {one.target.id: one for one in body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)}
    return {name: one for name, one in found.items() if not name.startswith("_")}


def test_what_the_types_of_js_name_is_in_the_page(app: PythonPage) -> None:
    module = tree("js")
    classes = {one.name: one for one in module.body if isinstance(one, ast.ClassDef)}

    def members(name: str) -> list[str]:
        above = [base.id for base in classes[name].bases if isinstance(base, ast.Name) and base.id.startswith("_")]
        own = [one.rstrip("_") for one in defined(classes[name].body) if one != "new"]
        return own + [one for base in above for one in members(base)]

    owners = {OBJECTS.get(name, name): members(name) for name in classes if name in OBJECTS or name[0] != "_"}
    assert len(owners) > 40
    missing = app.frame.evaluate(MISSING_IN_PAGE, [list(defined(module.body)), owners])
    assert missing == [], missing


@pytest.mark.parametrize("name", MODULES)
def test_what_the_types_of_a_module_name_is_in_it(name: str, app: PythonPage) -> None:
    body = tree(name).body
    functions: dict[str, list[str]] = {}

    def add(path: str, one: Defined) -> None:
        parameters = [each.arg for each in (*one.args.posonlyargs, *one.args.args, *one.args.kwonlyargs)]
        functions[path] = [] if one.args.posonlyargs else [each for each in parameters if each not in ("self", "cls")]

    for one in body:
        if isinstance(one, Defined) and not one.name.startswith("_"):
            add(one.name, one)
        if isinstance(one, ast.ClassDef) and not one.name.startswith("_"):
            for each in one.body:
                if isinstance(each, Defined) and not each.name.startswith("__"):
                    add(f"{one.name}.{each.name}", each)
    module, names = name.replace("/", "."), list(defined(body))
    if module == "micropip":
        app.python("import pyodide_js; await pyodide_js.loadPackage('micropip')")
    assert app.python(MISSING_IN_MODULE, name=module, names=names, functions=functions) == []
