// @ts-check
/**
 * A worker that reads the snapshot of an earlier visit, and makes that for the next: it starts Python, imports the
 * package and what most applications use, and keeps the interpreter's memory. The loader has it made in idle time.
 *
 * It never sees the application, nor a token: it knows no more than the public files it is made of.
 */

/** Modules of the standard library that are there at once after a start from the snapshot. */
const MODULES = [
  "asyncio", "base64", "calendar", "collections", "contextlib", "csv", "dataclasses", "datetime", "decimal", "enum",
  "functools", "html", "io", "itertools", "json", "logging", "math", "operator", "pathlib", "random", "re",
  "statistics", "string", "textwrap", "time", "traceback", "typing", "urllib.parse", "uuid",
];

/**
 * @typedef {object} Order
 * @property {string} indexURL the Pyodide distribution
 * @property {ArrayBuffer} archive of the package
 * @property {string} importer Python that lets the package be imported from it
 * @property {string} madeOf SHA-256 of the archive
 * @property {string} address under which the snapshot is kept
 */

self.onmessage = async ({ data }) => {
  try {
    if (data.read) {
      const found = await read(data.read);
      self.postMessage(found, { transfer: [found.content] });
    } else {
      await keep(data.make.address, await make(data.make));
      self.postMessage({});
    }
  } catch (error) {
    self.postMessage({ failed: String(error) });
  }
};

/** @param {string} address of a kept snapshot, or of a packed one @returns what `make` has put together, and when */
async function read(address) {
  const found = (await (await self.caches?.open("bx24py").catch(() => null))?.match(address)) ?? (await fetch(address));
  if (!found.ok || !found.body) throw new Error(`HTTP ${found.status}`);
  const content = await new Response(found.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const made = found.headers.get("bx24py-made") ?? Date.parse(found.headers.get("last-modified") ?? ""); // of a packed one
  return { content, made: Number(made) };
}

/** @param {Order} order @returns {Promise<Blob>} SHA-256 of the archive and the memory, compressed */
async function make({ indexURL, archive, importer, madeOf }) {
  const { loadPyodide } = await import(`${indexURL}pyodide.mjs`);
  const pyodide = await loadPyodide({ indexURL, _makeSnapshot: true });
  pyodide.globals.set("_archive", archive);
  pyodide.runPython(importer);
  pyodide.runPython(`import ${MODULES.join(", ")}, bx24py\ndel ${MODULES.map((name) => name.split(".")[0]).join(", ")}, bx24py`);
  pyodide.runPython("import gc; gc.collect(); del gc");
  const memory = pyodide.makeMemorySnapshot();
  const compressed = new Blob([madeOf, memory]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(compressed).blob();
}

/** @param {string} address @param {Blob} snapshot */
async function keep(address, snapshot) {
  const cache = await caches.open("bx24py");
  const folder = new URL(".", address).href; // other applications of the same host keep theirs
  for (const former of await cache.keys()) {
    if (former.url !== address && new URL(".", former.url).href === folder) await cache.delete(former);
  }
  await cache.put(address, new Response(snapshot, { headers: { "bx24py-made": String(Date.now()) } }));
}
