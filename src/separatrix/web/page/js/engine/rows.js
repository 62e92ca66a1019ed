/**
 * The pass that sums up the loss, and the one that begins the way back: the last layer's d.
 *
 * @module
 */

import { overGroups, put, vectorBytes } from "./groups.js";
import { Scratch, writeProgram } from "./program.js";

/** @typedef {import("./encoder.js").Code} Code */
/** @typedef {import("./groups.js").Frame} Frame */
/** @typedef {import("./lanes.js").Lanes} Lanes */
/** @typedef {import("./types.js").Program} Program */

/**
 * The logit of class 1 in a local: the output, or the difference of two.
 *
 * @param {Code} code
 * @param {Frame} frame
 * @param {number} position
 * @param {number} offset
 * @param {number} to
 */
function logit(code, { lanes, places }, position, offset, to) {
  const outputs = places.z[places.z.length - 1];
  const two = places.widths[places.widths.length - 1] === 2;
  if (two) code.get(position).run(lanes.load, outputs + places.stride + offset);
  code.get(position).run(lanes.load, outputs + offset);
  if (two) lanes.ops.fsub(code);
  code.set(to);
}

/** Whether a row is on the right side, as 1 or 0; rows of weight 0 aren't counted. @type {Program} */
const RIGHT = {
  inputs: ["z", "y", "w"],
  code: [["input", 0], ["input", 1], ["input", 2], ["constant", 0], [">", 0, 3], ["constant", 1], ["fsub", 5, 1], ["select", 4, 1, 6],
    [">", 2, 3], ["select", 8, 7, 3]],
  outputs: [9],
}; // prettier-ignore

/**
 * Locals with a vector's logit, labels, weights and the focal loss's exponent.
 *
 * @param {Code} code
 * @param {Frame} frame
 */
function rowLocals(code, { lanes, places }) {
  const [z, y, w, gamma] = Array.from({ length: 4 }, () => code.local(lanes.value));
  code.i32(0).run(lanes.spread, places.gamma).set(gamma);
  return { z, y, w, gamma };
}

/**
 * loss(base, bytes, rows): add to `out` rows · Σ w · loss and the number of rows on the right side.
 *
 * @param {Code} code
 * @param {Frame} frame
 */
export function writeLoss(code, frame) {
  const { lanes, places, group, loss } = frame;
  const scratch = new Scratch(code);
  const position = code.local("i32");
  const row = rowLocals(code, frame);
  const [total, right] = [code.local(lanes.value), code.local(lanes.value)];
  overGroups(code, frame, 1, position, () => {
    for (let k = 0; k < group; k++) {
      loadRow(code, frame, position, k * vectorBytes(frame), row);
      scratch.release();
      const [value] = writeProgram(code, lanes, loss.value, row, scratch);
      code.get(value).get(row.w).get(total).run(lanes.madd).set(total);
      scratch.release();
      const [one] = writeProgram(code, lanes, RIGHT, row, scratch);
      code.get(one).get(right).run(lanes.ops.fadd).set(right);
    }
  });
  code.i32(0).get(total).get(2);
  if (lanes.mode !== "scalar") code.simd("f32x4_splat");
  lanes.ops.fmul(code);
  code.i32(0).run(lanes.load, places.out).run(lanes.ops.fadd).run(lanes.store, places.out);
  code
    .i32(0)
    .get(right)
    .i32(0)
    .run(lanes.load, places.out + 16)
    .run(lanes.ops.fadd)
    .run(lanes.store, places.out + 16);
}

/**
 * @param {Code} code
 * @param {Frame} frame
 * @param {number} position
 * @param {number} offset
 * @param {ReturnType<typeof rowLocals>} row
 */
function loadRow(code, frame, position, offset, row) {
  const { lanes, places } = frame;
  const labels = places.widths[0] * places.stride;
  logit(code, frame, position, offset, row.z);
  code
    .get(0)
    .get(position)
    .op("i32_add")
    .run(lanes.load, labels + offset)
    .set(row.y);
  code
    .get(0)
    .get(position)
    .op("i32_add")
    .run(lanes.load, labels + places.stride + offset)
    .set(row.w);
}

/** A number too small to matter becomes 0. @type {Program} */
const LARGE_ENOUGH = {
  inputs: ["d"],
  code: [
    ["input", 0],
    ["fabs", 0],
    ["constant", 1e-25],
    [">", 1, 2],
    ["constant", 0],
    ["select", 3, 0, 4],
  ],
  outputs: [5],
};

/**
 * Denormal numbers take a processor a hundred times as long, and WebAssembly can't have them flushed. They come from rows that
 * are right beyond doubt; without those, products with weights and activations stay normal.
 *
 * @param {Code} code
 * @param {Lanes} lanes
 * @param {number} local
 * @param {Scratch} scratch
 */
export function dropTiny(code, lanes, local, scratch) {
  const [large] = writeProgram(code, lanes, LARGE_ENOUGH, { d: local }, scratch);
  code.get(large).set(local);
}

/**
 * The last layer's d: the loss's slope times the row's weight.
 *
 * @param {Code} code
 * @param {Frame} frame
 * @param {Scratch} scratch
 */
export function writeLossSlope(code, frame, scratch) {
  const { lanes, places, group, loss } = frame;
  const position = code.local("i32");
  const row = rowLocals(code, frame);
  const last = places.d[places.d.length - 1];
  const two = places.widths[places.widths.length - 1] === 2;
  overGroups(code, frame, 1, position, () => {
    for (let k = 0; k < group; k++) {
      const offset = k * vectorBytes(frame);
      loadRow(code, frame, position, offset, row);
      scratch.release();
      const [slope] = writeProgram(code, lanes, loss.slope, row, scratch);
      code.get(slope).get(row.w).run(lanes.ops.fmul).set(row.z);
      dropTiny(code, lanes, row.z, scratch);
      if (two)
        code
          .get(position)
          .get(row.z)
          .run(lanes.ops.fneg)
          .run(lanes.store, last + offset);
      put(code, lanes, last + (two ? places.stride : 0), { position, offset, value: row.z });
    }
  });
}
