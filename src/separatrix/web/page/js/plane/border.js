/**
 * The border at a moment: the exact polygons of a piecewise-linear network, else a contour through the grid. What costs too
 * much while a hand moves is calculated when it rests.
 */

import formulas from "../data/formulas.js";
import { layout, widthsOf } from "../engine/network.js";
import { contour } from "./contour.js";
import { exactMap } from "./exact.js";

/** @typedef {import("../page_types.js").Setting} Setting */
/** @typedef {import("./exact.js").ExactMap} ExactMap */

const SLOPES = /** @type {Record<string, number>} */ ({ relu: 0, leaky_relu: 0.01, identity: 1 });

/** Whether the network folds the plane along straight lines: then everything about its border can be calculated. @param {Setting} setting */
export function isPiecewiseLinear({ features, activations }) {
  return (
    features.every((name) => name === "x1" || name === "x2") &&
    activations.every((name) => formulas.activations[name]?.piecewise_linear && name in SLOPES)
  );
}

/** @param {import("../engine/types.js").View} view @returns {import("./exact.js").Box} */
export function boxOfView({ low, high }) {
  return { low1: low[0], high1: high[0], low2: low[1], high2: high[1] };
}

/**
 * The exact map, or null where there is none.
 * @param {Setting} setting
 * @param {ArrayLike<number>} parameters
 * @param {import("./exact.js").Box} box
 * @returns {ExactMap | null}
 */
export function exactMapOf(setting, parameters, box) {
  if (!isPiecewiseLinear(setting)) return null;
  return exactMap(
    denseLayers(setting, parameters),
    setting.activations.map((name) => SLOPES[name]),
    box,
  );
}

/** The layers over (x1, x2), the last with the logit as its one output. @param {Setting} setting @param {ArrayLike<number>} parameters */
function denseLayers(setting, parameters) {
  const values = Float64Array.from(parameters);
  const layers = layout(widthsOf(setting)).map(({ fan_in, fan_out, weight, bias }) => ({
    weight: values.slice(weight, weight + fan_in * fan_out),
    bias: values.slice(bias, bias + fan_out),
    fanIn: fan_in,
    fanOut: fan_out,
  }));
  layers[0] = overPlane(layers[0], setting.features);
  const last = layers[layers.length - 1];
  if (last.fanOut === 2) layers[layers.length - 1] = difference(last);
  return layers;
}

/** The first layer given x1 and x2 in this order, whichever of them the network takes. @param {import("./exact.js").Dense} layer @param {string[]} features */
function overPlane({ weight, bias, fanIn, fanOut }, features) {
  const both = new Float64Array(2 * fanOut);
  for (let j = 0; j < fanOut; j += 1) {
    for (let i = 0; i < fanIn; i += 1) both[2 * j + (features[i] === "x1" ? 0 : 1)] += weight[j * fanIn + i];
  }
  return { weight: both, bias: Float64Array.from(bias), fanIn: 2, fanOut };
}

/** Of a softmax over two outputs, the logit of class 1. @param {import("./exact.js").Dense} layer */
function difference({ weight, bias, fanIn }) {
  const row = Float64Array.from({ length: fanIn }, (_, i) => weight[fanIn + i] - weight[i]);
  return { weight: row, bias: Float64Array.of(bias[1] - bias[0]), fanIn, fanOut: 1 };
}

/**
 * What is drawn of a moment: polygons where the network says class 1, and the lines around them.
 * @param {Setting} setting
 * @param {ArrayLike<number>} parameters
 * @param {Float32Array} logits
 * @param {import("../engine/types.js").View} view
 * @param {boolean} hurried whether there is no time for the exact map
 * @returns {{exact: ExactMap | null, above: import("./polylines.js").Vertex[][], border: import("./polylines.js").Vertex[][]}}
 */
export function borderOf(setting, parameters, logits, view, hurried) {
  const exact = hurried ? null : exactMapOf(setting, parameters, boxOfView(view));
  if (exact) return { exact, above: exact.above, border: exact.border };
  const { above, border } = contour(logits, view.nodes, boxOfView(view));
  return { exact: null, above, border };
}
