/** The portal's end of the wire to application frames (contract, section 2): parses messages, and sends them on in order. */

/** @typedef {{command: string, params: any, callback: string}} Message */
/** @typedef {{id: number, do: string | null, args: Record<string, any>, delay: number, text?: string}} Reply the server's decision */
/** @typedef {import('./appframe.js').AppFrame} AppFrame */

/** Longer messages are ignored. In characters. */
const MESSAGE_LIMIT = 8_000_000;
/** How many messages may wait for the server; if a frame floods the portal, the rest is dropped. */
const WAITING_LIMIT = 5_000;
/** How many messages, and how many characters, are sent to the server at once. */
const BATCH_LIMIT = 200;
const BATCH_CHARACTERS = 10_000_000;

/**
 * Parse a message from a frame: `command:PARAMS:CALLBACK:APP_SID`, or an object. Empty fields may be left out.
 *
 * @param {unknown} data
 * @param {string} sid
 * @returns {Message | null} null for anything else: wrong APP_SID, broken JSON, noise
 */
export function parseMessage(data, sid) {
  if (typeof data === "string") return parseText(data, sid);
  if (typeof data !== "object" || data === null) return null;
  const { method, params, callback, appSid } = /** @type {Record<string, any>} */ (data);
  if (typeof method !== "string" || method === "" || appSid !== sid) return null;
  try {
    // Parameters that cannot be JSON (a cycle, a bigint) are not a message.
    const text = params === undefined || params === "" ? "null" : JSON.stringify(params);
    if (text === undefined || text.length > MESSAGE_LIMIT) return null;
    return { command: method, params: JSON.parse(text), callback: callback === undefined ? "" : String(callback) };
  } catch {
    return null;
  }
}

/** @param {string} data @param {string} sid @returns {Message | null} */
function parseText(data, sid) {
  if (data.length > MESSAGE_LIMIT || !data.endsWith(`:${sid}`)) return null;
  const head = data.slice(0, -sid.length - 1);
  const commandEnd = head.indexOf(":");
  const command = commandEnd < 0 ? head : head.slice(0, commandEnd);
  const rest = commandEnd < 0 ? "" : head.slice(commandEnd + 1);
  // JSON contains colons too: the callback follows the last one, unless that belongs to the JSON.
  const last = rest.lastIndexOf(":");
  let callback = rest.slice(last + 1);
  let json = last < 0 ? "" : rest.slice(0, last);
  if (!/^[\w-]*$/.test(callback)) [json, callback] = [rest, ""];
  if (!/^[\w.-]+$/.test(command)) return null;
  try {
    return { command, params: json === "" ? null : JSON.parse(json), callback };
  } catch {
    return null;
  }
}

export class Wire {
  /** @type {{frame: AppFrame, message: Message, size: number}[]} */
  #waiting = [];
  #sending = false;
  #api;
  #sid;
  #act;
  /** @type {Map<Window, AppFrame>} */
  #frames = new Map();

  /**
   * @param {import('./api.js').Api} api
   * @param {string} sid
   * @param {(frame: AppFrame, message: Message, reply: Reply) => void} act carries out the server's decision
   */
  constructor(api, sid, act) {
    this.#api = api;
    this.#sid = sid;
    this.#act = act;
    window.addEventListener("message", (event) => this.#receive(event));
  }

  /** @param {AppFrame} frame */
  add(frame) {
    this.#frames.set(frame.window, frame);
  }

  /** @param {AppFrame} frame */
  remove(frame) {
    this.#frames.delete(frame.window);
    this.#waiting = this.#waiting.filter((one) => one.frame !== frame);
    this.#api.tell("forget", { frame: frame.id });
  }

  /** @param {string} id @returns {AppFrame | undefined} */
  find(id) {
    return [...this.#frames.values()].find((frame) => frame.id === id);
  }

  /** @param {MessageEvent} event */
  #receive(event) {
    const frame = this.#frames.get(/** @type {Window} */ (event.source));
    if (!frame || event.origin !== frame.origin || this.#waiting.length >= WAITING_LIMIT) return;
    const error = event.data?.applicationError; // from app_errors.js: not a message of the wire
    if (error) {
      this.#api.post("error", { title: String(error.title), text: String(error.text) });
      return;
    }
    const message = parseMessage(event.data, this.#sid);
    if (!message) return;
    this.#waiting.push({ frame, message, size: typeof event.data === "string" ? event.data.length : 10_000 });
    if (!this.#sending) this.#send();
  }

  /** Send one request after another, so that messages reach the server, and are answered, in the order they came. */
  async #send() {
    this.#sending = true;
    while (this.#waiting.length > 0) {
      let count = 1;
      let size = this.#waiting[0].size;
      while (
        count < Math.min(this.#waiting.length, BATCH_LIMIT) &&
        size + this.#waiting[count].size < BATCH_CHARACTERS
      ) {
        size += this.#waiting[count].size;
        count += 1;
      }
      const batch = this.#waiting.splice(0, count);
      const messages = batch.map(({ frame, message }) => ({ frame: frame.id, ...message }));
      try {
        const replies = await this.#api.post("wire", { messages });
        for (const [index, { frame, message }] of batch.entries()) this.#act(frame, message, replies[index]);
      } catch (error) {
        console.error("The local portal did not accept messages from the application.", error);
      }
    }
    this.#sending = false;
  }
}
