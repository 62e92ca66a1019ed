/**
 * The visitor's own points: a CSV file or a piece of a spreadsheet, checked cell by cell. A complaint is a `Fault`: a key of
 * the page's words with its values, so that it is said in the page's language and names row, column and cell.
 */

/** @typedef {{columns: string[], rows: string[][], lines: number[]}} Sheet `lines`: the line of the file that each row begins on */

export const LARGEST_FILE = 4_000_000; // bytes
export const MOST_COLUMNS = 200;

/** A complaint to be said in the page's language. */
export class Fault extends Error {
  /**
   * @param {string} key of the page's words
   * @param {Record<string, string | number>} [values]
   */
  constructor(key, values = {}) {
    super(key);
    this.key = key;
    this.values = values;
  }
}

/**
 * The text of a file's bytes: UTF-8, or UTF-16 with its mark.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function decode(bytes) {
  if (bytes.length > LARGEST_FILE) throw new Fault("csv_too_large", { most: LARGEST_FILE / 1e6 });
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
  if (utf16) return new TextDecoder(utf16).decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const at = firstBadByte(bytes);
    const line = bytes.subarray(0, at).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 1);
    throw new Fault("csv_not_utf8", {
      line,
      letter: new TextDecoder("windows-1252").decode(bytes.subarray(at, at + 1)),
    });
  }
}

/** The text of a file that is no UTF-8 but Western European. @param {Uint8Array} bytes */
export function decodeLatin1(bytes) {
  return new TextDecoder("windows-1252").decode(bytes);
}

/** The place of the first byte that ends valid UTF-8, by bisection. @param {Uint8Array} bytes */
function firstBadByte(bytes) {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  while (good > 0 && !isComplete(bytes.subarray(0, good))) good -= 1; // a sequence that began well and was never finished
  return good;
}

/** Whether these bytes are UTF-8 to their end. @param {Uint8Array} bytes */
function isComplete(bytes) {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/**
 * Read comma, semicolon or tab separated text with a header.
 * @param {string} text
 * @returns {Sheet}
 */
export function readSheet(text) {
  const plain = text.replace(/^\ufeff/, "");
  const nul = plain.indexOf("\0");
  if (nul >= 0) throw new Fault("csv_binary", { line: plain.slice(0, nul).split("\n").length });
  const first = plain.split(/\r?\n/, 1)[0] ?? "";
  const separator = [",", ";", "\t"].reduce((best, one) =>
    first.split(one).length > first.split(best).length ? one : best,
  );
  const { cells, lines } = split(plain, separator);
  const [header, ...rows] = cells;
  if (!header || rows.length < 2) throw new Fault("csv_short");
  if (header.length < 3) throw new Fault("csv_few_columns", { count: header.length });
  if (header.length > MOST_COLUMNS) throw new Fault("csv_many_columns", { count: header.length, most: MOST_COLUMNS });
  const nameless = header.indexOf("");
  if (nameless >= 0) throw new Fault("csv_no_name", { number: nameless + 1 });
  const twice = header.find((name, k) => header.indexOf(name) < k);
  if (twice !== undefined) throw new Fault("csv_twice", { column: twice });
  rows.forEach((row, k) => {
    if (row.length !== header.length)
      throw new Fault("csv_ragged", { line: lines[k + 1], cells: row.length, columns: header.length });
  });
  return { columns: header, rows, lines: lines.slice(1) };
}

/** Cells by RFC 4180, and the line on which each row begins; empty lines are left out. @param {string} text @param {string} separator */
function split(text, separator) {
  /** @type {string[][]} */
  const cells = [];
  /** @type {number[]} */
  const lines = [];
  let [row, cell, quoted, wasQuoted, line, begun] = [/** @type {string[]} */ ([]), "", false, false, 1, 1];
  const endCell = () => {
    row.push(wasQuoted ? cell : cell.trim());
    [cell, wasQuoted] = ["", false];
  };
  const endRow = () => {
    endCell();
    if (row.length > 1 || row[0] !== "") {
      cells.push(row);
      lines.push(begun);
    }
    row = [];
  };
  for (let k = 0; k < text.length; k += 1) {
    const letter = text[k];
    if (letter === "\n") line += 1;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[k + 1] === '"') [cell, k] = [`${cell}"`, k + 1];
      else quoted = false;
    } else if (letter === '"' && cell.trim() === "") [cell, quoted, wasQuoted] = ["", true, true];
    else if (letter === separator) endCell();
    else if (letter === "\n" || (letter === "\r" && text[k + 1] !== "\n")) {
      endRow();
      begun = line;
    } else if (letter !== "\r") cell += letter;
  }
  if (quoted) throw new Fault("csv_quote", { line: begun });
  endRow();
  return { cells, lines };
}

/**
 * The number in a cell, with a decimal point or comma; NaN where there is none.
 * @param {string} cell
 */
export function numberIn(cell) {
  const plain = cell.includes(".") || cell.split(",").length !== 2 ? cell : cell.replace(",", ".");
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(plain) ? Number(plain) : NaN;
}

/** A column's cells. @param {Sheet} sheet @param {string} column */
function cellsOf(sheet, column) {
  const at = sheet.columns.indexOf(column);
  return sheet.rows.map((row) => row[at]);
}

/**
 * A column as finite numbers.
 * @param {Sheet} sheet
 * @param {string} column
 * @returns {number[]}
 */
export function numbers(sheet, column) {
  return cellsOf(sheet, column).map((cell, k) => {
    const value = numberIn(cell);
    if (cell.trim() === "") throw new Fault("csv_missing", { line: sheet.lines[k], column });
    if (!Number.isFinite(value))
      throw new Fault("csv_no_number", { line: sheet.lines[k], column, cell: cell.slice(0, 40) });
    return value;
  });
}

/** The labels in their order: class 0, class 1. @param {Sheet} sheet @param {string} column @returns {string[]} */
export function classes(sheet, column) {
  const cells = cellsOf(sheet, column);
  const empty = cells.findIndex((cell) => cell.trim() === "");
  if (empty >= 0) throw new Fault("csv_missing", { line: sheet.lines[empty], column });
  const names = [...new Set(cells)];
  const numeric = names.every((name) => Number.isFinite(numberIn(name)));
  return names.sort((a, b) => (numeric ? numberIn(a) - numberIn(b) : a < b ? -1 : 1));
}

/**
 * The first two columns of numbers, and the likeliest one with the classes: words before numbers, two values before others.
 * @param {Sheet} sheet
 * @returns {[string, string, string]}
 */
export function likelyColumns(sheet) {
  const filled = (/** @type {string} */ column) => cellsOf(sheet, column).filter((cell) => cell !== "");
  // a column with a few bad cells is still the likely one: the complaint about those cells comes when it is used
  const isNumeric = (/** @type {string} */ column) =>
    filled(column).filter((cell) => Number.isFinite(numberIn(cell))).length > filled(column).length / 2;
  const hasTwo = (/** @type {string} */ column) => new Set(filled(column)).size === 2;
  const last = (/** @type {string[]} */ columns) => columns[columns.length - 1];
  const words = sheet.columns.filter((column) => !isNumeric(column));
  const label = last(words.filter(hasTwo)) ?? last(words) ?? last(sheet.columns.filter(hasTwo)) ?? last(sheet.columns);
  const across = sheet.columns.filter((column) => column !== label && isNumeric(column));
  if (across.length < 2) throw new Fault("csv_no_numbers", { count: across.length });
  return [across[0], across[1], label];
}

/**
 * @typedef {object} OwnAxis how a column's values became coordinates: value = shift + scale · coordinate
 * @property {string} name
 * @property {number} shift
 * @property {number} scale
 */
/** @typedef {{axes: [OwnAxis, OwnAxis], classes: [string, string], points: [number, number, 0 | 1][]}} OwnPoints */

/**
 * Two columns as points; scaled to mean 0 and standard deviation 1 where the plane couldn't show them as they are.
 * @param {Sheet} sheet
 * @param {string} across
 * @param {string} up
 * @param {string} label
 * @param {{most: number, edge: number, decimals: number}} limits
 * @returns {OwnPoints}
 */
export function toPoints(sheet, across, up, label, { most, edge, decimals }) {
  if (sheet.rows.length > most) throw new Fault("csv_too_many", { count: sheet.rows.length, most });
  if (new Set([across, up, label]).size < 3) throw new Fault("csv_same_column");
  const names = classes(sheet, label);
  if (names.length === 1) throw new Fault("csv_one_class", { column: label, value: names[0].slice(0, 40) });
  if (names.length > 2) throw new Fault("csv_classes", { column: label, count: names.length });
  const columns = [numbers(sheet, across), numbers(sheet, up)];
  const scaled = columns.some((values) => Math.max(...values.map(Math.abs)) > edge / 4 || spread(values) < 0.2);
  const axes = [across, up].map((name, k) => axisOf(name, columns[k], scaled));
  const round = (/** @type {number} */ value) => Number(Math.max(-edge, Math.min(edge, value)).toFixed(decimals));
  const labels = cellsOf(sheet, label).map((cell) => /** @type {0 | 1} */ (names.indexOf(cell)));
  const place = (/** @type {number} */ row, /** @type {number} */ k) =>
    round((columns[k][row] - axes[k].shift) / axes[k].scale);
  return {
    axes: [axes[0], axes[1]],
    classes: [names[0], names[1]],
    points: labels.map((y, row) => [place(row, 0), place(row, 1), y]),
  };
}

/** @param {string} name @param {number[]} values @param {boolean} scaled @returns {OwnAxis} */
function axisOf(name, values, scaled) {
  return scaled ? { name, shift: mean(values), scale: spread(values) || 1 } : { name, shift: 0, scale: 1 };
}

/** @param {number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation, of the values themselves. @param {number[]} values */
function spread(values) {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}
