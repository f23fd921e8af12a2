/** A figure of plotly: charts of its simple traces, a word about the others, and the whole as a file. See figures.py. */

import { drawChart } from "./chart.js";
import { button, make } from "./elements.js";
import { save } from "./saving.js";
import { text } from "./texts.js";

/** @param {{ charts: import("./chart.js").Chart[], left_out: string, html: string }} shown */
export function drawFigure({ charts, left_out, html }) {
  const element = make("div", {}, ...charts.map((chart) => drawChart(chart)));
  if (left_out) element.append(make("p", { className: "muted" }, text("traces_left_out", { types: left_out })));
  if (html) {
    const download = () => save("figure.html", new Blob([html], { type: "text/html" }));
    const label = { "aria-label": text("download", { name: "HTML" }), title: text("figure_html") };
    element.append(button("HTML", download, label));
  }
  return element;
}
