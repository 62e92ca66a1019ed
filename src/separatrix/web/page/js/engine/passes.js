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

import { overGroups, overUnits, put, read, tiles, vectorBytes } from "./groups.js";
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
 * @param {(place: import("./groups.js").Place) => void} finish
 */
function sumsOfProducts(code, frame, sums, finish) {
  const { lanes, group, places } = frame;
  const [position, from, weight, bias, to, input] = Array.from({ length: 6 }, () => code.local("i32"));
  const [inputWeight, bothWeight] = [code.local("i32"), code.local("i32")];
  const [a, w] = [Array.from({ length: group }, () => code.local(lanes.value)), code.local(lanes.value)];
  const totals = Array.from({ length: TILE * group }, () => code.local(lanes.value));
  const pointers = /** @type {[number, number][]} */ ([[to, TILE * places.stride], [weight, TILE * sums.unitStep], [bias, 4 * TILE]]); // prettier-ignore
  const size = Math.min(UNROLLED, sums.inputs);
  overGroups(code, frame, sums.bytes, position, () => {
    tiles(code, sums.units, TILE, pointers, (units) => {
      for (let unit = 0; unit < units; unit++) {
        if (sums.bias === null) lanes.constant(code, 0);
        else code.get(bias).run(lanes.spread, sums.bias + 4 * unit);
        for (let k = 0; k < group; k++)
          k + 1 < group ? code.tee(totals[unit * group + k]) : code.set(totals[unit * group + k]);
      }
      tiles(code, sums.inputs, size, [[input, size * places.stride], [inputWeight, size * sums.inputStep]], (inputs) => {
        code.get(sums.base).get(position).get(input).op("i32_add", "i32_add").set(from);
        code.get(weight).get(inputWeight).op("i32_add").set(bothWeight);
        for (let i = 0; i < inputs; i++) {
          for (let k = 0; k < group; k++) code.get(from).run(lanes.load, sums.source + i * places.stride + k * vectorBytes(frame)).set(a[k]);
          for (let unit = 0; unit < units; unit++) {
            code.get(bothWeight).run(lanes.spread, sums.weight + unit * sums.unitStep + i * sums.inputStep).set(w);
            for (let k = 0; k < group; k++) code.get(w).get(a[k]).get(totals[unit * group + k]).run(lanes.madd).set(totals[unit * group + k]);
          }
        }
      }); // prettier-ignore
      code.get(position).get(to).op("i32_add").set(from);
      for (let unit = 0; unit < units; unit++) {
        for (let k = 0; k < group; k++)
          finish({
            position: from,
            offset: unit * places.stride + k * vectorBytes(frame),
            value: totals[unit * group + k],
          });
      }
    });
  });
}

/**
 * Whether a formula is so long that it is written once a layer, in a pass of its own, and not once for every unit of a tile.
 *
 * @param {import("./types.js").Program} program
 */
const isLong = (program) => program.code.length > 24;

/**
 * forward(base, bytes): every layer's z (where a slope or the loss reads it) and a, for the chunk at `base`.
 *
 * @param {Code} code
 * @param {Frame} frame
 */
export function writeForward(code, frame) {
  const { lanes, places, activations, keepsAll } = frame;
  const [scratch, zero, z] = [new Scratch(code), code.local("i32"), code.local(lanes.value)];
  places.layers.forEach((layer, k) => {
    const inputs = k === 0 ? { base: 0, source: 0 } : { base: zero, source: places.a[k - 1] };
    const weights = {
      weight: places.p + 4 * layer.weight,
      unitStep: 4 * layer.fan_in,
      inputStep: 4,
      bias: places.p + 4 * layer.bias,
    };
    const shape = { bytes: 1, units: layer.fan_out, inputs: layer.fan_in };
    const last = k === activations.length;
    const long = !last && isLong(activations[k].value);
    const keepsZ = last || keepsAll || inputsRead(activations[k].slope).has("z");
    const activate = /** @param {import("./groups.js").Place} place */ (place) => {
      scratch.release();
      const [value] = writeProgram(code, lanes, activations[k].value, { z: place.value }, scratch);
      put(code, lanes, places.a[k], { ...place, value });
    };
    sumsOfProducts(code, frame, { ...shape, ...weights, ...inputs }, (place) => {
      if (keepsZ) put(code, lanes, places.z[k], place);
      if (long) put(code, lanes, places.a[k], place);
      else if (!last) activate(place);
    });
    if (long) overUnits(code, frame, 1, layer.fan_out, (place) => activate(read(code, lanes, places.a[k], place, z)));
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
  const [z, a, d] = [code.local(lanes.value), code.local(lanes.value), code.local(lanes.value)];
  for (let k = places.layers.length - 1; k > 0; k--) {
    const layer = places.layers[k];
    const { slope, piecewise_linear } = activations[k - 1];
    const weights = { weight: places.p + 4 * layer.weight, unitStep: 4, inputStep: 4 * layer.fan_in, bias: null };
    const shape = { bytes: 1, units: layer.fan_in, inputs: layer.fan_out, base: zero, source: places.d[k] };
    const needed = inputsRead(slope);
    const times = /** @param {import("./groups.js").Place} place */ (place) => {
      if (needed.has("z")) read(code, lanes, places.z[k - 1], place, z);
      if (needed.has("a")) read(code, lanes, places.a[k - 1], place, a);
      scratch.release();
      const [value] = writeProgram(code, lanes, slope, { z, a, d: place.value }, scratch);
      if (!piecewise_linear) dropTiny(code, lanes, value, scratch);
      put(code, lanes, places.d[k - 1], { ...place, value });
    };
    const long = isLong(slope);
    sumsOfProducts(code, frame, { ...shape, ...weights }, (place) =>
      long ? put(code, lanes, places.d[k - 1], place) : times(place),
    );
    if (long) overUnits(code, frame, 1, layer.fan_in, (place) => times(read(code, lanes, places.d[k - 1], place, d)));
  }
}
