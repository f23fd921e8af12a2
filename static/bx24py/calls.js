/** Python's calls, on their way through the library. */

import { callMark, encoded, marked } from "./bodies.js";
import { usedTokens } from "./tokens.js";

/** Methods that only read, as `rest/read_only.py` has them. */
const READS =
  /(?:^|\.)(?:get|list|(?:get)?fields|search|count)$|^(?:user\.current|profile|scope|methods|events|server\.time|app\.info|access\.name)$/i;
const WRITES = /^event\.offline\.get$/i;

/** In place of a status: the library called back without a request of ours, or it threw. */
const ANSWERED = -1;
const THREW = -2;
/** A file could not be read. */
const UNREADABLE = -3;

/** In place of the time since a request's body left the page. */
const NOT_LEFT = -1;
const EXPIRED = -2;

/** @typedef {(done: number, total: number) => void} Watch told how many bytes of a request have been sent */

/**
 * @typedef {object} Request one of `PortalRequest`
 * @property {boolean} isAnswered
 * @property {number} trueStatus
 * @property {string | Uint8Array} trueAnswer
 * @property {() => void} abort
 */

/** Calls that wait for an answer, by their marks. @type {Map<string, PortalCall>} */
export const calls = new Map();

let numberOfCalls = 0;

/** Python has died: nothing is sent for it any more. */
let isDead = false;

/** When the library sent a request last, in milliseconds of `performance.now()`: whether its guard lets any through. */
let lastSent = 0;

/** The library sends a request. */
export function noteSent() {
  lastSent = performance.now();
}

/**
 * A call that waits for its answer. The library may send its request later, from another event, and more than once: it
 * has a guard of its own, and renews tokens. So the mark stands among the call's parameters, until the request is sent:
 * a request with the mark of a call that is over never leaves the page.
 */
export class PortalCall {
  mark = callMark(++numberOfCalls);
  /** Its request, the last one that the library made. @type {Request | null} */
  request = null;
  /** When a body left the page that the portal may have acted upon; 0: none has. */
  leftAt = 0;
  /** Its token was refused as expired, and has not been renewed. */
  expired = false;
  /** Its files by their marks: first as they are, then in the parts that are sent. @type {Map<string, Blob | Blob[]>} */
  files = new Map();
  /** @type {Watch | undefined} */
  watch;
  #method;
  #deliver;

  /** @param {string} method @param {(status: number, answer: any) => void} deliver called once, unless the call is given up */
  constructor(method, deliver) {
    this.#method = method;
    this.#deliver = deliver;
    if (!isDead) calls.set(this.mark, this);
  }

  get over() {
    return !calls.has(this.mark);
  }

  /** How long ago its body left, in milliseconds, or why it has not. */
  get sinceLeft() {
    if (this.expired) return EXPIRED;
    return this.leftAt ? performance.now() - this.leftAt : NOT_LEFT;
  }

  /** Hand it to the library, which calls back. @param {(mark: string, callback: (result: any) => void) => void} call */
  async start(call) {
    try {
      if (this.files.size) await this.#encode();
    } catch (error) {
      this.answer(UNREADABLE, String(error));
      return;
    }
    // Not while Python is on the stack: Chromium takes the longer to send a request, the deeper in WebAssembly.
    await undefined;
    if (this.over) return;
    try {
      call(this.mark, (result) => this.#calledBack(result));
    } catch (error) {
      this.answer(THREW, String(error));
    }
  }

  /** Give the true answer where its request has it, of which the library hands on but a part. @param {any} result */
  #calledBack(result) {
    const request = this.request;
    if (request?.isAnswered) this.answer(request.trueStatus, request.trueAnswer);
    else this.answer(ANSWERED, result);
  }

  /** End it with an answer, unless it is over. @param {number} status @param {any} answer */
  answer(status, answer) {
    if (this.#end()) this.#deliver(status, answer);
  }

  /** Give it up. What the library sends for it later is dropped. */
  abort() {
    if (this.#end()) this.request?.abort();
  }

  #end() {
    this.files.clear();
    return calls.delete(this.mark);
  }

  /** Encode its files as the library would encode their base64. */
  async #encode() {
    for (const [mark, file] of this.files) {
      const parts = await encoded(/** @type {Blob} */ (file), this.#method === "batch", () => this.over);
      if (this.over) return;
      this.files.set(mark, parts);
    }
  }
}

/** The batch that the page declared, until Python takes its answer. @type {{ bx24: any, sent: string, answer: Promise<[number, any]> } | null} */
let prefetched = null;

/**
 * The way of Python's calls through the library. Only numbers and text cross, because each object that does costs a
 * proxy: the parameters come as JSON, and `deliver` gets the call's number, the answer's true HTTP status (0: none
 * arrived) and its true text, of which the library hands on but a part (number 6), a long one as UTF-8; or ANSWERED and the ajaxResult,
 * or THREW and the text of what was thrown.
 *
 * @param {any} bx24
 * @param {any} deliver a Python function
 * @param {any} sent another, that gets a call's number, how many bytes of its request have been sent, and of how many
 */
export function connect(bx24, deliver, sent) {
  /** @type {Map<number, PortalCall>} */
  const numbered = new Map();

  /** What a call has before it is started: files, a watch. @type {Map<number, { files: Map<string, Blob>, watch?: Watch }>} */
  const prepared = new Map();

  const prepare = (/** @type {number} */ id) => {
    /** @type {{ files: Map<string, Blob>, watch?: Watch }} */
    const found = prepared.get(id) ?? { files: new Map() };
    prepared.set(id, found);
    return found;
  };

  /** @param {number} id @param {string} method */
  const make = (id, method) => {
    const call = new PortalCall(method, (status, answer) => {
      numbered.delete(id);
      deliver(id, status, answer);
    });
    numbered.set(id, call);
    const found = prepared.get(id);
    if (found) {
      call.files = found.files;
      call.watch = found.watch;
      prepared.delete(id);
    }
    return call;
  };

  return {
    callMethod: (/** @type {number} */ id, /** @type {string} */ method, /** @type {string} */ params) => {
      make(id, method).start((mark, callback) =>
        bx24.callMethod(method, { [mark]: 1, ...JSON.parse(params) }, callback),
      );
    },
    callBatch: (/** @type {number} */ id, /** @type {string} */ commands, /** @type {boolean} */ halt) => {
      const call = make(id, "batch");
      const ahead = prefetched;
      if (ahead && ahead.bx24 === bx24 && ahead.sent === JSON.stringify([JSON.parse(commands), halt])) {
        ahead.answer.then((answer) => call.answer(...answer));
        prefetched = null;
      } else {
        call.start((mark, callback) => bx24.callBatch(marked(JSON.parse(commands), mark), callback, halt));
      }
    },
    /** Milliseconds since the body of a call left the page, NOT_LEFT or EXPIRED. */
    sinceLeft: (/** @type {number} */ id) => numbered.get(id)?.sinceLeft ?? NOT_LEFT,
    /** Milliseconds since the library sent any request. */
    sinceAnySent: () => performance.now() - lastSent,
    /** All tokens that were sent. */
    tokens: () => usedTokens().join("\n"),
    abort: (/** @type {number} */ id) => {
      numbered.get(id)?.abort();
      numbered.delete(id);
    },
    /** Before the call: what stands behind a mark in its parameters. */
    attach: (
      /** @type {number} */ id,
      /** @type {string} */ mark,
      /** @type {Blob | Uint8Array<ArrayBuffer>} */ content,
    ) => {
      prepare(id).files.set(mark, content instanceof Blob ? content : new Blob([content]));
    },
    /** Before the call: that its progress is of interest. */
    watch: (/** @type {number} */ id) => {
      prepare(id).watch = (done, total) => sent(id, done, total);
    },
  };
}

/** Give up all of Python's calls, because it has died, and each that something of it may still make. */
export function giveUp() {
  isDead = true;
  for (const call of calls.values()) call.abort();
}

/**
 * Send a batch before Python is there. The first call of Python's with the same commands gets its answer, whatever it is.
 * Only what reads: where Python asks otherwise than declared, it is sent once more.
 *
 * @param {any} bx24
 * @param {any} declared the commands as `call_batch` takes them
 * @param {boolean} halt
 */
export function prefetch(bx24, declared, halt) {
  const commands = asSent(declared);
  for (const [method] of Object.values(commands)) {
    if (!READS.test(method) || WRITES.test(method)) throw new Error(`${method} does not only read`);
  }
  /** @type {Promise<[number, any]>} */
  const answer = new Promise((resolve) => {
    const call = new PortalCall("batch", (status, body) => resolve([status, body]));
    call.start((mark, callback) => bx24.callBatch(marked(structuredClone(commands), mark), callback, halt));
  });
  prefetched = { bx24, sent: JSON.stringify([commands, halt]), answer };
}

/** The commands of a batch in the form in which Python sends them. @param {any} declared */
export function asSent(declared) {
  const command = (/** @type {any} */ one) => {
    const [method, params] = Array.isArray(one) ? one : [one.method, one.params];
    const byPosition = Array.isArray(params) || /^task\./i.test(method);
    const kept = Object.entries(params ?? {}).filter(([, value]) => byPosition || !isEmpty(value));
    return [method, Object.fromEntries(kept.map(([name, value]) => [name, isEmpty(value) ? [""] : plain(value)]))];
  };
  const isEmpty = (/** @type {any} */ value) =>
    value !== null && typeof value === "object" && !Array.isArray(value) && !Object.keys(value).length;
  /** @param {any} value @returns {any} */
  const plain = (value) => {
    if (Array.isArray(value)) return value.map(plain);
    if (value === null) return "";
    if (isEmpty(value)) return [];
    if (typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
    return typeof value === "boolean" ? Number(value) : value;
  };
  return Array.isArray(declared)
    ? declared.map(command)
    : Object.fromEntries(Object.entries(declared).map(([key, one]) => [key, command(one)]));
}
