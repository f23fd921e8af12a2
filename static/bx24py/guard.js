/**
 * Notices what Pyodide does not report: a file that never arrives, WebAssembly that cannot start, an interpreter that
 * died. In all these cases Pyodide's promises stay pending forever.
 */

import { StartError } from "./errors.js";

/** How long a start may take before its files are checked, in milliseconds. */
const SUSPECT = 15_000;

/** How long no data of a file may arrive, in milliseconds. As long as data arrives, a file may take any time. */
const STALL = 30_000;

/** How long Python may take to start once all its files are there, in milliseconds. */
const SILENCE = 120_000;

/**
 * Wait for a promise that needs these files, but not forever: fail if one of them stops arriving.
 *
 * The browser reveals nothing about a request that other code made. So the file is requested once more, but only when
 * the start has already taken long. If the file may be cached, the browser joins the two requests.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {string[]} addresses
 * @returns {Promise<T>}
 */
export function arrived(promise, addresses) {
  const watch = new AbortController();
  const late = stalled(addresses, watch.signal);
  late.catch(() => {}); // nobody may be waiting any more
  return Promise.race([promise, late]).finally(() => watch.abort());
}

/** @param {string[]} addresses @param {AbortSignal} signal @returns {Promise<never>} */
async function stalled(addresses, signal) {
  await pause(SUSPECT, signal);
  const missing = addresses.filter((address) => !performance.getEntriesByName(address).length);
  await Promise.all(missing.map((address) => follow(address, signal)));
  await pause(SILENCE, signal);
  throw new StartError(
    "Python did not start",
    `All files have arrived, but nothing has happened for ${SILENCE / 1000} seconds. Reload the page.`,
  );
}

/** Read a file to its end. @param {string} address @param {AbortSignal} signal @throws {StartError} if it stops arriving */
async function follow(address, signal) {
  const stalls = new AbortController();
  let timer = 0;
  const wind = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stalls.abort(), STALL);
  };
  wind();
  try {
    const { body } = await fetch(address, { signal: AbortSignal.any([signal, stalls.signal]) });
    for (const reader = body?.getReader(); reader && !(await reader.read()).done; ) wind();
  } catch {
    if (!stalls.signal.aborted && !signal.aborted) await pause(STALL, signal); // this request failed, but the first one may succeed
    throw new StartError(
      "A file of the application does not arrive",
      `${address}: no data has arrived for ${STALL / 1000} seconds. Check the network, and reload the page.`,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** @param {number} time @param {AbortSignal} signal @returns {Promise<void>} never settles once the signal is aborted */
function pause(time, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, time);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  });
}

/** @throws {StartError} if the browser or the page's policy does not allow WebAssembly to be compiled */
export function checkWebAssembly() {
  try {
    new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)); // the smallest module
  } catch (error) {
    const why =
      typeof WebAssembly === "undefined"
        ? "The browser has no WebAssembly, or it is switched off."
        : "The browser does not compile WebAssembly in this page. If the page has a Content-Security-Policy, its " +
          "script-src (without one: its default-src) must contain 'wasm-unsafe-eval'.";
    throw new StartError("Python could not be started", `${why} (${error})`);
  }
}

/**
 * Find the file that made the start fail. Pyodide says little or nothing about it.
 *
 * @param {string[]} addresses
 * @returns {Promise<string>} what is wrong with the file; "" if all files are good
 */
export async function brokenFile(addresses) {
  for (const address of addresses) {
    const answer = await fetch(address).catch(() => null);
    if (!answer) return notArrived(address);
    if (!answer.ok) return notThere(answer);
    try {
      if (address.endsWith(".mjs")) await import(address);
      if (address.endsWith(".json")) await answer.json();
      if (/\.zip(\?|$)/.test(address) && !(await answer.text()).startsWith("PK")) throw new Error("it is not a .zip");
    } catch (error) {
      return `${address} is damaged: ${error}`;
    }
  }
  return "";
}

/** @param {string} address */
export function notArrived(address) {
  return `${address} did not arrive: the network failed, or the page's policy (connect-src) blocked it.`;
}

/** @param {Response} answer */
export function notThere({ url, status }) {
  return `${url} ${status === 404 ? "is not there" : "could not be read"} (HTTP ${status}).`;
}

/**
 * Notice when the interpreter dies: its stack overflowed, or Pyodide failed in another way. After that nothing that
 * waits in Python ever ends.
 *
 * @param {any} pyodide
 * @param {(error: unknown) => void} died called once
 */
export function watchInterpreter(pyodide, died) {
  let dead = false;
  /** @param {any} error */
  const notice = (error) => {
    if (dead) return;
    dead = true;
    queueMicrotask(() => died(error)); // once the stack is free again
  };
  // The hook is internal to Pyodide. Where there is none, the error that it died of is recognised by Pyodide's mark.
  const inside = pyodide._api;
  if (inside) {
    const former = inside.on_fatal;
    inside.on_fatal = (/** @type {unknown} */ error) => {
      notice(error);
      former?.(error);
    };
  }
  window.addEventListener("error", ({ error }) => error?.pyodide_fatal_error && notice(error));
  window.addEventListener("unhandledrejection", ({ reason }) => reason?.pyodide_fatal_error && notice(reason));
}
