/**
 * One step of gradient descent in numbers, as `separatrix.one_step`: forward, loss, backward and every weight's correction.
 *
 * The numbers are those of the kernel that trains, read from its memory: float32.
 *
 * @module
 */

import { featureMatrix } from "./features.js";
import { networkKind, numbersOf, tableOf } from "./kinds.js";
import { ratesOf } from "./schedules.js";
import { Session, prepare } from "./session.js";

/** @typedef {import("./types.js").Setting} Setting */
/** @typedef {import("./types.js").Rows} Rows */
/** @typedef {import("./types.js").OneStep} OneStep */
/** @typedef {import("./types.js").LayerStep} LayerStep */

/**
 * The step on a few rows, at most as many as one chunk of the kernel has (some tens).
 *
 * @param {Setting} setting its loss, first rate and penalties are used; the step is plain gradient descent
 * @param {ArrayLike<number>} parameters (p,)
 * @param {Rows} rows
 * @returns {Promise<OneStep>}
 */
export async function oneStep(setting, parameters, rows) {
  const kind = { ...networkKind(setting), penalties: setting.l1 > 0 || setting.l2 > 0, pairs: false, shown: true };
  await prepare(kind);
  const data = { train: tableOf(setting.features, rows), validation: null, batch: 0, order: null };
  const session = new Session(kind, numbersOf(setting), data);
  try {
    session.parameters.set(parameters);
    return recorded(session, setting, rows);
  } finally {
    session.release();
  }
}

/**
 * @param {Session} session
 * @param {Setting} setting
 * @param {Rows} rows
 * @returns {OneStep}
 */
function recorded(session, setting, rows) {
  const lr = ratesOf(setting, 0, 1)[0];
  const { loss } = session.evaluate();
  const before = Array.from(session.parameters);
  const gradient = Array.from(session.gradient);
  const inputs = table(Array.from(featureMatrix(setting.features, rows.x)), setting.features.length);
  /** @type {LayerStep[]} */
  const layers = [];
  for (let k = 0; k < session.places.layers.length; k++) {
    layers.push(
      layerStep(session, setting, {
        k,
        before,
        gradient,
        inputs: k ? layers[k - 1].a : inputs,
        rows: rows.y.length,
        lr,
      }),
    );
  }
  const row_loss = Array.from(rows.y, (_, row) => lossOfRow(session, setting, rows, row));
  const parameters_after = before.map((w, k) => w - lr * gradient[k]);
  session.parameters.set(parameters_after);
  return { lr, layers, row_loss, loss, loss_after: session.measure().loss, gradient, parameters_after };
}

/** A flat list as rows of so many. @param {number[]} flat @param {number} width @returns {number[][]} */
function table(flat, width) {
  return Array.from({ length: flat.length / width }, (_, k) => flat.slice(k * width, (k + 1) * width));
}

/**
 * @param {Session} session
 * @param {Setting} setting
 * @param {{k: number, before: number[], gradient: number[], inputs: number[][], rows: number, lr: number}} at
 * @returns {LayerStep}
 */
function layerStep(session, setting, { k, before, gradient, inputs, rows, lr }) {
  const { places } = session;
  const { name, fan_in, fan_out, weight, bias } = places.layers[k];
  const units = /** @param {number} columns */ (columns) => {
    const read = Array.from({ length: fan_out }, (_, unit) => session.view(columns + unit * places.stride, rows));
    return Array.from({ length: rows }, (_, row) => read.map((column) => column[row]));
  };
  const last = k === places.layers.length - 1;
  const z = units(places.z[k]);
  const corrected = before.map((w, i) => w - lr * gradient[i]);
  const weights = /** @param {number[]} all */ (all) => table(all.slice(weight, bias), fan_in);
  const biases = /** @param {number[]} all */ (all) => all.slice(bias, bias + fan_out);
  return {
    name, activation: last ? (fan_out === 1 ? "sigmoid" : "softmax") : setting.activations[k], inputs,
    weight: weights(before), bias: biases(before), z, a: last ? z.map(probabilities) : units(places.a[k]), delta: units(places.d[k]),
    weight_gradient: weights(gradient), bias_gradient: biases(gradient), new_weight: weights(corrected), new_bias: biases(corrected),
  }; // prettier-ignore
}

/** Sigmoid of one output, softmax of two. @param {number[]} z */
function probabilities(z) {
  const sigmoid = /** @param {number} logit */ (logit) => 1 / (1 + Math.exp(-logit));
  return z.length === 1 ? [sigmoid(z[0])] : [sigmoid(z[0] - z[1]), sigmoid(z[1] - z[0])];
}

/**
 * @param {Session} session
 * @param {Setting} setting
 * @param {Rows} rows
 * @param {number} row
 */
function lossOfRow(session, setting, rows, row) {
  const placed = { ...session.grid, rows: 1, chunks: 0, last: 4 * session.places.width };
  session.view(placed.address, session.places.chunk / 4).fill(0);
  session.fill(
    placed,
    tableOf(setting.features, { x: rows.x.slice(2 * row, 2 * row + 2), y: rows.y.slice(row, row + 1) }),
  );
  return session.measureRows(placed).loss;
}
