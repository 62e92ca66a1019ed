/**
 * The model file of separatrix: safetensors with one text in its metadata, in which the digest of the whole file stands.
 * Layout and checks: `separatrix.files`, whose bytes these are.
 */

import { json } from "./python.js";
import { sha256 } from "./sha256.js";

/**
 * @typedef {object} Tensor
 * @property {"F32" | "F64" | "I64"} dtype
 * @property {number[]} shape
 * @property {Float32Array | Float64Array | BigInt64Array} values
 */

const FORMAT = 1;
const NEEDS = "0.1.0";
const SIZE = { F32: 4, F64: 8, I64: 8 };
const RANK = { F32: 0, F64: 1, I64: 2 }; // safetensors puts the widest first, and of equal width in this order, from behind
const BLANK = "0".repeat(64);
const KEY = '\\"sha256\\":\\"';

/**
 * The bytes of a model file.
 * @param {Record<string, Tensor>} tensors
 * @param {object} data what the file is about; floats as `Float`
 */
export function packed(tensors, data) {
  const names = Object.keys(tensors).sort(
    (a, b) => RANK[tensors[b].dtype] - RANK[tensors[a].dtype] || (a < b ? -1 : 1),
  );
  const text = json({ format: FORMAT, needs: NEEDS, sha256: BLANK, data });
  const header = headerOf(names, tensors, text);
  const total = names.reduce((sum, name) => sum + bytesOf(tensors[name]).length, 8 + header.length);
  const raw = new Uint8Array(total);
  new DataView(raw.buffer).setBigUint64(0, BigInt(header.length), true);
  raw.set(header, 8);
  let at = 8 + header.length;
  for (const name of names) {
    raw.set(bytesOf(tensors[name]), at);
    at += bytesOf(tensors[name]).length;
  }
  const digest = sha256(raw),
    begin = 8 + new TextDecoder().decode(header).indexOf(KEY) + KEY.length;
  for (let k = 0; k < digest.length; k += 1) raw[begin + k] = digest.charCodeAt(k);
  return raw;
}

/** The JSON header, filled up with spaces to whole words. @param {string[]} names @param {Record<string, Tensor>} tensors @param {string} text */
function headerOf(names, tensors, text) {
  /** @type {Record<string, object>} */
  const header = { __metadata__: { separatrix: text } };
  let at = 0;
  for (const name of names) {
    const { dtype, shape, values } = tensors[name];
    header[name] = { dtype, shape, data_offsets: [at, at + values.length * SIZE[dtype]] };
    at += values.length * SIZE[dtype];
  }
  const written = JSON.stringify(header); // all of it ASCII, since the text is
  return new TextEncoder().encode(written.padEnd(Math.ceil(written.length / 8) * 8, " "));
}

/** Little-endian, as all machines are that browsers run on. @param {Tensor} tensor */
function bytesOf({ values }) {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
