/**
 * One training: epochs in slices of time, what is logged, when it ends. The rules are those of `separatrix.training`.
 *
 * @module
 */

import { batchOf, kindOf, numbersOf, tableOf } from "./kinds.js";
import { Lbfgs } from "./lbfgs.js";
import { initialParameters } from "./network.js";
import { MOST_STEPS } from "./places.js";
import { drawPoints } from "./points.js";
import { TrainingRefused } from "./refused.js";
import { roundHalfEven } from "./samplers.js";
import { ratesOf } from "./schedules.js";
import { seedWords, streamSeed } from "./seeds.js";
import { Session } from "./session.js";
import { refusalOf } from "./settings.js";

/** @typedef {import("./types.js").Setting} Setting */
/** @typedef {import("./types.js").History} History */
/** @typedef {import("./types.js").Status} Status */
/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./session.js").Measured} Measured */

const MOMENTS = 96; // of the timeline
const ROWS = 500; // of the log, about
const PLATEAU = 0.01; // a relative fall of the loss below this, over the last tenth of the epochs, is a plateau
const CALL = 2; // milliseconds that one call of the kernel is aimed at
const NAMES = /** @type {const} */ ([
  "epoch",
  "loss",
  "accuracy",
  "validation_loss",
  "validation_accuracy",
  "lr",
  "gradient_norm",
  "seconds",
]);

/** @returns {History} */
const emptyHistory = () =>
  /** @type {History} */ (/** @type {unknown} */ (Object.fromEntries(NAMES.map((name) => [name, []]))));

/**
 * The epochs that the timeline stops at: close together at first, the last one included.
 *
 * @param {number} epochs
 */
export function moments(epochs) {
  const ratio = Math.log10(epochs + 1) / (MOMENTS - 1);
  const all = Array.from({ length: MOMENTS }, (_, k) =>
    k === MOMENTS - 1 ? epochs : roundHalfEven(10 ** (ratio * k)) - 1,
  );
  return [...new Set(all)];
}

export class Training {
  /**
   * @param {Setting} setting
   * @throws {TrainingRefused}
   */
  constructor(setting) {
    const refusal = refusalOf(setting);
    if (refusal) throw new TrainingRefused(refusal);
    const points = drawPoints(setting);
    const [rows, ones] = [points.train.y.length, points.train.y.reduce((sum, value) => sum + value, 0)];
    if (ones === 0 || ones === rows) throw new TrainingRefused({ code: "one_class", value: Number(ones > 0) });
    if (setting.patience !== null && !points.validation)
      throw new TrainingRefused({ code: "needs_validation", name: "patience" });
    this.setting = setting;
    this.batch = batchOf(setting, rows);
    const order = this.batch ? seedWords([streamSeed(setting.seed, "order")], 8) : null;
    const tables = {
      train: tableOf(setting.features, points.train),
      validation: points.validation && tableOf(setting.features, points.validation),
    };
    this.session = new Session(kindOf(setting, rows), numbersOf(setting), { ...tables, batch: this.batch, order });
    this.initial = initialParameters(setting);
    this.session.parameters.set(this.initial);
    this.lbfgs = setting.optimizer === "lbfgs" ? new Lbfgs(this.session) : null;
    this.every = Math.max(1, Math.floor(setting.epochs / ROWS));
    this.moments = moments(setting.epochs);
    this.snapshots = [{ epoch: 0, parameters: this.initial }];
    this.log = emptyHistory();
    this.done = 0;
    /** @type {Status | null} */
    this.status = null;
    this.chunk = 16; // steps of one call
    this.within = 0; // batches of the epoch under way that are done
    /** @type {Float32Array | null} */
    this.before = null; // L-BFGS: parameters before the epoch under way
    /** @type {Measured} */
    this.first = { loss: NaN, accuracy: NaN };
    /** @type {Float32Array | null} */
    this.best = null;
    this.bestLoss = Infinity;
    this.waited = 0;
    this.seconds = 0;
    this.since = 0;
  }

  get over() {
    return this.status !== null || this.done >= this.setting.epochs;
  }

  /**
   * Go on until it is over, so many epochs are done, or the time is up; a call of the kernel may take it a little further.
   *
   * @param {number} until as `performance.now()` counts
   * @param {number} [epochs]
   */
  work(until, epochs = Infinity) {
    this.since = performance.now() - 1000 * this.seconds;
    for (let now = performance.now(); !this.over && this.done < epochs && now < until; ) {
      const steps = this.lbfgs ? this.iteration(this.lbfgs) : this.batch ? this.batches() : this.wholeEpochs(epochs);
      const after = performance.now();
      if (steps)
        this.chunk = Math.max(
          1,
          Math.min(
            MOST_STEPS,
            Math.floor(this.chunk * Math.min(8, Math.max(0.25, CALL / Math.max(after - now, 1e-3)))),
          ),
        );
      now = after;
    }
    this.seconds = (performance.now() - this.since) / 1000;
  }

  /** @param {number} epoch */
  isLogged(epoch) {
    return epoch % this.every === 0 || epoch === this.setting.epochs;
  }

  /** The next epoch after which something is to be noted. */
  nextNote() {
    const logged = (Math.floor(this.done / this.every) + 1) * this.every;
    return Math.min(logged, this.moments.find((epoch) => epoch > this.done) ?? Infinity, this.setting.epochs);
  }

  /** Epochs of one step each, up to the next that is noted. @param {number} limit */
  wholeEpochs(limit) {
    const { session, setting } = this;
    const stop = Math.min(this.nextNote(), limit, this.done + this.chunk);
    const wanted = this.isLogged(stop);
    const rates = ratesOf(setting, this.done, stop);
    const plain = rates.length - Number(wanted);
    const done = plain ? session.wholeSteps(rates.subarray(0, plain), false) : 0;
    this.done += done;
    if (done < plain) this.status = "diverged";
    else if (wanted) {
      session.clear();
      if (session.wholeSteps(rates.subarray(plain), true)) this.endEpoch(session.taken(), rates[plain]);
      else this.status = "diverged";
    } else this.note();
    return done === this.chunk;
  }

  /** Some batches of an epoch. */
  batches() {
    const { session } = this;
    if (this.within === 0) {
      session.shuffle();
      session.clear();
    }
    const rate = ratesOf(this.setting, this.done, this.done + 1)[0];
    const count = Math.min(this.chunk, session.batches - this.within);
    const done = session.batchSteps(this.within, count, rate, this.isLogged(this.done + 1));
    this.within += done;
    if (done < count) this.status = "diverged";
    else if (this.within === session.batches) {
      this.within = 0;
      this.endEpoch(session.taken(), rate);
    }
    return true;
  }

  /** One inner step of L-BFGS. @param {Lbfgs} lbfgs */
  iteration(lbfgs) {
    const { session } = this;
    if (!this.before) {
      this.before = session.parameters.slice();
      this.first = lbfgs.begin();
    }
    const rate = ratesOf(this.setting, this.done, this.done + 1)[0];
    const goesOn = lbfgs.advance(rate);
    const finite =
      Number.isFinite(lbfgs.loss) &&
      session.parameters.every(Number.isFinite) &&
      session.gradient.every(Number.isFinite);
    if (!finite) {
      session.parameters.set(this.before);
      this.status = "diverged";
    } else if (!goesOn) {
      this.before = null;
      this.endEpoch(this.first, rate);
    }
    return false;
  }

  /** An epoch is complete. @param {Measured} measured before its step @param {number} rate */
  endEpoch(measured, rate) {
    if (this.isLogged(this.done + 1)) {
      if (!Number.isFinite(measured.loss)) {
        this.status = "diverged";
        return;
      }
      this.done += 1;
      this.row(measured, rate);
    } else this.done += 1;
    this.note();
  }

  /** Keep the parameters if the timeline stops here. */
  note() {
    const last = this.snapshots[this.snapshots.length - 1].epoch;
    if (this.done > last && this.moments.includes(this.done))
      this.snapshots.push({ epoch: this.done, parameters: this.session.parameters.slice() });
  }

  /** Log an epoch, and see whether it was the last. @param {Measured} measured @param {number} lr */
  row({ loss, accuracy }, lr) {
    const { log, session, setting } = this;
    const gradient_norm = session.gradientNorm();
    const validation = session.measureValidation();
    const seconds = (performance.now() - this.since) / 1000;
    const row = {
      epoch: this.done,
      loss,
      accuracy,
      validation_loss: validation.loss,
      validation_accuracy: validation.accuracy,
      lr,
      gradient_norm,
      seconds,
    };
    for (const name of NAMES) log[name].push(row[name]);
    if (setting.patience !== null) this.rememberBest(validation.loss);
    const solved = setting.solved_below !== null && accuracy === 1 && loss < setting.solved_below;
    if (solved || (setting.patience !== null && this.waited >= setting.patience)) this.status = "converged";
  }

  /** Early stopping: the best parameters by validation loss, and the rows since. @param {number} loss */
  rememberBest(loss) {
    if (loss < this.bestLoss - this.setting.min_delta) {
      this.best = this.session.parameters.slice();
      this.bestLoss = loss;
      this.waited = 0;
    } else this.waited += 1;
  }

  /** The log's rows from a row on. @param {number} from @returns {History} */
  logFrom(from) {
    return /** @type {History} */ (
      /** @type {unknown} */ (Object.fromEntries(NAMES.map((name) => [name, this.log[name].slice(from)])))
    );
  }

  /** What came out, once it is over. @returns {Run} */
  result() {
    const { session, setting, snapshots, log } = this;
    if (this.best && this.status !== "diverged") session.parameters.set(this.best);
    const { loss, accuracy } = session.measure();
    if (!Number.isFinite(loss)) this.status = "diverged";
    const parameters = session.parameters.slice();
    const earlier = snapshots.filter(({ epoch }) => epoch !== this.done);
    return {
      setting, widths: session.kind.widths, parameters, initial: this.initial, log, status: this.status ?? ended(log, accuracy, setting.epochs),
      epochs: this.done, loss, accuracy, validation_accuracy: session.validation ? session.measureValidation().accuracy : null, seconds: this.seconds,
      snapshots: [...earlier, { epoch: this.done, parameters }],
    }; // prettier-ignore
  }

  /** Let another training have the memory. */
  release() {
    this.session.release();
  }
}

/**
 * How a training that did all its epochs ended.
 *
 * @param {History} log
 * @param {number} accuracy
 * @param {number} epochs
 * @returns {Status}
 */
function ended(log, accuracy, epochs) {
  if (accuracy === 1) return "converged";
  const late = log.loss.filter((_, k) => log.epoch[k] >= 0.9 * epochs);
  const flat = late.length >= 2 && late[0] - late[late.length - 1] < PLATEAU * Math.abs(late[0]);
  return flat ? "stuck" : "stopped";
}
