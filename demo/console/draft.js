/**
 * Drafts: what is in the editors, kept in the browser as one types.
 *
 * Each tab has a draft of its own, by a number that survives a reload; the tab holds a lock by that number, so that
 * another tab takes over a draft only when its tab is gone.
 */

const WAIT = 400;

/**
 * @typedef {object} Draft
 * @property {string} text
 * @property {string} saved the text as it was opened or saved last
 * @property {number} time milliseconds since the epoch
 * @property {import("./script-menu.js").Script | null} script the script that it belongs to
 */

export class Drafts {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #key = "";

  /** @param {() => Omit<Draft, "time">} present what is in the editors now */
  constructor(present) {
    this.present = present;
    addEventListener("pagehide", () => this.keep());
    document.addEventListener("visibilitychange", () => document.hidden && this.keep());
  }

  /**
   * Begin, once it is known who the user is.
   * @param {string} portal
   * @param {string} user
   * @returns {Promise<Draft | null>} the draft of this tab, or of one that was closed with unsaved changes
   */
  async begin(portal, user) {
    const prefix = `console-draft:${portal}:${user}:`;
    try {
      const own = sessionStorage.getItem("console-tab");
      const tab = own && (await hold(prefix + own)) ? own : crypto.randomUUID();
      if (tab !== own) await hold(prefix + tab);
      sessionStorage.setItem("console-tab", tab);
      this.#key = prefix + tab;
      return read(this.#key) ?? (await this.#takeOver(prefix));
    } catch {
      return null; // the browser keeps nothing for this page
    }
  }

  /** Keep the draft soon. */
  keepSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(), WAIT);
  }

  /** Keep the draft now. */
  keep() {
    clearTimeout(this.#timer);
    if (!this.#key) return;
    try {
      localStorage.setItem(this.#key, JSON.stringify({ ...this.present(), time: Date.now() }));
    } catch {
      // It does not fit: leaving the page still asks.
    }
  }

  /** @param {string} prefix */
  async #takeOver(prefix) {
    /** @type {Draft | null} */
    let newest = null;
    let from = "";
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(prefix))) {
      const draft = read(key);
      if (!(await isFree(key))) continue;
      if (!draft || draft.text === draft.saved) localStorage.removeItem(key);
      else if (!newest || draft.time > newest.time) [newest, from] = [draft, key];
    }
    if (newest) {
      localStorage.setItem(this.#key, JSON.stringify(newest));
      localStorage.removeItem(from);
    }
    return newest;
  }
}

/** @param {string} key @returns {Draft | null} */
function read(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(key) ?? "null");
    return typeof draft?.text === "string" ? draft : null;
  } catch {
    return null;
  }
}

/**
 * Hold a lock until the page is gone.
 * @param {string} name
 * @returns {Promise<boolean>} whether no other page holds it
 */
function hold(name) {
  return new Promise((resolve) => {
    if (!navigator.locks) return resolve(true); // a page without https
    // After a reload the old page may hold it for a moment.
    const options = { signal: AbortSignal.timeout(700) };
    const held = navigator.locks.request(name, options, () => {
      resolve(true);
      return new Promise(() => {});
    });
    held.catch(() => resolve(false));
  });
}

/** Whether no page holds a lock. @param {string} name */
async function isFree(name) {
  if (!navigator.locks) return true;
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => Boolean(lock));
}
