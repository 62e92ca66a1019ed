/**
 * The passes over a chunk of rows: forward, loss, backward, and the sums that are the gradient.
 *
 * For a layer with weights W, biases b and activation f, of the rows a_in:
 *
 *     forward   z = a_in Wᵀ + b,  a = f(z)
 *     backward  d = d_next W_next · f'(z)
 *     sums      gW = dᵀ a_in,  gb = Σ over the rows of d
 *
 * Samples stand side by side in the lanes. A pass goes over the rows group by group (one or two vectors), and computes
 * four units of a group at once: their weights are loaded once for both vectors, the inputs once for the four units.
 *
 * @module
 */

import { overGroups, put, tiles, vectorBytes } from "./groups.js";
import { Scratch, inputsRead, writeProgram } from "./program.js";
import { dropTiny, writeLossSlope } from "./rows.js";

/** @typedef {import("./encoder.js").Code} Code */
/** @typedef {import("./groups.js").Frame} Frame */

const TILE = 4; // units at once
const UNROLLED = 16; // inputs of a unit whose products are written out; more go round a loop

/**
 * For every group of rows and every one of `units`: a sum of products over `inputs`, then what `finish` does with it.
 *
 * @param {Code} code
 * @param {Frame} frame
 * @param {object} sums
 * @param {number} sums.bytes local: bytes of the rows in a column
 * @param {number} sums.units
 * @param {number} sums.inputs
 * @param {number} sums.weight address of the first weight
 * @param {number} sums.unitStep bytes from a unit's weight to the next unit's
 * @param {number} sums.inputStep bytes from an input's weight to the next input's
 * @param {number | null} sums.bias address of the first bias, or null
 * @param {number} sums.base local that is added to the address of the inputs' columns
 * @param {number} sums.source address of the inputs' first column
 * @param {(place: {at: number, offset: number, value: number}) => void} finish place: a local and an offset that lead
 *     from a column of the first unit to this unit's numbers; value: a local
 */
function sumsOfProducts(code, frame, sums, finish) {
  const { lanes, group, places } = frame;
  const [at, from, weight, bias, to, input] = Array.from({ length: 6 }, () => code.local("i32"));
  const [inputWeight, bothWeight] = [code.local("i32"), code.local("i32")];
  const [a, w] = [Array.from({ length: group }, () => code.local(lanes.value)), code.local(lanes.value)];
  const totals = Array.from({ length: TILE * group }, () => code.local(lanes.value));
  const pointers = /** @type {[number, number][]} */ ([[to, TILE * places.stride], [weight, TILE * sums.unitStep], [bias, 4 * TILE]]); // prettier-ignore
  const size = Math.min(UNROLLED, sums.inputs);
  overGroups(code, frame, sums.bytes, at, () => {
    tiles(code, sums.units, TILE, pointers, (units) => {
      for (let unit = 0; unit < units; unit++) {
        if (sums.bias === null) lanes.constant(code, 0);
        else code.get(bias).run(lanes.spread, sums.bias + 4 * unit);
        for (let k = 0; k < group; k++) k + 1 < group ? code.tee(totals[unit * group + k]) : code.set(totals[unit * group + k]);
      }
      tiles(code, sums.inputs, size, [[input, size * places.stride], [inputWeight, size * sums.inputStep]], (inputs) => {
        code.get(sums.base).get(at).get(input).op("i32_add", "i32_add").set(from);
        code.get(weight).get(inputWeight).op("i32_add").set(bothWeight);
        for (let i = 0; i < inputs; i++) {
          for (let k = 0; k < group; k++) code.get(from).run(lanes.load, sums.source + i * places.stride + k * vectorBytes(frame)).set(a[k]);
          for (let unit = 0; unit < units; unit++) {
            code.get(bothWeight).run(lanes.spread, sums.weight + unit * sums.unitStep + i * sums.inputStep).set(w);
            for (let k = 0; k < group; k++) code.get(w).get(a[k]).get(totals[unit * group + k]).run(lanes.madd).set(totals[unit * group + k]);
          }
        }
      }); // prettier-ignore
      code.get(at).get(to).op("i32_add").set(from);
      for (let unit = 0; unit < units; unit++) {
        for (let k = 0; k < group; k++)
          finish({ at: from, offset: unit * places.stride + k * vectorBytes(frame), value: totals[unit * group + k] });
      }
    });
  });
}

/**
 * forward(base, bytes): every layer's z (where a slope or the loss reads it) and a, for the chunk at `base`.
 *
 * @param {Code} code
 * @param {Frame} frame
 */
export function writeForward(code, frame) {
  const { lanes, places, activations, keepsAll } = frame;
  const scratch = new Scratch(code);
  const zero = code.local("i32");
  places.layers.forEach((layer, k) => {
    const inputs = k === 0 ? { base: 0, source: 0 } : { base: zero, source: places.a[k - 1] };
    const weights = { weight: places.p + 4 * layer.weight, unitStep: 4 * layer.fan_in, inputStep: 4, bias: places.p + 4 * layer.bias };
    const shape = { bytes: 1, units: layer.fan_out, inputs: layer.fan_in };
    const last = k === activations.length;
    const keepsZ = last || keepsAll || inputsRead(activations[k].slope).has("z");
    sumsOfProducts(code, frame, { ...shape, ...weights, ...inputs }, (place) => {
      if (keepsZ) put(code, lanes, places.z[k], place);
      if (last) return;
      scratch.release();
      const [value] = writeProgram(code, lanes, activations[k].value, { z: place.value }, scratch);
      put(code, lanes, places.a[k], { ...place, value });
    });
  });
}

/**
 * backward(base, bytes): every layer's d, from the logits on.
 *
 * @param {Code} code
 * @param {Frame} frame
 */
export function writeBackward(code, frame) {
  const { lanes, places, activations } = frame;
  const [scratch, zero] = [new Scratch(code), code.local("i32")];
  writeLossSlope(code, frame, scratch);
  const [z, a] = [code.local(lanes.value), code.local(lanes.value)];
  for (let k = places.layers.length - 1; k > 0; k--) {
    const layer = places.layers[k];
    const weights = { weight: places.p + 4 * layer.weight, unitStep: 4, inputStep: 4 * layer.fan_in, bias: null };
    const shape = { bytes: 1, units: layer.fan_in, inputs: layer.fan_out, base: zero, source: places.d[k] };
    const read = inputsRead(activations[k - 1].slope);
    sumsOfProducts(code, frame, { ...shape, ...weights }, (place) => {
      if (read.has("z"))
        code
          .get(place.at)
          .run(lanes.load, places.z[k - 1] + place.offset)
          .set(z);
      if (read.has("a"))
        code
          .get(place.at)
          .run(lanes.load, places.a[k - 1] + place.offset)
          .set(a);
      scratch.release();
      const [value] = writeProgram(code, lanes, activations[k - 1].slope, { z, a, d: place.value }, scratch);
      if (!activations[k - 1].piecewise_linear) dropTiny(code, lanes, value, scratch);
      put(code, lanes, places.d[k - 1], { ...place, value });
    });
  }
}
