/**
 * A formula with some of its inputs fixed, and what follows from that taken out: plain gradient descent is momentum with a
 * momentum of 0, and need not pay for it.
 *
 * @module
 */

/** @typedef {import("./types.js").Program} Program */
/** @typedef {import("./types.js").Instruction} Instruction */

/**
 * @param {Program} program
 * @param {Record<string, number>} fixed inputs -> their values
 * @returns {Program}
 */
export function simplified(program, fixed) {
  /** @type {Instruction[]} */
  const code = [];
  /** @type {number[]} */
  const places = [];
  for (const line of program.code) places.push(add(code, rewritten(code, line, places, program.inputs, fixed)));
  return { inputs: program.inputs, code, outputs: program.outputs.map((output) => places[output]) };
}

/**
 * The place of an instruction, or of the value that it comes down to.
 *
 * @param {Instruction[]} code
 * @param {Instruction | number} line
 */
function add(code, line) {
  if (typeof line === "number") return line;
  code.push(line);
  return code.length - 1;
}

/**
 * @param {Instruction[]} code what is there so far
 * @param {Instruction} line
 * @param {number[]} places where the old values are now
 * @param {string[]} inputs
 * @param {Record<string, number>} fixed
 * @returns {Instruction | number} an instruction, or the number of a value that equals it
 */
function rewritten(code, [operation, ...operands], places, inputs, fixed) {
  if (operation === "input") {
    const name = inputs[Number(operands[0])];
    return name in fixed ? ["constant", fixed[name]] : [operation, ...operands];
  }
  if (operation === "constant" || operation === "integer") return [operation, ...operands];
  const moved = operands.map((operand) => places[Number(operand)]);
  const is = /** @param {number} k @param {number} value */ (k, value) =>
    code[moved[k]][0] === "constant" && code[moved[k]][1] === value;
  const number = /** @param {number} k */ (k) => Number(code[k][1]);
  if (operation === "fmuladd" && (is(0, 0) || is(1, 0))) return moved[2];
  if (operation === "fmuladd" && (is(0, 1) || is(1, 1))) return ["fadd", moved[is(0, 1) ? 1 : 0], moved[2]];
  if (operation === "fmul" && (is(0, 1) || is(1, 1))) return moved[is(0, 1) ? 1 : 0];
  if (operation === "select" && code[moved[0]][0] === ">") {
    const [, left, right] = /** @type {[string, number, number]} */ (code[moved[0]]);
    if (code[left][0] === "constant" && code[right][0] === "constant")
      return moved[number(left) > number(right) ? 1 : 2];
  }
  return [operation, ...moved];
}
