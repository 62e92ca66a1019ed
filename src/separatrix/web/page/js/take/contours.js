/** Where a function on a square grid lies above a level, as closed polygons: marching squares with straight edges. */

/**
 * The region above a level as an SVG path, to be filled by the even-odd rule. Nodes lie on the window's edge too.
 * @param {Float32Array} values (nodes²), rows from below
 * @param {number} nodes
 * @param {number} level
 * @param {number} size the window's edge in pixels; y runs downwards
 * @returns {string} closed loops, "" where nothing lies above
 */
export function regionAbove(values, nodes, level, size) {
  const step = size / (nodes - 1);
  /** Beyond the window nothing lies above, so that every line closes. @param {number} i @param {number} j */
  const at = (i, j) =>
    i < 0 || j < 0 || i >= nodes || j >= nodes ? -Infinity : values[j * nodes + i] - level || -1e-30;
  /** @type {Map<string, {to: string, x: number, y: number}>} */
  const steps = new Map();
  for (let j = -1; j < nodes; j += 1) {
    for (let i = -1; i < nodes; i += 1) {
      for (const [from, to] of edgesOf(at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1))) {
        const [x, y] = crossing(i, j, from, at);
        steps.set(nameOf(i, j, from), { to: nameOf(i, j, to), x: x * step, y: size - y * step });
      }
    }
  }
  return loops(steps);
}

/** Corners from lower left, counterclockwise; edge k runs from corner k to the next. */
const CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];

/**
 * The lines through a cell, from edge to edge, with what lies above on their left.
 * @param {...number} corners values from lower left, counterclockwise
 * @returns {[number, number][]}
 */
function edgesOf(...corners) {
  const above = corners.map((value) => value > 0);
  const enters = [0, 1, 2, 3].filter((k) => above[k] && !above[(k + 1) % 4]);
  const leaves = [0, 1, 2, 3].filter((k) => !above[k] && above[(k + 1) % 4]);
  if (enters.length === 0) return [];
  if (enters.length === 1) return [[enters[0], leaves[0]]];
  const middle = corners.reduce((sum, value) => sum + value, 0); // a saddle: the middle says which corners belong together
  return enters.map((k) => [k, middle > 0 ? (k + 1) % 4 : (k + 3) % 4]);
}

/** Where an edge of a cell crosses the level, in grid steps. @param {number} i @param {number} j @param {number} edge @param {(i: number, j: number) => number} at */
function crossing(i, j, edge, at) {
  const [a, b] = [CORNERS[edge], CORNERS[(edge + 1) % 4]];
  const first = at(i + a[0], j + a[1]),
    second = at(i + b[0], j + b[1]);
  const share = first === -Infinity ? 1 : second === -Infinity ? 0 : first / (first - second);
  return [i + a[0] + share * (b[0] - a[0]), j + a[1] + share * (b[1] - a[1])];
}

/** An edge's name, the same for both cells that share it. @param {number} i @param {number} j @param {number} edge */
function nameOf(i, j, edge) {
  return ["h", "v", "h", "v"][edge] + (edge === 1 ? i + 1 : i) + "," + (edge === 2 ? j + 1 : j);
}

/** @param {Map<string, {to: string, x: number, y: number}>} steps */
function loops(steps) {
  let path = "";
  for (const begin of steps.keys()) {
    let name = begin,
      letter = "M";
    for (let here = steps.get(name); here; here = steps.get(name)) {
      steps.delete(name);
      path += `${letter}${here.x.toFixed(1)} ${here.y.toFixed(1)}`;
      [name, letter] = [here.to, "L"];
    }
    path += letter === "L" ? "Z" : "";
  }
  return path;
}
