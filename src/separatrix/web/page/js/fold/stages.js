/**
 * The fold: points and grid lines in one layer's space, in at most three dimensions. As in `separatrix.geometry.folding`: a layer of
 * up to three units is shown as it is; a wider one along the main directions of its variance; in the last hidden layer
 * the third direction is the cut's normal, so that the cut is seen as the plane it is and no point changes its side.
 */

/**
 * @typedef {object} Stage
 * @property {number} width dimensions of the layer's space
 * @property {number} dimensions of what is shown: 1, 2 or 3
 * @property {Float64Array} rows (n, dimensions)
 * @property {number} spreadShown share of the variance that the projection keeps
 * @property {Float64Array | null} normal of the final cut in these coordinates
 * @property {number} offset the cut is normal · a + offset = 0
 */

/**
 * One layer's space.
 * @param {ArrayLike<number>} space (n, width), points and grid nodes together
 * @param {number} width
 * @param {{weight: ArrayLike<number>, bias: number} | null} cut of the last layer, where this is the last hidden one
 * @returns {Stage}
 */
export function stageOf(space, width, cut) {
  const n = space.length / width;
  const asIs = cut && Array.prototype.some.call(cut.weight, (w) => w !== 0) ? cut : null;
  if (width <= 3) {
    const normal = asIs ? Float64Array.from(asIs.weight) : null;
    return {
      width,
      dimensions: width,
      rows: Float64Array.from(space),
      spreadShown: 1,
      normal,
      offset: asIs?.bias ?? 0,
    };
  }
  const centre = new Float64Array(width);
  for (let k = 0; k < space.length; k += 1) centre[k % width] += space[k] / n;
  const { basis, spreadShown } = directions(space, width, centre, asIs ? Float64Array.from(asIs.weight) : null);
  const rows = new Float64Array(3 * n);
  for (let row = 0; row < n; row += 1) {
    for (let axis = 0; axis < 3; axis += 1) {
      let sum = 0;
      for (let j = 0; j < width; j += 1) sum += (space[row * width + j] - centre[j]) * basis[axis][j];
      rows[3 * row + axis] = sum;
    }
  }
  if (!asIs) return { width, dimensions: 3, rows, spreadShown, normal: null, offset: 0 };
  let [atCentre, square] = [asIs.bias, 0];
  for (let j = 0; j < width; j += 1) {
    atCentre += asIs.weight[j] * centre[j];
    square += asIs.weight[j] ** 2;
  }
  const length = Math.sqrt(square);
  for (let row = 0; row < n; row += 1) rows[3 * row + 2] += atCentre / length; // the distance from the cut
  return { width, dimensions: 3, rows, spreadShown, normal: Float64Array.of(0, 0, length), offset: 0 };
}

/**
 * Three orthonormal directions and the share of the variance that they keep; with a normal, it comes last.
 * @param {ArrayLike<number>} space @param {number} width @param {Float64Array} centre @param {Float64Array | null} normal
 */
function directions(space, width, centre, normal) {
  const scatter = covariance(space, width, centre);
  const length = normal ? Math.hypot(...normal) : 0;
  const chosen = normal ? normal.map((value) => value / length) : null;
  const beside = chosen ? without(scatter, chosen, width) : scatter.map((row) => row.slice());
  const { values, vectors } = eigen(beside);
  const order = values.map((_, k) => k).sort((a, b) => values[b] - values[a]);
  const basis = order.slice(0, chosen ? 2 : 3).map((k) => Float64Array.from(vectors, (row) => row[k]));
  if (chosen) basis.push(chosen);
  const total = scatter.reduce((sum, row, k) => sum + row[k], 0);
  const along = basis.reduce((sum, axis) => sum + quadratic(scatter, axis), 0);
  return { basis, spreadShown: total > 0 ? along / total : 1 };
}

/** @param {ArrayLike<number>} space @param {number} width @param {Float64Array} centre */
function covariance(space, width, centre) {
  const scatter = Array.from({ length: width }, () => new Float64Array(width));
  for (let start = 0; start < space.length; start += width) {
    for (let i = 0; i < width; i += 1) {
      const a = space[start + i] - centre[i];
      for (let j = 0; j <= i; j += 1) scatter[i][j] += a * (space[start + j] - centre[j]);
    }
  }
  for (let i = 0; i < width; i += 1) for (let j = i + 1; j < width; j += 1) scatter[i][j] = scatter[j][i];
  return scatter;
}

/**
 * (I − c cᵀ) S (I − c cᵀ) − c cᵀ trace S: what is left of S at right angles to c, with c itself last.
 * @param {Float64Array[]} scatter @param {Float64Array} c @param {number} width
 */
function without(scatter, c, width) {
  const along = scatter.map((row) => row.reduce((sum, value, k) => sum + value * c[k], 0)); // S c
  const both = along.reduce((sum, value, k) => sum + value * c[k], 0); // cᵀ S c
  const trace = scatter.reduce((sum, row, k) => sum + row[k], 0);
  return Array.from({ length: width }, (_, i) =>
    Float64Array.from(
      { length: width },
      (_unused, j) => scatter[i][j] - along[i] * c[j] - c[i] * along[j] + (both - trace) * c[i] * c[j],
    ),
  );
}

/** @param {Float64Array[]} matrix @param {Float64Array} vector */
function quadratic(matrix, vector) {
  return matrix.reduce(
    (sum, row, i) => sum + vector[i] * row.reduce((inner, value, j) => inner + value * vector[j], 0),
    0,
  );
}

/**
 * Eigenvalues and eigenvectors (as columns) of a symmetric matrix by Jacobi's rotations; a layer has at most 16 units.
 * @param {Float64Array[]} matrix is overwritten
 */
export function eigen(matrix) {
  const n = matrix.length;
  const vectors = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_unused, j) => (i === j ? 1 : 0)),
  );
  const norm = Math.sqrt(matrix.reduce((sum, row) => sum + row.reduce((inner, value) => inner + value * value, 0), 0));
  for (let sweep = 0; sweep < 60; sweep += 1) {
    let off = 0;
    for (let p = 0; p < n; p += 1) for (let q = p + 1; q < n; q += 1) off += matrix[p][q] ** 2;
    if (Math.sqrt(off) <= 1e-14 * norm) break;
    for (let p = 0; p < n; p += 1) for (let q = p + 1; q < n; q += 1) rotate(matrix, vectors, p, q);
  }
  return { values: matrix.map((row, k) => row[k]), vectors };
}

/** @param {Float64Array[]} a @param {Float64Array[]} vectors @param {number} p @param {number} q */
function rotate(a, vectors, p, q) {
  if (a[p][q] === 0) return;
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < a.length; k += 1) [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
  for (let k = 0; k < a.length; k += 1) [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
  for (const row of vectors) [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
}

/**
 * Where the plane normal · x + offset = 0 meets the box [low, high]³: a convex polygon's corners in order.
 * @param {ArrayLike<number>} normal @param {number} offset @param {number[]} low @param {number[]} high
 * @returns {number[][]}
 */
export function crossSection(normal, offset, low, high) {
  const value = (/** @type {number[]} */ at) => offset + at.reduce((sum, x, k) => sum + normal[k] * x, 0);
  const cornersOfBox = Array.from({ length: 8 }, (_, bits) =>
    [0, 1, 2].map((k) => (bits & (1 << k) ? high[k] : low[k])),
  );
  /** @type {number[][]} */
  const meeting = [];
  for (let a = 0; a < 8; a += 1) {
    for (const axis of [1, 2, 4]) {
      const b = a | axis;
      if (b === a) continue;
      const [va, vb] = [value(cornersOfBox[a]), value(cornersOfBox[b])];
      if (va * vb > 0 || va === vb) continue;
      const share = va / (va - vb);
      meeting.push(cornersOfBox[a].map((x, k) => x + share * (cornersOfBox[b][k] - x)));
    }
  }
  if (meeting.length < 3) return [];
  return aroundCentre(meeting, normal);
}

/** In order around their centre, seen along the normal. @param {number[][]} points @param {ArrayLike<number>} normal */
function aroundCentre(points, normal) {
  const centre = [0, 1, 2].map((k) => points.reduce((sum, point) => sum + point[k], 0) / points.length);
  const from = (/** @type {number[]} */ point) => point.map((x, k) => x - centre[k]);
  const far = points.reduce((best, point) => (Math.hypot(...from(point)) > Math.hypot(...from(best)) ? point : best));
  const u = from(far);
  const v = [
    normal[1] * u[2] - normal[2] * u[1],
    normal[2] * u[0] - normal[0] * u[2],
    normal[0] * u[1] - normal[1] * u[0],
  ];
  const [lu, lv] = [Math.hypot(...u) || 1, Math.hypot(...v) || 1];
  const dot = (/** @type {number[]} */ a, /** @type {number[]} */ b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const angle = (/** @type {number[]} */ point) => Math.atan2(dot(from(point), v) / lv, dot(from(point), u) / lu);
  return points.slice().sort((a, b) => angle(a) - angle(b));
}
