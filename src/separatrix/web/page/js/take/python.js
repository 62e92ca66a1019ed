/** Numbers as Python writes them, so that what is taken away reads there to the same bits. */

/**
 * A float as `repr` writes it: always with a point or an exponent.
 * @param {number} value
 */
export function floatText(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [digits, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 16) return positional(value.toExponential());
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/**
 * The shortest digits that give this float32 again, without an exponent.
 * @param {number} value a float32
 */
export function float32Text(value) {
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  for (let digits = 0; digits < 9; digits += 1) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return positional(text);
  }
  throw new RangeError(`${value} is no float32`);
}

/** "1.5e-7" -> "0.00000015". @param {string} text */
function positional(text) {
  const [, sign, mantissa, exponent] = /** @type {RegExpExecArray} */ (/^(-?)([\d.]+)e([+-]\d+)$/.exec(text));
  const digits = mantissa.replace(".", ""),
    before = Number(exponent) + 1;
  const whole = before > 0 ? digits.slice(0, before).padEnd(before, "0") : "0";
  const rest = before > 0 ? digits.slice(before) : "0".repeat(-before) + digits;
  return `${sign}${whole}.${rest.replace(/0+$/, "") || "0"}`;
}

/** A value as JSON in which `Float` instances stay floats, in Python's own compact form. @param {unknown} value @returns {string} */
export function json(value) {
  if (value instanceof Float)
    return Number.isFinite(value.value) ? floatText(value.value) : `{"$float":"${floatText(value.value)}"}`;
  if (Array.isArray(value)) return `[${value.map(json).join(",")}]`;
  if (value !== null && typeof value === "object") {
    return `{${Object.entries(value)
      .map(([name, each]) => `${JSON.stringify(name)}:${json(each)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A number that Python must read as a float, though it may be whole. */
export class Float {
  /** @param {number} value */
  constructor(value) {
    this.value = value;
  }
}
