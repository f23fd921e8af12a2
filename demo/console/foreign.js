/** Foreign HTML and SVG: shown in a frame that runs nothing, loads nothing and reaches nothing of this page. Pictures. */

import { make } from "./elements.js";
import { text } from "./texts.js";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'";
const HEAD = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">\
<meta name="referrer" content="no-referrer"><meta http-equiv="x-dns-prefetch-control" content="off">\
<base target="_blank"><style>body{margin:8px;font:13px sans-serif;color:#222;background:#fff}</style>`;
/** The lowest and the highest that a frame is drawn by itself; it can be drawn higher by its corner. */
const [LOW, HIGH] = [24, 480];
/** A picture that says how it is scaled is shown whole. */
const FIT = `<style>svg[viewBox]{display:block;max-width:100%;max-height:${HIGH - 18}px}</style>`;

/**
 * Draw foreign content. The sandbox keeps it in; what could only be tried in vain is taken out too.
 * @param {{ type: string, content: string, name: string }} shown
 */
export function drawForeign({ type, content, name }) {
  const inert = new DOMParser().parseFromString(content, "text/html");
  const scripts = inert.querySelectorAll("script").length;
  for (const element of inert.querySelectorAll("script, meta, base, link, iframe, frame, object, embed"))
    element.remove();
  for (const element of inert.querySelectorAll("[target]")) element.removeAttribute("target");
  const whole = HEAD + (type === "image/svg+xml" ? FIT : "") + inert.head.innerHTML + inert.body.innerHTML;
  const frame = frameOf(whole, "", { className: "foreign", title: text("shown_by", { name }) });
  frame.style.height = `${LOW}px`;
  const element = make("div", { className: "foreign-place" }, frame, measuring(whole, frame));
  if (scripts) element.append(make("p", { className: "muted" }, text("foreign_scripts")));
  return element;
}

/**
 * @param {string} content
 * @param {string} allowed by the sandbox
 * @param {Record<string, unknown>} properties
 */
function frameOf(content, allowed, properties) {
  const frame = make("iframe", properties);
  frame.setAttribute("sandbox", allowed);
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.srcdoc = content;
  return frame;
}

/**
 * A frame that nobody sees or clicks on, and that is gone once it has said how high its content is. Its content may be
 * looked at by this page, but as in the other frame it runs nothing, loads nothing and goes nowhere.
 * @param {string} content
 * @param {HTMLIFrameElement} shown gets the height
 */
function measuring(content, shown) {
  const frame = frameOf(content, "allow-same-origin", { className: "foreign-measure", inert: true });
  frame.setAttribute("aria-hidden", "true");
  frame.addEventListener("load", () => {
    const root = frame.contentDocument?.documentElement;
    if (root) {
      const bar = root.scrollWidth > root.clientWidth ? 16 : 0;
      shown.style.height = `${Math.min(HIGH, Math.max(LOW, root.scrollHeight + bar + 2))}px`;
    }
    frame.remove();
  });
  return frame;
}

/** @param {{ address: string, name: string }} shown */
export function drawPicture({ address, name }) {
  return make("img", { className: "picture", src: address, alt: text("shown_by", { name }) });
}
