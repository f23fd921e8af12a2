/** Foreign HTML and SVG: shown in a frame that runs nothing, loads nothing and reaches nothing of this page. Pictures. */

import { make } from "./elements.js";
import { text } from "./texts.js";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'";
const HEAD = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">\
<meta name="referrer" content="no-referrer"><meta http-equiv="x-dns-prefetch-control" content="off">\
<base target="_blank"><style>body{margin:8px;font:13px sans-serif;color:#222;background:#fff}</style>`;
/** A picture that says how it is scaled is shown whole. */
const FIT = "<style>svg[viewBox]{display:block;max-width:100%;max-height:calc(100vh - 16px)}</style>";
const [LOW, HIGH] = [60, 480];

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
  const frame = make("iframe", { className: "foreign", title: text("shown_by", { name }) });
  frame.setAttribute("sandbox", "");
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.srcdoc = HEAD + (type === "image/svg+xml" ? FIT : "") + inert.head.innerHTML + inert.body.innerHTML;
  frame.style.height = `${Math.min(HIGH, Math.max(LOW, height(type, inert)))}px`;
  const element = make("div", {}, frame);
  if (scripts) element.append(make("p", { className: "muted" }, text("foreign_scripts")));
  return element;
}

/**
 * About how high content is: a frame without scripts cannot say. It can be drawn higher by its corner.
 * @param {string} type
 * @param {Document} inert
 */
function height(type, inert) {
  const svg = inert.querySelector("svg");
  if (type === "image/svg+xml" && svg) {
    const given = Number.parseFloat(svg.getAttribute("height") ?? "");
    const box = (svg.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
    return (given || box[3] || 300) + 20;
  }
  const lines = inert.body.querySelectorAll("tr, p, li, br, h1, h2, h3, h4, div, pre").length;
  return 30 + 26 * (lines + Math.ceil((inert.body.textContent ?? "").length / 800));
}

/** @param {{ address: string, name: string }} shown */
export function drawPicture({ address, name }) {
  return make("img", { className: "picture", src: address, alt: text("shown_by", { name }) });
}
