/** What the package says of itself, from which the files are made: see `separatrix.exports.templates`. */

import made from "../data/take.json" with { type: "json" };

/** A node of an ONNX graph: operation, inputs (numbers, "z", or "#k" for node k), attributes. @typedef {[string, (string | number)[], Record<string, number>]} Node */
/**
 * @typedef {object} TakeData
 * @property {string} version of the package
 * @property {Record<"head" | "step" | "end" | "picture", string> & {width: number, shown: number}} script templates of the plain script
 * @property {Record<string, {script: string, target: string, takes: string}>} losses lines of the script, and whether the loss takes
 *     a probability or a logit
 * @property {Record<string, string>} schedules the script's scheduler, "" for none
 * @property {Record<string, {module: string, nodes: Node[]}>} activations PyTorch's class, and the formula as a graph
 * @property {Record<string, {kind: string, eps: number, reads: string[], always: Record<string, string>}>} optimizers
 * @property {{name: string, default: any, float: boolean}[]} recipe the settings in their order
 * @property {string[]} history the columns of a history, in their order
 * @property {{opset: number, ir: number}} onnx
 */

export const data = /** @type {TakeData} */ (/** @type {unknown} */ (made));
