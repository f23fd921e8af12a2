/** The bodies of requests: what stands in them in place of something else, until they are sent. */

/** Bytes of a file that are encoded at a time; a multiple of three, so that the parts make up the base64 of the whole. */
const SLICE = 3 * 2 ** 18;

/** Digits of a mark that tell one from another; those before them are the same on the whole page. */
const MARK_NUMBER = 8;

/** What the marks of calls begin with. No text holds it by chance. */
const CALL = `bx24pycall${randomHex()}`;

const CALL_MARK = new RegExp(`${CALL}[0-9a-f]{${MARK_NUMBER}}`);

/** The mark of a call. @param {number} number */
export function callMark(number) {
  return CALL + number.toString(16).padStart(MARK_NUMBER, "0");
}

/** The mark of a call in a body. @param {string} body */
export function markIn(body) {
  return CALL_MARK.exec(body)?.[0];
}

/** Put the mark of a call into the first command of a batch. @param {any} commands @param {string} mark */
export function marked(commands, mark) {
  const [first] = Object.values(commands);
  first[1] = { [mark]: 1, ...first[1] };
  return commands;
}

/**
 * Take the mark of a call out of a body: a parameter, or one of a command, which is encoded itself. Python calls an
 * offset " start", because the library deletes a `start` (contract, section 4, number 7).
 *
 * @param {string} body
 * @param {string} mark
 */
export function asMeant(body, mark) {
  const unmarked = body.replace(new RegExp(`${mark}=1&|${mark}%3D1%26|&?${mark}=1|(?:%26)?${mark}%3D1`), "");
  return unmarked.replace(/(^|&)(?:%20|\+| )start=/, "$1start=");
}

/** Put files in the place of their marks. @param {string} body @param {Map<string, Blob | Blob[]>} files */
export function withFiles(body, files) {
  const texts = body.split(new RegExp(`(${[...files.keys()].join("|")})`));
  return new Blob(texts.flatMap((text) => files.get(text) ?? text));
}

/** The parts of a file as the library would have encoded its base64. @param {Blob} file @param {boolean} batch @param {() => boolean} isOver */
export async function encoded(file, batch, isOver) {
  /** @type {Blob[]} */
  const parts = [];
  // A file that is gone has no size, and no slice of it tells.
  if (!file.size) await file.arrayBuffer();
  for (let at = 0; at < file.size && !isOver(); at += SLICE) {
    parts.push(new Blob([urlEncoded(await base64(file.slice(at, at + SLICE)), batch)]));
  }
  return parts;
}

/** @param {Blob} blob @returns {Promise<string>} */
function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader(); // which encodes on another thread
    reader.onload = () => resolve(String(reader.result).slice(String(reader.result).indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** What encodeURIComponent makes of base64; in a batch twice, as commands are encoded themselves. @param {string} text @param {boolean} batch */
function urlEncoded(text, batch) {
  const percent = batch ? "%25" : "%";
  return text.replaceAll("+", `${percent}2B`).replaceAll("/", `${percent}2F`).replaceAll("=", `${percent}3D`);
}

function randomHex() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
