/**
 * WebAssembly's binary format: functions written instruction by instruction, then a whole module as bytes.
 *
 * The numbers are those of the specification, https://webassembly.github.io/spec/core/binary/.
 *
 * @module
 */

import { Bytes } from "./bytes.js";

/** @typedef {"i32" | "i64" | "f32" | "f64" | "v128"} ValueType */

/** @type {Record<ValueType, number>} */
const TYPES = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const VOID = 0x40;
const SIMD = 0xfd;

/** Instructions of one byte without operands of their own. */
const OPS = /** @type {const} */ ({
  end: 0x0b, else: 0x05, return: 0x0f, select: 0x1b,
  i32_eqz: 0x45, i32_ne: 0x47, i32_lt_u: 0x49, i32_gt_u: 0x4b, i32_ge_u: 0x4f,
  i64_lt_u: 0x54, i32_clz: 0x67,
  f32_eq: 0x5b, f32_lt: 0x5d, f32_gt: 0x5e, f32_le: 0x5f, f32_ge: 0x60,
  i32_add: 0x6a, i32_sub: 0x6b, i32_mul: 0x6c, i32_and: 0x71, i32_or: 0x72, i32_shl: 0x74,
  i32_shr_u: 0x76,
  i64_add: 0x7c, i64_mul: 0x7e, i64_and: 0x83, i64_xor: 0x85, i64_shr_u: 0x88, i64_rotr: 0x8a,
  f32_abs: 0x8b, f32_neg: 0x8c, f32_sqrt: 0x91, f32_add: 0x92, f32_sub: 0x93, f32_mul: 0x94, f32_div: 0x95,
  i32_wrap_i64: 0xa7, i64_extend_i32_u: 0xad, f32_convert_i32_s: 0xb2, i32_reinterpret_f32: 0xbc, f32_reinterpret_i32: 0xbe,
}); // prettier-ignore

/** Loads and stores: the instruction, and whether it is of the SIMD group. */
const MEMORY = {
  i32_load: [0x28, 0], i64_load: [0x29, 0], f32_load: [0x2a, 0], i32_store: [0x36, 0], i64_store: [0x37, 0], f32_store: [0x38, 0],
  v128_load: [0x00, 1], v128_load32_splat: [0x09, 1], v128_store: [0x0b, 1],
}; // prettier-ignore

/** SIMD instructions without operands of their own. */
const SIMD_OPS = /** @type {const} */ ({
  f32x4_splat: 0x13, f32x4_eq: 0x41, f32x4_lt: 0x43, f32x4_gt: 0x44, f32x4_le: 0x45, f32x4_ge: 0x46,
  v128_and: 0x4e, v128_or: 0x50, v128_bitselect: 0x52,
  i32x4_all_true: 0xa3, i32x4_shl: 0xab, i32x4_shr_u: 0xad, i32x4_add: 0xae, i32x4_sub: 0xb1,
  f32x4_abs: 0xe0, f32x4_neg: 0xe1, f32x4_sqrt: 0xe3, f32x4_add: 0xe4, f32x4_sub: 0xe5, f32x4_mul: 0xe6, f32x4_div: 0xe7,
  f32x4_pmin: 0xea, f32x4_pmax: 0xeb, f32x4_convert_i32x4_s: 0xfa, f32x4_relaxed_madd: 0x105, i32x4_relaxed_laneselect: 0x10b,
}); // prettier-ignore

/** One function: its instructions so far, and its locals, of which the parameters are the first. */
export class Code {
  /**
   * @param {number} index the function's number in its module
   * @param {ValueType[]} params
   * @param {ValueType[]} results
   */
  constructor(index, params, results) {
    this.index = index;
    this.params = params;
    this.results = results;
    /** @type {ValueType[]} */
    this.locals = [];
    this.bytes = new Bytes();
  }

  /**
   * A new local of that type.
   *
   * @param {ValueType} type
   */
  local(type) {
    this.locals.push(type);
    return this.params.length + this.locals.length - 1;
  }

  /** @param {...keyof typeof OPS} names */
  op(...names) {
    for (const name of names) this.bytes.byte(OPS[name]);
    return this;
  }

  /** @param {...keyof typeof SIMD_OPS} names */
  simd(...names) {
    for (const name of names) this.bytes.byte(SIMD).unsigned(SIMD_OPS[name]);
    return this;
  }

  /** @param {number} local */
  get(local) {
    this.bytes.byte(0x20).unsigned(local);
    return this;
  }

  /** @param {number} local */
  set(local) {
    this.bytes.byte(0x21).unsigned(local);
    return this;
  }

  /** @param {number} local */
  tee(local) {
    this.bytes.byte(0x22).unsigned(local);
    return this;
  }

  /** @param {number} value */
  i32(value) {
    this.bytes.byte(0x41).signed(value | 0);
    return this;
  }

  /** @param {bigint} value */
  i64(value) {
    this.bytes.byte(0x42).signed64(BigInt.asIntN(64, value));
    return this;
  }

  /** @param {number} value */
  f32(value) {
    this.bytes.byte(0x43).float(value);
    return this;
  }

  /** @param {number} value the same float32 in all four lanes */
  f32x4(value) {
    this.bytes.byte(SIMD).byte(0x0c).float(value).float(value).float(value).float(value);
    return this;
  }

  /** @param {number} value the same integer in all four lanes */
  i32x4(value) {
    this.bytes.byte(SIMD).byte(0x0c).integer(value).integer(value).integer(value).integer(value);
    return this;
  }

  /**
   * A load or store at the address on the stack plus `offset`.
   *
   * @param {keyof typeof MEMORY} name
   * @param {number} offset
   */
  memory(name, offset) {
    const [op, simd] = MEMORY[name];
    if (simd) this.bytes.byte(SIMD);
    this.bytes.byte(op).byte(0).unsigned(offset); // alignment 2^0: a hint only
    return this;
  }

  /** @param {number} lane the float32 in that lane of the vector on the stack */
  extractLane(lane) {
    this.bytes.byte(SIMD).byte(0x1f).byte(lane);
    return this;
  }

  /** @param {number[]} lanes of two vectors on the stack, four 32-bit lanes by number: 0…3 of the first, 4…7 of the second */
  shuffle(lanes) {
    this.bytes.byte(SIMD).byte(0x0d);
    for (const lane of lanes) for (let k = 0; k < 4; k++) this.bytes.byte(4 * lane + k);
    return this;
  }

  /** Set bytes: address, value, count on the stack. */
  fill() {
    this.bytes.append([0xfc, 0x0b, 0x00]);
    return this;
  }

  /** @param {Code} other */
  call(other) {
    this.bytes.byte(0x10).unsigned(other.index);
    return this;
  }

  /**
   * Let a function write the next instructions.
   *
   * @template {unknown[]} Rest
   * @param {(code: Code, ...rest: Rest) => unknown} write
   * @param {Rest} rest
   */
  run(write, ...rest) {
    write(this, ...rest);
    return this;
  }

  /** @param {() => void} body ends with a condition on the stack: again while it isn't 0 */
  loop(body) {
    this.bytes.byte(0x03).byte(VOID);
    body();
    this.bytes.byte(0x0d).byte(0).byte(OPS.end);
  }

  /**
   * Take the condition from the stack.
   *
   * @param {() => void} yes
   * @param {() => void} [no]
   */
  if(yes, no) {
    this.bytes.byte(0x04).byte(VOID);
    yes();
    if (no) {
      this.op("else");
      no();
    }
    this.op("end");
  }

  /** The function's body as the format wants it: its locals in runs of one type, its instructions. */
  body() {
    /** @type {[ValueType, number][]} */
    const runs = [];
    for (const type of this.locals) {
      const last = runs[runs.length - 1];
      if (last && last[0] === type) last[1] += 1;
      else runs.push([type, 1]);
    }
    const locals = runs.map(([type, count]) => new Bytes().unsigned(count).byte(TYPES[type]));
    return new Bytes().sized(new Bytes().list(locals).append(this.bytes.written()).byte(OPS.end));
  }
}

/** A module under construction; it imports its memory as `page.memory`. */
export class ModuleBuilder {
  constructor() {
    /** @type {Code[]} */
    this.functions = [];
    /** @type {[string, Code][]} */
    this.exports = [];
  }

  /**
   * A new function; exported under a name if one is given.
   *
   * @param {ValueType[]} params
   * @param {ValueType[]} results
   * @param {string} [name]
   */
  define(params, results, name) {
    const code = new Code(this.functions.length, params, results);
    this.functions.push(code);
    if (name) this.exports.push([name, code]);
    return code;
  }

  /** The module's bytes. */
  bytes() {
    const types = /** @param {ValueType[]} list */ (list) => list.map((type) => new Bytes().byte(TYPES[type]));
    const kinds = this.functions.map(({ params, results }) =>
      new Bytes().byte(0x60).list(types(params)).list(types(results)),
    );
    const memory = new Bytes().text("page").text("memory").byte(0x02).byte(0x00).unsigned(1);
    const numbers = this.functions.map((_, k) => new Bytes().unsigned(k));
    const named = this.exports.map(([name, { index }]) => new Bytes().text(name).byte(0x00).unsigned(index));
    const module = new Bytes().append([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    const sections = /** @type {[number, Bytes[]][]} */ ([
      [1, kinds],
      [2, [memory]],
      [3, numbers],
      [7, named],
      [10, this.functions.map((code) => code.body())],
    ]);
    for (const [id, parts] of sections) module.byte(id).sized(new Bytes().list(parts));
    return module.written().slice();
  }
}
