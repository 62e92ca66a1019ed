/** The network's picture: weights as lines, units as small pictures of their answers, biases as squares. */

import { css, heatMap, mixed, palette } from "../colours.js";
import { bodyFont } from "../plane/frame.js";
import { along, edge } from "./geometry.js";

/** @typedef {import("./geometry.js").Geometry} Geometry */
/** @typedef {import("../engine/types.js").Layer} Layer */
/** @typedef {{column: number, from: number, to: number, value: number, index: number}} Weight a line; `from` is a row of its column */

const BIAS = 8; // pixels
const MOST_NUMBERED = 72; // lines that carry their numbers

/**
 * All weights as lines. @param {Layer[]} layers @param {ArrayLike<number>} parameters @param {number[]} rows of the inputs in use
 * @returns {Weight[]}
 */
export function weightsOf(layers, parameters, rows) {
  return layers.flatMap(({ fan_in, fan_out, weight }, k) =>
    Array.from({ length: fan_in * fan_out }, (_, j) => {
      const [to, from] = [Math.floor(j / fan_in), j % fan_in];
      return { column: k + 1, from: k === 0 ? rows[from] : from, to, value: parameters[weight + j], index: weight + j };
    }),
  );
}

/** @param {CanvasRenderingContext2D} context @param {Geometry} geometry @param {Weight[]} weights @param {number} marked index of a weight, or -1 @param {boolean} numbered */
export function drawWeights(context, geometry, weights, marked, numbered) {
  const colours = palette();
  const most = Math.max(1e-9, ...weights.map(({ value }) => Math.abs(value) || 0));
  for (const one of weights) {
    const share = Math.min(1, Math.abs(one.value) / most) || 0;
    const [x0, y0, x1, y1] = edge(geometry, one.column, one.from, one.to);
    const middle = (x0 + x1) / 2;
    context.beginPath();
    context.moveTo(x0, y0);
    context.bezierCurveTo(middle, y0, middle, y1, x1, y1);
    context.setLineDash(one.value < 0 ? [5, 3] : []);
    Object.assign(context, {
      strokeStyle: one.index === marked ? colours.accent : colours.marks[one.value < 0 ? 0 : 1],
      lineWidth: one.index === marked ? 4 : 0.6 + 4.4 * share,
      globalAlpha: one.index === marked ? 1 : 0.25 + 0.65 * share,
    });
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
  if (numbered && weights.length <= MOST_NUMBERED) for (const one of weights) drawNumber(context, geometry, one);
}

/** @param {CanvasRenderingContext2D} context @param {Geometry} geometry @param {Weight} weight */
function drawNumber(context, geometry, { column, from, to, value }) {
  const colours = palette();
  const [x, y] = along(edge(geometry, column, from, to), 0.22 + 0.56 * ((0.618 * from + 0.382 * to) % 1)); // spread along the lines
  Object.assign(context, {
    font: `10.5px ${bodyFont()}`,
    textAlign: "center",
    lineWidth: 3,
    lineJoin: "round",
    strokeStyle: colours.card,
    fillStyle: colours.ink,
  });
  const text = signed(value, 2);
  context.strokeText(text, x, y + 3.5);
  context.fillText(text, x, y + 3.5);
}

/** A number with its sign, as people write it. @param {number} value @param {number} digits after the point */
export function signed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}

/** Every unit's picture, one beside the other: one transfer to the screen for all. */
export class Atlas {
  canvas = document.createElement("canvas");
  /** @type {ImageData | null} */ #image = null;

  /**
   * @param {Float32Array[]} layers answers of each layer's units
   * @param {number} nodes along an axis of each picture
   * @param {Uint32Array} table 256 colours
   */
  fill(layers, nodes, table) {
    const size = nodes * nodes;
    const count = layers.reduce((sum, layer) => sum + layer.length / size, 0);
    if (this.canvas.width !== nodes || this.canvas.height !== nodes * count)
      Object.assign(this.canvas, { width: nodes, height: nodes * count });
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    if (this.#image?.height !== nodes * count) this.#image = context.createImageData(nodes, nodes * count);
    const pixels = new Uint32Array(this.#image.data.buffer);
    let at = 0;
    layers.forEach((layer, k) => {
      for (let start = 0; start < layer.length; start += size, at += size) {
        paint(
          layer.subarray(start, start + size),
          pixels.subarray(at, at + size),
          nodes,
          table,
          k === layers.length - 1,
        );
      }
    });
    context.putImageData(this.#image, 0, 0);
  }
}

/** @param {Float32Array} answers @param {Uint32Array} pixels @param {number} nodes @param {Uint32Array} table @param {boolean} isLogit */
function paint(answers, pixels, nodes, table, isLogit) {
  let most = 0;
  for (let k = 0; k < answers.length; k += 1) if (Math.abs(answers[k]) > most) most = Math.abs(answers[k]);
  const scale = most > 0 && most < Infinity ? 1 / most : 0;
  for (let row = 0; row < nodes; row += 1) {
    const from = (nodes - 1 - row) * nodes;
    for (let column = 0; column < nodes; column += 1) {
      const value = isLogit ? Math.tanh(answers[from + column] / 2) : answers[from + column] * scale;
      pixels[row * nodes + column] = table[value >= -1 && value <= 1 ? (127.5 * (value + 1) + 0.5) | 0 : 127];
    }
  }
}

/**
 * Pictures, biases and crosses over dead units.
 * @param {CanvasRenderingContext2D} context @param {Geometry} geometry @param {HTMLCanvasElement} atlas @param {number} nodes
 * @param {{column: number, row: number, bias: number | null, dead: boolean}[]} units in the atlas's order
 */
export function drawUnits(context, geometry, atlas, nodes, units) {
  const colours = palette();
  const { size } = geometry;
  const most = Math.max(1e-9, ...units.map(({ bias }) => Math.abs(bias ?? 0)));
  units.forEach(({ column, row, bias, dead }, k) => {
    const [x, y] = [geometry.columns[column].x - size / 2, geometry.columns[column].y[row] - size / 2];
    context.imageSmoothingEnabled = true;
    context.drawImage(atlas, 0, k * nodes, nodes, nodes, x, y, size, size);
    if (dead) cross(context, x, y, size, colours.ink);
    if (bias === null) return;
    context.fillStyle = css(mixed(colours.ramp, 0.5 + (0.5 * bias) / most));
    Object.assign(context, { strokeStyle: colours.ink, lineWidth: 1 });
    context.fillRect(x - BIAS / 2, y + size - BIAS / 2, BIAS, BIAS);
    context.strokeRect(x - BIAS / 2, y + size - BIAS / 2, BIAS, BIAS);
  });
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} size @param {string} ink */
function cross(context, x, y, size, ink) {
  Object.assign(context, { strokeStyle: ink, lineWidth: 1.75 });
  context.stroke(
    new Path2D(`M${x + 3} ${y + 3}l${size - 6} ${size - 6}M${x + size - 3} ${y + 3}l${6 - size} ${size - 6}`),
  );
}

/** An input that isn't in use, in pale colours. @param {(x1: number, x2: number) => number} feature @param {import("../engine/types.js").View} view @param {number} nodes */
export function inputPicture(feature, view, nodes) {
  const step = (/** @type {0 | 1} */ k) => (view.high[k] - view.low[k]) / nodes;
  const values = Float32Array.from({ length: nodes * nodes }, (_, k) =>
    feature(view.low[0] + step(0) * ((k % nodes) + 0.5), view.low[1] + step(1) * (Math.floor(k / nodes) + 0.5)),
  );
  const most = Math.max(...values.map(Math.abs)) || 1;
  return heatMap(values, nodes, (value) => value / most);
}
