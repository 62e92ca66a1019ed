/** Where a smooth function on a grid is positive: filled, and its border, by marching squares with linear interpolation. */

/** @typedef {import("./polylines.js").Vertex} Vertex */
/** @typedef {{above: Vertex[][], border: import("./polylines.js").Segment[]}} Contour */

/**
 * Convex polygons that together are the part of the box where the values are positive, and the segments of its border.
 * @param {ArrayLike<number>} values (nodes²) at the middles of the box's cells, rows from below
 * @param {number} nodes
 * @param {import("./exact.js").Box} box
 * @returns {Contour}
 */
export function contour(values, nodes, box) {
  const place = (/** @type {number} */ k, /** @type {number} */ low, /** @type {number} */ high) =>
    k === 0 ? low : k === nodes + 1 ? high : low + ((k - 0.5) * (high - low)) / nodes;
  const xs = Float64Array.from({ length: nodes + 2 }, (_, k) => place(k, box.low1, box.high1));
  const ys = Float64Array.from({ length: nodes + 2 }, (_, k) => place(k, box.low2, box.high2));
  const inner = (/** @type {number} */ k) => Math.max(0, Math.min(nodes - 1, k - 1));
  /** @type {Contour} */
  const result = { above: [], border: [] };
  for (let row = 0; row <= nodes; row += 1) {
    const [below, upper] = [inner(row) * nodes, inner(row + 1) * nodes];
    let run = -1; // the first of the columns whose cells are positive throughout
    for (let column = 0; column <= nodes; column += 1) {
      const [left, right] = [inner(column), inner(column + 1)];
      const [a, b, c, d] = [values[below + left], values[below + right], values[upper + right], values[upper + left]];
      const count = (a > 0 ? 1 : 0) + (b > 0 ? 1 : 0) + (c > 0 ? 1 : 0) + (d > 0 ? 1 : 0);
      if (count === 4) {
        if (run < 0) run = column;
        continue;
      }
      if (run >= 0) result.above.push(rectangle(xs[run], xs[column], ys[row], ys[row + 1]));
      run = -1;
      if (count) cut(rectangle(xs[column], xs[column + 1], ys[row], ys[row + 1]), [a, b, c, d], result);
    }
    if (run >= 0) result.above.push(rectangle(xs[run], xs[nodes + 1], ys[row], ys[row + 1]));
  }
  return result;
}

/** @param {number} x0 @param {number} x1 @param {number} y0 @param {number} y1 @returns {Vertex[]} */
function rectangle(x0, x1, y0, y1) {
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

/** The positive part of a cell, and the border through it. @param {Vertex[]} corners @param {number[]} values @param {Contour} result */
function cut(corners, values, result) {
  /** @type {Vertex[]} */
  const part = [];
  /** @type {Vertex[]} */
  const crossings = [];
  for (let k = 0; k < 4; k += 1) {
    const next = (k + 1) % 4;
    const [v, w] = [values[k] || 0, values[next] || 0]; // NaN lies on no side
    if (v > 0) part.push(corners[k]);
    if (v > 0 === w > 0) continue;
    const t = v / (v - w);
    /** @type {Vertex} */
    const at = [
      corners[k][0] + t * (corners[next][0] - corners[k][0]),
      corners[k][1] + t * (corners[next][1] - corners[k][1]),
    ];
    part.push(at);
    crossings.push(at);
  }
  result.above.push(part);
  for (let k = 0; k + 1 < crossings.length; k += 2) result.border.push([crossings[k], crossings[k + 1]]);
}
