/**
 * Calls to REST for Python in a worker, such as a kernel of JupyterLite. A worker has no BX24: the application's page
 * makes the calls.
 *
 * In the page, below bx24py-xhr.js:      <script type="module" src="bx24py-worker.js"></script>
 * In the worker, before Python's calls:  await import("…/bx24py-worker.js")
 *
 * Both sides are on one origin, where they find each other by a BroadcastChannel. Other tabs hear it too, so each
 * message names whom it is for. Tokens stay in the page.
 */

/** How long a page may take to answer, in milliseconds. */
const ANSWER_TIME = 5000;

/** Used instead of a status: the library threw; as in bx24py/calls.js. */
const THREW = -2;

const channel = new BroadcastChannel("bx24py");
const own = `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;

if (typeof document === "undefined") await connectToPage();
else serveWorkers();

export {}; // for type checkers: it is a module

/** Make the calls that workers ask for. */
function serveWorkers() {
  /** Their connections to the library. @type {Map<string, any>} */
  const workers = new Map();
  channel.onmessage = ({ data }) => {
    if (data.seeks && document.visibilityState === "visible") channel.postMessage({ to: data.seeks, page: own });
    if (data.to !== own) return;
    const { from, name, values } = data;
    if (name === "init") {
      /** @type {any} */ (window).BX24?.init(() => channel.postMessage({ to: from, name: "init" }));
      return;
    }
    if (!workers.has(from)) workers.set(from, connectToLibrary(from));
    workers.get(from)[name](...values);
  };
}

/** @param {string} worker */
function connectToLibrary(worker) {
  const { BX24: library, XMLHttpRequest: requests } = /** @type {any} */ (window);
  const deliver = (/** @type {number} */ id, /** @type {number} */ status, /** @type {any} */ answer) => {
    let text = answer;
    if (typeof answer === "string") {
      for (const token of connection.tokens().split("\n").filter(Boolean)) text = text.replaceAll(token, "***");
    }
    try {
      channel.postMessage({ to: worker, name: "deliver", values: [id, status, text] });
    } catch (error) {
      // the library called back with an object of its own
      channel.postMessage({ to: worker, name: "deliver", values: [id, THREW, String(error)] });
    }
  };
  const sent = (/** @type {number[]} */ ...values) => channel.postMessage({ to: worker, name: "sent", values });
  const connection = requests.bx24pyConnect(library, deliver, sent);
  return connection;
}

/** Set up what the package finds in a page: BX24, and the connection of bx24py-xhr.js. */
async function connectToPage() {
  const page = await findPage();
  const tell = (/** @type {string} */ name, /** @type {any[]} */ ...values) =>
    channel.postMessage({ to: page, from: own, name, values });
  /** @type {(() => void)[]} */
  let atStart = [];
  /** When calls were passed on, by number. @type {Map<number, number>} */
  const passedOn = new Map();
  let last = 0;
  /** @type {any} */
  let python = {};

  channel.onmessage = ({ data }) => {
    if (data.to !== own) return;
    if (data.name === "init") {
      for (const ready of atStart) ready();
      atStart = [];
    } else if (data.name === "sent") {
      python.sent(...data.values);
    } else if (data.name === "deliver" && passedOn.delete(data.values[0])) {
      python.deliver(...data.values);
    }
  };
  const call =
    (/** @type {string} */ name) =>
    (/** @type {number} */ id, /** @type {any[]} */ ...values) => {
      last = performance.now();
      passedOn.set(id, last);
      tell(name, id, ...values);
    };

  Object.assign(globalThis, {
    BX24: {
      init: (/** @type {() => void} */ ready) => {
        atStart.push(ready);
        tell("init");
      },
      getAuth: () => false,
    },
  });
  Object.assign(XMLHttpRequest, {
    bx24pyConnect: (/** @type {any} */ _, /** @type {any} */ deliver, /** @type {any} */ sent) => {
      python = { deliver, sent };
      return {
        callMethod: call("callMethod"),
        callBatch: call("callBatch"),
        attach: (/** @type {any[]} */ ...values) => tell("attach", ...values),
        watch: (/** @type {number} */ id) => tell("watch", id),
        abort: (/** @type {number} */ id) => passedOn.delete(id) && tell("abort", id),
        sinceLeft: (/** @type {number} */ id) => performance.now() - (passedOn.get(id) ?? last),
        sinceAnySent: () => performance.now() - last,
        tokens: () => "",
        joinRenewal: () => false,
        useToken: () => {},
      };
    },
  });
}

/** Find the application's page: the one that the user sees. @returns {Promise<string>} */
function findPage() {
  return new Promise((resolve, reject) => {
    const missing = new Error("No page of the application answers: it needs the script bx24py-worker.js");
    setTimeout(reject, ANSWER_TIME, missing);
    channel.onmessage = ({ data }) => {
      if (data.to === own && data.page) resolve(data.page);
    };
    channel.postMessage({ seeks: own });
  });
}
