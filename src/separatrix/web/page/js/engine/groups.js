/**
 * What the passes over a chunk of rows are made of: loops over groups of rows, and over units in tiles.
 *
 * @module
 */

/** @typedef {import("./encoder.js").Code} Code */
/** @typedef {import("./lanes.js").Lanes} Lanes */
/** @typedef {import("./places.js").Places} Places */
/** @typedef {import("./types.js").Program} Program */
/** @typedef {import("./types.js").Layer} Layer */

/**
 * What all passes of a kernel share.
 *
 * @typedef {object} Frame
 * @property {Lanes} lanes
 * @property {number} group vectors side by side
 * @property {Places} places
 * @property {{value: Program, slope: Program, piecewise_linear: boolean}[]} activations of the hidden layers
 * @property {{value: Program, slope: Program}} loss
 * @property {boolean} keepsAll whether every z is kept, also where no slope reads it
 */

/** @param {Frame} frame bytes of a vector's samples in a column */
export const vectorBytes = ({ lanes }) => 4 * lanes.width;

/**
 * Go over `total` things, `size` at a time; the locals in `pointers` grow by their step each time.
 *
 * @param {Code} code
 * @param {number} total
 * @param {number} size
 * @param {[number, number][]} pointers local, step for `size` things
 * @param {(count: number) => void} body
 */
export function tiles(code, total, size, pointers, body) {
  const [whole, rest] = [Math.floor(total / size), total % size];
  for (const [local] of pointers) code.i32(0).set(local);
  const forward = () => {
    for (const [local, step] of pointers) code.get(local).i32(step).op("i32_add").set(local);
  };
  if (whole > 1) {
    const [counter, step] = pointers[0];
    code.loop(() => {
      body(size);
      forward();
      code
        .get(counter)
        .i32(whole * step)
        .op("i32_ne");
    });
  } else if (whole === 1) {
    body(size);
    if (rest) forward();
  }
  if (rest) body(rest);
}

/**
 * A loop over the groups of a chunk: `position` is their place in a column, up to the local `bytes`.
 *
 * @param {Code} code
 * @param {Frame} frame
 * @param {number} bytes
 * @param {number} position
 * @param {() => void} body
 */
export function overGroups(code, frame, bytes, position, body) {
  code.i32(0).set(position);
  code.loop(() => {
    body();
    code
      .get(position)
      .i32(vectorBytes(frame) * frame.group)
      .op("i32_add")
      .tee(position);
    code.get(bytes).op("i32_lt_u");
  });
}

/**
 * Where a unit's numbers of one vector of rows are: a local and an offset that lead there from the column of the first unit;
 * and the local that holds them.
 *
 * @typedef {{position: number, offset: number, value: number}} Place
 */

/**
 * For every one of `units` and every vector of rows: `body` with its place.
 *
 * @param {Code} code
 * @param {Frame} frame
 * @param {number} bytes
 * @param {number} units
 * @param {(place: Omit<Place, "value">) => void} body
 */
export function overUnits(code, frame, bytes, units, body) {
  const [position, column, place] = [code.local("i32"), code.local("i32"), code.local("i32")];
  tiles(code, units, 1, [[column, frame.places.stride]], () => {
    overGroups(code, frame, bytes, position, () => {
      code.get(position).get(column).op("i32_add").set(place);
      for (let k = 0; k < frame.group; k++) body({ position: place, offset: k * vectorBytes(frame) });
    });
  });
}

/**
 * Load a local from its place in a column.
 *
 * @param {Code} code
 * @param {Lanes} lanes
 * @param {number} column
 * @param {Omit<Place, "value">} place
 * @param {number} value
 * @returns {Place}
 */
export function read(code, lanes, column, { position, offset }, value) {
  const address = column + offset;
  code.get(position).run(lanes.load, address).set(value);
  return { position, offset, value };
}

/**
 * Store a local at its place in a column.
 *
 * @param {Code} code
 * @param {Lanes} lanes
 * @param {number} column
 * @param {Place} place
 */
export function put(code, lanes, column, { position, offset, value }) {
  code
    .get(position)
    .get(value)
    .run(lanes.store, column + offset);
}
