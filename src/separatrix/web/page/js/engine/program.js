/**
 * A registry's formula, written into a function: straight-line code over lanes.
 *
 * @module
 */

/** @typedef {import("./encoder.js").Code} Code */
/** @typedef {import("./lanes.js").Lanes} Lanes */
/** @typedef {import("./types.js").Program} Program */
/** @typedef {import("./types.js").Instruction} Instruction */

const LEAVES = new Set(["input", "constant", "integer"]);
const MASKS = new Set(["<", ">", "<=", ">="]);
const INTEGERS = new Set(["add", "sub", "shl", "lshr", "and", "or", "to_bits"]);

/** The names of the inputs that a formula reads. @param {Program} program */
export function inputsRead({ inputs, code, outputs }) {
  const used = new Set([
    ...outputs,
    ...code.flatMap(([operation, ...operands]) => (LEAVES.has(String(operation)) ? [] : operands)),
  ]);
  return new Set(inputs.filter((_, k) => used.has(k)));
}

/**
 * Write a formula whose inputs are locals; afterwards `outputs` are locals too.
 *
 * @param {Code} code
 * @param {Lanes} lanes
 * @param {Program} program
 * @param {Record<string, number>} inputs names -> locals; those that aren't read may be missing
 * @param {Scratch} scratch
 * @returns {number[]} the locals that hold the results
 */
export function writeProgram(code, lanes, program, inputs, scratch) {
  const writer = new Writer(code, lanes, program, inputs, scratch);
  return program.outputs.map((output) => writer.local(output));
}

/** Locals for the values in between, used again by every formula that is written into the same function. */
export class Scratch {
  /** @param {Code} code */
  constructor(code) {
    this.code = code;
    /** @type {Record<string, number[]>} */
    this.existing = {};
    /** @type {Record<string, number>} */
    this.taken = {};
  }

  /** @param {import("./encoder.js").ValueType} type */
  take(type) {
    const locals = (this.existing[type] ??= []);
    const k = (this.taken[type] = (this.taken[type] ?? 0) + 1);
    while (locals.length < k) locals.push(this.code.local(type));
    return locals[k - 1];
  }

  /** What was taken is free again. */
  release() {
    this.taken = {};
  }
}

class Writer {
  /**
   * @param {Code} code
   * @param {Lanes} lanes
   * @param {Program} program
   * @param {Record<string, number>} inputs
   * @param {Scratch} scratch
   */
  constructor(code, lanes, program, inputs, scratch) {
    this.code = code;
    this.lanes = lanes;
    this.program = program;
    this.inputs = inputs;
    this.scratch = scratch;
    /** @type {Map<number, number>} */
    this.locals = new Map();
    this.uses = new Array(program.code.length).fill(0);
    for (const [operation, ...operands] of program.code)
      if (!LEAVES.has(String(operation))) for (const k of operands) this.uses[Number(k)] += 1;
    for (const k of program.outputs) this.uses[k] += 1;
  }

  /** The local that holds a value, computed now if it wasn't. @param {number} k @returns {number} */
  local(k) {
    const [operation, operand] = this.program.code[k];
    if (operation === "input") return this.inputs[this.program.inputs[Number(operand)]];
    const existing = this.locals.get(k);
    if (existing !== undefined) return existing;
    this.write(k);
    const local = this.scratch.take(this.type(k));
    this.code.set(local);
    this.locals.set(k, local);
    return local;
  }

  /** Put a value on the stack. @param {number} k */
  push(k) {
    const leaf = LEAVES.has(String(this.program.code[k][0]));
    if (this.program.code[k][0] === "input") this.code.get(this.local(k));
    else if (leaf || (this.uses[k] === 1 && !this.locals.has(k))) this.write(k);
    else this.code.get(this.local(k));
  }

  /** @param {number} k */
  type(k) {
    const operation = String(this.program.code[k][0]);
    if (INTEGERS.has(operation) || (MASKS.has(operation) && this.lanes.mode === "scalar")) return this.lanes.integer;
    return this.lanes.value;
  }

  /** Write the instructions of a value. @param {number} k */
  write(k) {
    const [operation, ...operands] = /** @type {[string, ...number[]]} */ (this.program.code[k]);
    const { code, lanes } = this;
    if (operation === "constant") return lanes.constant(code, operands[0]);
    if (operation === "integer") return lanes.whole(code, operands[0]);
    if (operation === "select") return this.select(operands[0], operands[1], operands[2]);
    if (operation === "shl" || operation === "lshr") return this.shift(operation, operands[0], operands[1]);
    for (const operand of operands) this.push(operand);
    if (operation === "fmuladd") return lanes.madd(code);
    return lanes.ops[operation](code);
  }

  /** Shift all lanes by the same constant. @param {string} operation @param {number} value @param {number} by */
  shift(operation, value, by) {
    this.push(value);
    this.code.i32(Number(this.program.code[by][1]));
    if (this.lanes.mode === "scalar") this.code.op(operation === "shl" ? "i32_shl" : "i32_shr_u");
    else this.code.simd(operation === "shl" ? "i32x4_shl" : "i32x4_shr_u");
  }

  /**
   * One or the other by a mask; a smaller or larger of two, and a value or 0, are one instruction in SIMD.
   *
   * @param {number} mask
   * @param {number} yes
   * @param {number} no
   */
  select(mask, yes, no) {
    const { code, lanes, program } = this;
    const [sign, a, b] = /** @type {[string, number, number]} */ (program.code[mask]);
    const vector = lanes.mode !== "scalar";
    if (vector && sign === "<" && yes === b && no === a) return this.both("pmax", a, b);
    if (vector && sign === ">" && yes === b && no === a) return this.both("pmin", a, b);
    if (vector && this.isZero(no)) return this.both("masked", mask, yes);
    this.push(yes);
    this.push(no);
    this.push(mask);
    lanes.choose(code);
  }

  /** @param {string} operation @param {number} a @param {number} b */
  both(operation, a, b) {
    this.push(a);
    this.push(b);
    this.lanes.ops[operation](this.code);
  }

  /** @param {number} k */
  isZero(k) {
    const [operation, number] = this.program.code[k];
    return operation === "constant" && Object.is(number, 0);
  }
}
