/** What an answer of the portal is, as far as it decides what the library gets to see. */

/** Tell by its beginning and end that an answer is one the library delivers, without parsing megabytes twice. @param {string} text @param {boolean} batch */
export function isPlainSuccess(text, batch) {
  return (
    /\}\s*$/.test(text.slice(-16)) &&
    (batch ? /^\{"result":\{"result":[{[]["\d{[tfn-]/ : /^\{"result":/).test(text.slice(0, 32))
  );
}

/** Whether an answer to a batch says anything of its commands. @param {any} answer */
export function isBatchAnswer(answer) {
  const said = (/** @type {any} */ part) => part && typeof part === "object" && Object.keys(part).length > 0;
  return said(answer.result?.result) || said(answer.result?.result_error);
}

/** An error that the library delivers in place of the answer: of a batch, one for each command. @param {boolean} batch @param {string} body of the request */
export function deliverableError(batch, body) {
  const error = { error: "BX24PY", error_description: "the true answer went to Python" };
  if (!batch) return { status: 400, text: JSON.stringify(error) };
  const keys = [...new URLSearchParams(body).keys()].flatMap((name) => /^cmd\[(.*)\]$/.exec(name)?.[1] ?? []);
  const each = (/** @type {any} */ value) => Object.fromEntries(keys.map((key) => [key, value]));
  const result = { result: each([]), result_error: each(error), result_total: [], result_next: [], result_time: [] };
  return { status: 200, text: JSON.stringify({ result }) };
}
