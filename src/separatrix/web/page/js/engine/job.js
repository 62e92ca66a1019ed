/**
 * A training as a worker carries it: in slices of time, with frames in between, paused, paced, and given up for a newer one.
 *
 * @module
 */

import { logitsOf, unitsOf, viewColumns } from "./answers.js";
import { Training } from "./training.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").FromWorker} FromWorker */
/** @typedef {Extract<import("./types.js").ToWorker, {type: "train"}>} Request */

const SLICE = 6; // milliseconds between two looks at the messages
const SHORTEST = 1; // of a first slice
const FRAME_EVERY = 12; // milliseconds at least between two frames
const MEASURED_SHARE = 5; // a frame is measured anew after so many times what measuring took
const PACED_EVERY = 16; // milliseconds between two looks at the clock when a pace is kept

/**
 * Milliseconds of the slice before a training's first frame. A hand that drags a point asks for sixty trainings a second, and a frame
 * of one that was given up meanwhile isn't shown. Where a processor is too slow for that, the first slices become shorter until
 * frames are shown again.
 */
let firstSlice = SLICE;

export class Job {
  /**
   * @param {Request} request
   * @param {(message: FromWorker) => void} post
   */
  constructor({ id, setting, options }, post) {
    this.id = id;
    this.post = post;
    this.training = new Training(setting);
    this.frames = options.frames;
    this.view = options.view ?? null;
    this.paused = options.paused;
    this.limit = Infinity; // epochs after which it pauses
    this.sentAt = -Infinity;
    this.seen = false; // whether the page has shown a frame of it
    this.waiting = false; // for the page to show the last frame
    /** What the last frame measured, when, and how long it took. */
    this.measured = {
      loss: NaN,
      accuracy: NaN,
      validation_accuracy: /** @type {number | null} */ (null),
      at: -Infinity,
      took: 0,
    };
    this.sentRows = 0;
    this.finished = false;
    /** @type {number | null} */
    this.epochsPerSecond = options.pace;
    this.pacedFrom = { time: performance.now(), epoch: 0 };
    if (this.paused) this.send();
  }

  /** @param {number | null} epochsPerSecond */
  pace(epochsPerSecond) {
    this.epochsPerSecond = epochsPerSecond;
    this.pacedFrom = { time: performance.now(), epoch: this.training.done };
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.paused = paused;
    this.limit = Infinity;
    this.pace(this.epochsPerSecond);
    if (paused) this.send();
  }

  /** @param {number} epochs */
  step(epochs) {
    this.paused = false;
    this.limit = this.training.done + epochs;
  }

  /** @param {View} view */
  look(view) {
    this.view = view;
    this.send();
  }

  /** Milliseconds until it wants to work again: 0 for at once, null for not before it is told. */
  get rest() {
    if (this.finished || this.paused) return null;
    return this.allowed() > this.training.done || this.training.over ? 0 : PACED_EVERY;
  }

  /** Epochs that may be done by now. */
  allowed() {
    if (this.epochsPerSecond === null || this.limit < Infinity) return this.limit;
    const seconds = (performance.now() - this.pacedFrom.time) / 1000;
    return this.pacedFrom.epoch + Math.floor(seconds * this.epochsPerSecond);
  }

  /** One slice. */
  work() {
    const { training } = this;
    training.work(performance.now() + (this.seen ? SLICE : firstSlice), this.allowed());
    if (training.over) this.finish();
    else if (training.done >= this.limit) this.pause(true);
    else if (this.frames && !this.waiting && performance.now() - this.sentAt >= FRAME_EVERY) this.send();
  }

  finish() {
    this.finished = true;
    const run = this.training.result();
    if (this.frames) this.send();
    this.post({ type: "run", id: this.id, run });
  }

  /** Show the present moment. */
  send() {
    const { training, view } = this;
    const { session, setting } = training;
    const { loss, accuracy, validation_accuracy } = this.measure();
    /** @type {Frame} */
    const frame = {
      epoch: training.done, epochs: setting.epochs, parameters: session.parameters.slice(), loss, accuracy,
      validation_accuracy, log: training.logFrom(this.sentRows), seconds: training.seconds,
      logits: view && logitsOf(session, viewColumns(setting.features, view, view.nodes)),
      units: view && view.unit_nodes ? unitsOf(session, viewColumns(setting.features, view, view.unit_nodes)) : null,
      paused: this.paused,
    }; // prettier-ignore
    this.sentRows = training.log.epoch.length;
    this.waiting = true;
    this.sentAt = performance.now();
    this.post({ type: "frame", id: this.id, frame });
  }

  /** Loss and accuracies of the present moment; while it works on, those of a moment ago where measuring takes long. */
  measure() {
    const begun = performance.now(), { session, over } = this.training; // prettier-ignore
    if (over || this.paused || begun - this.measured.at >= MEASURED_SHARE * this.measured.took) {
      const { loss, accuracy } = session.measure();
      const validation_accuracy = session.validation ? session.measureValidation().accuracy : null;
      const at = performance.now();
      this.measured = { loss, accuracy, validation_accuracy, at, took: at - begun };
    }
    return this.measured;
  }

  /** The page has shown the last frame. */
  shown() {
    if (!this.seen) firstSlice = Math.min(SLICE, 1.2 * firstSlice);
    this.seen = true;
    this.waiting = false;
  }

  /** It won't be worked on any more. */
  release() {
    if (this.frames && !this.seen) firstSlice = Math.max(SHORTEST, firstSlice / 2);
    this.training.release();
  }
}
