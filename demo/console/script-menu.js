/** The script menu: opening, saving and the like. Where scripts are kept is up to scripts.py. */

import { ask } from "./dialog.js";
import { Drafts, isChanged } from "./draft.js";
import { button, make } from "./elements.js";
import { askConflict, askName, chooseScript, moment, tell, wordsOf } from "./script-dialogs.js";
import { text } from "./texts.js";

/** Milliseconds to wait for the draft of a tab that is just being closed. */
const CLOSING = 3000;

/**
 * A script in the portal or the browser.
 * @typedef {{ id: string, name: string, place: string, store: string, version: string, changed: string }} Script
 */

export class ScriptMenu {
  /** @type {Script | null} the script that is open, if it has been saved */
  script = null;
  #name = "";
  #saved;
  /** @type {import("./draft.js").LeftDraft[]} what is offered to be restored, the first one now */
  #left = [];
  /** @type {PromiseWithResolvers<(action: string, given: string) => Promise<string>>} */
  #python = Promise.withResolvers();
  /** The left draft that was restored last, and what was in the editors then. @type {{ key: string, text: string } | undefined} */
  #restored;

  /**
   * @param {import("./notebook.js").Notebook} notebook
   * @param {HTMLElement} menu where the buttons are
   * @param {HTMLElement} label where the name of the script is shown
   */
  constructor(notebook, menu, label) {
    this.notebook = notebook;
    this.label = label;
    this.#saved = "# %%\n";
    this.notice = make("p", { className: "notice", role: "status", hidden: true });
    this.offer = make("p", { className: "notice", role: "status", hidden: true });
    const file = make("input", { type: "file", accept: ".py,text/x-python", hidden: true });
    file.addEventListener("change", () => this.#import(file));
    const more = make(
      "div",
      { className: "group", id: "script-more", hidden: true },
      button(text("save_as"), () => this.saveAs()),
      button(text("rename"), () => this.rename()),
      button(text("delete_script"), () => this.remove()),
      button(text("link"), () => this.link()),
      button(text("import"), () => file.click()),
      button(text("export"), () => this.export()),
    );
    const toggle = button(text("more"), () => {
      more.hidden = !more.hidden;
      toggle.setAttribute("aria-expanded", String(!more.hidden));
    });
    toggle.setAttribute("aria-expanded", "false");
    toggle.setAttribute("aria-controls", more.id);
    menu.append(
      button(text("new"), () => this.new()),
      button(text("open"), () => this.open()),
      button(text("save"), () => this.save()),
      toggle,
      more,
      file,
    );
    notebook.element.before(this.notice, this.offer);
    const present = () => ({ text: notebook.text, saved: this.#saved, script: this.script });
    this.drafts = new Drafts(present, (draft) => this.#changeLeft(draft));
    notebook.addEventListener("change", () => this.#changed());
    addEventListener("beforeunload", (event) => this.isChanged && event.preventDefault());
    addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      if (!document.querySelector("dialog[open]")) this.save();
    });
  }

  /** Python is ready. @param {(action: string, given: string) => Promise<string>} python */
  async connect(python) {
    this.#python.resolve(python);
    const who = await this.#do("who", {});
    const own = await this.drafts.begin(who.portal ?? "", who.user ?? "");
    const linked = who.script && !(own && isChanged(own) && own.script?.id === who.script) ? who.script : "";
    if (own && !linked && !this.isChanged) this.#restore(own);
    else if (own && isChanged(own)) this.drafts.leave(own);
    if (linked && !this.isChanged) await this.#openById(linked);
    for (const wait of [0, CLOSING]) {
      for (const draft of await this.drafts.left(wait)) {
        if (this.#left.every(({ key }) => key !== draft.key)) this.#left.push(draft);
      }
      const first = this.script || this.#name || this.isChanged ? undefined : this.#left[0];
      if (first) await this.#restoreLeft(first);
      this.#offerLeft();
    }
  }

  /** Offer what a tab that is gone has left. */
  #offerLeft() {
    const [draft] = this.#left;
    this.offer.hidden = !draft;
    if (!draft) return;
    const words = text("draft_there", { name: draft.script?.name || text("unnamed"), when: moment(draft.time) });
    const discard = () => {
      this.#left.shift();
      this.drafts.forget(draft.key);
      this.#offerLeft();
    };
    this.offer.replaceChildren(
      words,
      " ",
      button(text("restore"), () => this.#restoreLeft(draft)),
      " ",
      button(text("discard"), discard),
      " ",
      closeButton(this.offer),
    );
  }

  /**
   * Restore a draft; unsaved changes that are on the page now are offered instead.
   * @param {import("./draft.js").LeftDraft} draft
   */
  async #restoreLeft(draft) {
    const present = this.isChanged ? this.drafts.leave() : null;
    if (!present && !(await this.#mayLeave())) return; // it does not fit
    this.#left = this.#left.filter((other) => other !== draft);
    if (present) this.#left.push(present);
    this.#takeOver(draft);
    this.#offerLeft();
  }

  /** @param {import("./draft.js").LeftDraft} draft */
  #takeOver(draft) {
    this.#restore(draft);
    this.#restored = { key: draft.key, text: this.notebook.text };
    this.drafts.forget(draft.key);
  }

  /** A draft that was left has got its last letters. @param {import("./draft.js").LeftDraft} draft */
  #changeLeft(draft) {
    if (draft.key === this.#restored?.key && this.notebook.text === this.#restored.text) {
      this.#takeOver(draft);
    } else {
      const others = this.#left.filter(({ key }) => key !== draft.key);
      this.#left = isChanged(draft) ? [draft, ...others] : others;
      this.#offerLeft();
    }
  }

  /** Whether something has not been saved. */
  get isChanged() {
    return this.notebook.text !== this.#saved;
  }

  async new() {
    if (await this.#mayLeave()) this.#show("", "", null);
  }

  async open() {
    const chosen = await chooseScript(this.#do("list", {}), this.#do("gallery", {}));
    if (!chosen || !(await this.#mayLeave())) return;
    if (chosen.file) this.#show(chosen.text, chosen.name, null);
    else await this.#openById(chosen.id);
  }

  /** Save it, in the place where it is. @returns {Promise<boolean>} whether it has been saved */
  async save(over = false) {
    if (!this.script) return this.saveAs();
    const { id, version, name } = this.script;
    const content = this.notebook.text;
    this.notice.hidden = true;
    const done = await this.#do("save", { script_id: id, version, text: content, over });
    if (done.error === "changed") {
      const answer = await askConflict(name, done, text("save_over"));
      return answer === "over" ? this.save(true) : answer === "another" ? this.saveAs() : false;
    }
    if (done.error) return this.saveAs(wordsOf({ ...done, name }));
    this.#wasSaved(done.script, content);
    return true;
  }

  /** Save it as a new script. @returns {Promise<boolean>} whether it has been saved */
  async saveAs(problem = "", name = this.script?.name ?? this.#name) {
    const { places, ...failed } = await this.#do("list", {});
    const found = places ?? { me: "browser" };
    const answer = await askName({
      title: text("save_script"),
      name,
      places: found,
      problem: problem || (failed.error && wordsOf(failed)),
    });
    if (!answer) return false;
    return this.#add(answer);
  }

  /** @param {{ name: string, place: string, store?: string }} given @returns {Promise<boolean>} */
  async #add(given) {
    const content = this.notebook.text;
    this.notice.hidden = true;
    const done = await this.#do("add", { ...given, text: content });
    if (!done.error) {
      this.#wasSaved(done.script, content);
      return true;
    }
    const words = wordsOf({ ...done, name: given.name });
    const elsewhere = ["too_big", "not_kept", "offline", "failed", "rights"].includes(done.error);
    if (!elsewhere || given.store) return this.saveAs(words, given.name);
    const buttons = [
      { label: text("save_in_browser"), value: "browser" },
      { label: text("back"), value: "back", primary: true },
      { label: text("cancel"), value: "" },
    ];
    const answer = await ask({ title: text("not_saved"), body: make("p", {}, words), buttons });
    if (answer === "browser") return this.#add({ name: given.name, place: "me", store: "browser" });
    return answer ? this.saveAs("", given.name) : false;
  }

  /** @returns {Promise<unknown>} */
  async rename(problem = "", name = this.script?.name ?? "") {
    if (!this.script) return tell(text("rename"), text("save_first"));
    const answer = await askName({ title: text("rename"), name, problem });
    if (!answer) return;
    const done = await this.#do("rename", { script_id: this.script.id, name: answer.name });
    if (done.error) return this.rename(wordsOf({ ...done, name: answer.name }), answer.name);
    // What others have changed meanwhile is still to be told when it is saved.
    const version = done.changed === this.script.version ? done.script.version : this.script.version;
    this.script = { ...done.script, version };
    this.#mark();
    this.drafts.keep();
  }

  /** @returns {Promise<unknown>} */
  async remove(over = false) {
    if (!this.script) return tell(text("delete_script"), text("save_first"));
    const { id, name, version, place } = this.script;
    if (!over) {
      const words = text(place === "everyone" ? "delete_for_everyone" : "delete_for_me", { name });
      const buttons = [
        { label: text("delete_script"), value: "delete" },
        { label: text("cancel"), value: "" },
      ];
      if (!(await ask({ title: text("delete_script"), body: make("p", {}, words), buttons }))) return;
    }
    const done = await this.#do("remove", { script_id: id, version, over });
    if (done.error === "changed") {
      const answer = await askConflict(name, done, text("delete_anyway"));
      if (answer === "over") return this.remove(true);
      return answer === "another" ? this.saveAs() : undefined;
    }
    if (done.error && done.error !== "gone") return tell(text("delete_script"), wordsOf({ ...done, name }));
    this.script = null;
    this.#name = name;
    this.#saved = "# %%\n"; // the cells stay, and are not saved anywhere now
    this.#changed();
    this.#say(text("deleted", { name }));
  }

  async link() {
    if (!this.script || this.script.store === "browser") return tell(text("link"), text("link_needs_portal"));
    const done = await this.#do("link", { script_id: this.script.id });
    if (done.error) return tell(text("link"), wordsOf(done));
    const field = make("input", { type: "text", readOnly: true, value: done.link, "aria-label": text("link") });
    field.addEventListener("focus", () => field.select());
    const words = make("p", {}, text(this.script.place === "me" ? "link_for_me" : "link_for_everyone"));
    const buttons = [{ label: text("close"), value: "" }];
    return ask({ title: text("link"), body: make("div", { className: "dialog-body" }, words, field), buttons });
  }

  export() {
    const url = URL.createObjectURL(new Blob([this.notebook.text], { type: "text/x-python" }));
    make("a", { href: url, download: `${this.script?.name || this.#name || "script"}.py` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  /** @param {HTMLInputElement} input */
  async #import(input) {
    const file = input.files?.[0];
    if (!file) return;
    const content = await file.text();
    input.value = "";
    if (!(await this.#mayLeave())) return;
    this.#show(content, file.name.replace(/\.py$/i, ""), null, "# %%\n"); // it is not in the portal yet
  }

  /** @param {string} id */
  async #openById(id) {
    const found = await this.#do("open", { script_id: id });
    if (found.error) return tell(text("open_script"), wordsOf(found));
    this.#show(found.text, found.script.name, found.script);
    if (found.script.place === "everyone") this.#say(text("read_first"));
  }

  /**
   * Show a script. Nothing of it runs.
   * @param {string} content
   * @param {string} name
   * @param {Script | null} script
   * @param {string} [saved] the text that was saved last; default: this one
   */
  #show(content, name, script, saved) {
    this.notebook.load(content);
    this.script = script;
    this.#name = name;
    this.#saved = saved ?? this.notebook.text;
    this.notice.hidden = true;
    this.#mark(this.isChanged);
    this.drafts.keep();
  }

  /** @param {import("./draft.js").Draft} draft */
  #restore(draft) {
    this.#show(draft.text, draft.script?.name ?? "", draft.script, draft.saved);
    if (isChanged(draft)) this.#say(text("draft_restored", { when: moment(draft.time) }));
  }

  /** @param {Script} script @param {string} content */
  #wasSaved(script, content) {
    this.script = script;
    this.#saved = content;
    this.#mark();
    this.drafts.keep();
    this.#say(text("saved", { name: script.name, where: text(`kept_${script.store}`) }));
  }

  /** Ask what becomes of changes that are not saved. @returns {Promise<boolean>} whether to go on */
  async #mayLeave() {
    if (!this.isChanged) return true;
    const body = make("p", {}, text("unsaved", { name: this.script?.name || this.#name || text("unnamed") }));
    const buttons = [
      { label: text("save"), value: "save", primary: true },
      { label: text("discard"), value: "discard" },
      { label: text("cancel"), value: "" },
    ];
    const answer = await ask({ title: text("unsaved_title"), body, buttons });
    return answer === "save" ? this.save() : answer === "discard";
  }

  #changed() {
    this.drafts.keepSoon();
    if (!this.label.classList.contains("changed")) this.#mark(true);
  }

  #mark(changed = false) {
    this.label.textContent = this.script?.name ?? (this.#name || (changed ? text("unnamed") : ""));
    this.label.classList.toggle("changed", changed);
    this.label.title = this.script ? `${text(`for_${this.script.place}`)}. ${text(`kept_${this.script.store}`)}` : "";
  }

  /** @param {string} words */
  #say(words) {
    this.notice.replaceChildren(words, " ", closeButton(this.notice));
    this.notice.hidden = false;
  }

  /** @param {string} action @param {Record<string, unknown>} given @returns {Promise<any>} */
  async #do(action, given) {
    const python = await this.#python.promise;
    try {
      return JSON.parse(await python(action, JSON.stringify(given)));
    } catch (error) {
      console.error(error);
      return { error: "failed", detail: "" };
    }
  }
}

/** @param {HTMLElement} notice */
function closeButton(notice) {
  const close = () => {
    notice.hidden = true;
  };
  return button("✕", close, { "aria-label": text("close") });
}
