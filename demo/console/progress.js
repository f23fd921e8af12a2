/** What a running cell waits for: its calls, packages and the portal's limits, at the top of its output. Python tells it: see work.py. */

import { make } from "./elements.js";
import { numeral, text } from "./texts.js";

/** Milliseconds after which something is long enough to be shown. */
const LONG = 500;

/** Milliseconds between two looks at the clock. */
const TICK = 200;

/**
 * How far a piece of work has come.
 * @typedef {object} Counts
 * @property {number} done
 * @property {number} [total] if it is known
 * @property {number} [requests] sent so far
 * @property {"rows" | "calls"} unit of what is counted
 */

/** One piece of work: a line with its name, a progress bar, and words. */
class Work {
  /** @type {Counts} */
  counts = { done: 0, unit: "rows" };
  /** Milliseconds of work, without the time in which a person was asked. */
  elapsed = 0;

  /** @param {string} name */
  constructor(name) {
    this.bar = make("progress", { "aria-label": name });
    this.words = make("span", { className: "muted" });
    this.element = make("div", { className: "work" }, make("span", { className: "name" }, name), this.bar, this.words);
  }

  draw() {
    const { done, total, requests, unit } = this.counts;
    if (total && done) {
      this.bar.max = total;
      this.bar.value = Math.min(done, total);
    } else this.bar.removeAttribute("value"); // nobody knows how far it is
    const count = numeral(done);
    const words = [
      total ? text(`work_${unit}_of`, { count, total: numeral(total) }) : done && text(`work_${unit}`, { count }),
      requests && text("work_requests", { count: numeral(requests) }),
      text("took", { seconds: Math.round(this.elapsed / 1000) }),
      total && done && done < total && text("work_left", { time: duration((this.elapsed / done) * (total - done)) }),
    ];
    this.words.textContent = words.filter(Boolean).join(" · ");
  }
}

/** @param {number} milliseconds */
function duration(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 90 ? text("took", { seconds }) : text("minutes", { minutes: numeral(Math.round(seconds / 60)) });
}

/** All that one cell waits for. */
export class Progress {
  /** @type {Map<number, Work>} */
  #works = new Map();
  /** How many questions a person has not answered. */
  #asking = 0;
  /** The latest wait: since when, and until when, in milliseconds of the page. */
  #wait = { words: "", since: 0, until: Number.NEGATIVE_INFINITY };
  /** @type {number | undefined} */
  #ticking;
  #last = 0;
  #note = make("p", { className: "muted" });

  /** @param {(element: HTMLElement, shown: boolean) => void} place puts the element to its place, or takes it away */
  constructor(place) {
    this.place = place;
    this.element = make("div", { className: "works" });
  }

  /**
   * Something begins, or has come further.
   * @param {number} id
   * @param {string} name
   * @param {Counts} counts
   */
  update(id, name, counts) {
    this.#tick();
    let work = this.#works.get(id);
    if (!work) {
      work = new Work(name);
      this.#works.set(id, work);
    }
    work.counts = counts;
    this.#start();
  }

  /** It has ended. @param {number} id */
  end(id) {
    this.#works.get(id)?.element.remove();
    this.#works.delete(id);
    this.#tick();
  }

  /**
   * Requests wait.
   * @param {"limit" | "retry" | "working_time" | "other"} kind
   * @param {string} detail what is tried again, and why
   * @param {number} seconds
   */
  wait(kind, detail, seconds) {
    const now = performance.now();
    // Waits that follow one another are one wait.
    const since = now < this.#wait.until + LONG ? this.#wait.since : now;
    this.#wait = { words: text(`wait_${kind}`, { detail }), since, until: now + seconds * 1000 };
    this.#start();
  }

  /** A person is asked, or has answered: meanwhile no clock runs. @param {boolean} begins */
  ask(begins) {
    this.#tick();
    this.#asking += begins ? 1 : -1;
    this.#start();
  }

  /** Forget all. */
  clear() {
    for (const work of this.#works.values()) work.element.remove();
    this.#works.clear();
    this.#asking = 0;
    this.forgetWait();
  }

  /** The cell has ended: no wait is of interest any more. */
  forgetWait() {
    this.#wait.until = Number.NEGATIVE_INFINITY;
    this.#tick();
  }

  #start() {
    if (this.#ticking) return;
    this.#last = performance.now();
    this.#ticking = setInterval(() => this.#tick(), TICK);
  }

  #tick() {
    const now = performance.now();
    const passed = this.#ticking && !this.#asking ? now - this.#last : 0;
    this.#last = now;
    for (const work of this.#works.values()) {
      work.elapsed += passed;
      if (work.elapsed < LONG) continue;
      work.draw();
      if (!work.element.isConnected) this.element.append(work.element);
    }
    this.#drawNote(now);
    const shown = this.element.hasChildNodes();
    if (shown !== this.element.isConnected) this.place(this.element, shown);
    if (this.#works.size || this.#asking || this.#isWaiting(now)) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  /** @param {number} now */
  #isWaiting(now) {
    return now < this.#wait.until + LONG;
  }

  /** Say what is waited for, if anything. @param {number} now */
  #drawNote(now) {
    const left = Math.max(0, this.#wait.until - now);
    let words = "";
    if (this.#asking) words = this.element.hasChildNodes() ? text("wait_answer") : "";
    else if (this.#isWaiting(now) && (left > LONG || now - this.#wait.since > LONG))
      words = `${this.#wait.words}${left > 1000 ? ` · ${duration(left)}` : ""}`;
    if (this.#note.textContent !== words) this.#note.textContent = words;
    if (!words) this.#note.remove();
    else if (!this.#note.isConnected) this.element.append(this.#note);
  }
}
