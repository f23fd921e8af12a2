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
const READS = /(?:^|\.)(?:get|list|fields|search|count)$|^(?:user\.current|profile|scope|methods|events|server\.time|app\.info|access\.name)$/i;
const WRITES = /^event\.offline\.get$/i;

/** In place of a status: the library called back without a request of ours, or it threw. */
const ANSWERED = -1;
const THREW = -2;
/** A file could not be read. */
const UNREADABLE = -3;

/** Bytes of a file that are encoded at a time; a multiple of three, so that the parts make up the base64 of the whole. */
const SLICE = 3 * 2 ** 18;

/** Bytes from which an answer crosses to Python as such: they are copied in one go, a text's characters one by one. */
const LARGE = 16_384;

/** Characters of a mark that tell one from another; those before them are the same on the whole page. */
const MARK_NUMBER = 8;

/** The token that the library used last. */
let newest = "";

/** The request whose refusal the library is renewing the token for. @type {{ request: PortalRequest, since: number } | null} */
let renewal = null;

/** Requests that wait for it. @type {Set<PortalRequest>} */
const waiting = new Set();

/** Tokens that were refused as expired, by what was asked with them. @type {Map<string, { tokens: Set<string>, since: number }>} */
const refusals = new Map();

/** The request to the portal that was opened last during a call of Python's. @type {PortalRequest | null} */
let latest = null;

/** @typedef {(done: number, total: number) => void} Watch told how many bytes of a request have been sent */

/** The watch of the call that is being started. @type {Watch | undefined} */
let watch;

/** What stands behind each mark, from its call's start to its end. @type {Map<string, { parts: Blob[], watch?: Watch }>} */
const contents = new Map();

/** What all marks begin with; empty before the first. */
let marked = "";

/** The batch that the page declared, until Python takes its answer. @type {{ bx24: any, sent: string, answer: Promise<[number, any]> } | null} */
let prefetched = null;

class PortalRequest extends Native {
  /** The REST method; null: not a request to the portal. @type {string | null} */
  #method = null;
  /** @type {any[]} */
  #opened = [];
  /** @type {[string, string][]} */
  #headers = [];
  /** @type {any} */
  #body = null;
  #token = "";
  #aborted = false;
  /** @type {Watch | undefined} */
  #watch;
  #tell = (/** @type {any} */ event) => this.#watch?.(event.loaded, event.total);
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
    /** The requests of calls that wait for an answer. @type {Map<number, PortalRequest | null>} */
    const calls = new Map();

    /** The files of calls, by their marks. @type {Map<number, Map<string, Blob>>} */
    const files = new Map();

    /** @type {Map<number, Watch>} */
    const watches = new Map();

    /** Free what a call held; tell whether it was still waiting. @param {number} id */
    const end = (id) => {
      for (const mark of files.get(id)?.keys() ?? []) contents.delete(mark);
      files.delete(id);
      watches.delete(id);
      return calls.delete(id);
    };

    // Through a promising call, because only there `run_sync` works in what Python does next. It takes a turn of the event loop.
    const hand = "Suspending" in WebAssembly ? deliver.callPromising.bind(deliver) : deliver;

    /** @param {number} id @param {string} method @param {(callback: (result: any) => void) => void} call */
    const start = (id, method, call) => {
      if (!calls.has(id)) return; // given up already
      latest = null;
      watch = watches.get(id);
      try {
        call((result) => {
          if (end(id)) hand(id, ...PortalRequest.#answer(method, result));
        });
        if (calls.has(id)) calls.set(id, latest);
      } catch (error) {
        end(id);
        hand(id, THREW, String(error));
      } finally {
        latest = null;
        watch = undefined;
      }
    };

    /** Encode a call's files as the library would encode their base64. @param {number} id @param {boolean} batch */
    const encode = async (id, batch) => {
      for (const [mark, blob] of files.get(id) ?? []) {
        /** @type {Blob[]} */
        const parts = [];
        // A file that is gone has no size, and no slice of it tells.
        if (!blob.size) await blob.arrayBuffer();
        for (let at = 0; at < blob.size && calls.has(id); at += SLICE) {
          parts.push(new Blob([urlEncoded(await base64(blob.slice(at, at + SLICE)), batch)]));
        }
        if (calls.has(id)) contents.set(mark, { parts, watch: watches.get(id) });
      }
    };

    /** Not while Python is on the stack: Chromium takes the longer to send a request, the deeper in WebAssembly. @type {typeof start} */
    const send = (id, method, call) => {
      calls.set(id, null);
      if (!files.has(id)) {
        queueMicrotask(() => start(id, method, call));
        return;
      }
      encode(id, method === "batch").then(
        () => start(id, method, call),
        (error) => end(id) && hand(id, UNREADABLE, String(error)),
      );
    };

    return {
      callMethod: (/** @type {number} */ id, /** @type {string} */ method, /** @type {string} */ params) =>
        send(id, method, (callback) => bx24.callMethod(method, JSON.parse(params), callback)),
      callBatch: (/** @type {number} */ id, /** @type {string} */ commands, /** @type {boolean} */ halt) => {
        if (prefetched?.bx24 === bx24 && prefetched.sent === JSON.stringify([JSON.parse(commands), halt])) {
          calls.set(id, null);
          prefetched.answer.then((answer) => end(id) && hand(id, ...answer));
          prefetched = null;
        } else {
          send(id, "batch", (callback) => bx24.callBatch(JSON.parse(commands), callback, halt));
        }
      },
      expired: (/** @type {number} */ id) => Boolean(calls.get(id)?.#expiredToken),
      abort: (/** @type {number} */ id) => {
        calls.get(id)?.abort();
        end(id);
      },
      /** Before the call: what stands behind a mark in its parameters. */
      attach: (/** @type {number} */ id, /** @type {string} */ mark, /** @type {Blob | Uint8Array<ArrayBuffer>} */ content) => {
        marked = mark.slice(0, -MARK_NUMBER);
        if (!files.has(id)) files.set(id, new Map());
        files.get(id)?.set(mark, content instanceof Blob ? content : new Blob([content]));
      },
      /** Before the call: that its progress is of interest. */
      watch: (/** @type {number} */ id) => {
        watches.set(id, (done, total) => sent(id, done, total));
      },
    };
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
      bx24.callBatch(structuredClone(commands), (/** @type {any} */ result) => resolve(PortalRequest.#answer("batch", result)), halt);
    });
    prefetched = { bx24, sent: JSON.stringify([commands, halt]), answer };
  }

  /** What the callback that runs now was called with: the true answer where its request is ours. @param {string} method @param {any} result @returns {[number, any]} */
  static #answer(method, result) {
    const request = window.event?.target;
    return request instanceof PortalRequest && request.#method?.toLowerCase() === method.toLowerCase()
      ? [request.#trueStatus, request.#trueAnswer]
      : [ANSWERED, result];
  }

  get #trueStatus() {
    return super.status;
  }

  /** The answer's text; of the bytes that were asked for in its place it is made once. */
  get #trueText() {
    if (!this.#asBytes) return super.responseText;
    this.#text ??= new TextDecoder(this.#encoding).decode(super.response ?? new ArrayBuffer());
    return this.#text;
  }

  /** The answer's text, or the bytes of a long one in UTF-8. */
  get #trueAnswer() {
    const bytes = this.#asBytes && this.#encoding === "utf-8" ? super.response : null;
    return bytes?.byteLength > LARGE ? new Uint8Array(bytes) : this.#trueText;
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

  /** Whether this request still waits for a renewal of its token. */
  get #expiredToken() {
    return renewal?.request === this || waiting.has(this);
  }

  /** @param {any[]} args */
  open(...args) {
    this.#method = restMethod(args[1]);
    this.#shown = null;
    this.#aborted = false;
    if (this.#method !== null) {
      this.#opened = args;
      this.#async = args[2] ?? true;
      this.#headers = [];
      latest = this;
      this.#watch = watch;
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
    if (this.#method !== null) {
      // Python calls it so, because the library deletes a `start` (contract, section 4, number 7).
      if (typeof body === "string") body = body.replace(/(^|&)(?:%20|\+| )start=/, "$1start=");
      this.#body = body;
      this.#token = typeof body === "string" ? (/(?:^|&)auth=([^&]*)/.exec(body)?.[1] ?? "") : "";
      if (this.#token && this.#token !== newest) use(this.#token);
    }
    this.#send(body);
  }

  /** Send a body with files in the place of their marks. @param {any} body */
  #send(body) {
    if (this.#method === null || typeof body !== "string") {
      super.send(body);
      return;
    }
    const marks = marked && body.includes(marked) ? body.match(new RegExp(`${marked}[0-9a-f]{${MARK_NUMBER}}`, "g")) ?? [] : [];
    const found = marks.flatMap((mark) => contents.get(mark) ?? []);
    if (found.length < marks.length) {
      this.#aborted = true; // its call is over; sent without the file it would do harm
      return;
    }
    this.#watch ??= found[0]?.watch;
    if (this.#watch) {
      // Only where it is wanted: with listeners here, the browser asks the portal for permission first.
      for (const type of ["loadstart", "progress", "load"]) this.upload.addEventListener(type, this.#tell);
    }
    if (this.#async && this.responseType === "") {
      super.responseType = "arraybuffer";
      this.#asBytes = true;
    }
    this.#text = null;
    const texts = found.length ? body.split(new RegExp(marks.join("|"))) : [body];
    super.send(found.length ? new Blob(texts.flatMap((text, index) => [text, ...(found[index]?.parts ?? [])])) : body);
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

  /** Send the request once more, with another token. */
  #resend() {
    this.#token = newest;
    this.#body = this.#body.replace(/(^|&)auth=[^&]*/, `$1auth=${newest}`);
    super.open(.../** @type {[string, string]} */ (this.#opened));
    for (const [name, value] of this.#headers) super.setRequestHeader(name, value);
    this.#send(this.#body);
  }

  /** Send it once more when the events of the present answer are over. */
  resendSoon() {
    setTimeout(() => !this.#aborted && this.#resend());
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
    const refused = refusals.get(this.#key);
    const known = refused && now - refused.since < 6 * RENEWAL ? refused : { tokens: new Set(), since: now };
    refusals.set(this.#key, known);
    known.tokens.add(this.#token);
    if (known.tokens.size > 1) {
      refusals.delete(this.#key);
      this.#show();
    } else if (this.#token !== newest) {
      this.#held = true;
      this.resendSoon();
    } else if (renewal && now - renewal.since < RENEWAL) {
      this.#held = true;
      waiting.add(this);
    } else {
      renewal = { request: this, since: now };
    }
  }

  /** What was asked, whatever the token. */
  get #key() {
    return `${this.#method}?${String(this.#body).replace(/(^|&)auth=[^&]*/, "")}`;
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

/** The library uses another token: the requests that waited for it go on. @param {string} token */
function use(token) {
  newest = token;
  renewal = null;
  for (const request of waiting) request.resendSoon();
  waiting.clear();
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
