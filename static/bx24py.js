// @ts-check
/**
 * The loader: starts Pyodide and BX24 at the same time, shows how far it is, and runs the application.
 *
 *     <script src="//api.bitrix24.com/api/v1/"></script>
 *     <script type="module" src="bx24py.js" data-app="app.py"></script>
 *
 * data-app       a .py file, run with top-level await, or a .zip of several modules with app.py at its root
 * data-packages  what the application needs besides, comma-separated: names or addresses of wheels for micropip
 * data-pyodide   the folder of the Pyodide distribution; else `pyodide/` beside the page, else the public CDN
 *
 * Events on `window`: `bx24py:progress` (detail: {done: 0…1, text}), `bx24py:ready` (detail: {pyodide}) when Python
 * runs and the application starts, `bx24py:error` (detail: {title, text}).
 * `window.bx24py.ready` is a promise of the running pyodide, `window.bx24py.finished` one of the end of app.py.
 */

const PYODIDE_VERSION = "314.0.7";
const CDN = `https://cdn.jsdelivr.net/pyodide/v${PYODIDE_VERSION}/full/`;

/** Where the modules of a .zip are unpacked, in Pyodide's file system. */
const APP_FOLDER = "/home/pyodide/app";

/** A failure that a person reads: a headline, and what to do or what Python said. */
class StartError extends Error {
  /** @param {string} title @param {string} text */
  constructor(title, text) {
    super(text);
    this.title = title;
  }
}

const script = /** @type {HTMLScriptElement | null} */ (document.querySelector("script[data-app]"));
const view = createView();
let reached = 0;
const started = start();
const ready = started.then(({ pyodide }) => pyodide);
const finished = started.then(runApp);
finished.catch(report);
ready.catch(() => {}); // reported above; who awaits it still sees it
Object.assign(window, { bx24py: { ready, finished } });

/** Ask for everything at once and wait for all of it. */
async function start() {
  progress(0.05, "Starting…");
  if (!script?.dataset.app) {
    throw new StartError("The page names no application", 'Add data-app="app.py" to the script tag of bx24py.js.');
  }
  if (bx24() === null || (bx24() === undefined && !inPortal())) {
    throw new StartError(
      "This page works inside Bitrix24",
      "It is an application and was opened outside a portal. Open it from the menu or a card of your Bitrix24.",
    );
  }
  const requests = import("./bx24py-xhr.js");
  const library = findLibrary();
  const app = download(script.dataset.app);
  const archive = download(new URL("bx24py.zip", import.meta.url).href);
  const python = loadPython();
  for (const promise of [requests, app, archive, python]) promise.catch(() => {}); // shown is the first one awaited
  await library;
  await requests.catch(() => {
    throw new StartError("A file of the application is missing", "bx24py-xhr.js did not arrive.");
  });
  const [appFile, archiveFile, pyodide] = await Promise.all([app, archive, python]);
  progress(0.8, "Preparing the application…");
  pyodide.unpackArchive(archiveFile, "zip", { extractDir: sitePackages(pyodide) });
  await installPackages(pyodide);
  return { pyodide, appFile };
}

/** Whether a portal opened this page: its frame is named DOMAIN|PROTOCOL|APP_SID (contract, section 1). */
function inPortal() {
  return /^[^|]+\|[01]\|./.test(window.name);
}

/** @returns {any} */
function bx24() {
  return /** @type {any} */ (window).BX24;
}

/** Start the portal's library. Its own line may come after ours, so it is waited for until the page has loaded. */
async function findLibrary() {
  if (bx24() === undefined && document.readyState !== "complete") {
    await new Promise((resolve) => window.addEventListener("load", resolve, { once: true }));
  }
  if (!bx24()) {
    throw new StartError(
      "The Bitrix24 library is missing",
      'The page needs <script src="//api.bitrix24.com/api/v1/"></script>, and the network must let it through.',
    );
  }
  bx24().init?.(() => progress(0.1, "The portal has answered"));
}

/** @param {string} address @returns {Promise<ArrayBuffer>} */
async function download(address) {
  const url = new URL(address, document.baseURI);
  let response;
  try {
    response = await fetch(url);
  } catch {
    throw new StartError("A file of the application did not arrive", `${address}: the network did not let it through.`);
  }
  if (!response.ok) {
    const why = response.status === 404 ? "is not there" : "could not be read";
    throw new StartError("A file of the application is missing", `${address} ${why} (HTTP ${response.status}).`);
  }
  return response.arrayBuffer();
}

/** Load Pyodide from the first place that has it. */
async function loadPython() {
  const named = script?.dataset.pyodide;
  const places = named ? [named.endsWith("/") ? named : `${named}/`] : ["pyodide/", CDN];
  progress(0.1, "Loading Python…");
  for (const place of places) {
    const url = new URL(place, document.baseURI).href;
    /** @type {{ loadPyodide: (options: object) => Promise<any> } | undefined} */
    const module = await import(`${url}pyodide.mjs`).catch(() => undefined);
    if (!module) continue;
    progress(0.3, "Starting Python…");
    try {
      const pyodide = await module.loadPyodide({ indexURL: url });
      progress(0.7, "Python is running");
      return pyodide;
    } catch (error) {
      throw new StartError("Python could not be started", `Pyodide from ${place} failed: ${error}`);
    }
  }
  throw new StartError(
    "Python could not be loaded",
    `There is no Pyodide at ${places.join(" nor at ")}. ` +
      "Pack the application with --pyodide bundled, or name the folder with data-pyodide.",
  );
}

/** @param {any} pyodide @returns {string} */
function sitePackages(pyodide) {
  return pyodide.runPython("import sys; next(path for path in sys.path if path.endswith('site-packages'))");
}

/** @param {any} pyodide */
async function installPackages(pyodide) {
  const packages = (script?.dataset.packages ?? "").split(",").map((name) => name.trim()).filter(Boolean);
  if (!packages.length) return;
  progress(0.85, `Installing ${packages.join(", ")}…`);
  try {
    await pyodide.loadPackage("micropip");
    const wheels = packages.map((name) => (/\.whl$/.test(name) ? new URL(name, document.baseURI).href : name));
    const micropip = pyodide.pyimport("micropip");
    await micropip.install(wheels);
    micropip.destroy();
  } catch (error) {
    throw new StartError("A package could not be installed", `${packages.join(", ")}: ${readable(error)}`);
  }
}

/** Run app.py to the end of its top level. @param {{ pyodide: any, appFile: ArrayBuffer }} started */
async function runApp({ pyodide, appFile }) {
  let code;
  if (/\.zip$/i.test(script?.dataset.app ?? "")) {
    pyodide.unpackArchive(appFile, "zip", { extractDir: APP_FOLDER });
    pyodide.runPython(`import sys; sys.path.insert(0, "${APP_FOLDER}")`);
    try {
      code = pyodide.FS.readFile(`${APP_FOLDER}/app.py`, { encoding: "utf8" });
    } catch {
      throw new StartError("A file of the application is missing", `${script?.dataset.app} has no app.py at its root.`);
    }
  } else {
    code = new TextDecoder().decode(appFile);
  }
  progress(1, "Ready");
  view.done();
  window.dispatchEvent(new CustomEvent("bx24py:ready", { detail: { pyodide } }));
  try {
    await pyodide.runPythonAsync(code, { filename: "app.py" });
  } catch (error) {
    throw new StartError("The application stopped with an error", readable(error));
  }
}

/** A Python traceback without Pyodide's own frames, with the application's files as the author knows them. @param {unknown} error */
function readable(error) {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .replace(/^ {2}File "\/lib\/python\d+\.zip\/(?:_pyodide|pyodide)\/.*\n(?: {4}.*\n)*/gm, "")
    .replaceAll(`"${APP_FOLDER}/`, '"')
    .trim();
}

/** Tell how far the start is; several things go on at once, and what is behind the others is left out. @param {number} done 0…1 @param {string} text */
function progress(done, text) {
  if (done < reached) return;
  reached = done;
  view.progress(done, text);
  window.dispatchEvent(new CustomEvent("bx24py:progress", { detail: { done, text } }));
}

/** @param {unknown} error */
function report(error) {
  const { title, message: text } =
    error instanceof StartError ? error : new StartError("The application could not be started", readable(error));
  console.error(`bx24py: ${title}\n${text}`);
  view.fail(title, text);
  window.dispatchEvent(new CustomEvent("bx24py:error", { detail: { title, text } }));
}

/** What the page shows while it starts, and when it fails; in a shadow root, apart from the application's own style. */
function createView() {
  const host = document.createElement("bx24py-start");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet(); // constructed, because a strict Content-Security-Policy refuses inline styles
  sheet.replaceSync(`
    :host { all: initial; display: block; color-scheme: light dark; }
    * { box-sizing: border-box; margin: 0; }
    section { font: 15px/1.5 "Open Sans", "Helvetica Neue", Helvetica, Arial, sans-serif; color: #333; color: light-dark(#333, #e6e9ee);
      max-width: 40rem; margin: 2rem auto; padding: 0 1.25rem; }
    h1 { font-size: 1.25rem; font-weight: 500; line-height: 1.3; margin-bottom: .5rem; }
    .text { color: #525c69; color: light-dark(#525c69, #b6bcc6); overflow-wrap: anywhere; }
    pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
      background: #f5f7f8; background: light-dark(#f5f7f8, #23272e); color: inherit; padding: .875rem 1rem; border-radius: 8px; }
    .failed { border-left: 4px solid #f0503c; padding-left: 1rem; }
    .track { height: 4px; border-radius: 2px; background: #dfe3e6; background: light-dark(#dfe3e6, #3a404a); overflow: hidden; margin-bottom: .625rem; }
    .bar { height: 100%; width: 100%; border-radius: 2px; background: #2fc6f6; transform-origin: left; transform: scaleX(0);
      transition: transform .6s cubic-bezier(.2, .7, .3, 1); }
    @media (prefers-reduced-motion: reduce) { .bar { transition: none; } }
  `);
  root.adoptedStyleSheets = [sheet];
  const section = document.createElement("section");
  const track = element("div", "track");
  const bar = element("div", "bar");
  const text = element("p", "text");
  track.setAttribute("role", "progressbar");
  track.setAttribute("aria-label", "Starting the application");
  track.append(bar);
  section.append(track, text);
  root.append(section);
  document.body.prepend(host);

  /** @param {string} name @param {string} [className] @param {string} [content] */
  function element(name, className = "", content = "") {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = content;
    return made;
  }

  return {
    /** @param {number} done @param {string} what */
    progress(done, what) {
      bar.style.transform = `scaleX(${done})`;
      track.setAttribute("aria-valuenow", String(Math.round(done * 100)));
      text.textContent = what;
    },
    done() {
      host.remove();
    },
    /** @param {string} title @param {string} what */
    fail(title, what) {
      section.className = "failed";
      section.setAttribute("role", "alert");
      section.replaceChildren(
        element("h1", "", title),
        what.includes("\n") ? element("pre", "", what) : element("p", "text", what),
      );
      document.body.prepend(host);
    },
  };
}
