/**
 * Many trainings on all cores: the seed panel's.
 *
 * @module
 */

import { startWorker } from "./trainer.js";

/** @typedef {import("./types.js").Pool} Pool */
/** @typedef {import("./types.js").Setting} Setting */
/** @typedef {import("./types.js").FromWorker} FromWorker */
/** @typedef {Parameters<Pool["run"]>[1]} PoolOptions */

/** One call of `run`. @typedef {{first: number, settings: Setting[], options: PoolOptions, next: number, left: number, resolve: (done: boolean) => void}} Batch */

/**
 * @param {number} [size] workers; by default one a core
 * @returns {Pool}
 */
export function createPool(size = Math.max(1, navigator.hardwareConcurrency || 1)) {
  /** @type {Worker[]} */
  const workers = [];
  /** @type {Batch | null} */
  let batch = null;
  let count = 0;
  /** What each worker was given last. @type {Map<Worker, number>} */
  const busy = new Map();

  /** Give a worker the next training, if there is one; without one, a new worker. @param {Worker} [worker] */
  function feed(worker) {
    if (!batch || batch.next >= batch.settings.length) return;
    const setting = batch.settings[batch.next];
    const id = batch.first + batch.next++;
    const chosen = worker ?? begun();
    busy.set(chosen, id);
    chosen.postMessage({ type: "train", id, setting, options: { pace: null, paused: false, frames: false } });
  }

  /** @param {Worker | undefined} worker @param {FromWorker} data */
  function took(worker, data) {
    if (worker) busy.delete(worker);
    if (!batch || data.id < batch.first || data.type === "frame") return; // of a batch that was given up
    const ended = batch;
    ended.options.onRun(data.id - ended.first, data.type === "run" ? data.run : data.refusal);
    if (batch !== ended) return; // `onRun` asked for something else
    ended.left -= 1;
    if (ended.left === 0) end(true);
    else feed(worker);
  }

  /** A worker; one that fails gives its training back as refused. */
  function begun() {
    const worker = startWorker();
    worker.onmessage = ({ data }) => took(worker, data);
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      workers.splice(workers.indexOf(worker), 1);
      const id = busy.get(worker);
      busy.delete(worker);
      if (id !== undefined)
        took(undefined, { type: "refusal", id, refusal: { code: "broken", value: event.message ?? "" } });
    };
    workers.push(worker);
    return worker;
  }

  /** @param {boolean} done */
  function end(done) {
    const ended = batch;
    batch = null;
    ended?.resolve(done);
  }

  function cancel() {
    if (!batch) return;
    end(false);
    for (const worker of workers) worker.postMessage({ type: "cancel" });
  }

  return {
    run: (settings, options) =>
      new Promise((resolve) => {
        cancel();
        if (!settings.length) return resolve(true);
        batch = { first: count + 1, settings, options, next: 0, left: settings.length, resolve };
        count += settings.length;
        while (workers.length < Math.min(size, settings.length)) begun();
        [...workers].forEach((worker) => feed(worker));
        return undefined;
      }),
    cancel,
    dispose: () => {
      cancel();
      for (const worker of workers.splice(0)) worker.terminate();
      busy.clear();
    },
  };
}
