/**
 * What a kernel does besides the passes: penalties, the optimiser's step, and rows gathered into a batch.
 *
 * @module
 */

import formulas from "../data/formulas.js";
import { Scratch, inputsRead, writeProgram } from "./program.js";

/** @typedef {import("./encoder.js").Code} Code */
/** @typedef {import("./lanes.js").Lanes} Lanes */
/** @typedef {import("./places.js").Places} Places */
/** @typedef {import("./groups.js").Frame} Frame */
/** @typedef {import("./types.js").Program} Program */

/**
 * A loop over all parameters, a vector at a time; `position` is their place.
 *
 * @param {Code} code
 * @param {Lanes} lanes
 * @param {Places} places
 * @param {number} position
 * @param {() => void} body
 */
function overParameters(code, lanes, places, position, body) {
  code.i32(0).set(position);
  code.loop(() => {
    body();
    code
      .get(position)
      .i32(4 * lanes.width)
      .op("i32_add")
      .tee(position)
      .i32(4 * places.room)
      .op("i32_ne");
  });
}

/** What l1 and l2 add to a parameter's gradient, and to the loss; a parameter of 0 has no sign. @type {Program} */
const PENALTY = {
  inputs: ["p", "g", "l1", "l2", "sum"],
  code: [["input", 0], ["input", 1], ["input", 2], ["input", 3], ["input", 4], ["constant", 0], [">", 0, 5], ["<", 0, 5], ["fneg", 2],
    ["select", 7, 8, 5], ["select", 6, 2, 9], ["fadd", 1, 10], ["fmuladd", 3, 0, 11], ["fabs", 0], ["fmuladd", 2, 13, 4], ["constant", 0.5],
    ["fmul", 15, 3], ["fmul", 0, 0], ["fmuladd", 16, 17, 14]],
  outputs: [12, 18],
}; // prettier-ignore

/**
 * To the gradient add l1 · sign(p) + l2 · p; to `out` the penalties times the rows of this step.
 *
 * @param {Code} code
 * @param {Lanes} lanes
 * @param {Places} places
 * @param {number} rows local, f32
 */
export function writePenalties(code, lanes, places, rows) {
  const [position, scratch] = [code.local("i32"), new Scratch(code)];
  const inputs = Object.fromEntries(PENALTY.inputs.map((name) => [name, code.local(lanes.value)]));
  code.run(lanes.constant, 0).set(inputs.sum);
  overParameters(code, lanes, places, position, () => {
    for (const name of /** @type {const} */ (["p", "g", "l1", "l2"]))
      code.get(position).run(lanes.load, places[name]).set(inputs[name]);
    scratch.release();
    const [g, sum] = writeProgram(code, lanes, PENALTY, inputs, scratch);
    code.get(position).get(g).run(lanes.store, places.g);
    code.get(sum).set(inputs.sum);
  });
  code.i32(0).get(inputs.sum).get(rows);
  if (lanes.mode !== "scalar") code.simd("f32x4_splat");
  lanes.ops.fmul(code);
  code
    .i32(0)
    .run(lanes.load, places.out + 32)
    .run(lanes.ops.fadd)
    .run(lanes.store, places.out + 32);
}

/**
 * update() -> 1, or 0 if a parameter would become NaN or infinite: then all stay as they were.
 *
 * @param {Code} code
 * @param {Frame} frame
 * @param {Program} rule
 * @param {Places} places
 */
export function writeUpdate(code, { lanes }, rule, places) {
  const [position, scratch, odd] = [code.local("i32"), new Scratch(code), code.local(lanes.value)];
  const numbers = [...formulas.of_step, ...formulas.of_recipe];
  const slots = rule.inputs.filter((name) => name !== "p" && name !== "g" && !numbers.includes(name));
  const read = inputsRead(rule);
  const inputs = Object.fromEntries([...read].map((name) => [name, code.local(lanes.value)]));
  numbers.forEach((name, k) => {
    if (read.has(name))
      code
        .i32(0)
        .run(lanes.spread, places.numbers + 4 * k)
        .set(inputs[name]);
  });
  const sources = { p: places.p, g: places.g, ...Object.fromEntries(slots.map((name, k) => [name, places.memory[k]])) };
  code.run(lanes.constant, 0).set(odd);
  overParameters(code, lanes, places, position, () => {
    for (const [name, address] of Object.entries(sources)) {
      if (read.has(name)) code.get(position).run(lanes.load, address).set(inputs[name]);
    }
    code.get(position).get(inputs.p).run(lanes.store, places.old);
    scratch.release();
    const results = writeProgram(code, lanes, rule, inputs, scratch);
    slots.forEach((name, k) => {
      if (read.has(name)) code.get(position).get(results[k]).run(lanes.store, places.memory[k]);
    });
    const p = results[results.length - 1];
    code.get(position).get(p).run(lanes.store, places.p);
    code.get(p).get(p).run(lanes.ops.fsub).get(odd).run(lanes.ops.fadd).set(odd); // NaN of NaN and infinity
  });
  code.get(odd).run(lanes.finite).op("i32_eqz");
  code.if(() => {
    overParameters(code, lanes, places, position, () =>
      code.get(position).get(position).run(lanes.load, places.old).run(lanes.store, places.p),
    );
    code.i32(0).op("return");
  });
  code.i32(1);
}

/**
 * gather(order, count, raw, base, weight) -> bytes of the rows in a column: a chunk at `base` from the rows whose numbers
 * stand at `order`, filled up with rows of weight 0. A raw row is its features and its label.
 *
 * @param {Code} code
 * @param {Frame} frame
 */
export function writeGather(code, { lanes, group, places }) {
  const [order, count, raw, base, weight] = [0, 1, 2, 3, 4];
  const [row, from, to, bytes] = Array.from({ length: 4 }, () => code.local("i32"));
  const columns = places.widths[0] + 1;
  const rowBytes = 4 * lanes.width * group;
  code.loop(() => {
    code.get(order).get(row).op("i32_add").memory("i32_load", 0);
    code
      .i32(4 * columns)
      .op("i32_mul")
      .get(raw)
      .op("i32_add")
      .set(from);
    code.get(base).get(row).op("i32_add").set(to);
    for (let k = 0; k < columns; k++)
      code
        .get(to)
        .get(from)
        .memory("f32_load", 4 * k)
        .memory("f32_store", k * places.stride);
    code
      .get(to)
      .get(weight)
      .memory("f32_store", columns * places.stride);
    code.get(row).i32(4).op("i32_add").tee(row).get(count).i32(2).op("i32_shl", "i32_ne");
  });
  code
    .get(row)
    .i32(rowBytes - 1)
    .op("i32_add")
    .i32(-rowBytes)
    .op("i32_and")
    .set(bytes);
  code.get(row).get(bytes).op("i32_ne");
  code.if(() => {
    code.loop(() => {
      code
        .get(base)
        .get(row)
        .op("i32_add")
        .f32(0)
        .memory("f32_store", columns * places.stride);
      code.get(row).i32(4).op("i32_add").tee(row).get(bytes).op("i32_ne");
    });
  });
  code.get(bytes);
}
