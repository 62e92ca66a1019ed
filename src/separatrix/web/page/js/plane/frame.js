/** Where the box lies on the canvas, and its axes in the data's own units. */

import { numeral } from "../words.js";

/** @typedef {import("../page_types.js").Box} Box */
/**
 * @typedef {object} Frame
 * @property {number} left of the square that shows the box, in CSS pixels
 * @property {number} top
 * @property {number} side
 * @property {Box} box
 * @property {(x1: number) => number} toX
 * @property {(x2: number) => number} toY
 * @property {(x: number) => number} fromX
 * @property {(y: number) => number} fromY
 */

const MARGIN = { left: 46, top: 8, right: 8, bottom: 46 };

/** @param {number} size of the whole canvas @param {Box} box @returns {Frame} */
export function frameOf(size, box) {
  const side = Math.max(10, size - MARGIN.left - MARGIN.right);
  const { centre, half } = box;
  const scale = side / (2 * half);
  const [left, top] = [MARGIN.left, MARGIN.top];
  return {
    left,
    top,
    side,
    box,
    toX: (x1) => left + (x1 - centre[0] + half) * scale,
    toY: (x2) => top + side - (x2 - centre[1] + half) * scale,
    fromX: (x) => centre[0] - half + Math.max(0, Math.min(side, x - left)) / scale,
    fromY: (y) => centre[1] - half + (side - Math.max(0, Math.min(side, y - top))) / scale,
  };
}

/** About `count` round numbers from low to high. @param {number} low @param {number} high @param {number} [count] */
export function ticks(low, high, count = 6) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => (first + k) * step);
}

/** @param {number} value @param {number} step between two ticks */
export function tickText(value, step) {
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
  if (Math.abs(value) >= 1e5) return numeral(value, { notation: "compact" });
  return numeral(Math.abs(value) < step / 1e6 ? 0 : value, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

/**
 * Axes with ticks in the data's own units, and their names.
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {import("../page_types.js").Labels | null} labels
 * @param {import("../colours.js").Palette} colours
 */
export function drawAxes(context, frame, labels, colours) {
  const { left, top, side, box, toX, toY } = frame;
  Object.assign(context, {
    fillStyle: colours.soft,
    strokeStyle: colours.line,
    lineWidth: 1,
    font: `12px ${bodyFont()}`,
  });
  context.strokeRect(left - 0.5, top - 0.5, side + 1, side + 1);
  [0, 1].forEach((axis) => {
    const { name, shift, scale } = labels?.axes[axis] ?? { name: axis ? "x2" : "x1", shift: 0, scale: 1 };
    const [low, high] = [box.centre[axis] - box.half, box.centre[axis] + box.half].map((at) => shift + scale * at);
    const marks = ticks(low, high);
    const step = marks.length > 1 ? marks[1] - marks[0] : 1;
    for (const value of marks) {
      const at = (value - shift) / scale;
      if (axis === 0) write(context, tickText(value, step), toX(at), top + side + 16, "center");
      else write(context, tickText(value, step), left - 6, toY(at) + 4, "right");
    }
    context.save();
    if (axis === 0) write(context, clipped(context, name, side), left + side / 2, top + side + 35, "center");
    else {
      context.translate(12, top + side / 2);
      context.rotate(-Math.PI / 2);
      write(context, clipped(context, name, side), 0, 0, "center");
    }
    context.restore();
  });
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {number} x @param {number} y @param {CanvasTextAlign} align */
function write(context, text, x, y, align) {
  context.textAlign = align;
  context.fillText(text, x, y);
}

/** A text that is no longer than there is room. @param {CanvasRenderingContext2D} context @param {string} text @param {number} room */
function clipped(context, text, room) {
  let shown = text;
  while (shown.length > 1 && context.measureText(shown).width > room) shown = `${shown.slice(0, -2)}…`;
  return shown;
}

/** @type {string | null} */
let font = null;

/** The page's own type, for canvases. */
export function bodyFont() {
  font ??= getComputedStyle(document.body).fontFamily;
  return font;
}
