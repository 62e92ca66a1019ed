/**
 * The samplers of `separatrix.shapes`, to the bit: two classes of points in the plane, each drawn from a seed.
 *
 * @module
 */

import { Mersenne } from "./mersenne.js";
import { Generator } from "./numpy_random.js";
import { TrainingRefused } from "./refused.js";
import { streamSeed } from "./seeds.js";

/** @typedef {import("./types.js").Rows} Rows */
/** @typedef {{n: number, noise: number, seed: number, balance: number | null}} Draw */
/** @typedef {(count: number) => Float32Array} Source count -> (count, 2) */

const f = Math.fround;
const MOST_TRIES = 1000;

/**
 * Python's `round`: halves go to the even neighbour.
 *
 * @param {number} value
 */
export function roundHalfEven(value) {
  const below = Math.floor(value);
  const rest = value - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

/** @param {Draw} draw @param {number} balance @returns {[number, number]} how many of class 0 and of class 1 */
function counts({ n }, balance) {
  const ones = Math.min(n - 1, Math.max(1, roundHalfEven(n * balance)));
  return [n - ones, ones];
}

/**
 * Points first, labels by a rule; with a balance, draw on until each class has its count.
 *
 * @param {Draw} draw
 * @param {Source} source
 * @param {(x1: number, x2: number) => boolean} rule
 * @returns {Rows}
 */
function byRule(draw, source, rule) {
  const label = /** @param {Float32Array} x */ (x) =>
    Array.from({ length: x.length / 2 }, (_, k) => Number(rule(x[2 * k], x[2 * k + 1])));
  let x = Array.from(source(draw.n));
  let y = label(Float32Array.from(x));
  if (draw.balance !== null) {
    const wanted = counts(draw, draw.balance);
    const enough = () => {
      const ones = y.reduce((sum, value) => sum + value, 0);
      return ones >= wanted[1] && y.length - ones >= wanted[0];
    };
    for (let tries = 0; !enough(); tries++) {
      if (tries === MOST_TRIES)
        throw new TrainingRefused({ code: "not_balanced", name: "balance", value: draw.balance });
      const more = source(draw.n);
      x = x.concat(Array.from(more));
      y = y.concat(label(more));
    }
    const mask = y.map((value) => wanted[value]-- > 0);
    x = x.filter((_, k) => mask[k >> 1]);
    y = y.filter((_, k) => mask[k]);
  }
  return noisy(Float64Array.from(x), Uint8Array.from(y), draw);
}

/**
 * Labels first, by their counts, then the points of each class; rows in random order.
 *
 * @param {Draw} draw
 * @param {(label: number, stream: Generator) => () => [number, number]} ofClass
 * @param {boolean} [random] whether a point takes a number from the stream
 * @returns {Rows}
 */
function byClass(draw, ofClass, random = true) {
  const stream = new Generator([streamSeed(draw.seed, "points"), 0]);
  const size = counts(draw, draw.balance ?? 0.5);
  if (random) stream.source.expect(draw.n);
  const drawn = [0, 1].flatMap((label) => {
    const point = ofClass(label, stream);
    return Array.from({ length: size[label] }, () => [...point(), label]);
  });
  const order = Array.from(stream.permutation(draw.n), (k) => drawn[k]);
  return noisy(
    Float64Array.from(order.flatMap(([x1, x2]) => [x1, x2])),
    Uint8Array.from(order, ([, , label]) => label),
    draw,
  );
}

/**
 * Each point shifted by normal noise, its label kept.
 *
 * @param {Float64Array} x
 * @param {Uint8Array} y
 * @param {Draw} draw
 * @returns {Rows}
 */
function noisy(x, y, { noise, seed }) {
  if (noise) {
    const stream = new Generator([streamSeed(seed, "points"), 1]);
    stream.source.expect(x.length);
    for (let k = 0; k < x.length; k++) x[k] += 0 + noise * stream.normal();
  }
  return { x: Float32Array.from(x), y };
}

/**
 * Uniform points on a rectangle around 0.
 *
 * @param {Draw} draw
 * @param {number} halfWidth
 * @param {number} halfHeight
 * @returns {Source}
 */
function rectangle({ seed }, halfWidth, halfHeight) {
  const stream = new Generator([streamSeed(seed, "points"), 0]);
  return (count) => {
    stream.source.expect(2 * count);
    return Float32Array.from({ length: 2 * count }, (_, k) =>
      k % 2 ? stream.uniform(-halfHeight, halfHeight) : stream.uniform(-halfWidth, halfWidth),
    );
  };
}

/** @type {Record<string, (draw: Draw) => Rows>} */
export const SAMPLERS = {
  circle: (draw) => {
    const stream = new Mersenne(draw.seed);
    return byRule(draw, (count) => stream.normal(2 * count), (x1, x2) => f(f(x1 * x1) + f(x2 * x2)) < 1); // prettier-ignore
  },
  moons: (draw) =>
    byClass(draw, (label, stream) => () => {
      const t = stream.uniform(0, Math.PI);
      const [x1, x2] = label ? [1 - Math.cos(t), 0.5 - Math.sin(t)] : [Math.cos(t), Math.sin(t)];
      return [x1 - 0.5, x2 - 0.25];
    }),
  rings: (draw) =>
    byClass(draw, (label, stream) => () => {
      const t = stream.uniform(0, 2 * Math.PI);
      return label ? [Math.cos(t), Math.sin(t)] : [2 * Math.cos(t), 2 * Math.sin(t)];
    }),
  xor: (draw) => byRule(draw, rectangle(draw, 2, 2), (x1, x2) => x1 * x2 < 0),
  spirals: (draw) =>
    byClass(draw, (label, stream) => () => {
      const t = Math.sqrt(stream.uniform(0.01, 1));
      const angle = 2 * Math.PI * 1.25 * t + Math.PI * label;
      return [2 * t * Math.cos(angle), 2 * t * Math.sin(angle)];
    }),
  gaussians: (draw) =>
    byClass(draw, (label) => () => {
        const centre = ((label ? 1 : -1) * 2) / Math.sqrt(8);
        return [centre, centre];
      }, false), // prettier-ignore
  checkerboard: (draw) =>
    byRule(draw, rectangle(draw, 2, 2), (x1, x2) => (Math.floor(f(x1 + 2)) + Math.floor(f(x2 + 2))) % 2 === 1),
  curve: (draw) => byRule(draw, rectangle(draw, Math.PI, 2), (x1, x2) => x2 > f(Math.sin(x1))),
};
