/**
 * The tokens that requests carry. An expired one is the library's to renew. But it asks for a new one for each request
 * that was refused, and repeats for ever if the new one is refused too (contract, section 4, number 5). So only the
 * first refusal reaches it; the other requests wait, and are sent again with the token that the library uses next. A
 * second refusal is delivered as the error that it is.
 */

/** How long the others wait for one request's renewal before another may try, in milliseconds. */
const RENEWAL = 10_000;

/** @typedef {{ resendSoon: () => void }} Resendable a request that can be sent again with the newest token */

/** The token that the library used last. */
let newest = "";

/** All that it has used, so that none of them gets into a message. @type {Set<string>} */
const used = new Set();

/** When the library was told of a refusal, for which it renews the token; 0: of none. */
let renewingSince = 0;

/** Requests that wait for it. @type {Set<Resendable>} */
const waiting = new Set();

/** Tokens that were refused as expired, by what was asked with them. @type {Map<string, { tokens: Set<string>, since: number }>} */
const refusals = new Map();

/** The library uses a token: the requests that waited for another one go on. @param {string} token */
export function use(token) {
  if (!token || token === newest) return;
  newest = token;
  used.add(new URLSearchParams(`token=${token}`).get("token") ?? token);
  renewingSince = 0;
  for (const request of waiting) request.resendSoon();
  waiting.clear();
}

export function newestToken() {
  return newest;
}

/** All tokens that were sent. */
export function usedTokens() {
  return [...used];
}

/** Note that a token was refused. @param {string} key of what was asked @param {string} token @returns how many have been for it by now */
export function refused(key, token) {
  const now = Date.now();
  for (const [former, { since }] of refusals) {
    if (now - since >= 6 * RENEWAL) refusals.delete(former);
  }
  const known = refusals.get(key) ?? { tokens: new Set(), since: now };
  known.tokens.add(token);
  if (key) refusals.set(key, known);
  return known.tokens.size;
}

/** What was asked has been answered. @param {string} key */
export function answered(key) {
  refusals.delete(key);
}

/** Whether answers matter to this module at the moment. */
export function hasRefusals() {
  return refusals.size > 0;
}

/** Have a refused request wait for the renewal. @param {Resendable} request @returns false where it is the one that the library shall renew the token for */
export function waitForRenewal(request) {
  const now = Date.now();
  if (now - renewingSince >= RENEWAL) {
    renewingSince = now;
    return false;
  }
  waiting.add(request);
  return true;
}

/** @param {Resendable} request that has been given up */
export function stopWaiting(request) {
  waiting.delete(request);
}
