/**
 * Bytes that grow, and WebAssembly's ways to write numbers.
 *
 * @module
 */

const scratch = new DataView(new ArrayBuffer(4));

export class Bytes {
  constructor() {
    this.data = new Uint8Array(256);
    this.length = 0;
  }

  /** Make room for so many more. @param {number} count */
  room(count) {
    if (this.length + count <= this.data.length) return;
    const larger = new Uint8Array(Math.max(2 * this.data.length, this.length + count));
    larger.set(this.written());
    this.data = larger;
  }

  /** What was written so far: a view. */
  written() {
    return this.data.subarray(0, this.length);
  }

  /** @param {number} value */
  byte(value) {
    this.room(1);
    this.data[this.length++] = value;
    return this;
  }

  /** @param {ArrayLike<number>} values */
  append(values) {
    this.room(values.length);
    this.data.set(values, this.length);
    this.length += values.length;
    return this;
  }

  /** A whole number below 2^32 in LEB128. @param {number} value */
  unsigned(value) {
    this.room(5);
    for (; value > 0x7f; value >>>= 7) this.data[this.length++] = (value & 0x7f) | 0x80;
    this.data[this.length++] = value;
    return this;
  }

  /** A number of 32 bits in signed LEB128. @param {number} value */
  signed(value) {
    this.room(5);
    for (; value < -64 || value > 63; value >>= 7) this.data[this.length++] = (value & 0x7f) | 0x80;
    this.data[this.length++] = value & 0x7f;
    return this;
  }

  /** The same of 64 bits. @param {bigint} value */
  signed64(value) {
    for (; value < -64n || value > 63n; value >>= 7n) this.byte(Number(value & 0x7fn) | 0x80);
    return this.byte(Number(value & 0x7fn));
  }

  /** The four bytes of a float32. @param {number} value */
  float(value) {
    scratch.setFloat32(0, value, true);
    return this.scratched();
  }

  /** The four bytes of an integer. @param {number} value */
  integer(value) {
    scratch.setInt32(0, value | 0, true);
    return this.scratched();
  }

  scratched() {
    for (let k = 0; k < 4; k++) this.byte(scratch.getUint8(k));
    return this;
  }

  /** Bytes behind their count. @param {Bytes} part */
  sized(part) {
    return this.unsigned(part.length).append(part.written());
  }

  /** Parts behind their count. @param {Bytes[]} parts */
  list(parts) {
    this.unsigned(parts.length);
    for (const part of parts) this.append(part.written());
    return this;
  }

  /** A name. @param {string} name */
  text(name) {
    return this.sized(new Bytes().append(new TextEncoder().encode(name)));
  }
}
