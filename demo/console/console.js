/** The page of the console: where it begins. Python joins it from app.py, by `notebook.connect`. */

import { busyWatch } from "./busy.js";
import { Notebook } from "./notebook.js";
import { ScriptMenu } from "./script-menu.js";
import { fillIn, text } from "./texts.js";
import { WriteMenu } from "./writes.js";

fillIn(document.documentElement);

const notebook = new Notebook(
  /** @type {HTMLElement} */ (document.getElementById("cells")),
  /** @type {HTMLElement} */ (document.getElementById("state")),
);
const scriptMenu = new ScriptMenu(
  notebook,
  /** @type {HTMLElement} */ (document.getElementById("script-menu")),
  /** @type {HTMLElement} */ (document.getElementById("script-name")),
);
const writeMenu = new WriteMenu(notebook, /** @type {HTMLElement} */ (document.getElementById("switches")));
Object.assign(globalThis, {
  page_text: text,
  notebook,
  script_menu: scriptMenu,
  write_menu: writeMenu,
  busy_watch: busyWatch(),
});

/** @type {Record<string, () => void>} */
const actions = {
  add: () => notebook.add().focus(),
  "run-all": () => notebook.runAll(),
  "clear-all": () => notebook.clearAll(),
};

document.body.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-action]");
  if (button instanceof HTMLElement) actions[button.dataset.action ?? ""]?.();
});

notebook.load("");
