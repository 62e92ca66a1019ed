/** Which lessons this browser's learner has done, and when; kept here alone. */

import { fulfils } from "../lessons/conditions.js";
import { lessonNamed } from "../lessons/lessons.js";
import { recall, remember } from "../storage.js";

/** @typedef {import("../page_types.js").App} App */

const PLACE = "lessons";

/** The lesson that is on. @param {App["state"]} state */
export function lessonOf(state) {
  return state.ownLesson ?? (state.lesson ? lessonNamed(state.lesson) : null);
}

/** Whether the finished training on the screen fulfils the lesson that is on. @param {App} app */
export function isDone({ state, run, points, evaluator }) {
  const lesson = lessonOf(state);
  return (
    lesson !== null &&
    run !== null &&
    points !== null &&
    evaluator !== null &&
    fulfils(lesson.done, { run, points, evaluator })
  );
}

/** Note from now on what is done. @param {App} app */
export function watchProgress(app) {
  app.on("run", () => {
    const lesson = lessonOf(app.state);
    if (lesson && isDone(app) && !kept()[lesson.name]) keep({ ...kept(), [lesson.name]: new Date().toISOString() });
  });
}

/** Names of the lessons that were done in this browser. @returns {Set<string>} */
export function doneLessons() {
  return new Set(Object.keys(kept()));
}

/** Begin anew. */
export function forgetProgress() {
  keep({});
}

/** Name of a lesson -> when it was first done. @returns {Record<string, string>} */
function kept() {
  try {
    const read = JSON.parse(recall(PLACE) ?? "{}");
    return read && typeof read === "object" ? read : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // somebody else's text under our name
    throw error;
  }
}

/** @param {Record<string, string>} progress */
function keep(progress) {
  remember(PLACE, JSON.stringify(progress));
}
