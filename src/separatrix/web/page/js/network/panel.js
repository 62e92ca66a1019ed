/** The network's card: the diagram, one unit's sum, and the curves beside them. */

import { checkbox } from "../controls/parts.js";
import { make, write } from "../dom.js";
import { curves } from "../curves.js";
import { MOST_LAYERS } from "../state.js";
import { Diagram } from "./diagram.js";
import { UnitSum } from "./sum.js";

/** @param {import("../app.js").PlaygroundApp} app */
export function networkPanel(app) {
  const sum = new UnitSum(app, (unit) => choose(unit));
  const diagram = new Diagram(app, choose);
  const numbers = checkbox("show_weights", (on) => app.show({ weights: on }));
  const layers = layerCount(app);
  for (const happening of /** @type {const} */ (["state", "language"]))
    app.on(happening, () => numbers.set(app.state.weights));
  numbers.set(app.state.weights);
  return make(
    "div.network-body",
    {},
    make("div.stack", {}, make("div.panel-head", {}, layers, numbers.element), diagram.scroller, sum.element),
    curves(app),
  );

  /** @param {string} unit @param {number} [weight] */
  function choose(unit, weight) {
    diagram.choose(unit);
    sum.choose(unit, weight);
  }
}

/** One hidden layer more or fewer. @param {import("../app.js").PlaygroundApp} app */
function layerCount(app) {
  const count = make("b.number");
  const resize = (/** @type {number} */ by) => {
    const { hidden } = app.state.setting;
    app.change({ hidden: by > 0 ? [...hidden, hidden[hidden.length - 1] ?? 4] : hidden.slice(0, -1) });
  };
  const fewer = make(
    "button",
    { type: "button", label: "fewer_layers", tip: "fewer_layers?", onclick: () => resize(-1) },
    "−",
  );
  const more = make(
    "button",
    { type: "button", label: "more_layers", tip: "more_layers?", onclick: () => resize(1) },
    "+",
  );
  const refresh = () => {
    const { hidden } = app.state.setting;
    const locked = app.state.lock.includes("hidden");
    write(count, String(hidden.length));
    fewer.disabled = locked || hidden.length === 0;
    more.disabled = locked || hidden.length === MOST_LAYERS;
  };
  app.on("state", refresh);
  refresh();
  return make(
    "div.row",
    { "data-control": "hidden" },
    make("span", { word: "layers", tip: "layers?" }),
    fewer,
    count,
    more,
  );
}
