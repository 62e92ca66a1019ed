/**
 * What a network may be given of a point (x1, x2).
 *
 * @module
 */

/** @type {Record<string, (x1: number, x2: number) => number>} */
export const FEATURES = {
  x1: (x1) => x1,
  x2: (_, x2) => x2,
  "x1^2": (x1) => x1 * x1,
  "x2^2": (_, x2) => x2 * x2,
  "x1*x2": (x1, x2) => x1 * x2,
  "sin(x1)": (x1) => Math.sin(x1),
  "sin(x2)": (_, x2) => Math.sin(x2),
};

/**
 * Columns of features: (features, n) float32 for points (n, 2).
 *
 * @param {string[]} names
 * @param {ArrayLike<number>} x
 * @returns {Float32Array[]}
 */
export function featureColumns(names, x) {
  return names.map((name) => {
    const [feature, column] = [FEATURES[name], new Float32Array(x.length / 2)];
    for (let k = 0; k < column.length; k++) column[k] = feature(x[2 * k], x[2 * k + 1]);
    return column;
  });
}

/**
 * The same row by row, (n, features).
 *
 * @param {string[]} names
 * @param {ArrayLike<number>} x
 */
export function featureMatrix(names, x) {
  const columns = featureColumns(names, x);
  return Float32Array.from(
    { length: (x.length / 2) * names.length },
    (_, k) => columns[k % names.length][Math.floor(k / names.length)],
  );
}
