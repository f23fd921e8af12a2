/**
 * The percent format: cells in a .py file, each begun by a line `# %%`. VS Code, Spyder and Jupytext read it too.
 *
 * What they write is read: `#%%`, `# %% Title`, `# %% [markdown] Title`, `# %%% Part`, and the older `# In[3]:` and
 * `# <codecell>`. What stands before the first cell and is no code (a coding line, Jupytext's settings, a licence) is kept
 * as the file's header.
 */

// As in Jupytext, the cell magics of IPython are no cells: it writes `%%time` of a notebook as `# %%time`.
const MAGIC = /(?:bash|capture|cmd|html|javascript|js|latex|perl|prun|ruby|script|sh|sql|svg|time|timeit|writefile)\b/;
const MARKER = new RegExp(`^#[ \\t]*%%(?!${MAGIC.source})(.*)$`);
const OLD_MARKER = /^#[ \t]*(?:<codecell>|In\[[\d ]*\]:?)[ \t]*$/;
const HEADER_LINE = /^(?:#!|#.*?coding[:=])/;
const FENCE = /^# ---[ \t]*$/;

/**
 * A cell as it stands in a file.
 * @typedef {object} CellText
 * @property {string} title what follows `# %%` on its line, such as ` Deals` or ` [markdown]`
 * @property {string} code
 */

/**
 * A file: its header, and its cells, at least one.
 * @typedef {object} FileText
 * @property {string} header
 * @property {CellText[]} cells
 */

/**
 * Read a file. A file without a marker is one cell.
 * @param {string} file
 * @returns {FileText}
 */
export function parse(file) {
  const lines = file.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  const first = lines.findIndex((line) => readMarker(line) !== null);
  const isComment = lines.slice(0, Math.max(first, 0)).every((line) => !line.trim() || line.startsWith("#"));
  const begin = first >= 0 && isComment ? first : headerLength(lines);
  /** @type {{ title: string, lines: string[] }[]} */
  const cells = [];
  for (const line of lines.slice(begin)) {
    const title = readMarker(line);
    if (title !== null) cells.push({ title, lines: [] });
    else if (cells.length) cells[cells.length - 1].lines.push(line);
    else if (line.trim()) cells.push({ title: "", lines: [line] });
  }
  if (!cells.length) cells.push({ title: "", lines: [] });
  return {
    header: withoutBlankEnds(lines.slice(0, begin)).join("\n"),
    cells: cells.map(({ title, lines }) => ({ title, code: withoutBlankEnds(lines).join("\n") })),
  };
}

/**
 * Write a file.
 * @param {FileText} file
 */
export function format({ header, cells }) {
  const parts = cells.map(({ title, code }) => `# %%${title}\n${code ? `${code.replace(/\n+$/, "")}\n` : ""}`);
  return (header ? [`${header}\n`, ...parts] : parts).join("\n");
}

/**
 * The title of the cell that a line begins; null if it begins none.
 * @param {string} line
 */
function readMarker(line) {
  return MARKER.exec(line)?.[1].trimEnd() ?? (OLD_MARKER.test(line) ? "" : null);
}

/**
 * How many lines a file without a marker has before its code: a coding line, and settings between two lines `# ---`.
 * @param {string[]} lines
 */
function headerLength(lines) {
  let count = 0;
  while (HEADER_LINE.test(lines[count] ?? "")) count++;
  const end = FENCE.test(lines[count] ?? "") ? lines.findIndex((line, at) => at > count && FENCE.test(line)) : -1;
  return end >= 0 && lines.slice(count, end).every((line) => line.startsWith("#")) ? end + 1 : count;
}

/** @param {string[]} lines */
function withoutBlankEnds(lines) {
  let first = 0;
  let last = lines.length;
  while (first < last && !lines[first].trim()) first++;
  while (last > first && !lines[last - 1].trim()) last--;
  return lines.slice(first, last);
}
