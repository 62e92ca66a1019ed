/**
 * NumPy's generator PCG64 (O'Neill 2014, XSL-RR 128/64) in WebAssembly, which has 64-bit numbers, and its way to shuffle.
 *
 * @module
 */

import { ModuleBuilder } from "./encoder.js";

/** @typedef {import("./encoder.js").Code} Code */

const MULTIPLIER = [0x4385df649fccf645n, 0x2360ed051fc65da4n]; // low and high 64 bits
const LOW = 0xffffffffn;
const MASK_64 = (1n << 64n) - 1n;
export const PCG64_BYTES = 40; // state, increment, and half of a number that is left over

/**
 * Define the generator's functions in a module. Its state lies at `state`: state low, high, increment low, high (64 bits
 * each), then whether half a number is left over, and that half (32 bits each).
 *
 * @param {ModuleBuilder} builder
 * @param {number} state
 * @returns {{next: Code, permute: Code}} next() -> i64; permute(address, n): 0 … n - 1 in random order as 32-bit numbers
 */
export function definePcg64(builder, state) {
  const next = builder.define([], ["i64"]);
  const half = builder.define([], ["i32"]);
  const permute = builder.define(["i32", "i32"], [], "permute");
  writeNext(next, state);
  writeHalf(half, next, state);
  writePermute(permute, half);
  return { next, permute };
}

/**
 * One step of the congruential generator, then its output: the two halves combined, turned by the highest six bits.
 *
 * @param {Code} code
 * @param {number} state
 */
function writeNext(code, state) {
  const [low, high, first, second, third, newLow] = ["i64", "i64", "i64", "i64", "i64", "i64"].map(() =>
    code.local("i64"),
  );
  const [multiplierLow, multiplierHigh] = MULTIPLIER;
  /** @param {number} offset @param {number} to */
  const load = (offset, to) =>
    code
      .i32(0)
      .memory("i64_load", state + offset)
      .set(to);
  load(0, low);
  load(8, high);
  // the product of the lower halves in parts of 32 bits; `third` gathers what goes beyond 64
  code
    .get(low)
    .i64(LOW)
    .op("i64_and")
    .i64(multiplierLow & LOW)
    .op("i64_mul")
    .set(first);
  code
    .get(low)
    .i64(32n)
    .op("i64_shr_u")
    .i64(multiplierLow & LOW)
    .op("i64_mul");
  code.get(first).i64(32n).op("i64_shr_u", "i64_add").set(second);
  code
    .get(low)
    .i64(LOW)
    .op("i64_and")
    .i64(multiplierLow >> 32n)
    .op("i64_mul");
  code.get(second).i64(LOW).op("i64_and", "i64_add").i64(32n).op("i64_shr_u");
  code
    .get(low)
    .i64(32n)
    .op("i64_shr_u")
    .i64(multiplierLow >> 32n)
    .op("i64_mul", "i64_add");
  code.get(second).i64(32n).op("i64_shr_u", "i64_add").set(third);
  code.get(high).i64(multiplierLow).op("i64_mul");
  code.get(low).i64(multiplierHigh).op("i64_mul", "i64_add").get(third).op("i64_add").set(high);
  code
    .get(low)
    .i64(multiplierLow)
    .op("i64_mul")
    .i32(0)
    .memory("i64_load", state + 16);
  code.op("i64_add").set(newLow);
  code
    .get(high)
    .i32(0)
    .memory("i64_load", state + 24)
    .op("i64_add");
  code
    .get(newLow)
    .i32(0)
    .memory("i64_load", state + 16)
    .op("i64_lt_u", "i64_extend_i32_u", "i64_add")
    .set(high);
  code.i32(0).get(newLow).memory("i64_store", state);
  code
    .i32(0)
    .get(high)
    .memory("i64_store", state + 8);
  code.get(high).get(newLow).op("i64_xor").get(high).i64(58n).op("i64_shr_u", "i64_rotr");
}

/**
 * 32 bits: the lower half of a number, then its upper one.
 *
 * @param {Code} code
 * @param {Code} next
 * @param {number} state
 */
function writeHalf(code, next, state) {
  const [whole, result] = [code.local("i64"), code.local("i32")];
  code.i32(0).memory("i32_load", state + 32);
  code.if(
    () => {
      code
        .i32(0)
        .i32(0)
        .memory("i32_store", state + 32);
      code
        .i32(0)
        .memory("i32_load", state + 36)
        .set(result);
    },
    () => {
      code.call(next).tee(whole).op("i32_wrap_i64").set(result);
      code
        .i32(0)
        .i32(1)
        .memory("i32_store", state + 32);
      code
        .i32(0)
        .get(whole)
        .i64(32n)
        .op("i64_shr_u", "i32_wrap_i64")
        .memory("i32_store", state + 36);
    },
  );
  code.get(result);
}

/**
 * Fisher and Yates' shuffle of 0 … n - 1 from the end; of each partner as many bits are drawn as it may have, until it
 * isn't too large.
 *
 * @param {Code} code
 * @param {Code} half
 */
function writePermute(code, half) {
  const [address, n] = [0, 1];
  const [i, j, swapped] = ["i32", "i32", "i32"].map(() => code.local("i32"));
  /** @param {Code} writer @param {number} index */
  const place = (writer, index) => writer.get(address).get(index).i32(2).op("i32_shl", "i32_add");
  code.loop(() => {
    code.run(place, i).get(i).memory("i32_store", 0);
    code.get(i).i32(1).op("i32_add").tee(i).get(n).op("i32_lt_u");
  });
  code.get(n).i32(2).op("i32_ge_u");
  code.if(() => {
    code.get(n).i32(1).op("i32_sub").set(i);
    code.loop(() => {
      code.loop(() => {
        code.call(half).i32(-1).get(i).op("i32_clz", "i32_shr_u", "i32_and").tee(j);
        code.get(i).op("i32_gt_u");
      });
      code.run(place, i).memory("i32_load", 0).set(swapped);
      code.run(place, i).run(place, j).memory("i32_load", 0).memory("i32_store", 0);
      code.run(place, j).get(swapped).memory("i32_store", 0);
      code.get(i).i32(1).op("i32_sub").tee(i);
    });
  });
}

/**
 * The state that a seed sequence's eight words of 32 bits give, ready for the memory: (5,) 64-bit numbers.
 *
 * @param {Uint32Array} words
 */
export function pcg64State(words) {
  const part = [0, 2, 4, 6].map((k) => BigInt(words[k]) | (BigInt(words[k + 1]) << 32n));
  const [multiplier, mask] = [MULTIPLIER[0] | (MULTIPLIER[1] << 64n), (1n << 128n) - 1n];
  const increment = ((((part[2] << 64n) | part[3]) << 1n) | 1n) & mask;
  const state = ((increment + ((part[0] << 64n) | part[1])) * multiplier + increment) & mask;
  return BigUint64Array.of(state & MASK_64, state >> 64n, increment & MASK_64, increment >> 64n, 0n);
}

const FILL_AT = 64;
const ROOM = (65536 - FILL_AT) >> 3; // numbers drawn in one go

/** @type {WebAssembly.Module | null} */
let compiled = null;

function pcg64Module() {
  if (compiled) return compiled;
  const builder = new ModuleBuilder();
  const { next } = definePcg64(builder, 0);
  const fill = builder.define(["i32"], [], "fill"); // numbers until that address
  const to = fill.local("i32");
  fill.i32(FILL_AT).set(to);
  fill.loop(() => {
    fill.get(to).call(next).memory("i64_store", 0);
    fill.get(to).i32(8).op("i32_add").tee(to).get(0).op("i32_lt_u");
  });
  compiled = new WebAssembly.Module(builder.bytes());
  return compiled;
}

/** The generator on its own, with its numbers as pairs of 32 bits. */
export class Pcg64 {
  /** @param {Uint32Array} words eight words of a seed sequence */
  constructor(words) {
    this.memory = new WebAssembly.Memory({ initial: 4 });
    const exports = new WebAssembly.Instance(pcg64Module(), { page: { memory: this.memory } }).exports;
    this.fill = /** @type {(until: number) => void} */ (exports.fill);
    this.permute = /** @type {(address: number, n: number) => void} */ (exports.permute);
    new BigUint64Array(this.memory.buffer, 0, 5).set(pcg64State(words));
    this.numbers = new Uint32Array(this.memory.buffer, FILL_AT, 2 * ROOM);
    this.left = 0;
    this.drawn = 0;
  }

  /**
   * Say that so many numbers will be drawn: they are made in one go. Without it they are made one by one.
   *
   * @param {number} count
   */
  expect(count) {
    if (this.left) return;
    this.left = this.drawn = Math.max(1, Math.min(count, ROOM));
    this.fill(FILL_AT + 8 * this.drawn);
  }

  /** The place in `numbers` of the next one's lower half; its upper half follows. */
  take() {
    this.expect(1);
    return 2 * (this.drawn - this.left--);
  }

  /**
   * 0 … n - 1 in random order.
   *
   * @param {number} n
   */
  permutation(n) {
    const bytes = FILL_AT + 4 * n - this.memory.buffer.byteLength;
    if (bytes > 0) {
      this.memory.grow(Math.ceil(bytes / 65536));
      this.numbers = new Uint32Array(this.memory.buffer, FILL_AT, 2 * ROOM);
    }
    this.permute(FILL_AT, n);
    return new Uint32Array(this.memory.buffer, FILL_AT, n).slice();
  }
}
