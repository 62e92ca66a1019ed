/**
 * L-BFGS as in `torch.optim.LBFGS` with strong Wolfe line search: directions from the last hundred changes of the gradient.
 *
 * With s = a change of the parameters and y = the change of the gradient that came with it, two loops multiply -g by an
 * approximate inverse of the second derivative (Nocedal 1980). One epoch is up to 20 such steps. The kernel gives losses
 * and gradients; vectors are float32, their products float64.
 *
 * @module
 */

import { strongWolfe } from "./wolfe.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./session.js").Measured} Measured */

const MOST_STEPS = 20;
const MOST_EVALUATIONS = 25; // of an epoch, 5 / 4 of the steps as in PyTorch
const HISTORY = 100;
const TOLERANCE_GRADIENT = 1e-7;
const TOLERANCE_CHANGE = 1e-9;
const LEAST_CURVATURE = 1e-10;

const f = Math.fround;

/** @param {Float32Array} a @param {Float32Array} b */
function inner(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return f(sum);
}

/** a += factor · b. @param {Float32Array} a @param {number} factor @param {Float32Array} b */
function add(a, factor, b) {
  for (let k = 0; k < a.length; k++) a[k] += factor * b[k];
}

/** @param {Float32Array} a */
const largest = (a) => a.reduce((bound, value) => Math.max(bound, Math.abs(value)), 0);

/** The optimiser's memory and its place within an epoch. */
export class Lbfgs {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    const size = session.parameters.length;
    this.direction = new Float32Array(size);
    this.before = new Float32Array(size);
    /** @type {{s: Float32Array, y: Float32Array, ro: number}[]} */
    this.pairs = [];
    this.scale = 1;
    this.taken = 0; // steps since the beginning
    this.step = 0; // of this epoch
    this.evaluations = 0; // of this epoch
    this.rate = 0;
    this.loss = NaN;
  }

  /**
   * Begin an epoch: the loss and accuracy before it.
   *
   * @returns {Measured}
   */
  begin() {
    const first = this.session.evaluate();
    this.loss = f(first.loss);
    this.step = this.flat() ? MOST_STEPS : 0;
    this.evaluations = 1;
    return first;
  }

  /**
   * One step of the epoch.
   *
   * @param {number} rate
   * @returns {boolean} whether the epoch goes on
   */
  advance(rate) {
    if (this.step >= MOST_STEPS) return false;
    const { session, direction } = this;
    const gradient = session.gradient;
    this.step += 1;
    this.taken += 1;
    if (this.taken > 1) this.learn(gradient);
    this.direct(gradient);
    this.before.set(gradient);
    const loss = this.loss;
    this.rate =
      this.taken === 1 ? f(Math.min(1, 1 / gradient.reduce((sum, value) => sum + Math.abs(value), 0)) * rate) : rate;
    const slope = inner(gradient, direction);
    if (slope > -TOLERANCE_CHANGE) return false;
    this.search(slope);
    if (this.step === MOST_STEPS || this.evaluations >= MOST_EVALUATIONS) return false;
    const still = largest(direction) * this.rate <= TOLERANCE_CHANGE || Math.abs(this.loss - loss) < TOLERANCE_CHANGE;
    return !this.flat() && !still;
  }

  /** Move along the direction to the point of the line search. @param {number} slope */
  search(slope) {
    const { session, direction } = this;
    const origin = session.parameters.slice();
    /** @param {number} t */
    const move = (t) => {
      session.parameters.set(origin);
      add(session.parameters, f(t), direction);
    };
    const start = { t: 0, loss: this.loss, gradient: session.gradient.slice(), slope };
    const { trial, used } = strongWolfe(
      (t) => {
        move(t);
        const loss = f(session.evaluate().loss);
        return { t, loss, gradient: session.gradient.slice(), slope: inner(session.gradient, direction) };
      },
      start,
      this.rate,
      largest(direction),
      MOST_EVALUATIONS - this.evaluations,
    );
    move(trial.t);
    session.gradient.set(trial.gradient);
    this.rate = trial.t;
    this.loss = trial.loss;
    this.evaluations += used;
  }

  flat() {
    return largest(this.session.gradient) <= TOLERANCE_GRADIENT;
  }

  /** Remember the last step's changes, if they curve upwards. @param {Float32Array} gradient */
  learn(gradient) {
    const y = gradient.map((value, k) => value - this.before[k]);
    const s = this.direction.map((value) => value * this.rate);
    const curvature = inner(y, s);
    if (!(curvature > LEAST_CURVATURE)) return;
    if (this.pairs.length === HISTORY) this.pairs.shift();
    this.pairs.push({ s, y, ro: f(1 / curvature) });
    this.scale = f(curvature / inner(y, y));
  }

  /** direction = -H · gradient. @param {Float32Array} gradient */
  direct(gradient) {
    const { direction, pairs } = this;
    for (let k = 0; k < direction.length; k++) direction[k] = -gradient[k];
    const weights = new Float32Array(pairs.length);
    for (let k = pairs.length - 1; k >= 0; k--) {
      weights[k] = inner(pairs[k].s, direction) * pairs[k].ro;
      add(direction, -weights[k], pairs[k].y);
    }
    if (pairs.length) for (let k = 0; k < direction.length; k++) direction[k] *= this.scale;
    for (let k = 0; k < pairs.length; k++)
      add(direction, f(weights[k] - f(inner(pairs[k].y, direction) * pairs[k].ro)), pairs[k].s);
  }
}
