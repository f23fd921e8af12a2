/** Loads Python, and prepares it for the application. */

import { APP_FOLDER, hasTitle, readable, StartError } from "./errors.js";
import { guard, ownModule } from "./files.js";
import { LOADER, packed, settings } from "./page.js";
import { dropSnapshot, findSnapshot, inTime, PYODIDE_VERSION, readSnapshot } from "./snapshots.js";
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
 * @param {(error: unknown) => void} died called when the interpreter has died
 * @returns the running pyodide; `warm`: it started from a snapshot, made at `made`, in milliseconds since the epoch
 */
export async function loadPython(archive, library, died) {
  const named = settings.pyodide;
  const places = named ? [named.endsWith("/") ? named : `${named}/`] : packed.beside ? ["pyodide/", CDN] : [CDN];
  progress(0.1, "Loading Python…");
  const found = inTime(findSnapshot()).catch(() => null);
  const snapshot = found.then((where) => where && readSnapshot(where, archive, library));
  snapshot.catch(() => {}); // handled where it is awaited
  for (const place of places) {
    const indexURL = new URL(place, document.baseURI).href;
    /** @type {HTMLLinkElement[]} */
    const hints = [];
    found.then((where) => {
      if (isOwn(indexURL) && !where && isFirstVisit())
        hints.push(...DISTRIBUTION.filter(([, as]) => isReused(as)).map(([file, as]) => preload(indexURL + file, as)));
    });
    const imported = findPyodide(indexURL);
    imported.catch(() => {}); // reported below
    const { arrived, brokenFile, watchInterpreter, withWebAssembly } = await guard;
    const module = await arrived(imported, [`${indexURL}pyodide.mjs`]);
    if (!module) {
      await found;
      for (const hint of hints) hint.remove();
      continue;
    }
    const isKept = await found;
    progress(0.3, "Starting Python…", 0.65);
    const files = DISTRIBUTION.map(([file]) => indexURL + file);
    const load = (/** @type {object} */ options) =>
      arrived(
        withWebAssembly(() => module.loadPyodide({ indexURL, ...options })),
        files,
      );
    if (isKept) {
      try {
        const memory = snapshot.then((one) => one?.memory); // meanwhile Pyodide reads its own code
        const pyodide = await load({ _loadSnapshot: memory });
        pyodide.runPython(AFTER_RESTORE);
        watchInterpreter(pyodide, died);
        progress(0.7, "Python is running");
        return { pyodide, warm: true, made: (await snapshot)?.made ?? 0, indexURL };
      } catch (error) {
        if (hasTitle(error)) throw error; // it has nothing to do with the snapshot
        dropSnapshot(error); // and start without one
      }
    }
    try {
      const pyodide = await load({});
      watchInterpreter(pyodide, died);
      progress(0.7, "Python is running");
      return { pyodide, warm: false, made: 0, indexURL };
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

/** @param {string} indexURL @returns {Promise<{ loadPyodide: (options: object) => Promise<any> } | undefined>} */
async function findPyodide(indexURL) {
  if (isOwn(indexURL)) return import(`${indexURL}pyodide.mjs`).catch(() => undefined);
  return (await ownModule("bx24py-pyodide.js")).findPyodide(indexURL);
}

/** Whether an address is on the page's own host: whoever can change Pyodide there can change the page too. @param {string} address */
function isOwn(address) {
  return new URL(address).origin === window.location.origin;
}

/**
 * Whether the loader itself came over the network. After an earlier visit the distribution is in the browser's cache,
 * already compiled; preloaded files would not use the compiled code.
 */
function isFirstVisit() {
  const [loader] = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByName(LOADER));
  return loader?.transferSize > loader?.encodedBodySize;
}

/** Whether the browser uses a preloaded file. WebKit's `fetch` loads it again (seen in 2.50). @param {string} as */
function isReused(as) {
  return as === "script" || !navigator.vendor.startsWith("Apple");
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
