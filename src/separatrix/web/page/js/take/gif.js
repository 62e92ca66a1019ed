/** A film as an animated GIF (89a): one palette for all frames, compressed as its inventors did (LZW). */

import { joined } from "./protobuf.js";

/**
 * @typedef {object} Frame
 * @property {Uint8Array} indices of each pixel's colour, row by row
 * @property {number} hundredths how long it stays
 */

/**
 * @param {number} width
 * @param {number} height
 * @param {[number, number, number][]} palette at most 256 colours
 * @param {Frame[]} frames
 */
export function animated(width, height, palette, frames) {
  const bits = Math.max(2, Math.ceil(Math.log2(palette.length)));
  const colours = new Uint8Array(3 * 2 ** bits);
  palette.forEach((colour, k) => colours.set(colour, 3 * k));
  /** @type {Uint8Array[]} */
  const parts = [
    ascii("GIF89a"),
    short(width),
    short(height),
    Uint8Array.of(0xf0 | (bits - 1), 0, 0),
    colours,
    Uint8Array.of(0x21, 0xff, 11),
    ascii("NETSCAPE2.0"),
    Uint8Array.of(3, 1, 0, 0, 0), // again and again
  ];
  for (const { indices, hundredths } of frames) {
    parts.push(Uint8Array.of(0x21, 0xf9, 4, 4), short(hundredths), Uint8Array.of(0, 0));
    parts.push(Uint8Array.of(0x2c), short(0), short(0), short(width), short(height), Uint8Array.of(0, bits));
    parts.push(...blocks(compressed(indices, bits)));
  }
  return joined([...parts, Uint8Array.of(0x3b)]);
}

/** The colours of an image and each pixel's number among them; `palette` grows. @param {Uint8ClampedArray} rgba @param {Map<number, number>} palette */
export function indexed(rgba, palette) {
  const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, rgba.length / 4),
    indices = new Uint8Array(pixels.length);
  for (let k = 0; k < pixels.length; k += 1) {
    const colour = pixels[k] & 0xf0f0f0; // blue, green, red; 16 steps of each are enough for antialiased lines
    let index = palette.get(colour);
    if (index === undefined) {
      index = palette.size < 256 ? palette.size : nearest(colour, palette);
      palette.set(colour, index);
    }
    indices[k] = index;
  }
  return indices;
}

/** The numbers of a palette as red, green, blue. @param {Map<number, number>} palette @returns {[number, number, number][]} */
export function coloursOf(palette) {
  /** @type {[number, number, number][]} */
  const colours = [];
  for (const [colour, index] of palette) colours[index] ??= [wide(colour), wide(colour >> 8), wide(colour >> 16)];
  return colours;
}

/** The upper four bits of a byte, spread over all of them. @param {number} value */
const wide = (value) => ((value >> 4) & 15) * 17;

/** @param {number} colour @param {Map<number, number>} palette */
function nearest(colour, palette) {
  let best = 0,
    least = Infinity;
  for (const [other, index] of palette) {
    const far = [0, 8, 16].reduce((sum, bit) => sum + (((colour >> bit) & 255) - ((other >> bit) & 255)) ** 2, 0);
    if (far < least) [best, least] = [index, far];
  }
  return best;
}

/** @param {Uint8Array} indices @param {number} bits */
function compressed(indices, bits) {
  const clear = 1 << bits,
    end = clear + 1;
  /** @type {number[]} */
  const bytes = [];
  let size = bits + 1,
    next = end + 1,
    buffer = 0,
    count = 0;
  /** @type {Map<number, number>} */
  const codes = new Map(); // prefix * 256 + colour -> code
  /** @param {number} code */
  const put = (code) => {
    buffer |= code << count;
    count += size;
    for (; count >= 8; count -= 8, buffer >>>= 8) bytes.push(buffer & 255);
  };
  put(clear);
  let prefix = indices[0];
  for (let k = 1; k < indices.length; k += 1) {
    const key = prefix * 256 + indices[k],
      code = codes.get(key);
    if (code !== undefined) {
      prefix = code;
      continue;
    }
    put(prefix);
    if (next < 4096) {
      codes.set(key, next);
      if (next++ === 1 << size) size += 1;
    } else {
      put(clear);
      codes.clear();
      [size, next] = [bits + 1, end + 1];
    }
    prefix = indices[k];
  }
  put(prefix);
  put(end);
  if (count > 0) bytes.push(buffer & 255);
  return Uint8Array.from(bytes);
}

/** In pieces of at most 255 bytes, each with its length before it. @param {Uint8Array} bytes @returns {Uint8Array[]} */
function blocks(bytes) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const piece = bytes.subarray(at, at + 255);
    pieces.push(Uint8Array.of(piece.length), piece);
  }
  return [...pieces, Uint8Array.of(0)];
}

/** @param {number} value */
const short = (value) => Uint8Array.of(value & 255, value >> 8);

/** @param {string} text */
const ascii = (text) => new TextEncoder().encode(text);
