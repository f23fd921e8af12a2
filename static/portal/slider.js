/** Sliders: the panels that `openApplication` and `openPath` open over the application, the last one in front. */

import { element } from "./dom.js";
import { addOverlay, removeOverlay } from "./overlays.js";

/** @typedef {import('./appframe.js').AppFrame} AppFrame */

/** The minimum width of a slider, in pixels. */
const LEAST_WIDTH = 280;

export class Slider {
  /**
   * @param {object} settings
   * @param {any} [settings.title]
   * @param {any} [settings.width] pixels
   * @param {any} [settings.leftBoundary] pixels that stay free on the left; not together with `width`
   * @param {any} [settings.label] {text, bgColor, color}
   * @param {() => void} closed called when it is closed
   */
  constructor(settings, closed) {
    const { title, width, leftBoundary, label } = settings;
    this.closed = closed;
    this.heading = element("h2", { textContent: typeof title === "string" ? title : "" });
    this.body = element("div", { class: "slider-body" });
    const close = element(
      "button",
      {
        type: "button",
        class: "slider-close",
        "aria-label": "Close",
        title: "Close (Esc)",
        onclick: () => this.close(),
      },
      element("span", { "aria-hidden": "true", textContent: "×" }),
    );
    if (label && typeof label === "object") {
      if (typeof label.text === "string")
        close.append(element("span", { class: "slider-label", textContent: label.text }));
      if (typeof label.bgColor === "string") close.style.backgroundColor = label.bgColor;
      if (typeof label.color === "string") close.style.color = label.color;
    }
    this.panel = element(
      "section",
      { class: "slider", role: "dialog", "aria-label": typeof title === "string" && title !== "" ? title : "Slider" },
      element("header", {}, close, this.heading),
      this.body,
    );
    if (Number(width) > 0) this.panel.style.width = `${Math.max(LEAST_WIDTH, Number(width))}px`;
    else if (Number(leftBoundary) > 0)
      this.panel.style.width = `max(${LEAST_WIDTH}px, calc(100% - ${Number(leftBoundary)}px))`;
    this.shade = element("div", { class: "shade" }, this.panel);
    addOverlay(this.shade, () => this.close());
    close.focus();
  }

  /** @param {string} title */
  setTitle(title) {
    this.heading.textContent = title;
  }

  close() {
    if (!this.shade.isConnected) return;
    this.closed();
    removeOverlay(this.shade);
  }
}

/**
 * Show a page of the portal in a slider, as text.
 *
 * @param {{title: string, path: string, rows: [string, string][]}} record
 * @param {() => void} closed
 */
export function openRecord(record, closed) {
  const slider = new Slider({ title: record.title }, closed);
  slider.body.append(
    element("p", { class: "record-path", textContent: record.path }),
    element(
      "dl",
      { class: "record" },
      ...record.rows.flatMap(([name, value]) => [
        element("dt", { textContent: name }),
        element("dd", { textContent: value }),
      ]),
    ),
  );
  return slider;
}
