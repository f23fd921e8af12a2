/**
 * Replaces the answers that BX24.js would lose by ones that it delivers.
 *
 * On a status 5xx, a network failure, a body that is not JSON, and on a batch that fails as a whole or comes back empty,
 * the library throws inside the request's own handler and never calls back (contract, section 4, numbers 1 and 2). This
 * subclass of XMLHttpRequest shows it an ordinary error instead; the true answer goes to Python.
 *
 * For expired tokens see bx24py/tokens.js, for Python's calls bx24py/calls.js.
 *
 * Files do not go through the library, which would encode megabytes at once while the page is blocked. The library gets
 * marks instead, and the files replace them in the request's body.
 *
 * Only requests to the portal's REST address are affected; all others, and the library itself, are left unchanged.
 */

import { deliverableError, isBatchAnswer, isPlainSuccess } from "./bx24py/answers.js";
import { asMeant, markIn, withFiles } from "./bx24py/bodies.js";
import { calls, connect, giveUp, noteSent, prefetch } from "./bx24py/calls.js";
import { frameName } from "./bx24py/frame_name.js";
import { answered, hasRefusals, newestToken, refused, stopWaiting, use, waitForRenewal } from "./bx24py/tokens.js";

const Native = window.XMLHttpRequest;

const portal = frameName();

/** The portal's REST address; null outside a portal. */
const REST = portal && `${portal.origin}/rest/`;

/** From this size, in bytes, an answer is passed to Python as bytes: they are copied at once, but a text character by character. */
const LARGE = 16_384;

/** Requests without a mark are recognised by their body when the library repeats them, up to this many characters. */
const KNOWN = 10_000;

class PortalRequest extends Native {
  /** The REST method; null: not a request to the portal. @type {string | null} */
  #method = null;
  /** @type {any[]} */
  #opened = [];
  /** @type {[string, string][]} */
  #headers = [];
  /** The body to send, with marks for its files. @type {any} */
  #body = null;
  #token = "";
  /** The call it was made for; null: a request of the page's own scripts. @type {import("./bx24py/calls.js").PortalCall | null} */
  #call = null;
  #aborted = false;
  #tell = (/** @type {any} */ event) => this.#call?.watch?.(event.loaded, event.total);
  /** The library must not see the present answer: the request waits for a token, or is being resent. */
  #held = false;
  /** What the library sees instead of the answer. @type {{ status: number, text: string } | null} */
  #shown = null;
  #async = true;
  /** The answer is requested as bytes, though the library asked for text: Python can take the bytes, and the text is decoded here. */
  #asBytes = false;
  /** @type {string | null} */
  #text = null;

  constructor() {
    super();
    // Added here, because listeners are called in the order added, and the library's must come after these.
    const listener = (/** @type {Event} */ event) => this.#handle(event);
    for (const type of ["readystatechange", "load", "error", "timeout", "loadend"])
      super.addEventListener(type, listener);
  }

  static bx24pyConnect = connect;
  static bx24pyPrefetch = prefetch;
  static bx24pyGiveUp = giveUp;

  /** Return the true answer to a request of this page, for callers other than the page's own library. @param {any} request */
  static bx24pyAnswer(request) {
    return request instanceof PortalRequest && request.isAnswered ? [request.trueStatus, request.#trueText] : null;
  }

  /** Whether the portal's final answer is there: the request is not waiting for a token or being resent. */
  get isAnswered() {
    return super.readyState === Native.DONE && !this.#held && !this.#call?.expired;
  }

  get trueStatus() {
    return super.status;
  }

  /** The answer's text. If bytes were requested instead, they are decoded once. */
  get #trueText() {
    if (!this.#asBytes) return super.responseText;
    this.#text ??= new TextDecoder(this.#encoding).decode(super.response ?? new ArrayBuffer());
    return this.#text;
  }

  /** The answer's text; the bytes of UTF-8 text that is long, or damaged, so that Python can report it. */
  get trueAnswer() {
    const bytes = this.#asBytes && this.#encoding === "utf-8" ? super.response : null;
    const isDamaged = () => this.#trueText.includes("\ufffd");
    return bytes?.byteLength > LARGE || (bytes && isDamaged()) ? new Uint8Array(bytes) : this.#trueText;
  }

  /** The encoding that the answer declares. */
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
    noteSent();
    use(this.#token); // even if the call is over: others may wait for this token
    const mark = markIn(body);
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

  /** Send the body, with files instead of their marks. */
  #post() {
    const call = this.#call;
    if (call) {
      call.expired = false;
      call.leftAt = performance.now();
      if (call.watch) {
        // Only if it is wanted: with these listeners the browser sends a preflight request first.
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
    stopWaiting(this);
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

  /** Resend the request with the newest token, after the events of the present answer. */
  resendSoon() {
    setTimeout(() => {
      if (this.#aborted || this.#call?.over) return;
      this.#token = newestToken();
      this.#body = this.#body.replace(/(^|&)auth=[^&]*/, `$1auth=${this.#token}`);
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
      // The library has had its turn. If it failed on the answer, for whatever reason, Python gets it now.
      if (this.isAnswered) this.#call?.answer(this.trueStatus, this.trueAnswer);
    }
  }

  /** Decide what the library sees of a finished request. */
  #judge() {
    this.#held = false;
    const batch = this.#method === "batch";
    const text = this.#trueText;
    if (super.status === 200 && isPlainSuccess(text, batch)) {
      if (hasRefusals()) answered(this.#key);
      return;
    }
    /** @type {any} */
    let answer = null;
    try {
      answer = JSON.parse(text);
    } catch {
      // not JSON: the library would lose it
    }
    if (answer?.error === "expired_token") {
      this.#expired();
    } else {
      answered(this.#key);
      const lost = super.status === 0 || super.status >= 500 || answer === null || typeof answer !== "object";
      if (lost || (batch && !isBatchAnswer(answer))) this.#show();
    }
  }

  /** Handle a refused token: pass on the first refusal, hold back the others, deliver the refusal of a renewed token as an error. */
  #expired() {
    if (refused(this.#key, this.#token) > 1) {
      answered(this.#key);
      this.#show();
      return;
    }
    if (this.#call) {
      this.#call.expired = true;
      this.#call.leftAt = 0; // the portal refused it, and executed nothing
    }
    if (this.#token !== newestToken()) {
      this.#held = true;
      this.resendSoon();
    } else {
      this.#held = waitForRenewal(this);
    }
  }

  /** Identifies the request, whatever its token; "" if it is too long to be recognised. */
  get #key() {
    if (this.#call) return this.#call.mark;
    const body = String(this.#body);
    return body.length > KNOWN ? "" : `${this.#method}?${body.replace(/(^|&)auth=[^&]*/, "")}`;
  }

  /** Show the library an error that it delivers; for a batch, one for each command. */
  #show() {
    this.#shown = deliverableError(this.#method === "batch", String(this.#body));
  }
}

/** Return the REST method that an address names; null if it is not the portal's. @param {unknown} url */
function restMethod(url) {
  if (!URL.canParse(String(url), document.baseURI)) return null; // the browser's own class reports it
  const { origin, pathname } = new URL(String(url), document.baseURI);
  const address = origin + pathname;
  return REST && address.startsWith(REST) ? address.slice(REST.length).replace(/\.json$/, "") : null;
}

if (REST) {
  Object.defineProperty(PortalRequest, "name", { value: "XMLHttpRequest" });
  window.XMLHttpRequest = PortalRequest;
}
