/**
 * The page's heart: one state, one training at a time, one moment of it on the screen. Views listen and draw; hands and
 * controls call `change`, `show`, `go` and `seek`. See `App` in page_types.js.
 */

import { createEvaluator } from "./engine/evaluator.js";
import { allPoints, drawPoints } from "./engine/points.js";
import { initialParameters } from "./engine/network.js";
import { refusalOf } from "./engine/settings.js";
import { createTrainer } from "./engine/trainer.js";
import { createMeasurer } from "./measure.js";
import { boxOf, changed, differs, History } from "./state.js";
import { setLanguage } from "./words.js";
import { refusalText } from "./refusals.js";

/** @typedef {import("./page_types.js").PageState} PageState */
/** @typedef {import("./page_types.js").Setting} Setting */
/** @typedef {import("./page_types.js").Happening} Happening */
/** @typedef {import("./page_types.js").Moment} Moment */
/** @typedef {import("./engine/types.js").Frame} Frame */
/** @typedef {import("./engine/types.js").Run} Run */

export const NODES = 160; // of the plane, along an axis
export const UNIT_NODES = 28; // of a unit's small picture

/** @type {(keyof Setting)[]} */
const OF_POINTS = ["sampler", "n", "noise", "balance", "seed", "train_share", "drawn"];
/** @type {(keyof Setting)[]} */
const OF_NETWORK = ["features", "hidden", "activations", "loss"];

/** What every part of the page is handed, as `App` of page_types.js describes it. */
export class PlaygroundApp {
  /** @type {Run | null} */ run = null;
  /** @type {import("./engine/types.js").History | null} */ log = null;
  /** @type {Moment | null} */ moment = null;
  /** @type {import("./engine/types.js").Points | null} */ points = null;
  /** @type {[number, number, number][]} */ allPoints = [];
  /** @type {import("./engine/types.js").Evaluator | null} */ evaluator = null;
  fault = "";
  training = false;
  paused = false;
  /** @type {number | null} */ pace = null;
  picked = 0; // the point whose step is shown in numbers
  /** @type {{layer: number, unit: number, name: string} | null} the unit whose answers the plane shows */ preview =
    null;
  /** @type {Map<Happening, (() => void)[]>} */ #listeners = new Map();
  /** @type {Set<Happening>} */ #due = new Set();
  #gesture = false; // whether the newest step to undo is still being made
  #trained = 0; // number of the newest training
  #networks = 0; // number of the newest evaluator
  #trainer = createTrainer();
  /** @type {Promise<import("./measure.js").Measurer> | null} */ #measurer = null;

  /** @param {PageState} state */
  constructor(state) {
    this.past = new History(state);
  }

  get state() {
    return this.past.now;
  }

  /** The first training; later ones follow from touches. */
  begin() {
    this.#drawPoints();
    this.#prepareNetwork();
    this.#train();
  }

  /**
   * A listener that is added while others hear of the happening hears of it after them: so a tab that is filled when it is
   * first opened shows what there is.
   * @param {Happening} happening @param {() => void} listener
   */
  on(happening, listener) {
    const listeners = this.#listeners.get(happening);
    if (listeners) listeners.push(listener);
    else this.#listeners.set(happening, [listener]);
  }

  /** Tell the listeners before the next picture, once however often it happened. @param {Happening} happening */
  #happened(happening) {
    if (!this.#due.size) requestAnimationFrame(() => this.#tell());
    this.#due.add(happening);
  }

  #tell() {
    const due = [...this.#due];
    this.#due.clear();
    for (const happening of due) for (const listener of this.#listeners.get(happening) ?? []) listener();
  }

  /** @param {Partial<Setting>} changes @param {{final?: boolean, rest?: Partial<PageState>}} [options] */
  change(changes, { final = true, rest = {} } = {}) {
    const setting = changed(this.state.setting, changes);
    const labels = setting.drawn ? this.state.labels : null; // a sampler's points have no names of their own
    this.#remember({ ...this.state, at: null, labels, ...rest, setting }, final);
  }

  /** @param {PageState} state */
  go(state) {
    this.#remember(state, true);
  }

  /** @param {Partial<PageState>} changes @param {{remember?: boolean}} [options] */
  show(changes, { remember = false } = {}) {
    const before = this.state;
    const next = { ...before, ...changes };
    if (remember) this.past.push(next);
    else this.past.replace(next);
    this.#shown(before);
  }

  undo() {
    this.#backTo(() => this.past.undo());
  }

  redo() {
    this.#backTo(() => this.past.redo());
  }

  /** @param {() => PageState} move */
  #backTo(move) {
    const before = this.state;
    this.#gesture = false;
    move();
    this.#shown(before);
  }

  /** All steps of one gesture are one step to undo. @param {PageState} next @param {boolean} final */
  #remember(next, final) {
    const before = this.state;
    const quiet = this.#gesture && !final; // what only its end changes is shown at its end
    if (this.#gesture) this.past.replace(next);
    else if (JSON.stringify(next) !== JSON.stringify(before)) this.past.push(next);
    this.#gesture = !final;
    this.#shown(before, quiet);
  }

  get moving() {
    return this.#gesture;
  }

  /** What follows from another state. @param {PageState} before @param {boolean} [quiet] in the middle of a gesture */
  #shown(before, quiet = false) {
    const { setting, language } = this.state;
    if (setting !== before.setting) this.#forgetMeasurer();
    if (language !== before.language) {
      setLanguage(language);
      this.#happened("language");
    }
    if (!quiet) this.#happened("state");
    if (differs(setting, before.setting, OF_POINTS)) this.#drawPoints();
    if (differs(setting, before.setting, OF_NETWORK)) this.#prepareNetwork();
    if (differs(setting, before.setting, /** @type {(keyof Setting)[]} */ (Object.keys(setting)))) this.#train();
    else if (this.state.at !== before.at) this.#showMoment();
  }

  /** Points drawn by a sampler bring their own window; those moved by hand stay in the one that is there. */
  #drawPoints() {
    const { setting } = this.state;
    const refusal = refusalOf(setting);
    this.fault = refusal ? refusalText(refusal) : "";
    this.points = null;
    if (setting.drawn) this.allPoints = setting.drawn;
    else if (!refusal) this.allPoints = asTriples(allPoints(setting));
    if (!refusal) this.points = drawPoints(setting);
    if (!setting.drawn && this.allPoints.length) this.past.replace({ ...this.state, box: boxOf(this.allPoints) });
    this.#happened("points");
  }

  async #prepareNetwork() {
    const mine = (this.#networks += 1);
    this.evaluator?.dispose();
    this.evaluator = null;
    this.moment = null; // its parameters are another network's
    if (refusalOf({ ...this.state.setting, drawn: null })) return;
    const evaluator = await createEvaluator(this.state.setting);
    if (mine !== this.#networks) {
      evaluator.dispose();
      return;
    }
    this.evaluator = evaluator;
    if (this.moment) this.#happened("moment");
    this.#showMoment();
    if (this.run) this.#happened("run"); // what needed the evaluator has waited for it
  }

  /** What the frames show. */
  get view() {
    const { centre, half } = this.state.box;
    return {
      low: /** @type {[number, number]} */ ([centre[0] - half, centre[1] - half]),
      high: /** @type {[number, number]} */ ([centre[0] + half, centre[1] + half]),
      nodes: NODES,
      unit_nodes: UNIT_NODES,
    };
  }

  async #train() {
    const mine = (this.#trained += 1);
    const { setting } = this.state;
    const refusal = refusalOf(setting);
    this.fault = refusal ? refusalText(refusal) : "";
    this.run = null;
    this.log = null;
    this.training = !refusal;
    this.#happened("training");
    if (refusal) {
      this.#trainer.cancel();
      this.#happened("run");
      return;
    }
    const options = {
      view: this.view,
      pace: this.pace,
      paused: this.paused,
      onFrame: (/** @type {Frame} */ frame) => this.#framed(frame, mine),
    };
    try {
      const run = await this.#trainer.train(setting, options);
      if (run && mine === this.#trained) this.#ended(run);
    } catch (error) {
      if (mine !== this.#trained) return;
      const { refusal: late } = /** @type {{refusal?: import("./engine/types.js").Refusal}} */ (error);
      if (!late) throw error;
      this.fault = refusalText(late);
      this.training = false;
      this.#happened("training");
      this.#happened("run");
    }
  }

  /** @param {Frame} frame @param {number} training */
  #framed(frame, training) {
    if (training !== this.#trained) return;
    this.log = joined(this.log, frame.log);
    if (this.paused !== frame.paused) {
      this.paused = frame.paused;
      this.#happened("training");
    }
    if (this.state.at !== null) return;
    const { epoch, parameters, loss, accuracy, validation_accuracy, logits, units } = frame;
    this.moment = { epoch, parameters, loss, accuracy, validation_accuracy, logits, units };
    this.#happened("moment");
  }

  /** @param {Run} run */
  #ended(run) {
    this.run = run;
    this.log = run.log;
    this.training = false;
    this.paused = false;
    this.#showMoment();
    this.#happened("run");
    this.#happened("training");
  }

  /** @param {number | null} epoch */
  seek(epoch) {
    const end = this.run?.epochs ?? null;
    this.show({ at: epoch === null || epoch === end ? null : epoch });
  }

  /** The moment that the state asks for: of the finished training, or the first weights while there is none. */
  #showMoment() {
    const { at, setting } = this.state;
    if (!this.evaluator || !this.points) return;
    if (!this.run) {
      if (at === 0) this.#put(initialParameters(setting), 0);
      return;
    }
    if (at === null) {
      const { parameters, epochs, loss, accuracy, validation_accuracy } = this.run;
      const same =
        this.moment?.epoch === epochs && this.moment.parameters.every((value, k) => value === parameters[k])
          ? this.moment
          : null;
      this.moment = {
        epoch: epochs,
        parameters,
        loss,
        accuracy,
        validation_accuracy,
        logits: same?.logits ?? null,
        units: same?.units ?? null,
      };
      this.#happened("moment");
      return;
    }
    const snapshot = nearest(this.run.snapshots, at);
    this.#put(snapshot.parameters, snapshot.epoch);
  }

  /** @param {Float32Array} parameters @param {number} epoch */
  async #put(parameters, epoch) {
    const { points, state } = this;
    if (!points) return;
    this.#measurer ??= createMeasurer(state.setting, points);
    const { measure } = await this.#measurer;
    if (this.points !== points || this.state.setting !== state.setting || this.state.at !== state.at) return; // something newer is shown
    this.moment = { epoch, parameters, ...measure(parameters), logits: null, units: null };
    this.#happened("moment");
  }

  /** Other points, network or loss: what measured the ones before has no use any more. */
  #forgetMeasurer() {
    this.#measurer?.then((measurer) => measurer.dispose());
    this.#measurer = null;
  }

  /** Logits over the box at the moment on the screen. */
  logits() {
    const { moment, evaluator } = this;
    if (moment && !moment.logits && evaluator) moment.logits = evaluator.logits(moment.parameters, this.view);
    return moment?.logits ?? null;
  }

  /** Every unit's answers over the box at the moment on the screen, inputs first. */
  units() {
    const { moment, evaluator } = this;
    if (moment && !moment.units && evaluator) moment.units = evaluator.units(moment.parameters, this.view);
    return moment?.units ?? null;
  }

  /** Begin the present training anew: after its end, or while it is watched. */
  restart() {
    this.show({ at: null });
    this.#train();
  }

  pause() {
    this.paused = true;
    this.#trainer.pause();
    this.#happened("training");
  }

  resume() {
    this.paused = false;
    this.#trainer.resume();
    this.#happened("training");
  }

  /** A few epochs more, then wait; of a finished training, the first ones. @param {number} epochs */
  step(epochs) {
    if (!this.training) {
      this.paused = true;
      this.restart();
    }
    this.paused = true;
    this.#trainer.step(epochs);
    this.#happened("training");
  }

  /** @param {number | null} pace epochs a second */
  setPace(pace) {
    this.pace = pace;
    this.#trainer.pace(pace);
    this.#happened("training");
  }

  /** @param {number} index of a point */
  pick(index) {
    this.picked = index;
    this.#happened("picked");
  }

  /** @param {PlaygroundApp["preview"]} preview */
  look(preview) {
    if (preview?.name === this.preview?.name) return;
    this.preview = preview;
    this.#happened("preview");
  }

  themeChanged() {
    this.#happened("theme");
  }

  /** @param {string} text */
  announce(text) {
    const region = document.getElementById("announcements");
    if (region) region.textContent = text;
  }
}

/** @param {import("./engine/types.js").Rows} rows @returns {[number, number, number][]} */
function asTriples({ x, y }) {
  const round = (/** @type {number} */ value) => Math.round(value * 1000) / 1000;
  return Array.from(y, (label, k) => [round(x[2 * k]), round(x[2 * k + 1]), label]);
}

/** @param {import("./engine/types.js").Snapshot[]} snapshots @param {number} epoch */
export function nearest(snapshots, epoch) {
  return snapshots.reduce((best, one) => (Math.abs(one.epoch - epoch) < Math.abs(best.epoch - epoch) ? one : best));
}

/** @param {import("./engine/types.js").History | null} before @param {import("./engine/types.js").History} more @returns {import("./engine/types.js").History} */
function joined(before, more) {
  if (!before) return more;
  const columns = Object.keys(more).map((name) => {
    const key = /** @type {keyof typeof more} */ (name);
    return [key, before[key].concat(more[key])];
  });
  return Object.fromEntries(columns);
}
