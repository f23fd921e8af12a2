/** The portal page's private connection to its server. */

/**
 * @typedef {object} Config
 * @property {string} api the origin of the private interface. It has its own port, because a browser opens only six
 *   connections to an origin, and REST calls that hang must not block the wire
 * @property {string} app the URL of the application's page
 * @property {string} sid APP_SID
 * @property {string} lang
 */

/** @returns {Promise<Config>} */
export async function loadConfig() {
  const response = await fetch("/portal/config");
  if (!response.ok) throw new Error(`The local portal answered ${response.status}`);
  return response.json();
}

export class Api {
  /** @param {string} origin */
  constructor(origin) {
    this.origin = origin;
  }

  /**
   * Send a request to the server, and return its answer.
   *
   * @param {string} path
   * @param {object} [body] sent as JSON with the type text/plain, which needs no preflight
   * @returns {Promise<any>}
   */
  async post(path, body = {}) {
    const response = await fetch(`${this.origin}/${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error((await response.text()).trim() || `The local portal answered ${response.status}`);
    return response.json();
  }

  /** Send the server a message that arrives even if the page is being closed. @param {string} path @param {object} body */
  tell(path, body) {
    navigator.sendBeacon(`${this.origin}/${path}`, JSON.stringify(body));
  }

  /**
   * Listen to the server. The browser reconnects by itself.
   *
   * @param {Record<string, (data: any) => void>} handlers by event; `open` and `lost` report the state of the connection
   */
  listen(handlers) {
    const source = new EventSource(`${this.origin}/events`);
    source.addEventListener("open", () => handlers.open?.(undefined));
    source.addEventListener("error", () => handlers.lost?.(undefined));
    for (const name of ["log", "settings", "push"]) {
      source.addEventListener(name, (event) => handlers[name]?.(JSON.parse(event.data)));
    }
  }
}
