/**
 * Pyodide from another host than the page's own, such as the public CDN: each file that the page loads is checked.
 *
 * The modules are checked as script elements, whose `integrity` every engine knows; `import()` of the same address then
 * gives the module that was checked. A worker has no elements: it imports a copy of what it has checked, for which its
 * policy must allow `blob:`. What Pyodide fetches itself is fetched here, with `integrity`, and handed to it. Packages are
 * checked by Pyodide, against its lock file.
 */

/**
 * SHA-256 of Pyodide's files, in hexadecimal digits; of the lock file also as `bx24py pack --pyodide bundled` writes it.
 * The same as in bx24py/dev/pinned.py.
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

/** What Pyodide fetches itself. */
const FETCHED = ["pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];

/** A failure as bx24py.js shows it: a headline, and what to do. */
class FileError extends Error {
  title = "Python could not be loaded";
}

/** A file that is not there, or did not arrive. */
class MissingError extends FileError {}

/**
 * Ask for all of Pyodide at once.
 *
 * @param {string} indexURL its folder, on another host
 * @returns {Promise<{ loadPyodide: (options: object) => Promise<any> } | undefined>} as its module; undefined where there is none
 * @throws {FileError} where a file is another than it must be
 */
export async function findPyodide(indexURL) {
  const main = checkedModule(`${indexURL}pyodide.mjs`);
  const asm = checkedModule(`${indexURL}pyodide.asm.mjs`);
  asm.catch(() => {}); // shown where it is awaited
  const fetched = new Map(FETCHED.map((file) => [indexURL + file, checkedFile(indexURL + file)]));
  for (const response of fetched.values()) response.catch(() => {});
  try {
    const { loadPyodide } = await main;
    return { loadPyodide: (options) => load(loadPyodide, { ...options, indexURL }, asm, fetched) };
  } catch (error) {
    if (error instanceof MissingError) return undefined;
    throw error;
  }
}

/**
 * Start Pyodide. Until it has asked for its files, it gets those that were checked: it does so before anything else runs.
 *
 * @param {(options: object) => Promise<any>} loadPyodide
 * @param {object} options
 * @param {Promise<any>} asm
 * @param {Map<string, Promise<Response> | undefined>} files
 */
function load(loadPyodide, options, asm, files) {
  const { fetch } = globalThis;
  const wanted = new Set(files.keys());
  return new Promise((resolve, reject) => {
    /** @param {any} input @param {RequestInit} [init] */
    function give(input, init) {
      const address = String(input);
      if (!wanted.delete(address)) return fetch(input, init);
      if (!wanted.size) restore();
      const response = files.get(address) ?? checkedFile(address);
      files.set(address, undefined); // it can be read once
      return new Promise((got) => response.then(got, reject)); // without it Pyodide would wait for ever
    }
    function restore() {
      if (globalThis.fetch === give) globalThis.fetch = fetch;
    }
    async function createPyodideModule(/** @type {object} */ settings) {
      for (const address of wanted) throw new FileError(`${address} could not be checked.`);
      return (await asm).default(settings);
    }
    globalThis.fetch = give;
    loadPyodide({ ...options, createPyodideModule })
      .finally(restore)
      .then(resolve, reject);
  });
}

/** @param {string} address @returns {Promise<any>} */
async function checkedModule(address) {
  if (typeof document === "undefined") {
    const content = await (await checkedFile(address)).blob();
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

/** @param {string} address @returns {Promise<Response>} */
async function checkedFile(address) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(address, { integrity: integrity(address) });
  } catch {
    throw await whatFailed(address, "connect-src");
  }
  if (!response.ok) throw await whatFailed(address, "connect-src");
  return response;
}

/**
 * Find out why a file was not taken: the browser does not say.
 *
 * @param {string} address
 * @param {string} directive of a policy that may have refused it
 */
async function whatFailed(address, directive) {
  let content;
  try {
    const response = await fetch(address);
    if (!response.ok) return new MissingError(`${address} could not be read (HTTP ${response.status}).`);
    content = await response.arrayBuffer();
  } catch {
    return new MissingError(
      `${address} did not arrive: the network did not let it through, or the page's connect-src.`,
    );
  }
  const digest = new Uint8Array((await crypto.subtle?.digest("SHA-256", content)) ?? []);
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (!SHA256[name(address)].includes(found)) {
    return new FileError(
      `${address} is not the file of the Pyodide that this page is made for: it was changed, or is of another version. ` +
        "Pack the application with --pyodide bundled, or name another folder with data-pyodide.",
    );
  }
  return new FileError(
    `${address} was not let through. If the page has a Content-Security-Policy, see its ${directive}.`,
  );
}

/** The `integrity` of a file. @param {string} address */
function integrity(address) {
  const bytes = (/** @type {string} */ digits) => (digits.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
  return SHA256[name(address)].map((digits) => `sha256-${btoa(String.fromCharCode(...bytes(digits)))}`).join(" ");
}

/** @param {string} address */
function name(address) {
  return address.slice(address.lastIndexOf("/") + 1);
}
