/** The switches of the developer tools: they change the state of the portal, and trigger events. */

import { byId, element } from "./dom.js";

/** Settings that the application sees only when it is opened. */
const SEEN_AT_START = new Set([
  "admin",
  "lang",
  "placement",
  "placement_options",
  "first_run",
  "install",
  "opens_with_post",
]);

export class Switches {
  /** @type {Record<string, any>} */
  #settings = {};
  #api;

  /**
   * @param {import('./api.js').Api} api
   * @param {() => void} reload reopens the application
   */
  constructor(api, reload) {
    this.#api = api;
    this.reload = reload;
    for (const input of document.querySelectorAll("[data-setting]")) {
      input.addEventListener("change", () => this.#changed(/** @type {HTMLInputElement} */ (input)));
    }
    byId("open-in").addEventListener("change", () => this.#openIn());
    byId("placement-apply").addEventListener("click", () => this.#applyPlacement());
    byId("placement").addEventListener("change", () => {
      byId("placement-options").value = JSON.stringify(
        this.#settings.placements[byId("placement").value] ?? {},
        null,
        2,
      );
    });
    byId("event-fire").addEventListener("click", () => this.#fire());
    byId("expire").addEventListener("click", () =>
      this.#do({ name: "expire" }, "All access tokens issued so far have expired."),
    );
    byId("reload").addEventListener("click", () => this.#reload());
    byId("reinstall").addEventListener("click", async () => {
      if (await this.#do({ name: "reinstall" }, "")) this.#reload();
    });
  }

  /** Show the current settings. @param {Record<string, any>} settings */
  show(settings) {
    const before = this.#settings;
    this.#settings = settings;
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-setting]"))) {
      const name = input.dataset.setting ?? "";
      const value = settings[name];
      // Leave unchanged settings alone: the user may just have changed one that the server does not know yet.
      if (value === before[name]) continue;
      if (input.type === "checkbox") input.checked = input.dataset.inverted === "true" ? !value : value;
      else {
        if (
          input instanceof HTMLSelectElement &&
          ![...input.options].some((option) => option.value === String(value))
        ) {
          input.append(element("option", { value: String(value), textContent: String(value) }));
        }
        input.value = String(value);
      }
    }
    byId("placements").replaceChildren(
      ...Object.keys(settings.placements).map((code) => element("option", { value: code })),
    );
    if (before.placement !== settings.placement) byId("placement").value = settings.placement;
    if (JSON.stringify(before.placement_options) !== JSON.stringify(settings.placement_options)) {
      byId("placement-options").value = JSON.stringify(settings.placement_options, null, 2);
    }
    byId("place").textContent = settings.placement;
    if (
      ["places", "placement", "handler"].some((name) => JSON.stringify(before[name]) !== JSON.stringify(settings[name]))
    )
      this.#showPlaces();
    if (JSON.stringify(before.events) !== JSON.stringify(settings.events)) {
      byId("event").replaceChildren(
        ...settings.events.map((/** @type {string} */ name) => element("option", { value: name, textContent: name })),
      );
      byId("event-fields").disabled = settings.events.length === 0;
      byId("event-none").hidden = settings.events.length > 0;
    }
  }

  /** Offer the places that the application has bound. */
  #showPlaces() {
    const { places, placement, handler } = this.#settings;
    const choice = byId("open-in");
    const first = { placement: "DEFAULT", handler: "", options: {}, title: "" };
    const all = [first, ...places];
    choice.replaceChildren(
      ...all.map((one) => element("option", { textContent: one === first ? "Application" : placeName(one) })),
    );
    choice.hidden = places.length === 0;
    const same = all.filter((one) => one.placement === placement);
    choice.selectedIndex = all.indexOf(same.find((one) => one.handler === handler) ?? same[0]);
  }

  #openIn() {
    const at = byId("open-in").selectedIndex;
    const place = at === 0 ? { placement: "DEFAULT", handler: "", options: {} } : this.#settings.places[at - 1];
    this.#set({ placement: place.placement, placement_options: place.options, handler: place.handler }).then((done) => {
      if (done) this.#reload();
    });
  }

  #reload() {
    byId("reload").classList.remove("due");
    this.#say("", false);
    this.reload();
  }

  /** @param {HTMLInputElement} input */
  #changed(input) {
    const name = input.dataset.setting ?? "";
    let value = input.type === "checkbox" ? input.checked : input.value;
    if (input.dataset.inverted === "true") value = !value;
    this.#set({ [name]: name === "latency" ? Number(value) : value });
  }

  #applyPlacement() {
    const options = this.#json("placement-options");
    if (options === undefined) return;
    if (options === null || typeof options !== "object" || Array.isArray(options)) {
      this.#say('The options of a placement must be a JSON object, such as {"ID": "5"}', true);
      return;
    }
    this.#set({ placement: byId("placement").value.trim(), placement_options: options, handler: "" }).then((done) => {
      if (done) this.#reload();
    });
  }

  #fire() {
    const data = this.#json("event-data");
    if (data !== undefined)
      this.#do(
        { name: "emit", event: byId("event").value, data },
        (heard) => `The event reached ${heard} subscription${heard === 1 ? "" : "s"}.`,
      );
  }

  /** @param {string} id @returns {any} undefined if it is not JSON, after a message to the user */
  #json(id) {
    try {
      const value = JSON.parse(byId(id).value.trim() || "{}");
      byId(id).removeAttribute("aria-invalid");
      return value;
    } catch (error) {
      byId(id).setAttribute("aria-invalid", "true");
      this.#say(`This is not JSON: ${/** @type {Error} */ (error).message}`, true);
      return undefined;
    }
  }

  /** @param {Record<string, any>} change @returns {Promise<boolean>} */
  async #set(change) {
    try {
      await this.#api.post("settings", change);
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message, true);
      const settings = this.#settings;
      this.#settings = {};
      this.show(settings);
      return false;
    }
    const atStart = Object.keys(change).some((name) => SEEN_AT_START.has(name));
    if (atStart) byId("reload").classList.add("due");
    this.#say(atStart ? "Reload the application to apply the change." : "", false);
    return true;
  }

  /** @param {object} request @param {string | ((answer: any) => string)} said @returns {Promise<boolean>} */
  async #do(request, said) {
    try {
      const answer = await this.#api.post("do", request);
      this.#say(typeof said === "string" ? said : said(answer), false);
      return true;
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message, true);
      return false;
    }
  }

  /** @param {string} text @param {boolean} wrong */
  #say(text, wrong) {
    byId("said").textContent = text;
    byId("said").classList.toggle("wrong", wrong);
  }
}

/** @param {{title: string, placement: string}} place */
function placeName({ title, placement }) {
  return title ? `${title} (${placement})` : placement;
}
