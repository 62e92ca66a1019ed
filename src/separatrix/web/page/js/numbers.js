/** What came out: the numbers that are often taken for one another, the regions, who is on which side, and how it ended. */

import { calmly } from "./calm.js";
import { lossText } from "./curves.js";
import { percent } from "./controls/parts.js";
import { make, write } from "./dom.js";
import { exactAccuracy, hasExactAccuracy } from "./exact_accuracy.js";
import { confusion } from "./measure.js";
import { isPiecewiseLinear } from "./plane/border.js";
import { isClosed } from "./plane/polylines.js";
import { numeral, say } from "./words.js";

/** @typedef {import("./app.js").PlaygroundApp} App */

const NAMES = ["accuracy", "validation_accuracy", "loss_value", "regions", "exact_accuracy"];
const SPOKEN_AFTER_MS = 700; // how long a result stands before a screen reader says it

/** @param {App} app @param {import("./plane/plane.js").Plane} plane */
export function numbers(app, plane) {
  const values = NAMES.map(() => make("dd", {}, "–"));
  const list = make(
    "dl.numbers",
    {},
    ...NAMES.map((name, k) => make("div", { tip: `${name}?` }, make("dt", { word: name }), values[k])),
  );
  const exactly = exactWriter(values[4], list);
  const state = make("p.state");
  const table = confusionTable();
  const details = make(
    "details.more",
    {},
    make("summary", { word: "confusion_title", tip: "confusion?" }),
    table.element,
  );
  details.addEventListener("toggle", () => {
    refresh();
    if (details.open) details.scrollIntoView({ block: "nearest" }); // a low window ends above the table
  });
  let speaking = 0;
  let spoken = "";
  for (const happening of /** @type {const} */ (["moment", "training", "run", "state", "language"]))
    app.on(happening, calmly(app, refresh));
  plane.element.addEventListener(
    "bordered",
    calmly(app, () => writeRegions(values[3], app, plane)),
  );
  refresh();
  return make("div.outcome", {}, list, make("div.ending", {}, state, details));

  function refresh() {
    const { moment } = app;
    if (moment || !app.training) writeNumbers(moment);
    exactly(app);
    const { text, kind } = statusOf(app);
    write(state, text);
    state.className = `state ${kind}`;
    if (details.open) table.show(app);
    clearTimeout(speaking);
    if (!app.training && text !== spoken) {
      speaking = window.setTimeout(() => {
        spoken = text;
        app.announce(`${text} ${say("accuracy")} ${values[0].textContent}`);
      }, SPOKEN_AFTER_MS);
    }
  }

  /** @param {import("./page_types.js").Moment | null} moment */
  function writeNumbers(moment) {
    write(values[0], moment ? percent(moment.accuracy) : "–");
    write(values[1], moment && moment.validation_accuracy !== null ? percent(moment.validation_accuracy) : "–");
    write(values[2], moment && !Number.isNaN(moment.loss) ? lossText(moment.loss) : "–");
    writeRegions(values[3], app, plane);
  }
}

/** How the training ended. @param {App} app @returns {{text: string, kind: string}} */
export function statusOf(app) {
  const { fault, run, training, paused, state } = app;
  if (fault) return { text: fault, kind: "fault" };
  if (training && paused) return { text: say("waiting"), kind: "" };
  if (!run) return { text: say("working"), kind: "" };
  const begun = state.setting.begun
    ? ` · ${say("branched", { epoch: state.setting.begun })}`
    : state.setting.start
      ? ` · ${say("edited")}`
      : "";
  return { text: say(run.status) + begun, kind: run.status };
}

/** How many pieces the network is made of here, and its border. @param {Element} place @param {App} app @param {import("./plane/plane.js").Plane} plane */
function writeRegions(place, app, plane) {
  const exact = plane.border?.exact;
  if (!exact && (app.moving || app.training)) return; // calculated again when the hand rests
  if (!exact) {
    write(place, isPiecewiseLinear(app.state.setting) && app.moment ? "…" : "–");
    return;
  }
  const grain = 2e-8 * app.state.box.half;
  const closed = exact.border.filter((line) => isClosed(line, grain)).length;
  const lines = exact.border.length;
  const kind = lines === 0 ? "border_none" : lines > 1 ? "border_many" : closed ? "border_closed" : "border_open";
  const pieces = exact.vertices.length - lines + closed; // an open line has one corner more than pieces
  const border = say(kind, { lines, corners: exact.vertices.length, pieces });
  if (place.textContent === `${numeral(exact.regions)} ${border}`) return;
  place.replaceChildren(`${numeral(exact.regions)} `, make("small", {}, border));
}

/**
 * Writes the exact accuracy of a training's end, for points that have one; nothing is calculated while a training goes on.
 * @param {HTMLElement} place
 * @param {HTMLElement} list
 */
function exactWriter(place, list) {
  /** @type {import("./page_types.js").Run | null} */
  let run = null;
  /** @type {number | null} */
  let accuracy = null;
  return (/** @type {App} */ app) => {
    const possible = hasExactAccuracy(app.state.setting);
    list.classList.toggle("exact", possible);
    if (place.parentElement) place.parentElement.hidden = !possible;
    const ended = possible && !app.training && !app.moving && app.state.at === null ? app.run : null;
    if (ended && ended !== run) [run, accuracy] = [ended, exactAccuracy(app.state.setting, ended.parameters)];
    const value = ended && accuracy !== null ? Number((100 * accuracy).toFixed(2)) : null;
    write(place, value === null ? "–" : say("percent", { value }));
  };
}

const ASKED_SHARE = 5;

function confusionTable() {
  const sets = ["of_training", "of_validation"].map((word) => ({
    word,
    cells: [0, 1, 2, 3].map((k) => make("td", { class: k === 1 || k === 2 ? "wrong" : null })),
    names: [0, 1, 2, 3].map(() => make("th", { scope: "col" })),
  }));
  const tables = sets.map(({ word, cells, names }) => {
    names[2].scope = names[3].scope = "row";
    const corner = make("td", { word: "actual_predicted" });
    corner.className = "corner";
    return make(
      "table.confusion",
      {},
      make("caption", { word }),
      make(
        "tbody",
        {},
        make("tr", {}, corner, names[0], names[1]),
        make("tr", {}, names[2], cells[0], cells[1]),
        make("tr", {}, names[3], cells[2], cells[3]),
      ),
    );
  });
  const element = make("div.row.confusions", {}, ...tables);
  let [at, took] = [-Infinity, 0]; // when the points were last asked for their sides, and how long it took
  return {
    element,
    /** @param {App} app */
    show(app) {
      const { moment, evaluator, points } = app;
      const begun = performance.now();
      // while a training goes on, the table may be a moment old where asking takes long
      if (app.training && begun - at < ASKED_SHARE * took) return;
      const rows = [points?.train ?? null, points?.validation ?? null];
      tables[1].hidden = !rows[1];
      const classes = app.state.labels?.classes ?? ["0", "1"];
      sets.forEach(({ cells, names }, k) => {
        names.forEach((name, j) => write(name, classes[j % 2]));
        const one = rows[k];
        if (!moment || !evaluator || !one || !app.logits()) return;
        const counts = confusion(evaluator.at(moment.parameters, one.x), one.y).flat();
        cells.forEach((cell, j) => write(cell, numeral(counts[j])));
      });
      at = performance.now();
      took = at - begun;
    },
  };
}
