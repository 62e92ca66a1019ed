/** The page's state: one value that is never changed in place, what follows from a touched setting, and undo and redo. */

import { DEFAULTS } from "./engine/settings.js";

/** @typedef {import("./page_types.js").PageState} PageState */
/** @typedef {import("./page_types.js").Setting} Setting */
/** @typedef {import("./page_types.js").Box} Box */

export const MOST_POINTS = 10_000;
export const MOST_LAYERS = 6;
export const MOST_UNITS = 16;
export const EDGE = 20; // points lie within [-EDGE, EDGE] on both axes
export const DECIMALS = 3; // of their coordinates, so that a link gives back the very points

export const TABS = ["network", "fold", "step", "seeds", "lessons", "own", "take", "class"];

/** What a teacher's link may hide or lock: settings, layers with their units ("hidden"), and the weights of one's own. */
export const CONTROL_NAMES = [
  "sampler",
  "n",
  "noise",
  "balance",
  "seed",
  "train_share",
  "features",
  "hidden",
  "activations",
  "init",
  "weights",
  "loss",
  "optimizer",
  "lr",
  "schedule",
  "momentum",
  "batch_size",
  "epochs",
  "l1",
  "l2",
  "weight_decay",
];

/** @type {PageState} */
export const FIRST = Object.freeze({
  setting: DEFAULTS,
  labels: null,
  box: { centre: /** @type {[number, number]} */ ([0, 0]), half: 3 },
  at: null,
  smooth: false,
  validation: false,
  lines: false,
  weights: false,
  tab: "network",
  language: /** @type {"en"} */ ("en"),
  lesson: null,
  ownLesson: null,
  hide: [],
  lock: [],
});

/** @param {readonly string[]} names @param {Partial<Setting>} changes */
function touches(names, changes) {
  return names.some((name) => name in changes);
}

/**
 * A setting with changes and what they entail: another shape draws the points anew, another network begins with weights of
 * its own, and every hidden layer has an activation.
 * @param {Setting} setting
 * @param {Partial<Setting>} changes
 * @returns {Setting}
 */
export function changed(setting, changes) {
  const next = { ...setting, ...changes };
  if (touches(["sampler", "n", "noise", "balance"], changes) && !("drawn" in changes)) next.drawn = null;
  if (touches(["hidden", "activations", "init", "loss", "seed", "features"], changes) && !("start" in changes))
    Object.assign(next, { start: null, begun: 0 });
  const last = next.activations[next.activations.length - 1] ?? DEFAULTS.activations[0];
  next.activations = next.hidden.map((_, k) => next.activations[k] ?? last);
  return next;
}

const LONG = 500; // entries of a list that isn't compared entry by entry: a hand that moves makes another one every time

/** Whether two settings differ in one of these. @param {Setting} a @param {Setting} b @param {(keyof Setting)[]} names */
export function differs(a, b, names) {
  return names.some((name) => {
    const [one, other] = [a[name], b[name]];
    if (one === other) return false;
    return (Array.isArray(one) && one.length > LONG) || JSON.stringify(one) !== JSON.stringify(other);
  });
}

/**
 * The square that shows the points: all of them, unless a few lie far beyond the others.
 * @param {[number, number, number][]} points
 * @returns {Box}
 */
export function boxOf(points) {
  if (!points.length) return FIRST.box;
  const [one, two] = [0, 1].map((axis) => range(points.map((point) => point[axis])));
  const symmetric =
    Math.abs(one.low + one.high) < 0.35 * (one.high - one.low) &&
    Math.abs(two.low + two.high) < 0.35 * (two.high - two.low);
  /** @type {[number, number]} */
  const centre = symmetric ? [0, 0] : [halves((one.low + one.high) / 2), halves((two.low + two.high) / 2)];
  const reach = Math.max(...[one, two].map(({ low, high }, axis) => Math.max(high - centre[axis], centre[axis] - low)));
  return { centre, half: Math.min(EDGE, Math.max(0.5, Math.ceil(2 * reach + 0.3) / 2)) };
}

/** Lowest and highest value, without those far beyond the middle nine tenths. @param {number[]} values */
function range(values) {
  const sorted = values.slice().sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => sorted[Math.round(share * (sorted.length - 1))];
  const width = at(0.95) - at(0.05) || 1;
  return { low: Math.max(sorted[0], at(0.05) - width), high: Math.min(sorted[sorted.length - 1], at(0.95) + width) };
}

/** @param {number} value */
function halves(value) {
  return Math.round(2 * value) / 2 || 0;
}

const MOST_STEPS = 200; // states that undo goes back

/** Undo and redo over states. */
export class History {
  /** @param {PageState} state */
  constructor(state) {
    /** @type {PageState[]} */
    this.states = [state];
    this.at = 0;
  }

  get now() {
    return this.states[this.at];
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.states.length - 1;
  }

  /** Another state after this one; what had been undone is gone. @param {PageState} state */
  push(state) {
    this.states = [...this.states.slice(0, this.at + 1), state].slice(-MOST_STEPS);
    this.at = this.states.length - 1;
  }

  /** This state instead of the present one. @param {PageState} state */
  replace(state) {
    this.states[this.at] = state;
  }

  /** @returns {PageState} */
  undo() {
    if (this.canUndo) this.at -= 1;
    return this.now;
  }

  /** @returns {PageState} */
  redo() {
    if (this.canRedo) this.at += 1;
    return this.now;
  }
}
