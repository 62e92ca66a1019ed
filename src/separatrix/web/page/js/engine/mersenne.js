/**
 * PyTorch's random numbers on the CPU: the Mersenne Twister MT19937 (Matsumoto & Nishimura 1998), seeded by one number of
 * 32 bits, its uniform float32 numbers and its normal ones.
 *
 * PyTorch draws 16 or more normal numbers in blocks of 16 by Box & Muller's formula (1958), with logarithm, sine and
 * cosine as polynomials in float32 (Moshier's Cephes), most products fused with their sums. They are repeated here
 * operation by operation, so that all bits agree.
 *
 * @module
 */

const f = Math.fround;
const SIZE = 624;

export class Mersenne {
  /** @param {number} seed only its lowest 32 bits count */
  constructor(seed) {
    this.state = new Uint32Array(SIZE);
    this.state[0] = seed >>> 0;
    for (let k = 1; k < SIZE; k++) {
      const before = this.state[k - 1] ^ (this.state[k - 1] >>> 30);
      this.state[k] = Math.imul(1812433253, before) + k;
    }
    this.at = SIZE;
  }

  /** The next 32 bits. */
  word() {
    if (this.at === SIZE) this.refill();
    let y = this.state[this.at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  refill() {
    const mt = this.state;
    for (let k = 0; k < SIZE; k++) {
      const y = (mt[k] & 0x80000000) | (mt[(k + 1) % SIZE] & 0x7fffffff);
      mt[k] = mt[(k + 397) % SIZE] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.at = 0;
  }

  /** Uniform in [0, 1), a multiple of 2^-24: exact in float32. */
  unit() {
    return (this.word() & 0xffffff) * 2 ** -24;
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  double() {
    const high = this.word();
    return ((high & 0x1fffff) * 2 ** 32 + this.word()) * 2 ** -53;
  }

  /**
   * Numbers in [-bound, bound), as `torch.nn.init` draws them.
   *
   * @param {number} bound
   * @param {number} count
   */
  uniform(bound, count) {
    const low = f(-bound);
    const width = f(f(bound) - low);
    const numbers = new Float32Array(count);
    for (let k = 0; k < count; k++) numbers[k] = this.unit() * width + low; // one rounding, at the end
    return numbers;
  }

  /**
   * Standard normal numbers, as `torch.randn` draws them.
   *
   * @param {number} count
   */
  normal(count) {
    if (count < 16) return this.fewNormal(count);
    const numbers = new Float32Array(count);
    for (let k = 0; k < count; k++) numbers[k] = this.unit();
    for (let first = 0; first + 16 <= count; first += 16) boxMuller(numbers, first);
    if (count % 16) {
      const first = count - 16; // the last 16 are drawn anew
      for (let k = first; k < count; k++) numbers[k] = this.unit();
      boxMuller(numbers, first);
    }
    return numbers;
  }

  /**
   * Fewer than 16 come one by one, in double precision, by pairs.
   *
   * @param {number} count
   */
  fewNormal(count) {
    const numbers = new Float32Array(count);
    for (let k = 0; k < count; k += 2) {
      const [turn, share] = [this.double(), this.double()];
      const radius = Math.sqrt(-2 * Math.log1p(-share));
      numbers[k] = radius * Math.cos(2 * Math.PI * turn);
      if (k + 1 < count) numbers[k + 1] = radius * Math.sin(2 * Math.PI * turn);
    }
    return numbers;
  }
}

/**
 * Sixteen uniform numbers become normal: eight radii from the first half, eight angles from the second.
 *
 * @param {Float32Array} numbers
 * @param {number} first
 */
function boxMuller(numbers, first) {
  for (let k = first; k < first + 8; k++) {
    const radius = f(Math.sqrt(f(-2 * logarithm(f(1 - numbers[k])))));
    const [sine, cosine] = sineAndCosine(f(f(2 * Math.PI) * numbers[k + 8]));
    numbers[k] = radius * cosine;
    numbers[k + 8] = radius * sine;
  }
}

const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1,
  -2.4999993993e-1, 3.3333331174e-1,
].map(f); // prettier-ignore
const LOG_LOW = f(-2.1219444e-4);
const LOG_HIGH = f(0.693359375);
const bits = new Int32Array(1);
const number = new Float32Array(bits.buffer);

/**
 * The natural logarithm of x in (0, 1]. Products are exact in double precision, so that `f(a * b + c)` rounds as a fused
 * multiply-add does.
 *
 * @param {number} x
 */
function logarithm(x) {
  number[0] = x;
  let exponent = (bits[0] >> 23) - 126;
  bits[0] = (bits[0] & 0x807fffff) | 0x3f000000; // into [1/2, 1)
  x = number[0];
  const small = x < f(Math.SQRT1_2);
  if (small) exponent -= 1;
  x = f(f(x - 1) + (small ? x : 0));
  const square = f(x * x);
  let y = LOG[0];
  for (let k = 1; k < LOG.length; k++) y = f(y * x + LOG[k]);
  y = f(y * x);
  y = f(y * square + f(exponent * LOG_LOW));
  y = f(square * -0.5 + y);
  return f(exponent * LOG_HIGH + f(x + y));
}

const QUARTERS = [-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8].map(f);
const SINE = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(f);
const COSINE = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(f);

/**
 * Sine and cosine of x >= 0.
 *
 * @param {number} x
 * @returns {[number, number]}
 */
function sineAndCosine(x) {
  const octant = (Math.trunc(f(x * f(1.27323954473516))) + 1) & ~1;
  for (const part of QUARTERS) x = f(octant * part + x);
  const square = f(x * x);
  let c = f(COSINE[0] * square + COSINE[1]);
  c = f(f(c * square + COSINE[2]) * square);
  c = f(f(c * square - f(square * 0.5)) + 1);
  let s = f(SINE[0] * square + SINE[1]);
  s = f(f(s * square + SINE[2]) * square);
  s = f(s * x + x);
  const [sine, cosine] = octant & 2 ? [c, s] : [s, c];
  return [octant & 4 ? -sine : sine, ~(octant - 2) & 4 ? -cosine : cosine];
}
