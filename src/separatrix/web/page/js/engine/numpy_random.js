/**
 * NumPy's `default_rng`: the generator that the Python package draws points and orders from.
 *
 * @module
 */

import { Pcg64 } from "./pcg64.js";
import { seedWords } from "./seeds.js";
import { EDGE, ziggurat } from "./ziggurat.js";

/** NumPy's `Generator` over PCG64. */
export class Generator {
  /** @param {number[]} entropy */
  constructor(entropy) {
    this.source = new Pcg64(seedWords(entropy, 8));
  }

  /** Uniform in [0, 1). */
  double() {
    const index = this.source.take();
    const [low, high] = [this.source.numbers[index], this.source.numbers[index + 1]];
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
    const { width, inside, height } = ziggurat();
    for (;;) {
      const index = this.source.take();
      const [low, high] = [this.source.numbers[index], this.source.numbers[index + 1]];
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
      const x = -(1 / EDGE) * Math.log1p(-this.double());
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
