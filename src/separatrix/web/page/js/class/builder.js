/** A teacher's own lesson: a text, what is on the screen as its beginning, conditions from a list, and controls that are hidden. */

import formulas from "../data/formulas.js";
import { make, relabel, write } from "../dom.js";
import { DEFAULTS, OFFERED } from "../engine/settings.js";
import { CONDITIONS } from "../lessons/conditions.js";
import { toFile, toHash } from "../link.js";
import { CONTROL_NAMES, differs } from "../state.js";
import { copy, download } from "../take/save.js";
import { textFile } from "../take/taken.js";
import { hasWords, say } from "../words.js";

/** @typedef {import("../page_types.js").App} App */
/** @typedef {import("../page_types.js").Condition} Condition */
/** @typedef {import("../page_types.js").Lesson} Lesson */

/** What a condition's value is chosen from. @type {Record<string, string[]>} */
const CHOICES = {
  sampler: Object.keys(OFFERED.samplers),
  loss: Object.keys(formulas.losses),
  optimizer: Object.keys(formulas.optimizers),
  status: ["converged", "stuck", "stopped", "diverged", "diverged,stuck"],
};

/** What is missing in a lesson: the name of the page's sentence and its values. */
class Incomplete extends Error {
  /** @param {string} key @param {Record<string, number>} [values] */
  constructor(key, values = {}) {
    super(key);
    this.values = values;
  }
}

/** @param {App} app */
export function lessonSection(app) {
  const title = make("input#class_title", { type: "text", maxlength: 80 }),
    told = make("p.told", { role: "status" });
  const task = make("textarea#class_task", { rows: 3, maxlength: 600 }),
    praise = make("textarea#class_praise", { rows: 2, maxlength: 600 });
  const conditions = make("ol.conditions"),
    controls = controlTable();
  const act = (/** @type {string} */ word, /** @type {(lesson: Lesson) => unknown} */ use) =>
    make("button", { type: "button", word, onclick: () => attempt(use) });
  addCondition(conditions);
  return make(
    "section",
    {},
    make("h3", { word: "class_lesson" }),
    make("p.soft", { word: "class_lesson_about" }),
    ...[title, task, praise].flatMap((field) => [make("label", { for: field.id, word: field.id }), field]),
    make("p", { word: "class_done_when" }),
    conditions,
    make("button", { type: "button", word: "class_add_condition", onclick: () => addCondition(conditions) }),
    make("p.soft", { word: "class_controls_about" }),
    controls.table,
    make(
      "p.buttons",
      {},
      act("class_link", (lesson) => offer(stateWith(lesson))),
      act("class_file", (lesson) => download(textFile("lesson.json", "application/json", toFile(stateWith(lesson))))),
      act("class_try", (lesson) => app.go(stateWith(lesson))),
      make("button", {
        type: "button",
        word: "class_plain_link",
        onclick: () => offer({ ...app.state, ...controls.chosen() }),
      }),
    ),
    told,
  );

  /** @param {(lesson: Lesson) => unknown} use */
  function attempt(use) {
    try {
      write(told, "");
      use(lesson());
    } catch (error) {
      if (!(error instanceof Incomplete)) throw error;
      write(told, say(error.message, error.values));
    }
  }

  /** @returns {Lesson} */
  function lesson() {
    const done = [...conditions.children].map((row, k) => conditionOf(/** @type {HTMLElement} */ (row), k + 1));
    if (!title.value.trim() || !task.value.trim() || !done.length) throw new Incomplete("class_incomplete");
    const name =
      title.value
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, "-")
        .replace(/^-|-$/g, "") || "lesson";
    return {
      name,
      title: inBoth(title.value),
      task: inBoth(task.value),
      praise: inBoth(praise.value),
      start: startOf(app.state.setting),
      done,
      hides: controls.chosen().hide,
    };
  }

  /** @param {Lesson} own @returns {App["state"]} */
  function stateWith(own) {
    return { ...app.state, ...controls.chosen(), ownLesson: own, lesson: own.name, at: null, tab: "network" };
  }

  /** @param {App["state"]} state */
  async function offer(state) {
    const address = `${location.href.replace(/#.*$/, "")}#${toHash(state)}`;
    write(told, (await copy(address)) ? say("class_copied") : address);
  }
}

/** A teacher writes one language; a page in the other shows the same text. @param {string} text */
function inBoth(text) {
  return { en: text.trim(), zh: text.trim() };
}

/** What differs from the first page. @param {import("../engine/types.js").Setting} setting */
function startOf(setting) {
  const names = /** @type {(keyof typeof setting)[]} */ (Object.keys(setting));
  return Object.fromEntries(
    names.filter((name) => differs(setting, DEFAULTS, [name])).map((name) => [name, setting[name]]),
  );
}

/** @param {HTMLElement} list */
function addCondition(list) {
  const kind = make("select", { label: "class_condition", values: { number: 1 } });
  for (const name of Object.keys(CONDITIONS)) kind.append(make("option", { value: name, word: `condition_${name}` }));
  const place = make("span.value"),
    remove = make(
      "button",
      { type: "button", label: "class_remove_condition", values: { number: 1 }, onclick: drop },
      "×",
    );
  const row = make("li", {}, kind, place, remove);
  kind.addEventListener("change", choose);
  list.append(row);
  choose();

  function choose() {
    const { takes } = CONDITIONS[kind.value],
      choices = CHOICES[takes];
    const field = choices
      ? make("select", {}, ...choices.map((name) => make("option", { value: name }, name)))
      : make("input", { type: "number", step: "any" });
    place.replaceChildren(...(takes === "nothing" ? [] : [field]));
    number();
  }

  function drop() {
    row.remove();
    number();
  }

  function number() {
    [...list.children].forEach((each, k) => {
      const values = { number: k + 1 },
        field = each.querySelector(".value > *");
      relabel(/** @type {HTMLElement} */ (each.querySelector("select")), "class_condition", values);
      relabel(/** @type {HTMLElement} */ (each.querySelector("button")), "class_remove_condition", values);
      if (field) relabel(/** @type {HTMLElement} */ (field), "class_value", values);
    });
  }
}

/** @param {HTMLElement} row @param {number} number @returns {Condition} */
function conditionOf(row, number) {
  const is = /** @type {HTMLSelectElement} */ (row.querySelector("select")).value;
  const field = /** @type {HTMLInputElement | HTMLSelectElement | null} */ (row.querySelector(".value > *"));
  if (!field) return { is };
  if (field instanceof HTMLSelectElement) return { is, value: field.value };
  if (field.value === "" || !Number.isFinite(field.valueAsNumber)) throw new Incomplete("class_bad_value", { number });
  return { is, value: field.valueAsNumber };
}

/** Two boxes for every control: hide, lock. */
function controlTable() {
  const box = (/** @type {string} */ way, /** @type {string} */ name) =>
    make("input", { type: "checkbox", name: way, value: name, "aria-labelledby": `class-${way} class-of-${name}` });
  const rows = CONTROL_NAMES.map((name) => {
    const title = make(
      "th",
      hasWords(name) ? { scope: "row", id: `class-of-${name}`, word: name } : { scope: "row", id: `class-of-${name}` },
      hasWords(name) ? null : name,
    );
    return make("tr", {}, title, make("td", {}, box("hide", name)), make("td", {}, box("lock", name)));
  });
  const head = make(
    "tr",
    {},
    make("th", { scope: "col", word: "class_control" }),
    make("th", { scope: "col", id: "class-hide", word: "class_hide" }),
    make("th", { scope: "col", id: "class-lock", word: "class_lock" }),
  );
  const table = make("table.controls", {}, make("thead", {}, head), make("tbody", {}, ...rows));
  const checked = (/** @type {string} */ way) =>
    [.../** @type {NodeListOf<HTMLInputElement>} */ (table.querySelectorAll(`input[name=${way}]:checked`))].map(
      (each) => each.value,
    );
  return { table, chosen: () => ({ hide: checked("hide"), lock: checked("lock") }) };
}
