/** Where the units of a network stand: a column for the inputs on offer, one a hidden layer, one for the output. */

/**
 * @typedef {object} Geometry
 * @property {number} width
 * @property {number} height
 * @property {number} size of a unit's picture
 * @property {number} columnWidth
 * @property {{x: number, y: number[]}[]} columns middles; the first column holds all inputs on offer
 */

const HEAD = 62; // pixels above the units: counts and activations
const FOOT = 10;
export const NAMES = 30; // on the left, for the inputs' names
export const NARROWEST = 62; // column whose controls still fit

/**
 * @param {number} width
 * @param {number[]} counts units in each column
 * @param {number} room pixels for the rows
 * @returns {Geometry}
 */
export function geometryOf(width, counts, room = 330) {
  const rows = Math.max(...counts);
  const columnWidth = (width - NAMES) / counts.length;
  const pitch = Math.max(25, Math.min(52, room / rows, columnWidth * 0.8));
  const size = Math.floor(Math.min(pitch - 4, columnWidth * 0.62));
  const columns = counts.map((count, k) => {
    const first = HEAD + (pitch * (rows - count)) / 2 + pitch / 2;
    return { x: NAMES + columnWidth * (k + 0.5), y: Array.from({ length: count }, (_, unit) => first + pitch * unit) };
  });
  return { width, height: Math.ceil(HEAD + rows * pitch + FOOT), size, columnWidth, columns };
}

/**
 * A weight's line from the right side of one unit to the left side of another.
 * @param {Geometry} geometry @param {number} column of the unit it leads to @param {number} from row @param {number} to row
 * @returns {[number, number, number, number]} x0, y0, x1, y1
 */
export function edge({ columns, size }, column, from, to) {
  return [
    columns[column - 1].x + size / 2,
    columns[column - 1].y[from],
    columns[column].x - size / 2,
    columns[column].y[to],
  ];
}

/** A point of that line, a cubic with level ends. @param {[number, number, number, number]} line @param {number} t @returns {[number, number]} */
export function along([x0, y0, x1, y1], t) {
  const smooth = t * t * (3 - 2 * t);
  const s = 1 - t;
  const middle = (x0 + x1) / 2;
  return [s * s * s * x0 + 3 * s * s * t * middle + 3 * s * t * t * middle + t * t * t * x1, y0 + smooth * (y1 - y0)];
}

/** How far a place is from the line. @param {[number, number, number, number]} line @param {number} x @param {number} y */
export function distance(line, x, y) {
  let least = Infinity;
  let before = along(line, 0);
  for (let k = 1; k <= 16; k += 1) {
    const here = along(line, k / 16);
    least = Math.min(least, toSegment(x, y, before, here));
    before = here;
  }
  return least;
}

/** @param {number} x @param {number} y @param {[number, number]} a @param {[number, number]} b */
function toSegment(x, y, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const t = Math.max(0, Math.min(1, ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - a[0] - t * dx, y - a[1] - t * dy);
}
