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

import { Scratch, inputsRead, writeProgram } from "./program.js";

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

const TILE = 4; // units at once
const UNROLLED = 16; // inputs of a unit whose products are written out; more go round a loop

/** @param {Frame} frame bytes of a vector's samples in a column */
const vectorBytes = ({ lanes }) => 4 * lanes.width;

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
  for (const [local] of pointers) code.i32(0), code.set(local);
  const forward = () => {
    for (const [local, step] of pointers) code.get(local), code.i32(step), code.op("i32_add"), code.set(local);
  };
  if (whole > 1) {
    const [counter, step] = pointers[0];
    code.loop(() => {
      body(size), forward();
      code.get(counter), code.i32(whole * step), code.op("i32_ne");
    });
  } else if (whole === 1) {
    body(size);
    if (rest) forward();
  }
  if (rest) body(rest);
}

/**
 * A loop over the groups of a chunk: `at` is their place in a column, up to the local `bytes`.
 *
 * @param {Code} code
 * @param {Frame} frame
 * @param {number} bytes
 * @param {number} at
 * @param {() => void} body
 */
function overGroups(code, frame, bytes, at, body) {
  code.i32(0), code.set(at);
  code.loop(() => {
    body();
    code.get(at), code.i32(vectorBytes(frame) * frame.group), code.op("i32_add"), code.tee(at);
    code.get(bytes), code.op("i32_lt_u");
  });
}

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
        else code.get(bias), lanes.spread(code, sums.bias + 4 * unit);
        for (let k = 0; k < group; k++) k + 1 < group ? code.tee(totals[unit * group + k]) : code.set(totals[unit * group + k]);
      }
      tiles(code, sums.inputs, size, [[input, size * places.stride], [inputWeight, size * sums.inputStep]], (inputs) => {
        code.get(sums.base), code.get(at), code.get(input), code.op("i32_add", "i32_add"), code.set(from);
        code.get(weight), code.get(inputWeight), code.op("i32_add"), code.set(bothWeight);
        for (let i = 0; i < inputs; i++) {
          for (let k = 0; k < group; k++) code.get(from), lanes.load(code, sums.source + i * places.stride + k * vectorBytes(frame)), code.set(a[k]);
          for (let unit = 0; unit < units; unit++) {
            code.get(bothWeight), lanes.spread(code, sums.weight + unit * sums.unitStep + i * sums.inputStep), code.set(w);
            for (let k = 0; k < group; k++) code.get(w), code.get(a[k]), code.get(totals[unit * group + k]), lanes.madd(code), code.set(totals[unit * group + k]);
          }
        }
      }); // prettier-ignore
      code.get(at), code.get(to), code.op("i32_add"), code.set(from);
      for (let unit = 0; unit < units; unit++) {
        for (let k = 0; k < group; k++) finish({ at: from, offset: unit * places.stride + k * vectorBytes(frame), value: totals[unit * group + k] });
      }
    });
  });
}

/**
 * Store a local at its place in a column.
 *
 * @param {Code} code
 * @param {Lanes} lanes
 * @param {number} column
 * @param {{at: number, offset: number, value: number}} place
 */
function put(code, lanes, column, { at, offset, value }) {
  code.get(at), code.get(value), lanes.store(code, column + offset);
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
 * The logit of class 1 in a local: the output, or the difference of two.
 *
 * @param {Code} code
 * @param {Frame} frame
 * @param {number} at
 * @param {number} offset
 * @param {number} to
 */
function logit(code, { lanes, places }, at, offset, to) {
  const outputs = places.z[places.z.length - 1];
  const two = places.widths[places.widths.length - 1] === 2;
  if (two) code.get(at), lanes.load(code, outputs + places.stride + offset);
  code.get(at), lanes.load(code, outputs + offset);
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
  code.i32(0), lanes.spread(code, places.gamma), code.set(gamma);
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
  const at = code.local("i32");
  const row = rowLocals(code, frame);
  const [total, right] = [code.local(lanes.value), code.local(lanes.value)];
  overGroups(code, frame, 1, at, () => {
    for (let k = 0; k < group; k++) {
      loadRow(code, frame, at, k * vectorBytes(frame), row);
      scratch.release();
      const [value] = writeProgram(code, lanes, loss.value, row, scratch);
      code.get(value), code.get(row.w), code.get(total), lanes.madd(code), code.set(total);
      scratch.release();
      const [one] = writeProgram(code, lanes, RIGHT, row, scratch);
      code.get(one), code.get(right), lanes.ops.fadd(code), code.set(right);
    }
  });
  code.i32(0), code.get(total), code.get(2);
  if (lanes.mode !== "scalar") code.simd("f32x4_splat");
  lanes.ops.fmul(code);
  code.i32(0), lanes.load(code, places.out), lanes.ops.fadd(code), lanes.store(code, places.out);
  code.i32(0), code.get(right), code.i32(0), lanes.load(code, places.out + 16), lanes.ops.fadd(code), lanes.store(code, places.out + 16);
}

/**
 * @param {Code} code
 * @param {Frame} frame
 * @param {number} at
 * @param {number} offset
 * @param {ReturnType<typeof rowLocals>} row
 */
function loadRow(code, frame, at, offset, row) {
  const { lanes, places } = frame;
  const labels = places.widths[0] * places.stride;
  logit(code, frame, at, offset, row.z);
  code.get(0), code.get(at), code.op("i32_add"), lanes.load(code, labels + offset), code.set(row.y);
  code.get(0), code.get(at), code.op("i32_add"), lanes.load(code, labels + places.stride + offset), code.set(row.w);
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
      if (read.has("z")) code.get(place.at), lanes.load(code, places.z[k - 1] + place.offset), code.set(z);
      if (read.has("a")) code.get(place.at), lanes.load(code, places.a[k - 1] + place.offset), code.set(a);
      scratch.release();
      const [value] = writeProgram(code, lanes, activations[k - 1].slope, { z, a, d: place.value }, scratch);
      if (!activations[k - 1].piecewise_linear) dropTiny(code, lanes, value, scratch);
      put(code, lanes, places.d[k - 1], { ...place, value });
    });
  }
}

/** A number too small to matter becomes 0. @type {Program} */
const LARGE_ENOUGH = {
  inputs: ["d"],
  code: [["input", 0], ["fabs", 0], ["constant", 1e-25], [">", 1, 2], ["constant", 0], ["select", 3, 0, 4]],
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
function dropTiny(code, lanes, local, scratch) {
  const [large] = writeProgram(code, lanes, LARGE_ENOUGH, { d: local }, scratch);
  code.get(large), code.set(local);
}

/**
 * The last layer's d: the loss's slope times the row's weight.
 *
 * @param {Code} code
 * @param {Frame} frame
 * @param {Scratch} scratch
 */
function writeLossSlope(code, frame, scratch) {
  const { lanes, places, group, loss } = frame;
  const at = code.local("i32");
  const row = rowLocals(code, frame);
  const last = places.d[places.d.length - 1];
  const two = places.widths[places.widths.length - 1] === 2;
  overGroups(code, frame, 1, at, () => {
    for (let k = 0; k < group; k++) {
      const offset = k * vectorBytes(frame);
      loadRow(code, frame, at, offset, row);
      scratch.release();
      const [slope] = writeProgram(code, lanes, loss.slope, row, scratch);
      code.get(slope), code.get(row.w), lanes.ops.fmul(code), code.set(row.z);
      dropTiny(code, lanes, row.z, scratch);
      if (two) code.get(at), code.get(row.z), lanes.ops.fneg(code), lanes.store(code, last + offset);
      put(code, lanes, last + (two ? places.stride : 0), { at, offset, value: row.z });
    }
  });
}

/**
 * sums(base, bytes): the gradient, added to what is there if there may be several chunks.
 *
 * @param {Code} code
 * @param {Frame} frame
 * @param {boolean} adds
 */
export function writeSums(code, frame, adds) {
  const { places } = frame;
  const zero = code.local("i32");
  places.layers.forEach((layer, k) => {
    const inputs = k === 0 ? { base: 0, source: 0 } : { base: zero, source: places.a[k - 1] };
    writeLayerSums(code, frame, layer, places.d[k], inputs, adds);
  });
}

/**
 * One layer's sums, a tile of units and inputs at a time: as many sums as the processor has registers for.
 *
 * @param {Code} code
 * @param {Frame} frame
 * @param {Layer} layer
 * @param {number} deltas
 * @param {{base: number, source: number}} inputs
 * @param {boolean} adds
 */
function writeLayerSums(code, frame, layer, deltas, inputs, adds) {
  const { places } = frame;
  const { fan_in, fan_out } = layer;
  const [d, to, toBias, a, toInput, target] = Array.from({ length: 6 }, () => code.local("i32"));
  const inputTile = Math.min(4, fan_in);
  const withBias = inputTile === fan_in;
  const unitTile = [4, 4, 4, 3, 2][inputTile];
  const unitPointers = /** @type {[number, number][]} */ ([[d, unitTile * places.stride], [to, 4 * unitTile * fan_in], [toBias, 4 * unitTile]]); // prettier-ignore
  const inputPointers = /** @type {[number, number][]} */ ([[a, inputTile * places.stride], [toInput, 4 * inputTile]]); // prettier-ignore
  tiles(code, fan_out, unitTile, unitPointers, (units) => {
    tiles(code, fan_in, inputTile, inputPointers, (count) => {
      code.get(to), code.get(toInput), code.op("i32_add"), code.set(target);
      writeTile(code, frame, { layer, units, inputs: count, bias: withBias, deltas, d, a, target, toBias, ...inputs, adds });
    });
  });
  if (withBias) return;
  tiles(code, fan_out, 8, [[d, 8 * places.stride], [toBias, 32]], (units) => {
    writeTile(code, frame, { layer, units, inputs: 0, bias: true, deltas, d, a, target, toBias, ...inputs, adds });
  });
}

/**
 * The sums of one tile over all groups of rows, then over the lanes, into the gradient.
 *
 * @param {Code} code
 * @param {Frame} frame
 * @param {{layer: Layer, units: number, inputs: number, bias: boolean, deltas: number, d: number, a: number, target: number,
 *     toBias: number, base: number, source: number, adds: boolean}} tile
 */
function writeTile(code, frame, tile) {
  const { lanes, places, group } = frame;
  const { layer, units, inputs } = tile;
  const [at, from, fromDelta] = [code.local("i32"), code.local("i32"), code.local("i32")];
  const local = () => code.local(lanes.value);
  const [a, d] = [Array.from({ length: inputs }, local), local()];
  const weights = Array.from({ length: units }, () => Array.from({ length: inputs }, local));
  const biases = tile.bias ? Array.from({ length: units }, local) : [];
  for (const total of [...weights.flat(), ...biases]) lanes.constant(code, 0), code.set(total);
  overGroups(code, frame, 1, at, () => {
    code.get(tile.base), code.get(at), code.get(tile.a), code.op("i32_add", "i32_add"), code.set(from);
    code.get(at), code.get(tile.d), code.op("i32_add"), code.set(fromDelta);
    for (let k = 0; k < group; k++) {
      const offset = k * vectorBytes(frame);
      for (let i = 0; i < inputs; i++) code.get(from), lanes.load(code, tile.source + i * places.stride + offset), code.set(a[i]);
      for (let unit = 0; unit < units; unit++) {
        code.get(fromDelta), lanes.load(code, tile.deltas + unit * places.stride + offset), code.set(d);
        for (let i = 0; i < inputs; i++) code.get(d), code.get(a[i]), code.get(weights[unit][i]), lanes.madd(code), code.set(weights[unit][i]);
        if (tile.bias) code.get(d), code.get(biases[unit]), lanes.ops.fadd(code), code.set(biases[unit]);
      }
    }
  });
  const places_ = weights.flatMap((row, unit) => row.map((value, i) => ({ value, index: unit * layer.fan_in + i })));
  storeLaneSums(code, lanes, places_, { pointer: tile.target, address: places.g + 4 * layer.weight, adds: tile.adds });
  storeLaneSums(code, lanes, biases.map((value, index) => ({ value, index })), { pointer: tile.toBias, address: places.g + 4 * layer.bias, adds: tile.adds }); // prettier-ignore
}

/**
 * The sum over each value's lanes, into memory; four neighbours are summed together.
 *
 * @param {Code} code
 * @param {Lanes} lanes
 * @param {{value: number, index: number}[]} values in rising order of their index
 * @param {{pointer: number, address: number, adds: boolean}} to
 */
function storeLaneSums(code, lanes, values, to) {
  for (let k = 0; k < values.length; ) {
    const four = lanes.width === 4 && k + 3 < values.length && values[k + 3].index === values[k].index + 3;
    const [taken, address] = [values.slice(k, k + (four ? 4 : 1)).map(({ value }) => value), to.address + 4 * values[k].index];
    code.get(to.pointer);
    if (four) fourLaneSums(code, taken);
    else oneLaneSum(code, lanes, taken[0]);
    if (to.adds) code.get(to.pointer), code.memory(four ? "v128_load" : "f32_load", address), four ? code.simd("f32x4_add") : code.op("f32_add");
    code.memory(four ? "v128_store" : "f32_store", address);
    k += taken.length;
  }
}

/** @param {Code} code @param {number[]} values four vectors; their sums, side by side */
function fourLaneSums(code, values) {
  const [first, second] = [code.local("v128"), code.local("v128")];
  const pair = /** @param {number} a @param {number} b @param {number} to */ (a, b, to) => {
    code.get(a), code.get(b), code.shuffle([0, 4, 1, 5]);
    code.get(a), code.get(b), code.shuffle([2, 6, 3, 7]), code.simd("f32x4_add"), code.set(to);
  };
  pair(values[0], values[1], first); // a0+a2, b0+b2, a1+a3, b1+b3
  pair(values[2], values[3], second);
  code.get(first), code.get(second), code.shuffle([0, 1, 4, 5]);
  code.get(first), code.get(second), code.shuffle([2, 3, 6, 7]), code.simd("f32x4_add");
}

/**
 * The sum over a vector's lanes, on the stack.
 *
 * @param {Code} code
 * @param {Lanes} lanes
 * @param {number} value
 */
function oneLaneSum(code, lanes, value) {
  code.get(value);
  if (lanes.mode === "scalar") return;
  const half = code.local("v128");
  code.get(value), code.get(value), code.shuffle([2, 3, 0, 1]), code.simd("f32x4_add"), code.tee(half);
  code.extractLane(0), code.get(half), code.extractLane(1), code.op("f32_add");
}
