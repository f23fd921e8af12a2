/** Has a worker make a snapshot of Python's memory, for the next visit. */

import { LOADER, packed, settings } from "./page.js";
import { digits, isYoung } from "./snapshot_file.js";
import { answerOf, inTime, KEY_OPTION, keyIn, snapshotAddress } from "./snapshots.js";

/** How long the portal may take to answer, in milliseconds. */
const PORTAL_TIME = 30_000;

/** How long the application has the machine to itself, if its top level does not end before, in milliseconds. */
const QUIET_TIME = 3000;

/** Whether a snapshot may have been kept in an earlier visit: known at once, while the cache has to be asked. */
export function mayBeKept() {
  return /^(ordered|made)/.test(noted());
}

/**
 * Have a worker make a snapshot once the application has done its first work, or the page has gone.
 *
 * The page holds a lock until then; the worker waits for it, and holds it while it makes the snapshot. So there is never
 * more than one at work, and another page of the application that finds the lock taken leaves it to this one. The order
 * is given before Python starts: that leaves the page no time for it, and the visit may end meanwhile.
 *
 * @param {Promise<{ indexURL: string, archive: ArrayBuffer, packageFile: string, made: number }>} begun what to put in it,
 *   and when the snapshot was made that this visit starts from; 0 if it starts without one
 * @param {Promise<any>} library the library, which keeps the user's options, once the portal has answered
 * @param {Promise<unknown>} finished ends with the top level of app.py
 */
export async function keepSnapshot(begun, library, finished) {
  if (settings.snapshot === "off" || savesData() || !navigator.locks) return;
  /** @type {Promise<unknown> | undefined} */
  let answer;
  await navigator.locks.request(snapshotAddress(), { ifAvailable: true }, async (lock) => {
    if (!lock) return; // another page sees to it
    const { made, ...of } = await begun;
    if (isYoung(made)) return;
    const options = (await inTime(library, PORTAL_TIME))?.userOption;
    const known = keyIn(await library);
    if (!options || wasInVain(known !== "")) return;
    const key = known || digits(crypto.getRandomValues(new Uint8Array(32)).buffer);
    if (!known) options.set(KEY_OPTION, key);
    globalThis.caches?.open("bx24py").catch(() => {}); // WebKit keeps a private window's cache only if a page has opened it
    note("ordered");
    answer = order({ ...of, stdlib: packed.stdlib, address: snapshotAddress(), key, isKnown: known !== "" });
    answer.catch(() => {}); // handled below
    await Promise.race([firstWork(finished), answer.catch(() => {})]);
  });
  try {
    if (await answer) note("made");
  } catch (error) {
    note("failed");
    throw error;
  }
}

/** @param {object} order @returns {Promise<any>} */
async function order(order) {
  const address = new URL("bx24py-snapshot.js", LOADER);
  if (!outlivesThePage()) {
    const worker = new Worker(address, { type: "module" });
    worker.postMessage({ make: order });
    return answerOf(worker, worker);
  }
  const options = { type: "module", name: crypto.randomUUID(), extendedLifetime: true };
  const worker = new SharedWorker(address, /** @type {WorkerOptions} */ (options));
  worker.port.postMessage({ make: order });
  return answerOf(worker, worker.port);
}

/** Whether a shared worker may work on when its page has gone: a browser that knows that option asks for it. */
function outlivesThePage() {
  let isAsked = false;
  const options = {
    get extendedLifetime() {
      isAsked = true;
      return true;
    },
  };
  try {
    new SharedWorker("https://:", /** @type {WorkerOptions} */ (options)); // no address: nothing is started
  } catch {
    // it says so
  }
  return isAsked;
}

/** @param {Promise<unknown>} finished */
async function firstWork(finished) {
  const quiet = new Promise((resolve) => setTimeout(resolve, QUIET_TIME));
  await Promise.race([finished.catch(() => {}), quiet]);
  await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve, { timeout: 1000 }));
}

/** Whether the user wants to save data: making a snapshot may load Pyodide again. */
function savesData() {
  return Boolean(/** @type {{ connection?: { saveData?: boolean } }} */ (navigator).connection?.saveData);
}

/** @param {"ordered" | "made" | "failed"} outcome */
function note(outcome) {
  try {
    localStorage.setItem(snapshotAddress(), `${outcome} ${Date.now()}`);
  } catch {
    // the next visit tries again
  }
}

/** Return what the last visit that had one made has noted, and when; "" if there was none. */
function noted() {
  try {
    return localStorage.getItem(snapshotAddress()) ?? "";
  } catch {
    return "";
  }
}

/**
 * Whether a recent snapshot could not be kept, or would not be used: the disk is full, or the portal keeps no options.
 *
 * @param {boolean} isStored whether the portal keeps options
 */
function wasInVain(isStored) {
  const [outcome, time] = noted().split(" ");
  return isYoung(Number(time)) && (outcome === "failed" || (outcome === "made" && !isStored));
}
