// @ts-check
/**
 * Answers that BX24.js loses, made into ones that it delivers.
 *
 * On a status 5xx, a network failure, a body that is not JSON, and on a batch that fails as a whole or comes back empty,
 * the library throws inside the request's own handler and never calls back (contract, section 4, numbers 1 and 2). This
 * subclass of XMLHttpRequest shows it an ordinary error instead; the true answer is in `bx24py`, for the Python side.
 *
 * An expired token is the library's to renew. But it asks for a new one for each request that was refused, and repeats
 * for ever if the new one is refused too (number 5). So only the first refusal reaches it; the other requests wait, and
 * are sent again with the token that the library uses next. A second refusal is delivered as the error that it is.
 *
 * It acts on requests to the portal's REST address only; all others, and the library, stay as they are.
 */

/** How long the others wait for one request's renewal before another may try, in milliseconds. */
const RENEWAL = 10_000;

const Native = window.XMLHttpRequest;

/** The portal's REST address, from the frame's name DOMAIN|PROTOCOL|APP_SID (contract, section 1); null outside one. */
const REST = (() => {
  const [domain, protocol, sid] = window.name.split("|");
  return sid ? new URL(`${protocol === "1" ? "https" : "http"}://${domain}/rest/`).href : null;
})();

/** The token that the library used last. */
let newest = "";

/** The request whose refusal the library is renewing the token for. @type {{ request: PortalRequest, since: number } | null} */
let renewal = null;

/** Requests that wait for it. @type {Set<PortalRequest>} */
const waiting = new Set();

/** Tokens that were refused as expired, by what was asked with them. @type {Map<string, { tokens: Set<string>, since: number }>} */
const refusals = new Map();

/** The request to the portal that was opened last, until Python has taken it. @type {PortalRequest | null} */
let latest = null;

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
  /** Nothing of the present answer reaches the library: the request waits, or is on its way again. */
  #held = false;
  /** What the library is shown instead of the answer. @type {{ status: number, text: string } | null} */
  #shown = null;

  constructor() {
    super();
    // Here, because listeners are called in the order added, and those of the library must come after.
    const listener = (/** @type {Event} */ event) => this.#handle(event);
    for (const type of ["readystatechange", "load", "error", "timeout", "loadend"]) super.addEventListener(type, listener);
  }

  /** Take the request that a call just opened, if it did. */
  static bx24pyTake() {
    const request = latest;
    latest = null;
    return request;
  }

  /**
   * The true answer, for Python in one text: method, status (0: none arrived), and after a line break the body. Null for
   * all requests but the portal's.
   */
  get bx24py() {
    return this.#method === null ? null : `${this.#method} ${super.status}\n${super.responseText}`;
  }

  /** Whether this request still waits for a renewal of its token. */
  get bx24pyExpired() {
    return renewal?.request === this || waiting.has(this);
  }

  /** @param {any[]} args */
  open(...args) {
    this.#method = restMethod(args[1]);
    this.#shown = null;
    this.#aborted = false;
    if (this.#method !== null) {
      this.#opened = args;
      this.#headers = [];
      latest = this;
    }
    return super.open(.../** @type {[string, string]} */ (args));
  }

  /** @param {string} name @param {string} value */
  setRequestHeader(name, value) {
    super.setRequestHeader(name, value);
    if (this.#method !== null) this.#headers.push([name, value]);
  }

  /** @param {any} [body] */
  send(body) {
    if (this.#method !== null) {
      this.#body = body;
      this.#token = typeof body === "string" ? (/(?:^|&)auth=([^&]*)/.exec(body)?.[1] ?? "") : "";
      if (this.#token && this.#token !== newest) use(this.#token);
    }
    super.send(body);
  }

  abort() {
    this.#aborted = true;
    waiting.delete(this);
    super.abort();
  }

  get status() {
    return this.#shown ? this.#shown.status : super.status;
  }

  get responseText() {
    return this.#shown ? this.#shown.text : super.responseText;
  }

  get response() {
    if (!this.#shown) return super.response;
    return this.responseType === "json" ? JSON.parse(this.#shown.text) : this.#shown.text;
  }

  /** Send the request once more, with another token. */
  #resend() {
    this.#token = newest;
    this.#body = this.#body.replace(/(^|&)auth=[^&]*/, `$1auth=${newest}`);
    super.open(.../** @type {[string, string]} */ (this.#opened));
    for (const [name, value] of this.#headers) super.setRequestHeader(name, value);
    super.send(this.#body);
  }

  /** Send it once more when the events of the present answer are over. */
  resendSoon() {
    setTimeout(() => !this.#aborted && this.#resend());
  }

  /** @param {Event} event */
  #handle(event) {
    if (this.#method === null || this.#aborted || this.responseType === "blob" || this.responseType === "arraybuffer") return;
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
    const text = super.responseText;
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
    const error = { error: "BX24PY", error_description: "see the property bx24py of the request" };
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

/** The REST method that an address names, or null when it is not the portal's. @param {unknown} url */
function restMethod(url) {
  if (!URL.canParse(String(url), document.baseURI)) return null; // the browser's own class says so
  const { origin, pathname } = new URL(String(url), document.baseURI);
  const address = origin + pathname;
  return REST && address.startsWith(REST) ? address.slice(REST.length).replace(/\.json$/, "") : null;
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
