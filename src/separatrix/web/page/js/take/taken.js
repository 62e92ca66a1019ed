/** What is taken away: a finished training with its points, and what every file of it needs. */

import { data } from "./data.js";
import { Float } from "./python.js";

/** @typedef {import("../engine/types.js").Run} Run */
/** @typedef {import("../engine/types.js").Points} Points */

/**
 * @typedef {object} Taken
 * @property {Run} run
 * @property {Points} points that it was trained and judged on
 */

/**
 * A file to save: its name, its media type and its bytes.
 * @typedef {{name: string, mime: string, bytes: Uint8Array}} Parcel
 */

/** Why something can't be taken away: the name of the page's sentence. */
export class CannotTake extends Error {}

/** @param {string} name @param {string} mime @param {string} text @returns {Parcel} */
export function textFile(name, mime, text) {
  return { name, mime, bytes: new TextEncoder().encode(text) };
}

/** Whether the network is given the coordinates and nothing else. @param {Run} run */
export function isPlain({ setting }) {
  return setting.features.length === 2 && setting.features[0] === "x1" && setting.features[1] === "x2";
}

/**
 * The settings of `separatrix.Recipe` for this training, in their order; numbers that Python reads as floats are `Float`.
 * @param {Run} run
 * @returns {Record<string, any>}
 */
export function recipeOf(run) {
  const { setting } = run,
    { reads, eps } = data.optimizers[setting.optimizer];
  const momentum = reads.includes("momentum") ? setting.momentum : 0;
  /** @type {Record<string, any>} */
  const own = {
    ...setting,
    momentum,
    nesterov: setting.optimizer === "sgd" && momentum > 0 && setting.nesterov,
    batch_size: setting.optimizer === "lbfgs" ? null : setting.batch_size,
    eps: setting.eps ?? eps,
    weight_decay: reads.includes("weight_decay") ? setting.weight_decay : 0.01, // what files record where nothing reads it
    log_every: run.log.epoch[0] ?? 1,
    snapshots: run.snapshots.map(({ epoch }) => epoch),
  };
  /** @type {Record<string, any>} */
  const recipe = {};
  for (const { name, default: usual, float } of data.recipe) {
    const value = own[name] === undefined ? usual : own[name];
    recipe[name] =
      float && Array.isArray(value)
        ? value.map((each) => new Float(each))
        : float && value !== null
          ? new Float(value)
          : value;
  }
  return recipe;
}
