/**
 * The records of the page around the engine's: what is on the screen, lessons, and what every part of the page is handed.
 *
 * @module
 */

/** @typedef {import("./engine/types.js").Setting} Setting */
/** @typedef {import("./engine/types.js").Run} Run */
/** @typedef {import("./engine/types.js").Points} Points */
/** @typedef {import("./engine/types.js").Evaluator} Evaluator */
/** @typedef {import("./words.js").Language} Language */

/**
 * How a column of the visitor's own data became a coordinate: value = shift + scale · coordinate.
 *
 * @typedef {{name: string, shift: number, scale: number}} Axis
 */

/**
 * What axes and classes are called.
 *
 * @typedef {{axes: [Axis, Axis], classes: [string, string]}} Labels
 */

/**
 * The part of the plane that is shown: a square. Hand edits never change it, so that one dragged point can't blow it up.
 *
 * @typedef {{centre: [number, number], half: number}} Box
 */

/**
 * All that a link restores and undo goes back to. Never changed in place.
 *
 * @typedef {object} PageState
 * @property {Setting} setting what is trained
 * @property {Labels | null} labels of the visitor's own data
 * @property {Box} box
 * @property {number | null} at epoch of the timeline that is shown, or null for the end
 * @property {boolean} smooth probabilities instead of two sides
 * @property {boolean} validation whether the validation points are shown
 * @property {boolean} lines whether the lines of the folds are shown
 * @property {boolean} weights whether the network's lines carry their numbers
 * @property {string} tab the open tab
 * @property {Language} language
 * @property {string | null} lesson name of the lesson that is on
 * @property {Lesson | null} ownLesson a teacher's lesson that came with the link or a file; its name is then `lesson`
 * @property {string[]} hide controls that a teacher's link hides, names of `CONTROL_NAMES`
 * @property {string[]} lock controls that it locks
 */

/**
 * One condition of a lesson, by its name in lessons/conditions.js.
 *
 * @typedef {{is: string, value?: number | string}} Condition
 */

/**
 * @typedef {object} Lesson
 * @property {string} name in links
 * @property {Record<Language, string>} title
 * @property {Record<Language, string>} task what to do
 * @property {Record<Language, string>} praise what has been seen
 * @property {Partial<Setting>} start differences from the default setting
 * @property {Condition[]} done all must hold for a finished training
 * @property {string[]} hides controls that would lead away from the task
 */

/**
 * What is on the screen at this moment: the end of a training, a moment of its timeline, or one while it goes on.
 *
 * @typedef {object} Moment
 * @property {Float32Array} parameters
 * @property {number} epoch of this training, from 0; `setting.begun` comes on top
 * @property {number} loss NaN until it is measured
 * @property {number} accuracy
 * @property {number | null} validation_accuracy
 * @property {Float32Array | null} logits over the box, (NODES²) rows from below; null until they are computed
 * @property {Float32Array[] | null} units likewise
 */

/**
 * What happens on the page. "state": another state; "points": other points; "moment": another moment to be drawn; "run": a
 * training ended; "training": one began, paused or went on; "language" and "theme": all is said and drawn anew.
 *
 * @typedef {"state" | "points" | "moment" | "run" | "training" | "language" | "theme" | "picked" | "preview"} Happening
 */

/**
 * What the parts of the page are handed. `run` is the last finished training of `state.setting`, or null while there is none.
 *
 * @typedef {object} App
 * @property {PageState} state
 * @property {Run | null} run
 * @property {import("./engine/types.js").History | null} log of the training on the screen, while it grows
 * @property {Moment | null} moment
 * @property {Points | null} points trained on and held out; null while there is no training, `fault` says why
 * @property {[number, number, number][]} allPoints as they are seen and edited, x1, x2, label
 * @property {Evaluator | null} evaluator of `state.setting`
 * @property {string} fault what is wrong, in the page's language, or ""
 * @property {boolean} training whether one is under way
 * @property {boolean} paused
 * @property {number | null} pace epochs a second, or null for trained at once
 * @property {(happening: Happening, listener: () => void) => void} on
 * @property {(changes: Partial<Setting>, options?: {final?: boolean, rest?: Partial<PageState>}) => void} change settings; while a
 *     hand still moves, `final` is false and all steps of the gesture are one step to undo
 * @property {(changes: Partial<PageState>, options?: {remember?: boolean}) => void} show what is looked at, not trained
 * @property {(state: PageState) => void} go to another state, as one step to undo
 * @property {(epoch: number | null) => void} seek a moment of the timeline
 * @property {(text: string) => void} announce to a screen reader
 */

export {};
