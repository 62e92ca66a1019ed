/** Points and weights as letters that an address may have. What isn't such letters is refused by a `RangeError` or, by `atob`, a `DOMException`. */

import { DECIMALS } from "./state.js";

const SCALE = 10 ** DECIMALS;

/** Five bytes a point: both coordinates in thousandths, and the label. @param {[number, number, number][]} points */
export function packPoints(points) {
  const bytes = new DataView(new ArrayBuffer(5 * points.length));
  points.forEach(([x1, x2, label], k) => {
    bytes.setInt16(5 * k, Math.round(x1 * SCALE), true);
    bytes.setInt16(5 * k + 2, Math.round(x2 * SCALE), true);
    bytes.setUint8(5 * k + 4, label);
  });
  return toBase64(new Uint8Array(bytes.buffer));
}

/** @param {string} text @returns {[number, number, number][]} */
export function unpackPoints(text) {
  const bytes = fromBase64(text);
  if (bytes.length % 5) throw new RangeError("points are five bytes each");
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 5 }, (_, k) => [
    view.getInt16(5 * k, true) / SCALE,
    view.getInt16(5 * k + 2, true) / SCALE,
    view.getUint8(5 * k + 4),
  ]);
}

/** @param {ArrayLike<number>} values float32 */
export function packFloats(values) {
  return toBase64(new Uint8Array(Float32Array.from(values).buffer));
}

/** @param {string} text */
export function unpackFloats(text) {
  const bytes = fromBase64(text);
  if (bytes.length % 4) throw new RangeError("weights are four bytes each");
  return Array.from(new Float32Array(bytes.buffer));
}

/** @param {Uint8Array} bytes */
function toBase64(bytes) {
  let letters = "";
  for (let k = 0; k < bytes.length; k += 8192) letters += String.fromCharCode(...bytes.subarray(k, k + 8192));
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
function fromBase64(text) {
  if (!/^[\w-]*$/.test(text)) throw new RangeError("not base64");
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}
