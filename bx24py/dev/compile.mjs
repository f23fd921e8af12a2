// @ts-check
/**
 * Compiles the package with the Pyodide that will run it: its Python is newer than the developer's may be.
 *
 *     node compile.mjs DISTRIBUTION <modules.json >archive.base64
 *
 * In: a JSON object of the modules' names and sources. Out: base64 of their code, from which the loader's IMPORTER makes
 * it again, without what nothing needs at run time: docstrings, assertions, annotations, overloads, and lines inside
 * functions. Like is put beside like, all names and all constants and so on, because that compresses better.
 */

import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const modules = text(process.stdin);
const distribution = resolve(process.argv[2]);
const { loadPyodide } = await import(pathToFileURL(`${distribution}/pyodide.mjs`).href);
const pyodide = await loadPyodide({ indexURL: distribution });
pyodide.globals.set("modules", await modules);
console.log(
  pyodide.runPython(`
import ast, base64, bz2, json, marshal
from types import CodeType

class Strip(ast.NodeTransformer):
    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        if any(isinstance(by, ast.Name) and by.id == "overload" for by in node.decorator_list):
            return None
        node.returns = None
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_ClassDef(self, node):
        self.generic_visit(node)
        bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
        if not node.decorator_list and "Protocol" in bases:
            node.body = [ast.Pass()]
        return node

    def visit_AnnAssign(self, node):
        if "ClassVar" not in ast.unparse(node.annotation):
            node.annotation = ast.Constant(0)  # a dataclass wants one, whatever it is
        return node

    def visit_If(self, node):
        self.generic_visit(node)
        return node.orelse if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" else node

def smaller(code):
    """Give code whose variables have no names of their own; those of arguments and of closures stay."""
    names = list(code.co_varnames)
    arguments = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    for index in range(arguments, len(names)):
        if names[index] not in code.co_cellvars:
            names[index] = "_"
    constants = (smaller(one) if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.replace(co_varnames=tuple(names), co_consts=tuple(constants))

def compiled(name, source):
    tree = ast.fix_missing_locations(Strip().visit(ast.parse(source)))
    return smaller(compile(tree, name, "exec", dont_inherit=True, optimize=2))

FIELDS = "argcount", "posonlyargcount", "kwonlyargcount", "stacksize", "flags", "firstlineno", "exceptiontable", "qualname"
NAMES = "names", "varnames", "freevars", "cellvars"
columns = {field: [] for field in (*FIELDS, *NAMES)}
constants, codes = [], []

def add(code):
    """Put the parts of a code into the columns, after those of the code inside it, and give its place."""
    inside = tuple([add(one)] if isinstance(one, CodeType) else one for one in code.co_consts)
    for field in FIELDS:
        columns[field].append(getattr(code, f"co_{field}"))
    for field in NAMES:
        columns[field].append(" ".join(getattr(code, f"co_{field}")))
    constants.append(inside)
    codes.append(code.co_code)
    return len(codes) - 1

places = {name: add(compiled(name, source)) for name, source in json.loads(modules).items()}
texts = ["\\n".join(columns.pop(field)) for field in ("qualname", *NAMES)]
parts = places, [len(code) for code in codes], constants, list(columns.values()), texts
base64.b64encode(bz2.compress(marshal.dumps(parts, 2)) + bz2.compress(b"".join(codes))).decode()
`),
);
