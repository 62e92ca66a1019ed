/** One step of training in numbers, live: forward, loss, backward and the correction of every weight, for one point or all. */

import { calmly } from "./calm.js";
import { choice, newId } from "./controls/parts.js";
import { featureName, nameOf } from "./controls/names.js";
import { make, write } from "./dom.js";
import { oneStep } from "./engine/one_step.js";
import { signed } from "./network/painting.js";
import { say, significant } from "./words.js";

/** @typedef {import("./app.js").PlaygroundApp} App */
const MOST_ROWS = 32; // points of a step over several: as many as the engine takes in one go

/** @param {App} app */
export function stepPanel(app) {
  const id = newId();
  const number = make("input.number", { type: "number", id, min: 0, step: 1, tip: "step_point?" });
  number.addEventListener("input", () =>
    app.pick(Math.max(0, Math.min(app.allPoints.length - 1, Math.round(Number(number.value)) || 0))),
  );
  const rows = choice(
    "step_rows",
    [
      { value: "one", word: "step_one" },
      { value: "all", word: "step_all" },
    ],
    refresh,
  );
  const summary = make("p.number");
  const tables = make("div.stack");
  const element = make(
    "div.stack.step",
    {},
    make("p.note", { word: "step_about" }),
    make("div.row", {}, rows.element, make("label", { for: id, word: "step_point" }), number),
    summary,
    make("div.table-scroll", { tabindex: 0, role: "region", label: "step_numbers" }, tables),
  );
  for (const happening of /** @type {const} */ (["moment", "picked", "points", "language", "run", "state"]))
    app.on(happening, calmly(app, refresh));
  let asked = 0;
  return element;

  function refresh() {
    if (!element.closest("[hidden]") && element.isConnected) show();
  }

  async function show() {
    const mine = (asked += 1);
    const { moment, points, allPoints, picked, state } = app;
    const all = rows.select.value === "all";
    number.disabled = all;
    number.max = String(allPoints.length - 1);
    if (document.activeElement !== number) number.value = String(picked);
    const point = allPoints[Math.min(picked, allPoints.length - 1)];
    if (!moment || !points || !point || !app.logits()) return;
    const batch = all ? first(points.train) : { x: Float32Array.of(point[0], point[1]), y: Uint8Array.of(point[2]) };
    const step = await oneStep(state.setting, moment.parameters, batch);
    if (mine !== asked) return;
    const place = all
      ? say("step_of_all", { count: batch.y.length })
      : say("step_of", {
          k: picked,
          a: signed(point[0], 3),
          b: signed(point[1], 3),
          name: state.labels?.classes[point[2]] ?? point[2],
        });
    write(
      summary,
      `${place} ${say("step_loss", { loss: digits(step.loss), after: digits(step.loss_after), lr: digits(step.lr) })}`,
    );
    const sources = [
      state.setting.features.map((name) => featureName(name, state.labels)),
      ...step.layers.map(({ name, bias }) => bias.map((_, unit) => `${name}[${unit}]`)),
    ];
    tables.replaceChildren(...step.layers.map((layer, k) => layerTable(layer, sources[k], all)));
  }
}

/** @param {import("./engine/types.js").Rows} rows */
function first({ x, y }) {
  return { x: x.slice(0, 2 * MOST_ROWS), y: y.slice(0, MOST_ROWS) };
}

/** @param {number} value */
function digits(value) {
  return significant(value, 4);
}

/** A number that may be tiny. @param {number} value */
function small(value) {
  return value !== 0 && Math.abs(value) < 5e-4
    ? `${value < 0 ? "−" : "+"}${digits(Math.abs(value))}`
    : signed(value, 4);
}

/** Every unit: what it added up, what it handed on, how the loss changes with it, and each of its weights before and after. @param {import("./engine/types.js").LayerStep} layer @param {string[]} sources @param {boolean} all */
function layerTable(layer, sources, all) {
  const heads = [...(all ? [] : ["z", "a", "δ"]), "∂L/∂w", "w", "w − lr·∂L/∂w"];
  const caption = make("caption", {}, `${layer.name} · ${nameOf(layer.activation)}`);
  const head = make(
    "thead",
    {},
    make(
      "tr",
      {},
      make("th", { scope: "col", word: "unit" }),
      ...(all ? [] : ["z", "a", "δ"]).map((text) => make("th", { scope: "col" }, text)),
      make("th", { scope: "col", word: "from_input" }),
      ...heads.slice(-3).map((text) => make("th", { scope: "col" }, text)),
    ),
  );
  const rows = layer.weight.flatMap((weights, unit) =>
    [...weights, layer.bias[unit]].map((value, k) => {
      const isBias = k === weights.length;
      const gradient = isBias ? layer.bias_gradient[unit] : layer.weight_gradient[unit][k];
      const next = isBias ? layer.new_bias[unit] : layer.new_weight[unit][k];
      const unitCells = all
        ? []
        : k === 0
          ? [layer.z[0][unit], layer.a[0][unit], layer.delta[0][unit]].map((number) => make("td", {}, small(number)))
          : [1, 2, 3].map(() => make("td"));
      const source = isBias ? say("bias_short") : all ? sources[k] : `${sources[k]} = ${signed(layer.inputs[0][k], 3)}`;
      return make(
        "tr",
        {},
        k === 0 ? make("th", { scope: "row" }, `${layer.name}[${unit}]`) : make("td", {}, ""),
        ...unitCells,
        make("td", {}, source),
        ...[small(gradient), signed(value, 5), signed(next, 5)].map((text) => make("td", {}, text)),
      );
    }),
  );
  return make("table.values", {}, caption, head, make("tbody", {}, ...rows));
}
