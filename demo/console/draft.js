/**
 * Drafts: what is in the editors, kept in the browser as one types.
 *
 * Each tab has a draft of its own, by a number that survives a reload. The tab holds a lock by that number: a draft whose
 * lock is free was left by a tab that is gone, and is offered to others.
 */

const WAIT = 400;
/** Where a tab keeps its number, and what is typed before it is known who the user is. */
const TAB = "console-tab";
const EARLY = "console-early:";

/**
 * @typedef {object} Draft
 * @property {string} text
 * @property {string} saved the text as it was opened or saved last
 * @property {number} time milliseconds since the epoch
 * @property {import("./script-menu.js").Script | null} script the script that it belongs to
 */

/** @typedef {Draft & { key: string }} LeftDraft a draft that no tab has, and where it is kept */

export class Drafts {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #prefix = "";
  #key = "";
  #early = EARLY + newNumber();
  /** The keys of drafts that were found to be left. @type {Set<string>} */
  #found = new Set();
  #tab = ownTab().catch(() => ""); // the browser keeps nothing for this page

  /**
   * @param {() => Omit<Draft, "time">} present what is in the editors now
   * @param {(draft: LeftDraft) => void} onLate what to do with last letters of a draft that `left` has given already: the
   *   lock of a tab that is being closed may reach this page before they do
   */
  constructor(present, onLate) {
    this.present = present;
    addEventListener("storage", async ({ key, newValue }) => {
      const draft = key && navigator.locks && this.#found.has(key) && parse(newValue);
      if (draft && (await isFree(this.#tabOf(key), 0))) onLate({ ...draft, key });
    });
    addEventListener("pagehide", () => this.keep());
    document.addEventListener("visibilitychange", () => document.hidden && this.keep());
  }

  /**
   * Begin, once it is known who the user is.
   * @param {string} portal
   * @param {string} user
   * @returns {Promise<Draft | null>} the draft of this tab, from before a reload
   */
  async begin(portal, user) {
    const tab = await this.#tab;
    if (!tab) return null;
    this.#prefix = `console-draft:${portal}:${user}:`;
    this.#key = this.#prefix + tab;
    for (const key of Object.keys(sessionStorage).filter((name) => name.startsWith(EARLY))) {
      const early = parse(sessionStorage.getItem(key));
      if (early && key !== this.#early) this.leave(early); // of a page that was left before Python was there
      sessionStorage.removeItem(key);
    }
    return parse(localStorage.getItem(this.#key));
  }

  /** Keep the draft soon. */
  keepSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(), WAIT);
  }

  /** Keep the draft now. */
  keep() {
    clearTimeout(this.#timer);
    const draft = this.#now();
    if (this.#key) write(localStorage, this.#key, draft);
    else if (isChanged(draft)) write(sessionStorage, this.#early, draft);
  }

  /**
   * Keep a draft as one that no tab has.
   * @param {Draft} [draft] default: what is in the editors now
   * @returns {LeftDraft | null} null: it does not fit
   */
  leave(draft = this.#now()) {
    const key = this.#prefix + newNumber();
    return this.#prefix && write(localStorage, key, draft) ? { ...draft, key } : null;
  }

  /**
   * The drafts with changes that tabs have left, the newest first.
   * @param {number} wait milliseconds for tabs that are just being closed
   * @returns {Promise<LeftDraft[]>}
   */
  async left(wait) {
    if (!this.#prefix) return [];
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix) && key !== this.#key);
    /** @type {LeftDraft[]} */
    const found = [];
    const look = async (/** @type {string} */ key) => {
      if (!(await isFree(this.#tabOf(key), wait))) return;
      const draft = parse(localStorage.getItem(key));
      if (draft && isChanged(draft)) found.push({ ...draft, key });
      else this.forget(key);
      this.#found.add(key);
    };
    await Promise.all(keys.map(look));
    return found.sort((one, other) => other.time - one.time);
  }

  /** @param {string} key of a draft that was left */
  forget(key) {
    localStorage.removeItem(key);
  }

  /** @param {string} key of a draft */
  #tabOf(key) {
    return key.slice(this.#prefix.length);
  }

  /** @returns {Draft} */
  #now() {
    return { ...this.present(), time: Date.now() };
  }
}

/** @param {Draft} draft */
export function isChanged(draft) {
  return draft.text !== draft.saved;
}

/**
 * @param {string | null} kept
 * @returns {Draft | null}
 */
function parse(kept) {
  try {
    const draft = JSON.parse(kept ?? "null");
    return typeof draft?.text === "string" ? draft : null;
  } catch {
    return null;
  }
}

/**
 * @param {Storage} storage
 * @param {string} key
 * @param {Draft} draft
 * @returns {boolean} whether it fits: leaving the page asks in any case
 */
function write(storage, key, draft) {
  try {
    storage.setItem(key, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/** The number of this tab: that from before a reload, unless another tab has it, as after duplicating a tab. */
async function ownTab() {
  const own = sessionStorage.getItem(TAB);
  const tab = own && (await hold(own)) ? own : newNumber();
  if (tab !== own) await hold(tab);
  sessionStorage.setItem(TAB, tab);
  return tab;
}

function newNumber() {
  return Date.now().toString(36) + Math.random().toString(36).slice(2);
}

/**
 * Hold the lock of a number until the page is gone.
 * @param {string} tab
 * @returns {Promise<boolean>} whether no other page holds it
 */
function hold(tab) {
  return new Promise((resolve) => {
    if (!navigator.locks) return resolve(false); // a page without https: each has a number of its own
    // After a reload the old page may hold it for a moment.
    const options = { signal: AbortSignal.timeout(700) };
    const held = navigator.locks.request(`console-tab:${tab}`, options, () => {
      resolve(true);
      return new Promise(() => {});
    });
    held.catch(() => resolve(false));
  });
}

/**
 * @param {string} tab
 * @param {number} wait milliseconds
 * @returns {Promise<boolean>} whether no page holds the lock of a number
 */
async function isFree(tab, wait) {
  if (!navigator.locks) return true;
  const options = wait ? { signal: AbortSignal.timeout(wait) } : { ifAvailable: true };
  return navigator.locks.request(`console-tab:${tab}`, options, Boolean).catch(() => false);
}
