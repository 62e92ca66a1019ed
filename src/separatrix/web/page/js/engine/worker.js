/**
 * The worker: one training at a time, the newest that was asked for.
 *
 * @module
 */

import { Job } from "./job.js";
import { TrainingRefused } from "./refused.js";

/** @typedef {import("./types.js").ToWorker} ToWorker */
/** @typedef {import("./types.js").FromWorker} FromWorker */

/** @type {Job | null} */
let job = null;
/** What is to be trained next: of several requests that wait, only the newest is begun. @type {Extract<ToWorker, {type: "train"}> | null} */
let request = null;
let asleep = true;
let timer = 0;

/** @param {FromWorker} message */
const post = (message) => postMessage(message);

// Between two slices messages get their turn; a timer would wait for 4 ms.
const turn = new MessageChannel();
turn.port1.onmessage = work;

function wake() {
  if (!asleep) return;
  asleep = false;
  turn.port2.postMessage(null);
}

function work() {
  asleep = true;
  begin();
  if (!job || job.rest === null) return;
  if (job.rest > 0) {
    clearTimeout(timer);
    timer = setTimeout(wake, job.rest);
    return;
  }
  const { id } = job;
  guarded(id, () => job?.work());
  wake();
}

/**
 * Do something for a training; what goes wrong ends it and is told.
 *
 * @param {number} id
 * @param {() => void} act
 */
function guarded(id, act) {
  try {
    act();
  } catch (error) {
    drop();
    const refusal = error instanceof TrainingRefused ? error.refusal : broken(error);
    post({ type: "refusal", id, refusal });
  }
}

/** What nobody thought of. @param {unknown} error @returns {import("./types.js").Refusal} */
function broken(error) {
  return { code: error instanceof RangeError ? "too_large" : "broken", value: String(error) };
}

function drop() {
  job?.release();
  job = null;
  request = null;
}

function begin() {
  const next = request;
  request = null;
  if (next) guarded(next.id, () => (job = new Job(next, post)));
}

/** @param {MessageEvent<ToWorker>} event */
onmessage = ({ data }) => {
  if (data.type === "train") {
    drop();
    request = data;
  } else if (data.type === "cancel") drop();
  else {
    begin();
    const running = job;
    if (running) guarded(running.id, () => tell(running, data));
  }
  wake();
};

/**
 * @param {Job} running
 * @param {Exclude<ToWorker, {type: "train"} | {type: "cancel"}>} message
 */
function tell(running, message) {
  if (message.type === "shown") {
    if (message.id === running.id) running.shown();
  } else if (message.type === "pause") running.pause(true);
  else if (message.type === "resume") running.pause(false);
  else if (message.type === "step") running.step(message.epochs);
  else if (message.type === "pace") running.pace(message.pace);
  else running.look(message.view);
}
