/**
 * Colours of what is drawn on canvases, light and dark. Class 0 is blue and a disc, class 1 orange and a triangle: the two
 * colours differ for every kind of colour vision and in lightness, and shape and hatching say the same without colour.
 */

/** @typedef {[number, number, number]} Rgb */
/**
 * @typedef {object} Palette
 * @property {[Rgb, Rgb]} sides of the plane, class 0 and class 1
 * @property {Rgb[]} ramp from class 0 through the middle to class 1
 * @property {Rgb[]} pale the same, so that points stand out on it
 * @property {[string, string]} marks the points
 * @property {string} halo around a point
 * @property {string} ink
 * @property {string} soft axes and names
 * @property {string} line grid
 * @property {string} hatch
 * @property {string} accent
 * @property {string} card
 * @property {[string, string]} curves training and held out
 */

/** @type {Record<"light" | "dark", Palette>} */
const PALETTES = {
  light: {
    sides: [
      [152, 194, 228],
      [255, 229, 190],
    ],
    ramp: [
      [33, 102, 172],
      [103, 160, 206],
      [176, 208, 232],
      [246, 246, 246],
      [253, 219, 170],
      [246, 168, 76],
      [217, 112, 4],
    ],
    pale: [
      [112, 168, 214],
      [152, 194, 228],
      [208, 226, 241],
      [248, 248, 248],
      [255, 238, 212],
      [255, 221, 172],
      [253, 200, 132],
    ],
    marks: ["#1a5a99", "#e9790b"],
    halo: "#ffffff",
    ink: "#171a20",
    soft: "#555d6b",
    line: "#d8dce3",
    hatch: "rgb(122 74 0 / .16)",
    accent: "#5f3dc4",
    card: "#ffffff",
    curves: ["#171a20", "#a13a8d"],
  },
  dark: {
    sides: [
      [22, 58, 96],
      [142, 92, 32],
    ],
    ramp: [
      [122, 186, 245],
      [56, 120, 184],
      [30, 62, 98],
      [30, 33, 39],
      [94, 62, 24],
      [190, 118, 34],
      [255, 179, 92],
    ],
    pale: [
      [20, 66, 112],
      [22, 58, 96],
      [26, 44, 68],
      [30, 33, 39],
      [70, 50, 28],
      [116, 78, 30],
      [156, 100, 32],
    ],
    marks: ["#6db3f2", "#ffb35c"],
    halo: "#0e1014",
    ink: "#e9ebef",
    soft: "#a3acba",
    line: "#2d333d",
    hatch: "rgb(255 214 150 / .16)",
    accent: "#b9a5ff",
    card: "#16191f",
    curves: ["#e9ebef", "#e58fd2"],
  },
};

/** The theme on the screen. @returns {"light" | "dark"} */
export function theme() {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

export function palette() {
  return PALETTES[theme()];
}

/** A colour for CSS. @param {Rgb} rgb */
export function css([r, g, b]) {
  return `rgb(${r} ${g} ${b})`;
}

/** @type {Map<Rgb[], Uint32Array>} */
const tables = new Map();

/**
 * The ramp in 256 colours, each one 32-bit pixel as an `ImageData` has it.
 * @param {Rgb[]} ramp
 * @returns {Uint32Array}
 */
export function rampTable(ramp) {
  let table = tables.get(ramp);
  if (!table) {
    table = Uint32Array.from({ length: 256 }, (_, k) => pixel(mixed(ramp, k / 255)));
    tables.set(ramp, table);
  }
  return table;
}

/** The ramp's colour at a share from 0 to 1. @param {Rgb[]} ramp @param {number} share @returns {Rgb} */
export function mixed(ramp, share) {
  const place = Math.max(0, Math.min(1, share)) * (ramp.length - 1);
  const k = Math.min(ramp.length - 2, Math.floor(place));
  const t = place - k;
  const channel = (/** @type {0 | 1 | 2} */ c) => Math.round(ramp[k][c] + t * (ramp[k + 1][c] - ramp[k][c]));
  return [channel(0), channel(1), channel(2)];
}

/** @param {Rgb} rgb */
function pixel([r, g, b]) {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0; // little-endian, as every browser's machine is
}

/**
 * Values in [-1, 1] as a picture, rows from below.
 * @param {ArrayLike<number>} values (nodes²)
 * @param {number} nodes
 * @param {(value: number) => number} scale to [-1, 1]
 * @param {Rgb[]} [ramp]
 * @returns {HTMLCanvasElement}
 */
export function heatMap(values, nodes, scale, ramp = palette().ramp) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = nodes;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(nodes, nodes);
  const pixels = new Uint32Array(image.data.buffer);
  const table = rampTable(ramp);
  for (let row = 0; row < nodes; row += 1) {
    const from = (nodes - 1 - row) * nodes;
    for (let column = 0; column < nodes; column += 1) {
      const value = scale(values[from + column]);
      pixels[row * nodes + column] =
        table[value >= -1 ? Math.min(255, (127.5 * (value + 1) + 0.5) | 0) : value < -1 ? 0 : 127];
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
