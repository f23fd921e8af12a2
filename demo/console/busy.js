/** Notices Python code that never pauses. Pyodide reads `[0]` of this object every 50 evaluations or so: see busy.py. */

const SIGINT = 2;
/** The clock is looked at every so many readings, and every time while they come slowly. */
const READINGS = 16;
const SLOW = 20;
/** Milliseconds after which code that catches the error is interrupted again. */
const AGAIN = 1000;

/** An object for `pyodide.setInterruptBuffer`. Its getter is as small as can be: it is all that a loop pays. */
export function busyWatch() {
  let left = 1;
  let looked = 0;
  /** When the present turn of the event loop was first seen; 0: not yet. */
  let since = 0;
  // A message arrives in the next turn. Unlike timers, messages are not held back in a hidden tab.
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    since = 0;
    left = 1;
  };

  function look() {
    const now = performance.now();
    left = now - looked < SLOW ? READINGS : 1;
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
    /** The signal for Python; 0 for none. */
    get 0() {
      return --left > 0 ? 0 : look();
    },
    set 0(_value) {}, // Pyodide writes 0 when it has read
  };
  return watch;
}
