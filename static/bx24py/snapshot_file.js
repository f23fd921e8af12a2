/**
 * What a kept snapshot of Python's memory looks like: the SHA-256 of all that follows, what it is made of (`madeOf`), the
 * size of the memory, the number of its pages and their offsets, and the pages.
 *
 * Pages that are all zero are left out. These are half of the memory, so reading the rest takes less time than
 * decompressing would.
 */

/** The age at which a snapshot is replaced, in milliseconds: Python's hash seed cannot be changed in it, and must not get old. */
const SNAPSHOT_AGE = 24 * 60 * 60 * 1000;

/** The size of a page, in bytes. */
const PAGE = 4096;

/** Offsets of the parts, in bytes. */
const MADE_OF_AT = 32;
const SIZE_AT = MADE_OF_AT + 64;
const STARTS_AT = SIZE_AT + 8;

/** How much of it `describe` needs, in bytes. */
export const HEAD = STARTS_AT;

/**
 * Return the SHA-256 of what a snapshot is made of: Python has noted where the modules are in the standard library.
 *
 * @param {ArrayBuffer} archive of the package
 * @param {string} stdlib the name of the compiled standard library, with its version; "" if there is none
 */
export async function composition(archive, stdlib) {
  return digits(await crypto.subtle.digest("SHA-256", await new Blob([archive, stdlib]).arrayBuffer()));
}

/**
 * @param {string} madeOf
 * @param {Uint8Array<ArrayBuffer>} memory
 * @returns {Promise<{ digest: string, size: number, content: Blob }>} `size`: of the memory, in bytes
 */
export async function pack(madeOf, memory) {
  const used = [];
  const starts = [];
  for (let start = 0; start < memory.length; start += PAGE) {
    const page = memory.subarray(start, start + PAGE);
    if (page.some(Boolean)) {
      used.push(page);
      starts.push(start);
    }
  }
  const parts = [madeOf, Uint32Array.of(memory.length, starts.length, ...starts), ...used];
  const content = await new Blob(parts).arrayBuffer();
  const digest = await crypto.subtle.digest("SHA-256", content);
  return { digest: digits(digest), size: memory.length, content: new Blob([digest, content]) };
}

/**
 * Check that a snapshot is whole.
 *
 * @param {ArrayBuffer} content
 * @returns {Promise<string>} its digest
 * @throws if it is damaged
 */
export async function check(content) {
  const rest = new Uint8Array(content, Math.min(MADE_OF_AT, content.byteLength));
  const digest = digits(await crypto.subtle.digest("SHA-256", rest));
  if (digits(content.slice(0, MADE_OF_AT)) !== digest) throw new Error("it is damaged");
  return digest;
}

/** What the head of a snapshot says. @param {ArrayBuffer} content @returns {{ madeOf: string, size: number }} */
export function describe(content) {
  const madeOf = new TextDecoder().decode(new Uint8Array(content, MADE_OF_AT, SIZE_AT - MADE_OF_AT));
  return { madeOf, size: new Uint32Array(content, SIZE_AT, 1)[0] };
}

/** Write a whole snapshot into memory that is all zero. @param {ArrayBuffer} content @param {Uint8Array} memory */
export function unpack(content, memory) {
  const [size, count] = new Uint32Array(content, SIZE_AT, 2);
  let at = STARTS_AT + 4 * count;
  for (const start of new Uint32Array(content, STARTS_AT, count)) {
    const page = new Uint8Array(content, at, Math.min(PAGE, size - start));
    memory.set(page, start);
    at += page.length;
  }
}

/**
 * Return what shows that a snapshot was kept by somebody who knows the key: HMAC-SHA-256 of its digest and its time.
 *
 * @param {string} key in hexadecimal
 * @param {string} digest
 * @param {number} made in milliseconds since the epoch
 */
export async function seal(key, digest, made) {
  const bytes = Uint8Array.from(key.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const imported = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return digits(await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(`${digest} ${made}`)));
}

/** @param {number} made in milliseconds since the epoch; a time in the future does not count as young */
export function isYoung(made) {
  const age = Date.now() - made;
  return age >= 0 && age < SNAPSHOT_AGE;
}

/** @param {ArrayBuffer} bytes @returns {string} in hexadecimal */
export function digits(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
