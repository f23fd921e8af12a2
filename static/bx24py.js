// @ts-check
/**
 * The loader: starts Pyodide and BX24 at the same time, shows how far it is, and runs the application.
 *
 *     <script src="//api.bitrix24.com/api/v1/"></script>
 *     <script type="module" src="bx24py.js" data-app="app.py"></script>
 *
 * data-app       a .py file, run with top-level await, or a .zip of several modules with app.py at its root
 * data-install   a .py file that runs before the application when the current user opens it for the first time
 * data-packages  what the application needs besides, comma-separated: names or addresses of wheels for micropip
 * data-snapshot  "off": start without a snapshot, and keep none for the next visit
 * data-pyodide   the folder of the Pyodide distribution; else `pyodide/` beside the page, else the public CDN
 *
 * Events on `window`: `bx24py:progress` (detail: {done: 0…1, text}), `bx24py:ready` (detail: {pyodide}) when Python
 * runs and the application starts, `bx24py:error` (detail: {title, text}): the start failed, app.py did, or Python
 * has died.
 * `window.bx24py.ready` is a promise of the running pyodide, `window.bx24py.finished` one of the end of app.py (both fail
 * when Python dies before), `window.bx24py.snapshotKept` one of the end of what is done for the next visit.
 *
 * The next visit starts Python from a snapshot of its memory (bx24py-snapshot.js), kept in the browser's CacheStorage and
 * made of public files only, before any application runs in it. Other applications of the same origin can write there, so
 * its digest is kept in an option of the user in the portal. Whatever does not fit is as if it were not there.
 *
 * `<script type="application/json" data-bx24-prefetch>` may hold the commands of a batch, as `call_batch` takes them; it is
 * sent while Python starts, and the first `call_batch` with the same commands gets its answer. `data-halt-on-error` as there.
 *
 * The installation: BX24 runs handlers of BX24.install that were registered before the portal's answer, and only then
 * those of BX24.init. A module runs when the page has been parsed, so it may come after that answer. The loader then
 * asks the portal itself whether this is the first run, and tells it when the step is done, with the two messages that
 * the library would have sent. The order install.py, app.py holds in both cases; that of BX24.init handlers in other
 * scripts of the page only in the first.
 */

const PYODIDE_VERSION = "314.0.7";
const CDN = `https://cdn.jsdelivr.net/pyodide/v${PYODIDE_VERSION}/full/`;

/** A snapshot beside the loader that `bx24py pack --snapshot` made; "" for none. */
const PACKED_SNAPSHOT = "";

/** Whether Pyodide may be beside the page; `bx24py pack --pyodide cdn` says that it is not. */
const BESIDE = true;

/** When a kept snapshot is replaced, in milliseconds: Python's hash seed, which cannot be changed in it, is as old as it is. */
const SNAPSHOT_AGE = 24 * 60 * 60 * 1000;

/** The option of the user that holds which snapshots this application has made, as `DIGEST:TIME` and separated by blanks. */
const SNAPSHOT_OPTION = "bx24py-snapshot";

/** How many it holds: one for each browser of the user. */
const SNAPSHOTS = 8;

/** How long the application has the machine for itself before a snapshot is made, in milliseconds. */
const QUIET_TIME = 3000;

/** How long the browser has to find a snapshot, and to read it, in milliseconds; a start without one takes less. */
const SNAPSHOT_TIME = 5000;

/** How long to wait for the portal where its answer decides whether there is something to install, in milliseconds. */
const ANSWER_TIME = 30_000;

/** How long a module of the loader's own may take to arrive, in milliseconds. They are small. */
const MODULE_TIME = 60_000;

/** Where the modules of a .zip are unpacked, in Pyodide's file system. */
const APP_FOLDER = "/home/pyodide/app";

/** What Pyodide asks for next, one after another: file and kind. */
const DISTRIBUTION = [
  ["pyodide.asm.mjs", "script"],
  ["pyodide.asm.wasm", "fetch"],
  ["python_stdlib.zip", "fetch"],
  ["pyodide-lock.json", "fetch"],
];

/** Where the package is in Pyodide's file system, a .zip that Python's zipimport reads. */
const PACKAGE_FILE = "/lib/bx24py.zip";

/** Makes fresh what a snapshot must not carry over from the visit that made it. */
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
/** When the snapshot was made that Python was started from, in milliseconds since the epoch. */
let snapshotMade = 0;
/**
 * `installing`: install.py runs inside the library's chain, where calls can be made though `init` handlers wait.
 * `initialised`: the library that has run the loader's `init` handler.
 */
const state = { installing: false, /** @type {any} */ initialised: null };
/** What has been shown last. @type {unknown} */
let reported = null;
/** What Python has died of. @type {unknown} */
let death;
/** @type {(error: unknown) => void} */
let die;
/** Fails when Python has died, which ends all that waits for it. @type {Promise<never>} */
const dead = new Promise((_, reject) => (die = reject));
dead.catch(report);
/** Notices what Pyodide does not tell. */
const guard = ownModule("bx24py-guard.js", () => import("./bx24py-guard.js"));
guard.catch(() => {}); // shown where it is awaited
/** @type {(library: any) => void} */
let answered;
/** The library, when the portal has answered it. @type {Promise<any>} */
const initialised = new Promise((resolve) => (answered = resolve));
const firstRun = script?.dataset.install ? findFirstRun() : null;
firstRun?.catch(() => {}); // shown when it is awaited
const installed = orDead(start().then(runInstall));
const ready = installed.then(({ pyodide }) => pyodide);
const finished = orDead(installed.then(runApp));
finished.catch(report);
ready.catch(() => {}); // reported above; who awaits it still sees it
const snapshotKept = installed.then(({ indexURL, archive }) => keepSnapshot(indexURL, archive));
snapshotKept.catch((error) => console.debug(`bx24py: no snapshot is kept (${error})`));
Object.assign(window, { bx24py: Object.assign(state, { ready, finished, snapshotKept }) });

/** @template T @param {Promise<T>} promise @returns {Promise<T>} */
function orDead(promise) {
  return Promise.race([promise, dead]);
}

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
  const requests = ownModule("bx24py-xhr.js", () => import("./bx24py-xhr.js"));
  const library = findLibrary(requests);
  const app = download(script.dataset.app);
  const archive = download(new URL("bx24py.zip.gz", import.meta.url).href).then(unzipped);
  const python = loadPython(archive);
  for (const promise of [requests, library, app, archive, python]) promise.catch(() => {}); // shown is the first one awaited
  await library;
  const [appFile, archiveFile, { pyodide, warm, indexURL }] = await Promise.all([app, archive, python]);
  progress(0.8, "Preparing the application…");
  pyodide.FS.writeFile(PACKAGE_FILE, new Uint8Array(archiveFile)); // a snapshot has none: what is imported later is read
  if (!warm) pyodide.runPython(`__import__("sys").path.append("${PACKAGE_FILE}")`);
  await installPackages(pyodide);
  return { pyodide, indexURL, archive: archiveFile, code: appCode(pyodide, appFile) };
}

/** Whether a portal opened this page: its frame is named DOMAIN|PROTOCOL|APP_SID (contract, section 1). */
function inPortal() {
  return /^[^|]+\|[01]\|./.test(window.name);
}

/** @returns {any} */
function bx24() {
  return /** @type {any} */ (window).BX24;
}

/** Start the portal's library. Its own line may come after ours, so it is waited for until the page has loaded. @param {Promise<any>} requests */
async function findLibrary(requests) {
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
    state.initialised = library;
    answered(library);
    progress(0.1, "The portal has answered");
  });
  await requests;
  prefetch();
}

/** Send the batch that the page declares, on which Python's own `call_batch` with the same commands then waits. */
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

/** A module of the loader's own. @template T @param {string} name @param {() => Promise<T>} load @returns {Promise<T>} */
function ownModule(name, load) {
  return new Promise((resolve, reject) => {
    const missing = () => reject(new StartError("A file of the application is missing", `${name} did not arrive.`));
    const timer = setTimeout(missing, MODULE_TIME);
    load().then(resolve, missing).finally(() => clearTimeout(timer));
  });
}

/** @param {string} address @returns {Promise<ArrayBuffer>} */
async function download(address) {
  const url = new URL(address, document.baseURI).href;
  const content = fetched(url, address);
  content.catch(() => {}); // shown below
  const { arrived } = await guard;
  return arrived(content, [url]);
}

/** @param {string} url @param {string} address as the author wrote it @returns {Promise<ArrayBuffer>} */
async function fetched(url, address) {
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

/** Decompress a .gz; some hosts have let the browser do it. @param {ArrayBuffer} bytes */
async function unzipped(bytes) {
  const [first, second] = new Uint8Array(bytes);
  if (first !== 0x1f || second !== 0x8b) return bytes;
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** Load Pyodide from the first place that has it, from a snapshot where one fits. @param {Promise<ArrayBuffer>} archive */
async function loadPython(archive) {
  const named = script?.dataset.pyodide;
  const places = named ? [named.endsWith("/") ? named : `${named}/`] : BESIDE ? ["pyodide/", CDN] : [CDN];
  progress(0.1, "Loading Python…");
  const found = inTime(findSnapshot()).catch(() => null);
  const snapshot = found.then((where) => where && readSnapshot(where, archive));
  snapshot.catch(() => {}); // shown where it is awaited
  for (const place of places) {
    const indexURL = new URL(place, document.baseURI).href;
    /** @type {HTMLLinkElement[]} */
    const hints = [];
    found.then((where) => {
      if (isOwn(indexURL) && !where && isFirstVisit()) hints.push(...DISTRIBUTION.map(([file, as]) => preload(indexURL + file, as)));
    });
    const imported = findPyodide(indexURL);
    imported.catch(() => {}); // shown below
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
      arrived(withWebAssembly(() => module.loadPyodide({ indexURL, ...options })), files);
    if (isKept) {
      try {
        const memory = snapshot.then((one) => one.memory); // Pyodide reads its own code meanwhile
        const pyodide = await load({ _loadSnapshot: memory });
        pyodide.runPython(AFTER_RESTORE);
        watchInterpreter(pyodide, died);
        snapshotMade = (await snapshot).made;
        progress(0.7, "Python is running");
        return { pyodide, warm: true, indexURL };
      } catch (error) {
        if (hasTitle(error)) throw error; // which has nothing to do with the snapshot
        dropSnapshot(error); // and start as if there were none
      }
    }
    try {
      const pyodide = await load({});
      watchInterpreter(pyodide, died);
      progress(0.7, "Python is running");
      return { pyodide, warm: false, indexURL };
    } catch (error) {
      if (hasTitle(error)) throw error;
      const why = (isOwn(indexURL) && (await brokenFile(files))) || `Pyodide from ${place} failed: ${readable(error)}`;
      throw new StartError("Python could not be started", why);
    }
  }
  throw new StartError(
    "Python could not be loaded",
    `There is no Pyodide at ${places.join(" nor at ")}. ` +
      "Pack the application with --pyodide bundled, or name the folder with data-pyodide.",
  );
}

/** @param {string} indexURL @returns {Promise<{ loadPyodide: (options: object) => Promise<any> } | undefined>} */
async function findPyodide(indexURL) {
  if (isOwn(indexURL)) return import(`${indexURL}pyodide.mjs`).catch(() => undefined);
  const checked = await import("./bx24py-pyodide.js").catch(() => {
    throw new StartError("A file of the application is missing", "bx24py-pyodide.js did not arrive.");
  });
  return checked.findPyodide(indexURL);
}

/** Whether it is of the page's own host: who can change Pyodide there can change the page. @param {string} address */
function isOwn(address) {
  return new URL(address).origin === window.location.origin;
}

/**
 * Whether the loader itself came over the network. An earlier visit has left the distribution in the browser's cache:
 * compiled, which the browser does not use for what is preloaded.
 */
function isFirstVisit() {
  const [loader] = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByName(import.meta.url));
  return loader?.transferSize > loader?.encodedBodySize;
}

/** Have a file on its way before Pyodide asks for it. @param {string} href @param {string} as */
function preload(href, as) {
  const link = document.createElement("link");
  link.rel = as === "script" ? "modulepreload" : "preload";
  if (as !== "script") link.setAttribute("as", as);
  link.crossOrigin = "anonymous";
  link.href = href;
  document.head.append(link);
  return link;
}

/** Where snapshots are kept; null where the browser does not let us. */
async function snapshotCache() {
  try {
    return await caches.open("bx24py");
  } catch {
    return null; // no secure context, storage denied, private mode
  }
}

/** Under what a snapshot is kept: the version of Pyodide; that of the package is inside. */
function snapshotAddress() {
  return new URL(`bx24py-snapshot-${PYODIDE_VERSION}`, import.meta.url).href;
}

/** @typedef {{ cached?: string, packed?: string }} Where a snapshot is */

/** Where the snapshot is that an earlier visit left, else the packed one. @returns {Promise<Where | null>} */
async function findSnapshot() {
  if (script?.dataset.snapshot === "off") return null;
  const cached = snapshotAddress();
  const kept = await (await snapshotCache())?.match(cached).catch(() => undefined);
  return kept ? { cached } : packedSnapshot();
}

/** @returns {Where | null} */
function packedSnapshot() {
  return PACKED_SNAPSHOT ? { packed: new URL(PACKED_SNAPSHOT, import.meta.url).href } : null;
}

/**
 * Read a snapshot: that of an earlier visit, or the packed one where that does not fit.
 *
 * @param {Where} where
 * @param {Promise<ArrayBuffer>} archive
 * @returns {Promise<{ memory: Uint8Array, made: number }>}
 */
async function readSnapshot(where, archive) {
  const packed = packedSnapshot();
  if (!packed || where.packed) return checkedSnapshot(where, archive);
  return checkedSnapshot(where, archive).catch((error) => {
    dropSnapshot(error);
    return checkedSnapshot(packed, archive);
  });
}

/**
 * Read a snapshot in a worker, which leaves the page's thread to Pyodide. `madeOf` is the SHA-256 of the archive of the
 * package that is in it, `digest` that of all of it.
 *
 * @type {typeof readSnapshot}
 */
async function checkedSnapshot(where, archive) {
  const known = where.cached ? inTime(knownSnapshots()) : null;
  known?.catch(() => {}); // shown below
  const { madeOf, digest, memory, made } = await inWorker({ read: where }, inTime);
  if (madeOf !== (await sha256(await archive))) throw new Error("it is of another version of bx24py");
  if (!known) return { memory, made };
  const since = (await known).get(digest);
  if (since === undefined) throw new Error("the portal does not know it as one that this application has made");
  return { memory, made: since };
}

/**
 * The snapshots that this application has made for this user, and when.
 *
 * During the installation the library has no options, and hands none out before Python has done it (contract, section 1).
 */
async function knownSnapshots() {
  const library = await Promise.race([initialised, firstRun?.then((step) => (step ? null : initialised)) ?? initialised]);
  return snapshotsIn(library);
}

/** @param {any} library @returns {Map<string, number>} */
function snapshotsIn(library) {
  const text = String(library?.userOption?.get?.(SNAPSHOT_OPTION) ?? "");
  return new Map(Array.from(text.matchAll(/([0-9a-f]{64}):(\d+)/g), ([, digest, made]) => [digest, Number(made)]));
}

/** @template T @param {Promise<T>} promise @returns {Promise<T>} */
function inTime(promise) {
  let timer = 0;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, SNAPSHOT_TIME, new Error("it took too long"));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * Have the worker of snapshots do something, and give its answer; it is ended in any case.
 *
 * @param {object} order
 * @param {(answer: Promise<any>) => Promise<any>} [limit] how long it may take
 */
function inWorker(order, limit = (answer) => answer) {
  const worker = new Worker(new URL("bx24py-snapshot.js", import.meta.url), { type: "module" });
  const answer = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.failed ? reject(new Error(data.failed)) : resolve(data));
    worker.onerror = (event) => reject(new Error(event.message || "the worker could not be started"));
  });
  worker.postMessage(order);
  return limit(answer).finally(() => worker.terminate());
}

/** @param {unknown} error */
async function dropSnapshot(error) {
  console.debug(`bx24py: the snapshot of an earlier visit does not fit (${error}); this visit makes another`);
  await (await snapshotCache())?.delete(snapshotAddress()).catch(() => {});
}

/** @param {ArrayBuffer} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** In idle time, have a worker make a snapshot for the next visit. @param {string} indexURL @param {ArrayBuffer} archive */
async function keepSnapshot(indexURL, archive) {
  if (script?.dataset.snapshot === "off" || isYoung(snapshotMade)) return;
  const cache = await snapshotCache();
  const address = snapshotAddress();
  if (!cache || !navigator.locks) return;
  await new Promise((resolve) => setTimeout(resolve, QUIET_TIME)); // the application comes first
  await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve, { timeout: 10_000 }));
  await navigator.locks.request(address, async () => {
    const known = snapshotsIn(state.initialised);
    const kept = Number((await cache.match(address))?.headers.get("bx24py-made"));
    if (isYoung(kept) && kept > performance.timeOrigin) return; // another tab was first
    if (!state.initialised?.userOption || wasInVain(address, known.size > 0)) return;
    try {
      const order = { indexURL, archive, packageFile: PACKAGE_FILE, madeOf: await sha256(archive), address };
      const { digest, made } = await inWorker({ make: order });
      const all = [[digest, made], ...known].slice(0, SNAPSHOTS);
      state.initialised.userOption.set(SNAPSHOT_OPTION, all.map((one) => one.join(":")).join(" "));
      noteAttempt(address, "made");
    } catch (error) {
      noteAttempt(address, "failed");
      throw error;
    }
  });
}

/** @param {string} address @param {"made" | "failed"} outcome */
function noteAttempt(address, outcome) {
  try {
    localStorage.setItem(address, `${outcome} ${Date.now()}`);
  } catch {
    // so it is tried again on the next visit
  }
}

/**
 * Whether a snapshot was tried to be kept lately, and could not, or would not be used: the disk is full, or the portal
 * keeps no options.
 *
 * @param {string} address
 * @param {boolean} isStored whether the portal keeps options
 */
function wasInVain(address, isStored) {
  try {
    const [outcome, time] = (localStorage.getItem(address) ?? "").split(" ");
    return isYoung(Number(time)) && (outcome === "failed" || !isStored);
  } catch {
    return false;
  }
}

/** @param {number} made when, in milliseconds since the epoch; what is said to be of the future is not believed */
function isYoung(made) {
  const age = Date.now() - made;
  return age >= 0 && age < SNAPSHOT_AGE;
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

/** Unpack the application where it is a .zip, and give the source of app.py. @param {any} pyodide @param {ArrayBuffer} appFile */
function appCode(pyodide, appFile) {
  if (!/\.zip$/i.test(script?.dataset.app ?? "")) return new TextDecoder().decode(appFile);
  pyodide.unpackArchive(appFile, "zip", { extractDir: APP_FOLDER });
  pyodide.runPython(`import sys; sys.path.insert(0, "${APP_FOLDER}")`);
  try {
    return pyodide.FS.readFile(`${APP_FOLDER}/app.py`, { encoding: "utf8" });
  } catch {
    throw new StartError("A file of the application is missing", `${script?.dataset.app} has no app.py at its root.`);
  }
}

/**
 * Find out, from the moment the library is there, whether the current user opens the application for the first time.
 *
 * @returns {Promise<{ inChain: boolean, finish: () => void } | null>} how to finish the installation; null: none is due
 */
function findFirstRun() {
  return new Promise((resolve, reject) => {
    const register = () => {
      const library = bx24();
      if (!library?.install) {
        resolve(null); // null, which is shown by others, or made by hand
        return;
      }
      const late = Boolean(library.getAuth()); // false until the portal has answered
      library.install(() => resolve({ inChain: true, finish: () => bx24().installFinish() }));
      library.init(() => (late ? askFirstRun().then(resolve, reject) : resolve(null)));
      setTimeout(() => library.getAuth() || reject(noAnswer()), ANSWER_TIME); // what comes after it may take any time
    };
    if (bx24() !== undefined) {
      register();
      return;
    }
    // Its line comes later, and its answer maybe before its `load` event is handled here.
    Object.defineProperty(window, "BX24", {
      configurable: true,
      get: () => undefined,
      set(value) {
        Object.defineProperty(window, "BX24", { value, configurable: true, enumerable: true, writable: true });
        queueMicrotask(register); // when the library's script is over, and no message can have come
      },
    });
  });
}

/** Ask the portal as the library does (contract, section 2). @returns {ReturnType<typeof findFirstRun>} */
function askFirstRun() {
  const [domain, protocol, sid] = window.name.split("|");
  const origin = new URL(`${protocol === "1" ? "https" : "http"}://${domain.replace(/:(80|443)$/, "")}`).origin;
  const id = `bx24py${Math.random().toString(36).slice(2)}`;
  const post = (/** @type {string} */ text) => window.parent.postMessage(`${text}:${sid}`, origin);
  const finish = () => post('setInstall:{"install":true}:');
  return new Promise((resolve, reject) => {
    const listener = (/** @type {MessageEvent} */ event) => {
      if (event.origin !== origin || !String(event.data).startsWith(`${id}:`)) return;
      window.removeEventListener("message", listener);
      resolve(JSON.parse(event.data.slice(id.length + 1)).FIRST_RUN ? { inChain: false, finish } : null);
    };
    window.addEventListener("message", listener);
    setTimeout(() => reject(noAnswer()), ANSWER_TIME);
    post(`getInitData::${id}`);
  });
}

function noAnswer() {
  return new StartError(
    "The portal has not answered",
    "So it is not known whether the application has to be installed first. Reload the page.",
  );
}

/**
 * On the first run, run install.py to the end of its top level. When it fails the installation stays open, and is tried
 * again the next time.
 *
 * @param {{ pyodide: any, code: string }} application
 */
async function runInstall(application) {
  const step = await firstRun;
  if (!step) return application;
  const { pyodide } = application;
  const address = script?.dataset.install ?? "";
  progress(0.9, "Installing the application…");
  const code = new TextDecoder().decode(await download(address));
  const globals = pyodide.toPy({ __name__: "__main__" }); // nothing of it is left over in app.py
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
  await new Promise((resolve) => bx24().init(resolve)); // other handlers may stand behind this one
  return application;
}

/** Run app.py to the end of its top level. @param {{ pyodide: any, code: string }} application */
async function runApp({ pyodide, code }) {
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
  return textOf(error)
    .replace(/^ {2}File "\/lib\/python\d+\.zip\/(?:_pyodide|pyodide)\/.*\n(?: {4}.*\n)*/gm, "")
    .replaceAll(`"${APP_FOLDER}/`, '"')
    .replace(/\[object (\w+)\]/g, "$1") // as Pyodide calls what is no Error
    .trim();
}

/**
 * Tell how far the start is; several things go on at once, and what is behind the others is left out.
 *
 * @param {number} done 0…1
 * @param {string} text
 * @param {number} [soon] up to where the bar moves by itself while the page is busy
 */
function progress(done, text, soon = done) {
  if (done < reached) return;
  reached = done;
  view.progress(soon, text, soon > done);
  window.dispatchEvent(new CustomEvent("bx24py:progress", { detail: { done, text } }));
}

/** The text of whatever was thrown: not everything is an Error. @param {any} error @returns {string} */
function textOf(error) {
  if (error === null || typeof error !== "object") return String(error);
  if (typeof error.message === "string" && error.message) {
    const name = typeof error.name === "string" && error.name !== "Error" ? error.name : "";
    return name && !error.message.startsWith(name) && name !== "PythonError" ? `${name}: ${error.message}` : error.message;
  }
  try {
    const text = JSON.stringify(error);
    if (text && text !== "{}") return text;
  } catch {
    // it contains itself, or a BigInt
  }
  const kind = Object.prototype.toString.call(error).slice(8, -1);
  return `${kind === "Object" ? "an object" : kind} without a message was thrown`;
}

/**
 * Python has died: what waits for it fails, and nothing more is sent for it.
 *
 * @param {unknown} error
 */
function died(error) {
  /** @type {any} */ (window.XMLHttpRequest).bx24pyGiveUp?.();
  death = new StartError(
    "Python has stopped",
    `${textOf(error)}. Nothing of the application runs any more. Reload the page. What was being sent may have been executed.`,
  );
  die(death);
}

/** @param {unknown} error */
function report(error) {
  if (error === reported || reported === death) return; // what fails after its death fails because of it
  reported = error;
  const { title, message: text } = hasTitle(error)
    ? error
    : new StartError("The application could not be started", readable(error));
  console.error(`bx24py: ${title}\n${text}`);
  view.fail(title, text);
  window.dispatchEvent(new CustomEvent("bx24py:error", { detail: { title, text } }));
}

/** Whether an error says itself what the page shows. @param {unknown} error @returns {error is StartError} */
function hasTitle(error) {
  return error instanceof Error && "title" in error;
}

/** What the page shows while it starts, and when it fails; in a shadow root, apart from the application's own style. */
function createView() {
  const host = document.createElement("bx24py-start");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet(); // constructed, because a strict Content-Security-Policy refuses inline styles
  sheet.replaceSync(`
    :host { all: initial; display: block; color-scheme: inherit; } /* what the page draws on, not what the browser prefers */
    * { box-sizing: border-box; margin: 0; }
    section { font: 15px/1.5 "Open Sans", "Helvetica Neue", Helvetica, Arial, sans-serif; color: #333; color: light-dark(#333, #e6e9ee);
      background: #fff; background: light-dark(#fff, #1b1e23); max-width: 40rem; margin: 1.25rem auto; padding: .75rem 1.25rem; }
    h1 { font-size: 1.25rem; font-weight: 500; line-height: 1.3; margin-bottom: .5rem; }
    .text { color: #525c69; color: light-dark(#525c69, #b6bcc6); overflow-wrap: anywhere; }
    pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
      background: #f5f7f8; background: light-dark(#f5f7f8, #23272e); color: inherit; padding: .875rem 1rem; border-radius: 8px; }
    .failed { border-left: 4px solid #f0503c; padding-left: 1rem; }
    .track { height: 4px; border-radius: 2px; background: #dfe3e6; background: light-dark(#dfe3e6, #3a404a); overflow: hidden; margin-bottom: .625rem; }
    .bar { height: 100%; width: 100%; border-radius: 2px; background: #2fc6f6; transform-origin: left; transform: scaleX(0);
      transition: transform .6s cubic-bezier(.2, .7, .3, 1); }
    .bar.slowly { transition-duration: 2s; transition-timing-function: ease-out; }
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
    /** @param {number} done @param {string} what @param {boolean} slowly */
    progress(done, what, slowly) {
      bar.classList.toggle("slowly", slowly);
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
