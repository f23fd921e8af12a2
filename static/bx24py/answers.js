/** Classifies the portal's answers, to decide what the library gets to see. */

/** Tell from its start and end whether the library delivers an answer; parsing it here too would cost time. @param {string} text @param {boolean} batch */
export function isPlainSuccess(text, batch) {
  return (
    /\}\s*$/.test(text.slice(-16)) &&
    (batch ? /^\{"result":\{"result":[{[]["\d{[tfn-]/ : /^\{"result":/).test(text.slice(0, 32))
  );
}

/** Whether an answer to a batch mentions any of its commands. @param {any} answer */
export function isBatchAnswer(answer) {
  const said = (/** @type {any} */ part) => part && typeof part === "object" && Object.keys(part).length > 0;
  return said(answer.result?.result) || said(answer.result?.result_error);
}

/** Return an error that the library delivers instead of the answer; for a batch, one for each command. @param {boolean} batch @param {string} body of the request */
export function deliverableError(batch, body) {
  const error = { error: "BX24PY", error_description: "Python has the real answer" };
  if (!batch) return { status: 400, text: JSON.stringify(error) };
  const keys = [...new URLSearchParams(body).keys()].flatMap((name) => /^cmd\[(.*)\]$/.exec(name)?.[1] ?? []);
  const each = (/** @type {any} */ value) => Object.fromEntries(keys.map((key) => [key, value]));
  const result = { result: each([]), result_error: each(error), result_total: [], result_next: [], result_time: [] };
  return { status: 200, text: JSON.stringify({ result }) };
}
