/** The lessons to choose from, and the task of the one that is on. */

import { doneLessons, isDone } from "../class/progress.js";
import { currentLesson } from "../controls/withhold.js";
import { make, write } from "../dom.js";
import { DEFAULTS } from "../engine/settings.js";
import { changed } from "../state.js";
import { currentLanguage, say } from "../words.js";
import { LESSONS } from "./lessons.js";

/** @typedef {import("../app.js").PlaygroundApp} App */
/** @typedef {import("../page_types.js").Lesson} Lesson */

/** @param {App} app @param {Lesson} lesson */
function begin(app, lesson) {
  app.go({
    ...app.state,
    setting: changed(DEFAULTS, lesson.start),
    labels: null,
    lesson: lesson.name,
    ownLesson: lesson === app.state.ownLesson ? lesson : null,
    at: null,
  });
}

/** @param {App} app */
export function lessonPanel(app) {
  const buttons = LESSONS.map((lesson) => {
    const [tick, title] = [make("span.tick", { "aria-hidden": "true" }), make("span")];
    const state = make("span.visually-hidden");
    const button = make(
      "button",
      { type: "button", onclick: () => begin(app, lesson), "data-lesson": lesson.name },
      tick,
      title,
      state,
    );
    return { lesson, button, tick, title, state };
  });
  for (const happening of /** @type {const} */ (["language", "run", "state"])) app.on(happening, refresh);
  refresh();
  return make(
    "div.stack",
    {},
    make("p.note", { word: "lessons_about" }),
    make("div.lessons", {}, ...buttons.map(({ button }) => button)),
  );

  function refresh() {
    const done = doneLessons();
    for (const { lesson, button, tick, title, state } of buttons) {
      write(title, lesson.title[currentLanguage()]);
      write(tick, done.has(lesson.name) ? "✓" : "");
      write(state, done.has(lesson.name) ? ` (${say("lesson_was_done")})` : "");
      if (app.state.lesson === lesson.name) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }
}

/** The task above all views. @param {App} app */
export function taskCard(app) {
  const [title, task, verdict] = [make("h2", { id: "task-title" }), make("p"), make("p.verdict", { role: "status" })];
  const end = make("button", {
    type: "button",
    word: "lesson_end",
    tip: "lesson_end?",
    onclick: () => app.go({ ...app.state, lesson: null, ownLesson: null }),
  });
  const again = make("button", {
    type: "button",
    word: "lesson_again",
    tip: "lesson_again?",
    onclick: () => {
      const lesson = currentLesson(app.state);
      if (lesson) begin(app, lesson);
    },
  });
  const element = make(
    "section.card.task",
    { hidden: true, "aria-labelledby": "task-title" },
    make("div", {}, title, task),
    make("div.row", {}, again, end),
    verdict,
  );
  for (const happening of /** @type {const} */ (["state", "run", "language", "training"])) app.on(happening, refresh);
  refresh();
  return element;

  function refresh() {
    const lesson = currentLesson(app.state);
    element.hidden = lesson === null;
    if (!lesson) return;
    const language = currentLanguage();
    write(title, lesson.title[language]);
    write(task, lesson.task[language]);
    if (app.training) return; // the verdict before stands until there is another
    const done = isDone(app);
    write(verdict, done ? say("lesson_done", { praise: lesson.praise[language] }) : say("lesson_todo"));
    verdict.classList.toggle("praise", done);
  }
}
