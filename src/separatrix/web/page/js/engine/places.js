/**
 * Where everything lies in a kernel's memory.
 *
 * Rows are cut into chunks, each small enough for a processor's nearest cache. A chunk holds its features, labels and
 * weights, column after column; a unit's numbers for a chunk's rows are a column too. All columns have the same length.
 *
 * @module
 */

import { layout, parameterCount } from "./network.js";
import { PCG64_BYTES } from "./pcg64.js";

/** @typedef {import("./types.js").Layer} Layer */

const CACHE = 40960; // bytes of a chunk's columns at most
const MOST_ROWS = 512;
export const MOST_STEPS = 4096; // steps of one call

/**
 * @typedef {object} Places
 * @property {number[]} widths
 * @property {Layer[]} layers
 * @property {number} size parameters
 * @property {number} room the same rounded up to whole vectors
 * @property {number} rows of a chunk
 * @property {number} stride bytes of a column
 * @property {number} chunk bytes of a chunk of data
 * @property {number} out sums of the loss, of the rows on the right side, of the penalties: four float32 each
 * @property {number} pcg the generator that shuffles
 * @property {number} gamma
 * @property {number} numbers those that the optimiser's rule reads
 * @property {number} coefficients three for each step
 * @property {number} p parameters
 * @property {number} old parameters before the step
 * @property {number} g gradient
 * @property {number} l1 penalty of each parameter
 * @property {number} l2
 * @property {number[]} memory the optimiser's, a slot each
 * @property {number[]} a activations of layer 1, 2, … (index 0 is layer 1)
 * @property {number[]} z
 * @property {number[]} d
 * @property {number} data where the data begins
 */

/**
 * @param {number[]} widths
 * @param {number} slots of the optimiser's memory
 * @param {number} numbers that its rule reads
 * @returns {Places}
 */
export function placesOf(widths, slots, numbers) {
  const layers = layout(widths);
  const size = parameterCount(widths);
  const room = Math.ceil(size / 8) * 8;
  const units = widths.slice(1).reduce((sum, width) => sum + width, 0);
  const columns = widths[0] + 2 + 3 * units;
  const rows = Math.max(8, Math.min(MOST_ROWS, Math.floor(CACHE / (4 * columns) / 8) * 8));
  const stride = 4 * rows + 16; // not a power of two, so that columns don't fall on one another in the cache
  let end = 0;
  const take = /** @param {number} bytes */ (bytes) => {
    const start = end;
    end += Math.ceil(bytes / 64) * 64;
    return start;
  };
  const ofLayers = () => layers.map(({ fan_out }) => take(fan_out * stride));
  return {
    widths, layers, size, room, rows, stride,
    chunk: (widths[0] + 2) * stride,
    out: take(48),
    pcg: take(PCG64_BYTES),
    gamma: take(4),
    numbers: take(4 * numbers),
    coefficients: take(12 * MOST_STEPS),
    p: take(4 * room), old: take(4 * room), g: take(4 * room), l1: take(4 * room), l2: take(4 * room),
    memory: Array.from({ length: slots }, () => take(4 * room)),
    a: ofLayers(), z: ofLayers(), d: ofLayers(),
    data: take(0),
  }; // prettier-ignore
}
