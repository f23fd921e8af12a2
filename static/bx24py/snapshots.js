/** Snapshots of Python's memory: finds the one from an earlier visit, and makes one for the next. */

import { LOADER, packed, settings } from "./page.js";

export const PYODIDE_VERSION = "314.0.7";

/** The age at which a snapshot is replaced, in milliseconds: Python's hash seed cannot be changed in it, and must not get old. */
const SNAPSHOT_AGE = 24 * 60 * 60 * 1000;

/** The user option that lists the snapshots this application has made, as `DIGEST:TIME` separated by spaces. */
const SNAPSHOT_OPTION = "bx24py-snapshot";

/** How many snapshots it lists: one for each browser of the user. */
const SNAPSHOTS = 8;

/** How long the application has the machine to itself, if its top level does not end before, in milliseconds. */
const QUIET_TIME = 3000;

/** How long the browser may take to find a snapshot, and to read it, in milliseconds; starting without one takes less. */
const SNAPSHOT_TIME = 5000;

/** Open the cache of snapshots; null if the browser does not allow it. */
async function snapshotCache() {
  try {
    return await caches.open("bx24py");
  } catch {
    return null; // no secure context, storage denied or private mode
  }
}

/** Return the address under which a snapshot is kept. It names the version of Pyodide; that of the package is inside. */
function snapshotAddress() {
  return new URL(`bx24py-snapshot-${PYODIDE_VERSION}`, LOADER).href;
}

/** @typedef {{ cached?: string, packed?: string }} Where the address of a snapshot */

/** Find the snapshot from an earlier visit, or else the packed one. @returns {Promise<Where | null>} */
export async function findSnapshot() {
  if (settings.snapshot === "off") return null;
  const cached = snapshotAddress();
  const kept = await (await snapshotCache())?.match(cached).catch(() => undefined);
  return kept ? { cached } : packedSnapshot();
}

/**
 * Return the packed snapshot. It was made in Chromium, and fits only where WebAssembly can suspend as there: elsewhere
 * Pyodide has other functions in its table.
 *
 * @returns {Where | null}
 */
function packedSnapshot() {
  return packed.snapshot && "Suspending" in WebAssembly ? { packed: new URL(packed.snapshot, LOADER).href } : null;
}

/**
 * Read a snapshot: the one from an earlier visit, or the packed one if that does not fit.
 *
 * @param {Where} where
 * @param {Promise<ArrayBuffer>} archive
 * @param {Promise<any>} library the library once it has the user's options
 * @returns {Promise<{ memory: Uint8Array, made: number }>}
 */
export async function readSnapshot(where, archive, library) {
  const beside = packedSnapshot();
  if (!beside || where.packed) return checkedSnapshot(where, archive, library);
  return checkedSnapshot(where, archive, library).catch((error) => {
    dropSnapshot(error);
    return checkedSnapshot(beside, archive, library);
  });
}

/**
 * Read a snapshot in a worker, so that the page's thread is free for Pyodide. `madeOf` is the SHA-256 of the archive of
 * the package in it, `digest` the SHA-256 of the whole snapshot.
 *
 * @type {typeof readSnapshot}
 */
async function checkedSnapshot(where, archive, library) {
  const known = where.cached ? inTime(library.then(snapshotsIn)) : null;
  known?.catch(() => {}); // handled below
  const { madeOf, digest, memory, made } = await inWorker({ read: where }, inTime);
  if (madeOf !== (await sha256(await archive))) throw new Error("it is from another version of bx24py");
  if (!known) return { memory, made };
  const since = (await known).get(digest);
  if (since === undefined)
    throw new Error("it is not in the portal's list of snapshots that this application has made");
  return { memory, made: since };
}

/** Return the snapshots that this application has made for this user. @param {any} library @returns {Map<string, number>} when, by digest */
function snapshotsIn(library) {
  const text = String(library?.userOption?.get?.(SNAPSHOT_OPTION) ?? "");
  return new Map(Array.from(text.matchAll(/([0-9a-f]{64}):(\d+)/g), ([, digest, made]) => [digest, Number(made)]));
}

/** @template T @param {Promise<T>} promise @returns {Promise<T>} */
export function inTime(promise) {
  let timer = 0;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, SNAPSHOT_TIME, new Error("it took too long"));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * Run a task in the snapshot worker and return its answer. The worker is always terminated.
 *
 * @param {object} order
 * @param {(answer: Promise<any>) => Promise<any>} [limit] how long it may take
 */
function inWorker(order, limit = (answer) => answer) {
  const worker = new Worker(new URL("bx24py-snapshot.js", LOADER), { type: "module" });
  const answer = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.failed ? reject(new Error(data.failed)) : resolve(data));
    worker.onerror = (event) => reject(new Error(event.message || "the worker could not be started"));
  });
  worker.postMessage(order);
  return limit(answer).finally(() => worker.terminate());
}

/** @param {unknown} error */
export async function dropSnapshot(error) {
  console.debug(`bx24py: the snapshot from an earlier visit cannot be used (${error}); this visit makes a new one`);
  await (await snapshotCache())?.delete(snapshotAddress()).catch(() => {});
}

/** @param {ArrayBuffer} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Have a worker make a snapshot for the next visit, in idle time once the application has done its first work.
 *
 * @param {{ indexURL: string, archive: ArrayBuffer, packageFile: string }} of what to put in it
 * @param {number} made when the snapshot that this visit started from was made; 0 if it started without one
 * @param {() => any} getLibrary returns the library, which keeps the user's options; null until the portal has answered
 * @param {Promise<unknown>} finished ends with the top level of app.py
 */
export async function keepSnapshot(of, made, getLibrary, finished) {
  if (settings.snapshot === "off" || savesData() || isYoung(made)) return;
  const cache = await snapshotCache();
  const address = snapshotAddress();
  if (!cache || !navigator.locks) return;
  const quiet = new Promise((resolve) => setTimeout(resolve, QUIET_TIME));
  await Promise.race([finished.catch(() => {}), quiet]); // the application comes first
  await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve, { timeout: 10_000 }));
  await navigator.locks.request(address, async () => {
    const library = getLibrary();
    const known = snapshotsIn(library);
    const kept = Number((await cache.match(address))?.headers.get("bx24py-made"));
    if (isYoung(kept) && kept > performance.timeOrigin) return; // another tab was first
    if (!library?.userOption || wasInVain(address, known.size > 0)) return;
    try {
      const order = { ...of, madeOf: await sha256(of.archive), address };
      const { digest, made: now } = await inWorker({ make: order });
      const all = [[digest, now], ...known].slice(0, SNAPSHOTS);
      library.userOption.set(SNAPSHOT_OPTION, all.map((one) => one.join(":")).join(" "));
      noteAttempt(address, "made");
    } catch (error) {
      noteAttempt(address, "failed");
      throw error;
    }
  });
}

/** Whether the user wants to save data: making a snapshot may load Pyodide again. */
function savesData() {
  return Boolean(/** @type {{ connection?: { saveData?: boolean } }} */ (navigator).connection?.saveData);
}

/** @param {string} address @param {"made" | "failed"} outcome */
function noteAttempt(address, outcome) {
  try {
    localStorage.setItem(address, `${outcome} ${Date.now()}`);
  } catch {
    // the next visit tries again
  }
}

/**
 * Whether a recent snapshot could not be kept, or would not be used: the disk is full, or the portal keeps no options.
 *
 * @param {string} address
 * @param {boolean} isStored whether the portal keeps options
 */
function wasInVain(address, isStored) {
  try {
    const [outcome, time] = (localStorage.getItem(address) ?? "").split(" ");
    return isYoung(Number(time)) && (outcome === "failed" || !isStored);
  } catch {
    return false;
  }
}

/** @param {number} made in milliseconds since the epoch; a time in the future does not count as young */
function isYoung(made) {
  const age = Date.now() - made;
  return age >= 0 && age < SNAPSHOT_AGE;
}
