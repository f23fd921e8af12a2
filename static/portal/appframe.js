import { element } from "./dom.js";

/** An iframe with the application in it. */
export class AppFrame {
  /**
   * Create a frame as a portal does (contract, section 1): its name and the query of its URL tell where the portal is.
   * Neither contains a token.
   *
   * @param {HTMLElement} place where to put the frame
   * @param {import('./api.js').Config} config
   * @param {string} id
   */
  constructor(place, config, id) {
    this.id = id;
    this.config = config;
    this.origin = new URL(config.app).origin;
    this.iframe = element("iframe", {
      class: "app-frame",
      name: `${location.host}|${protocol()}|${config.sid}`,
      title: "Application",
      allow: "microphone; camera; clipboard-read; clipboard-write; geolocation; fullscreen",
    });
    place.append(this.iframe);
    this.window = /** @type {Window} */ (this.iframe.contentWindow);
  }

  /**
   * Load the application.
   *
   * @param {string} page its URL
   * @param {Record<string, string> | null} fields of the POST that opens it; null: use GET
   */
  load(page, fields) {
    const { lang, sid } = this.config;
    const address = new URL(page);
    const query = { DOMAIN: location.host, PROTOCOL: protocol(), LANG: lang, APP_SID: sid };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    if (fields === null) {
      this.iframe.src = address.href;
      return;
    }
    // Sent from inside the frame: a form finds its target by name, and all frames of the application have the same name.
    const inputs = Object.entries(fields).map(([name, value]) => element("input", { type: "hidden", name, value }));
    const form = element("form", { method: "post", action: address.href }, ...inputs);
    this.iframe.contentDocument?.body.append(form);
    form.submit();
  }

  /** Answer a callback; an empty text means no result. @param {string} callback @param {string} text */
  post(callback, text) {
    if (callback !== "") this.window.postMessage(`${callback}:${text}`, this.origin);
  }

  /** @param {any} width pixels or "100%" @param {any} height pixels */
  resize(width, height) {
    if (width === "100%") this.iframe.style.width = "";
    else if (Number.parseInt(width, 10) > 0) this.iframe.style.width = `${Number.parseInt(width, 10)}px`;
    // If the frame fits its content and the content fits the frame, it would grow forever.
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
