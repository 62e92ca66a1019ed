/**
 * Learning-rate schedules: `separatrix.schedules`, formula by formula.
 *
 * @module
 */

/** @typedef {Pick<import("./types.js").Setting, "lr" | "epochs" | "schedule" | "step_size" | "step_gamma">} Rated */

const LARGEST = 3.4028234663852886e38; // of float32: a step_gamma above 1 may grow without end

/** Factors on the learning rate, by the epoch's number from 0. @type {Record<string, (epoch: number, setting: Rated) => number>} */
export const SCHEDULES = {
  constant: () => 1,
  step: (epoch, { epochs, step_size, step_gamma }) =>
    step_gamma ** Math.floor(epoch / (step_size ?? Math.max(1, Math.ceil(epochs / 3)))),
  cosine: (epoch, { epochs }) => (1 + Math.cos((Math.PI * epoch) / epochs)) / 2,
  one_cycle: (epoch, { epochs }) => oneCycle(epoch, epochs),
};

/**
 * Up to 1 in 30 % of the epochs, then down to almost nothing (Smith & Topin 2018, with PyTorch's defaults).
 *
 * @param {number} epoch
 * @param {number} epochs
 */
function oneCycle(epoch, epochs) {
  const [start, end, peak, last] = [1 / 25, 1 / (25 * 1e4), 0.3 * epochs - 1, epochs - 1];
  const within = /** @param {number} share */ (share) => Math.min(1, Math.max(0, share));
  if (epoch <= peak) return 1 + ((start - 1) / 2) * (1 + Math.cos(Math.PI * (peak > 0 ? within(epoch / peak) : 1)));
  return end + ((1 - end) / 2) * (1 + Math.cos(Math.PI * (last > peak ? within((epoch - peak) / (last - peak)) : 1)));
}

/**
 * The learning rates of epochs start, …, stop - 1 (from 0).
 *
 * @param {Rated} setting
 * @param {number} start
 * @param {number} stop
 */
export function ratesOf(setting, start, stop) {
  const rates = new Float64Array(stop - start);
  if (setting.schedule === "constant") return rates.fill(Math.min(setting.lr, LARGEST));
  const scale = SCHEDULES[setting.schedule];
  return rates.map((_, k) => Math.min(setting.lr * scale(start + k, setting), LARGEST));
}
