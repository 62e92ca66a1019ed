/**
 * A training under way in a kernel: its numbers in the kernel's memory, steps taken there, and what comes out.
 *
 * @module
 */

import formulas from "../data/formulas.js";
import { kernelBytes, kernelPlaces } from "./kernel.js";
import { weightMask } from "./network.js";
import { pcg64State } from "./pcg64.js";

/** @typedef {import("./kernel.js").Kind} Kind */
/** @typedef {import("./kernel.js").KernelPlaces} KernelPlaces */

/**
 * Rows as a kernel takes them.
 *
 * @typedef {object} Table
 * @property {Float32Array[]} columns the network's inputs, each (n,)
 * @property {ArrayLike<number>} y labels, (n,)
 * @property {ArrayLike<number> | null} weight with mean 1, (n,), or null for equal ones
 */

/**
 * The numbers of a recipe that a kernel reads.
 *
 * @typedef {object} Numbers
 * @property {number} gamma exponent of the focal loss
 * @property {number} momentum
 * @property {boolean} nesterov
 * @property {[number, number]} betas
 * @property {number} eps
 * @property {number} alpha
 * @property {number} weight_decay
 * @property {number} l1
 * @property {number} l2
 */

/** Where a table lies, and how many rows it has in whole chunks and in the last. @typedef {{address: number, rows: number, chunks: number, last: number}} Placed */

/** @typedef {{loss: number, accuracy: number}} Measured */

const MOST_MODULES = 24;
const MOST_IDLE = 3;
const PAGE = 65536;

/** Modules by their kind, those not asked for the longest first. @type {Map<string, WebAssembly.Module>} */
const modules = new Map();

/**
 * Memories that nobody uses now. They are used again: each reserves gigabytes of addresses, of which a browser has not so many,
 * and a dragged point asks for sixty a second.
 *
 * @type {WebAssembly.Memory[]}
 */
const idle = [];

/** @param {string} key @param {WebAssembly.Module} module */
function remember(key, module) {
  modules.delete(key);
  modules.set(key, module);
  if (modules.size > MOST_MODULES) modules.delete(/** @type {string} */ (modules.keys().next().value));
  return module;
}

/**
 * Compile a kind's module ahead, without holding up the page.
 *
 * @param {Kind} kind
 */
export async function prepare(kind) {
  const key = JSON.stringify(kind);
  if (!modules.has(key)) remember(key, await WebAssembly.compile(/** @type {BufferSource} */ (kernelBytes(kind))));
}

/** The module of a kind, compiled now if it wasn't. @param {Kind} kind */
function moduleOf(kind) {
  const key = JSON.stringify(kind);
  return remember(key, modules.get(key) ?? new WebAssembly.Module(/** @type {BufferSource} */ (kernelBytes(kind))));
}

/** So many bytes of zeros. @param {number} bytes */
function memoryOf(bytes) {
  const memory = idle.pop();
  if (!memory) return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  new Uint8Array(memory.buffer, 0, Math.min(bytes, memory.buffer.byteLength)).fill(0);
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
  if (missing > 0) memory.grow(missing);
  return memory;
}

/** The numbers that rules read of a recipe, by their names. @param {Numbers} numbers @returns {Record<string, number>} */
function ofRecipe({ momentum, nesterov, betas, eps, alpha }) {
  return { momentum, nesterov: Number(nesterov), less_beta1: 1 - betas[0], beta2: betas[1], less_beta2: 1 - betas[1], alpha, less_alpha: 1 - alpha, eps }; // prettier-ignore
}

/** A kernel with its memory. */
export class Session {
  /**
   * @param {Kind} kind
   * @param {Numbers} numbers
   * @param {{train: Table, validation: Table | null, batch: number, order: Uint32Array | null}} data batch: rows of a step,
   *     or 0 for all; order: the seed words of the stream that draws the order
   */
  constructor(kind, numbers, { train, validation, batch, order }) {
    this.kind = kind;
    this.numbers = numbers;
    this.places = kernelPlaces(kind);
    this.batch = batch;
    let end = this.places.data;
    const take = /** @param {number} bytes */ (bytes) => {
      const address = end;
      end += Math.ceil(bytes / 64) * 64;
      return address;
    };
    this.train = this.place(train.y.length, take);
    this.validation = validation && this.place(validation.y.length, take);
    this.grid = this.place(this.places.rows, take);
    this.buffer = batch ? take(this.places.chunk) : 0;
    this.raw = batch ? take(4 * train.y.length * (train.columns.length + 1)) : 0;
    this.order = batch ? take(4 * train.y.length) : 0;
    this.memory = memoryOf(end);
    const { exports } = new WebAssembly.Instance(moduleOf(kind), { page: { memory: this.memory } });
    this.exports = /** @type {Record<string, (...args: number[]) => number>} */ (exports);
    this.floats = new Float32Array(this.memory.buffer);
    this.fill(this.train, train);
    if (this.validation && validation) this.fill(this.validation, validation);
    if (batch) this.fillRaw(train);
    if (order) new BigUint64Array(this.memory.buffer, this.places.pcg, 5).set(pcg64State(order));
    this.setNumbers();
    this.steps = 0;
    this.released = false;
  }

  /** Let another session have the memory; this one must not be used any more. */
  release() {
    if (!this.released && idle.length < MOST_IDLE) idle.push(this.memory);
    this.released = true;
  }

  /** A view of so many numbers at an address. @param {number} address @param {number} count */
  view(address, count) {
    return this.floats.subarray(address / 4, address / 4 + count);
  }

  /** @param {number} rows @param {(bytes: number) => number} take @returns {Placed} */
  place(rows, take) {
    const { rows: capacity, chunk, width, group } = this.places;
    const chunks = Math.ceil(rows / capacity) - 1;
    const together = width * group;
    const last = 4 * together * Math.ceil((rows - chunks * capacity) / together);
    return { address: take((chunks + 1) * chunk), rows, chunks, last };
  }

  /** A table's rows into its chunks. @param {Placed} placed @param {Table} table */
  fill(placed, { columns, y, weight }) {
    const { rows: capacity, stride, chunk } = this.places;
    for (let first = 0, address = placed.address; first < placed.rows; first += capacity, address += chunk) {
      const count = Math.min(capacity, placed.rows - first);
      columns.forEach((column, k) => this.view(address + k * stride, count).set(column.subarray(first, first + count)));
      const [labels, weights] = [
        this.view(address + columns.length * stride, count),
        this.view(address + (columns.length + 1) * stride, count),
      ];
      for (let k = 0; k < count; k++) {
        labels[k] = y[first + k];
        weights[k] = (weight ? Math.fround(weight[first + k]) : 1) / placed.rows;
      }
    }
  }

  /** The rows as they are, from which batches are gathered. @param {Table} table */
  fillRaw({ columns, y }) {
    const width = columns.length + 1;
    const raw = this.view(this.raw, y.length * width);
    for (let row = 0; row < y.length; row++) {
      columns.forEach((column, k) => (raw[row * width + k] = column[row]));
      raw[row * width + width - 1] = y[row];
    }
  }

  setNumbers() {
    const { places, numbers, kind } = this;
    this.view(places.gamma, 1)[0] = numbers.gamma;
    const read = ofRecipe(numbers);
    this.view(places.numbers, 3).fill(1);
    this.view(places.numbers + 12, formulas.of_recipe.length).set(formulas.of_recipe.map((name) => read[name]));
    const mask = weightMask(kind.widths);
    this.view(places.l1, mask.length).set(mask.map((value) => value * numbers.l1));
    this.view(places.l2, mask.length).set(mask.map((value) => value * numbers.l2));
  }

  get parameters() {
    return this.view(this.places.p, this.places.size);
  }

  get gradient() {
    return this.view(this.places.g, this.places.size);
  }

  /**
   * The three numbers that a rule reads of every step, for steps of these rates.
   *
   * @param {ArrayLike<number>} rates
   */
  setCoefficients(rates) {
    const { betas, weight_decay } = this.numbers;
    const adam = this.kind.optimizer === "adam" || this.kind.optimizer === "adamw";
    const to = this.view(this.places.coefficients, 3 * rates.length);
    for (let k = 0; k < rates.length; k++) {
      const step = this.steps + k + 1;
      to[3 * k] = adam ? rates[k] / (1 - betas[0] ** step) : rates[k];
      to[3 * k + 1] = adam ? 1 / Math.sqrt(1 - betas[1] ** step) : 1;
      to[3 * k + 2] = this.kind.optimizer === "adamw" ? 1 - rates[k] * weight_decay : 1;
    }
  }

  /**
   * Steps over all rows, at most `MOST_STEPS`.
   *
   * @param {ArrayLike<number>} rates of each step
   * @param {boolean} want whether `taken` will be asked
   * @returns {number} steps done; fewer only if one would have broken the parameters
   */
  wholeSteps(rates, want) {
    this.setCoefficients(rates);
    const { rows, chunks, last } = this.train;
    const done = this.exports.steps(rates.length, Number(want), chunks, last, rows);
    this.steps += done;
    return done;
  }

  /** Draw the order of the next epoch's rows. */
  shuffle() {
    this.exports.permute(this.order, this.train.rows);
  }

  /** Give the order of the next epoch's rows. @param {ArrayLike<number>} order */
  setOrder(order) {
    new Uint32Array(this.memory.buffer, this.order, order.length).set(order);
  }

  get batches() {
    return Math.ceil(this.train.rows / this.batch);
  }

  /**
   * Some of an epoch's batches, at most `MOST_STEPS`.
   *
   * @param {number} first
   * @param {number} count
   * @param {number} rate
   * @param {boolean} want
   * @returns {number} batches done
   */
  batchSteps(first, count, rate, want) {
    this.setCoefficients(new Float64Array(count).fill(rate));
    const from = first * this.batch;
    const done = this.exports.batches(
      this.order + 4 * from,
      count,
      this.batch,
      this.train.rows - from,
      this.raw,
      Number(want),
      this.buffer,
    );
    this.steps += done;
    return done;
  }

  /** Forget what was summed up. */
  clear() {
    this.view(this.places.out, 12).fill(0);
  }

  /** What was summed up since `clear` over the training rows, penalties included. @returns {Measured} */
  taken() {
    const sum = this.sums();
    return { loss: (sum[0] + sum[2]) / this.train.rows, accuracy: sum[1] / this.train.rows };
  }

  /** The three sums of `out`. */
  sums() {
    const lanes = this.places.width;
    return [0, 16, 32].map((offset) =>
      this.view(this.places.out + offset, lanes).reduce((sum, value) => sum + value, 0),
    );
  }

  /**
   * Loss without penalties, and accuracy, of placed rows at the present parameters. What was summed up so far stays: an epoch of
   * batches may be under way.
   *
   * @param {Placed} placed
   * @returns {Measured}
   */
  measureRows({ address, rows, chunks, last }) {
    const sums = this.view(this.places.out, 12).slice();
    this.clear();
    this.exports.measure(address, chunks, last, rows);
    const [loss, right] = this.sums();
    this.view(this.places.out, 12).set(sums);
    return { loss: loss / rows, accuracy: right / rows };
  }

  /** Of the training rows, penalties included. @returns {Measured} */
  measure() {
    const { loss, accuracy } = this.measureRows(this.train);
    return { loss: loss + this.penalty(), accuracy };
  }

  /** Of the validation rows; NaN without any. @returns {Measured} */
  measureValidation() {
    return this.validation ? this.measureRows(this.validation) : { loss: NaN, accuracy: NaN };
  }

  penalty() {
    const { l1, l2 } = this.numbers;
    if (!l1 && !l2) return 0;
    const mask = weightMask(this.kind.widths);
    return this.parameters.reduce((sum, w, k) => (mask[k] ? sum + l1 * Math.abs(w) + (l2 / 2) * w * w : sum), 0);
  }

  /** Euclidean norm of the last step's gradient. */
  gradientNorm() {
    return Math.sqrt(this.gradient.reduce((sum, value) => sum + value * value, 0));
  }

  /** Loss with penalties at the present parameters, its gradient in `gradient`. @returns {Measured} */
  evaluate() {
    const { rows, chunks, last } = this.train;
    this.clear();
    this.exports.gradient(chunks, last, rows, 1);
    return this.taken();
  }

  /**
   * Every unit's answers to rows of any number: `take` is called with the first row of a chunk, the rows, and a function that
   * gives a unit's column: (layer from 1, unit) -> a view, the last layer's z.
   *
   * @param {Float32Array[]} columns
   * @param {(first: number, count: number, column: (layer: number, unit: number) => Float32Array) => void} take
   */
  answers(columns, take) {
    const { rows: capacity, stride, width, group, a, z } = this.places;
    const [total, together] = [columns[0].length, width * group];
    for (let first = 0; first < total; first += capacity) {
      const count = Math.min(capacity, total - first);
      columns.forEach((column, k) =>
        this.view(this.grid.address + k * stride, count).set(column.subarray(first, first + count)),
      );
      this.exports.forward(this.grid.address, 4 * together * Math.ceil(count / together), count);
      const address = /** @param {number} layer */ (layer) => (layer === a.length ? z : a)[layer - 1];
      take(first, count, (layer, unit) => this.view(address(layer) + unit * stride, count));
    }
  }
}
