/** Protocol buffers' wire format: fields of whole numbers, and of bytes with their length before them. */

/** @param {number} value a whole number, not negative @returns {number[]} */
function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 | 128);
  return [...bytes, value];
}

/** A whole number. @param {number} field @param {number} value */
export function whole(field, value) {
  return Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

/** Bytes, a text, or another message's parts. @param {number} field @param {Uint8Array | string | Uint8Array[]} content */
export function nested(field, content) {
  const bytes =
    typeof content === "string"
      ? new TextEncoder().encode(content)
      : content instanceof Uint8Array
        ? content
        : joined(content);
  return joined([Uint8Array.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes]);
}

/** Parts, one behind the other. @param {Uint8Array[]} parts */
export function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
