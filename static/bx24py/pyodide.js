/**
 * Loads Pyodide from a host other than the page's, such as the public CDN, and checks every file that the page loads.
 *
 * Modules are loaded as script elements, because every engine supports `integrity` there; `import()` of the same address
 * then returns the checked module. A worker has no elements: it imports a copy of the checked file, for which its policy
 * must allow `blob:`. The files that Pyodide fetches are fetched and checked here, and passed to it. Pyodide checks packages
 * itself, against its lock file.
 *
 * With `integrity` the browser computes the digest of a fetched file on the page's thread, which takes a tenth of a second
 * for WebAssembly. So it is computed by `crypto` where the page has that (it needs https), on another thread. WebAssembly is
 * compiled meanwhile, but not run.
 */

import { digits } from "./snapshot_file.js";

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

/** The files that Pyodide fetches. */
const FETCHED = ["pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];

/** An error that bx24py.js shows: a headline, and what to do. */
class FileError extends Error {
  title = "Python could not be loaded";
}

/** A file does not exist, or did not arrive. */
class MissingError extends FileError {}

/**
 * Request all files of Pyodide at once.
 *
 * @param {string} indexURL its folder, on another host
 * @returns {Promise<{ loadPyodide: (options: object) => Promise<any> } | undefined>} its module; undefined if there is none
 * @throws {FileError} if a file is not the expected one
 */
export async function findPyodide(indexURL) {
  const main = checkedModule(`${indexURL}pyodide.mjs`);
  const asm = checkedModule(`${indexURL}pyodide.asm.mjs`);
  asm.catch(() => {}); // reported where it is awaited
  const fetched = new Map(FETCHED.map((file) => [indexURL + file, requested(indexURL + file)]));
  try {
    const { loadPyodide } = await main;
    return { loadPyodide: (options) => load(loadPyodide, { ...options, indexURL }, asm, fetched) };
  } catch (error) {
    if (error instanceof MissingError) return undefined;
    throw error;
  }
}

/**
 * Start Pyodide. `fetch` is replaced until Pyodide has requested its files, so that it gets the checked ones. It requests
 * them before any other code runs. And WebAssembly is run only when it has been checked.
 *
 * @param {(options: object) => Promise<any>} loadPyodide
 * @param {object} options
 * @param {Promise<any>} asm
 * @param {Map<string, Requested | undefined>} files
 */
function load(loadPyodide, options, asm, files) {
  const { fetch } = globalThis;
  const { instantiateStreaming } = WebAssembly;
  const wanted = new Set(files.keys());
  /** @type {Promise<void>[]} */
  const checks = [];
  return new Promise((resolve, reject) => {
    /** @param {any} input @param {RequestInit} [init] */
    function give(input, init) {
      const address = String(input);
      if (!wanted.delete(address)) return fetch(input, init);
      if (!wanted.size) restore();
      const { response, checked } = files.get(address) ?? requested(address);
      files.set(address, undefined); // a response can be read only once
      const isCompiled = address.endsWith(".wasm");
      if (isCompiled) checks.push(checked);
      checked.catch(reject); // without it Pyodide would wait forever
      return isCompiled ? response : new Promise((got) => checked.then(() => got(response), reject));
    }
    /** @param {any} source @param {WebAssembly.Imports} imports */
    async function compileAndCheck(source, imports) {
      const module = await WebAssembly.compileStreaming(source);
      await Promise.all(checks);
      return { module, instance: await WebAssembly.instantiate(module, imports) };
    }
    function restore() {
      if (globalThis.fetch === give) globalThis.fetch = fetch;
    }
    async function createPyodideModule(/** @type {object} */ settings) {
      for (const address of wanted) throw new FileError(`${address} could not be checked.`);
      return (await asm).default(settings);
    }
    globalThis.fetch = give;
    WebAssembly.instantiateStreaming = /** @type {any} */ (compileAndCheck);
    loadPyodide({ ...options, createPyodideModule })
      .finally(() => {
        restore();
        WebAssembly.instantiateStreaming = instantiateStreaming;
      })
      .then(resolve, reject);
  });
}

/** @param {string} address @returns {Promise<any>} */
async function checkedModule(address) {
  if (typeof document === "undefined") {
    const { response, checked } = requested(address);
    await checked;
    const content = await (await response).blob();
    const copy = URL.createObjectURL(new Blob([content], { type: "text/javascript" }));
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
 * @typedef {object} Requested
 * @property {Promise<Response>} response not yet checked
 * @property {Promise<void>} checked fails if it is not the expected file
 */

/** @param {string} address @returns {Requested} */
function requested(address) {
  const response = fetch(address, crypto.subtle ? {} : { integrity: integrity(address) });
  const checked = response.then(
    async (arrived) => {
      if (!arrived.ok) throw await whatFailed(address, "connect-src");
      if (!crypto.subtle) return; // the browser has checked it
      const content = await arrived
        .clone()
        .arrayBuffer()
        .catch(() => null);
      if (!content || !SHA256[name(address)].includes(await digestOf(content)))
        throw await whatFailed(address, "connect-src");
    },
    async () => {
      throw await whatFailed(address, "connect-src");
    },
  );
  for (const promise of [response, checked]) promise.catch(() => {}); // reported where they are awaited
  return { response, checked };
}

/**
 * Find out why a file was rejected: the browser does not say.
 *
 * @param {string} address
 * @param {string} directive of a policy that may have blocked it
 */
async function whatFailed(address, directive) {
  let content;
  try {
    const response = await fetch(address);
    if (!response.ok) return new MissingError(`${address} could not be read (HTTP ${response.status}).`);
    content = await response.arrayBuffer();
  } catch {
    return new MissingError(
      `${address} did not arrive: the network failed, or the page's policy (connect-src) blocked it.`,
    );
  }
  if (!SHA256[name(address)].includes(await digestOf(content))) {
    return new FileError(
      `${address} is not the file of the Pyodide that this page is made for: it was changed, or is from another version. ` +
        "Pack the application with --pyodide bundled, or name another folder with data-pyodide.",
    );
  }
  return new FileError(`${address} was blocked. If the page has a Content-Security-Policy, check its ${directive}.`);
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
