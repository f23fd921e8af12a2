/** The portal's dialogs for choosing users, access permissions and CRM items from the portal's own data. */

import { element } from "./dom.js";
import { addOverlay, removeOverlay } from "./overlays.js";

/** @typedef {{answer: Record<string, any>, line: string}} Choice one choice from the server: the answer, and a line of text to show */
/** @typedef {import('./api.js').Api} Api */

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {[kind: string, label: string][]} kinds the tabs
 * @property {boolean} multiple
 * @property {Set<string>} [blocked] ids that cannot be chosen
 * @property {Map<string, {kind: string, answer: any}>} [chosen] the initial choice, by id
 * @property {(chosen: {kind: string, answer: any}[]) => void} done called once, unless the dialog is closed without a choice
 */

const SEARCH_DELAY_MS = 120;
/** @type {Record<string, string>} */
const CRM_LABELS = { lead: "Leads", contact: "Contacts", company: "Companies", deal: "Deals", quote: "Estimates" };

export class Dialogs {
  #api;
  /** @type {Set<{frame: any, close: () => void}>} */
  #open = new Set();

  /** @param {Api} api */
  constructor(api) {
    this.#api = api;
  }

  /** Close the dialogs that a frame has opened, without an answer. @param {import('./appframe.js').AppFrame} frame */
  closeOf(frame) {
    for (const one of [...this.#open]) if (one.frame === frame) one.close();
  }

  /**
   * @param {import('./appframe.js').AppFrame} frame
   * @param {{title?: any, mult?: any}} args
   * @param {(answer: any) => void} answer
   */
  selectUser(frame, { title, mult }, answer) {
    const multiple = Boolean(mult) && mult !== "false";
    this.#ask(frame, {
      title: typeof title === "string" && title !== "" ? title : multiple ? "Select employees" : "Select an employee",
      kinds: [["user", "Employees"]],
      multiple,
      done: (chosen) => answer(multiple ? chosen.map((one) => one.answer) : chosen[0].answer),
    });
  }

  /**
   * @param {import('./appframe.js').AppFrame} frame
   * @param {{value?: any}} args permissions that cannot be chosen
   * @param {(answer: any) => void} answer
   */
  selectAccess(frame, { value }, answer) {
    this.#ask(frame, {
      title: "Select access permissions",
      kinds: [["access", "Users, departments and groups"]],
      multiple: true,
      blocked: new Set(Object.values(value ?? {}).map(String)),
      done: (chosen) => answer(chosen.map((one) => one.answer)),
    });
  }

  /**
   * @param {import('./appframe.js').AppFrame} frame
   * @param {{entityType?: any, multiple?: any, value?: any}} args
   * @param {(answer: any) => void} answer
   */
  async selectCRM(frame, { entityType, multiple, value }, answer) {
    const known = Object.keys(CRM_LABELS);
    const wanted = Object.values(entityType ?? {}).filter((kind) => known.includes(kind));
    const kinds = wanted.length > 0 ? wanted : known;
    const many = Boolean(multiple) && multiple !== "false";
    this.#ask(frame, {
      title: many ? "Select CRM items" : "Select a CRM item",
      kinds: kinds.map((kind) => [kind, CRM_LABELS[kind]]),
      multiple: many,
      chosen: many ? await this.#crmChosen(kinds, value) : new Map(),
      done: (chosen) => {
        const of = (/** @type {string} */ kind) => chosen.filter((one) => one.kind === kind).map((one) => one.answer);
        answer(Object.fromEntries(known.map((kind) => [kind, of(kind)])));
      },
    });
  }

  /** @param {string[]} kinds @param {any} value ids by kind */
  async #crmChosen(kinds, value) {
    const chosen = new Map();
    for (const kind of kinds) {
      const ids = Object.values(value?.[kind] ?? {})
        .map((id) => Number(String(id).replace(/^[A-Z]+_/, "")))
        .filter(Number.isInteger);
      if (ids.length === 0) continue;
      for (const { answer } of await this.#api.post("choices", { kind, ids }))
        chosen.set(String(answer.id), { kind, answer });
    }
    return chosen;
  }

  /** @param {import('./appframe.js').AppFrame} frame @param {Question} question */
  #ask(frame, question) {
    const api = this.#api;
    const blocked = question.blocked ?? new Set();
    const chosen = question.chosen ?? new Map();
    let kind = question.kinds[0][0];
    let asked = 0;
    let timer = 0;

    const search = element("input", {
      type: "search",
      class: "dialog-search",
      placeholder: "Search",
      "aria-label": "Search",
      autocomplete: "off",
      oninput: () => {
        clearTimeout(timer);
        timer = window.setTimeout(load, SEARCH_DELAY_MS);
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "ArrowDown") return;
        event.preventDefault();
        list.querySelector("button")?.focus();
      },
    });
    const list = element("div", {
      class: "dialog-list",
      role: "listbox",
      "aria-label": question.title,
      "aria-multiselectable": question.multiple ? "true" : "false",
      onkeydown: move,
    });
    const chips = element("div", { class: "dialog-chips", "aria-label": "Chosen" });
    const select = element("button", {
      type: "button",
      class: "primary",
      textContent: "Select",
      onclick: () => finish(),
    });
    const cancel = element("button", { type: "button", textContent: "Cancel", onclick: () => close() });
    const tabs = element(
      "div",
      { class: "dialog-tabs", role: "tablist" },
      ...question.kinds.map(([name, label]) =>
        element("button", {
          type: "button",
          role: "tab",
          textContent: label,
          "data-kind": name,
          "aria-selected": name === kind ? "true" : "false",
          onclick: () => {
            kind = name;
            for (const tab of tabs.children)
              tab.setAttribute("aria-selected", tab.getAttribute("data-kind") === kind ? "true" : "false");
            // A row of the old list would be chosen as an item of the new kind.
            list.replaceChildren();
            load();
          },
        }),
      ),
    );
    const panel = element(
      "dialog",
      { class: "dialog", "aria-label": question.title },
      element(
        "header",
        {},
        element("h2", { textContent: question.title }),
        element("button", {
          type: "button",
          class: "close",
          "aria-label": "Close",
          textContent: "×",
          onclick: () => close(),
        }),
      ),
      ...(question.kinds.length > 1 ? [tabs] : []),
      search,
      list,
      ...(question.multiple ? [chips, element("footer", {}, select, cancel)] : []),
    );
    const shade = element("div", { class: "shade" }, panel);

    const close = () => {
      clearTimeout(timer);
      removeOverlay(shade);
      this.#open.delete(opened);
    };
    const opened = { frame, close };
    function finish() {
      if (chosen.size === 0) return;
      close();
      question.done([...chosen.values()]);
    }

    /** @param {string} id @param {any} answer */
    function choose(id, answer) {
      if (!question.multiple) {
        chosen.set(id, { kind, answer });
        finish();
      } else {
        if (!chosen.delete(id)) chosen.set(id, { kind, answer });
        show();
      }
    }

    function show() {
      for (const row of list.querySelectorAll("[role=option]"))
        row.setAttribute("aria-selected", String(chosen.has(row.getAttribute("data-id") ?? "")));
      chips.replaceChildren(
        ...[...chosen].map(([id, one]) =>
          element("button", {
            type: "button",
            class: "chip",
            textContent: `${nameOf(one.answer)} ×`,
            "aria-label": `Remove ${nameOf(one.answer)}`,
            onclick: () => {
              chosen.delete(id);
              show();
              search.focus();
            },
          }),
        ),
      );
      select.disabled = chosen.size === 0;
    }

    async function load() {
      asked += 1;
      const mine = asked;
      /** @type {Choice[]} */
      let choices;
      try {
        choices = await api.post("choices", { kind, search: search.value });
      } catch (error) {
        list.replaceChildren(element("p", { class: "empty", textContent: `The list could not be loaded: ${error}` }));
        return;
      }
      // An older search may answer after a newer one.
      if (mine !== asked) return;
      list.replaceChildren(
        ...choices.map(({ answer, line }) =>
          element(
            "button",
            {
              type: "button",
              role: "option",
              class: "choice",
              "data-id": answer.id,
              disabled: blocked.has(String(answer.id)),
              tabIndex: -1,
              onclick: () => choose(String(answer.id), answer),
            },
            element("span", { class: "avatar", "aria-hidden": "true", textContent: [...nameOf(answer)][0] ?? "?" }),
            element("span", { class: "choice-name", textContent: nameOf(answer) }),
            element("span", { class: "choice-line", textContent: line }),
          ),
        ),
      );
      if (choices.length === 0) list.append(element("p", { class: "empty", textContent: "Nothing found" }));
      list.querySelector("button:enabled")?.setAttribute("tabindex", "0");
      show();
    }

    /** @param {KeyboardEvent} event */
    function move(event) {
      const rows = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("button:enabled")]);
      const at = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      if (to < 0) search.focus();
      else rows[Math.min(to, rows.length - 1)]?.focus();
    }

    this.#open.add(opened);
    addOverlay(shade, close);
    panel.show();
    search.focus();
    load();
  }
}

/** @param {Record<string, any>} answer @returns {string} */
function nameOf(answer) {
  return String(answer.title ?? answer.name);
}
