/** Rings around the points on the wrong side; thousands of them are copied pixel by pixel, for as arcs they take over a tenth of a second. */

import { make } from "../dom.js";

const MANY = 200;
const LINE = 1.5;

/**
 * A ring around each of these places of the canvas.
 * @param {CanvasRenderingContext2D} context @param {[number, number][]} places @param {number} radius @param {string} ink
 */
export function drawRingsAt(context, places, radius, ink) {
  if (places.length >= MANY) {
    copyRings(context, places, radius, ink);
    return;
  }
  const rings = new Path2D();
  for (const [x, y] of places) {
    rings.moveTo(x + radius, y);
    rings.arc(x, y, radius, 0, 2 * Math.PI);
  }
  Object.assign(context, { strokeStyle: ink, lineWidth: LINE });
  context.stroke(rings);
}

/** @type {HTMLCanvasElement | null} */
let layer = null;

/** @param {CanvasRenderingContext2D} context @param {[number, number][]} places @param {number} radius @param {string} ink */
function copyRings(context, places, radius, ink) {
  const { width, height } = context.canvas;
  const ratio = context.getTransform().a; // pixels of the screen to one of the page
  const side = Math.ceil(2 * ratio * (radius + LINE));
  const pixels = onePixels(side, ratio * radius, ratio * LINE, ink);
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  for (const [x, y] of places) {
    const [left, top] = [Math.round(ratio * x - side / 2), Math.round(ratio * y - side / 2)];
    for (let k = 0; k < pixels.length; k += 3) {
      const at = left + pixels[k];
      const line = top + pixels[k + 1];
      if (at < 0 || at >= width || line < 0 || line >= height) continue;
      const index = line * width + at;
      if (pixels[k + 2] > words[index]) words[index] = pixels[k + 2]; // the opacity is a word's highest byte
    }
  }
  layer ??= make("canvas");
  Object.assign(layer, { width, height });
  layer.getContext("2d")?.putImageData(image, 0, 0);
  context.drawImage(layer, 0, 0, width / ratio, height / ratio);
}

/**
 * The pixels of one ring that aren't empty: column, row and colour, one after the other.
 * @param {number} side @param {number} radius @param {number} line @param {string} ink
 */
function onePixels(side, radius, line, ink) {
  const canvas = make("canvas");
  Object.assign(canvas, { width: side, height: side });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  Object.assign(context, { strokeStyle: ink, lineWidth: line });
  context.beginPath();
  context.arc(side / 2, side / 2, radius, 0, 2 * Math.PI);
  context.stroke();
  const words = new Uint32Array(context.getImageData(0, 0, side, side).data.buffer);
  return Uint32Array.from([...words].flatMap((word, k) => (word ? [k % side, Math.floor(k / side), word] : [])));
}
