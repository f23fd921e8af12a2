/** The dialogs of the script menu. What they show of the portal is set as text. */

import { ask } from "./dialog.js";
import { make } from "./elements.js";
import { language, text } from "./texts.js";

/** @typedef {import("./script-menu.js").Script} Script */

const when = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/** A moment in words. @param {string | number} moment */
export function moment(moment) {
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? "" : when.format(date);
}

/**
 * Say something.
 * @param {string} title
 * @param {...(Node | string)} body
 */
export function tell(title, ...body) {
  return ask({ title, body: make("p", {}, ...body), buttons: [{ label: text("close"), value: "", primary: true }] });
}

/**
 * The words of an error of scripts.py.
 * @param {Record<string, any>} failed
 */
export function wordsOf(failed) {
  return text(`script_error_${failed.error}`, failed);
}

/**
 * Choose a script, or one of the gallery.
 * @param {Promise<any>} listed what `list` of scripts.py returns
 * @param {Promise<any>} gallery
 * @returns {Promise<any>} the script; null if none was chosen
 */
export async function chooseScript(listed, gallery) {
  /** @type {any} */
  let chosen = null;
  const search = make("input", { type: "search", "aria-label": text("search"), placeholder: text("search") });
  const lists = make("div", { className: "script-lists" }, make("p", { className: "muted" }, text("loading")));
  /** @param {string} title @param {any[]} items */
  const section = (title, items) => {
    const list = make("ul", { className: "script-list" });
    for (const item of items) {
      const about = item.file ? "" : [text(`store_${item.store}`), moment(item.changed)].filter(Boolean).join(" · ");
      const entry = make("button", { type: "button" }, make("span", {}, item.name));
      if (about) entry.append(make("span", { className: "muted" }, about));
      entry.addEventListener("click", () => {
        chosen = item;
        entry.closest("dialog")?.close("open");
      });
      list.append(make("li", {}, entry));
    }
    const nothing = items.length ? [] : [make("p", { className: "muted" }, text("no_scripts"))];
    lists.append(make("h3", {}, title), list, ...nothing);
  };
  const fill = async () => {
    const found = await listed;
    const come = await gallery;
    lists.replaceChildren();
    const failed = found.error ? [found] : found.missing;
    for (const one of failed) lists.append(make("p", { className: "warning", role: "alert" }, wordsOf(one)));
    const scripts = found.scripts ?? [];
    for (const place of ["me", "everyone"]) {
      section(
        text(`for_${place}`),
        scripts.filter((/** @type {Script} */ script) => script.place === place),
      );
    }
    const named = (Array.isArray(come) ? come : []).map((item) => ({ ...item, name: item[language] ?? item.en }));
    section(text("gallery"), named);
  };
  search.addEventListener("input", () => {
    const word = search.value.trim().toLowerCase();
    for (const item of lists.querySelectorAll("li")) item.hidden = !item.textContent.toLowerCase().includes(word);
  });
  fill();
  const body = make("div", { className: "dialog-body" }, search, lists);
  await ask({ title: text("open_script"), body, buttons: [{ label: text("cancel"), value: "" }] });
  return chosen;
}

/**
 * Ask for a name, and for whom.
 * @param {{ title: string, name: string, places?: Record<string, string>, problem?: string }} question with `places`, the
 *   stores for each: for whom as well
 * @returns {Promise<{ name: string, place: string } | null>}
 */
export async function askName({ title, name, places, problem = "" }) {
  const input = make("input", { type: "text", value: name });
  const body = make("div", { className: "dialog-body" }, make("label", {}, text("name"), input));
  /** @type {HTMLInputElement[]} */
  const choices = [];
  if (places) {
    const where = make("p", { className: "muted" });
    const show = () => {
      const place = choices.find((choice) => choice.checked)?.value ?? "me";
      where.textContent = text(`kept_${places[place] ?? "browser"}`);
    };
    const group = make("fieldset", {}, make("legend", {}, text("for_whom")));
    for (const place of ["me", "everyone"]) {
      const choice = make("input", { type: "radio", name: "place", value: place, disabled: !places[place] });
      choice.checked = place === "me";
      choice.addEventListener("change", show);
      choices.push(choice);
      group.append(make("label", { className: "choice" }, choice, text(`for_${place}`)));
    }
    if (!places.everyone) group.append(make("p", { className: "muted" }, text("script_error_not_for_everyone")));
    show();
    body.append(group, where);
  }
  if (problem) body.prepend(make("p", { className: "warning", role: "alert" }, problem));
  const buttons = [
    { label: text("save"), value: "save", primary: true },
    { label: text("cancel"), value: "" },
  ];
  if (!(await ask({ title, body, buttons }))) return null;
  return { name: input.value, place: choices.find((choice) => choice.checked)?.value ?? "me" };
}

/**
 * Ask what to do with a script that somebody has changed meanwhile.
 * @param {string} name
 * @param {{ text: string, changed: string }} theirs
 * @param {string} doing what the button that goes on anyway says
 * @returns {Promise<string>} `over`, `another`, or empty
 */
export function askConflict(name, theirs, doing) {
  const details = make("details", {}, make("summary", {}, text("see_theirs")));
  details.append(make("pre", { className: "text theirs", tabIndex: 0 }, theirs.text));
  const words = make("p", {}, text("changed_meanwhile", { name, when: moment(theirs.changed) }));
  const buttons = [
    { label: doing, value: "over" },
    { label: text("save_another"), value: "another", primary: true },
    { label: text("cancel"), value: "" },
  ];
  return ask({ title: text("conflict"), body: make("div", { className: "dialog-body" }, words, details), buttons });
}
