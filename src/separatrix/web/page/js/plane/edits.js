/** What a hand does to the points: move, add, delete, flip, paint. Each takes points and gives others. */

import { DECIMALS, EDGE, MOST_POINTS } from "../state.js";

/** @typedef {[number, number, number]} Point x1, x2, label */

/** The number of the point nearest to a place, or -1 if none is within reach. @param {Point[]} points @param {number} x1 @param {number} x2 @param {number} within */
export function nearestPoint(points, x1, x2, within) {
  let [best, least] = [-1, within];
  points.forEach(([a, b], k) => {
    const distance = Math.hypot(a - x1, b - x2);
    if (distance <= least) [best, least] = [k, distance];
  });
  return best;
}

/** @param {Point[]} points @param {number} index @param {number} x1 @param {number} x2 @returns {Point[]} */
export function moved(points, index, x1, x2) {
  const next = points.slice();
  next[index] = [...place(x1, x2), points[index][2]];
  return next;
}

/** @param {Point[]} points @param {number} x1 @param {number} x2 @param {number} label @returns {Point[]} */
export function added(points, x1, x2, label) {
  return points.length < MOST_POINTS ? [...points, [...place(x1, x2), label]] : points;
}

/** Without these points; two always stay. @param {Point[]} points @param {Set<number>} gone @returns {Point[]} */
export function deleted(points, gone) {
  const left = points.filter((_, k) => !gone.has(k));
  return left.length >= 2 ? left : points;
}

/** These points in the other class. @param {Point[]} points @param {Set<number>} turned @returns {Point[]} */
export function flipped(points, turned) {
  return points.map(([a, b, label], k) => [a, b, turned.has(k) ? 1 - label : label]);
}

const SPRAYED = 3; // points a moment of painting

/** A few more points of a class around a place, as a brush leaves them. @param {Point[]} points @param {number} x1 @param {number} x2 @param {number} radius @param {number} label @returns {Point[]} */
export function painted(points, x1, x2, radius, label) {
  const room = Math.min(SPRAYED, MOST_POINTS - points.length);
  /** @type {Point[]} */
  const drops = Array.from({ length: Math.max(0, room) }, () => {
    const [angle, distance] = [2 * Math.PI * Math.random(), radius * Math.sqrt(Math.random())];
    return [...place(x1 + distance * Math.cos(angle), x2 + distance * Math.sin(angle)), label];
  });
  return [...points, ...drops];
}

/** The numbers of the points inside a polygon, by the even-odd rule. @param {Point[]} points @param {[number, number][]} polygon */
export function inside(points, polygon) {
  /** @type {Set<number>} */
  const chosen = new Set();
  points.forEach(([x, y], k) => {
    let within = false;
    for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
      const [[xi, yi], [xj, yj]] = [polygon[i], polygon[j]];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within;
    }
    if (within) chosen.add(k);
  });
  return chosen;
}

/** @param {number} x1 @param {number} x2 @returns {[number, number]} */
function place(x1, x2) {
  const round = (/** @type {number} */ value) => Number(Math.max(-EDGE, Math.min(EDGE, value)).toFixed(DECIMALS)) + 0;
  return [round(x1), round(x2)];
}
