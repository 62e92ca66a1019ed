/** A run as the project's model file: `separatrix.load` reads it, and would write the same bytes. */

import { data } from "./data.js";
import { featureMatrix } from "../engine/features.js";
import { packed } from "./model_file.js";
import { Float } from "./python.js";
import { joined } from "./protobuf.js";
import { sha256 } from "./sha256.js";
import { recipeOf } from "./taken.js";

/** @typedef {import("./taken.js").Taken} Taken */
/** @typedef {import("./model_file.js").Tensor} Tensor */

/** @param {Taken} taken @returns {import("./taken.js").Parcel} */
export function model({ run, points }) {
  const { setting } = run;
  const described = {
    kind: "run",
    network: { widths: run.widths, activation: setting.activations, init: setting.init },
    recipe: recipeOf(run),
    status: run.status,
    epochs: run.epochs,
    loss: new Float(run.loss),
    accuracy: new Float(run.accuracy),
    validation_accuracy: run.validation_accuracy === null ? null : new Float(run.validation_accuracy),
    engine: "browser",
    seconds: new Float(run.seconds),
    versions: { separatrix: data.version, browser: navigator.userAgent },
    data: fingerprint(setting.features, points),
  };
  return { name: "model.safetensors", mime: "application/octet-stream", bytes: packed(tensors(run), described) };
}

/** @param {Taken["run"]} run */
function tensors({ parameters, initial, snapshots, log }) {
  const p = parameters.length,
    moments = new Float32Array(snapshots.length * p);
  snapshots.forEach(({ parameters: then }, k) => moments.set(then, k * p));
  /** @type {Record<string, Tensor>} */
  const made = {
    parameters: { dtype: "F32", shape: [p], values: parameters.slice() },
    initial: { dtype: "F32", shape: [p], values: initial.slice() },
    snapshots: { dtype: "F32", shape: [snapshots.length, p], values: moments },
    snapshot_epochs: whole(snapshots.map(({ epoch }) => epoch)),
  };
  for (const name of data.history) {
    const column = log[/** @type {keyof typeof log} */ (name)];
    made[`history.${name}`] =
      name === "epoch" ? whole(column) : { dtype: "F64", shape: [column.length], values: Float64Array.from(column) };
  }
  return made;
}

/** @param {number[]} values @returns {Tensor} */
function whole(values) {
  return { dtype: "I64", shape: [values.length], values: BigInt64Array.from(values, BigInt) };
}

/**
 * SHA-256 of the arrays that were trained and judged on, as `separatrix` computes it.
 * @param {string[]} features @param {Taken["points"]} points
 */
function fingerprint(features, { train, validation }) {
  const pieces = [];
  for (const rows of validation ? [train, validation] : [train]) {
    const x = featureMatrix(features, rows.x);
    pieces.push(
      ...described(x, `(${rows.y.length}, ${features.length})`),
      ...described(Float32Array.from(rows.y), `(${rows.y.length},)`),
    );
  }
  return sha256(joined(pieces));
}

/** Type, shape and bytes of an array. @param {Float32Array} values @param {string} shape */
function described(values, shape) {
  const about = new TextEncoder().encode(`(dtype('float32'), ${shape})`);
  return [about, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)];
}
