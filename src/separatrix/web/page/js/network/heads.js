/** Above the network's columns: how many units a layer has, and their activation. */

import formulas from "../data/formulas.js";
import { make } from "../dom.js";
import { optionsOf } from "../controls/names.js";
import { hidden } from "../controls/withhold.js";
import { MOST_UNITS } from "../state.js";
import { say } from "../words.js";

/** @typedef {import("../app.js").PlaygroundApp} App */

/** @param {App} app @param {import("./geometry.js").Geometry} geometry @returns {HTMLElement[]} */
export function heads(app, { columns, columnWidth }) {
  const { setting } = app.state;
  return columns.map(({ x }, column) => {
    const head =
      column === 0
        ? plain("features_title")
        : column > setting.hidden.length
          ? plain("output")
          : ofLayer(app, column - 1);
    Object.assign(head.style, { left: `${x}px`, width: `${Math.min(columnWidth - 2, 96)}px` });
    return head;
  });
}

/** @param {string} word */
function plain(word) {
  return make("div.column-head", {}, make("span", { word }));
}

/** @param {App} app @param {number} layer from 0 */
function ofLayer(app, layer) {
  const { setting, lock } = app.state;
  const away = hidden(app.state);
  const units = setting.hidden[layer];
  const resize = (/** @type {number} */ by) =>
    app.change({ hidden: setting.hidden.map((count, k) => (k === layer ? count + by : count)) });
  const button = (/** @type {string} */ name, /** @type {string} */ sign, /** @type {number} */ by) => {
    const made = make(
      "button",
      { type: "button", label: name, values: { layer: layer + 1 }, tip: `${name}?`, onclick: () => resize(by) },
      sign,
    );
    made.disabled = lock.includes("hidden") || units + by < 1 || units + by > MOST_UNITS;
    made.dataset.unit = `${name}${layer}`; // so that the focus stays where it was
    return made;
  };
  const count = make(
    "b",
    { "aria-label": say("units_count", { count: units, layer: layer + 1 }), role: "img" },
    String(units),
  );
  const both = away.has("hidden")
    ? make("div.count", {}, count)
    : make("div.count", {}, button("fewer_units", "−", -1), count, button("more_units", "+", 1));
  return make("div.column-head", {}, both, away.has("activations") ? null : activation(app, layer));
}

/** @param {App} app @param {number} layer */
function activation(app, layer) {
  const { setting, lock } = app.state;
  const select = make("select", {
    label: "activation",
    values: { layer: layer + 1 },
    tip: "activation?",
    disabled: lock.includes("activations"),
    "data-unit": `activation${layer}`,
  });
  select.append(
    ...optionsOf(formulas.activations).map(({ value, text, word }) =>
      make("option", word ? { value, word } : { value }, text),
    ),
  );
  select.value = setting.activations[layer];
  select.addEventListener("change", () =>
    app.change({ activations: setting.activations.map((name, k) => (k === layer ? select.value : name)) }),
  );
  return select;
}
