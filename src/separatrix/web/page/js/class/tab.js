/** The tab "Class": a learner's result, a teacher's own lessons, and the results that were handed in. */

import { make } from "../dom.js";
import { addWords } from "../words.js";
import { lessonSection } from "./builder.js";
import { resultSection, verifySection } from "./sections.js";
import words from "./words.js";

addWords(words);

/** @param {import("../page_types.js").App} app */
export function classTab(app) {
  return make("div.class", {}, resultSection(app), lessonSection(app), verifySection());
}
