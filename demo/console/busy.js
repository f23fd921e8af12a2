/** Notices Python code that never pauses. Pyodide reads `[0]` of this object every 50 evaluations or so: see busy.py. */

const SIGINT = 2;
/** After how many evaluations Pyodide reads again, and milliseconds after which a reading came slowly: then after 50. */
const EVALUATIONS = 1000;
const SLOW = 20;
/** Milliseconds after which code that catches the error is interrupted again. */
const AGAIN = 1000;

/** An object for `pyodide.setInterruptBuffer`. What a loop pays are the readings. */
export function busyWatch() {
  let looked = 0;
  /** When the present turn of the event loop was first seen; 0: not yet. */
  let since = 0;
  // A message arrives in the next turn. Unlike timers, messages are not held back in a hidden tab.
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    since = 0;
    readAfter(0);
  };

  /**
   * Set the counter that Pyodide counts down. It is not in its documentation; without it all works, at a higher price.
   * @param {number} evaluations
   */
  function readAfter(evaluations) {
    const counter = watch.interpreter?.__Py_emscripten_signal_clock;
    if (counter) watch.interpreter.HEAP32[counter >> 2] = evaluations;
  }

  function look() {
    const now = performance.now();
    if (now - looked < SLOW) readAfter(EVALUATIONS);
    looked = now;
    if (since === 0) {
      since = now;
      channel.port2.postMessage(null);
    } else if (now - since > watch.limit * 1000) {
      since = now - Math.max(0, watch.limit * 1000 - AGAIN);
      return SIGINT;
    }
    return 0;
  }

  const watch = {
    /** Seconds without a pause after which the code is interrupted. */
    limit: Number.POSITIVE_INFINITY,
    /** @type {any} the module of Pyodide */
    interpreter: null,
    /** The signal for Python; 0 for none. */
    get 0() {
      return look();
    },
    set 0(_value) {}, // Pyodide writes 0 when it has read
  };
  return watch;
}
