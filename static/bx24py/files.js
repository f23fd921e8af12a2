/** Downloads the files that the application needs to start, and reports the missing ones. */

import { StartError } from "./errors.js";
import { arrived } from "./guard.js";

/** @param {string} address @returns {Promise<ArrayBuffer>} */
export async function download(address) {
  const url = new URL(address, document.baseURI).href;
  const content = fetched(url, address);
  content.catch(() => {}); // reported below
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
