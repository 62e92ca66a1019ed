// A two-class classifier made by separatrix: one ES module without dependencies, for browsers, Node.js, Deno and Bun.
//
//   import { predict_proba, predict } from "./THIS_FILE";
//   predict_proba({ age: 31, city: "Oslo" })   // [0.25, 0.75]
//
// MODEL.columns lists the columns with their kinds. Numbers, booleans, texts, dates (a Date or a text such as
// "2024-02-29 12:30") and durations (seconds or a text such as "1:30:00"); null, undefined, NaN and, for all but categories,
// "" mean that a value is missing.

export const MODEL = JSON.parse("{}"); // filled in

const { abs, cos, exp, expm1, floor, log1p, sin, sqrt, tanh } = Math;
const isnan = Number.isNaN;

function sigmoid(z) {
  const e = exp(-abs(z));
  return z >= 0 ? 1 / (1 + e) : e / (1 + e);
}

// All terms of this series are positive, so that no digits are lost: Abramowitz & Stegun 7.1.6.
function erf(x) {
  const a = abs(x);
  if (a > 6 || isnan(x)) return isnan(x) ? x : Math.sign(x);
  let term = a;
  let sum = a;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * a * a) / (2 * n + 1);
    sum += term;
  }
  return Math.sign(x) * (2 / sqrt(Math.PI)) * exp(-a * a) * sum;
}

function dot(weights, a) {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += weights[k] * a[k];
  return sum;
}

const FORMULAS = []; // filled in

const ACTIVATIONS = {}; // filled in

const NUMBER = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/;
const DURATION =
  /^([+-])?(?:([0-9]{1,7}) days?(?:(, \+?| \+)| )?)?(?:([0-9]{1,7}):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,9}))?)?$/;
const CLOCK = "(?:[ T]([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:[.]([0-9]{1,9}))?)?)?";
const ISO_DATE = new RegExp(`^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})${CLOCK}(Z|[+-][0-9]{2}:?[0-9]{2})?$`);
const SLASHED = /^([0-9]{4})\/([0-9]{1,2})\/([0-9]{1,2})$/;
const POINTED = new RegExp(`^([0-9]{1,2})[.]([0-9]{1,2})[.]([0-9]{4})${CLOCK.replace("[ T]", " ")}$`);

function microseconds(year, month, day, clock, zone) {
  const [hour, minute, second, fraction] = clock;
  const date = new Date(0);
  date.setUTCFullYear(+year, month - 1, +day);
  if (date.getUTCMonth() !== month - 1 || +hour > 23 || +minute > 59 || +second > 59 || +year < 1) return NaN;
  const seconds = (+(hour ?? 0) * 60 + +(minute ?? 0)) * 60 + +(second ?? 0);
  let offset = 0;
  if (zone && zone !== "Z") {
    const digits = zone.slice(1).replace(":", "");
    offset = (zone[0] === "-" ? -1 : 1) * (+digits.slice(0, 2) * 60 + +digits.slice(2)) * 60;
  }
  return (date.getTime() / 1000 + seconds - offset) * 1e6 + +((fraction ?? "") + "000000").slice(0, 6);
}

const READERS = {
  number: (cell) => (typeof cell === "string" && !NUMBER.test(cell) ? NaN : Number(cell)),
  boolean(cell) {
    const word = String(cell).toLowerCase().replace(/^([01])[.]0$/, "$1");
    if (["true", "yes", "t", "y", "1"].includes(word)) return 1;
    return ["false", "no", "f", "n", "0"].includes(word) ? 0 : NaN;
  },
  category: (cell) => String(cell),
  date(cell) {
    if (cell instanceof Date) return cell.getTime() * 1000;
    let match = ISO_DATE.exec(cell);
    if (match) return microseconds(match[1], match[2], match[3], match.slice(4, 8), match[8]);
    match = SLASHED.exec(cell);
    if (match) return microseconds(match[1], match[2], match[3], []);
    match = POINTED.exec(cell);
    return match ? microseconds(match[3], match[2], match[1], match.slice(4, 8)) : NaN;
  },
  duration(cell) {
    if (typeof cell === "number") return cell;
    const match = DURATION.exec(cell);
    if (!match || !/(days?|:[0-5][0-9]([.][0-9]{1,9})?)$/.test(cell)) return NaN;
    const sign = match[1] === "-" ? -1 : 1;
    const seconds = (60 * +(match[4] ?? 0) + +(match[5] ?? 0)) * 60 + +(match[6] ?? 0);
    const time = 1e6 * seconds + +((match[7] ?? "") + "000000").slice(0, 6);
    return (sign * 86400e6 * +(match[2] ?? 0) + (match[3] ? 1 : sign) * time) / 1e6;
  },
};

const SLASHES = /^([0-9]{1,2})\/([0-9]{1,2})\/([0-9]{4})( [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?$/;

// A number with a decimal point alone, or a date as 24.3.1912, of a text in the form that its column had in training.
function plain(cell, form) {
  if ("day_first" in form) {
    const parts = SLASHES.exec(cell);
    if (!parts) return "?";
    const [day, month] = form.day_first ? [parts[1], parts[2]] : [parts[2], parts[1]];
    return `${day}.${month}.${parts[3]}${parts[4] ?? ""}`;
  }
  const usual = cell.replace(/[\u00a0\u2009\u202f]/g, " ").replaceAll("\u2019", "'").replaceAll("\u2212", "-");
  if (!new RegExp(form.pattern).test(usual)) return "?";
  return usual.replace(new RegExp(`[^0-9+${form.signs}-]`, "g"), "").replace(",", ".");
}

// One cell of a row as its kind, null where it is missing.
function read(row, name, kind) {
  if (!Object.hasOwn(row, name)) {
    throw new TypeError(`the row has no column ${JSON.stringify(name)}; expected are ${MODEL.columns.map(([n]) => n).join(", ")}.`);
  }
  let cell = row[name];
  if (cell === null || cell === undefined || isnan(cell)) return null;
  const textual = MODEL.kinds[kind].textual;
  if (!textual && typeof cell === "string") {
    cell = cell.trim();
    if (cell === "" || MODEL.missing_words.includes(cell)) return null;
  }
  const form = Object.hasOwn(MODEL.written, name) ? MODEL.written[name] : null;
  const value = READERS[kind](form && typeof cell === "string" ? plain(cell, form) : cell);
  if (!textual && !Number.isFinite(value)) {
    throw new TypeError(`column ${JSON.stringify(name)} should hold ${(form ?? MODEL.kinds[kind]).expected}, got ${JSON.stringify(row[name])}.`);
  }
  return value;
}

// The cells of a row in the order of the columns, each as its kind.
function cellsOf(row) {
  return MODEL.columns.map(([name, kind]) => read(row, name, kind));
}

const KNOWN = MODEL.encodings.map((codes) => codes?.map((code) => code.known && new Map(code.known)));

function category(code, known, cell) {
  const words = MODEL.missing_categories;
  if (cell === null || known.has(cell) || words === null) return cell === null ? code.missing : known.get(cell) ?? code.unknown;
  const text = cell.trim();
  return text === "" || words.includes(text) ? code.missing : known.get(text) ?? code.unknown;
}

// The inputs of a network for one row.
function encoded(number, cells) {
  const codes = MODEL.encodings[number];
  if (codes === null) {
    const missing = cells.indexOf(null);
    if (missing >= 0) throw new TypeError(`column ${JSON.stringify(MODEL.columns[missing][0])} is missing, but this model needs a value in every column.`);
    return cells;
  }
  return codes.flatMap((code, k) =>
    code.known ? category(code, KNOWN[number][k], cells[k]) : FORMULAS[code.formula](cells[k] ?? NaN));
}

// The logit of one network alone.
function logitOf(member, inputs) {
  let a = member.dtype === "float32" ? inputs.map(Math.fround) : inputs;
  for (const layer of member.layers) {
    const z = layer.weights.map((weights, k) => dot(weights, a) + layer.biases[k]);
    a = layer.activation ? z.map(ACTIVATIONS[layer.activation]) : z;
  }
  return a.length === 1 ? a[0] : a[1] - a[0];
}

// The logits of all networks for a row of cells.
function memberLogits(cells) {
  const inputs = MODEL.encodings.map((_, number) => encoded(number, cells));
  return MODEL.members.map((member) => logitOf(member, inputs[member.encoding]));
}

function summed(logits) {
  return MODEL.members.reduce((sum, member, k) => sum + (member.scale * logits[k] + member.shift), 0);
}

// Probabilities of the first and the second class for one row, an object from column name to value.
export function predict_proba(row) {
  const z = summed(memberLogits(cellsOf(row)));
  return [sigmoid(-z), sigmoid(z)];
}

// The label of one row.
export function predict(row) {
  return MODEL.classes[predict_proba(row)[1] > MODEL.threshold ? 1 : 0];
}

// The lowest and the highest probability of the second class by the models of the folds, which were trained on other rows of the
// same table; null where there is but one model.
export function range(row) {
  if (!MODEL.folds) return null;
  const logits = memberLogits(cellsOf(row));
  const all = MODEL.folds.map((fold) => sigmoid(fold.reduce((sum, [k, scale, shift]) => sum + (scale * logits[k] + shift), 0)));
  return [Math.min(...all), Math.max(...all)];
}

// The value of a step function at a logit; on an edge, the one on its right or on its left. The last digits of a logit depend on the
// order of the sums, so one that is this near to an edge lies on it.
function stepAt({ edges, values }, z, right) {
  const near = 1e-11 * (1 + abs(z));
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle] < (right ? z + near : z - near)) low = middle + 1;
    else high = middle;
  }
  return values[low];
}

// The interval of the probability of the second class, a Venn-Abers predictor; null where the model has no scores of rows that it
// wasn't trained on.
export function predict_interval(row) {
  if (!MODEL.interval) return null;
  const z = summed(memberLogits(cellsOf(row)));
  return [stepAt(MODEL.interval.lower, z, true), stepAt(MODEL.interval.upper, z, false)];
}

// What each column adds to the logit of the second class, from the background rows of the file: Shapley values from fixed
// orders of the columns, each with its reverse. Together with base_value they add up to the row's logit.
export function explain(row) {
  if (!MODEL.reasons) throw new TypeError("this file was exported without reasons.");
  const cells = cellsOf(row);
  const value = (chosen) => summed(memberLogits(chosen));
  const { background, orders } = MODEL.reasons;
  const contributions = cells.map(() => 0);
  const at_row = value(cells);
  let base = 0;
  background.forEach((from, k) => {
    const at_background = value(from);
    base += at_background / background.length;
    for (const order of orders[k]) {
      for (const columns of [order, [...order].reverse()]) {
        const now = [...from];
        let before = at_background;
        columns.forEach((column, place) => {
          now[column] = cells[column];
          const after = place === columns.length - 1 ? at_row : value(now);
          contributions[column] += (after - before) / (2 * orders[k].length * background.length);
          before = after;
        });
      }
    }
  });
  return { base_value: base, contributions: Object.fromEntries(MODEL.columns.map(([name], k) => [name, contributions[k]])) };
}
