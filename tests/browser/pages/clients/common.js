// What the pages of both clients share. Each defines `client`, with the same functions where the client has them.

const NO_ANSWER = "no answer";

/** The promise's value, or 'no answer' after some time. @param {Promise<any>} promise @param {number} milliseconds */
function within(promise, milliseconds) {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, milliseconds, NO_ANSWER))]);
}

/** What events of the placement brought, in order. @type {any[]} */
const heard = [];

/** All rows of a list, page after page. @param {any} first @param {(page: any) => any[]} rows @param {(page: any) => any} next falsy after the last */
async function allRows(first, rows, next) {
  const all = [];
  for (let answer = first; answer; answer = await next(answer)) all.push(...rows(answer));
  return all;
}
