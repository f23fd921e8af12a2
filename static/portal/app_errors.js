/**
 * Shows the errors of the application in its own page while it is served, in a panel that can be closed, and tells the
 * portal's page of them for its log. The local portal adds this to its library, so the application's files have nothing of it.
 */
(() => {
  const STYLE = `
    :host { all: initial; position: fixed; inset: auto 12px 12px 12px; z-index: 2147483647; }
    section { font: 14px/1.5 "Open Sans", "Helvetica Neue", Helvetica, Arial, sans-serif; max-height: 45vh; overflow: auto;
      color: #2b2f36; background: #fff; border: 1px solid #d5d9de; border-left: 4px solid #d63a26; border-radius: 8px;
      padding: 10px 14px; box-shadow: 0 6px 24px rgb(0 0 0 / 25%); }
    header { display: flex; gap: 12px; align-items: start; }
    h2 { font-size: 15px; font-weight: 600; margin: 0; flex: 1; overflow-wrap: anywhere; }
    pre { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 6px 0 0; }
    button { font: inherit; color: inherit; background: none; border: 1px solid currentcolor; border-radius: 6px; padding: 2px 10px; cursor: pointer; }
    @media (prefers-color-scheme: dark) { section { color: #e6e9ee; background: #23272e; border-color: #454c57; border-left-color: #ff7a68; } }
  `;

  /** @param {string} title @param {string} text */
  function show(title, text) {
    document.querySelector("bx24py-errors")?.remove(); // the newest error is shown; the console has all of them
    const host = document.createElement("bx24py-errors");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const [section, header, heading, close, pre] = ["section", "header", "h2", "button", "pre"].map((name) =>
      document.createElement(name),
    );
    section.setAttribute("role", "alert");
    heading.textContent = title;
    pre.textContent = text;
    close.textContent = "Close";
    close.addEventListener("click", () => host.remove());
    header.append(heading, close);
    section.append(header, pre);
    root.append(section);
    document.body.append(host);
  }

  /** @param {string} title @param {string} text without tokens */
  function log(title, text) {
    window.parent.postMessage({ applicationError: { title, text } }, "*");
  }

  window.addEventListener("bx24py:error", (event) => {
    const { title, text, fatal } = /** @type {CustomEvent} */ (event).detail;
    log(title, text);
    // The loader itself shows a start that failed. Handlers of the page come after this one.
    queueMicrotask(() => fatal || event.defaultPrevented || show(title, text));
  });
  /** @param {string} text */
  function withoutTokens(text) {
    const auth = /** @type {any} */ (window).BX24?.getAuth?.() || {};
    for (const token of [auth.access_token, auth.refresh_token]) if (token) text = text.replaceAll(token, "***");
    return text;
  }

  /** @param {Event} event @param {any} error @param {string} message */
  const thrown = (event, error, message) => {
    if (error?.name === "PythonError" || event.defaultPrevented || message.startsWith("ResizeObserver loop")) return;
    const title = "A script of the page failed";
    const text = withoutTokens(String(error?.stack || error || message));
    log(title, text);
    show(title, text);
  };
  window.addEventListener("error", (event) => thrown(event, event.error, event.message ?? ""));
  window.addEventListener("unhandledrejection", (event) => thrown(event, event.reason, ""));
})();
