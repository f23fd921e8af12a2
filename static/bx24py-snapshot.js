/**
 * A worker that reads the snapshot from an earlier visit, and makes one for the next: it starts Python, imports the
 * package and what most applications use, and saves the interpreter's memory.
 *
 * It never sees the application or a token: a snapshot is made of public files only.
 *
 * It reads as a worker of the page. It makes as a shared worker in Chromium, which lets one work on for half a minute
 * after its page has gone (`extendedLifetime`), so that a visit of two seconds leaves a snapshot too. It is shared with no
 * other page, as its name is random: it knows the key of the snapshots (static/bx24py/snapshots.js).
 */

import { findPyodide } from "./bx24py/pyodide.js";
import { check, composition, describe, HEAD, isYoung, pack, seal } from "./bx24py/snapshot_file.js";

/** Modules that are already imported in a snapshot, with all public names of bx24py. */
const MODULES = [
  "asyncio",
  "base64",
  "bx24py.rest.listing",
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

/** The age at which a snapshot of another folder is deleted, in milliseconds. */
const FORSAKEN = 30 * 24 * 60 * 60 * 1000;

/**
 * @typedef {object} Order
 * @property {string} indexURL the Pyodide distribution
 * @property {ArrayBuffer} archive of the package
 * @property {string} packageFile path of the archive in Pyodide's file system
 * @property {string} stdlib the name of the compiled standard library beside this file, with its version; "" if there is none
 * @property {string} address under which the snapshot is kept; the page holds a lock of this name while it is busy
 * @property {string} key what it is sealed with
 * @property {boolean} isKnown whether the portal had that key before
 */

const scope = /** @type {any} */ (self);
scope.onmessage = (/** @type {MessageEvent} */ { data }) => answer(data, scope);
scope.onconnect = (/** @type {MessageEvent} */ { ports: [port] }) => {
  port.onmessage = ({ data }) => answer(data, port);
};

/** @param {{ read?: any, make?: any }} order @param {{ postMessage: (answer: object, options?: object) => void }} page */
async function answer({ read: where, make: order }, page) {
  try {
    if (where) {
      const found = await read(where, (size) => page.postMessage({ found: { size } }));
      page.postMessage(found, { transfer: [found.content] });
    } else {
      await navigator.locks.request(order.address, () => makeOnce(order));
      page.postMessage({ made: true });
    }
  } catch (error) {
    page.postMessage({ failed: String(error) });
  }
  self.close();
}

/**
 * Read a snapshot. Any application of the same origin can write to the cache, so the page checks the seal before it
 * uses the snapshot.
 *
 * @param {{ cached?: string, packed?: string }} where the address of a kept snapshot, or of a packed one, which is compressed
 * @param {(size: number) => void} tell called with the size of its memory as soon as it is known
 * @returns its content, when it had been read (`at`), its digest, when it was made, and the seal of a kept one
 */
async function read({ cached, packed }, tell) {
  const found = cached ? await (await caches.open("bx24py")).match(cached) : await fetch(packed ?? "");
  if (!found?.ok || !found.body) throw new Error(cached ? "there is none" : `HTTP ${found?.status}`);
  if (packed) {
    const content = await whole(found.body.pipeThrough(new DecompressionStream("gzip")), tell);
    return {
      content,
      at: now(),
      digest: await check(content),
      made: Date.parse(found.headers.get("last-modified") ?? ""),
    };
  }
  tell(Number(found.headers.get("bx24py-size")));
  const content = await found.arrayBuffer();
  const made = { made: madeAt(found), seal: found.headers.get("bx24py-seal") };
  return { content, at: now(), digest: await check(content), ...made };
}

/** In milliseconds since the epoch, more exactly than `Date.now()`. */
function now() {
  return performance.timeOrigin + performance.now();
}

/**
 * Read a stream to its end, and tell the size of the memory as soon as its head is there.
 *
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 * @param {(size: number) => void} tell
 */
async function whole(stream, tell) {
  const parts = [];
  let length = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts).arrayBuffer();
    parts.push(value);
    const told = length >= HEAD;
    length += value.length;
    if (!told && length >= HEAD) tell(describe(await new Blob(parts).arrayBuffer()).size);
  }
}

/** @param {Order} order */
async function makeOnce(order) {
  const found = await (await caches.open("bx24py")).match(order.address);
  if (order.isKnown && isYoung(madeAt(found))) return; // another page was first
  await keep(order, await make(order));
}

/** @param {Order} order */
async function make({ indexURL, archive, packageFile, stdlib }) {
  const module = await findPyodide(indexURL, stdlib && new URL(stdlib, self.location.href).href);
  if (!module) throw new Error(`There is no Pyodide at ${indexURL}.`);
  const pyodide = await module.loadPyodide({ _makeSnapshot: true });
  pyodide.FS.writeFile(packageFile, new Uint8Array(archive)); // it is not part of the snapshot; a page that restores it writes the file again
  pyodide.runPython(`__import__("sys").path.append("${packageFile}")`);
  pyodide.runPython(`exec("import ${MODULES.join(", ")}; from bx24py import *", {})`);
  pyodide.runPython("import gc; gc.collect(); del gc");
  return pack(await composition(archive, stdlib), pyodide.makeMemorySnapshot());
}

/** @param {Order} order @param {Awaited<ReturnType<typeof pack>>} snapshot */
async function keep({ address, key }, { digest, size, content }) {
  const cache = await caches.open("bx24py");
  const folder = new URL(".", address).href; // snapshots of other applications on the same host are kept
  const made = Date.now();
  for (const former of await cache.keys()) {
    const isOurs = new URL(".", former.url).href === folder;
    if (isOurs ? former.url !== address : isForsaken(await cache.match(former), made)) await cache.delete(former);
  }
  const headers = { "bx24py-made": String(made), "bx24py-size": String(size) };
  const sealed = { ...headers, "bx24py-seal": await seal(key, digest, made) };
  await cache.put(address, new Response(content, { headers: sealed }));
}

/** @param {Response | undefined} kept @returns {number} in milliseconds since the epoch; NaN if that is not known */
function madeAt(kept) {
  return Number(kept?.headers.get("bx24py-made") ?? NaN);
}

/** Whether a snapshot is so old that nobody opens its application any more; a visit would have replaced it. @param {Response | undefined} kept @param {number} now */
function isForsaken(kept, now) {
  return Math.abs(now - madeAt(kept)) > FORSAKEN;
}
