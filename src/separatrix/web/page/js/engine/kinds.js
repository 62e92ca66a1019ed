/**
 * From a setting to the kernel that trains it.
 *
 * @module
 */

import formulas from "../data/formulas.js";
import { featureColumns } from "./features.js";
import { kernelPlaces } from "./kernel.js";
import { bestMode } from "./lanes.js";
import { widthsOf } from "./network.js";
import { TrainingRefused } from "./refused.js";

/** @typedef {import("./types.js").Setting} Setting */
/** @typedef {import("./types.js").Rows} Rows */
/** @typedef {import("./kernel.js").Kind} Kind */
/** @typedef {import("./session.js").Numbers} Numbers */
/** @typedef {import("./session.js").Table} Table */

const FEW = 8; // rows of a step up to which one vector at a time is enough

/** @type {import("./lanes.js").Mode | null | undefined} */
let mode;

function modeHere() {
  if (mode === undefined) mode = bestMode();
  if (mode === null) throw new TrainingRefused({ code: "no_webassembly" });
  return mode;
}

/**
 * Rows of a step, or 0 for all.
 *
 * @param {Setting} setting
 * @param {number} rows
 */
export function batchOf({ batch_size, optimizer }, rows) {
  return batch_size === null || optimizer === "lbfgs" ? 0 : Math.min(batch_size, rows);
}

/**
 * The numbers of a recipe: those that its optimiser doesn't read are as if they weren't there.
 *
 * @param {Setting} setting
 * @returns {Numbers}
 */
export function numbersOf({ optimizer, focal_gamma, momentum, nesterov, betas, eps, alpha, weight_decay, l1, l2 }) {
  const { reads, eps: usual } = formulas.optimizers[optimizer];
  const effective = reads.includes("momentum") ? momentum : 0;
  return {
    gamma: focal_gamma, momentum: effective, nesterov: nesterov && effective > 0 && reads.includes("nesterov"), betas, eps: eps ?? usual, alpha,
    weight_decay: reads.includes("weight_decay") ? weight_decay : 0, l1, l2,
  }; // prettier-ignore
}

/**
 * The kernel for a setting and so many training rows.
 *
 * @param {Setting} setting
 * @param {number} rows
 * @returns {Kind}
 */
export function kindOf(setting, rows) {
  const numbers = numbersOf(setting);
  const batch = batchOf(setting, rows);
  /** @type {Record<string, number>} */
  const fixed = {};
  if (!numbers.momentum) fixed.momentum = 0;
  if (!numbers.nesterov) fixed.nesterov = 0;
  if (!numbers.weight_decay) Object.assign(fixed, { decay: 1, weight_decay: 0 });
  const kind = {
    ...networkKind(setting), optimizer: setting.optimizer, fixed, penalties: numbers.l1 > 0 || numbers.l2 > 0, batched: batch > 0,
    pairs: (batch || rows) > FEW,
  }; // prettier-ignore
  return { ...kind, chunked: (batch || rows) > kernelPlaces(kind).rows };
}

/**
 * The kernel that only answers.
 *
 * @param {Pick<Setting, "features" | "hidden" | "activations" | "loss">} setting
 * @returns {Kind}
 */
export function networkKind(setting) {
  return {
    widths: widthsOf(setting), activations: [...setting.activations], loss: setting.loss, optimizer: null, fixed: {}, penalties: false,
    batched: false, chunked: false, pairs: true, shown: false, mode: modeHere(),
  }; // prettier-ignore
}

/**
 * Rows as a kernel takes them.
 *
 * @param {string[]} features
 * @param {Rows} rows
 * @returns {Table}
 */
export function tableOf(features, { x, y }) {
  return { columns: featureColumns(features, x), y, weight: null };
}
