/** The portal page: opens the application, carries out its messages, and shows the developer tools. */

import { Api, loadConfig } from "./api.js";
import { AppFrame } from "./appframe.js";
import { DevTools } from "./devtools.js";
import { Dialogs } from "./dialogs.js";
import { byId, element } from "./dom.js";
import { openRecord, Slider } from "./slider.js";
import { Wire } from "./wire.js";

/** @typedef {import('./wire.js').Message} Message */
/** @typedef {import('./wire.js').Reply} Reply */

const NOTICE_MS = 6000;

const config = await loadConfig();
const api = new Api(config.api);
const wire = new Wire(api, config.sid, act);
const dialogs = new Dialogs(api);
const devtools = new DevTools(api, openMain);
/** The open sliders, with the frame that opened each and the frame in it. @type {{slider: Slider, opener: AppFrame, frame?: AppFrame}[]} */
const sliders = [];
/** @type {AppFrame | undefined} */
let main;

/** Open or reopen the application. */
function openMain() {
  if (main) closeFrame(main);
  byId("stage").scrollTop = 0;
  // Each document gets a new id, so that messages of the previous one are not taken for its own.
  main = new AppFrame(byId("stage"), config, `main-${crypto.getRandomValues(new Uint32Array(2)).join("")}`);
  start(main);
}

/** Load the application into its frame. @param {AppFrame} frame */
async function start(frame) {
  wire.add(frame);
  const { page, fields, title } = await api.post("form", { frame: frame.id });
  if (frame === main) setTitle(title);
  frame.load(page, fields);
}

/** Show the title of the application. @param {string} title */
function setTitle(title) {
  byId("title").textContent = title;
  document.title = title;
}

/** Close a frame and everything that it has opened. @param {AppFrame} frame */
function closeFrame(frame) {
  for (const one of sliders.filter((open) => open.opener === frame)) one.slider.close();
  dialogs.closeOf(frame);
  wire.remove(frame);
  frame.close();
}

/** Answer a message once the dialog or slider that it opened is closed. @param {AppFrame} frame @param {Message} message @param {Reply} reply @param {any} [answer] */
async function complete(frame, message, reply, answer) {
  await api.post("complete", answer === undefined ? { id: reply.id } : { id: reply.id, answer });
  frame.post(message.callback, answer === undefined ? "" : JSON.stringify(answer));
}

/** @type {Record<string, (frame: AppFrame, args: Record<string, any>, message: Message, reply: Reply) => void>} */
const actions = {
  resizeWindow: (frame, { width, height }) => frame.resize(width, height),
  setTitle: (frame, { title }) => {
    const slider = sliders.find((one) => one.frame === frame)?.slider;
    if (slider) slider.setTitle(String(title));
    else setTitle(String(title));
  },
  setScroll: (frame, { scroll }) => {
    // A frame in a slider must not scroll the page behind it.
    if (frame === main) byId("stage").scrollTop = Number.parseInt(scroll, 10) || 0;
  },
  reloadWindow: () => location.reload(),
  installFinish: () => {
    location.search = "install_finished=Y";
  },
  alert: (_frame, { text }) => notice(text, true),
  selectUser: (frame, args, message, reply) =>
    dialogs.selectUser(frame, args, (answer) => complete(frame, message, reply, answer)),
  selectAccess: (frame, args, message, reply) =>
    dialogs.selectAccess(frame, args, (answer) => complete(frame, message, reply, answer)),
  selectCRM: (frame, args, message, reply) =>
    dialogs.selectCRM(frame, args, (answer) => complete(frame, message, reply, answer)),
  openApplication: (opener, { frame: id, settings }, message, reply) => {
    const slider = new Slider(settings, () => {
      sliders.splice(sliders.indexOf(open), 1);
      closeFrame(frame);
      complete(opener, message, reply);
    });
    const frame = new AppFrame(slider.body, config, id);
    const open = { slider, opener, frame };
    sliders.push(open);
    start(frame);
  },
  closeApplication: (frame, _args, message, reply) => {
    // Close the slider that the frame is in, or else the last one that it opened.
    const open =
      sliders.findLast((one) => one.frame === frame) ?? sliders.findLast((one) => one.opener === frame && one.frame);
    open?.slider.close();
    // A frame that has closed itself cannot be answered.
    if (open && open.frame !== frame) complete(frame, message, reply);
  },
  openPath: async (opener, { path }, message, reply) => {
    const slider = openRecord(await api.post("record", { path }), () => {
      sliders.splice(sliders.indexOf(open), 1);
      complete(opener, message, reply, { result: "close" });
    });
    const open = { slider, opener };
    sliders.push(open);
  },
  messenger: (_frame, { command, ...args }) => {
    const said = {
      imCallTo: `${args.video ? "Video call" : "Call"} to user ${args.userId}`,
      imPhoneTo: `Phone call to ${args.phone}`,
      imOpenMessenger: args.dialogId ? `Messenger: chat ${args.dialogId}` : "Messenger",
      imOpenHistory: `History of chat ${args.dialogId}`,
    };
    notice(said[/** @type {keyof typeof said} */ (command)], false);
  },
  placementCommand: (_frame, { command }) => notice(`The application called ${command}`, false),
};

/** @param {AppFrame} frame @param {Message} message @param {Reply} reply */
function act(frame, message, reply) {
  if (reply.do !== null) actions[reply.do](frame, reply.args, message, reply);
  const { text, delay } = reply;
  if (text === undefined) return;
  if (delay) setTimeout(() => frame.post(message.callback, text), delay * 1000);
  else frame.post(message.callback, text);
}

/** Show a message for a while, without taking the focus. @param {string} text @param {boolean} urgent */
function notice(text, urgent) {
  const shown = element("p", { class: "notice", role: urgent ? "alert" : "status", textContent: text });
  const notices = byId("notices");
  notices.append(shown);
  while (notices.childElementCount > 3) notices.firstElementChild?.remove();
  setTimeout(() => shown.remove(), NOTICE_MS);
}

api.listen({
  open: () => {
    byId("lost").hidden = true;
  },
  lost: () => {
    byId("lost").hidden = false;
  },
  log: (entries) => devtools.log.add(entries),
  settings: (settings) => {
    config.lang = settings.lang;
    devtools.switches.show(settings);
  },
  push: (push) => {
    if (push.event === "reload") openMain();
    else wire.find(push.frame)?.post(push.callback, push.text);
  },
});
window.addEventListener("pagehide", () => {
  if (main) api.tell("forget", { frame: main.id });
  for (const { frame } of sliders) if (frame) api.tell("forget", { frame: frame.id });
});
openMain();
document.body.inert = false;
