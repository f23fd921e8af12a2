/** Downloads the files that the application needs to start, and reports the missing ones. */

import { StartError } from "./errors.js";
import { LOADER } from "./page.js";

/** How long one of the loader's modules may take to arrive, in milliseconds. They are small. */
const MODULE_TIME = 60_000;

/** Notices failures that Pyodide does not report. @type {Promise<typeof import("../bx24py-guard.js")>} */
export const guard = ownModule("bx24py-guard.js");
guard.catch(() => {}); // reported where it is awaited

/** Import one of the loader's modules. @param {string} name @returns {Promise<any>} */
export function ownModule(name) {
  return new Promise((resolve, reject) => {
    const missing = () => reject(new StartError("A file of the application is missing", `${name} did not arrive.`));
    const timer = setTimeout(missing, MODULE_TIME);
    import(new URL(name, LOADER).href).then(resolve, missing).finally(() => clearTimeout(timer));
  });
}

/** @param {string} address @returns {Promise<ArrayBuffer>} */
export async function download(address) {
  const url = new URL(address, document.baseURI).href;
  const content = fetched(url, address);
  content.catch(() => {}); // reported below
  const { arrived } = await guard;
  return arrived(content, [url]);
}

/** @param {string} url @param {string} address as the author wrote it @returns {Promise<ArrayBuffer>} */
async function fetched(url, address) {
  let response;
  try {
    response = await fetch(url);
  } catch {
    throw new StartError(
      "A file of the application did not arrive",
      `${address}: the request failed. Check the network, and reload the page.`,
    );
  }
  if (!response.ok) {
    const why = response.status === 404 ? "is not there" : "could not be read";
    throw new StartError("A file of the application is missing", `${address} ${why} (HTTP ${response.status}).`);
  }
  return response.arrayBuffer();
}

/** Decompress a .gz; with some hosts the browser has already done it. @param {ArrayBuffer} bytes */
export async function unzipped(bytes) {
  const [first, second] = new Uint8Array(bytes);
  if (first !== 0x1f || second !== 0x8b) return bytes;
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}
