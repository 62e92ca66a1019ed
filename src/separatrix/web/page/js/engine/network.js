/**
 * The network of a setting: its widths, where its parameters lie, and the first ones, to the bit those of
 * `separatrix lesson`.
 *
 * @module
 */

import formulas from "../data/formulas.js";
import { Mersenne } from "./mersenne.js";
import { streamSeed } from "./seeds.js";

/** @typedef {import("./types.js").Setting} Setting */
/** @typedef {import("./types.js").Layer} Layer */

/**
 * Inputs, hidden units …, outputs.
 *
 * @param {Pick<Setting, "features" | "hidden" | "loss">} setting
 */
export function widthsOf({ features, hidden, loss }) {
  return [features.length, ...hidden, formulas.losses[loss].outputs];
}

/**
 * Where each layer's weights and biases lie in the flat vector.
 *
 * @param {number[]} widths
 * @returns {Layer[]}
 */
export function layout(widths) {
  let offset = 0;
  return widths.slice(1).map((fan_out, k) => {
    const fan_in = widths[k];
    const layer = { name: `fc${k + 1}`, fan_in, fan_out, weight: offset, bias: offset + fan_in * fan_out };
    offset += (fan_in + 1) * fan_out;
    return layer;
  });
}

/** @param {number[]} widths */
export const parameterCount = (widths) =>
  layout(widths).reduce((sum, { fan_in, fan_out }) => sum + (fan_in + 1) * fan_out, 0);

/**
 * 1 for every weight and 0 for every bias, (p,).
 *
 * @param {number[]} widths
 */
export function weightMask(widths) {
  const mask = new Float32Array(parameterCount(widths));
  for (const layer of layout(widths)) mask.fill(1, layer.weight, layer.bias);
  return mask;
}

/**
 * Half-widths of the uniform distributions that weights and biases are drawn from, by fan-in and fan-out, in the Python
 * package's order of operations.
 *
 * @type {Record<string, (fanIn: number, fanOut: number) => [number, number]>}
 */
export const INITIALISATIONS = {
  torch: (fanIn) => [Math.sqrt(3) * (Math.sqrt(2 / (1 + Math.sqrt(5) ** 2)) / Math.sqrt(fanIn)), 1 / Math.sqrt(fanIn)],
  xavier: (fanIn, fanOut) => [Math.sqrt(3) * Math.sqrt(2 / (fanIn + fanOut)), 0],
  he: (fanIn) => [Math.sqrt(3) * (Math.sqrt(2) / Math.sqrt(fanIn)), 0],
  zeros: () => [0, 0],
};

/**
 * The stream of the first weights: for the tutorial's points, moved by hand or not, the generator that drew them, as in
 * `separatrix lesson`; for others one of its own, as in `separatrix.train`.
 *
 * @param {Setting} setting
 */
function streamOf({ sampler, noise, balance, n, seed, init }) {
  if (sampler !== "circle" || noise !== 0 || balance !== null || init !== "torch")
    return new Mersenne(streamSeed(seed, "initial"));
  const generator = new Mersenne(seed);
  generator.normal(2 * n);
  return generator;
}

/**
 * The parameters before the first step, (p,): the setting's own, or drawn from its seed.
 *
 * @param {Setting} setting
 * @returns {Float32Array}
 */
export function initialParameters(setting) {
  if (setting.start !== null) return Float32Array.from(setting.start);
  const widths = widthsOf(setting);
  const [stream, bounds] = [streamOf(setting), INITIALISATIONS[setting.init]];
  const parameters = new Float32Array(parameterCount(widths));
  for (const { fan_in, fan_out, weight, bias } of layout(widths)) {
    const [ofWeight, ofBias] = bounds(fan_in, fan_out); // a bound of 0 takes nothing from the stream
    if (ofWeight) parameters.set(stream.uniform(ofWeight, fan_in * fan_out), weight);
    if (ofBias) parameters.set(stream.uniform(ofBias, fan_out), bias);
  }
  return parameters;
}
