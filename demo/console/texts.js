/** The words of the page in the portal's language. What follows `{` is filled in. */

/** @type {Record<string, Record<string, string>>} */
const TEXTS = {
  en: {
    title: "Python console",
    script: "Script",
    all_cells: "All cells",
    run_all: "Run all",
    clear: "Clear outputs",
    cells: "Cells",
    add_cell: "Add cell",
    keys: "Ctrl+Enter runs a cell, Shift+Enter runs it and goes on, Alt+Enter adds one, F1 explains a name, Esc leaves the editor.",
    cell: "Cell {number}",
    code: "Code",
    output: "Output",
    run: "Run",
    stop: "Stop",
    move_up: "Move up",
    move_down: "Move down",
    delete: "Delete",
    starting: "Python is starting…",
    ready: "Ready",
    running: "Running",
    waiting: "Waiting",
    took: "{seconds} s",
    stopped: "Stopped",
    // Documentation
    documentation: "Documentation",
    official_page: "Official documentation (new tab)",
    no_documentation: "There is no documentation of what is under the cursor.",
    close: "Close",
  },
  ru: {
    title: "Консоль Python",
    script: "Скрипт",
    all_cells: "Все ячейки",
    run_all: "Выполнить все",
    clear: "Очистить вывод",
    cells: "Ячейки",
    add_cell: "Добавить ячейку",
    keys: "Ctrl+Enter выполняет ячейку, Shift+Enter выполняет и переходит дальше, Alt+Enter добавляет новую, F1 объясняет имя, Esc выходит из редактора.",
    cell: "Ячейка {number}",
    code: "Код",
    output: "Вывод",
    run: "Выполнить",
    stop: "Остановить",
    move_up: "Выше",
    move_down: "Ниже",
    delete: "Удалить",
    starting: "Python запускается…",
    ready: "Готово",
    running: "Выполняется",
    waiting: "Ожидает",
    took: "{seconds} с",
    stopped: "Остановлено",
    // Documentation
    documentation: "Документация",
    official_page: "Официальная документация (в новой вкладке)",
    no_documentation: "Для того, что под курсором, документации нет.",
    close: "Закрыть",
  },
  de: {
    title: "Python-Konsole",
    script: "Skript",
    all_cells: "Alle Zellen",
    run_all: "Alle ausführen",
    clear: "Ausgaben leeren",
    cells: "Zellen",
    add_cell: "Zelle hinzufügen",
    keys: "Strg+Enter führt eine Zelle aus, Umschalt+Enter führt sie aus und geht weiter, Alt+Enter fügt eine hinzu, F1 erklärt einen Namen, Esc verlässt den Editor.",
    cell: "Zelle {number}",
    code: "Code",
    output: "Ausgabe",
    run: "Ausführen",
    stop: "Anhalten",
    move_up: "Nach oben",
    move_down: "Nach unten",
    delete: "Löschen",
    starting: "Python startet…",
    ready: "Bereit",
    running: "Läuft",
    waiting: "Wartet",
    took: "{seconds} s",
    stopped: "Angehalten",
    // Documentation
    documentation: "Dokumentation",
    official_page: "Offizielle Dokumentation (neuer Tab)",
    no_documentation: "Zu dem, was am Cursor steht, gibt es keine Dokumentation.",
    close: "Schließen",
  },
};

/** The portal's language, or English. The portal gives it in the address of the frame. */
export const language = new URLSearchParams(location.search).get("LANG") ?? "en";

const words = TEXTS[language] ?? TEXTS.en;

/**
 * A text of the page.
 * @param {string} name
 * @param {Record<string, string | number>} [values] what stands for `{name}` in it
 */
export function text(name, values = {}) {
  const found = words[name] ?? TEXTS.en[name] ?? name;
  return found.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}

/**
 * Fill in the texts that elements name: `data-text` is their content, `data-label` their name for screen readers.
 * @param {HTMLElement} root
 */
export function fillIn(root) {
  if (root === document.documentElement) {
    root.lang = words === TEXTS[language] ? language : "en";
    document.title = text("title");
  }
  for (const element of root.querySelectorAll("[data-text], [data-label]")) {
    if (!(element instanceof HTMLElement)) continue;
    if (element.dataset.text) element.textContent = text(element.dataset.text);
    if (element.dataset.label) element.setAttribute("aria-label", text(element.dataset.label));
  }
}
