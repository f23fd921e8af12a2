/** Loads Python, and prepares it for the application. */

import { APP_FOLDER, hasTitle, readable, StartError } from "./errors.js";
import { arrived, brokenFile, checkWebAssembly, watchInterpreter } from "./guard.js";
import { LOADER, packed, settings } from "./page.js";
import { findPyodide, isOwn, PYODIDE_VERSION } from "./pyodide.js";
import { mayBeKept } from "./snapshot_making.js";
import { dropSnapshot, readSnapshot, soon } from "./snapshots.js";
import { progress } from "./view.js";

const CDN = `https://cdn.jsdelivr.net/pyodide/v${PYODIDE_VERSION}/full/`;

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
  const stdlib = packed.stdlib && new URL(packed.stdlib, LOADER).href;
  for (const place of places) {
    const indexURL = new URL(place, document.baseURI).href;
    const module = await arrived(findPyodide(indexURL, stdlib), [`${indexURL}pyodide.mjs`]);
    if (!module) continue;
    progress(0.3, "Starting Python…", 0.65);
    checkWebAssembly();
    const { loadPyodide, files, ready } = module;
    if (snapshot) {
      try {
        const { pyodide, made } = await arrived(restore(loadPyodide, ready, snapshot), files);
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
      return running(await arrived(loadPyodide({}), files), false, indexURL, died);
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
 * When it turns out that the snapshot does not fit, that Pyodide is left alone: it waits for its memory forever.
 *
 * @param {import("./pyodide.js").LoadPyodide} loadPyodide
 * @param {Promise<unknown>} ready ends when all files have been loaded
 * @param {import("./snapshots.js").Snapshot} snapshot
 */
async function restore(loadPyodide, ready, { patience, size, read, checked }) {
  const memory = new Uint8Array(await Promise.race([size, ready.then(() => soon(size, patience))]));
  const givenUp = new AbortController();
  /** @type {(error: unknown) => void} */
  let fail = () => {};
  const failed = new Promise((_, reject) => (fail = reject));
  let made = 0;
  const fsInit = async () => {
    performance.mark("bx24py: WebAssembly is ready");
    try {
      await soon(read, patience);
      const found = await checked;
      performance.mark("bx24py: the snapshot is restored");
      found.restore(memory);
      made = found.made;
    } catch (error) {
      fail(error);
      await new Promise(() => {});
    }
  };
  checked.catch(fail);
  try {
    const pyodide = await Promise.race([loadPyodide({ _loadSnapshot: memory, fsInit }, givenUp.signal), failed]);
    return { pyodide, made };
  } catch (error) {
    givenUp.abort();
    throw error;
  }
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
