"""What the application's Python imports, calls and does."""

from __future__ import annotations

import ast
import sys
import warnings
from dataclasses import dataclass, field

from bx24py.dev import pinned
from bx24py.dev.check.finding import Called, Finding, Inline, Kind, MethodUse, Reference
from bx24py.dev.check.pages import LOADS, markup
from bx24py.dev.check.scripts import IS_METHOD, set_attribute

_VERBS = frozenset(("call_method", "call_list", "fetch_list"))
_FETCHES = frozenset(("js.fetch", "js.window.fetch", "pyodide.http.pyfetch", "pyodide.http.open_url"))
_FALLING_BACK = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException"))


@dataclass(frozen=True)
class Import:
    """An import.

    Attributes:
        line: its line.
        name: the module, absolute.
        relative: whether it was written with dots.
        names: what is imported from it; these may be modules too.
    """

    line: int
    name: str
    relative: bool
    names: tuple[str, ...] = ()

    @property
    def possible(self) -> list[str]:
        """The modules that it may load: packages first, then what may be a module of a package."""
        words = self.name.split(".")
        loaded = [".".join(words[: length + 1]) for length in range(len(words))]
        return loaded + [f"{self.name}.{name}" for name in self.names]


@dataclass
class Module:
    """What a module imports, calls and does.

    Attributes:
        file: its file.
        name: its name, with dots.
        imports: what it imports, other than what it can do without.
        uses: the functions and classes of other modules that it uses, with their lines.
        references: the addresses that it asks for.
        inlines: code and styles that it writes into the page, and code of JavaScript that it runs.
        methods: names of REST methods, events and places.
        opened: the names of files that it opens, with their lines.
        installed: what it installs with micropip; None in it stands for what is not known.
    """

    file: str
    name: str
    imports: list[Import] = field(default_factory=list)
    uses: list[tuple[str, int]] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    inlines: list[Inline] = field(default_factory=list)
    methods: list[MethodUse] = field(default_factory=list)
    opened: list[tuple[str, int]] = field(default_factory=list)
    installed: list[str | None] = field(default_factory=list)


def read(file: str, source: bytes, page: str, names: frozenset[str], *, started: bool) -> Module | Finding:
    """Return what a module does, or why it cannot be read.

    Args:
        file: its file.
        source: its content.
        page: the page that it runs in.
        names: the documented methods.
        started: whether the loader runs it, with top-level await; else it is imported.
    """
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if started else 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = compile(source, file, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
            compile(source, file, "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        return _unreadable(file, error.lineno or 1, error.msg)
    except ValueError as error:  # null bytes
        return _unreadable(file, 1, str(error))
    reader = _Reader(Module(file, name_of(file)), page, names, is_package=file.endswith("/__init__.py"))
    reader.visit(tree)
    return reader.module


def name_of(file: str) -> str:
    """Return the name of the module in a file."""
    return file.rpartition(".zip/")[2].removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _unreadable(file: str, line: int, why: str) -> Finding:
    if sys.version_info < tuple(map(int, pinned.PYTHON.split("."))) and "outside function" not in why:
        own = ".".join(map(str, sys.version_info[:2]))
        why += f", says Python {own}: if it is right in Python {pinned.PYTHON}, check it with that version"
    return Finding(file, line, "error", f"it cannot be compiled: {why}")


class _Reader(ast.NodeVisitor):
    def __init__(self, module: Module, page: str, names: frozenset[str], *, is_package: bool) -> None:
        self.module = module
        self._page = page
        self._names = names
        self._package = module.name if is_package else module.name.rpartition(".")[0]
        self._known: dict[str, str] = {}
        """What the imported names are."""
        self._read: set[ast.expr] = set()
        """Names of methods that have been noted already."""

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.module.imports.append(Import(node.lineno, alias.name, relative=False))
            self._known[alias.asname or alias.name.partition(".")[0]] = (
                alias.name if alias.asname else alias.name.partition(".")[0]
            )

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        parents = self._package.split(".") if self._package else []
        base = parents[: len(parents) - node.level + 1] if node.level else []
        name = ".".join([*base, *([node.module] if node.module else [])])
        names = tuple(alias.name for alias in node.names)
        self.module.imports.append(Import(node.lineno, name, bool(node.level), names))
        for alias in node.names:
            self._known[alias.asname or alias.name] = f"{name}.{alias.name}"

    def visit_Try(self, node: ast.Try) -> None:
        kept = list(self.module.imports)
        for one in node.body:
            self.visit(one)
        if any(_catches_import_errors(handler) for handler in node.handlers):
            self.module.imports = kept
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)

    def visit_If(self, node: ast.If) -> None:
        runs, runs_not = node.body, node.orelse
        test = ast.unparse(node.test).replace('"', "'")
        if test in ("TYPE_CHECKING", "typing.TYPE_CHECKING", "sys.platform != 'emscripten'"):
            runs = []
        elif test in ("sys.platform == 'emscripten'", "not TYPE_CHECKING", "not typing.TYPE_CHECKING"):
            runs_not = []
        for part in (node.test, *runs, *runs_not):
            self.visit(part)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._note_use(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load) or not self._note_use(node):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        verb, what = _last_name(node.func), self._resolved(node.func)
        first = node.args[0] if node.args else None
        if verb in _VERBS and first is not None:
            self._note_method(first, "v3" if ".v3" in f".{ast.unparse(node.func)}" else "classic")
        elif verb == "call" and first is not None:  # of a batch, but other objects have one too
            self._note_method(first, "")
        elif verb == "call_batch" and first is not None:
            self._note_commands(first, "v3" if ".v3" in f".{ast.unparse(node.func)}" else "classic")
        elif verb in ("call_bind", "bind_placement") and first is not None and isinstance(first, ast.Constant):
            self._note(first, str(first.value), "event" if verb == "call_bind" else "place")
            self._note(first, "event.bind" if verb == "call_bind" else "placement.bind", "method")
        elif verb == "fields" and (entity := _text(first)) and isinstance(node.func, ast.Attribute):
            self._note(node, f"{entity[0]}.fields", "method", whole=entity[1])
        elif what in _FETCHES and (address := _text(first)):
            found = Reference(self.module.file, node.lineno, address[0], "connect-src", self._page, address[1])
            self.module.references.append(found)
        elif verb == "setAttribute" and (name := _text(first)):
            if inline := set_attribute(self.module.file, node.lineno, name[0]):
                self.module.inlines.append(inline)
        elif verb == "insertAdjacentHTML" and len(node.args) > 1 and (text := _text(node.args[1])):
            self.module.inlines += markup(self.module.file, text[0], node.args[1].lineno)
        elif verb in ("open", "Path") and isinstance(node.func, ast.Name) and (name := _text(first)) and name[1]:
            self.module.opened.append((name[0], node.lineno))
        elif verb in ("install", "loadPackage"):
            self._note_installed(first, what)
        elif what == "importlib.import_module" and (name := _text(first)) and name[1]:
            self.module.imports.append(Import(node.lineno, name[0], relative=False))
        elif what == "bx24py.page.element" and (tag := _text(first)):
            self._note_element(tag[0], node.keywords)
        self._note_code(node, what)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if isinstance(target, ast.Attribute) and target.attr in ("innerHTML", "outerHTML"):
                for part in ast.walk(node.value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        self.module.inlines += markup(self.module.file, part.value, part.lineno)
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            place = isinstance(key, ast.Constant) and str(key.value).upper() == "PLACEMENT"
            if place and isinstance(value, ast.Constant) and isinstance(value.value, str):
                self._note(value, value.value, "place")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        looks_like_one = isinstance(node.value, str) and node.value.lower() in self._names
        if node not in self._read and looks_like_one and IS_METHOD.fullmatch(str(node.value)):
            self._note(node, str(node.value), "method")

    def visit_Expr(self, node: ast.Expr) -> None:
        if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):  # a docstring
            self.generic_visit(node)

    def _note(self, node: ast.expr, name: str, kind: Kind, called: Called = "", *, whole: bool = True) -> None:
        self._read.add(node)
        use = MethodUse(self.module.file, node.lineno, name, kind, whole, called)
        self.module.methods.append(use)

    def _note_method(self, node: ast.expr, called: Called) -> None:
        if isinstance(node, ast.IfExp):
            self._note_method(node.body, called)
            self._note_method(node.orelse, called)
        elif (text := _text(node)) and "." in text[0]:
            self._note(node, text[0], "method", called, whole=text[1])

    def _note_commands(self, node: ast.expr, called: Called) -> None:
        """Note the methods of a batch, given as a mapping or a list of commands."""
        if isinstance(node, ast.DictComp):
            commands: list[ast.expr | None] = [node.value]
        elif isinstance(node, ast.ListComp | ast.GeneratorExp):
            commands = [node.elt]
        elif isinstance(node, ast.Dict):
            commands = list(node.values)
        else:
            commands = list(node.elts) if isinstance(node, ast.List | ast.Tuple) else []
        for command in commands:
            if isinstance(command, ast.List | ast.Tuple) and command.elts:
                self._note_method(command.elts[0], called)
            elif isinstance(command, ast.Dict):
                for key, value in zip(command.keys, command.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "method":
                        self._note_method(value, called)
            elif isinstance(command, ast.expr):
                self._note_method(command, called)

    def _note_element(self, tag: str, attributes: list[ast.keyword]) -> None:
        """Note what an element that `bx24py.page` makes loads and does."""
        file = self.module.file
        for one in attributes:
            name, value = (one.arg or "").rstrip("_").replace("_", "-"), _text(one.value)
            if inline := set_attribute(file, one.value.lineno, name):
                self.module.inlines.append(inline)
            if value and (directive := LOADS.get((tag, name))):
                self.module.references.append(
                    Reference(file, one.value.lineno, value[0], directive, self._page, value[1])
                )

    def _note_code(self, node: ast.Call, what: str) -> None:
        runs = what in ("js.eval", "js.Function", "js.Function.new", "pyodide.code.run_js", "js.window.eval")
        if what in ("js.setTimeout", "js.setInterval") and node.args and _text(node.args[0]):
            runs = True
        if runs:
            text, advice = f"{what} runs text as JavaScript", "call the functions of js, or a .js file of the page"
            self.module.inlines.append(
                Inline(self.module.file, node.lineno, "script-src", "'unsafe-eval'", text, advice)
            )

    def _note_installed(self, node: ast.expr | None, what: str) -> None:
        for part in node.elts if isinstance(node, ast.List | ast.Tuple) else [node]:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                self.module.installed.append(part.value)
            elif what in ("micropip.install", "pyodide_js.loadPackage"):
                self.module.installed.append(None)

    def _note_use(self, node: ast.expr) -> bool:
        """Note what of another module is used; return whether it is of one."""
        name = self._resolved(node)
        if name:
            self.module.uses.append((name, node.lineno))
        return bool(name)

    def _resolved(self, node: ast.expr) -> str:
        """Return the full name of what is meant, if it comes from another module; else "" or a built-in's name."""
        if isinstance(node, ast.Attribute):
            base = self._resolved(node.value)
            return f"{base}.{node.attr}" if base else ""
        if not isinstance(node, ast.Name):
            return ""
        return self._known.get(node.id, "builtins.input" if node.id == "input" else "")


def _catches_import_errors(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(_last_name(one) in _FALLING_BACK for one in types)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr | None) -> tuple[str, bool] | None:
    """Return the text that an expression begins with, and whether that is all of it; None if it is not known."""
    if isinstance(node, ast.Constant):
        return (node.value, True) if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr) and node.values:
        first = _text(node.values[0])
        return first and (first[0], len(node.values) == 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        first = _text(node.left)
        return first and (first[0], False)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and (first := _text(node.left)):
        return first[0].partition("%")[0], False
    return None
