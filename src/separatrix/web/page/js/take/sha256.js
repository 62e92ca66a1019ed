/** SHA-256 (FIPS 180-4), because a page that comes by plain HTTP isn't given the browser's own. */

const ROUNDS = constants(64, 1 / 3);
const START = constants(8, 1 / 2);

/** The first 32 bits behind the point of the roots of the first primes. @param {number} count @param {number} power */
function constants(count, power) {
  const found = new Uint32Array(count);
  for (let candidate = 2, k = 0; k < count; candidate += 1) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) prime &&= candidate % divisor !== 0;
    if (prime) found[k++] = (candidate ** power % 1) * 2 ** 32;
  }
  return found;
}

/** @param {number} word @param {number} by */
const turned = (word, by) => (word >>> by) | (word << (32 - by));

/**
 * The digest of bytes, as 64 hexadecimal digits.
 * @param {Uint8Array} bytes
 */
export function sha256(bytes) {
  const padded = new Uint8Array(((bytes.length + 72) >>> 6) << 6);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
  const state = START.slice(),
    words = new Uint32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let k = 0; k < 16; k += 1) words[k] = view.getUint32(at + 4 * k);
    compress(state, words);
  }
  return [...state].map((word) => word.toString(16).padStart(8, "0")).join("");
}

/** One block. @param {Uint32Array} state changed @param {Uint32Array} words the block's 16 and place for 48 more */
function compress(state, words) {
  for (let k = 16; k < 64; k += 1) {
    const [near, far] = [words[k - 15], words[k - 2]];
    const s0 = turned(near, 7) ^ turned(near, 18) ^ (near >>> 3),
      s1 = turned(far, 17) ^ turned(far, 19) ^ (far >>> 10);
    words[k] = words[k - 16] + s0 + words[k - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let k = 0; k < 64; k += 1) {
    const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25),
      s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const one = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[k] + words[k]) | 0;
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, k) => (state[k] += word));
}
