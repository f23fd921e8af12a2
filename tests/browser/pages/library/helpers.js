// Plain promises around the library's callbacks, as an author would write them, and a record of what went wrong.

/** Messages of uncaught errors as the page itself sees them. @type {string[]} */
const errors = [];
window.addEventListener("error", (event) => errors.push(event.message));

/** What handlers of a test wrote down, in order. @type {any[]} */
const log = [];

const NO_ANSWER = "no answer";

/** The promise's value, or 'no answer' after 700 ms. */
const within = (promise, milliseconds = 700) =>
  Promise.race([promise, new Promise((resolve) => setTimeout(resolve, milliseconds, NO_ANSWER))]);

/** What can be seen of an ajaxResult, as JSON; NaN and undefined become words. */
function seen(result) {
  const error = result.error();
  return {
    data: word(result.data()),
    error: error && { text: String(error), ex: error.getError(), status: error.getStatus() },
    description: word(result.error_description()),
    more: result.more(),
    total: word(result.total()),
    time: word(result.time()),
    status: result.status,
  };
}

const word = (value) => (value === undefined || Number.isNaN(value) ? String(value) : value);

const call = (method, params) => new Promise((resolve) => BX24.callMethod(method, params, resolve));

const batch = (calls, halt) => new Promise((resolve) => BX24.callBatch(calls, resolve, halt));

/** The answer to a function of BX24 whose last argument is a callback. */
const ask = (fn, ...args) => new Promise((resolve) => fn(...args, resolve));

/** A moment later than the library's own timers. */
const moment = (milliseconds = 60) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Resolves in an `init` handler; a test waits for it before it starts. */
const initialised = () => new Promise((resolve) => BX24.init(() => resolve(true)));
