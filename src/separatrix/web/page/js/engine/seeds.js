/**
 * NumPy's seed sequence, and the seeds of the Python package's streams.
 *
 * @module
 */

const PURPOSES = ["initial", "order", "split", "points", "test"];
const POOL = 4;

/**
 * The words of 32 bits of a whole number below 2^53, the lowest first.
 *
 * @param {number} value
 */
const wordsOf = (value) => (value < 2 ** 32 ? [value >>> 0] : [value >>> 0, Math.floor(value / 2 ** 32)]);

/**
 * NumPy's seed sequence (O'Neill 2015): entropy stirred into a pool of four words, from which any number of words come.
 *
 * @param {number[]} entropy
 * @param {number} count
 */
export function seedWords(entropy, count) {
  const words = entropy.flatMap(wordsOf);
  let constant = 0x43b0d7e5;
  /** @param {number} value */
  const hash = (value) => {
    value ^= constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return (value ^ (value >>> 16)) >>> 0;
  };
  /** @param {number} x @param {number} y */
  const mix = (x, y) => {
    const result = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y);
    return (result ^ (result >>> 16)) >>> 0;
  };
  const pool = Array.from({ length: POOL }, (_, k) => hash(words[k] ?? 0));
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
  }
  for (let from = POOL; from < words.length; from++) {
    for (let to = 0; to < POOL; to++) pool[to] = mix(pool[to], hash(words[from]));
  }
  constant = 0x8b51f9dd;
  return Uint32Array.from({ length: count }, (_, k) => {
    let value = pool[k % POOL] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  });
}

/**
 * `separatrix.streams.stream_seed`: a 32-bit seed for one purpose.
 *
 * @param {number} seed
 * @param {string} purpose
 */
export function streamSeed(seed, purpose) {
  return seedWords([seed >>> 0, PURPOSES.indexOf(purpose), Math.floor(seed / 2 ** 32)], 1)[0];
}
