/** Charts, drawn by Chart.js. It is loaded when the first one is shown. */

import { button, make } from "./elements.js";
import { save } from "./saving.js";
import { language, numeral, text } from "./texts.js";

/** @typedef {{ type: "bar" | "line" | "pie", x: string, y: string | undefined, labels: string[], values: number[], rest: number, others: number }} Chart */

const COLOURS = 8;
const dark = matchMedia("(prefers-color-scheme: dark)");

/** @type {Map<import("./chart-library.js").Chart, () => void>} the charts on the page, and what gives them the present colours */
const drawn = new Map();

/** @type {Promise<typeof import("./chart-library.js")> | undefined} */
let library;

function loadLibrary() {
  library ??= import("./chart-library.js").then((all) => {
    const { BarController, BarElement, LineController, LineElement, PointElement, PieController, ArcElement } = all;
    all.Chart.register(BarController, BarElement, LineController, LineElement, PointElement, PieController, ArcElement);
    all.Chart.register(all.CategoryScale, all.LinearScale, all.Legend, all.Tooltip);
    return all;
  });
  return library;
}

/**
 * Draw a chart, with its numbers as a table for those who cannot see it.
 * @param {Chart} chart
 */
export function drawChart(chart) {
  const labels = chart.rest ? [...chart.labels, text("others", { count: chart.rest })] : chart.labels;
  const values = chart.rest ? [...chart.values, chart.others] : chart.values;
  const title = chart.x ? `${chart.y ?? text("count_rows")} / ${chart.x}` : text("numbers");
  const name = `${text(chart.type)}: ${title}, ${text("labels_count", { count: labels.length })}`;
  const canvas = make("canvas", { role: "img", "aria-label": name });
  const note = make("p", { className: "muted", role: "status" });
  const element = make(
    "figure",
    { className: "chart" },
    make("figcaption", {}, title),
    make("div", { className: "canvas" }, canvas),
    note,
    make(
      "div",
      { className: "group" },
      button("PNG", () => savePicture(canvas), { "aria-label": text("download", { name: "PNG" }) }),
      numbers(chart, labels, values),
    ),
  );
  show(canvas, chart, labels, values).catch((error) => {
    note.textContent = text("no_chart", { error: String(error) });
  });
  return element;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Chart} chart
 * @param {string[]} labels
 * @param {number[]} values
 */
async function show(canvas, { type }, labels, values) {
  const { Chart } = await loadLibrary();
  const options = () => {
    const style = getComputedStyle(document.documentElement);
    const probe = document.createElement("span");
    document.body.append(probe);
    /** @param {string} property */
    const colour = (property) => {
      probe.style.color = `var(${property})`; // resolves light-dark()
      return getComputedStyle(probe).color;
    };
    const palette = Array.from({ length: COLOURS }, (_, index) => colour(`--chart-${index + 1}`));
    const [ink, line, ground] = [colour("--text"), colour("--line"), colour("--panel")];
    probe.remove();
    const axis = { ticks: { color: ink }, grid: { color: line } };
    const each = type === "pie" ? values.map((_, index) => palette[index % COLOURS]) : palette[0];
    return {
      data: {
        labels,
        datasets: [
          {
            data: values,
            backgroundColor: each,
            borderColor: type === "line" ? palette[0] : ground,
            maxBarThickness: 90,
          },
        ],
      },
      options: {
        animation: /** @type {false} */ (false),
        maintainAspectRatio: false,
        locale: language,
        font: { family: style.fontFamily },
        plugins: { legend: { display: type === "pie", position: "right", labels: { color: ink } } },
        scales: type === "pie" ? {} : { x: axis, y: { ...axis, beginAtZero: true } },
      },
    };
  };
  if (!canvas.isConnected) return;
  for (const [chart] of drawn) if (!chart.canvas?.isConnected) drawn.delete(chart) && chart.destroy();
  const chart = new Chart(canvas, /** @type {any} */ ({ type, ...options() }));
  drawn.set(chart, () => Object.assign(chart, options()));
}

dark.addEventListener("change", () => {
  for (const [chart, recolour] of drawn) {
    recolour();
    chart.update();
  }
});

/**
 * @param {Chart} chart
 * @param {string[]} labels
 * @param {number[]} values
 */
function numbers({ x, y }, labels, values) {
  const body = make("tbody", {});
  for (const [index, label] of labels.entries()) {
    const value = make("td", { className: "number" }, numeral(values[index]));
    body.append(make("tr", {}, make("th", { scope: "row" }, label), value));
  }
  const head = make("thead", {}, make("tr", {}, make("th", { scope: "col" }, x || text("labels"))));
  head.rows[0].append(make("th", { scope: "col" }, y ?? text("numbers")));
  return make(
    "details",
    { className: "numbers" },
    make("summary", {}, text("as_numbers")),
    make("table", {}, head, body),
  );
}

/** @param {HTMLCanvasElement} canvas */
function savePicture(canvas) {
  const picture = make("canvas", { width: canvas.width, height: canvas.height });
  const context = picture.getContext("2d");
  if (!context) return;
  context.fillStyle = getComputedStyle(/** @type {Element} */ (canvas.closest(".cell"))).backgroundColor;
  context.fillRect(0, 0, picture.width, picture.height);
  context.drawImage(canvas, 0, 0);
  picture.toBlob((blob) => blob && save("chart.png", blob), "image/png");
}
