/**
 * What a network answers to points: over a view of the plane, or at points given.
 *
 * @module
 */

import { featureColumns } from "./features.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./types.js").View} View */

const MOST_SEEN = 8;

/**
 * The middles of nodes × nodes cells of a view, rows from below: (nodes², 2).
 *
 * @param {View} view
 * @param {number} nodes
 */
function viewPoints({ low, high }, nodes) {
  const axis = [0, 1].map((k) =>
    Float32Array.from({ length: nodes }, (_, i) => low[k] + ((high[k] - low[k]) / nodes) * (i + 0.5)),
  );
  const points = new Float32Array(2 * nodes * nodes);
  for (let row = 0, index = 0; row < nodes; row++) {
    for (let column = 0; column < nodes; column++) {
      points[index++] = axis[0][column];
      points[index++] = axis[1][row];
    }
  }
  return points;
}

/**
 * The logit of class 1 at points whose features are these columns.
 *
 * @param {Session} session
 * @param {Float32Array[]} columns
 */
export function logitsOf(session, columns) {
  const { widths } = session.kind;
  const [layers, two] = [widths.length - 1, widths[widths.length - 1] === 2];
  const logits = new Float32Array(columns[0].length);
  session.answers(columns, (first, count, column) => {
    const z = column(layers, 0);
    if (!two) return logits.set(z, first);
    const other = column(layers, 1);
    for (let k = 0; k < count; k++) logits[first + k] = other[k] - z[k];
    return undefined;
  });
  return logits;
}

/**
 * Every unit's answers at n points: for each layer, inputs first, (units · n); the last is the outputs z.
 *
 * @param {Session} session
 * @param {Float32Array[]} columns
 */
export function unitsOf(session, columns) {
  const [{ widths }, n] = [session.kind, columns[0].length];
  const layers = widths.map((units) => new Float32Array(units * n));
  columns.forEach((column, unit) => layers[0].set(column, unit * n));
  session.answers(columns, (first, _, column) => {
    for (let layer = 1; layer < widths.length; layer++) {
      for (let unit = 0; unit < widths[layer]; unit++) layers[layer].set(column(layer, unit), unit * n + first);
    }
  });
  return layers;
}

/** The last view of each size, by features and nodes. @type {Map<string, {view: string, columns: Float32Array[]}>} */
const seen = new Map();

/**
 * A view's nodes as columns of features; the last ones are remembered: trainings look at the same view again and again.
 *
 * @param {string[]} features
 * @param {View} view
 * @param {number} nodes
 */
export function viewColumns(features, { low, high }, nodes) {
  const [place, view] = [JSON.stringify([features, nodes]), JSON.stringify([low, high])];
  const cached = seen.get(place);
  if (cached?.view === view) return cached.columns;
  const columns = featureColumns(features, viewPoints({ low, high, nodes }, nodes));
  seen.delete(place);
  seen.set(place, { view, columns });
  if (seen.size > MOST_SEEN) seen.delete(/** @type {string} */ (seen.keys().next().value));
  return columns;
}
