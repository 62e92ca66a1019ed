/**
 * The pass that sums up the gradient: of every weight d · a, of every bias d, over the rows of a chunk.
 *
 * @module
 */

import { overGroups, tiles, vectorBytes } from "./groups.js";

/** @typedef {import("./encoder.js").Code} Code */
/** @typedef {import("./groups.js").Frame} Frame */
/** @typedef {import("./lanes.js").Lanes} Lanes */
/** @typedef {import("./types.js").Layer} Layer */

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
      code.get(to).get(toInput).op("i32_add").set(target);
      writeTile(code, frame, {
        layer,
        units,
        inputs: count,
        bias: withBias,
        deltas,
        d,
        a,
        target,
        toBias,
        ...inputs,
        adds,
      });
    });
  });
  if (withBias) return;
  tiles(
    code,
    fan_out,
    8,
    [
      [d, 8 * places.stride],
      [toBias, 32],
    ],
    (units) => {
      writeTile(code, frame, { layer, units, inputs: 0, bias: true, deltas, d, a, target, toBias, ...inputs, adds });
    },
  );
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
  const [position, from, fromDelta] = [code.local("i32"), code.local("i32"), code.local("i32")];
  const local = () => code.local(lanes.value);
  const [a, d] = [Array.from({ length: inputs }, local), local()];
  const weights = Array.from({ length: units }, () => Array.from({ length: inputs }, local));
  const biases = tile.bias ? Array.from({ length: units }, local) : [];
  for (const total of [...weights.flat(), ...biases]) code.run(lanes.constant, 0).set(total);
  overGroups(code, frame, 1, position, () => {
    code.get(tile.base).get(position).get(tile.a).op("i32_add", "i32_add").set(from);
    code.get(position).get(tile.d).op("i32_add").set(fromDelta);
    for (let k = 0; k < group; k++) {
      const offset = k * vectorBytes(frame);
      for (let i = 0; i < inputs; i++)
        code
          .get(from)
          .run(lanes.load, tile.source + i * places.stride + offset)
          .set(a[i]);
      for (let unit = 0; unit < units; unit++) {
        code
          .get(fromDelta)
          .run(lanes.load, tile.deltas + unit * places.stride + offset)
          .set(d);
        for (let i = 0; i < inputs; i++)
          code.get(d).get(a[i]).get(weights[unit][i]).run(lanes.madd).set(weights[unit][i]);
        if (tile.bias) code.get(d).get(biases[unit]).run(lanes.ops.fadd).set(biases[unit]);
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
    const [taken, address] = [
      values.slice(k, k + (four ? 4 : 1)).map(({ value }) => value),
      to.address + 4 * values[k].index,
    ];
    code.get(to.pointer);
    if (four) fourLaneSums(code, taken);
    else oneLaneSum(code, lanes, taken[0]);
    if (to.adds)
      (code.get(to.pointer).memory(four ? "v128_load" : "f32_load", address),
        four ? code.simd("f32x4_add") : code.op("f32_add"));
    code.memory(four ? "v128_store" : "f32_store", address);
    k += taken.length;
  }
}

/** @param {Code} code @param {number[]} values four vectors; their sums, side by side */
function fourLaneSums(code, values) {
  const [first, second] = [code.local("v128"), code.local("v128")];
  const pair = /** @param {number} a @param {number} b @param {number} to */ (a, b, to) => {
    code.get(a).get(b).shuffle([0, 4, 1, 5]);
    code.get(a).get(b).shuffle([2, 6, 3, 7]).simd("f32x4_add").set(to);
  };
  pair(values[0], values[1], first); // a0+a2, b0+b2, a1+a3, b1+b3
  pair(values[2], values[3], second);
  code.get(first).get(second).shuffle([0, 1, 4, 5]);
  code.get(first).get(second).shuffle([2, 3, 6, 7]).simd("f32x4_add");
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
  code.get(value).get(value).shuffle([2, 3, 0, 1]).simd("f32x4_add").tee(half);
  code.extractLane(0).get(half).extractLane(1).op("f32_add");
}
