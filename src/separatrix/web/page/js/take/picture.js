/** The border with its points as a picture: an SVG text, the same as PNG, and the training as a film. */

import { css, mixed, palette } from "../colours.js";
import { animated, coloursOf, indexed } from "./gif.js";
import { regionAbove } from "./contours.js";
import { textFile } from "./taken.js";

/** @typedef {import("../engine/types.js").Rows} Rows */
/** @typedef {import("../page_types.js").Labels} Labels */
/**
 * What a picture shows.
 * @typedef {object} Shown
 * @property {Float32Array} parameters
 * @property {import("../engine/types.js").Evaluator} evaluator
 * @property {import("../engine/types.js").Points} points
 * @property {import("../page_types.js").Box} box
 * @property {Labels | null} labels
 * @property {boolean} smooth probabilities instead of two sides
 * @property {boolean} validation whether the validation points are drawn
 * @property {string} caption
 */

const SIZE = 480,
  LEFT = 64,
  TOP = 24,
  WIDTH = 568,
  HEIGHT = 596,
  NODES = 161;
const TICKS = 5;
const LEVELS = [-Infinity, -2.2, -0.85, 0, 0.85, 2.2]; // logits of 0, 0.1, 0.3, 0.5, 0.7 and 0.9
const SHARES = [0.03, 0.2, 0.4, 0.6, 0.8, 0.97]; // probabilities in the middle of the bands that begin there

/** @param {Shown} shown @returns {import("./taken.js").Parcel} */
export function svg(shown) {
  return textFile("boundary.svg", "image/svg+xml", drawing(shown));
}

/** @param {Shown} shown @returns {Promise<import("./taken.js").Parcel>} */
export async function png(shown) {
  const canvas = await painted(drawing(shown), 2);
  const blob = /** @type {Blob} */ (
    await new Promise((/** @type {BlobCallback} */ resolve) => canvas.toBlob(resolve, "image/png"))
  );
  return { name: "boundary.png", mime: "image/png", bytes: new Uint8Array(await blob.arrayBuffer()) };
}

/**
 * The border while it forms.
 * @param {Shown} shown
 * @param {{parameters: Float32Array, caption: string}[]} moments
 * @param {(share: number) => void} [progress]
 * @returns {Promise<import("./taken.js").Parcel>}
 */
export async function gif(shown, moments, progress = () => undefined) {
  /** @type {Map<number, number>} */
  const palette = new Map();
  const frames = [];
  for (const [k, moment] of moments.entries()) {
    const canvas = await painted(drawing({ ...shown, ...moment }), 1);
    const pixels = context(canvas).getImageData(0, 0, canvas.width, canvas.height);
    frames.push({ indices: indexed(pixels.data, palette), hundredths: k === moments.length - 1 ? 200 : 8 });
    progress((k + 1) / moments.length);
  }
  return { name: "training.gif", mime: "image/gif", bytes: animated(WIDTH, HEIGHT, coloursOf(palette), frames) };
}

/** An SVG text on a canvas. @param {string} text @param {number} scale */
async function painted(text, scale) {
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" })),
    image = new Image();
  try {
    image.src = address;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH * scale, height: HEIGHT * scale });
    context(canvas).drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** @param {HTMLCanvasElement} canvas */
function context(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
}

/** @param {Shown} shown */
function drawing(shown) {
  const { points, validation, labels, caption } = shown,
    { ink, card } = palette();
  const marks = [
    ...(validation && points.validation ? marksOf(points.validation, shown, true) : []),
    ...marksOf(points.train, shown, false),
  ];
  const names = labels ? labels.classes : ["0", "1"];
  const legend = names.map((name, label) => {
    const x = LEFT + 12 + label * (SIZE / 2);
    return mark(x, HEIGHT - 14, label, false) + words(x + 12, HEIGHT - 9, name, "start");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" `,
    `font-family="system-ui, sans-serif" font-size="13" fill="${ink}"><title>${escaped(caption)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${card}"/><g transform="translate(${LEFT} ${TOP})">${plane(shown)}`,
    `<clipPath id="window"><rect width="${SIZE}" height="${SIZE}"/></clipPath><g clip-path="url(#window)">${marks.join("")}</g>`,
    `<rect width="${SIZE}" height="${SIZE}" fill="none" stroke="${ink}"/></g>${axis(shown, 0)}${axis(shown, 1)}`,
    `${words(LEFT + SIZE / 2, 16, caption, "middle")}${legend.join("")}</svg>`,
  ].join("");
}

/** The two sides, or bands of probability, and the border. @param {Shown} shown */
function plane({ evaluator, parameters, box: { centre, half }, smooth }) {
  const reach = half + half / (NODES - 1); // the outermost nodes lie on the window's edge
  /** @param {number} sign @returns {[number, number]} */
  const corner = (sign) => [centre[0] + sign * reach, centre[1] + sign * reach];
  const logits = evaluator.logits(parameters, { low: corner(-1), high: corner(1), nodes: NODES }),
    { sides, ramp, ink } = palette();
  const whole = `M0 0H${SIZE}V${SIZE}H0Z`,
    border = regionAbove(logits, NODES, 0, SIZE);
  const areas = smooth
    ? LEVELS.map((level, k) =>
        area(level === -Infinity ? whole : regionAbove(logits, NODES, level, SIZE), css(mixed(ramp, SHARES[k]))),
      )
    : [area(whole, css(sides[0])), area(border, css(sides[1]))];
  return `${areas.join("")}<path d="${border}" fill="none" stroke="${ink}" stroke-width="1.5" stroke-linejoin="round"/>`;
}

/** @param {string} path @param {string} fill */
function area(path, fill) {
  return `<path d="${path}" fill="${fill}" fill-rule="evenodd"/>`;
}

/** @param {Rows} rows @param {Shown} shown @param {boolean} validation */
function marksOf({ x, y }, { box: { centre, half } }, validation) {
  return [...y].map((label, k) => {
    const across = ((x[2 * k] - centre[0]) / half + 1) * (SIZE / 2),
      up = ((x[2 * k + 1] - centre[1]) / half + 1) * (SIZE / 2);
    return mark(across, SIZE - up, label, validation);
  });
}

/** Class 0 is a disc, class 1 a triangle; validation points are hollow. @param {number} x @param {number} y @param {number} label @param {boolean} validation */
function mark(x, y, label, validation) {
  const { marks, halo } = palette(),
    look = validation ? `fill="none" stroke="${marks[label]}"` : `fill="${marks[label]}" stroke="${halo}"`;
  const [cx, cy, r] = [x.toFixed(1), y.toFixed(1), validation ? 2.4 : 4.6],
    t = 1.2 * r;
  return label
    ? `<path d="M${cx} ${(y - t).toFixed(1)}l${t} ${1.8 * t}h-${2 * t}z" ${look}/>`
    : `<circle cx="${cx}" cy="${cy}" r="${r}" ${look}/>`;
}

/** Ticks, numbers and name of an axis, in the data's own units. @param {Shown} shown @param {0 | 1} which */
function axis({ box: { centre, half }, labels }, which) {
  const { name, shift, scale } = labels?.axes[which] ?? { name: which ? "x₂" : "x₁", shift: 0, scale: 1 };
  const low = shift + scale * (centre[which] - half),
    high = shift + scale * (centre[which] + half);
  const step = roundStep(Math.abs(high - low) / TICKS),
    digits = Math.max(0, -Math.floor(Math.log10(step)));
  const parts = [],
    { ink } = palette();
  for (let k = Math.ceil(Math.min(low, high) / step); k * step <= Math.max(low, high); k += 1) {
    const at = ((k * step - low) / (high - low)) * SIZE,
      text = (k * step)
        .toFixed(digits)
        .replace(/^-(0(?:\.0*)?)$/, "$1")
        .replace("-", "−");
    const [x, y] = which ? [LEFT, TOP + SIZE - at] : [LEFT + at, TOP + SIZE];
    parts.push(`<path d="M${x.toFixed(1)} ${y.toFixed(1)}${which ? "h-5" : "v5"}" stroke="${ink}"/>`);
    parts.push(which ? words(x - 8, y + 4, text, "end") : words(x, y + 19, text, "middle"));
  }
  const [x, y] = which ? [16, TOP + SIZE / 2] : [LEFT + SIZE / 2, TOP + SIZE + 38];
  return parts.join("") + words(x, y, name, "middle", which ? ` transform="rotate(-90 ${x} ${y})"` : "");
}

/** 1, 2 or 5 times a power of ten, near this. @param {number} size */
function roundStep(size) {
  const power = 10 ** Math.floor(Math.log10(size)),
    share = size / power;
  return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

/** @param {number} x @param {number} y @param {string} text @param {string} anchor @param {string} [more] */
function words(x, y, text, anchor, more = "") {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"${more}>${escaped(text)}</text>`;
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
