/**
 * The settings of a training: the lesson's as defaults, and why some can't be trained.
 *
 * @module
 */

import formulas from "../data/formulas.js";
import { FEATURES } from "./features.js";
import { INITIALISATIONS, parameterCount, widthsOf } from "./network.js";
import { SAMPLERS } from "./samplers.js";
import { SCHEDULES } from "./schedules.js";

/** @typedef {import("./types.js").Setting} Setting */
/** @typedef {import("./types.js").Refusal} Refusal */

/** @type {Setting} */
const LESSON = {
  sampler: "circle", n: 100, noise: 0, balance: null, seed: 0, train_share: 1, drawn: null,
  features: ["x1", "x2"], hidden: [4, 4], activations: ["relu", "relu"], init: "torch",
  loss: "bce", focal_gamma: 2, optimizer: "sgd", lr: 0.05, schedule: "constant", step_size: null, step_gamma: 0.1,
  momentum: 0, nesterov: false, betas: [0.9, 0.999], eps: null, alpha: 0.99, weight_decay: 0.01, l1: 0, l2: 0,
  batch_size: null, epochs: 50000, patience: null, min_delta: 0, solved_below: null, start: null, begun: 0,
}; // prettier-ignore

/** The lesson's training. @type {Readonly<Setting>} */
export const DEFAULTS = Object.freeze(LESSON);

export const MOST_POINTS = 10000;
export const MOST_LAYERS = 8;
export const MOST_UNITS = 32;
const MOST_EPOCHS = 1000000;

/** The entries of Python's registry that this engine computes by code of its own: one that Python alone knows is not offered.
 * @template T @param {Record<string, T>} registry @param {object} own @returns {Record<string, T>} */
const common = (registry, own) =>
  Object.fromEntries(Object.entries(registry).filter(([name]) => Object.hasOwn(own, name)));

/** What can be chosen here. */
export const OFFERED = Object.freeze({
  samplers: common(formulas.samplers, SAMPLERS),
  schedules: common(formulas.schedules, SCHEDULES),
  initialisations: common(formulas.initialisations, INITIALISATIONS),
});

/** Names and the registries that they must be in. @type {[keyof Setting, object][]} */
const NAMES = [
  ["sampler", SAMPLERS], ["init", INITIALISATIONS], ["loss", formulas.losses], ["optimizer", formulas.optimizers], ["schedule", SCHEDULES],
]; // prettier-ignore

/** Numbers with their lowest and highest value, and whether they are whole. @type {[keyof Setting, number, number, boolean][]} */
const RANGES = [
  ["n", 10, MOST_POINTS, true], ["noise", 0, 1e30, false], ["seed", 0, Number.MAX_SAFE_INTEGER, true], ["train_share", 0.01, 1, false],
  ["focal_gamma", 0, 1e3, false], ["lr", 0, 3.4e38, false], ["step_gamma", 0, 1e30, false], ["momentum", 0, 0.999999, false],
  ["alpha", 0, 1, false], ["weight_decay", 0, 3.4e38, false], ["l1", 0, 3.4e38, false], ["l2", 0, 3.4e38, false],
  ["epochs", 1, MOST_EPOCHS, true], ["min_delta", 0, Infinity, false], ["begun", 0, Number.MAX_SAFE_INTEGER, true],
]; // prettier-ignore

/** The same of settings that may be null. @type {[keyof Setting, number, number, boolean][]} */
const OPTIONAL = [
  ["balance", 1e-9, 1 - 1e-9, false], ["step_size", 1, Infinity, true], ["eps", 0, 3.4e38, false], ["batch_size", 1, Infinity, true],
  ["patience", 1, Infinity, true], ["solved_below", 1e-300, Infinity, false],
]; // prettier-ignore

/**
 * Why a setting can't be trained, or null if it can.
 *
 * @param {Setting} setting
 * @returns {Refusal | null}
 */
export function refusalOf(setting) {
  return badName(setting) ?? badNumber(setting) ?? badShape(setting) ?? badStart(setting);
}

/** @param {Setting} setting @returns {Refusal | null} */
function badName(setting) {
  const lists = /** @type {[string, string[], object][]} */ ([["activations", setting.activations, formulas.activations], ["features", setting.features, FEATURES]]); // prettier-ignore
  const single = /** @type {[string, string[], object][]} */ (
    NAMES.map(([name, registry]) => [name, [setting[name]], registry])
  );
  for (const [name, values, registry] of [...single, ...lists]) {
    const odd = values.find((value) => !Object.hasOwn(registry, value));
    if (odd !== undefined)
      return { code: "unknown_name", name, value: odd, expected: Object.keys(registry).join(", ") };
  }
  return null;
}

/** @param {Setting} setting @returns {Refusal | null} */
function badNumber(setting) {
  for (const [name, low, high, whole] of [...RANGES, ...OPTIONAL.filter(([name]) => setting[name] !== null)]) {
    const value = setting[name];
    if (typeof value === "number" && value >= low && value <= high && (!whole || Number.isInteger(value))) continue;
    return { code: "out_of_range", name, value: String(value), expected: `${low} … ${high}` };
  }
  return null;
}

/** @param {Setting} setting @returns {Refusal | null} */
function badShape({ hidden, activations, features, drawn, betas }) {
  if (!features.length) return { code: "wrong_length", name: "features", value: 0, expected: 1 };
  if (hidden.length > MOST_LAYERS)
    return { code: "wrong_length", name: "hidden", value: hidden.length, expected: MOST_LAYERS };
  const units = hidden.find((value) => !Number.isInteger(value) || value < 1 || value > MOST_UNITS);
  if (units !== undefined) return { code: "out_of_range", name: "hidden", value: units, expected: `1 … ${MOST_UNITS}` };
  if (activations.length !== hidden.length)
    return { code: "wrong_length", name: "activations", value: activations.length, expected: hidden.length };
  if (betas.length !== 2 || betas.some((value) => !(value >= 0 && value < 1))) return { code: "out_of_range", name: "betas", value: betas.join(", "), expected: "0 … 1" }; // prettier-ignore
  if (drawn && !drawn.length) return { code: "no_points", name: "drawn" };
  if (drawn && drawn.length > MOST_POINTS)
    return { code: "too_large", name: "drawn", value: drawn.length, expected: MOST_POINTS };
  const odd = drawn?.find(
    ([x1, x2, label]) =>
      !Number.isFinite(Math.fround(x1)) || !Number.isFinite(Math.fround(x2)) || (label !== 0 && label !== 1),
  );
  return odd ? { code: "out_of_range", name: "drawn", value: odd.join(", "), expected: "x1, x2, 0 | 1" } : null;
}

/** @param {Setting} setting @returns {Refusal | null} */
function badStart(setting) {
  if (setting.start === null) return null;
  const expected = parameterCount(widthsOf(setting));
  if (setting.start.length !== expected)
    return { code: "wrong_length", name: "start", value: setting.start.length, expected };
  const odd = setting.start.find((value) => !Number.isFinite(Math.fround(value)));
  return odd === undefined
    ? null
    : { code: "out_of_range", name: "start", value: String(odd), expected: "-3.4e38 … 3.4e38" };
}
