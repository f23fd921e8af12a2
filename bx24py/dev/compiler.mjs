/**
 * Runs compiler.py in Pyodide, if Python 3.14 is not installed.
 *
 *     node compiler.mjs DISTRIBUTION <job.json >compiled.json
 */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const distribution = resolve(process.argv[2]);
const { loadPyodide } = await import(pathToFileURL(`${distribution}/pyodide.mjs`).href);
const pyodide = await loadPyodide({ indexURL: distribution, env: { PYTHONNODEBUGRANGES: "1" } });
const names = pyodide.toPy({ __name__: "compiler" });
pyodide.runPython(await readFile(new URL("compiler.py", import.meta.url), "utf8"), { globals: names });
process.stdout.write(names.get("compile_all")(await text(process.stdin)));
