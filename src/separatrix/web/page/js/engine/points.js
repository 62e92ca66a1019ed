/**
 * The points of a setting: drawn or one's own, split into those trained on and those held out.
 *
 * @module
 */

import { Generator } from "./numpy_random.js";
import { TrainingRefused } from "./refused.js";
import { SAMPLERS, roundHalfEven } from "./samplers.js";
import { streamSeed } from "./seeds.js";

/** @typedef {import("./types.js").Setting} Setting */
/** @typedef {import("./types.js").Rows} Rows */
/** @typedef {import("./types.js").Points} Points */

const FRESH = 1000; // points of the sampler that are never trained on
const REMEMBERED = 32;

/** @type {Map<string, Rows>} */
const cache = new Map();

/**
 * A sampler's points; the newest are remembered, since a slider asks for the same ones again and again.
 *
 * @param {Pick<Setting, "sampler" | "noise" | "balance">} setting
 * @param {number} n
 * @param {number} seed
 * @returns {Rows}
 */
function draw({ sampler, noise, balance }, n, seed) {
  const key = JSON.stringify([sampler, n, noise, seed, balance]);
  const cached = cache.get(key);
  if (cached) return cached;
  const entry = Object.hasOwn(SAMPLERS, sampler) ? SAMPLERS[sampler] : null;
  if (!entry) throw new TrainingRefused({ code: "unknown_name", name: "sampler", value: sampler });
  const rows = entry({ n, noise, seed, balance });
  cache.set(key, rows);
  if (cache.size > REMEMBERED) cache.delete(/** @type {string} */ (cache.keys().next().value));
  return rows;
}

/**
 * All points as they are shown and edited, validation share included.
 *
 * @param {Setting} setting
 * @returns {Rows}
 */
export function allPoints(setting) {
  if (setting.drawn === null) return draw(setting, setting.n, setting.seed);
  return {
    x: Float32Array.from(setting.drawn.flatMap(([x1, x2]) => [x1, x2])),
    y: Uint8Array.from(setting.drawn, ([, , label]) => label),
  };
}

/**
 * The points to train on and those held out: of the share left over, else fresh ones of the sampler.
 *
 * @param {Setting} setting
 * @returns {Points}
 */
export function drawPoints(setting) {
  const all = allPoints(setting);
  if (setting.train_share < 1) return split(all, setting.train_share, setting.seed);
  const fresh = setting.drawn === null ? draw(setting, FRESH, streamSeed(setting.seed, "test")) : null;
  return { train: all, validation: fresh };
}

/**
 * Of each class the same share, at least one point on each side where there are two.
 *
 * @param {Rows} rows
 * @param {number} share
 * @param {number} seed
 * @returns {Points}
 */
function split(rows, share, seed) {
  const stream = new Generator([streamSeed(seed, "split")]);
  const mask = new Array(rows.y.length).fill(true);
  for (const label of [0, 1]) {
    const members = [...rows.y.keys()].filter((k) => rows.y[k] === label);
    const out = Math.min(members.length - 1, roundHalfEven((1 - share) * members.length));
    for (const k of stream.permutation(members.length).slice(0, Math.max(0, out))) mask[members[k]] = false;
  }
  const validation = take(rows, mask.map((value) => !value)); // prettier-ignore
  return { train: take(rows, mask), validation: validation.y.length ? validation : null };
}

/**
 * @param {Rows} rows
 * @param {boolean[]} mask
 * @returns {Rows}
 */
function take(rows, mask) {
  return { x: rows.x.filter((_, k) => mask[k >> 1]), y: rows.y.filter((_, k) => mask[k]) };
}
