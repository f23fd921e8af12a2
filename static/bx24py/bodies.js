/** Request bodies, and the marks in them that are replaced when they are sent. */

/** How many bytes of a file are encoded at a time; a multiple of three, so that the parts join to the base64 of the file. */
const SLICE = 3 * 2 ** 18;

/** How many digits of a mark are its number; the digits before them are the same for every mark of the page. */
const MARK_NUMBER = 8;

/** The start of every mark of a call. It is random, so that no text contains it by chance. */
const CALL = `bx24pycall${randomHex()}`;

const CALL_MARK = new RegExp(`${CALL}[0-9a-f]{${MARK_NUMBER}}`);

/** Return the mark of a call. @param {number} number */
export function callMark(number) {
  return CALL + number.toString(16).padStart(MARK_NUMBER, "0");
}

/** Find the mark of a call in a body. @param {string} body */
export function markIn(body) {
  return CALL_MARK.exec(body)?.[0];
}

/** Add the mark of a call to the first command of a batch. @param {any} commands @param {string} mark */
export function marked(commands, mark) {
  const [first] = Object.values(commands);
  first[1] = { [mark]: 1, ...first[1] };
  return commands;
}

/**
 * Remove the mark of a call from a body. It is a parameter of the request, or of a command, which is encoded itself.
 * Also rename " start" to `start`: Python sends an offset under that name, because the library deletes a `start`
 * (contract, section 4, number 7).
 *
 * @param {string} body
 * @param {string} mark
 */
export function asMeant(body, mark) {
  const unmarked = body.replace(new RegExp(`${mark}=1&|${mark}%3D1%26|&?${mark}=1|(?:%26)?${mark}%3D1`), "");
  return unmarked.replace(/(^|&)(?:%20|\+| )start=/, "$1start=");
}

/** Replace marks with the files that they stand for. @param {string} body @param {Map<string, Blob | Blob[]>} files */
export function withFiles(body, files) {
  const texts = body.split(new RegExp(`(${[...files.keys()].join("|")})`));
  return new Blob(texts.flatMap((text) => files.get(text) ?? text));
}

/** Encode a file, in parts, as the library would encode its base64. @param {Blob} file @param {boolean} batch @param {() => boolean} isOver */
export async function encoded(file, batch, isOver) {
  /** @type {Blob[]} */
  const parts = [];
  // A deleted file has size 0, and only reading it fails.
  if (!file.size) await file.arrayBuffer();
  for (let at = 0; at < file.size && !isOver(); at += SLICE) {
    parts.push(new Blob([urlEncoded(await base64(file.slice(at, at + SLICE)), batch)]));
  }
  return parts;
}

/** @param {Blob} blob @returns {Promise<string>} */
function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader(); // it encodes on another thread
    reader.onload = () => resolve(String(reader.result).slice(String(reader.result).indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** Encode base64 as encodeURIComponent does; twice for a batch, because its commands are encoded themselves. @param {string} text @param {boolean} batch */
function urlEncoded(text, batch) {
  const percent = batch ? "%25" : "%";
  return text.replaceAll("+", `${percent}2B`).replaceAll("/", `${percent}2F`).replaceAll("=", `${percent}3D`);
}

function randomHex() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
