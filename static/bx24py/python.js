/** Loads Python, and prepares it for the application. */

import { APP_FOLDER, hasTitle, readable, StartError } from "./errors.js";
import { arrived, brokenFile, watchInterpreter, withWebAssembly } from "./guard.js";
import { LOADER, packed, settings } from "./page.js";
import { findPyodide as findChecked } from "./pyodide.js";
import { mayBeKept } from "./snapshot_making.js";
import { dropSnapshot, PYODIDE_VERSION, readSnapshot, soon } from "./snapshots.js";
import { progress } from "./view.js";

const CDN = `https://cdn.jsdelivr.net/pyodide/v${PYODIDE_VERSION}/full/`;

/** What Pyodide requests next, one after another: file and kind. */
const DISTRIBUTION = [
  ["pyodide.asm.mjs", "script"],
  ["pyodide.asm.wasm", "fetch"],
  ["python_stdlib.zip", "fetch"],
  ["pyodide-lock.json", "fetch"],
];

/** Path of the package in Pyodide's file system, a .zip that Python's zipimport reads. */
export const PACKAGE_FILE = "/lib/bx24py.zip";

/** Resets what must not be kept from the visit that made the snapshot. */
const AFTER_RESTORE = `
def _refresh():
    import js, os, random, sys, time
    random.seed()
    os.environ["LANG"] = (js.navigator.language or "C").replace("-", "_") + ".UTF-8"
    year = time.localtime().tm_year
    offsets = [js.Date.new(year, month, 1).getTimezoneOffset() * 60 for month in (0, 6)]
    time.timezone, time.altzone = max(offsets), min(offsets)
    time.daylight = int(offsets[0] != offsets[1])
    time.tzname = tuple(
        f"UTC{'-' if offset >= 0 else '+'}{abs(offset) // 3600:02}{abs(offset) // 60 % 60:02}"
        for offset in (time.timezone, time.altzone)
    )
    sys.path[:] = dict.fromkeys(sys.path)

_refresh()
del _refresh
`;

/**
 * Load Pyodide from the first place that has it, using a snapshot if one fits.
 *
 * @param {Promise<ArrayBuffer>} archive
 * @param {Promise<any>} library the library once it has the user's options
 * @param {(start: { indexURL: string, made: number }) => void} known called as soon as it is known where Pyodide is, and
 *   when the snapshot was made that it started from, in milliseconds since the epoch; 0 if it starts without one
 * @param {(error: unknown) => void} died called when the interpreter has died
 * @returns the running pyodide; `warm`: it started from a snapshot
 */
export async function loadPython(archive, library, known, died) {
  const named = settings.pyodide;
  const places = named ? [named.endsWith("/") ? named : `${named}/`] : packed.beside ? ["pyodide/", CDN] : [CDN];
  progress(0.1, "Loading Python…");
  const snapshot = readSnapshot(mayBeKept(), archive, library);
  for (const place of places) {
    const indexURL = new URL(place, document.baseURI).href;
    const hints = isOwn(indexURL) ? preloadDistribution(indexURL, !mayBeKept() && isFirstVisit()) : [];
    const module = await arrived(findPyodide(indexURL), [`${indexURL}pyodide.mjs`]);
    if (!module) {
      for (const hint of hints) hint.remove();
      continue;
    }
    progress(0.3, "Starting Python…", 0.65);
    const files = DISTRIBUTION.map(([file]) => indexURL + file);
    const load = (/** @type {object} */ options) =>
      arrived(
        withWebAssembly(() => module.loadPyodide({ indexURL, ...options })),
        files,
      );
    if (snapshot) {
      try {
        const { pyodide, made } = await restore(load, snapshot);
        pyodide.runPython(AFTER_RESTORE);
        known({ indexURL, made });
        return running(pyodide, true, indexURL, died);
      } catch (error) {
        if (hasTitle(error)) throw error; // it has nothing to do with the snapshot
        dropSnapshot(error); // and start without one
      }
    }
    known({ indexURL, made: 0 });
    try {
      return running(await load({}), false, indexURL, died);
    } catch (error) {
      if (hasTitle(error)) throw error;
      const why = (isOwn(indexURL) && (await brokenFile(files))) || `Pyodide from ${place} failed: ${readable(error)}`;
      throw new StartError("Python could not be started", why);
    }
  }
  throw new StartError(
    "Python could not be loaded",
    `There is no Pyodide at ${places.join(" or at ")}. ` +
      "Pack the application with --pyodide bundled, or name the folder with data-pyodide.",
  );
}

/** @param {any} pyodide @param {boolean} warm @param {string} indexURL @param {(error: unknown) => void} died */
function running(pyodide, warm, indexURL, died) {
  watchInterpreter(pyodide, died);
  progress(0.7, "Python is running");
  performance.mark("bx24py: Python is running");
  return { pyodide, warm, indexURL };
}

/**
 * Start Python from a snapshot. Pyodide gets memory of the right size at once, so that the browser makes WebAssembly ready
 * while the snapshot is read and checked; it is written into that memory before Python starts.
 *
 * @param {(options: object) => Promise<any>} load
 * @param {import("./snapshots.js").Snapshot} snapshot
 */
async function restore(load, { patience, size, read, checked }) {
  const memory = new Uint8Array(await soon(size, patience));
  let made = 0;
  /** @type {unknown} */
  let failure;
  const fsInit = async () => {
    performance.mark("bx24py: WebAssembly is ready");
    try {
      await soon(read, patience);
      const found = await checked;
      performance.mark("bx24py: the snapshot is restored");
      found.restore(memory);
      made = found.made;
    } catch (error) {
      failure = error; // Pyodide finds no snapshot in the memory, and fails
    }
  };
  try {
    return { pyodide: await load({ _loadSnapshot: memory, fsInit }), made };
  } catch (error) {
    throw failure ?? error;
  }
}

/** @param {string} indexURL @returns {Promise<{ loadPyodide: (options: object) => Promise<any> } | undefined>} */
async function findPyodide(indexURL) {
  return isOwn(indexURL) ? import(`${indexURL}pyodide.mjs`).catch(() => undefined) : findChecked(indexURL);
}

/**
 * Start loading Pyodide's files before it requests them: on a first visit all that the browser then uses, later its
 * scripts. After an earlier visit WebAssembly is in the browser's cache, already compiled; a preloaded file would not use
 * the compiled code. WebKit's `fetch` loads a preloaded file again (seen in 2.50).
 *
 * @param {string} indexURL
 * @param {boolean} isFirst
 */
function preloadDistribution(indexURL, isFirst) {
  const wanted = DISTRIBUTION.filter(([, as]) => as === "script" || (isFirst && !navigator.vendor.startsWith("Apple")));
  return wanted.map(([file, as]) => preload(indexURL + file, as));
}

/** Whether an address is on the page's own host: whoever can change Pyodide there can change the page too. @param {string} address */
function isOwn(address) {
  return new URL(address).origin === window.location.origin;
}

/** Whether the loader itself came over the network: after an earlier visit it is in the browser's cache. */
function isFirstVisit() {
  const [loader] = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByName(LOADER));
  return loader?.transferSize > loader?.encodedBodySize;
}

/** Start loading a file before Pyodide requests it. @param {string} href @param {string} as */
function preload(href, as) {
  const link = document.createElement("link");
  link.rel = as === "script" ? "modulepreload" : "preload";
  if (as !== "script") link.setAttribute("as", as);
  link.crossOrigin = "anonymous";
  link.href = href;
  document.head.append(link);
  return link;
}

/** Return the source of app.py; if the application is a .zip, unpack it first. @param {any} pyodide @param {ArrayBuffer} appFile */
export function appCode(pyodide, appFile) {
  if (!/\.zip$/i.test(settings.app ?? "")) return new TextDecoder().decode(appFile);
  pyodide.unpackArchive(appFile, "zip", { extractDir: APP_FOLDER });
  pyodide.runPython(`import sys; sys.path.insert(0, "${APP_FOLDER}")`);
  try {
    return pyodide.FS.readFile(`${APP_FOLDER}/app.py`, { encoding: "utf8" });
  } catch {
    throw new StartError("A file of the application is missing", `${settings.app} has no app.py at its root.`);
  }
}
