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
    keys: "Ctrl+Enter runs a cell, Shift+Enter runs it and goes on, Alt+Enter adds one, Esc leaves the editor.",
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
    // values
    row: "{count} row",
    rows: "{count} rows",
    rows_found: "{found} of {count}",
    table_rows: "Rows of the table",
    working: "Working",
    search: "Search",
    columns: "Columns",
    chart: "Chart",
    copy: "Copy",
    copied: "Copied",
    not_copied: "The browser does not let this page copy",
    download: "Download {name}",
    csv_note: "Texts that begin like a formula have an apostrophe before them in the CSV file",
    xlsx_made: "The XLSX file is being made…",
    no_xlsx: "There is no XLSX here, CSV works: {error}",
    labels: "Labels",
    numbers: "Numbers",
    count_rows: "Number of rows",
    bar: "Bar chart",
    line: "Line chart",
    pie: "Pie chart",
    labels_count: "{count} labels",
    others: "Others ({count})",
    as_numbers: "As numbers",
    no_chart: "The chart could not be drawn: {error}",
    more: "More",
    close: "Close",
    show_all: "Show all ({count} characters)",
    shown_by: "Shown by {name}",
    no_scripts: "Scripts in this content do not run.",
  },
  ru: {
    title: "Консоль Python",
    script: "Скрипт",
    all_cells: "Все ячейки",
    run_all: "Выполнить все",
    clear: "Очистить вывод",
    cells: "Ячейки",
    add_cell: "Добавить ячейку",
    keys: "Ctrl+Enter выполняет ячейку, Shift+Enter выполняет и переходит дальше, Alt+Enter добавляет новую, Esc выходит из редактора.",
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
    // values
    row: "{count} строка",
    rows: "Строк: {count}",
    rows_found: "Найдено: {found}. {count}",
    table_rows: "Строки таблицы",
    working: "Идёт обработка",
    search: "Поиск",
    columns: "Столбцы",
    chart: "Диаграмма",
    copy: "Копировать",
    copied: "Скопировано",
    not_copied: "Браузер не разрешает этой странице копировать",
    download: "Скачать {name}",
    csv_note: "В файле CSV перед текстом, похожим на формулу, стоит апостроф",
    xlsx_made: "Файл XLSX готовится…",
    no_xlsx: "XLSX здесь недоступен, используйте CSV: {error}",
    labels: "Подписи",
    numbers: "Числа",
    count_rows: "Число строк",
    bar: "Столбцы",
    line: "График",
    pie: "Круговая диаграмма",
    labels_count: "подписей: {count}",
    others: "Прочие ({count})",
    as_numbers: "Числами",
    no_chart: "Не удалось построить диаграмму: {error}",
    more: "Ещё",
    close: "Закрыть",
    show_all: "Показать всё ({count} символов)",
    shown_by: "Вывод объекта {name}",
    no_scripts: "Скрипты в этом содержимом не выполняются.",
  },
  de: {
    title: "Python-Konsole",
    script: "Skript",
    all_cells: "Alle Zellen",
    run_all: "Alle ausführen",
    clear: "Ausgaben leeren",
    cells: "Zellen",
    add_cell: "Zelle hinzufügen",
    keys: "Strg+Enter führt eine Zelle aus, Umschalt+Enter führt sie aus und geht weiter, Alt+Enter fügt eine hinzu, Esc verlässt den Editor.",
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
    // values
    row: "{count} Zeile",
    rows: "{count} Zeilen",
    rows_found: "{found} von {count}",
    table_rows: "Zeilen der Tabelle",
    working: "In Arbeit",
    search: "Suchen",
    columns: "Spalten",
    chart: "Diagramm",
    copy: "Kopieren",
    copied: "Kopiert",
    not_copied: "Der Browser lässt diese Seite nicht kopieren",
    download: "{name} herunterladen",
    csv_note: "Texte, die wie eine Formel beginnen, haben in der CSV-Datei einen Apostroph davor",
    xlsx_made: "Die XLSX-Datei wird erstellt…",
    no_xlsx: "XLSX gibt es hier nicht, CSV geht: {error}",
    labels: "Beschriftungen",
    numbers: "Zahlen",
    count_rows: "Anzahl der Zeilen",
    bar: "Balkendiagramm",
    line: "Liniendiagramm",
    pie: "Kreisdiagramm",
    labels_count: "{count} Beschriftungen",
    others: "Übrige ({count})",
    as_numbers: "Als Zahlen",
    no_chart: "Das Diagramm konnte nicht gezeichnet werden: {error}",
    more: "Mehr",
    close: "Schließen",
    show_all: "Alles zeigen ({count} Zeichen)",
    shown_by: "Ausgabe von {name}",
    no_scripts: "Skripte in diesem Inhalt laufen nicht.",
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
