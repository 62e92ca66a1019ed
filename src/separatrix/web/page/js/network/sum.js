/** One unit's sum in numbers: its weights and its bias, shown and to be changed. */

import { calmly } from "../calm.js";
import { make } from "../dom.js";
import { layout, widthsOf } from "../engine/network.js";
import { choice, newId } from "../controls/parts.js";
import { featureName, nameOf } from "../controls/names.js";
import { hidden } from "../controls/withhold.js";
import { say } from "../words.js";

/** @typedef {import("../app.js").PlaygroundApp} App */
const LARGEST = 1e6;

export class UnitSum {
  /** @type {HTMLInputElement[]} */ #inputs = [];
  #shape = "";
  unit = "";

  /** @param {App} app @param {(unit: string) => void} onChoose */
  constructor(app, onChoose) {
    this.app = app;
    this.list = choice("unit", [], onChoose);
    this.list.element.classList.add("unit-choice");
    this.terms = make("div.sum");
    this.element = make("div.unit-sum", {}, this.list.element, this.terms);
    for (const happening of /** @type {const} */ (["language", "state"])) app.on(happening, () => this.refresh());
    app.on(
      "moment",
      calmly(app, () => this.#fill()),
    );
    this.refresh();
  }

  /** @returns {string[]} */
  get names() {
    return widthsOf(this.app.state.setting)
      .slice(1)
      .flatMap((width, k) => Array.from({ length: width }, (_, j) => `fc${k + 1}[${j}]`));
  }

  /** @param {string} unit @param {number} [weight] index of the parameter whose field takes the focus */
  choose(unit, weight) {
    this.unit = unit;
    this.refresh();
    if (weight !== undefined) this.#inputs.find((input) => Number(input.dataset.index) === weight)?.select();
  }

  refresh() {
    const { state } = this.app;
    const names = this.names;
    if (!names.includes(this.unit)) this.unit = "";
    const locked = state.lock.includes("weights");
    this.element.hidden = hidden(state).has("weights");
    const shape = JSON.stringify([
      names,
      this.unit,
      state.setting.features,
      state.setting.activations,
      state.labels,
      state.language,
      locked,
    ]);
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.list.offer([{ value: "", text: "–" }, ...names.map((value) => ({ value, text: value }))]);
      this.#build(locked);
    }
    this.list.select.value = this.unit;
    this.#fill();
  }

  #fill() {
    const { moment } = this.app;
    if (!moment) return;
    for (const input of this.#inputs) {
      if (document.activeElement !== input)
        input.value = String(Number((moment.parameters[Number(input.dataset.index)] ?? 0).toFixed(4)));
    }
  }

  /** @param {boolean} locked */
  #build(locked) {
    this.#inputs = [];
    const match = /^fc(\d+)\[(\d+)\]$/.exec(this.unit);
    if (!match) {
      this.terms.replaceChildren(make("span.note", { word: "unit_sum" }));
      return;
    }
    const { setting, labels } = this.app.state;
    const [layer, unit] = [Number(match[1]) - 1, Number(match[2])];
    const { fan_in, weight, bias, fan_out } = layout(widthsOf(setting))[layer];
    const sources =
      layer === 0
        ? setting.features.map((name) => featureName(name, labels))
        : Array.from({ length: fan_in }, (_, j) => `fc${layer}[${j}]`);
    const isLast = layer === setting.hidden.length;
    const outer = isLast ? (fan_out === 1 ? "sigmoid" : "softmax") : nameOf(setting.activations[layer]);
    const fields = sources.map((name, j) =>
      this.#field(weight + unit * fan_in + j, say("weight", { from: name, to: this.unit }), `· ${name} +`, locked),
    );
    const last = this.#field(bias + unit, say("bias", { of: this.unit }), ")", locked);
    this.terms.replaceChildren(make("span.number", {}, `${this.unit} = ${outer}(`), ...fields, last);
  }

  /** @param {number} index of the parameter @param {string} name @param {string} after @param {boolean} locked */
  #field(index, name, after, locked) {
    const id = newId();
    const input = make("input", {
      type: "number",
      id,
      step: 0.1,
      "aria-label": name,
      "data-index": index,
      disabled: locked,
      tip: "weights?",
    });
    input.addEventListener("input", () => this.#edit(index, input, false));
    input.addEventListener("change", () => this.#edit(index, input, true));
    this.#inputs.push(input);
    return make("span.term", {}, input, ` ${after} `);
  }

  /** The moment on the screen with another number, from which the training goes on. @param {number} index @param {HTMLInputElement} input @param {boolean} final */
  #edit(index, input, final) {
    const { moment, state } = this.app;
    const value = Number(input.value);
    if (!moment || input.value === "" || !Number.isFinite(value) || Math.abs(value) > LARGEST) return;
    const start = Array.from(moment.parameters);
    if (start[index] === Math.fround(value) && state.at === 0 && !final) return;
    start[index] = Math.fround(value);
    const begun = state.at === 0 && state.setting.start ? state.setting.begun : state.setting.begun + moment.epoch;
    this.app.change({ start, begun }, { final, rest: { at: 0 } });
  }
}
