// @ts-check
/**
 * Answers that BX24.js loses, made into ones that it delivers.
 *
 * On a status 5xx, a network failure, a body that is not JSON, and on a batch that fails as a whole or comes back empty,
 * the library throws inside the request's own handler and never calls back (contract, section 4, numbers 1 and 2). This
 * subclass of XMLHttpRequest shows it an ordinary error instead; the true answer goes to the Python side.
 *
 * An expired token is the library's to renew. But it asks for a new one for each request that was refused, and repeats
 * for ever if the new one is refused too (contract, section 4, number 5). So only the first refusal reaches it; the other requests wait, and
 * are sent again with the token that the library uses next. A second refusal is delivered as the error that it is.
 *
 * Files do not go through the library, which would encode megabytes in one go while the page stands still. It gets marks
 * for them, and they are put into the request's body in their place.
 *
 * It acts on requests to the portal's REST address only; all others, and the library, stay as they are.
 */

/** How long the others wait for one request's renewal before another may try, in milliseconds. */
const RENEWAL = 10_000;

const Native = window.XMLHttpRequest;

/**
 * The portal's REST address, from the frame's name DOMAIN|PROTOCOL|APP_SID; null outside one. As in the library a
 * trailing `:80` or `:443` is dropped, whatever the protocol (contract, section 1).
 */
const REST = (() => {
  const [domain, protocol, sid] = window.name.split("|");
  return sid ? new URL(`${protocol === "1" ? "https" : "http"}://${domain.replace(/:(80|443)$/, "")}/rest/`).href : null;
})();

/** Methods that only read, as `reading.py` has them. */
const READS = /(?:^|\.)(?:get|list|(?:get)?fields|search|count)$|^(?:user\.current|profile|scope|methods|events|server\.time|app\.info|access\.name)$/i;
const WRITES = /^event\.offline\.get$/i;

/** In place of a status: the library called back without a request of ours, or it threw. */
const ANSWERED = -1;
const THREW = -2;
/** A file could not be read. */
const UNREADABLE = -3;

/** In place of the time since a request's body left the page. */
const NOT_LEFT = -1;
const EXPIRED = -2;

/** Bytes of a file that are encoded at a time; a multiple of three, so that the parts make up the base64 of the whole. */
const SLICE = 3 * 2 ** 18;

/** Bytes from which an answer crosses to Python as such: they are copied in one go, a text's characters one by one. */
const LARGE = 16_384;

/** Digits of a mark that tell one from another; those before them are the same on the whole page. */
const MARK_NUMBER = 8;

/** Characters of a request that are kept to recognise it when the library repeats it, for requests without a mark. */
const KNOWN = 10_000;

/** @typedef {(done: number, total: number) => void} Watch told how many bytes of a request have been sent */

// ---------------------------------------------------------------- calls

/** What the marks of calls begin with. No text holds it by chance. */
const CALL = `bx24pycall${randomHex()}`;

/** Calls that wait for an answer, by their marks. @type {Map<string, PortalCall>} */
const calls = new Map();

let numberOfCalls = 0;

/** Python has died: nothing is sent for it any more. */
let isDead = false;

/** When the library sent a request last, in milliseconds of `performance.now()`: whether its guard lets any through. */
let lastSent = 0;

/**
 * A call that waits for its answer. The library may send its request later, from another event, and more than once: it
 * has a guard of its own, and renews tokens. So the mark stands among the call's parameters, until the request is sent:
 * a request with the mark of a call that is over never leaves the page.
 */
class PortalCall {
  mark = CALL + (++numberOfCalls).toString(16).padStart(MARK_NUMBER, "0");
  /** Its request, the last one that the library made. @type {PortalRequest | null} */
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
      const blob = /** @type {Blob} */ (file);
      /** @type {Blob[]} */
      const parts = [];
      // A file that is gone has no size, and no slice of it tells.
      if (!blob.size) await blob.arrayBuffer();
      for (let at = 0; at < blob.size && !this.over; at += SLICE) {
        parts.push(new Blob([urlEncoded(await base64(blob.slice(at, at + SLICE)), this.#method === "batch")]));
      }
      if (this.over) return;
      this.files.set(mark, parts);
    }
  }
}

// ---------------------------------------------------------------- tokens

/** The token that the library used last. */
let newest = "";

/** All that it has used, so that none of them gets into a message. @type {Set<string>} */
const tokens = new Set();

/** The request whose refusal the library is renewing the token for. @type {{ request: PortalRequest, since: number } | null} */
let renewal = null;

/** Requests that wait for it. @type {Set<PortalRequest>} */
const waiting = new Set();

/** Tokens that were refused as expired, by what was asked with them. @type {Map<string, { tokens: Set<string>, since: number }>} */
const refusals = new Map();

/** The library uses another token: the requests that waited for it go on. @param {string} token */
function use(token) {
  if (!token || token === newest) return;
  newest = token;
  tokens.add(new URLSearchParams(`token=${token}`).get("token") ?? token);
  renewal = null;
  for (const request of waiting) request.resendSoon();
  waiting.clear();
}

/** Note that a token was refused for this request; tell how many have been by now. @param {string} key @param {string} token */
function refused(key, token) {
  const now = Date.now();
  for (const [former, { since }] of refusals) {
    if (now - since >= 6 * RENEWAL) refusals.delete(former);
  }
  const known = refusals.get(key) ?? { tokens: new Set(), since: now };
  known.tokens.add(token);
  if (key) refusals.set(key, known);
  return known.tokens.size;
}

// ---------------------------------------------------------------- requests

class PortalRequest extends Native {
  /** The REST method; null: not a request to the portal. @type {string | null} */
  #method = null;
  /** @type {any[]} */
  #opened = [];
  /** @type {[string, string][]} */
  #headers = [];
  /** The body as it is sent, but for files. @type {any} */
  #body = null;
  #token = "";
  /** The call it was made for; null: one of the page's own. @type {PortalCall | null} */
  #call = null;
  #aborted = false;
  #tell = (/** @type {any} */ event) => this.#call?.watch?.(event.loaded, event.total);
  /** Nothing of the present answer reaches the library: the request waits, or is on its way again. */
  #held = false;
  /** What the library is shown instead of the answer. @type {{ status: number, text: string } | null} */
  #shown = null;
  #async = true;
  /** The answer comes as bytes, though a text was asked for: Python takes them as they are, and the text is made of them. */
  #asBytes = false;
  /** @type {string | null} */
  #text = null;

  constructor() {
    super();
    // Here, because listeners are called in the order added, and those of the library must come after.
    const listener = (/** @type {Event} */ event) => this.#handle(event);
    for (const type of ["readystatechange", "load", "error", "timeout", "loadend"]) super.addEventListener(type, listener);
  }

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
  static bx24pyConnect(bx24, deliver, sent) {
    /** @type {Map<number, PortalCall>} */
    const numbered = new Map();

    /** What a call has before it is started: files, a watch. @type {Map<number, { files: Map<string, Blob>, watch?: Watch }>} */
    const prepared = new Map();

    const prepare = (/** @type {number} */ id) => {
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
        make(id, method).start((mark, callback) => bx24.callMethod(method, { [mark]: 1, ...JSON.parse(params) }, callback));
      },
      callBatch: (/** @type {number} */ id, /** @type {string} */ commands, /** @type {boolean} */ halt) => {
        const call = make(id, "batch");
        if (prefetched?.bx24 === bx24 && prefetched.sent === JSON.stringify([JSON.parse(commands), halt])) {
          prefetched.answer.then((answer) => call.answer(...answer));
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
      tokens: () => [...tokens].join("\n"),
      abort: (/** @type {number} */ id) => {
        numbered.get(id)?.abort();
        numbered.delete(id);
      },
      /** Before the call: what stands behind a mark in its parameters. */
      attach: (/** @type {number} */ id, /** @type {string} */ mark, /** @type {Blob | Uint8Array<ArrayBuffer>} */ content) => {
        prepare(id).files.set(mark, content instanceof Blob ? content : new Blob([content]));
      },
      /** Before the call: that its progress is of interest. */
      watch: (/** @type {number} */ id) => {
        prepare(id).watch = (done, total) => sent(id, done, total);
      },
    };
  }

  /** Give up all of Python's calls, because it has died, and each that something of it may still make. */
  static bx24pyGiveUp() {
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
  static bx24pyPrefetch(bx24, declared, halt) {
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

  /** The true answer to a request of this page, for another object than the page's own library. @param {any} request */
  static bx24pyAnswer(request) {
    return request instanceof PortalRequest && request.isAnswered ? [request.trueStatus, request.#trueText] : null;
  }

  /** Whether the portal's answer is there, and not on its way once more. */
  get isAnswered() {
    return super.readyState === Native.DONE && !this.#held && !this.#call?.expired;
  }

  get trueStatus() {
    return super.status;
  }

  /** The answer's text; of the bytes that were asked for in its place it is made once. */
  get #trueText() {
    if (!this.#asBytes) return super.responseText;
    this.#text ??= new TextDecoder(this.#encoding).decode(super.response ?? new ArrayBuffer());
    return this.#text;
  }

  /** The answer's text, or the bytes of one in UTF-8 that is long, or that is damaged, which Python tells then. */
  get trueAnswer() {
    const bytes = this.#asBytes && this.#encoding === "utf-8" ? super.response : null;
    const isDamaged = () => this.#trueText.includes("\ufffd");
    return bytes?.byteLength > LARGE || (bytes && isDamaged()) ? new Uint8Array(bytes) : this.#trueText;
  }

  /** The encoding that the answer says it is in. */
  get #encoding() {
    const [, label] = /charset="?([^";\s]+)/i.exec(super.getResponseHeader("content-type") ?? "") ?? [];
    try {
      return new TextDecoder(label).encoding;
    } catch {
      return "utf-8";
    }
  }

  /** @param {any[]} args */
  open(...args) {
    this.#method = restMethod(args[1]);
    this.#shown = null;
    this.#aborted = false;
    this.#call = null;
    if (this.#method !== null) {
      this.#opened = args;
      this.#async = args[2] ?? true;
      this.#headers = [];
    }
    super.open(.../** @type {[string, string]} */ (args));
    if (this.#asBytes) this.responseType = "";
  }

  /** @param {string} name @param {string} value */
  setRequestHeader(name, value) {
    super.setRequestHeader(name, value);
    if (this.#method !== null) this.#headers.push([name, value]);
  }

  /** @param {any} [body] */
  send(body) {
    if (this.#method === null || typeof body !== "string") {
      super.send(body);
      return;
    }
    this.#token = /(?:^|&)auth=([^&]*)/.exec(body)?.[1] ?? "";
    lastSent = performance.now();
    use(this.#token); // also where the call is over: others may wait for this token
    const mark = CALL_MARK.exec(body)?.[0];
    const call = mark ? calls.get(mark) : null;
    if (call === undefined) {
      this.#aborted = true; // its call is over
      return;
    }
    this.#call = call;
    if (call) call.request = this;
    this.#body = mark ? asMeant(body, mark) : body;
    this.#post();
  }

  /** Send the body, with files in the place of their marks. */
  #post() {
    const call = this.#call;
    if (call) {
      call.expired = false;
      call.leftAt = performance.now();
      if (call.watch) {
        // Only where it is wanted: with listeners here, the browser asks the portal for permission first.
        for (const type of ["loadstart", "progress", "load"]) this.upload.addEventListener(type, this.#tell);
      }
    }
    if (this.#async && this.responseType === "") {
      super.responseType = "arraybuffer";
      this.#asBytes = true;
    }
    this.#text = null;
    super.send(call?.files.size ? withFiles(this.#body, call.files) : this.#body);
  }

  abort() {
    this.#aborted = true;
    waiting.delete(this);
    super.abort();
  }

  get status() {
    return this.#shown ? this.#shown.status : super.status;
  }

  get responseType() {
    return this.#asBytes ? "" : super.responseType;
  }

  set responseType(type) {
    super.responseType = type;
    this.#asBytes = false;
  }

  get responseText() {
    return this.#shown ? this.#shown.text : this.#trueText;
  }

  get response() {
    return this.#shown || this.#asBytes ? this.responseText : super.response;
  }

  /** Send the request once more with the newest token, when the events of the present answer are over. */
  resendSoon() {
    setTimeout(() => {
      if (this.#aborted || this.#call?.over) return;
      this.#token = newest;
      this.#body = this.#body.replace(/(^|&)auth=[^&]*/, `$1auth=${newest}`);
      super.open(.../** @type {[string, string]} */ (this.#opened));
      for (const [name, value] of this.#headers) super.setRequestHeader(name, value);
      this.#post();
    });
  }

  /** @param {Event} event */
  #handle(event) {
    if (this.#method === null || this.#aborted || !["", "text"].includes(this.responseType)) return;
    if (event.type === "readystatechange" && super.readyState === Native.DONE) this.#judge();
    if (this.#held) {
      event.stopImmediatePropagation();
    } else if (event.type === "error" || event.type === "timeout") {
      event.stopImmediatePropagation();
      this.dispatchEvent(new ProgressEvent("load"));
    } else if (event.type === "loadend") {
      this.#body = null; // the library may keep the request
      // It has had its turn. Where it stumbled over the answer, whatever the reason, Python has the answer now.
      if (this.isAnswered) this.#call?.answer(this.trueStatus, this.trueAnswer);
    }
  }

  /** Decide what the library gets to see of a finished request. */
  #judge() {
    this.#held = false;
    const batch = this.#method === "batch";
    const text = this.#trueText;
    if (super.status === 200 && isPlainSuccess(text, batch)) {
      if (refusals.size) refusals.delete(this.#key);
      return;
    }
    /** @type {any} */
    let answer = null;
    try {
      answer = JSON.parse(text);
    } catch {
      // not JSON: lost on the library
    }
    if (answer?.error === "expired_token") {
      this.#expired();
    } else {
      refusals.delete(this.#key);
      const lost = super.status === 0 || super.status >= 500 || answer === null || typeof answer !== "object";
      if (lost || (batch && !isBatchAnswer(answer))) this.#show();
    }
  }

  /** Pass on the first refusal of a token, hold back the others, and deliver the refusal of a renewed one. */
  #expired() {
    const now = Date.now();
    if (refused(this.#key, this.#token) > 1) {
      refusals.delete(this.#key);
      this.#show();
      return;
    }
    if (this.#call) {
      this.#call.expired = true;
      this.#call.leftAt = 0; // the portal has refused it, and done nothing
    }
    if (this.#token !== newest) {
      this.#held = true;
      this.resendSoon();
    } else if (renewal && now - renewal.since < RENEWAL) {
      this.#held = true;
      waiting.add(this);
    } else {
      renewal = { request: this, since: now };
    }
  }

  /** What was asked, whatever the token; "" where that is not known. */
  get #key() {
    if (this.#call) return this.#call.mark;
    const body = String(this.#body);
    return body.length > KNOWN ? "" : `${this.#method}?${body.replace(/(^|&)auth=[^&]*/, "")}`;
  }

  /** Show the library an error that it delivers: of a batch, one for each command. */
  #show() {
    const error = { error: "BX24PY", error_description: "the true answer went to Python" };
    if (this.#method !== "batch") {
      this.#shown = { status: 400, text: JSON.stringify(error) };
      return;
    }
    const keys = [...new URLSearchParams(String(this.#body)).keys()].flatMap((name) => /^cmd\[(.*)\]$/.exec(name)?.[1] ?? []);
    const each = (/** @type {any} */ value) => Object.fromEntries(keys.map((key) => [key, value]));
    const result = { result: each([]), result_error: each(error), result_total: [], result_next: [], result_time: [] };
    this.#shown = { status: 200, text: JSON.stringify({ result }) };
  }
}

/** The batch that the page declared, until Python takes its answer. @type {{ bx24: any, sent: string, answer: Promise<[number, any]> } | null} */
let prefetched = null;

// ---------------------------------------------------------------- bodies

const CALL_MARK = new RegExp(`${CALL}[0-9a-f]{${MARK_NUMBER}}`);

/** Put the mark of a call into the first command of a batch. @param {any} commands @param {string} mark */
function marked(commands, mark) {
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
function asMeant(body, mark) {
  const unmarked = body.replace(new RegExp(`${mark}=1&|${mark}%3D1%26|&?${mark}=1|(?:%26)?${mark}%3D1`), "");
  return unmarked.replace(/(^|&)(?:%20|\+| )start=/, "$1start=");
}

/** Put files in the place of their marks. @param {string} body @param {Map<string, Blob | Blob[]>} files */
function withFiles(body, files) {
  const texts = body.split(new RegExp(`(${[...files.keys()].join("|")})`));
  return new Blob(texts.flatMap((text) => files.get(text) ?? text));
}

function randomHex() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The commands of a batch in the form in which Python sends them. @param {any} declared */
function asSent(declared) {
  const command = (/** @type {any} */ one) => {
    const [method, params] = Array.isArray(one) ? one : [one.method, one.params];
    const byPosition = Array.isArray(params) || /^task\./i.test(method);
    const kept = Object.entries(params ?? {}).filter(([, value]) => byPosition || !isEmpty(value));
    return [method, Object.fromEntries(kept.map(([name, value]) => [name, isEmpty(value) ? [""] : plain(value)]))];
  };
  const isEmpty = (/** @type {any} */ value) => value !== null && typeof value === "object" && !Array.isArray(value) && !Object.keys(value).length;
  /** @param {any} value @returns {any} */
  const plain = (value) => {
    if (Array.isArray(value)) return value.map(plain);
    if (value === null) return "";
    if (isEmpty(value)) return [];
    if (typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
    return typeof value === "boolean" ? Number(value) : value;
  };
  return Array.isArray(declared)
    ? declared.map(command)
    : Object.fromEntries(Object.entries(declared).map(([key, one]) => [key, command(one)]));
}

/** The REST method that an address names, or null when it is not the portal's. @param {unknown} url */
function restMethod(url) {
  if (!URL.canParse(String(url), document.baseURI)) return null; // the browser's own class says so
  const { origin, pathname } = new URL(String(url), document.baseURI);
  const address = origin + pathname;
  return REST && address.startsWith(REST) ? address.slice(REST.length).replace(/\.json$/, "") : null;
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

/** Tell by its beginning and end that an answer is one the library delivers, without parsing megabytes twice. @param {string} text @param {boolean} batch */
function isPlainSuccess(text, batch) {
  return /\}\s*$/.test(text.slice(-16)) && (batch ? /^\{"result":\{"result":[{[]["\d{[tfn-]/ : /^\{"result":/).test(text.slice(0, 32));
}

/** Whether an answer to a batch says anything of its commands. @param {any} answer */
function isBatchAnswer(answer) {
  const said = (/** @type {any} */ part) => part && typeof part === "object" && Object.keys(part).length > 0;
  return said(answer.result?.result) || said(answer.result?.result_error);
}

if (REST) {
  Object.defineProperty(PortalRequest, "name", { value: "XMLHttpRequest" });
  window.XMLHttpRequest = PortalRequest;
}
