/** The percent format: cells in a .py file, each begun by a line `# %%`. VS Code, Spyder and Jupytext read it too. */

const MARKER = /^#[ \t]*%%(.*)$/;

/**
 * A cell as it stands in a file.
 * @typedef {object} CellText
 * @property {string} title what follows `# %%` on its line, such as ` Deals` or ` [markdown]`
 * @property {string} code
 */

/**
 * Read the cells of a file. A file without a marker is one cell.
 * @param {string} file
 * @returns {CellText[]}
 */
export function parse(file) {
  /** @type {{ title: string, lines: string[] }[]} */
  const cells = [];
  for (const line of file.replace(/^\ufeff/, "").split(/\r\n|\r|\n/)) {
    const marker = MARKER.exec(line);
    if (marker) cells.push({ title: marker[1].trimEnd(), lines: [] });
    else if (cells.length) cells[cells.length - 1].lines.push(line);
    else if (line.trim()) cells.push({ title: "", lines: [line] });
  }
  if (!cells.length) cells.push({ title: "", lines: [] });
  return cells.map(({ title, lines }) => ({ title, code: withoutBlankEnds(lines).join("\n") }));
}

/**
 * Write cells as a file.
 * @param {CellText[]} cells
 */
export function format(cells) {
  return cells.map(({ title, code }) => `# %%${title}\n${code ? `${code.replace(/\n+$/, "")}\n` : ""}`).join("\n");
}

/** @param {string[]} lines */
function withoutBlankEnds(lines) {
  let first = 0;
  let last = lines.length;
  while (first < last && !lines[first].trim()) first++;
  while (last > first && !lines[last - 1].trim()) last--;
  return lines.slice(first, last);
}
