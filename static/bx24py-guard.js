/**
 * What Pyodide does not tell: a file that never arrives, WebAssembly that cannot be started, an interpreter that died.
 * In each of these its promises stay pending for ever.
 */

/** After how long a start is looked into, in milliseconds. */
const SUSPECT = 15_000;

/** How long a file may come no further, in milliseconds. However slow it comes, it has its time. */
const STALL = 30_000;

/** How long Python may take when all of its files are there, in milliseconds. */
const SILENCE = 120_000;

/** A failure as bx24py.js shows it: a headline, and what to do. */
class StartError extends Error {
  /** @param {string} title @param {string} text */
  constructor(title, text) {
    super(text);
    this.title = title;
  }
}

/**
 * Wait for what needs these files, but not for ever: where one of them comes no further, say so.
 *
 * The browser tells nothing of a request that somebody else made. So the file is asked for once more, which goes along
 * with the first request where the file may be cached, and only when the start has taken long already.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {string[]} addresses
 * @returns {Promise<T>}
 */
export function arrived(promise, addresses) {
  const watch = new AbortController();
  const late = stalled(addresses, watch.signal);
  late.catch(() => {}); // where nobody waits any more
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
    `All files have arrived, but nothing has happened for ${SILENCE / 1000} seconds since. Reload the page.`,
  );
}

/** Read a file to its end. @param {string} address @param {AbortSignal} signal @throws {StartError} where it comes no further */
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
    if (!stalls.signal.aborted && !signal.aborted) await pause(STALL, signal); // refused; maybe the first request is not
    throw new StartError(
      "A file of the application does not arrive",
      `${address}: nothing more of it has come for ${STALL / 1000} seconds. Check the network, and reload the page.`,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** @param {number} time @param {AbortSignal} signal @returns {Promise<void>} never ends once the signal has come */
function pause(time, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, time);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  });
}

/** @throws {StartError} where the browser or the page's policy does not let WebAssembly be compiled */
function checkWebAssembly() {
  try {
    new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)); // the smallest there is
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
 * Start Pyodide, and fail where its WebAssembly does: Pyodide itself writes that to the console and waits on.
 *
 * @template T
 * @param {() => Promise<T>} load
 * @returns {Promise<T>}
 */
export async function withWebAssembly(load) {
  checkWebAssembly();
  const { instantiateStreaming } = WebAssembly;
  /** @type {Promise<never>} */
  const failed = new Promise((_, reject) => {
    /** @param {any} source @param {...any} rest */
    WebAssembly.instantiateStreaming = (source, ...rest) => {
      const started = instantiateStreaming.call(WebAssembly, source, ...rest);
      started.catch(async (error) => reject(await notStarted(source, error)));
      return started;
    };
  });
  try {
    return await Promise.race([load(), failed]);
  } finally {
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}

/** @param {Promise<Response>} source @param {unknown} error */
async function notStarted(source, error) {
  const title = "Python could not be started";
  let response;
  try {
    response = await source;
  } catch {
    return new StartError(
      title,
      "pyodide.asm.wasm did not arrive: the network or the page's policy (connect-src) did not let it through.",
    );
  }
  const { url, ok, headers } = response;
  if (!ok) return new StartError(title, notThere(response));
  const type = headers.get("content-type") ?? "";
  if (!/^application\/wasm\b/i.test(type)) {
    return new StartError(
      title,
      `${url} must come with the content type application/wasm, not ${type || "none"}: the host's settings say which.`,
    );
  }
  return new StartError(title, `${url} is damaged or not complete: ${error}`);
}

/**
 * Find out which file a failed start failed for, of which Pyodide says little or nothing.
 *
 * @param {string[]} addresses
 * @returns {Promise<string>} what is wrong with it; "" where all of them are as they should be
 */
export async function brokenFile(addresses) {
  for (const address of addresses) {
    const answer = await fetch(address).catch(() => null);
    if (!answer)
      return `${address} did not arrive: the network or the page's policy (connect-src) did not let it through.`;
    if (!answer.ok) return notThere(answer);
    try {
      if (address.endsWith(".mjs")) await import(address);
      if (address.endsWith(".json")) await answer.json();
      if (address.endsWith(".zip") && !(await answer.text()).startsWith("PK")) throw new Error("it is no .zip");
    } catch (error) {
      return `${address} is damaged: ${error}`;
    }
  }
  return "";
}

/** @param {Response} answer */
function notThere({ url, status }) {
  return `${url} ${status === 404 ? "is not there" : "could not be read"} (HTTP ${status}).`;
}

/**
 * Notice that the interpreter has died: its stack has overflowed, or Pyodide has failed in another way. Nothing that
 * waits in Python ends after that.
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
    queueMicrotask(() => died(error)); // when there is a stack again
  };
  // Pyodide marks what it dies of; the hook is inside it, and the mark is what comes out where there is no hook.
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
