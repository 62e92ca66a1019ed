/**
 * The instructions of a formula in three ways: relaxed SIMD (products fused with sums), plain SIMD, one float at a time.
 *
 * @module
 */

import { ModuleBuilder } from "./encoder.js";

/** @typedef {import("./encoder.js").Code} Code */
/** @typedef {import("./encoder.js").ValueType} ValueType */
/** @typedef {"relaxed" | "simd" | "scalar"} Mode */

/**
 * One way to compute: the type of a value, of a whole number and of a mask, and its instructions; operands are on the stack.
 *
 * @typedef {object} Lanes
 * @property {Mode} mode
 * @property {number} width samples side by side
 * @property {ValueType} value
 * @property {ValueType} integer
 * @property {(code: Code, number: number) => unknown} constant
 * @property {(code: Code, number: number) => unknown} whole
 * @property {(code: Code, offset: number) => unknown} load
 * @property {(code: Code, offset: number) => unknown} spread one float32 from memory in all lanes
 * @property {(code: Code, offset: number) => unknown} store
 * @property {(code: Code) => unknown} madd a · b + c
 * @property {(code: Code) => unknown} choose yes, no, mask -> yes where the mask holds
 * @property {(code: Code) => unknown} finite whether x - x is 0 in all lanes: an i32
 * @property {Record<string, (code: Code) => void>} ops
 */

/** @param {...Parameters<Code["simd"]>[0]} names @returns {(code: Code) => unknown} */
const simd =
  (...names) =>
  (code) =>
    code.simd(...names);

/** @param {...Parameters<Code["op"]>[0]} names @returns {(code: Code) => unknown} */
const op =
  (...names) =>
  (code) =>
    code.op(...names);

/** @type {Lanes["ops"]} */
const VECTOR_OPS = {
  fadd: simd("f32x4_add"), fsub: simd("f32x4_sub"), fmul: simd("f32x4_mul"), fdiv: simd("f32x4_div"), fneg: simd("f32x4_neg"),
  fabs: simd("f32x4_abs"), sqrt: simd("f32x4_sqrt"), add: simd("i32x4_add"), sub: simd("i32x4_sub"), and: simd("v128_and"), or: simd("v128_or"),
  "<": simd("f32x4_lt"), ">": simd("f32x4_gt"), "<=": simd("f32x4_le"), ">=": simd("f32x4_ge"), convert: simd("f32x4_convert_i32x4_s"),
  to_bits: () => {}, from_bits: () => {}, pmin: simd("f32x4_pmin"), pmax: simd("f32x4_pmax"), masked: simd("v128_and"),
}; // prettier-ignore

/** @type {Omit<Lanes, "mode" | "madd" | "choose">} */
const VECTOR = {
  width: 4, value: "v128", integer: "v128",
  constant: (code, number) => code.f32x4(number),
  whole: (code, number) => code.i32x4(number),
  load: (code, offset) => code.memory("v128_load", offset),
  spread: (code, offset) => code.memory("v128_load32_splat", offset),
  store: (code, offset) => code.memory("v128_store", offset),
  finite: (code) => code.f32x4(0).simd("f32x4_eq", "i32x4_all_true"),
  ops: VECTOR_OPS,
}; // prettier-ignore

/** @type {Record<Mode, Lanes>} */
export const LANES = {
  relaxed: { ...VECTOR, mode: "relaxed", madd: simd("f32x4_relaxed_madd"), choose: simd("i32x4_relaxed_laneselect") },
  simd: { ...VECTOR, mode: "simd", madd: (code) => maddByParts(code, "v128", "f32x4_mul", "f32x4_add"), choose: simd("v128_bitselect") },
  scalar: {
    mode: "scalar", width: 1, value: "f32", integer: "i32",
    constant: (code, number) => code.f32(number),
    whole: (code, number) => code.i32(number),
    load: (code, offset) => code.memory("f32_load", offset),
    spread: (code, offset) => code.memory("f32_load", offset),
    store: (code, offset) => code.memory("f32_store", offset),
    madd: (code) => maddByParts(code, "f32", "f32_mul", "f32_add"),
    choose: op("select"),
    finite: (code) => code.f32(0).op("f32_eq"),
    ops: {
      fadd: op("f32_add"), fsub: op("f32_sub"), fmul: op("f32_mul"), fdiv: op("f32_div"), fneg: op("f32_neg"), fabs: op("f32_abs"),
      sqrt: op("f32_sqrt"), add: op("i32_add"), sub: op("i32_sub"), and: op("i32_and"), or: op("i32_or"),
      "<": op("f32_lt"), ">": op("f32_gt"), "<=": op("f32_le"), ">=": op("f32_ge"), convert: op("f32_convert_i32_s"),
      to_bits: op("i32_reinterpret_f32"), from_bits: op("f32_reinterpret_i32"),
    },
  },
}; // prettier-ignore

/** @type {WeakMap<Code, Record<string, number>>} */
const spare = new WeakMap();

/**
 * a · b + c by a product and a sum: c is put aside.
 *
 * @param {Code} code
 * @param {"v128" | "f32"} type
 * @param {"f32x4_mul" | "f32_mul"} times
 * @param {"f32x4_add" | "f32_add"} plus
 */
function maddByParts(code, type, times, plus) {
  const locals = spare.get(code) ?? {};
  locals[type] ??= code.local(type);
  spare.set(code, locals);
  code.set(locals[type]);
  if (type === "v128") {
    code.simd(/** @type {"f32x4_mul"} */ (times));
    code.get(locals[type]);
    code.simd(/** @type {"f32x4_add"} */ (plus));
  } else {
    code.op(/** @type {"f32_mul"} */ (times));
    code.get(locals[type]);
    code.op(/** @type {"f32_add"} */ (plus));
  }
}

/**
 * Whether this browser takes a function with that instruction in it.
 *
 * @param {(code: Code) => unknown} write
 */
function takes(write) {
  const builder = new ModuleBuilder();
  const code = builder.define([], []);
  write(code);
  return WebAssembly.validate(builder.bytes());
}

/** The best way that this browser has, or null without WebAssembly. */
export function bestMode() {
  if (typeof WebAssembly === "undefined") return null;
  const zeros = /** @param {Code} code @param {number} count */ (code, count) => {
    for (let k = 0; k < count; k++) code.f32x4(0);
  };
  const drop = /** @param {Code} code */ (code) => code.set(code.local("v128"));
  if (takes((code) => (zeros(code, 3), code.simd("f32x4_relaxed_madd"), drop(code)))) return "relaxed";
  return takes((code) => (zeros(code, 2), code.simd("f32x4_add"), drop(code))) ? "simd" : "scalar";
}
