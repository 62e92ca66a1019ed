/**
 * The exact map of a piecewise-linear network: its linear regions, the lines along which its units fold the plane, and the
 * border as polygons. The same algorithm as `separatrix.geometry.regions` (Montúfar et al. 2014, arXiv:1402.1869): every unit of
 * the first layer cuts the window along a line, inside each piece the second layer is again a set of lines, and so on.
 * Nothing is sampled: the only error is that of float64.
 */

import { corners, join, weld } from "./polylines.js";

/** @typedef {import("./polylines.js").Vertex} Vertex */
/** @typedef {import("./polylines.js").Segment} Segment */
/** @typedef {{weight: ArrayLike<number>, bias: ArrayLike<number>, fanIn: number, fanOut: number}} Dense */
/** @typedef {{low1: number, high1: number, low2: number, high2: number}} Box */
/**
 * A convex polygon and what the present layer computes on it: unit j is `slope[2j] x1 + slope[2j+1] x2 + offset[j]`.
 * `size[j]` bounds the terms of that sum; rounding grows with it, not with the sum.
 * @typedef {{polygon: Vertex[], slope: Float64Array, offset: Float64Array, size: Float64Array}} Piece
 */
/**
 * @typedef {object} ExactMap
 * @property {number} regions how many linear regions the window has
 * @property {{layer: number, unit: number, ends: Segment}[]} folds
 * @property {Vertex[][]} above convex polygons that together are the part where logit > 0
 * @property {Vertex[][]} border polylines that divide logit > 0 from the rest
 * @property {Vertex[]} vertices where the border bends or leaves the window
 */

export const MOST_REGIONS = 20_000;
const NEAR = 1e-12; // relative to the terms a value is summed from: nearer to 0 than this, it is 0
const GRAIN = 1e-8; // relative to the window: ends of segments this near are one point

/**
 * The exact map inside a window, or null where there is none: numbers beyond float64 or more than `MOST_REGIONS` pieces.
 * @param {Dense[]} layers the last one with one output: the logit
 * @param {number[]} lower for each hidden layer its activation's slope below 0: 0 for ReLU, 0.01 leaky, 1 identity
 * @param {Box} box
 * @param {number} [most] regions
 * @returns {ExactMap | null}
 */
export function exactMap(layers, lower, box, most = MOST_REGIONS) {
  const grain = GRAIN * Math.max(box.high1 - box.low1, box.high2 - box.low2);
  /** @type {ExactMap["folds"]} */
  const folds = [];
  let pieces = [wholeBox(box)];
  for (let layer = 0; layer < layers.length - 1; layer += 1) {
    const before = pieces.map((piece) => through(piece, layers[layer]));
    if (!before.every((piece) => piece.size.every(Number.isFinite))) return null;
    if (lower[layer] === 1) {
      pieces = before;
      continue;
    }
    for (const line of zeroLines(before, box, grain)) folds.push({ layer, ...line });
    pieces = [];
    for (const piece of before) {
      for (const cell of cells(piece)) pieces.push(activated(piece, cell, lower[layer]));
      if (pieces.length > most) return null;
    }
  }
  const outputs = pieces.map((piece) => through(piece, layers[layers.length - 1]));
  if (!outputs.every((piece) => piece.size.every(Number.isFinite))) return null;
  const border = join(
    zeroLines(outputs, box, grain).map((line) => line.ends),
    grain,
  );
  return {
    regions: pieces.length,
    folds,
    above: outputs.flatMap(positivePart),
    border,
    vertices: border.flatMap((line) => corners(line, grain)),
  };
}

/** @param {Box} box @returns {Piece} */
function wholeBox({ low1, high1, low2, high2 }) {
  /** @type {Vertex[]} */
  const polygon = [
    [low1, low2],
    [high1, low2],
    [high1, high2],
    [low1, high2],
  ];
  const size = [Math.max(Math.abs(low1), Math.abs(high1)), Math.max(Math.abs(low2), Math.abs(high2))];
  return { polygon, slope: Float64Array.of(1, 0, 0, 1), offset: new Float64Array(2), size: Float64Array.from(size) };
}

/** The same polygon with the next layer's z = W a + b. @param {Piece} piece @param {Dense} dense @returns {Piece} */
function through({ polygon, slope, offset, size }, { weight, bias, fanIn, fanOut }) {
  const next = {
    polygon,
    slope: new Float64Array(2 * fanOut),
    offset: new Float64Array(fanOut),
    size: new Float64Array(fanOut),
  };
  for (let j = 0; j < fanOut; j += 1) {
    let [s1, s2, o, most] = [0, 0, bias[j], Math.abs(bias[j])];
    for (let i = 0; i < fanIn; i += 1) {
      const w = weight[j * fanIn + i];
      s1 += w * slope[2 * i];
      s2 += w * slope[2 * i + 1];
      o += w * offset[i];
      most += Math.abs(w) * size[i];
    }
    [next.slope[2 * j], next.slope[2 * j + 1], next.offset[j], next.size[j]] = [s1, s2, o, most];
  }
  return next;
}

/** A unit's value at a vertex: 0 where it is 0 within rounding. @param {Piece} piece @param {Vertex} at @param {number} unit */
function valueAt(piece, at, unit) {
  const value = piece.slope[2 * unit] * at[0] + piece.slope[2 * unit + 1] * at[1] + piece.offset[unit];
  return Math.abs(value) <= NEAR * piece.size[unit] ? 0 : value;
}

/** A piece's polygon cut along the lines of all its units. @param {Piece} piece @returns {Vertex[][]} */
function cells(piece) {
  let parts = [piece.polygon];
  for (let unit = 0; unit < piece.offset.length; unit += 1) {
    /** @type {Vertex[][]} */
    const next = [];
    for (const part of parts) {
      const values = part.map((vertex) => valueAt(piece, vertex, unit));
      if (Math.min(...values) < 0 && Math.max(...values) > 0) next.push(...halves(part, values));
      else next.push(part);
    }
    parts = next;
  }
  return parts;
}

/** Apply the activation to a part on which every unit is on one side of its kink. @param {Piece} piece @param {Vertex[]} polygon @param {number} lower @returns {Piece} */
function activated(piece, polygon, lower) {
  const { slope, offset, size } = piece;
  const next = { polygon, slope: slope.slice(), offset: offset.slice(), size: size.slice() };
  for (let unit = 0; unit < offset.length; unit += 1) {
    let sum = 0;
    for (const vertex of polygon) sum += valueAt(piece, vertex, unit);
    if (sum > 0) continue;
    next.slope[2 * unit] *= lower;
    next.slope[2 * unit + 1] *= lower;
    next.offset[unit] *= lower;
    next.size[unit] *= lower;
  }
  return next;
}

/** The parts of a convex polygon with values <= 0 and >= 0 (Sutherland & Hodgman 1974). @param {Vertex[]} polygon @param {number[]} values @returns {Vertex[][]} */
function halves(polygon, values) {
  /** @type {Vertex[][]} */
  const [below, above] = [[], []];
  values.forEach((value, k) => {
    if (value <= 0) below.push(polygon[k]);
    if (value >= 0) above.push(polygon[k]);
    if (value * values[(k + 1) % values.length] < 0) {
      const at = crossing(polygon, values, k);
      below.push(at);
      above.push(at);
    }
  });
  return [below, above];
}

/** The part of a piece where its one output is positive: a polygon, or none. @param {Piece} piece @returns {Vertex[][]} */
function positivePart(piece) {
  const values = piece.polygon.map((vertex) => valueAt(piece, vertex, 0));
  if (Math.max(...values) <= 0) return [];
  return [Math.min(...values) < 0 ? halves(piece.polygon, values)[1] : piece.polygon];
}

/** Where the value is 0 between vertex k and the next. @param {Vertex[]} polygon @param {number[]} values @param {number} k @returns {Vertex} */
function crossing(polygon, values, k) {
  let [first, last] = [k, (k + 1) % values.length];
  const [a, b] = [polygon[first], polygon[last]];
  if (a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])) [first, last] = [last, first]; // neighbours agree to the bit
  const share = values[first] / (values[first] - values[last]);
  const [from, to] = [polygon[first], polygon[last]];
  return [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
}

/**
 * The segments between the places where a unit is positive and those where it isn't. Most lie inside a piece; some lie on
 * an edge of a piece that is positive and falls to 0 there, and count once.
 * @param {Piece[]} pieces
 * @param {Box} box
 * @param {number} grain
 * @returns {{unit: number, ends: Segment}[]}
 */
function zeroLines(pieces, box, grain) {
  /** @type {{unit: number, ends: Segment}[]} */
  const inside = [];
  /** @type {{unit: number, ends: Segment}[]} */
  const flush = [];
  for (const piece of pieces) {
    const { polygon } = piece;
    for (let unit = 0; unit < piece.offset.length; unit += 1) {
      const values = polygon.map((vertex) => valueAt(piece, vertex, unit));
      const [low, high] = [Math.min(...values), Math.max(...values)];
      if (low < 0 && high > 0) inside.push({ unit, ends: chord(polygon, values) });
      if (low !== 0 || high <= 0) continue;
      values.forEach((value, k) => {
        const next = (k + 1) % values.length;
        if (value === 0 && values[next] === 0) flush.push({ unit, ends: [polygon[k], polygon[next]] });
      });
    }
  }
  return flush.length ? [...inside, ...single(flush, box, grain)] : inside;
}

/** The part of the line value = 0 inside a convex polygon. @param {Vertex[]} polygon @param {number[]} values @returns {Segment} */
function chord(polygon, values) {
  const ends = polygon.filter((_, k) => values[k] === 0);
  values.forEach((value, k) => {
    if (value * values[(k + 1) % values.length] < 0) ends.push(crossing(polygon, values, k));
  });
  /** @type {Segment} */
  let longest = [ends[0], ends[0]];
  let most = -1;
  for (const a of ends) {
    for (const b of ends) {
      const length = Math.max(Math.abs(b[0] - a[0]), Math.abs(b[1] - a[1]));
      if (length > most) [most, longest] = [length, [a, b]];
    }
  }
  return longest;
}

/** The edges that occur once for their unit and don't lie on the window's own. @param {{unit: number, ends: Segment}[]} edges @param {Box} box @param {number} grain */
function single(edges, box, grain) {
  const number = weld(
    edges.flatMap((edge) => edge.ends),
    grain,
  );
  const keys = edges.map((edge, k) => {
    const [a, b] = [number[2 * k], number[2 * k + 1]];
    return `${Math.min(a, b)} ${Math.max(a, b)} ${edge.unit}`;
  });
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const key of keys) times.set(key, (times.get(key) ?? 0) + 1);
  /** @param {Segment} ends @param {0 | 1} axis @param {number} side */
  const lies = (ends, axis, side) => ends.every((end) => Math.abs(end[axis] - side) <= grain);
  return edges.filter(({ ends }, k) => {
    const beside =
      lies(ends, 0, box.low1) || lies(ends, 0, box.high1) || lies(ends, 1, box.low2) || lies(ends, 1, box.high2);
    return times.get(keys[k]) === 1 && !beside;
  });
}
