/** Notices Python code that never pauses. Pyodide reads `[0]` of this object every 50 evaluations or so: see busy.py. */

const SIGINT = 2;

export class BusyWatch {
  /** Seconds without a pause after which the code is interrupted. */
  limit = Number.POSITIVE_INFINITY;
  /** When the present turn of the event loop was first seen; 0: not yet. */
  #since = 0;
  #channel = new MessageChannel();

  constructor() {
    // The message arrives in the next turn. Unlike timers, messages are not held back in a hidden tab.
    this.#channel.port1.onmessage = () => {
      this.#since = 0;
    };
  }

  /** The signal for Python; 0 for none. */
  get 0() {
    const now = performance.now();
    if (this.#since === 0) {
      this.#since = now;
      this.#channel.port2.postMessage(null);
    } else if (now - this.#since > this.limit * 1000) {
      this.#since = now; // code that catches the error gets another one later
      return SIGINT;
    }
    return 0;
  }

  set 0(_value) {} // Pyodide writes 0 when it has read
}
