/** Installs the packages that the application needs. */

import { APP_FOLDER, readable, StartError } from "./errors.js";
import { packed, settings } from "./page.js";
import { progress } from "./view.js";

/** Whether a module of the application imports micropip itself. */
const IMPORTS_MICROPIP = `
import pathlib, re
any(
    re.search(r"^[ \\t]*(?:import|from)[ \\t]+micropip\\b", path.read_text(errors="replace"), re.M)
    for path in pathlib.Path("${APP_FOLDER}").rglob("*.py")
)
`;

/** Of the names in the list, those of packages that are not installed. */
const NOT_INSTALLED = `
import importlib.metadata as metadata, re
def missing(wanted):
    found = []
    for name in (re.match(r"[\\w.-]*", one)[0] for one in wanted):
        try:
            metadata.distribution(name)
        except metadata.PackageNotFoundError:
            found.append(name)
    return found
missing
`;

/**
 * Install what `data-packages` names, and micropip for an application that imports it.
 *
 * @param {any} pyodide
 * @param {string} code of app.py
 * @param {string} indexURL the folder of the distribution
 */
export async function installPackages(pyodide, code, indexURL) {
  const packages = (settings.packages ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  if (!packages.length && !importsMicropip(pyodide, code)) return;
  if (packages.length) progress(0.85, `Installing ${packages.join(", ")}…`);
  try {
    await pyodide.loadPackage("micropip");
    const micropip = pyodide.pyimport("micropip");
    if (packed.index) micropip.set_index_urls(new URL(packed.index, document.baseURI).href.replace(/\/$/, ""));
    const wheels = packages.map((name) => (isWheel(name) ? new URL(name, document.baseURI).href : name));
    // It looks for all at once: one may need what another limits.
    await micropip.install.callKwargs(wheels, { constraints: pyodide.toPy(packages.filter((name) => !isWheel(name))) });
    micropip.destroy();
  } catch (error) {
    throw await failure(pyodide, packages, indexURL, readable(error));
  }
  // Pyodide only logs that a file of the distribution did not arrive.
  const wanted = packages.filter((name) => !isWheel(name)).flatMap((name) => [name, ...dependencies(pyodide, name)]);
  const missing = pyodide.runPython(NOT_INSTALLED, { globals: pyodide.globals.get("dict")() });
  const lacking = missing(wanted).toJs();
  missing.destroy();
  if (lacking.length) throw await failure(pyodide, lacking, indexURL, "its file did not arrive");
}

/** Whether a name is the address of a wheel. @param {string} name */
function isWheel(name) {
  return /\.whl$/.test(name);
}

/** @param {any} pyodide @param {string} code */
function importsMicropip(pyodide, code) {
  if (/^[ \t]*(?:import|from)[ \t]+micropip\b/m.test(code)) return true;
  return /\.zip$/i.test(settings.app ?? "") && pyodide.runPython(IMPORTS_MICROPIP);
}

/** What a package of the distribution needs from it. @param {any} pyodide @param {string} name @returns {string[]} */
function dependencies(pyodide, name) {
  /** @type {Set<string>} */
  const found = new Set();
  const packages = pyodide.lockfile?.packages ?? {};
  const open = [name.toLowerCase()];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    for (const next of packages[one]?.depends ?? []) {
      if (found.has(next) || packages[next]?.package_type !== "package") continue;
      found.add(next);
      open.push(next);
    }
  }
  return [...found];
}

/**
 * Find out why packages could not be installed: the local portal says it.
 *
 * @param {any} pyodide
 * @param {string[]} names
 * @param {string} indexURL
 * @param {string} otherwise
 */
async function failure(pyodide, names, indexURL, otherwise) {
  const reasons = [];
  for (const name of packed.index ? names.filter((one) => !isWheel(one)) : []) {
    const bare = /^[\w.-]*/.exec(name)?.[0] ?? "";
    const file = pyodide.lockfile?.packages?.[bare.toLowerCase()]?.file_name;
    const address = file ? indexURL + file : new URL(`${packed.index}${bare}/`, document.baseURI).href;
    const response = await fetch(address).catch(() => null);
    if (response?.status === 404) reasons.push((await response.text()).trim());
  }
  return new StartError(
    "A package could not be installed",
    reasons.length ? reasons.join("\n") : `${names.join(", ")}: ${otherwise}`,
  );
}
