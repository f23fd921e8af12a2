// @bitrix24/b24jssdk behind the functions that the tests call.

/** Its own limiter would keep the tests of long lists waiting; one test sets it to what it is by default. */
const UNLIMITED = {
  ...B24Js.ParamsFactory.getDefault(),
  rateLimit: { burstLimit: 10_000, drainRate: 1_000, adaptiveEnabled: false },
  retryDelay: 100,
};

/** @type {any} */
let b24;

/** @param {any} error an AjaxError or SdkError */
const refusal = (error) => ({ error: { code: error.code, status: error.status } });

/** @param {any} result an AjaxResult */
function plain(result) {
  if (!result.isSuccess) return refusal([...result.errors.values()][0]);
  return { data: result.getData().result };
}

/** @param {() => Promise<any>} action */
async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    return refusal(error);
  }
}

/**
 * Ask again what b24jssdk has given up: it waits 900 ms, and a busy machine may take longer.
 *
 * @param {() => Promise<any>} ask what may be asked twice
 */
async function answered(ask) {
  for (;;) {
    const answer = await ask();
    if (!answer?.isSafely) return answer;
  }
}

const call = (method, params = {}) => b24.actions.v2.call.make({ method, params });

const options = (method, params, limit) => ({ method, params, limit, idKey: "id", customKeyForResult: "items" });

async function rowsOf(action, method, params, limit) {
  const result = await action.make(options(method, params, limit));
  return result.isSuccess ? { data: result.getData() } : refusal([...result.errors.values()][0]);
}

async function chunksOf(action, method, params, limit) {
  const chunks = [];
  for await (const chunk of action.make(options(method, params, limit))) chunks.push(chunk);
  return chunks;
}

async function batchV3(from, calls) {
  const result = await from.actions.v3.batch.make({ calls, options: { returnAjaxResult: true } });
  if (!result.isSuccess) return refusal([...result.errors.values()][0]);
  const answers = result.getData();
  return Array.isArray(answers)
    ? answers.map(plain)
    : Object.fromEntries(Object.entries(answers).map(([key, one]) => [key, plain(one)]));
}

/** b24jssdk with an incoming webhook, which asks for https: the local portal has none. @param {string} secret */
function hook(secret) {
  const made = new B24Js.B24Hook({ b24Url: b24.getTargetOrigin(), userId: 1, secret });
  made.getHttpClient(B24Js.ApiVersion.v3).ajaxClient.interceptors.request.use((config) => {
    config.url = config.url.replace("https:", "http:");
    return config;
  });
  return made;
}

const client = {
  start: async () => {
    b24 = await B24Js.initializeB24Frame({ restrictionParams: UNLIMITED });
    return true;
  },
  about: () => ({
    origin: b24.getTargetOrigin(),
    lang: b24.getLang(),
    admin: b24.auth.isAdmin,
    placement: b24.placement.placement,
    options: b24.placement.options,
  }),
  installFinish: () => b24.installFinish(),

  auth: () => {
    const auth = b24.auth.getAuthData();
    return (
      auth && { access: auth.access_token, refresh: auth.refresh_token, member: auth.member_id, expires: auth.expires }
    );
  },
  refreshAuth: async () => (await b24.auth.refreshAuth()).access_token,

  call: (method, params) =>
    attempt(async () => {
      const result = await call(method, params);
      return { ...plain(result), total: result.getTotal(), more: result.isMore() };
    }),
  pages: async (method, params) =>
    allRows(
      await call(method, params),
      (page) => page.getData().result,
      (page) => page.fetchNext(b24.getHttpClient(B24Js.ApiVersion.v2)),
    ),
  batch: (calls, isHaltOnError) =>
    attempt(async () => {
      const result = await b24.actions.v2.batch.make({ calls, options: { isHaltOnError, returnAjaxResult: true } });
      const answers = result.getData();
      return Array.isArray(answers)
        ? answers.map(plain)
        : Object.fromEntries(Object.entries(answers).map(([key, one]) => [key, plain(one)]));
    }),
  inChunks: async (calls) =>
    (await b24.actions.v2.batchByChunk.make({ calls, options: { isHaltOnError: true } })).getData(),

  v3: {
    call: (method, params) => attempt(async () => plain(await b24.actions.v3.call.make({ method, params }))),
    /** What a refused call says about its parameters. */
    validation: async (method, params) => {
      const result = await b24.actions.v3.call.make({ method, params });
      return [...result.errors.values()][0].validation;
    },
    list: (method, params, limit) => attempt(async () => rowsOf(b24.actions.v3.callList, method, params, limit)),
    tail: (method, params, limit) => attempt(async () => rowsOf(b24.actions.v3.callTail, method, params, limit)),
    pages: async (method, params, limit) => chunksOf(b24.actions.v3.fetchList, method, params, limit),
    tailPages: async (method, params, limit) => chunksOf(b24.actions.v3.fetchTail, method, params, limit),
    batch: (calls) => attempt(() => batchV3(b24, calls)),
    /** A batch by an incoming webhook. */
    hookBatch: (secret, calls) => attempt(() => batchV3(hook(secret), calls)),
    hookChunks: async (secret, calls) =>
      (await hook(secret).actions.v3.batchByChunk.make({ calls, options: { isHaltOnError: true } })).getData(),
  },

  userOption: { get: (name) => b24.options.userGet(name), set: (name, value) => b24.options.userSet(name, value) },
  appOption: { get: (name) => b24.options.appGet(name), set: (name, value) => b24.options.appSet(name, value) },

  interface: () => answered(() => b24.placement.getInterface()),
  command: (name, params) => answered(() => b24.placement.call(name, params)),
  // The first event within 900 ms would end the promise instead of reaching the handler.
  bind: async (event) => void (await b24.placement.bindEvent(event, (data) => heard.push(data))),

  openApplication: (params, settings) =>
    b24.slider.openSliderAppPage({
      ...params,
      ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`bx24_${name}`, value])),
    }),
  closeApplication: () => b24.slider.closeSliderAppPage(),
  openPath: (path) => b24.slider.openPath(b24.slider.getUrl(path)),

  selectUser: () => b24.dialog.selectUser(),
  selectUsers: () => b24.dialog.selectUsers(),
  selectAccess: (blocked) => b24.dialog.selectAccess(blocked),
  selectCRM: (params) => b24.dialog.selectCRM(params),

  setTitle: (title) => answered(() => b24.parent.setTitle(title)),
  resizeWindow: (width, height) => answered(() => b24.parent.resizeWindow(width, height)),
  fitWindow: () => answered(() => b24.parent.fitWindow()),
  scrollParentWindow: (scroll) => answered(() => b24.parent.scrollParentWindow(scroll)),
  scrollSize: () => b24.parent.getScrollSize(),
  reloadWindow: () => b24.parent.reloadWindow(),
  im: {
    callTo: (userId, video) => b24.parent.imCallTo(userId, video),
    phoneTo: (phone) => b24.parent.imPhoneTo(phone),
    openMessenger: (dialogId) => b24.parent.imOpenMessenger(dialogId),
    openHistory: (dialogId) => b24.parent.imOpenHistory(dialogId),
  },
};
