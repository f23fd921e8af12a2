/** Snapshots of Python's memory: finding that of an earlier visit, and having one made for the next. */

import { LOADER, packed, settings } from "./page.js";

export const PYODIDE_VERSION = "314.0.7";

/** When a kept snapshot is replaced, in milliseconds: Python's hash seed, which cannot be changed in it, is as old as it is. */
const SNAPSHOT_AGE = 24 * 60 * 60 * 1000;

/** The option of the user that holds which snapshots this application has made, as `DIGEST:TIME` and separated by blanks. */
const SNAPSHOT_OPTION = "bx24py-snapshot";

/** How many it holds: one for each browser of the user. */
const SNAPSHOTS = 8;

/** How long the application has the machine for itself before a snapshot is made, in milliseconds. */
const QUIET_TIME = 3000;

/** How long the browser has to find a snapshot, and to read it, in milliseconds; a start without one takes less. */
const SNAPSHOT_TIME = 5000;

/** Where snapshots are kept; null where the browser does not let us. */
async function snapshotCache() {
  try {
    return await caches.open("bx24py");
  } catch {
    return null; // no secure context, storage denied, private mode
  }
}

/** Under what a snapshot is kept: the version of Pyodide; that of the package is inside. */
function snapshotAddress() {
  return new URL(`bx24py-snapshot-${PYODIDE_VERSION}`, LOADER).href;
}

/** @typedef {{ cached?: string, packed?: string }} Where a snapshot is */

/** Where the snapshot is that an earlier visit left, else the packed one. @returns {Promise<Where | null>} */
export async function findSnapshot() {
  if (settings.snapshot === "off") return null;
  const cached = snapshotAddress();
  const kept = await (await snapshotCache())?.match(cached).catch(() => undefined);
  return kept ? { cached } : packedSnapshot();
}

/** @returns {Where | null} */
function packedSnapshot() {
  return packed.snapshot ? { packed: new URL(packed.snapshot, LOADER).href } : null;
}

/**
 * Read a snapshot: that of an earlier visit, or the packed one where that does not fit.
 *
 * @param {Where} where
 * @param {Promise<ArrayBuffer>} archive
 * @param {Promise<any>} library when it has the user's options
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
 * Read a snapshot in a worker, which leaves the page's thread to Pyodide. `madeOf` is the SHA-256 of the archive of the
 * package that is in it, `digest` that of all of it.
 *
 * @type {typeof readSnapshot}
 */
async function checkedSnapshot(where, archive, library) {
  const known = where.cached ? inTime(library.then(snapshotsIn)) : null;
  known?.catch(() => {}); // shown below
  const { madeOf, digest, memory, made } = await inWorker({ read: where }, inTime);
  if (madeOf !== (await sha256(await archive))) throw new Error("it is of another version of bx24py");
  if (!known) return { memory, made };
  const since = (await known).get(digest);
  if (since === undefined) throw new Error("the portal does not know it as one that this application has made");
  return { memory, made: since };
}

/** The snapshots that this application has made for this user, and when. @param {any} library @returns {Map<string, number>} */
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
 * Have the worker of snapshots do something, and give its answer; it is ended in any case.
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
  console.debug(`bx24py: the snapshot of an earlier visit does not fit (${error}); this visit makes another`);
  await (await snapshotCache())?.delete(snapshotAddress()).catch(() => {});
}

/** @param {ArrayBuffer} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * In idle time, have a worker make a snapshot for the next visit.
 *
 * @param {{ indexURL: string, archive: ArrayBuffer, packageFile: string }} of what is in it
 * @param {number} made when the snapshot was made that this visit started from; 0: from none
 * @param {() => any} getLibrary of the library, which keeps the user's options; null until the portal has answered
 */
export async function keepSnapshot(of, made, getLibrary) {
  if (settings.snapshot === "off" || isYoung(made)) return;
  const cache = await snapshotCache();
  const address = snapshotAddress();
  if (!cache || !navigator.locks) return;
  await new Promise((resolve) => setTimeout(resolve, QUIET_TIME)); // the application comes first
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

/** @param {string} address @param {"made" | "failed"} outcome */
function noteAttempt(address, outcome) {
  try {
    localStorage.setItem(address, `${outcome} ${Date.now()}`);
  } catch {
    // so it is tried again on the next visit
  }
}

/**
 * Whether a snapshot was tried to be kept lately, and could not, or would not be used: the disk is full, or the portal
 * keeps no options.
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

/** @param {number} made when, in milliseconds since the epoch; what is said to be of the future is not believed */
function isYoung(made) {
  const age = Date.now() - made;
  return age >= 0 && age < SNAPSHOT_AGE;
}
