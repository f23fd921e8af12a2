/** The log of the developer tools: wire messages, REST calls and errors, with a filter; the commands of a batch fold away. */

import { byId, element } from "./dom.js";

/**
 * @typedef {object} Entry
 * @property {string} key identifies the message, which is logged again when it is answered
 * @property {'wire' | 'rest' | 'error'} kind
 * @property {string} name command or method; the title of an error
 * @property {string} params the start of the parameters, as JSON; what an error says
 * @property {string} status
 * @property {'ok' | 'failed' | 'open'} state
 * @property {boolean} part whether it is a command of a batch
 * @property {number | null} version of REST
 * @property {string | null} parent the key of that batch, which is logged after its commands
 * @property {number} time in seconds since the epoch
 * @property {number | null} duration in seconds
 */

/** How many rows are kept; the oldest are dropped first. */
const ROWS_KEPT = 1000;

const WHAT = { wire: "message from the frame", rest: "REST call", error: "error of the application" };

export class Log {
  /** @type {Map<string, {entry: Entry, row: HTMLElement}>} */
  #rows = new Map();
  /** Rows of commands by the key of their batch. @type {Map<string, HTMLElement[]>} */
  #commands = new Map();
  /** Keys of batches whose commands are folded away. @type {Set<string>} */
  #folded = new Set();
  /** @type {string | null} */
  #selected = null;
  /** Entries that are not drawn yet, by key. @type {Map<string, Entry>} */
  #fresh = new Map();
  #api;

  /** @param {import('./api.js').Api} api */
  constructor(api) {
    this.#api = api;
    this.list = byId("log-rows");
    this.search = byId("log-filter");
    this.search.addEventListener("input", () => this.#filterAll());
    for (const choice of document.querySelectorAll("input[name=log-kind]"))
      choice.addEventListener("change", () => this.#filterAll());
    byId("log-clear").addEventListener("click", () => this.clear());
    byId("detail-close").addEventListener("click", () => this.#select(null));
    this.list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#move(event));
    new IntersectionObserver(() => this.#draw()).observe(this.list); // called when the list is shown or hidden
    this.#count();
  }

  clear() {
    this.#api.post("do", { name: "clear" });
    this.#fresh.clear();
    this.#rows.clear();
    this.#commands.clear();
    this.#folded.clear();
    this.list.replaceChildren();
    this.#select(null);
    this.#count();
  }

  /** @param {Entry[]} entries */
  add(entries) {
    for (const entry of entries) this.#fresh.set(entry.key, entry);
    cut(this.#fresh);
    this.#draw();
  }

  /** Draw new entries. Wait while the list is hidden: drawing blocks the thread that the application runs on. */
  #draw() {
    if (!this.#fresh.size || !this.list.checkVisibility()) return;
    const fresh = this.#fresh;
    this.#fresh = new Map();
    // Follow the end of the list, unless the reader has scrolled away from it.
    const follow = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
    for (const entry of fresh.values()) this.#put(entry);
    for (const { entry, row } of cut(this.#rows)) {
      row.remove();
      this.#commands.delete(entry.key);
    }
    this.#count();
    if (follow) this.list.scrollTop = this.list.scrollHeight;
    if (this.#selected && fresh.has(this.#selected)) this.#showDetail();
  }

  /** @param {Entry} entry */
  #put(entry) {
    const time = new Date(entry.time * 1000);
    const clock = `${time.toLocaleTimeString("en-GB")}.${String(time.getMilliseconds()).padStart(3, "0")}`;
    const row = element(
      "button",
      {
        type: "button",
        role: "treeitem",
        "aria-level": entry.part ? 2 : 1,
        class: `log-row ${entry.state}${entry.part ? " part" : ""}`,
        tabIndex: -1,
        "data-key": entry.key,
        "data-kind": entry.kind,
        "aria-selected": entry.key === this.#selected ? "true" : "false",
        onclick: () => this.#select(entry.key),
        onfocus: () => this.#reachable(row),
      },
      element("span", { class: "log-time", textContent: clock }),
      element("span", {
        class: `log-badge ${entry.kind}`,
        textContent: entry.part ? "CMD" : entry.version === 3 ? "REST 3" : entry.kind.toUpperCase(),
      }),
      element(
        "span",
        { class: "log-name" },
        element("span", {
          class: "log-fold",
          "aria-hidden": "true",
          onclick: (/** @type {MouseEvent} */ event) => {
            event.stopPropagation();
            this.#fold(entry.key, !this.#folded.has(entry.key));
          },
        }),
        element("b", { textContent: entry.name }),
        element("span", { class: "log-params", textContent: entry.params }),
      ),
      element("span", { class: "log-status", textContent: entry.status }),
      element("span", { class: "log-duration", textContent: duration(entry.duration) }),
    );
    row.hidden = !this.#shows(entry);
    const known = this.#rows.get(entry.key);
    if (known) {
      const focused = document.activeElement === known.row;
      row.tabIndex = known.row.tabIndex;
      known.row.replaceWith(row);
      const commands = this.#commands.get(entry.parent ?? "");
      commands?.splice(commands.indexOf(known.row), 1, row);
      if (focused) row.focus({ preventScroll: true });
    } else {
      if (this.#rows.size === 0) row.tabIndex = 0;
      this.#place(entry, row);
    }
    this.#rows.set(entry.key, { entry, row });
    if (entry.parent) this.#markBatch(entry.parent);
    this.#markBatch(entry.key);
  }

  /** Put a new row in its place: the commands of a batch below it, all others at the end. @param {Entry} entry @param {HTMLElement} row */
  #place(entry, row) {
    if (entry.parent) {
      this.list.append(row); // its batch follows, and then stands above it
      this.#commands.set(entry.parent, [...(this.#commands.get(entry.parent) ?? []), row]);
      return;
    }
    const commands = this.#commands.get(entry.key) ?? [];
    if (commands[0]?.isConnected) commands[0].before(row, ...commands);
    else this.list.append(row);
  }

  /** Show at a batch that its commands fold, and how many failed. @param {string} key */
  #markBatch(key) {
    const batch = this.#rows.get(key);
    const commands = this.#commands.get(key)?.filter((row) => row.isConnected) ?? [];
    if (!batch || !commands.length) return;
    const failed = commands.filter((row) => row.classList.contains("failed")).length;
    batch.row.setAttribute("aria-expanded", String(!this.#folded.has(key)));
    batch.row.classList.toggle("has-failed", failed > 0);
    const status = /** @type {HTMLElement} */ (batch.row.querySelector(".log-status"));
    status.textContent = failed ? `${batch.entry.status}, ${failed} failed` : batch.entry.status;
  }

  /** @param {string} key @param {boolean} folded */
  #fold(key, folded) {
    if (!this.#commands.get(key)?.length) return;
    if (folded) this.#folded.add(key);
    else this.#folded.delete(key);
    this.#markBatch(key);
    this.#filterAll();
  }

  /** Whether a row is shown: what is searched for is, even in a batch that is folded. @param {Entry} entry */
  #shows(entry) {
    const folded = entry.parent !== null && this.#folded.has(entry.parent);
    return this.#fits(entry) && (!folded || this.#kind() === "failed" || this.search.value.trim() !== "");
  }

  #kind() {
    return /** @type {HTMLInputElement} */ (document.querySelector("input[name=log-kind]:checked")).value;
  }

  /** @param {Entry} entry */
  #fits(entry) {
    const kind = this.#kind();
    if (kind === "failed" ? entry.state !== "failed" : kind !== "all" && kind !== entry.kind) return false;
    const text = `${entry.name} ${entry.params} ${entry.status}`.toLowerCase();
    return this.search.value
      .toLowerCase()
      .split(/\s+/)
      .every((/** @type {string} */ word) => text.includes(word));
  }

  #filterAll() {
    for (const { entry, row } of this.#rows.values()) row.hidden = !this.#shows(entry);
    this.#count();
  }

  #count() {
    let shown = 0;
    for (const { row } of this.#rows.values()) if (!row.hidden) shown += 1;
    const all = this.#rows.size;
    const found = shown === all ? "" : `${shown} of `;
    byId("log-count").textContent = `${found}${all} ${all === 1 ? "entry" : "entries"}`;
    byId("log-empty").hidden = shown > 0;
    byId("log-empty").textContent =
      all === 0 ? "Messages and REST calls of the application appear here." : "No entry matches the filter.";
  }

  /** Make this row the only one that the tab key reaches. @param {HTMLElement} row */
  #reachable(row) {
    for (const one of this.#rows.values()) one.row.tabIndex = one.row === row ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const rows = /** @type {HTMLElement[]} */ ([...this.list.children]).filter((row) => !row.hidden);
    const key = document.activeElement?.getAttribute("data-key") ?? "";
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.#fold(key, event.key === "ArrowLeft");
    const at = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (event.key === "Escape") this.#select(null);
    if (to === undefined || rows.length === 0) return;
    event.preventDefault();
    const row = rows[Math.max(0, Math.min(to, rows.length - 1))];
    row.focus();
    if (this.#selected) this.#select(row.getAttribute("data-key"));
  }

  /** @param {string | null} key */
  #select(key) {
    this.#selected = key;
    for (const [one, { row }] of this.#rows) row.setAttribute("aria-selected", String(one === key));
    byId("detail").hidden = key === null;
    if (key !== null) this.#showDetail();
  }

  async #showDetail() {
    const key = this.#selected;
    const entry = this.#rows.get(key ?? "")?.entry;
    if (!entry) return;
    byId("detail-name").textContent = entry.name;
    byId("detail-facts").textContent = [
      entry.status,
      duration(entry.duration),
      entry.part ? "command of a batch" : entry.version === 3 ? "REST 3.0 call" : WHAT[entry.kind],
    ]
      .filter(Boolean)
      .join(" · ");
    const full = await this.#api.post("entry", { key });
    if (this.#selected !== key) return;
    byId("detail-why").textContent = full?.why ?? "";
    const isError = entry.kind === "error";
    byId("detail-params-title").textContent = isError ? "Traceback" : "Parameters";
    byId("detail-answer-part").hidden = isError;
    byId("detail-params").textContent = full ? pretty(full.params) || "none" : "The portal no longer has this entry.";
    byId("detail-answer").textContent = full
      ? pretty(full.answer) || (entry.state === "open" ? "not answered" : "empty")
      : "";
  }
}

/** Drop the oldest entries over the limit, and return them. @template T @param {Map<string, T>} map */
function cut(map) {
  const dropped = [...map].slice(0, Math.max(0, map.size - ROWS_KEPT));
  for (const [key] of dropped) map.delete(key);
  return dropped.map(([, value]) => value);
}

/** @param {number | null} seconds */
function duration(seconds) {
  if (seconds === null) return "";
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`;
}

/** @param {string} json possibly truncated @returns {string} */
function pretty(json) {
  try {
    return json === "" ? "" : JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
