/** Snapshots of Python's memory, for the start: finds the one from an earlier visit, or the packed one, and reads it. */

import { LOADER, packed, settings } from "./page.js";
import { PYODIDE_VERSION } from "./pyodide.js";
import { composition, describe, seal, unpack } from "./snapshot_file.js";

/** The user option with the key that the user's snapshots are sealed with, in hexadecimal. */
export const KEY_OPTION = "bx24py-snapshot";

/** How long the portal may take to give its options, in milliseconds. Nothing can be asked of it before. */
const PORTAL_TIME = 5000;

/** How long a snapshot may take in any case once all else is ready, in milliseconds: a kept one, one from the network. */
const PATIENCE = { cached: 150, packed: 5000 };

/** When the start began. */
const BEGUN = performance.now();

/** Return the address under which a snapshot is kept. It names the version of Pyodide; that of the package is inside. */
export function snapshotAddress() {
  return new URL(`bx24py-snapshot-${PYODIDE_VERSION}`, LOADER).href;
}

/**
 * @typedef {object} Snapshot one that is being read
 * @property {number} patience how long it may take once all else is ready, in milliseconds
 * @property {Promise<number>} size of its memory, in bytes, as soon as it is found
 * @property {Promise<unknown>} read ends when it has been read
 * @property {Promise<{ made: number, restore: (memory: Uint8Array) => void }>} checked when it was made, in milliseconds
 *   since the epoch, and what writes it into memory; this waits for the portal's answer too
 */

/**
 * Start to read a snapshot: the one from an earlier visit, or else the packed one.
 *
 * @param {boolean} mayBeKept whether an earlier visit may have left one
 * @param {Promise<ArrayBuffer>} archive
 * @param {Promise<any>} library the library once it has the user's options
 * @returns {Snapshot | null}
 */
export function readSnapshot(mayBeKept, archive, library) {
  if (settings.snapshot === "off") return null;
  const beside = packedSnapshot();
  if (!mayBeKept) return beside ? checkedSnapshot({ packed: beside }, archive, null) : null;
  const kept = checkedSnapshot({ cached: snapshotAddress() }, archive, inTime(library, PORTAL_TIME).then(keyIn));
  if (!beside) return kept;
  let used = kept;
  const other = kept.checked.catch((error) => {
    dropSnapshot(error);
    used = checkedSnapshot({ packed: beside }, archive, null);
    return used.checked;
  });
  const size = kept.size.catch(() => other.then(() => used.size));
  return handled({ ...kept, size, read: kept.read.catch(() => other), checked: other });
}

/**
 * Return the address of the packed snapshot; "" if there is none that fits. It was made in Chromium, and fits only where
 * WebAssembly can suspend as there: elsewhere Pyodide has other functions in its table.
 */
function packedSnapshot() {
  return packed.snapshot && "Suspending" in WebAssembly ? new URL(packed.snapshot, LOADER).href : "";
}

/**
 * Read a snapshot in a worker, so that the page's thread is free for Pyodide.
 *
 * @param {{ cached?: string, packed?: string }} where
 * @param {Promise<ArrayBuffer>} archive
 * @param {Promise<string> | null} key what a kept one must be sealed with
 * @returns {Snapshot}
 */
function checkedSnapshot(where, archive, key) {
  const { size, read } = inWorker(where);
  const check = async () => {
    const { content, at, digest, made, seal: mark } = await read;
    performance.mark("bx24py: the snapshot is read", { startTime: Math.max(0, at - performance.timeOrigin) });
    performance.mark("bx24py: its digest is known");
    const found = describe(content);
    if (found.madeOf !== (await composition(await archive, packed.stdlib)))
      throw new Error("it is from another version of bx24py");
    if (found.size !== (await size)) throw new Error("it does not have the size that was told");
    if (key) {
      const known = await key;
      if (!known || mark !== (await seal(known, digest, made)))
        throw new Error("this application did not make it for this user: its seal is not that of the portal's key");
    }
    return { made, restore: (/** @type {Uint8Array} */ memory) => unpack(content, memory) };
  };
  key?.catch(() => {}); // handled in `check`
  const patience = where.packed ? PATIENCE.packed : PATIENCE.cached;
  return handled({ patience, size, read, checked: check() });
}

/** Mark its failures as handled: whoever awaits it still gets them. @param {Snapshot} snapshot */
function handled(snapshot) {
  for (const promise of [snapshot.size, snapshot.read, snapshot.checked]) promise.catch(() => {});
  return snapshot;
}

/** Return the key of the user's snapshots; "" if the portal has none. @param {any} library @returns {string} */
export function keyIn(library) {
  return /^[0-9a-f]{64}$/.exec(String(library?.userOption?.get?.(KEY_OPTION) ?? ""))?.[0] ?? "";
}

/**
 * Wait three quarters as long again as the start has taken so far, at least as long as given. A normal start is better than
 * to wait on.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {number} patience in milliseconds
 */
export function soon(promise, patience) {
  return inTime(promise, Math.max(patience, 0.75 * (performance.now() - BEGUN)));
}

/** @template T @param {Promise<T>} promise @param {number} time in milliseconds @returns {Promise<T>} */
export function inTime(promise, time) {
  let timer = 0;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, time, new Error("it took too long"));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * Have the worker read a snapshot. It tells the size first.
 *
 * @param {{ cached?: string, packed?: string }} where
 * @returns {{ size: Promise<number>, read: Promise<any> }}
 */
function inWorker(where) {
  /** @type {(size: number) => void} */
  let tell;
  const size = new Promise((resolve) => (tell = resolve));
  const read = (async () => {
    const worker = new Worker(new URL("bx24py-snapshot.js", LOADER), { type: "module" });
    worker.postMessage({ read: where });
    return answerOf(worker, worker, (found) => tell(found.size));
  })();
  return { size: Promise.race([size, read.then(() => size)]), read };
}

/**
 * @param {EventTarget & { onerror: any }} worker
 * @param {{ onmessage: any }} port where it answers
 * @param {(found: any) => void} [told] called with what it tells before its answer
 * @returns {Promise<any>}
 */
export function answerOf(worker, port, told) {
  return new Promise((resolve, reject) => {
    port.onmessage = (/** @type {MessageEvent} */ { data }) => {
      if (data.failed) reject(new Error(data.failed));
      else if (data.found) told?.(data.found);
      else resolve(data);
    };
    worker.onerror = (/** @type {ErrorEvent} */ event) =>
      reject(new Error(event.message || "the worker could not be started"));
  });
}

/** @param {unknown} error */
export async function dropSnapshot(error) {
  console.debug(`bx24py: the snapshot from an earlier visit cannot be used (${error}); this visit makes a new one`);
  try {
    await (await caches.open("bx24py")).delete(snapshotAddress());
  } catch {
    // no secure context, storage denied or private mode
  }
}
