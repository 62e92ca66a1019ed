/**
 * NumPy's `default_rng`: the generator that the Python package draws points and orders from.
 *
 * @module
 */

import { Pcg64 } from "./pcg64.js";
import { seedWords } from "./seeds.js";

const EDGE = 3.6541528853610088; // where the tail of the ziggurat begins
const AREA = 4.928673233974655e-3; // of each of its layers
const layers = 256;

/** The ziggurat's tables (Marsaglia & Tsang 2000): widths, densities at them, and what share of each is inside. */
function ziggurat() {
  const density = /** @param {number} x */ (x) => Math.exp(-0.5 * x * x);
  const x = new Float64Array(layers);
  x[layers - 1] = EDGE;
  for (let k = layers - 2; k > 0; k--) x[k] = Math.sqrt(-2 * Math.log(AREA / x[k + 1] + density(x[k + 1])));
  x[0] = AREA / density(EDGE);
  const inside = Float64Array.from(x, (width, k) => (k === 0 ? EDGE / width : x[k - 1] / width) * 2 ** 52);
  inside[1] = 0;
  return { width: x.map((each) => each / 2 ** 52), inside, height: x.map((each, k) => (k ? density(each) : 1)) };
}

/** @type {ReturnType<typeof ziggurat> | null} */
let tables = null;

/** NumPy's `Generator` over PCG64. */
export class Generator {
  /** @param {number[]} entropy */
  constructor(entropy) {
    this.source = new Pcg64(seedWords(entropy, 8));
  }

  /** Uniform in [0, 1). */
  double() {
    const at = this.source.take();
    const [low, high] = [this.source.numbers[at], this.source.numbers[at + 1]];
    return (high * 2 ** 21 + (low >>> 11)) * 2 ** -53;
  }

  /**
   * @param {number} low
   * @param {number} high
   */
  uniform(low, high) {
    return low + (high - low) * this.double();
  }

  /** Standard normal, by the ziggurat. */
  normal() {
    tables ??= ziggurat();
    const { width, inside, height } = tables;
    for (;;) {
      const at = this.source.take();
      const [low, high] = [this.source.numbers[at], this.source.numbers[at + 1]];
      const layer = low & 0xff;
      const size = (high & 0x1fffffff) * 2 ** 23 + (low >>> 9);
      const x = low & 0x100 ? -size * width[layer] : size * width[layer];
      if (size < inside[layer]) return x;
      if (layer === 0) return this.tail(Math.floor(size / 256) % 2 === 1);
      if ((height[layer - 1] - height[layer]) * this.double() + height[layer] < Math.exp(-0.5 * x * x)) return x;
    }
  }

  /** @param {boolean} negative */
  tail(negative) {
    for (;;) {
      const x = -Math.log1p(-this.double()) / EDGE;
      const y = -Math.log1p(-this.double());
      if (y + y > x * x) return negative ? -(EDGE + x) : EDGE + x;
    }
  }

  /**
   * 0 … n - 1 in random order.
   *
   * @param {number} n
   */
  permutation(n) {
    return this.source.permutation(n);
  }
}
