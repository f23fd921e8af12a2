// The BX24 library behind the functions that the tests call: plain promises around its callbacks.

/** The answer to a function of BX24 whose last argument is a callback. */
const ask = (fn, ...args) => new Promise((resolve) => fn(...args, resolve));

/** @param {any} result an ajaxResult */
function plain(result) {
  const error = result.error();
  return error ? { error: { code: error.getError().error, status: error.getStatus() } } : { data: result.data() };
}

const call = (method, params = {}) => ask(BX24.callMethod, method, params);
const batch = (calls, halt) => new Promise((resolve) => BX24.callBatch(calls, resolve, halt));

const client = {
  start: () => new Promise((resolve) => BX24.init(() => resolve(true))),
  about: () => ({
    origin: `http://${BX24.getDomain()}`,
    lang: BX24.getLang(),
    admin: BX24.isAdmin(),
    ...BX24.placement.info(),
  }),
  installFinish: () => BX24.installFinish(),

  auth: () => {
    const auth = BX24.getAuth();
    return (
      auth && {
        access: auth.access_token,
        refresh: auth.refresh_token,
        member: auth.member_id,
        expires: auth.expires_in / 1000,
      }
    );
  },
  refreshAuth: async () => (await ask(BX24.refreshAuth)).access_token,

  call: async (method, params) => {
    const result = await call(method, params);
    return { ...plain(result), total: result.total() || 0, more: result.more() };
  },
  pages: async (method, params) =>
    allRows(
      await call(method, params),
      (page) => page.data(),
      (page) => page.more() && new Promise((resolve) => page.next(resolve)),
    ),
  batch: async (calls, halt) => {
    const answers = await batch(calls, halt);
    return Array.isArray(answers)
      ? answers.map(plain)
      : Object.fromEntries(Object.entries(answers).map(([key, one]) => [key, plain(one)]));
  },
  inChunks: async (calls) => {
    const data = [];
    for (let at = 0; at < calls.length; at += 50)
      data.push(...(await batch(calls.slice(at, at + 50), true)).map((result) => result.data()));
    return data;
  },

  userOption: { get: (name) => BX24.userOption.get(name), set: (name, value) => BX24.userOption.set(name, value) },
  appOption: { get: (name) => BX24.appOption.get(name), set: (name, value) => ask(BX24.appOption.set, name, value) },

  interface: () => ask(BX24.placement.getInterface),
  command: (name, params) => ask(BX24.placement.call, name, params),
  bind: (event) => BX24.placement.bindEvent(event, (data) => heard.push(data)),

  openApplication: (params, settings) => new Promise((resolve) => BX24.openApplication(params, resolve, settings)),
  closeApplication: () => ask(BX24.closeApplication),
  openPath: (path) => ask(BX24.openPath, path),

  selectUser: () => ask(BX24.selectUser),
  selectUsers: () => ask(BX24.selectUsers),
  selectAccess: (blocked) => ask(BX24.selectAccess, blocked),
  selectCRM: (params) => ask(BX24.selectCRM, params),

  setTitle: (title) => ask(BX24.setTitle, title),
  resizeWindow: (width, height) => ask(BX24.resizeWindow, width, height),
  fitWindow: () => ask(BX24.fitWindow),
  scrollParentWindow: (scroll) => ask(BX24.scrollParentWindow, scroll),
  scrollSize: () => BX24.getScrollSize(),
  reloadWindow: () => ask(BX24.reloadWindow),
  im: BX24?.im,
};
