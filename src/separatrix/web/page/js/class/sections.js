/** The learner's result line, and the table in which a teacher looks through those that were handed in. */

import { make, write } from "../dom.js";
import { copy } from "../take/save.js";
import { say } from "../words.js";
import { doneLessons, forgetProgress } from "./progress.js";
import { resultLine, verify } from "./result.js";

/** @typedef {import("../page_types.js").App} App */

/** @param {App} app */
export function resultSection(app) {
  const who = make("input#class_who", { type: "text", maxlength: 60, autocomplete: "name", oninput: show });
  const line = make("textarea#class_line", { readonly: true, rows: 3 });
  const button = make("button", { type: "button", word: "class_copy_line", onclick: hand }),
    told = make("p.told", { role: "status" });
  const progress = make("span"),
    forget = make("button", { type: "button", word: "class_forget", onclick: () => (forgetProgress(), show()) });
  for (const happening of /** @type {const} */ (["state", "run", "language"])) app.on(happening, show);
  show();
  return make(
    "section",
    {},
    make("h3", { word: "class_result" }),
    make("p.soft", { word: "class_result_about" }),
    make("label", { for: "class_who", word: "class_who" }),
    who,
    make("label", { for: "class_line", word: "class_line" }),
    line,
    button,
    told,
    make("p", {}, progress, " ", forget),
  );

  function show() {
    line.value = resultLine(app, who.value);
    button.disabled = line.value === "";
    write(progress, say("class_progress", { count: doneLessons().size }));
    write(told, line.value === "" ? say("class_no_lesson") : "");
  }

  async function hand() {
    line.value = resultLine(app, who.value);
    if (await copy(line.value)) write(told, say("take_copied"));
    else line.select();
  }
}

/** The teacher's table. */
export function verifySection() {
  const lines = make("textarea#class_lines", { rows: 4 });
  const body = make("tbody"),
    told = make("p.told", { role: "status" });
  const heads = ["class_by", "class_lesson_name", "class_when", "class_outcome", "class_verdict", "class_open"];
  const table = make(
    "table",
    { hidden: true },
    make("thead", {}, make("tr", {}, ...heads.map((word) => make("th", { scope: "col", word })))),
    body,
  );
  const button = make("button", { type: "button", word: "class_check", onclick: check });
  return make(
    "section",
    {},
    make("h3", { word: "class_verify" }),
    make("p.soft", { word: "class_verify_about" }),
    make("label", { for: "class_lines", word: "class_lines" }),
    lines,
    button,
    told,
    make("div.scrolls", { tabindex: 0, role: "region", label: "class_verify" }, table),
  );

  async function check() {
    button.disabled = true;
    table.hidden = false;
    body.replaceChildren();
    try {
      await verify(lines.value, (index, line, result, verdict) => {
        const link =
          result &&
          make("a", {
            href: `${location.href.replace(/#.*$/, "")}#${result.hash}`,
            target: "_blank",
            rel: "noopener",
            word: "class_open",
          });
        const texts = result
          ? [result.who, result.lesson, result.when, result.outcome]
          : [line.slice(0, 40), "", "", ""];
        const row = make(
          "tr",
          { "data-verdict": verdict },
          ...texts.map((text) => make("td", {}, text)),
          make("td", { word: `verdict_${verdict}` }),
          make("td", {}, link),
        );
        body.append(row);
        write(told, `${index + 1}`);
      });
    } finally {
      button.disabled = false;
    }
  }
}
