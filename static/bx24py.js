/**
 * The loader: starts Pyodide and BX24 at the same time, shows the progress, and runs the application.
 *
 *     <script src="//api.bitrix24.com/api/v1/"></script>
 *     <script type="module" src="bx24py.js" data-app="app.py"></script>
 *
 * data-app       a .py file, run with top-level await, or a .zip of several modules with app.py at its root
 * data-install   a .py file that runs before the application when the current user opens it for the first time
 * data-packages  other packages for the application, comma-separated: names, or addresses of wheels, for micropip
 * data-snapshot  "off": start without a snapshot, and make none for the next visit
 * data-pyodide   the folder of the Pyodide distribution; default: `pyodide/` beside the page, then the public CDN
 *
 * Events on `window`: `bx24py:progress` (detail: {done: 0…1, text}), `bx24py:ready` (detail: {pyodide}) when Python
 * runs and the application starts, `bx24py:error` (detail: {title, text, fatal}) when the start or app.py fails,
 * Python dies, or, with `fatal` false, an error of the running application was caught by nobody. A page that shows the
 * error by itself calls the event's `preventDefault()`: nothing else shows it then.
 * `window.bx24py.ready` is a promise of the running pyodide, `window.bx24py.finished` a promise that ends with app.py
 * (both fail if Python dies first), `window.bx24py.snapshotKept` one that ends when the next visit has been prepared.
 *
 * The next visit starts Python from a snapshot of its memory (bx24py-snapshot.js). It is kept in the browser's
 * CacheStorage, and made of public files only, before any application runs. Other applications of the same origin can
 * write there, so its digest is kept in a user option in the portal. A snapshot that does not fit is ignored.
 *
 * `<script type="application/json" data-bx24-prefetch>` may hold the commands of a batch, in the form that `call_batch`
 * takes. They are sent while Python starts, and the first `call_batch` with the same commands gets their answer. The
 * attribute `data-halt-on-error` is its `halt_on_error`.
 *
 * Installation: BX24 runs the handlers of BX24.install that were registered before the portal's answer, and only then
 * those of BX24.init. A module runs after the page has been parsed, so possibly after that answer. In that case the
 * loader itself asks the portal whether this is the first run, and reports the end of the installation, with the two
 * messages that the library would have sent. install.py runs before app.py in both cases; BX24.init handlers of other
 * scripts wait for install.py only in the first.
 */

import "./bx24py-xhr.js";
import { hasTitle, readable, StartError, textOf, withoutTokens } from "./bx24py/errors.js";
import { download, unzipped } from "./bx24py/files.js";
import { findFirstRun } from "./bx24py/first_run.js";
import { frameName } from "./bx24py/frame_name.js";
import { installPackages } from "./bx24py/packages.js";
import { bx24, LOADER, settings } from "./bx24py/page.js";
import { appCode, loadPython, PACKAGE_FILE } from "./bx24py/python.js";
import { keepSnapshot } from "./bx24py/snapshot_making.js";
import { watchUncaught } from "./bx24py/uncaught.js";
import { hide, progress, showFailure } from "./bx24py/view.js";

performance.mark("bx24py: the start");

/**
 * `installing`: install.py runs in the library's chain of installers, where calls work though `init` handlers wait.
 * `initialised`: the library, once it has run the loader's `init` handler. `collect`: reports calls that nobody awaited.
 */
const state = { installing: false, /** @type {any} */ initialised: null, collect: () => {} };
/** The last error that was shown. @type {unknown} */
let reported = null;
/** The error that Python died of. @type {unknown} */
let death;
/** @type {(error: unknown) => void} */
let die;
/** Fails when Python dies, and with it everything that waits for Python. @type {Promise<never>} */
const dead = new Promise((_, reject) => (die = reject));
dead.catch(report);
/** @type {(library: any) => void} */
let answered;
/** The library, once the portal has answered it. @type {Promise<any>} */
const initialised = new Promise((resolve) => (answered = resolve));
/** @typedef {{ indexURL: string, archive: ArrayBuffer, packageFile: string, made: number }} Begun */
/** @type {(start: Begun) => void} */
let begin;
/** How Python starts, as soon as that is known. @type {Promise<Begun>} */
const begun = new Promise((resolve) => (begin = resolve));
const firstRun = settings.install ? findFirstRun() : null;
firstRun?.catch(() => {}); // reported where it is awaited
const installed = orDead(start().then(runInstall));
const ready = installed.then(({ pyodide }) => pyodide);
const finished = orDead(installed.then(runApp));
finished.catch(report);
ready.catch(() => {}); // reported above; whoever awaits it still gets the error
const snapshotKept = keepSnapshot(Promise.race([begun, installed.then(() => begun)]), libraryForLater(), finished);
snapshotKept.catch((error) => console.debug(`bx24py: no snapshot was kept (${error})`));
Object.assign(window, { bx24py: Object.assign(state, { ready, finished, snapshotKept }) });

/** @template T @param {Promise<T>} promise @returns {Promise<T>} */
function orDead(promise) {
  return Promise.race([promise, dead]);
}

/** Request everything at once and wait for all of it. */
async function start() {
  progress(0.05, "Starting…");
  if (!settings.app) {
    throw new StartError("The page names no application", 'Add data-app="app.py" to the script tag of bx24py.js.');
  }
  if (bx24() === null || (bx24() === undefined && !frameName())) {
    throw new StartError(
      "This page works inside Bitrix24",
      "It is an application and was opened outside a portal. Open it from the menu or a card of your Bitrix24.",
    );
  }
  const library = findLibrary();
  const app = download(settings.app);
  const archive = download(new URL("bx24py.zip.gz", LOADER).href).then(unzipped);
  const known = (/** @type {{ indexURL: string, made: number }} */ way) => {
    archive.then((content) => begin({ ...way, archive: content, packageFile: PACKAGE_FILE }));
  };
  const python = loadPython(archive, libraryWithOptions(), known, died);
  for (const promise of [library, app, archive, python]) promise.catch(() => {}); // the first one awaited is reported
  await library;
  const [appFile, archiveFile, { pyodide, warm, indexURL }] = await Promise.all([app, archive, python]);
  progress(0.8, "Preparing the application…");
  pyodide.FS.writeFile(PACKAGE_FILE, new Uint8Array(archiveFile)); // not part of a snapshot; later imports read it
  if (!warm) pyodide.runPython(`__import__("sys").path.append("${PACKAGE_FILE}")`);
  const code = appCode(pyodide, appFile);
  state.collect = watchUncaught(pyodide, (title, text) => {
    if (!death) announce(title, text, false);
  });
  await installPackages(pyodide, code, indexURL);
  return { pyodide, code };
}

/** Start the portal's library. Its script tag may come after ours, so wait for it until the page has loaded. */
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
  const library = bx24();
  library.init?.(() => {
    performance.mark("bx24py: the portal has answered");
    state.initialised = library;
    answered(library);
    progress(0.1, "The portal has answered");
  });
  prefetch();
}

/**
 * Return the library once it has the user's options; null during the installation, where the options do not work yet
 * (contract, section 1).
 *
 * @returns {Promise<any>}
 */
function libraryWithOptions() {
  return Promise.race([initialised, firstRun?.then((step) => (step ? null : initialised)) ?? initialised]);
}

/** Return the library once the user's options can be set. @returns {Promise<any>} */
async function libraryForLater() {
  if (await firstRun?.catch(() => null)) await installed.catch(() => {});
  return initialised;
}

/** Send the batch that the page declares. Python's own `call_batch` with the same commands then waits for its answer. */
function prefetch() {
  const declared = document.querySelector('script[type="application/json"][data-bx24-prefetch]');
  if (!declared) return;
  try {
    /** @type {any} */ (window.XMLHttpRequest).bx24pyPrefetch?.(
      bx24(),
      JSON.parse(declared.textContent ?? ""),
      declared.hasAttribute("data-halt-on-error"),
    );
  } catch (error) {
    console.error(`bx24py: the commands in data-bx24-prefetch cannot be sent: ${error}`);
  }
}

/**
 * On the first run, run install.py to the end of its top level. If it fails, the installation stays unfinished and is
 * tried again the next time.
 *
 * @template {{ pyodide: any }} T
 * @param {T} application
 */
async function runInstall(application) {
  const step = await firstRun;
  if (!step) return application;
  const { pyodide } = application;
  const address = settings.install ?? "";
  progress(0.9, "Installing the application…");
  const code = new TextDecoder().decode(await download(address));
  const globals = pyodide.toPy({ __name__: "__main__" }); // so that app.py sees none of its names
  state.installing = step.inChain;
  try {
    await pyodide.runPythonAsync(code, { filename: address.split("/").pop(), globals });
  } catch (error) {
    throw new StartError("The installation stopped with an error", readable(error));
  } finally {
    state.installing = false;
    globals.destroy();
  }
  step.finish();
  await new Promise((resolve) => bx24().init(resolve)); // other handlers may come before this one
  return application;
}

/** Run app.py to the end of its top level. @param {{ pyodide: any, code: string }} application */
async function runApp({ pyodide, code }) {
  performance.mark("bx24py: the application starts");
  progress(1, "Ready");
  hide();
  window.dispatchEvent(new CustomEvent("bx24py:ready", { detail: { pyodide } }));
  try {
    await pyodide.runPythonAsync(code, { filename: "app.py" });
  } catch (error) {
    throw new StartError("The application stopped with an error", readable(error));
  }
}

/**
 * Handle Python's death: everything that waits for it fails, and nothing more is sent for it.
 *
 * @param {unknown} error
 */
function died(error) {
  /** @type {any} */ (window.XMLHttpRequest).bx24pyGiveUp?.();
  death = new StartError(
    "Python has stopped",
    `${textOf(error)}. The application no longer runs. Reload the page. Calls that were not answered may have been executed.`,
  );
  die(death);
}

/** @param {unknown} error */
function report(error) {
  if (error === reported || reported === death) return; // whatever fails after Python's death fails because of it
  reported = error;
  const { title, message: text } = hasTitle(error)
    ? error
    : new StartError("The application could not be started", readable(error));
  if (announce(title, text, true)) showFailure(title, withoutTokens(text));
}

/**
 * @param {string} title
 * @param {string} text
 * @param {boolean} fatal whether the application does not run any more
 * @returns {boolean} whether it is still to be shown; the page may show it by itself, and prevents the event's default
 */
function announce(title, text, fatal) {
  const detail = { title, text: withoutTokens(text), fatal };
  console.error(`bx24py: ${title}\n${detail.text}`);
  return window.dispatchEvent(new CustomEvent("bx24py:error", { detail, cancelable: true }));
}
