/**
 * What is thrown where a setting can't be trained.
 *
 * @module
 */

/** Carries the reason as a code with its numbers; the page has the words. */
export class TrainingRefused extends Error {
  /** @param {import("./types.js").Refusal} refusal */
  constructor(refusal) {
    super(Object.values(refusal).join(" "));
    this.name = "TrainingRefused";
    this.refusal = refusal;
  }
}
