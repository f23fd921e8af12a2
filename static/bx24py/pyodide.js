/**
 * Requests Pyodide's files all at once, and loads Pyodide from them. Files from a host other than the page's, such as the
 * public CDN, are checked before they are run.
 *
 * The standard library of the distribution contains sources, which Python compiles in each start: that takes three quarters
 * of it. So Pyodide gets the compiled one that `bx24py pack` and the local portal put beside the loader.
 *
 * If it is loaded a second time, because a snapshot did not fit, what has arrived and been compiled is used again.
 *
 * The checks: modules are loaded as script elements, because every engine supports `integrity` there; `import()` of the
 * same address then returns the checked module. A worker has no elements: it imports a copy of the checked file, for which
 * its policy must allow `blob:`. Pyodide checks packages itself, against its lock file. With `integrity` the browser computes
 * the digest of a fetched file on the page's thread, which takes a tenth of a second for WebAssembly. So it is computed by
 * `crypto` where the page has that (it needs https), on another thread. WebAssembly is compiled meanwhile, but not run.
 */

import { StartError } from "./errors.js";
import { notArrived, notThere } from "./guard.js";
import { digits } from "./snapshot_file.js";

export const PYODIDE_VERSION = "314.0.7";

/**
 * SHA-256 of Pyodide's files in hexadecimal; for the lock file also of the one that `bx24py pack --pyodide bundled`
 * writes. The same as in bx24py/dev/pinned.py.
 *
 * @type {Record<string, string[]>}
 */
export const SHA256 = {
  "pyodide.mjs": ["6f1d60f7bf529beb300f0f47983c921d3982363640ba20af0e38efdddbc66109"],
  "pyodide.asm.mjs": ["f7cdc8ece80678ceb712f8e65ebe6d3a83203a180c399865f49612a051693635"],
  "pyodide.asm.wasm": ["cc36e3cab04fdfc9a63ff13eb52eae2b911bf46c025cc7b281f394bd3de1d5e6"],
  "python_stdlib.zip": ["fa1957e5777068fc4f7437f96d860ae2fbe9c19732ba06c84e004ec16dd7dd7a"],
  "pyodide-lock.json": [
    "5dc2fc119108bc148c7457dc86e7675b5c87e1cafd420b9c34c1eaef7b36c010",
    "05e3779ad923e7bd54b2604616c56c0fb0e132d65fec4fa72caf4a7cde65b4d2",
  ],
};

const WASM = "pyodide.asm.wasm";
const STDLIB = "python_stdlib.zip";

/** The files that Pyodide fetches. */
const FETCHED = [WASM, STDLIB, "pyodide-lock.json"];

/** The headline of an error in a file. */
const TITLE = "Python could not be loaded";

/** A file does not exist, or did not arrive. */
class MissingError extends StartError {}

/** @typedef {(options: object, givenUp?: AbortSignal) => Promise<any>} LoadPyodide */

/**
 * Request all files of Pyodide.
 *
 * @param {string} indexURL its folder
 * @param {string} stdlib the address of the compiled standard library for this version; "" for the one in the folder
 * @returns {Promise<{ loadPyodide: LoadPyodide, files: string[], ready: Promise<unknown> } | undefined>} its module, the
 *   addresses of what it needs, and the end of their loading; undefined if there is none
 * @throws {StartError} if a file is not the expected one
 */
export async function findPyodide(indexURL, stdlib) {
  const main = moduleAt(`${indexURL}pyodide.mjs`);
  const asm = moduleAt(`${indexURL}pyodide.asm.mjs`);
  const script = asm.catch(() => {}); // reported where it is awaited
  const addresses = new Map(FETCHED.map((file) => [indexURL + file, indexURL + file]));
  if (stdlib) addresses.set(indexURL + STDLIB, stdlib);
  const fetched = new Map([...addresses].map(([file, address]) => [file, requested(address, script)]));
  try {
    const { loadPyodide, version } = await main;
    if (stdlib && version !== PYODIDE_VERSION) {
      addresses.set(indexURL + STDLIB, indexURL + STDLIB);
      fetched.set(indexURL + STDLIB, requested(indexURL + STDLIB, script));
    }
    return {
      loadPyodide: (options, givenUp) => load(loadPyodide, { ...options, indexURL }, asm, fetched, givenUp),
      files: [`${indexURL}pyodide.asm.mjs`, ...addresses.values()],
      ready: Promise.allSettled([asm, ...fetched.values()]),
    };
  } catch (error) {
    if (isOwn(indexURL) || error instanceof MissingError) return undefined;
    throw error;
  }
}

/** Whether an address is on the page's own host: whoever can change Pyodide there can change the page too. @param {string} address */
export function isOwn(address) {
  return new URL(address).origin === self.location.origin;
}

/**
 * Load Pyodide. `fetch` and `instantiateStreaming` are replaced until Pyodide has got what was requested. It asks for all of
 * it before any other code runs, for WebAssembly last.
 *
 * @param {(options: object) => Promise<any>} loadPyodide
 * @param {{ indexURL: string }} options
 * @param {Promise<any>} asm
 * @param {Map<string, Promise<ArrayBuffer | WebAssembly.Module>>} files
 * @param {AbortSignal} [givenUp] aborted when this load is no longer wanted; it never ends then
 * @returns {Promise<any>}
 */
function load(loadPyodide, options, asm, files, givenUp) {
  const { fetch } = globalThis;
  const { instantiateStreaming } = WebAssembly;
  const wanted = new Set(files.keys());
  /** What Pyodide gets for WebAssembly, and passes on to `instantiateStreaming`. @type {Promise<Response>} */
  const wasm = new Promise(() => {});
  return new Promise((resolve, reject) => {
    /** @param {any} input @param {RequestInit} [init] */
    function give(input, init) {
      const content = wanted.delete(String(input)) && files.get(String(input));
      if (!content) return fetch(input, init);
      content.catch(reject); // without it Pyodide would wait forever
      if (String(input) === options.indexURL + WASM) return wasm;
      return content.then((found) => new Response(/** @type {ArrayBuffer} */ (found)));
    }
    /** @param {any} source @param {WebAssembly.Imports} imports */
    async function instantiate(source, imports) {
      if (source !== wasm) return instantiateStreaming.call(WebAssembly, source, imports); // of a load that was given up
      restore();
      const module = /** @type {WebAssembly.Module} */ (await files.get(options.indexURL + WASM));
      const instance = WebAssembly.instantiate(module, imports);
      instance.catch(reject); // Pyodide only writes it to the console
      return { module, instance: await instance };
    }
    function restore() {
      if (globalThis.fetch === give) globalThis.fetch = fetch;
      if (WebAssembly.instantiateStreaming === /** @type {any} */ (instantiate))
        WebAssembly.instantiateStreaming = instantiateStreaming;
    }
    async function createPyodideModule(/** @type {object} */ settings) {
      if (wanted.size && !isOwn(options.indexURL)) throw new StartError(TITLE, `${[...wanted]} could not be checked.`);
      const { default: create } = await asm;
      return givenUp?.aborted ? new Promise(() => {}) : create(settings);
    }
    globalThis.fetch = give;
    WebAssembly.instantiateStreaming = /** @type {any} */ (instantiate);
    givenUp?.addEventListener("abort", restore);
    loadPyodide({ ...options, createPyodideModule })
      .finally(restore)
      .then(resolve, reject);
  });
}

/** @param {string} address @returns {Promise<any>} the module */
function moduleAt(address) {
  return isOwn(address) ? import(address) : checkedModule(address);
}

/** @param {string} address on another host @returns {Promise<any>} */
async function checkedModule(address) {
  if (typeof document === "undefined") {
    const copy = URL.createObjectURL(new Blob([await requested(address)], { type: "text/javascript" }));
    return import(copy).finally(() => URL.revokeObjectURL(copy));
  }
  const element = document.createElement("script");
  element.type = "module";
  element.crossOrigin = "anonymous";
  element.integrity = integrity(address);
  element.src = address;
  try {
    await new Promise((resolve, reject) => {
      element.onload = resolve;
      element.onerror = reject;
      document.head.append(element);
    });
  } catch {
    throw await whatFailed(address, "script-src");
  }
  return import(address);
}

/**
 * Request a file, and check it.
 *
 * @param {string} address
 * @param {Promise<unknown>} [script] before which it is not read: large files that arrive at the same time would keep the
 *   page's thread from Pyodide's script, which takes longer
 * @returns {Promise<any>} its content; for WebAssembly what it was compiled to
 * @throws {StartError}
 */
function requested(address, script) {
  const content = received(address, script);
  content.catch(() => {}); // reported where it is awaited
  return content;
}

/** @param {string} address @param {Promise<unknown>} [script] */
async function received(address, script) {
  const isForeign = !isOwn(address) && name(address) in SHA256;
  let response;
  try {
    response = await fetch(address, isForeign && !crypto.subtle ? { integrity: integrity(address) } : {});
  } catch {
    throw isForeign ? await whatFailed(address, "connect-src") : new MissingError(TITLE, notArrived(address));
  }
  if (!response.ok) throw new MissingError(TITLE, notThere(response));
  await script;
  const isExpected = isForeign && crypto.subtle ? checkDigest(address, response.clone()) : null;
  const content = address.endsWith(".wasm") ? compiled(response) : whole(response);
  content.catch(() => {}); // that it is another file is reported first
  await isExpected;
  return content;
}

/** @param {Response} response */
async function whole(response) {
  try {
    return await response.arrayBuffer();
  } catch {
    throw new MissingError(TITLE, notArrived(response.url));
  }
}

/** @param {Response} response */
async function compiled(response) {
  try {
    return await WebAssembly.compileStreaming(response);
  } catch (error) {
    const type = response.headers.get("content-type") || "none";
    const why = /^application\/wasm\b/i.test(type)
      ? `is damaged or incomplete: ${error}`
      : `must have the content type application/wasm, not ${type}. Change it in the settings of the host.`;
    throw new StartError(TITLE, `${response.url} ${why}`);
  }
}

/** @param {string} address on another host @param {Response} response @throws {StartError} if it is not the expected file */
async function checkDigest(address, response) {
  if (!SHA256[name(address)].includes(await digestOf(await whole(response)))) throw anotherFile(address);
}

/**
 * Find out why a file of another host was rejected: the browser does not say.
 *
 * @param {string} address
 * @param {string} directive of a policy that may have blocked it
 */
async function whatFailed(address, directive) {
  const response = await fetch(address).catch(() => null);
  if (!response) return new MissingError(TITLE, notArrived(address));
  if (!response.ok) return new MissingError(TITLE, notThere(response));
  const content = await response.arrayBuffer().catch(() => null);
  if (!content) return new MissingError(TITLE, notArrived(address));
  if (!SHA256[name(address)].includes(await digestOf(content))) return anotherFile(address);
  return new StartError(
    TITLE,
    `${address} was blocked. If the page has a Content-Security-Policy, check its ${directive}.`,
  );
}

/** @param {string} address */
function anotherFile(address) {
  return new StartError(
    TITLE,
    `${address} is not the file of the Pyodide that this page is made for: it was changed, or is from another version. ` +
      "Pack the application with --pyodide bundled, or name another folder with data-pyodide.",
  );
}

/** @param {ArrayBuffer} content @returns {Promise<string>} its SHA-256; "" where the page has no `crypto` */
async function digestOf(content) {
  return crypto.subtle ? digits(await crypto.subtle.digest("SHA-256", content)) : "";
}

/** Return the `integrity` of a file. @param {string} address */
function integrity(address) {
  const bytes = (/** @type {string} */ digits) => (digits.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
  return SHA256[name(address)].map((digits) => `sha256-${btoa(String.fromCharCode(...bytes(digits)))}`).join(" ");
}

/** @param {string} address */
function name(address) {
  return address.slice(address.lastIndexOf("/") + 1);
}
