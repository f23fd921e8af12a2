/*
 * The emulated BX24 library, which a page in the local portal gets for `<script src="//api.bitrix24.com/api/v1/"></script>`.
 *
 * Written from docs/dev/contract.md and the official documentation (`sdk/bx24-js-sdk`,
 * `api-reference/widgets/ui-interaction`), not from the real file. It fails as the real library fails: what looks like a
 * bug below is a sharp edge, and marked with its number there (contract, section 4).
 * Do not fix sharp edges here: a test against a library that is better than the real one proves nothing.
 *
 * It is one long file because the library is one script, which a page loads with one script tag.
 *
 * `?rateguard=0` in the script's URL turns off the library's rate guard (sharp edge 9).
 */
(() => {
  "use strict";

  /** @typedef {Record<string, any>} Params REST parameters: text, numbers, booleans, lists, mappings, files, form fields. */
  /** @typedef {(result: AjaxResult) => void} ResultCallback */
  /** @typedef {{method: string, data: Params, callback?: Function}} Query The request that an answer belongs to, kept for `next()`. */
  /** @typedef {[method: string, params?: Params] | {method: string, params?: Params}} Command One command of a batch. */
  /** @typedef {(answer: any) => void} WireCallback */

  const HANDLER_DELAY_MS = 10;
  const BURST = 90;
  const DRAIN_PER_SECOND = 2;

  // Read first, because `currentScript` is only set while the script runs.
  const rateGuard =
    new URL(/** @type {HTMLScriptElement} */ (document.currentScript).src, document.baseURI).searchParams.get(
      "rateguard",
    ) !== "0";

  // ---------------------------------------------------------------- start (contract, section 1)

  const frameName = /^([^|]+)\|([01])\|([^|]+)$/.exec(window.name);
  if (!frameName) {
    /** @type {any} */ (window).BX24 = null;
    throw new Error("Unable to initialize Bitrix24 JS library!");
  }

  /** @type {(domain: string) => string} */
  const withoutDefaultPort = (domain) => domain.replace(/:(80|443)$/, "");
  /** @type {(protocol: number, domain: string) => string} */
  const originOf = (protocol, domain) => `${protocol ? "https" : "http"}://${domain}`;

  const appSid = frameName[3];
  const parentOrigin = originOf(Number(frameName[2]), withoutDefaultPort(frameName[1]));

  /** The portal's answer to `getInitData`, with later changes. */
  const portal = {
    domain: withoutDefaultPort(frameName[1]),
    protocol: Number(frameName[2]),
    path: "/rest",
    /** @type {string | undefined} */ lang: undefined,
    /** @type {string | undefined} */ memberId: undefined,
    /** @type {string | undefined} */ placement: undefined,
    /** @type {Params | undefined} */ placementOptions: undefined,
    isAdmin: false,
    install: false,
    accessToken: "",
    refreshToken: "",
    /** When the token expires, in milliseconds since the epoch. */
    expires: 0,
    /** @type {Params} */ userOptions: {},
    /** @type {Params} */ appOptions: {},
  };

  /** Whether the portal has answered `getInitData`, so that REST calls can be sent. */
  let answered = false;
  /** Whether the installation, if there is one, is over too, so that `init` handlers run. */
  let started = false;
  /** @type {Function[]} */
  const waiting = [];
  /** @type {(Function | string)[]} */
  const installers = [];
  let installing = false;

  /** Run a handler on its own timer, so that one that throws does not stop the next. @param {Function} handler */
  function runSoon(handler) {
    setTimeout(() => handler(), HANDLER_DELAY_MS);
  }

  /** @param {Function} handler */
  function init(handler) {
    if (typeof handler !== "function") return;
    if (started) runSoon(handler);
    else waiting.push(handler);
  }

  /** Register an installer. After the portal's answer it has no effect. @param {Function | string} handler or a script's URL */
  function install(handler) {
    if (!answered) installers.push(handler);
  }

  function installFinish() {
    if (installing) nextInstaller();
    else if (portal.install) send("setInstallFinish", {});
  }

  function nextInstaller() {
    const installer = installers.shift();
    if (installer === undefined) {
      installing = false;
      send("setInstall", { install: true });
      start();
      return;
    }
    if (typeof installer === "string") {
      loadScript(installer, installFinish);
      return;
    }
    try {
      installer();
    } catch {
      alert("Installation failed!");
    }
  }

  /** Run the `init` handlers. The options work only from here on: during the installation they have no effect. */
  function start() {
    started = true;
    BX24.userOption = userOption;
    BX24.appOption = appOption;
    for (const handler of waiting.splice(0)) runSoon(handler);
  }

  /** @param {any} data the answer to `getInitData` */
  function initialise(data) {
    portal.domain = withoutDefaultPort(data.DOMAIN);
    portal.protocol = Number(data.PROTOCOL);
    portal.path = data.PATH;
    portal.lang = data.LANG;
    portal.memberId = data.MEMBER_ID;
    portal.placement = data.PLACEMENT;
    portal.placementOptions = data.PLACEMENT_OPTIONS;
    portal.isAdmin = Boolean(data.IS_ADMIN);
    portal.install = Boolean(data.INSTALL);
    // PHP writes an empty mapping as a list.
    portal.userOptions = { ...data.USER_OPTIONS };
    portal.appOptions = { ...data.APP_OPTIONS };
    keepTokens(data);
    answered = true;
    if (data.FIRST_RUN && installers.length > 0) {
      installing = true;
      nextInstaller();
    } else {
      start();
    }
  }

  // ---------------------------------------------------------------- the wire to the portal (contract, section 2)

  /** Callbacks by id. Ids stay valid, because an event subscription is answered many times. @type {Map<string, WireCallback>} */
  const wireCallbacks = new Map();

  /**
   * Post a command to the portal page. It may never be answered.
   *
   * @param {string} command
   * @param {any} [params] any JSON value; null and undefined are sent as an empty field
   * @param {WireCallback} [callback]
   */
  function send(command, params, callback) {
    let id = "";
    if (typeof callback === "function") {
      id = `${wireCallbacks.size}_${Math.random().toString(36).slice(2)}`;
      wireCallbacks.set(id, callback);
    }
    const json = params === undefined || params === null ? "" : JSON.stringify(params);
    window.parent.postMessage(`${command}:${json}:${id}:${appSid}`, parentOrigin);
  }

  window.addEventListener("message", (event) => {
    if (event.origin !== parentOrigin || typeof event.data !== "string") return;
    const colon = event.data.indexOf(":");
    const callback = wireCallbacks.get(event.data.slice(0, colon));
    if (!callback) return;
    const json = event.data.slice(colon + 1);
    callback(json === "" ? [] : JSON.parse(json));
  });

  // ---------------------------------------------------------------- authorisation

  /** @param {{AUTH_ID: string, AUTH_EXPIRES: number | string, REFRESH_ID: string}} data AUTH_EXPIRES is in seconds from now */
  function keepTokens(data) {
    portal.accessToken = data.AUTH_ID;
    portal.refreshToken = data.REFRESH_ID;
    portal.expires = Date.now() + Number(data.AUTH_EXPIRES) * 1000;
  }

  /** Return the tokens. `expires_in` is a time in milliseconds since the epoch, not a duration (sharp edge 11). */
  function getAuth() {
    if (!answered || Date.now() >= portal.expires) return false;
    return {
      access_token: portal.accessToken,
      refresh_token: portal.refreshToken,
      expires_in: portal.expires,
      domain: portal.domain,
      member_id: portal.memberId,
    };
  }

  /** Renew the token. If the portal cannot, it never answers. @param {(auth: any) => void} [callback] */
  function refreshAuth(callback) {
    send("refreshAuth", {}, (data) => {
      keepTokens(data);
      if (typeof callback === "function") callback(getAuth());
    });
  }

  // ---------------------------------------------------------------- encoding of parameters (sharp edge 8)

  /** @type {(value: any) => boolean} */
  const isFileInput = (value) => value instanceof HTMLInputElement && value.type === "file";

  /** @param {File} file @returns {Promise<[string, string]>} its name and its content in base64 */
  function readFile(file) {
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve([file.name, String(reader.result).split(",")[1] ?? ""]);
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(file);
    });
  }

  /**
   * Copy parameters, with form fields replaced by their values. For each file a promise in `reading` puts
   * `[name, base64]` into the copy.
   *
   * @param {any} value
   * @param {Promise<void>[]} reading
   * @returns {any}
   */
  function withoutFields(value, reading) {
    if (isFileInput(value)) {
      const files = [...value.files];
      return withoutFields(value.multiple ? files : (files[0] ?? null), reading);
    }
    if (value instanceof File) {
      /** @type {string[]} */
      const pair = [];
      reading.push(readFile(value).then((read) => void pair.push(...read)));
      return pair;
    }
    if (value instanceof HTMLSelectElement && value.multiple) {
      return [...value.selectedOptions].map((option) => option.value);
    }
    if (value instanceof HTMLInputElement && (value.type === "checkbox" || value.type === "radio")) {
      return value.checked ? value.value : null;
    }
    if (
      value instanceof HTMLInputElement ||
      value instanceof HTMLSelectElement ||
      value instanceof HTMLTextAreaElement
    ) {
      return value.value;
    }
    if (Array.isArray(value)) return value.map((item) => withoutFields(item, reading));
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutFields(item, reading)]));
    }
    return value;
  }

  /** Call `use` with a copy of the parameters without form fields: at once, or when the files in them have been read. */
  function whenRead(/** @type {any} */ params, /** @type {(params: any) => void} */ use) {
    /** @type {Promise<void>[]} */
    const reading = [];
    const copy = withoutFields(params, reading);
    if (reading.length === 0) use(copy);
    else Promise.all(reading).then(() => use(copy));
  }

  /** @param {string} name @param {any} value @returns {string[]} `name=value` pairs, with nested names as in PHP */
  function encodePairs(name, value) {
    if (value === null || value === undefined || typeof value === "function") return [];
    if (typeof value !== "object") return [`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`];
    if (Array.isArray(value) && value.length === 0) return [`${encodeURIComponent(name)}=`];
    return Object.keys(value).flatMap((key) => encodePairs(`${name}[${key}]`, value[key]));
  }

  /** @param {Params} params @returns {string} */
  function encode(params) {
    return Object.keys(params)
      .flatMap((name) => encodePairs(name, params[name]))
      .join("&");
  }

  // ---------------------------------------------------------------- REST (contract, sections 3 and 4)

  let level = 0;
  let levelAt = performance.now();

  /**
   * Apply the library's rate guard: 90 requests at once, then one every half second. The portal refuses after 50
   * (sharp edge 9).
   *
   * @param {() => void} go
   */
  function whenAllowed(go) {
    if (!rateGuard) {
      go();
      return;
    }
    const now = performance.now();
    level = Math.max(0, level - ((now - levelAt) / 1000) * DRAIN_PER_SECOND) + 1;
    levelAt = now;
    if (level <= BURST) go();
    else setTimeout(go, ((level - BURST) / DRAIN_PER_SECOND) * 1000);
  }

  /**
   * Send a request to the portal's REST address. There is no timeout (sharp edge 3).
   *
   * @param {string} method
   * @param {Params} params
   * @param {(answer: any, status: number) => void} deliver called inside the `load` event of the request that carried the answer
   * @returns {XMLHttpRequest} the first request made; after `expired_token` another one replaces it
   */
  function request(method, params, deliver) {
    const xhr = new XMLHttpRequest();

    const queryError = () => {
      // Sharp edge 1: thrown in the request's own handler, so nobody can catch it, and `deliver` is never called.
      throw "Query error!";
    };
    xhr.addEventListener("error", queryError);
    xhr.addEventListener("load", () => {
      if (xhr.status >= 500) queryError();
      let answer;
      try {
        answer = JSON.parse(xhr.responseText);
      } catch {
        queryError();
      }
      if (answer.error === "expired_token") {
        // Sharp edge 5: repeats as long as the portal renews and refuses the token.
        refreshAuth(() => request(method, params, deliver));
      } else {
        deliver(answer, xhr.status);
      }
    });

    const post = () =>
      whenRead(params, (read) =>
        whenAllowed(() => {
          xhr.open("POST", `${originOf(portal.protocol, portal.domain)}${portal.path}/${method}.json`);
          xhr.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
          xhr.send(encode({ auth: portal.accessToken, ...read }));
        }),
      );
    if (Date.now() >= portal.expires) refreshAuth(post);
    else post();
    return xhr;
  }

  /** The error that `ajaxResult.error()` returns. */
  class AjaxError {
    /** @param {number} status @param {{error: string, error_description?: string}} ex */
    constructor(status, ex) {
      this.status = status;
      this.ex = ex;
    }

    getError() {
      return this.ex;
    }

    getStatus() {
      return this.status;
    }

    toString() {
      const { error, error_description: text } = this.ex;
      return `${error}${text ? `: ${text}` : ""} (${this.status})`;
    }
  }

  /** The argument of a callback: the answer to `callMethod`, or to one command of a batch. */
  class AjaxResult {
    /**
     * @param {any} answer `{result, error, error_description, total, next, time}`; for a command of a batch only
     *     `{result, error, next}`, where error is the mapping `{error, error_description}`
     * @param {Query} query
     * @param {number} status HTTP status
     */
    constructor(answer, query, status) {
      this.answer = answer;
      this.query = query;
      this.status = status;
    }

    data() {
      return this.answer.result;
    }

    error() {
      const { error, error_description } = this.answer;
      if (!error) return undefined;
      return new AjaxError(this.status, typeof error === "object" ? error : { error, error_description });
    }

    error_description() {
      return this.answer.error_description;
    }

    more() {
      return !Number.isNaN(parseInt(this.answer.next, 10));
    }

    /** Return the total; NaN if the answer has none, as for every command of a batch (sharp edge 6). */
    total() {
      return parseInt(this.answer.total, 10);
    }

    time() {
      return this.answer.time;
    }

    /**
     * Request the next page. A command of a batch needs a `callback` here: the one of `query` is the batch's, which would
     * get a single result. Its macros are sent as text (sharp edge 6).
     *
     * @param {ResultCallback} [callback]
     * @returns {false | XMLHttpRequest} false on the last page
     */
    next(callback) {
      if (!this.more()) return false;
      const { method, data, callback: own } = this.query;
      return requestOne(method, { ...data, start: this.answer.next }, callback ?? own);
    }
  }

  /** @param {string} method @param {Params} params @param {Function} [callback] @returns {XMLHttpRequest} */
  function requestOne(method, params, callback) {
    return request(method, params, (answer, status) => {
      const result = new AjaxResult(answer, { method, data: params, callback }, status);
      if (typeof callback === "function") callback(result);
    });
  }

  /**
   * @param {string} method
   * @param {Params} [params] a `start` other than zero is deleted from the caller's object (sharp edge 7)
   * @param {ResultCallback} [callback]
   */
  function callMethod(method, params, callback) {
    if (!answered) {
      init(() => callMethod(method, params, callback));
      return;
    }
    const own = params ?? {};
    if (own.start) Reflect.deleteProperty(own, "start");
    requestOne(method, own, callback);
  }

  /**
   * @param {Command[] | Record<string, Command>} calls if empty, nothing is sent and `callback` is never called (sharp edge 4)
   * @param {(results: Record<string, AjaxResult> | AjaxResult[]) => void} [callback]
   * @param {boolean} [haltOnError]
   */
  function callBatch(calls, callback, haltOnError = false) {
    if (!answered) {
      init(() => callBatch(calls, callback, haltOnError));
      return;
    }
    /** @type {Record<string, Query>} */
    const queries = {};
    for (const [key, call] of Object.entries(calls)) {
      const [method, params] = Array.isArray(call) ? call : [call.method, call.params];
      queries[key] = { method, data: params ?? {}, callback };
    }
    const keys = Object.keys(queries);
    if (keys.length === 0) return;

    whenRead(
      keys.map((key) => queries[key].data),
      (read) => {
        const commands = keys.map((key, index) => [key, `${queries[key].method}?${encode(read[index])}`]);
        const params = { halt: haltOnError ? 1 : 0, cmd: Object.fromEntries(commands) };
        request("batch", params, (answer, status) => {
          // Sharp edge 2: if the batch failed as a whole or came back empty, the next lines throw a TypeError.
          const { result, result_error: errors, result_next: next } = answer.result;
          /** @type {any} */
          const results = Array.isArray(calls) ? [] : {};
          for (const key of keys) {
            // Sharp edge 6: a command that was not executed is absent.
            if (!(key in result) && !(key in errors)) continue;
            const degraded = { result: key in result ? result[key] : {}, error: errors[key], next: next[key] };
            results[key] = new AjaxResult(degraded, queries[key], status);
          }
          if (typeof callback === "function") callback(results);
        });
      },
    );
  }

  /**
   * Call `event.bind` if the user is an administrator; otherwise return false and never call `callback` (sharp edge 10).
   *
   * @param {string} event
   * @param {string} handler URL
   * @param {number | null} [authType] id of the user in whose name the handler is called
   * @param {ResultCallback} [callback]
   */
  function callBind(event, handler, authType, callback) {
    if (!isAdmin()) return false;
    return callMethod("event.bind", { event, handler, auth_type: authType }, callback);
  }

  /** Call `event.unbind`, see `callBind`. @type {typeof callBind} */
  function callUnbind(event, handler, authType, callback) {
    if (!isAdmin()) return false;
    return callMethod("event.unbind", { event, handler, auth_type: authType }, callback);
  }

  // ---------------------------------------------------------------- options

  const noOption = {
    get: () => undefined,
    set: () => undefined,
  };

  const userOption = {
    get: (/** @type {string} */ name) => portal.userOptions[name],
    set(/** @type {string} */ name, /** @type {any} */ value) {
      portal.userOptions[name] = value;
      send("setUserOption", { name, value });
    },
  };

  const appOption = {
    get: (/** @type {string} */ name) => portal.appOptions[name],
    /** Set an option if the user is an administrator; otherwise return false and never call `callback` (sharp edge 10). */
    set(/** @type {string} */ name, /** @type {any} */ value, /** @type {WireCallback} */ callback) {
      if (!isAdmin()) return false;
      portal.appOptions[name] = value;
      send("setAppOption", { name, value }, (options) => {
        portal.appOptions = { ...options };
        if (typeof callback === "function") callback(options);
      });
      return undefined;
    },
  };

  // ---------------------------------------------------------------- dialogs of the portal

  /** @param {boolean} mult whether several users can be selected @returns {(title: string | WireCallback, callback?: WireCallback) => void} */
  const userDialog = (mult) => (title, callback) => {
    if (typeof title === "function") send("selectUser", { mult }, title);
    else send("selectUser", { title, mult }, callback);
  };

  /** @param {string[] | WireCallback} value permissions that cannot be selected, or the callback @param {WireCallback} [callback] */
  function selectAccess(value, callback) {
    if (typeof value === "function") send("selectAccess", { value: [] }, value);
    else send("selectAccess", { value: value ?? [] }, callback);
  }

  /**
   * @param {{entityType?: string[], multiple?: boolean, value?: any} | WireCallback} params or the callback
   * @param {WireCallback} [callback]
   */
  function selectCRM(params, callback) {
    if (typeof params === "function") {
      selectCRM({}, params);
      return;
    }
    const { entityType, multiple = false, value } = params ?? {};
    send("selectCRM", { entityType, multiple, value }, callback);
  }

  // ---------------------------------------------------------------- the frame and the page around it

  function getScrollSize() {
    const { documentElement: root, body } = document;
    return {
      scrollWidth: Math.max(root.scrollWidth, body ? body.scrollWidth : 0),
      scrollHeight: Math.max(root.scrollHeight, body ? body.scrollHeight : 0),
    };
  }

  /**
   * @param {number | string} width in pixels, or '100%'; 100 if it is not a number
   * @param {number | string} height in pixels; not sent unless positive
   * @param {WireCallback} [callback]
   */
  function resizeWindow(width, height, callback) {
    const pixels = parseInt(String(height), 10);
    send(
      "resizeWindow",
      {
        width: width === "100%" ? width : parseInt(String(width), 10) || 100,
        height: pixels > 0 ? pixels : undefined,
      },
      callback,
    );
  }

  /** @param {WireCallback} [callback] */
  function fitWindow(callback) {
    resizeWindow("100%", getScrollSize().scrollHeight, callback);
  }

  /** @param {WireCallback} [callback] */
  function reloadWindow(callback) {
    send("reloadWindow", {}, callback);
  }

  /** @param {string} title @param {WireCallback} [callback] */
  function setTitle(title, callback) {
    send("setTitle", { title: title.toString() }, callback);
  }

  /** @param {number | string} scroll in pixels from the top; if it is not a number, nothing is sent @param {WireCallback} [callback] */
  function scrollParentWindow(scroll, callback) {
    const pixels = parseInt(String(scroll), 10);
    if (!Number.isNaN(pixels)) send("setScroll", { scroll: pixels }, callback);
  }

  /**
   * @param {Params | WireCallback} [params] for the opened application, or the callback
   * @param {WireCallback} [closeCallback]
   * @param {Params} [settings] settings of the slider: width, leftBoundary, title, label
   */
  function openApplication(params, closeCallback, settings) {
    if (typeof params === "function") {
      openApplication({}, /** @type {WireCallback} */ (params), closeCallback);
      return;
    }
    const prefixed = Object.entries(settings ?? {}).map(([name, value]) => [`bx24_${name}`, value]);
    send("openApplication", { ...params, ...Object.fromEntries(prefixed) }, closeCallback);
  }

  /** @param {WireCallback} [callback] */
  function closeApplication(callback) {
    send("closeApplication", undefined, callback);
  }

  /** @param {string} path @param {WireCallback} [callback] */
  function openPath(path, callback) {
    send("openPath", { path }, callback);
  }

  const im = {
    callTo: (/** @type {number} */ userId, /** @type {boolean} */ video) => send("imCallTo", { userId, video }),
    phoneTo: (/** @type {string} */ phone) => send("imPhoneTo", { phone }),
    openMessenger: (/** @type {string} */ dialogId) => send("imOpenMessenger", { dialogId }),
    openHistory: (/** @type {string} */ dialogId) => send("imOpenHistory", { dialogId }),
  };

  // ---------------------------------------------------------------- placements (contract, section 5)

  const placement = {
    info: () => ({ placement: portal.placement, options: portal.placementOptions }),

    getInterface(/** @type {WireCallback} */ callback) {
      send("getInterface", undefined, callback);
    },

    /** Send a command. Silently ignored if the command has the name of a function of BX24 (contract, section 2). */
    call(/** @type {string} */ command, /** @type {any} */ params, /** @type {WireCallback} */ callback) {
      if (typeof BX24[command] === "function") return;
      if (typeof params === "function") send(command, undefined, params);
      else send(command, params, callback);
    },

    bindEvent(/** @type {string} */ event, /** @type {WireCallback} */ callback) {
      send("placementBindEvent", { event }, callback);
    },
  };

  function getLang() {
    return portal.lang;
  }

  function getDomain() {
    return portal.domain;
  }

  function isAdmin() {
    return portal.isAdmin;
  }

  // ---------------------------------------------------------------- the DOM

  function isReady() {
    return document.readyState !== "loading";
  }

  /** Call a handler when the DOM is ready; this is independent of the portal. @param {Function} handler */
  function ready(handler) {
    if (typeof handler !== "function") return;
    if (isReady()) runSoon(handler);
    else document.addEventListener("DOMContentLoaded", () => handler(), { once: true });
  }

  /** Names of an event in older browsers, as listed in the documentation. @type {Record<string, string[]>} */
  const BOUND_TOO = {
    mousewheel: ["DOMMouseScroll"],
    transitionend: ["webkitTransitionEnd", "msTransitionEnd", "oTransitionEnd"],
  };
  /** @type {Record<string, string[]>} */
  const UNBOUND_TOO = { ...BOUND_TOO, transitionend: [] };

  /** @param {EventTarget} element @param {string} eventName @param {EventListener} func */
  function bind(element, eventName, func) {
    for (const name of [eventName, ...(BOUND_TOO[eventName] ?? [])]) element.addEventListener(name, func);
  }

  /** @param {EventTarget} element @param {string} eventName @param {EventListener} func */
  function unbind(element, eventName, func) {
    for (const name of [eventName, ...(UNBOUND_TOO[eventName] ?? [])]) element.removeEventListener(name, func);
  }

  /** @type {WeakMap<object, WeakMap<Function, Function>>} */
  const proxies = new WeakMap();
  /** @type {any} */
  let context = null;

  /** Bind a function to an object; the same pair always gets the same proxy. @param {Function} func @param {object} thisObject @returns {Function} */
  function proxy(func, thisObject) {
    const ofThis = proxies.get(thisObject) ?? new WeakMap();
    proxies.set(thisObject, ofThis);
    if (!ofThis.has(func)) {
      ofThis.set(
        func,
        /** @this {any} @param {...any} args */ function (...args) {
          const outer = context;
          context = this;
          try {
            return func.apply(thisObject, args);
          } finally {
            context = outer;
          }
        },
      );
    }
    return /** @type {Function} */ (ofThis.get(func));
  }

  /** Return the `this` that the running proxy was called with; null outside a proxy. */
  function proxyContext() {
    return context;
  }

  /**
   * Load scripts one after another, once the DOM is ready. `callback` runs after the last one, so it is never called if
   * one cannot be loaded.
   *
   * @param {string | string[]} script
   * @param {Function} [callback]
   */
  function loadScript(script, callback) {
    const [first, ...rest] = Array.isArray(script) ? script : [script];
    if (!isReady()) {
      ready(() => loadScript(script, callback));
      return;
    }
    if (first === undefined) {
      if (typeof callback === "function") callback();
      return;
    }
    const element = document.createElement("script");
    element.addEventListener("load", () => loadScript(rest, callback));
    element.src = first;
    document.head.append(element);
  }

  // ---------------------------------------------------------------- the object

  /** @type {Record<string, any>} */
  const BX24 = {
    init,
    install,
    installFinish,
    getAuth,
    refreshAuth,
    callMethod,
    callBatch,
    callBind,
    callUnbind,
    userOption: noOption,
    appOption: noOption,
    selectUser: userDialog(false),
    selectUsers: userDialog(true),
    selectAccess,
    selectCRM,
    isAdmin,
    getLang,
    getDomain,
    ready,
    isReady,
    proxy,
    proxyContext,
    bind,
    unbind,
    loadScript,
    getScrollSize,
    resizeWindow,
    fitWindow,
    reloadWindow,
    setTitle,
    scrollParentWindow,
    openApplication,
    closeApplication,
    openPath,
    im,
    placement,
  };

  /** @type {any} */ (window).BX24 = BX24;
  send("getInitData", undefined, initialise);
})();
