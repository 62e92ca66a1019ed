/**
 * The page's side of the worker that trains what is on the screen.
 *
 * @module
 */

import { TrainingRefused } from "./refused.js";

/** @typedef {import("./types.js").ToWorker} ToWorker */
/** @typedef {import("./types.js").FromWorker} FromWorker */
/** @typedef {import("./types.js").Trainer} Trainer */
/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").TrainOptions} TrainOptions */

/** A training that somebody waits for. @typedef {{id: number, options: TrainOptions, resolve: (run: Run | null) => void, reject: (reason: Error) => void}} Waiting */

/** A worker that trains. */
export function startWorker() {
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
}

/** @returns {Trainer} */
export function createTrainer() {
  /** @type {Worker | null} */
  let worker = null;
  let count = 0;
  /** @type {Waiting | null} */
  let waiting = null;
  const tell = /** @param {ToWorker} message */ (message) => {
    worker ??= begun();
    worker.postMessage(message);
  };
  /** Nobody waits any more. @param {(who: Waiting) => void} how */
  const settle = (how) => {
    const who = waiting;
    waiting = null;
    if (who) how(who);
  };
  let shown = 0; // the training whose frames are shown, also after its end: a view may be looked at anew
  /** @type {TrainOptions} */
  let showing = {};
  const take = /** @param {MessageEvent<FromWorker>} event */ ({ data }) => {
    if (data.id !== shown) return; // of a training that was given up
    if (data.type === "frame") {
      showing.onFrame?.(data.frame);
      tell({ type: "shown", id: data.id });
    } else if (data.type === "run") settle(({ resolve }) => resolve(data.run));
    else settle(({ reject }) => reject(new TrainingRefused(data.refusal)));
  };
  /** A worker that hands over what it says; one that fails is replaced by the next request. */
  function begun() {
    const started = startWorker();
    started.onmessage = take;
    started.onerror = (event) => {
      event.preventDefault();
      started.terminate();
      worker = null;
      settle(({ reject }) => reject(new TrainingRefused({ code: "broken", value: event.message ?? "" })));
    };
    return started;
  }
  worker = begun(); // its files are on their way before the first request
  return {
    train: (setting, options = {}) =>
      new Promise((resolve, reject) => {
        settle((old) => old.resolve(null));
        shown = ++count;
        showing = options;
        waiting = { id: shown, options, resolve, reject };
        const { view, pace = null, paused = false, onFrame } = options;
        tell({ type: "train", id: shown, setting, options: { view, pace, paused, frames: onFrame !== undefined } });
      }),
    cancel: () => {
      shown = ++count;
      settle(({ resolve }) => resolve(null));
      tell({ type: "cancel" });
    },
    pause: () => tell({ type: "pause" }),
    resume: () => tell({ type: "resume" }),
    step: (epochs) => tell({ type: "step", epochs }),
    pace: (pace) => tell({ type: "pace", pace }),
    look: (view) => tell({ type: "look", view }),
    dispose: () => {
      settle(({ resolve }) => resolve(null));
      worker?.terminate();
      worker = null;
    },
  };
}
