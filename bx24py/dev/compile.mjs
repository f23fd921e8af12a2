// @ts-check
/**
 * Compiles the package with the Pyodide that will run it: its Python is newer than the developer's may be.
 *
 *     node compile.mjs DISTRIBUTION <modules.json >archive.base64
 *
 * In: a JSON object of the modules' names and sources. Out: base64 of a bz2 of a marshalled dict of their code, without
 * what nothing needs at run time: docstrings, assertions, annotations of functions, overloads, and lines inside functions.
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
        if not node.decorator_list and any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases):
            node.body = [ast.Pass()]
        return node

    def visit_AnnAssign(self, node):
        if "ClassVar" not in ast.unparse(node.annotation):
            node.annotation = ast.Constant(0)  # a dataclass wants one, whatever it is
        return node

    def visit_If(self, node):
        self.generic_visit(node)
        return None if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" else node

def smaller(code):
    """Give code whose every instruction is on its first line, and whose variables have no names of their own."""
    units, table = len(code.co_code) // 2, b""
    while units:
        length = min(units, 8)
        table += bytes((0x80 | 13 << 3 | length - 1, 0))  # no columns, no change of the line
        units -= length
    names = list(code.co_varnames)
    arguments = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    for index in range(arguments, len(names)):
        if names[index] not in code.co_cellvars:
            names[index] = f"_{index}"
    constants = (smaller(one) if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.replace(co_linetable=table, co_varnames=tuple(names), co_consts=tuple(constants))

def compiled(name, source):
    tree = ast.fix_missing_locations(Strip().visit(ast.parse(source)))
    return smaller(compile(tree, name, "exec", dont_inherit=True, optimize=2))

code = {name: compiled(name, source) for name, source in json.loads(modules).items()}
base64.b64encode(bz2.compress(marshal.dumps(code))).decode()
`),
);
