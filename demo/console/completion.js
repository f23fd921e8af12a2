/** Completion: what Python and the portal know of names at the cursor. complete.py answers. */

import {
  acceptCompletion,
  autocompletion,
  completionStatus,
  keymap,
  moveCompletionSelection,
  Prec,
  syntaxTree,
} from "./editor-library.js";

/** What a completion may follow: in code a name, a dot, or an open string; in a string any of its words. */
const IN_CODE = /[\p{L}_][\p{L}\d_]*\.?$|[)\]]\.$|["']$/u;
const IN_STRING = /["'\w.<>=!%@?]$/;

/**
 * As in VS Code, Tab takes the first proposal. Enter takes only one that was chosen with an arrow key, else it is a new line.
 * @param {import("./editor-library.js").EditorView} view
 */
function takeFirst(view) {
  if (completionStatus(view.state) !== "active") return false;
  return acceptCompletion(view) || (moveCompletionSelection(true)(view) && acceptCompletion(view));
}

/**
 * The extension that completes.
 * @param {() => import("./notebook.js").PythonSide | null} python who answers, when it has started
 * @returns {import("./editor-library.js").Extension}
 */
export function completion(python) {
  /** @param {import("./editor-library.js").CompletionContext} context */
  async function source({ state, pos, explicit }) {
    const side = python();
    const node = syntaxTree(state).resolveInner(pos, -1).name;
    if (!side || node === "Comment") return null;
    const before = state.sliceDoc(0, pos);
    const inString = /String$/.test(node);
    if (!explicit && !(inString ? IN_STRING : IN_CODE).test(before)) return null;
    const found = await side.complete(before, state.sliceDoc(pos));
    if (!found) return null;
    const validFor = inString ? /^[\w.]*$/ : /^[\p{L}\d_]*$/u;
    return { from: pos - found.word.length, options: found.options, validFor };
  }
  return [
    autocompletion({
      override: [source],
      selectOnOpen: false,
      interactionDelay: 0,
      icons: false,
      maxRenderedOptions: 50,
    }),
    Prec.highest(keymap.of([{ key: "Tab", run: takeFirst }])),
  ];
}
