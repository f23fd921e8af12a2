/** Python's calls, made through the library. */

import { callMark, encoded, marked } from "./bodies.js";
import { use, usedTokens, waitForRenewal } from "./tokens.js";

/** Methods that only read; the same as in `rest/read_only.py`. */
const READS =
  /(?:^|\.)(?:get|list|get(?:list|children|versions)|(?:get)?fields|search|count|tail)$|^(?:user\.current|profile|scope|methods|events|server\.time|app\.info|access\.name)$/i;
const WRITES = /^(?:event\.offline|im\.v2\.event|imbot\.v2\.event)\.get$/i;

/** Used instead of a status: the library called back without a request of ours, or it threw. */
const ANSWERED = -1;
const THREW = -2;
/** A file could not be read. */
const UNREADABLE = -3;

/** Used instead of the time since a request's body left the page. */
const NOT_LEFT = -1;
const EXPIRED = -2;

/** @typedef {(done: number, total: number) => void} Watch called with how many bytes of a request have been sent */

/**
 * @typedef {object} Request a `PortalRequest`
 * @property {boolean} isAnswered
 * @property {number} trueStatus
 * @property {string | Uint8Array} trueAnswer
 * @property {() => void} abort
 */

/** Calls that wait for an answer, by mark. @type {Map<string, PortalCall>} */
export const calls = new Map();

let numberOfCalls = 0;

/** Python has died: nothing more is sent for it. */
let isDead = false;

/** When the library last sent a request, by `performance.now()`: shows whether its rate guard lets any through. */
let lastSent = 0;

/** Note that the library sends a request. */
export function noteSent() {
  lastSent = performance.now();
}

/**
 * A call that waits for its answer. The library may send its request later, from another event, and more than once,
 * because it has its own rate guard and renews tokens. So a mark among the call's parameters identifies the request.
 * The mark is removed when the request is sent; if the call is already over, the request never leaves the page.
 */
export class PortalCall {
  mark = callMark(++numberOfCalls);
  /** The last request that the library made for it. @type {Request | null} */
  request = null;
  /** When a request left the page that the portal may have executed; 0: none has. */
  leftAt = 0;
  /** Its token was refused as expired, and is not renewed yet. */
  expired = false;
  /** Its files by mark: first as they are, then as the encoded parts to send. @type {Map<string, Blob | Blob[]>} */
  files = new Map();
  /** @type {Watch | undefined} */
  watch;
  #method;
  #deliver;

  /** @param {string} method @param {(status: number, answer: any) => void} deliver called once, unless the call is aborted */
  constructor(method, deliver) {
    this.#method = method;
    this.#deliver = deliver;
    if (!isDead) calls.set(this.mark, this);
  }

  get over() {
    return !calls.has(this.mark);
  }

  /** Milliseconds since its body left the page, NOT_LEFT or EXPIRED. */
  get sinceLeft() {
    if (this.expired) return EXPIRED;
    return this.leftAt ? performance.now() - this.leftAt : NOT_LEFT;
  }

  /** Pass the call to the library, which calls back. @param {(mark: string, callback: (result: any) => void) => void} call */
  async start(call) {
    try {
      if (this.files.size) await this.#encode();
    } catch (error) {
      this.answer(UNREADABLE, String(error));
      return;
    }
    // Not while Python is on the stack: the deeper in WebAssembly, the longer Chromium takes to send a request.
    await undefined;
    if (this.over) return;
    try {
      call(this.mark, (result) => this.#calledBack(result));
    } catch (error) {
      this.answer(THREW, String(error));
    }
  }

  /** Deliver the true answer if its request has one: the library passes on only a part of it. @param {any} result */
  #calledBack(result) {
    const request = this.request;
    if (request?.isAnswered) this.answer(request.trueStatus, request.trueAnswer);
    else this.answer(ANSWERED, result);
  }

  /** End the call with an answer, unless it is over. @param {number} status @param {any} answer */
  answer(status, answer) {
    if (this.#end()) this.#deliver(status, answer);
  }

  /** Cancel the call. Whatever the library sends for it later is dropped. */
  abort() {
    if (this.#end()) this.request?.abort();
  }

  #end() {
    this.files.clear();
    return calls.delete(this.mark);
  }

  /** Encode the files as the library would encode their base64. */
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
 * Connect Python's calls to the library. Only numbers and text are passed, because every object would need a proxy. The
 * parameters are JSON. `deliver` gets the call's number, the answer's true HTTP status (0: none arrived) and its true
 * text, or its UTF-8 bytes if it is long: the library passes on only a part of it (contract, section 4, number 6).
 * Or it gets ANSWERED and the ajaxResult, or THREW or UNREADABLE and the text of the error.
 *
 * @param {any} bx24
 * @param {any} deliver a Python function
 * @param {any} sent a Python function that gets a call's number, how many bytes of its request have been sent, and the total
 */
export function connect(bx24, deliver, sent) {
  /** @type {Map<number, PortalCall>} */
  const numbered = new Map();

  /** The files and the watch of calls that are not started yet. @type {Map<number, { files: Map<string, Blob>, watch?: Watch }>} */
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
    /** Return the milliseconds since the body of a call left the page, NOT_LEFT or EXPIRED. */
    sinceLeft: (/** @type {number} */ id) => numbered.get(id)?.sinceLeft ?? NOT_LEFT,
    /** Return the milliseconds since the library sent any request. */
    sinceAnySent: () => performance.now() - lastSent,
    /** Return all tokens that were sent, one a line. */
    tokens: () => usedTokens().join("\n"),
    /** Return whether a renewal of the token is running already; then `deliver` is called with this number at its end. */
    joinRenewal: (/** @type {number} */ id) => waitForRenewal({ resendSoon: () => deliver(id) }),
    /** Note that Python has had the token renewed. */
    useToken: (/** @type {string} */ token) => use(encodeURIComponent(token)),
    abort: (/** @type {number} */ id) => {
      numbered.get(id)?.abort();
      numbered.delete(id);
    },
    /** Before the call: set the file that a mark in its parameters stands for. */
    attach: (
      /** @type {number} */ id,
      /** @type {string} */ mark,
      /** @type {Blob | Uint8Array<ArrayBuffer>} */ content,
    ) => {
      prepare(id).files.set(mark, content instanceof Blob ? content : new Blob([content]));
    },
    /** Before the call: ask for its progress. */
    watch: (/** @type {number} */ id) => {
      prepare(id).watch = (done, total) => sent(id, done, total);
    },
  };
}

/** Abort all of Python's calls, because it has died, and ignore those that its remains may still make. */
export function giveUp() {
  isDead = true;
  for (const call of calls.values()) call.abort();
}

/**
 * Send a batch before Python runs. Python's first call with the same commands gets its answer, even if that is an error.
 * Only methods that read are allowed: if Python's commands differ from those declared, they are sent as well.
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

/** Convert the commands of a batch to the form in which Python sends them. @param {any} declared */
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
