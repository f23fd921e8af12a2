/**
 * The access tokens of requests. The library renews an expired token. But it renews it once for every refused request,
 * and never stops if the new token is refused too (contract, section 4, number 5). So only the first refusal reaches it;
 * the other requests wait, and are resent with the next token that the library uses. A second refusal is delivered as
 * an error.
 */

/** How long the other requests wait for a renewal before one of them may start another, in milliseconds. */
const RENEWAL = 10_000;

/** @typedef {{ resendSoon: () => void }} Resendable a request that can be resent with the newest token */

/** The token that the library used last. */
let newest = "";

/** All tokens that it has used, to keep them out of messages. @type {Set<string>} */
const used = new Set();

/** When the library got a refusal, and started to renew the token; 0: no renewal is running. */
let renewingSince = 0;

/** Requests that wait for the renewal. @type {Set<Resendable>} */
const waiting = new Set();

/** Tokens that were refused as expired, by the request that used them. @type {Map<string, { tokens: Set<string>, since: number }>} */
const refusals = new Map();

/** Note that the library uses a token. If it is a new one, resend the requests that wait for it. @param {string} token */
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

/** Return all tokens that were sent. */
export function usedTokens() {
  return [...used];
}

/** Note that a token was refused. @param {string} key of the request @param {string} token @returns how many tokens have been refused for it so far */
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

/** Note that a request has been answered. @param {string} key */
export function answered(key) {
  refusals.delete(key);
}

/** Whether this module needs to know about answers at the moment. */
export function hasRefusals() {
  return refusals.size > 0;
}

/** Let a refused request wait for the renewal. @param {Resendable} request @returns false if the library must get this refusal, to renew the token */
export function waitForRenewal(request) {
  const now = Date.now();
  if (now - renewingSince >= RENEWAL) {
    renewingSince = now;
    return false;
  }
  waiting.add(request);
  return true;
}

/** @param {Resendable} request one that was aborted */
export function stopWaiting(request) {
  waiting.delete(request);
}
