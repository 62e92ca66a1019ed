/**
 * A WebAssembly module for one network and one kind of recipe: it takes whole steps of the optimiser.
 *
 * What a slider moves (rates, penalties, seeds, points) lies in memory; only another structure is another module.
 *
 * @module
 */

import formulas from "../data/formulas.js";
import { ModuleBuilder } from "./encoder.js";
import { LANES } from "./lanes.js";
import { writeBackward, writeForward } from "./passes.js";
import { definePcg64 } from "./pcg64.js";
import { placesOf } from "./places.js";
import { writeLoss } from "./rows.js";
import { simplified } from "./simplify.js";
import { writeSums } from "./sums.js";
import { writeGather, writePenalties, writeUpdate } from "./update.js";

/** @typedef {import("./encoder.js").Code} Code */
/** @typedef {import("./places.js").Places} Places */
/** @typedef {import("./types.js").Program} Program */

/**
 * What a kernel is made for.
 *
 * @typedef {object} Kind
 * @property {number[]} widths
 * @property {string[]} activations of the hidden layers
 * @property {string} loss
 * @property {string | null} optimizer whose rule it has; null for none
 * @property {Record<string, number>} fixed numbers of the rule that are known for good: a momentum of 0 …
 * @property {boolean} penalties
 * @property {boolean} batched
 * @property {boolean} chunked whether a step may need more rows than a chunk has
 * @property {boolean} pairs two vectors of rows side by side
 * @property {boolean} shown whether every z is kept, for people to see
 * @property {import("./lanes.js").Mode} mode
 */

/** @typedef {Places & {slots: string[], group: number, width: number}} KernelPlaces */

/**
 * The optimiser's rule with what is fixed taken out, and which of its memory is still needed.
 *
 * @param {Kind} kind
 * @returns {{rule: Program | null, slots: string[]}}
 */
function ruleOf({ optimizer, fixed }) {
  const entry = optimizer === null ? null : formulas.optimizers[optimizer];
  if (!entry || !entry.rule) return { rule: null, slots: [] };
  return { rule: simplified(entry.rule, fixed), slots: entry.memory };
}

/**
 * Where everything lies in the memory of a kernel of this kind.
 *
 * @param {Kind} kind
 * @returns {KernelPlaces}
 */
export function kernelPlaces(kind) {
  const { slots } = ruleOf(kind);
  const width = LANES[kind.mode].width;
  const numbers = formulas.of_step.length + formulas.of_recipe.length;
  return { ...placesOf(kind.widths, slots.length, numbers), slots, width, group: kind.pairs && width > 1 ? 2 : 1 };
}

/**
 * The module's bytes. It exports
 *
 *     steps(count, want, chunks, last, rows) -> done     steps over all rows, by the coefficients from the first on
 *     batches(order, count, size, rows, raw, want, buffer) -> done     steps over batches
 *     gradient(chunks, last, rows, want)     of all rows
 *     measure(base, chunks, last, rows)      loss and rows on the right side
 *     forward(base, bytes, rows)             every unit's answer for one chunk
 *     permute(address, n)                    0 … n - 1 in random order
 *
 * chunks: whole chunks before the last one; last: bytes of the last one's rows in a column; rows: of the step, as a float;
 * want: whether loss and rows on the right side are added to `out`.
 *
 * @param {Kind} kind
 */
export function kernelBytes(kind) {
  const places = kernelPlaces(kind);
  const { rule } = ruleOf(kind);
  const lanes = LANES[kind.mode];
  const activations = kind.activations.map((name) => formulas.activations[name]);
  const frame = {
    lanes,
    group: places.group,
    places,
    activations,
    loss: formulas.losses[kind.loss],
    keepsAll: kind.shown,
  };
  const builder = new ModuleBuilder();
  const pass = /** @param {(code: Code) => void} write */ (write) => {
    const code = builder.define(["i32", "i32", "f32"], []);
    write(code);
    return code;
  };
  const forward = pass((code) => writeForward(code, frame));
  const loss = pass((code) => writeLoss(code, frame));
  const backward = pass((code) => writeBackward(code, frame));
  const sums = pass((code) => writeSums(code, frame, kind.chunked));
  const parts = { forward, loss, backward, sums };
  defineMeasure(builder, places, parts);
  const gradient = defineGradient(builder, places, parts, kind);
  if (rule) {
    const update = builder.define([], ["i32"]);
    writeUpdate(update, frame, rule, places);
    defineSteps(builder, places, gradient, update);
    if (kind.batched) defineBatches(builder, places, parts, update, kind, frame);
  }
  return builder.bytes();
}

/** @typedef {{forward: Code, loss: Code, backward: Code, sums: Code}} Parts */

/**
 * Call each of the functions with (base, bytes, rows), all of them locals.
 *
 * @param {Code} code
 * @param {number[]} locals
 * @param {...Code} functions
 */
function callAll(code, locals, ...functions) {
  for (const callee of functions) {
    for (const local of locals) code.get(local);
    code.call(callee);
  }
}

/**
 * A loop over the chunks from `base` on: all whole ones, then the last. Body: with locals base, bytes.
 *
 * @param {Code} code
 * @param {Places} places
 * @param {{base: number, chunks: number, last: number}} locals
 * @param {(bytes: number) => void} body
 */
function overChunks(code, places, { base, chunks, last }, body) {
  const [bytes, left] = [code.local("i32"), code.local("i32")];
  code.get(chunks).set(left);
  code.loop(() => {
    code
      .i32(4 * places.rows)
      .get(last)
      .get(left)
      .op("select")
      .set(bytes);
    body(bytes);
    code.get(base).i32(places.chunk).op("i32_add").set(base);
    code.get(left).i32(1).op("i32_sub").tee(left).i32(-1).op("i32_ne");
  });
}

/**
 * @param {ModuleBuilder} builder
 * @param {Places} places
 * @param {Parts} parts
 */
function defineMeasure(builder, places, parts) {
  const code = builder.define(["i32", "i32", "i32", "f32"], [], "measure");
  overChunks(code, places, { base: 0, chunks: 1, last: 2 }, (bytes) =>
    callAll(code, [0, bytes, 3], parts.forward, parts.loss),
  );
  const answers = builder.define(["i32", "i32", "f32"], [], "forward");
  callAll(answers, [0, 1, 2], parts.forward);
}

/**
 * The gradient over all rows, penalties included: gradient(chunks, last, rows, want).
 *
 * @param {ModuleBuilder} builder
 * @param {Places} places
 * @param {Parts} parts
 * @param {Kind} kind
 */
function defineGradient(builder, places, parts, kind) {
  const code = builder.define(["i32", "i32", "f32", "i32"], [], "gradient");
  const base = code.local("i32");
  code.i32(places.data).set(base);
  if (kind.chunked) clearGradient(code, places);
  overChunks(code, places, { base, chunks: 0, last: 1 }, (bytes) => {
    callAll(code, [base, bytes, 2], parts.forward);
    code.get(3);
    code.if(() => callAll(code, [base, bytes, 2], parts.loss));
    callAll(code, [base, bytes, 2], parts.backward, parts.sums);
  });
  if (kind.penalties) writePenalties(code, LANES[kind.mode], places, 2);
  return code;
}

/** @param {Code} code @param {Places} places */
function clearGradient(code, places) {
  code
    .i32(places.g)
    .i32(0)
    .i32(4 * places.room)
    .fill();
}

/**
 * steps(count, want, chunks, last, rows) -> steps done.
 *
 * @param {ModuleBuilder} builder
 * @param {Places} places
 * @param {Code} gradient
 * @param {Code} update
 */
function defineSteps(builder, places, gradient, update) {
  const code = builder.define(["i32", "i32", "i32", "i32", "f32"], ["i32"], "steps");
  const step = code.local("i32");
  code.loop(() => {
    code.get(2).get(3).get(4).get(1).call(gradient);
    setCoefficients(code, places, step);
    code.call(update).op("i32_eqz");
    code.if(() => code.get(step).op("return"));
    code.get(step).i32(1).op("i32_add").tee(step).get(0).op("i32_ne");
  });
  code.get(step);
}

/** The step's three numbers, to where the rule reads them. @param {Code} code @param {Places} places @param {number} step */
function setCoefficients(code, places, step) {
  for (let k = 0; k < 3; k++) {
    code
      .i32(0)
      .get(step)
      .i32(12)
      .op("i32_mul")
      .memory("f32_load", places.coefficients + 4 * k);
    code.memory("f32_store", places.numbers + 4 * k);
  }
}

/**
 * batches(order, count, size, rows, raw, want, buffer) -> steps done: `count` batches of `size` rows (the last one shorter if
 * there aren't as many left), by the row numbers from the address `order` on; `rows` numbers are left there.
 *
 * @param {ModuleBuilder} builder
 * @param {Places} places
 * @param {Parts} parts
 * @param {Code} update
 * @param {Kind} kind
 * @param {import("./groups.js").Frame} frame
 */
function defineBatches(builder, places, parts, update, kind, frame) {
  definePcg64(builder, places.pcg);
  const gather = builder.define(["i32", "i32", "i32", "i32", "f32"], ["i32"]);
  writeGather(gather, frame);
  const code = builder.define(["i32", "i32", "i32", "i32", "i32", "i32", "i32"], ["i32"], "batches");
  const [order, count, size, rows, raw, want, buffer] = [0, 1, 2, 3, 4, 5, 6];
  const [step, left, part, bytes] = Array.from({ length: 4 }, () => code.local("i32"));
  const [weight, many] = [code.local("f32"), code.local("f32")];
  code.loop(() => {
    code.get(size).get(rows).get(size).get(rows).op("i32_lt_u", "select").set(left);
    code.get(rows).get(left).op("i32_sub").set(rows);
    code.f32(1).get(left).op("f32_convert_i32_s").tee(many).op("f32_div").set(weight);
    if (kind.chunked) clearGradient(code, places);
    code.loop(() => {
      code.get(left).i32(places.rows).get(left).i32(places.rows).op("i32_lt_u", "select").set(part);
      for (const local of [order, part, raw, buffer, weight]) code.get(local);
      code.call(gather).set(bytes);
      code.get(order).get(part).i32(2).op("i32_shl", "i32_add").set(order);
      callAll(code, [buffer, bytes, many], parts.forward);
      code.get(want);
      code.if(() => callAll(code, [buffer, bytes, many], parts.loss));
      callAll(code, [buffer, bytes, many], parts.backward, parts.sums);
      code.get(left).get(part).op("i32_sub").tee(left);
    });
    if (kind.penalties) writePenalties(code, frame.lanes, places, many);
    setCoefficients(code, places, step);
    code.call(update).op("i32_eqz");
    code.if(() => code.get(step).op("return"));
    code.get(step).i32(1).op("i32_add").tee(step).get(count).op("i32_ne");
  });
  code.get(step);
}
