import { element } from "./dom.js";

/** One iframe with the application in it. */
export class AppFrame {
  /**
   * Make a frame as a portal does (contract, section 1): its name says where the portal is, and so does the query of its
   * address. Tokens are in neither.
   *
   * @param {HTMLElement} place where the frame is put
   * @param {import('./api.js').Config} config
   * @param {string} id
   */
  constructor(place, config, id) {
    const address = new URL(config.app);
    const query = { DOMAIN: location.host, PROTOCOL: protocol(), LANG: config.lang, APP_SID: config.sid };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    this.id = id;
    this.origin = address.origin;
    this.address = address.href;
    this.iframe = element("iframe", {
      class: "app-frame",
      name: `${location.host}|${protocol()}|${config.sid}`,
      title: "Application",
      allow: "microphone; camera; clipboard-read; clipboard-write; geolocation; fullscreen",
    });
    place.append(this.iframe);
    this.window = /** @type {Window} */ (this.iframe.contentWindow);
  }

  /** Load the application. @param {Record<string, string> | null} fields of the POST that opens it; null for a GET */
  load(fields) {
    if (fields === null) {
      this.iframe.src = this.address;
      return;
    }
    // Sent from inside the frame, because a form finds another frame by name, and the application's frames share theirs.
    const inputs = Object.entries(fields).map(([name, value]) => element("input", { type: "hidden", name, value }));
    const form = element("form", { method: "post", action: this.address }, ...inputs);
    this.iframe.contentDocument?.body.append(form);
    form.submit();
  }

  /** Answer on a callback; an empty text stands for no result. @param {string} callback @param {string} text */
  post(callback, text) {
    if (callback !== "") this.window.postMessage(`${callback}:${text}`, this.origin);
  }

  /** @param {any} width pixels or "100%" @param {any} height pixels */
  resize(width, height) {
    if (width === "100%") this.iframe.style.width = "";
    else if (Number.parseInt(width, 10) > 0) this.iframe.style.width = `${Number.parseInt(width, 10)}px`;
    // A frame that fits itself to its content, which fits itself to the frame, would grow for ever.
    const pixels = Math.min(Number.parseInt(height, 10), 100_000);
    if (pixels > 0) this.iframe.style.height = `${pixels}px`;
  }

  close() {
    this.iframe.remove();
  }
}

/** @returns {string} 1 for https, 0 for http */
function protocol() {
  return location.protocol === "https:" ? "1" : "0";
}
