/** The developer tools beside the application: a panel with the log and the switches. */

import { byId } from "./dom.js";
import { Log } from "./log.js";
import { Switches } from "./switches.js";

const LEAST_WIDTH = 340;
const STEP = 24;
const REMEMBERED = "bx24py.devtools";

export class DevTools {
  /** In pixels. */
  width = 0;

  /**
   * @param {import('./api.js').Api} api
   * @param {() => void} reload reopens the application
   */
  constructor(api, reload) {
    this.log = new Log(api);
    this.switches = new Switches(api, reload);
    this.panel = byId("devtools");
    const { width, open } = { width: 500, open: true, ...JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}") };
    this.#tabs();
    this.#resizer();
    byId("devtools-toggle").addEventListener("click", () => {
      this.#show(this.panel.hidden);
      this.#remember();
    });
    this.#resize(width);
    this.#show(open && new URLSearchParams(location.search).get("devtools") !== "closed");
  }

  /** @param {boolean} open */
  #show(open) {
    this.panel.hidden = !open;
    byId("devtools-toggle").setAttribute("aria-expanded", String(open));
  }

  /** @param {number} width pixels */
  #resize(width) {
    const most = Math.max(LEAST_WIDTH, window.innerWidth - LEAST_WIDTH);
    this.width = Math.round(Math.min(Math.max(width, LEAST_WIDTH), most));
    this.panel.style.width = `${this.width}px`;
    const resizer = byId("resizer");
    resizer.setAttribute("aria-valuenow", String(this.width));
    resizer.setAttribute("aria-valuemin", String(LEAST_WIDTH));
    resizer.setAttribute("aria-valuemax", String(most));
  }

  #remember() {
    localStorage.setItem(REMEMBERED, JSON.stringify({ width: this.width, open: !this.panel.hidden }));
  }

  #resizer() {
    const resizer = byId("resizer");
    resizer.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      event.preventDefault();
      // The pointer crosses the application's frame, which would otherwise get its events.
      resizer.setPointerCapture(event.pointerId);
      document.body.classList.add("resizing");
    });
    resizer.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
      if (resizer.hasPointerCapture(event.pointerId)) this.#resize(window.innerWidth - event.clientX);
    });
    resizer.addEventListener("lostpointercapture", () => {
      document.body.classList.remove("resizing");
      this.#remember();
    });
    resizer.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const by = event.key === "ArrowLeft" ? STEP : event.key === "ArrowRight" ? -STEP : 0;
      if (by === 0) return;
      event.preventDefault();
      this.#resize(this.width + by);
      this.#remember();
    });
  }

  #tabs() {
    const tabs = /** @type {HTMLElement[]} */ ([...this.panel.querySelectorAll("[role=tab]")]);
    const choose = (/** @type {HTMLElement} */ tab) => {
      for (const one of tabs) {
        const chosen = one === tab;
        one.setAttribute("aria-selected", String(chosen));
        one.tabIndex = chosen ? 0 : -1;
        byId(one.getAttribute("aria-controls") ?? "").hidden = !chosen;
      }
    };
    for (const [index, tab] of tabs.entries()) {
      tab.addEventListener("click", () => choose(tab));
      tab.addEventListener("keydown", (event) => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (by === undefined) return;
        const next = tabs[(index + by + tabs.length) % tabs.length];
        choose(next);
        next.focus();
      });
    }
  }
}
