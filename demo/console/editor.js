/** A code editor: CodeMirror with Python, the keys of the console and a mark for the line that failed. */

import {
  bracketMatching,
  closeBrackets,
  closeBracketsKeymap,
  Decoration,
  defaultKeymap,
  drawSelection,
  EditorState,
  EditorView,
  HighlightStyle,
  highlightActiveLine,
  highlightSelectionMatches,
  highlightSpecialChars,
  history,
  historyKeymap,
  indentOnInput,
  indentUnit,
  indentWithTab,
  keymap,
  lineNumbers,
  Prec,
  python,
  StateEffect,
  StateField,
  search,
  searchKeymap,
  syntaxHighlighting,
  tags,
} from "./editor-library.js";
import { make } from "./elements.js";
import { editorPhrases, text } from "./texts.js";

/** @type {import("./editor-library.js").StateEffectType<number | null>} */
const failedLine = StateEffect.define();
const FAILED = Decoration.line({ class: "failed-line" });

const failedLines = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(failedLine)) continue;
      const { doc } = transaction.state;
      if (effect.value === null || effect.value < 1 || effect.value > doc.lines) return Decoration.none;
      return Decoration.set([FAILED.range(doc.line(effect.value).from)]);
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// Colours are those of style.css, in light and dark. Custom properties reach into the editor's shadow root.
const look = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--code)", fontSize: "13px" },
  "&.cm-focused": { outline: "none" },
  ".cm-content": { fontFamily: "var(--mono)", padding: "8px 0", caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--code)", color: "var(--muted)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "var(--active-line)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selection)" },
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--text)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "6px 32px 6px 12px", fontSize: "13px" },
  ".cm-panel.cm-search label": { fontSize: "inherit", display: "inline-block" },
  ".cm-panel.cm-search [name=close]": { top: "4px", right: "6px", color: "inherit", fontSize: "18px" },
  "& .cm-textfield, & .cm-button": {
    minHeight: "28px",
    padding: "2px 8px",
    border: "1px solid var(--field)",
    borderRadius: "6px",
    background: "var(--code)",
    color: "inherit",
    font: "inherit",
  },
  "& .cm-button": { borderColor: "transparent", background: "var(--quiet)" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--text)", border: "1px solid var(--line)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--primary)",
    color: "var(--on-primary)",
  },
  ".cm-documentation": { maxWidth: "36rem", maxHeight: "16rem", padding: "6px 10px", overflow: "auto" },
  ".cm-documentation p": { margin: "0 0 4px", whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
  ".cm-documentation .doc-head": { fontFamily: "var(--mono)", fontWeight: "600" },
  ".cm-documentation a": { color: "var(--link)" },
  ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".failed-line": { backgroundColor: "var(--failure-ground)", boxShadow: "inset 3px 0 var(--failure)" },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.definition(tags.variableName)], color: "var(--code-name)" },
  { tag: tags.invalid, color: "var(--failure)" },
]);

/**
 * What an editor tells its cell.
 * @typedef {object} EditorActions
 * @property {() => void} changed
 * @property {() => void} run
 * @property {() => void} runAndGoOn
 * @property {() => void} addCell
 * @property {() => void} leave
 */

/** @type {WeakMap<Element, () => void>} What makes the editor of a host that has come near to what is seen. */
const waiting = new WeakMap();
const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) waiting.get(target)?.();
  },
  { rootMargin: "400px" },
);

/** Until it is seen or used, an editor is only its text: making hundreds at once would freeze the page. */
export class Editor {
  /** @type {EditorView | null} */
  #view = null;

  /**
   * @param {HTMLElement} host where it is shown
   * @param {string} code
   * @param {EditorActions} actions
   * @param {import("./editor-library.js").Extension[]} [more] further extensions, such as completion
   */
  constructor(host, code, actions, more = []) {
    this.host = host;
    this.actions = actions;
    this.more = more;
    this.text = make("div", { className: "code", role: "textbox", tabIndex: 0, "aria-label": text("code") }, code);
    this.text.ariaMultiLine = "true";
    this.text.addEventListener("focus", () => this.focus());
    host.append(this.text);
    waiting.set(host, () => this.view);
    seen.observe(host);
  }

  /** The editor of CodeMirror. It is made when it is first asked for. */
  get view() {
    if (!this.#view) this.#view = this.#make();
    return this.#view;
  }

  #make() {
    const { actions, host, more } = this;
    const code = this.text.textContent ?? "";
    seen.unobserve(host);
    this.text.remove();
    /** @param {() => void} action */
    const doing = (action) => () => {
      action();
      return true;
    };
    const runKeys = [
      { key: "Mod-Enter", run: doing(actions.run) },
      { key: "Shift-Enter", run: doing(actions.runAndGoOn) },
      { key: "Alt-Enter", run: doing(actions.addCell) },
    ];
    const keys = [
      ...closeBracketsKeymap,
      ...searchKeymap,
      { key: "Escape", run: doing(actions.leave) },
      ...historyKeymap,
      indentWithTab,
      ...defaultKeymap,
    ];
    // In a shadow root CodeMirror's styles are adopted style sheets, which a strict Content-Security-Policy allows.
    const root = host.attachShadow({ mode: "open" });
    return new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: code,
        extensions: [
          Prec.highest(keymap.of(runKeys)),
          lineNumbers(),
          highlightSpecialChars(),
          history(),
          drawSelection(),
          EditorState.allowMultipleSelections.of(true),
          indentOnInput(),
          indentUnit.of("    "),
          bracketMatching(),
          closeBrackets(),
          highlightActiveLine(),
          highlightSelectionMatches(),
          search({ top: true }),
          keymap.of(keys),
          python(),
          syntaxHighlighting(colours),
          look,
          failedLines,
          EditorView.lineWrapping,
          EditorState.phrases.of(editorPhrases),
          EditorView.contentAttributes.of({ "aria-label": text("code") }),
          EditorView.updateListener.of((update) => update.docChanged && actions.changed()),
          ...more,
        ],
      }),
    });
  }

  get code() {
    return this.#view ? this.#view.state.doc.toString() : (this.text.textContent ?? "");
  }

  set code(code) {
    const { view } = this;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: code } });
  }

  focus() {
    this.view.focus();
  }

  /**
   * Mark the line that failed, until the code changes.
   * @param {number | null} [line] counted from 1; default: none
   */
  markFailed(line = null) {
    if (this.#view || line !== null) this.view.dispatch({ effects: failedLine.of(line) });
  }

  destroy() {
    seen.unobserve(this.host);
    this.#view?.destroy();
  }
}
