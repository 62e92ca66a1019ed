/**
 * The exact accuracy of a piecewise-linear network for the lesson's points: the probability that a new one is on its side.
 *
 * Points x ~ N(0, I) are of class 1 inside the unit circle D. With P the places where the network says class 1,
 *
 *     accuracy = m(P ∩ D) + m(not P, not D) = 1 − m(D) + 2 m(P ∩ D) − m(P),  m(D) = 1 − exp(−1/2).
 *
 * In polar coordinates the mass of a polygon with vertices in positive order is a sum over its directed edges (Green's
 * theorem): m = Σ (1/2π) ∫ 1 − exp(−r(θ)²/2) dθ, and inside a disc of radius R min(r, R) takes the place of r. With s along
 * the edge's line and d its signed distance from the origin, dθ = d ds / (d² + s²), hence
 *
 *     m = Σ (1/2π) [∫ over r < R of d g(d² + s²) ds + (1 − exp(−R²/2)) · (angle of the rest)],  g(u) = (1 − exp(−u/2)) / u.
 *
 * g is an entire function, also where an edge passes near the origin and r(θ) has a peak: Gauss and Legendre's rule on short
 * intervals is exact to rounding.
 */

import { exactMapOf, isPiecewiseLinear } from "./plane/border.js";

/** @typedef {import("./page_types.js").Setting} Setting */
/** @typedef {import("./plane/polylines.js").Vertex} Vertex */

const WINDOW = { low1: -40, high1: 40, low2: -40, high2: 40 }; // outside it the mass is below 1e-300
const FAR = 9; // exp(−FAR²/2) is below 1e-17: what lies beyond counts by its angle alone
const NODES = 16;
const PANEL = 2; // longest interval of the rule

/** Whether a setting's points have the distribution above and its network is made of flat pieces. @param {Setting} setting */
export function hasExactAccuracy(setting) {
  const { sampler, noise, balance, drawn } = setting;
  return sampler === "circle" && noise === 0 && balance === null && drawn === null && isPiecewiseLinear(setting);
}

/**
 * The exact accuracy, or null where there is none: other points, another kind of network, too many regions.
 * @param {Setting} setting
 * @param {ArrayLike<number>} parameters
 * @returns {number | null}
 */
export function exactAccuracy(setting, parameters) {
  const map = hasExactAccuracy(setting) ? exactMapOf(setting, parameters, WINDOW) : null;
  if (!map) return null;
  let accuracy = Math.exp(-0.5);
  for (const polygon of map.above) accuracy += 2 * normalMass(polygon, 1) - normalMass(polygon, FAR);
  return Math.min(1, Math.max(0, accuracy));
}

/**
 * The standard normal mass of a polygon's part within a radius of the origin.
 * @param {Vertex[]} polygon in positive order
 * @param {number} radius
 */
export function normalMass(polygon, radius) {
  let sum = 0;
  polygon.forEach((from, k) => (sum += edgeMass(from, polygon[(k + 1) % polygon.length], radius)));
  return sum / (2 * Math.PI);
}

/** One edge's term of the sum, times 2π. @param {Vertex} from @param {Vertex} to @param {number} radius */
function edgeMass(from, to, radius) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (length === 0) return 0;
  const [t1, t2] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const distance = from[0] * t2 - from[1] * t1;
  if (distance === 0) return 0; // seen from the origin, the edge has no angle
  const [first, last] = [from[0] * t1 + from[1] * t2, to[0] * t1 + to[1] * t2];
  const half = Math.sqrt(Math.max(0, radius * radius - distance * distance)); // of the chord
  const enter = Math.min(Math.max(first, -half), last);
  const leave = Math.max(Math.min(last, half), enter);
  const angle = (/** @type {number} */ a, /** @type {number} */ b) => Math.atan(b / distance) - Math.atan(a / distance);
  const outside = angle(first, enter) + angle(leave, last);
  return distance * integral(distance, enter, leave) - Math.expm1((-radius * radius) / 2) * outside;
}

/** ∫ g(distance² + s²) ds. @param {number} distance @param {number} low @param {number} high */
function integral(distance, low, high) {
  const panels = Math.ceil((high - low) / PANEL);
  const half = (high - low) / (2 * panels);
  let sum = 0;
  for (let panel = 0; panel < panels; panel += 1) {
    const middle = low + (2 * panel + 1) * half;
    for (const { node, weight } of RULE) {
      const u = distance * distance + (middle + half * node) ** 2;
      sum += weight * half * (u === 0 ? 0.5 : -Math.expm1(-u / 2) / u);
    }
  }
  return sum;
}

const RULE = legendreRule(NODES);

/**
 * Gauss and Legendre's nodes on [−1, 1] and their weights: zeros of Pₙ by Newton's method, weights 2 / ((1 − x²) Pₙ'(x)²).
 * @param {number} count
 * @returns {{node: number, weight: number}[]}
 */
function legendreRule(count) {
  return Array.from({ length: count }, (_, k) => {
    let [node, slope] = [Math.cos((Math.PI * (k + 0.75)) / (count + 0.5)), 1];
    for (let round = 0; round < 8; round += 1) {
      let [before, value] = [1, node];
      for (let n = 2; n <= count; n += 1)
        [before, value] = [value, ((2 * n - 1) * node * value - (n - 1) * before) / n];
      slope = (count * (node * value - before)) / (node * node - 1);
      node -= value / slope;
    }
    return { node, weight: 2 / ((1 - node * node) * slope * slope) };
  });
}
