/**
 * A worker that reads the snapshot from an earlier visit, and makes one for the next: it starts Python, imports the
 * package and what most applications use, and saves the interpreter's memory. The loader starts it in idle time.
 *
 * It never sees the application or a token: a snapshot is made of public files only.
 */

/** Modules of the standard library that are already imported in a snapshot. */
const MODULES = [
  "asyncio",
  "base64",
  "calendar",
  "collections",
  "contextlib",
  "csv",
  "dataclasses",
  "datetime",
  "decimal",
  "enum",
  "functools",
  "html",
  "io",
  "itertools",
  "json",
  "logging",
  "math",
  "operator",
  "pathlib",
  "random",
  "re",
  "statistics",
  "string",
  "textwrap",
  "time",
  "traceback",
  "typing",
  "urllib.parse",
  "uuid",
];

/** The size of a page of memory, in bytes; pages that are all zero are left out. */
const PAGE = 4096;

/** Offsets of the parts of a snapshot, in bytes; see `pack`. */
const MADE_OF_AT = 32;
const SIZE_AT = MADE_OF_AT + 64;
const STARTS_AT = SIZE_AT + 8;

/** The age at which a snapshot of another folder is deleted, in milliseconds. */
const FORSAKEN = 30 * 24 * 60 * 60 * 1000;

/**
 * @typedef {object} Order
 * @property {string} indexURL the Pyodide distribution
 * @property {ArrayBuffer} archive of the package
 * @property {string} packageFile path of the archive in Pyodide's file system
 * @property {string} madeOf SHA-256 of the archive
 * @property {string} address under which the snapshot is kept
 */

self.onmessage = async ({ data }) => {
  try {
    if (data.read) {
      const found = await read(data.read);
      self.postMessage(found, { transfer: [found.memory.buffer] });
    } else {
      const { digest, snapshot } = await make(data.make);
      self.postMessage({ digest, made: await keep(data.make.address, snapshot) });
    }
  } catch (error) {
    self.postMessage({ failed: String(error) });
  }
};

/**
 * Read a snapshot. Any application of the same origin can write to the cache, so the page checks the digest before it
 * uses the snapshot.
 *
 * @param {{ cached?: string, packed?: string }} where the address of a kept snapshot, or of a packed one, which is compressed
 * @returns the memory, its `madeOf`, the digest, and for a packed snapshot when it was made
 */
async function read({ cached, packed }) {
  const found = cached ? await (await caches.open("bx24py")).match(cached) : await fetch(packed ?? "");
  if (!found?.ok || !found.body) throw new Error(`HTTP ${found?.status}`);
  const plain = cached ? found : new Response(found.body.pipeThrough(new DecompressionStream("gzip")));
  const made = cached ? 0 : Date.parse(found.headers.get("last-modified") ?? "");
  return { ...(await unpack(await plain.arrayBuffer())), made };
}

/** Find Pyodide as the page does: from another host it is checked. @param {string} indexURL @returns {Promise<any>} */
async function findPyodide(indexURL) {
  if (new URL(indexURL).origin === self.location.origin) return import(`${indexURL}pyodide.mjs`);
  return (await import("./bx24py-pyodide.js")).findPyodide(indexURL);
}

/** @param {Order} order */
async function make({ indexURL, archive, packageFile, madeOf }) {
  const pyodide = await (await findPyodide(indexURL)).loadPyodide({ indexURL, _makeSnapshot: true });
  pyodide.FS.writeFile(packageFile, new Uint8Array(archive)); // it is not part of the snapshot; a page that restores it writes the file again
  pyodide.runPython(`__import__("sys").path.append("${packageFile}")`);
  pyodide.runPython(
    `import ${MODULES.join(", ")}, bx24py\ndel ${MODULES.map((name) => name.split(".")[0]).join(", ")}, bx24py`,
  );
  pyodide.runPython("import gc; gc.collect(); del gc");
  return pack(madeOf, pyodide.makeMemorySnapshot());
}

/**
 * Make a snapshot of the memory without the pages that are all zero. These are half of it, so reading the rest takes less
 * time than decompressing would. In front of the pages are the SHA-256 of all that follows, `madeOf`, the size of the
 * memory, the number of pages and their offsets in it.
 *
 * @param {string} madeOf
 * @param {Uint8Array<ArrayBuffer>} memory
 */
async function pack(madeOf, memory) {
  const used = [];
  const starts = [];
  for (let start = 0; start < memory.length; start += PAGE) {
    const page = memory.subarray(start, start + PAGE);
    if (page.some(Boolean)) {
      used.push(page);
      starts.push(start);
    }
  }
  const parts = [madeOf, Uint32Array.of(memory.length, starts.length, ...starts), ...used];
  const content = await new Blob(parts).arrayBuffer();
  const digest = await crypto.subtle.digest("SHA-256", content);
  return { digest: digits(new Uint8Array(digest)), snapshot: new Blob([digest, content]) };
}

/** @param {ArrayBuffer} packed @throws if it is damaged */
async function unpack(packed) {
  const content = new Uint8Array(packed, Math.min(MADE_OF_AT, packed.byteLength));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  if (new Uint8Array(packed).subarray(0, MADE_OF_AT).toString() !== digest.toString()) throw new Error("it is damaged");
  const [size, count] = new Uint32Array(packed, SIZE_AT, 2);
  const memory = new Uint8Array(size);
  let at = STARTS_AT + 4 * count;
  for (const start of new Uint32Array(packed, STARTS_AT, count)) {
    const page = new Uint8Array(packed, at, Math.min(PAGE, size - start));
    memory.set(page, start);
    at += page.length;
  }
  return {
    madeOf: new TextDecoder().decode(content.subarray(0, SIZE_AT - MADE_OF_AT)),
    digest: digits(digest),
    memory,
  };
}

/** @param {Uint8Array} bytes */
function digits(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} address @param {Blob} snapshot @returns when it was made */
async function keep(address, snapshot) {
  const cache = await caches.open("bx24py");
  const folder = new URL(".", address).href; // snapshots of other applications on the same host are kept
  const now = Date.now();
  for (const former of await cache.keys()) {
    const isOurs = new URL(".", former.url).href === folder;
    if (isOurs ? former.url !== address : isForsaken(await cache.match(former), now)) await cache.delete(former);
  }
  await cache.put(address, new Response(snapshot, { headers: { "bx24py-made": String(now) } }));
  return now;
}

/** Whether a snapshot is so old that nobody opens its application any more; a visit would have replaced it. @param {Response | undefined} kept @param {number} now */
function isForsaken(kept, now) {
  const made = Number(kept?.headers.get("bx24py-made") ?? NaN);
  return now - made > FORSAKEN || made - now > FORSAKEN;
}
