/** Hides and locks controls, as a lesson, a teacher's link or the other settings ask for. */

import { lessonNamed } from "../lessons/lessons.js";

/** @typedef {import("../page_types.js").PageState} PageState */

/** @param {PageState} state */
export function currentLesson(state) {
  return state.ownLesson ?? (state.lesson ? lessonNamed(state.lesson) : null);
}

/** What the state hides. @param {PageState} state @returns {Set<string>} */
export function hidden(state) {
  return new Set([...state.hide, ...(currentLesson(state)?.hides ?? [])]);
}

/**
 * Hide and lock all elements with `data-control`.
 * @param {PageState} state
 * @param {Set<string>} without settings that have no effect at present
 */
export function withhold(state, without) {
  const away = hidden(state);
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-control]"))) {
    const name = element.dataset.control ?? "";
    element.hidden = away.has(name) || without.has(name);
    lock(element, state.lock.includes(name));
  }
}

/** @param {HTMLElement} element @param {boolean} locked */
function lock(element, locked) {
  element.classList.toggle("locked", locked);
  const parts = element.matches("button, input, select")
    ? [element]
    : element.querySelectorAll("button, input, select");
  for (const part of /** @type {Iterable<HTMLInputElement>} */ (parts)) {
    if (locked) [part.disabled, part.dataset.locked] = [true, "yes"];
    else if (part.dataset.locked) {
      part.disabled = false;
      delete part.dataset.locked;
    }
  }
}
