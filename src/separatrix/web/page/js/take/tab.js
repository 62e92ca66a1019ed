/** The tab "Take away": what is on the screen as a link and as files, all made by the page. */

import { make, write } from "../dom.js";
import { MOST_LINKED, toFile, toHash } from "../link.js";
import { addWords, say } from "../words.js";
import { model } from "./model.js";
import { notebook } from "./notebook.js";
import { onnx } from "./onnx.js";
import { gif, png, svg } from "./picture.js";
import { copy, download } from "./save.js";
import { script } from "./script.js";
import { points, study } from "./study.js";
import { CannotTake, textFile } from "./taken.js";
import words from "./words.js";

/** @typedef {import("../page_types.js").App} App */
/** @typedef {import("./taken.js").Taken} Taken */
/** @typedef {import("./taken.js").Parcel} Parcel */
/** @typedef {(taken: Taken, app: App, progress: (share: number) => void) => Parcel | Promise<Parcel>} Maker */

addWords(words);

/** What can be taken as a file, under the name of its button. @type {Record<string, Maker>} */
export const MAKERS = {
  take_script: script,
  take_notebook: (taken) => notebook(taken, say),
  take_model: model,
  take_onnx: onnx,
  take_png: (_, app) => png(shownBy(app)),
  take_svg: (_, app) => svg(shownBy(app)),
  take_gif: ({ run }, app, progress) => gif(shownBy(app), momentsOf(run), progress),
  take_points: points,
  take_study: study,
  take_state: (_, app) => textFile("playground.json", "application/json", toFile(app.state)),
};

/** @param {App} app */
export function takeTab(app) {
  const told = make("p.told", { role: "status" }),
    byHand = make("textarea", { readonly: true, rows: 3, hidden: true, label: "take_copy_by_hand" });
  const rows = [
    row("copy_link", () => offer(linkOf(app))),
    row("copy_iframe", () => offer(iframeOf(app))),
    ...Object.keys(MAKERS).map((name) => row(name, () => take(name))),
  ];
  return make(
    "div.take",
    {},
    make("p.soft", { word: "take_about" }),
    make("div.takes", {}, ...rows.flat()),
    told,
    byHand,
  );

  /** @param {string} text */
  async function offer(text) {
    const copied = await copy(text);
    byHand.hidden = copied;
    byHand.value = copied ? "" : text;
    if (!copied) byHand.select();
    tell(say(copied ? (tooLong(app) ? "take_many_points" : "take_copied") : "take_copy_by_hand"));
  }

  /** @param {string} name */
  async function take(name) {
    const { run, points: drawn } = app;
    if (!run || !drawn) return tell(say("take_wait"));
    try {
      const parcel = await MAKERS[name]({ run, points: drawn }, app, (share) => {
        write(told, say("take_working", { name: say(name), percent: Math.round(100 * share) }));
      });
      download(parcel);
      tell(say("take_done", { name: parcel.name }));
    } catch (error) {
      if (!(error instanceof CannotTake)) throw error;
      tell(say(error.message));
    }
  }

  /** @param {string} text */
  function tell(text) {
    write(told, text);
  }
}

/** A button and what it gives. @param {string} name @param {() => void} act */
function row(name, act) {
  return [
    make("button", { type: "button", word: name, id: name, onclick: act }),
    make("span.soft", { word: `${name}_about` }),
  ];
}

/** The address of what is on the screen. @param {App} app */
export function linkOf(app) {
  return `${location.href.replace(/#.*$/, "")}#${toHash(app.state)}`;
}

/** @param {App} app */
function tooLong({ state: { setting } }) {
  return (setting.drawn?.length ?? 0) > MOST_LINKED;
}

/** @param {App} app */
function iframeOf(app) {
  const address = linkOf(app).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<iframe src="${address}" title="${say("iframe_title")}" width="100%" height="800" allow="clipboard-write" loading="lazy"></iframe>`;
}

/** What the plane shows at this moment. @param {App} app @returns {import("./picture.js").Shown} */
function shownBy(app) {
  const { moment, run, evaluator, points: drawn, state } = app;
  if (!run || !evaluator || !drawn) throw new CannotTake("take_wait");
  const parameters = moment?.parameters ?? run.parameters,
    accuracy = moment?.accuracy ?? run.accuracy;
  const caption = captionOf(run, moment?.epoch ?? run.epochs, accuracy);
  return {
    parameters,
    evaluator,
    points: drawn,
    box: state.box,
    labels: state.labels,
    smooth: state.smooth,
    validation: state.validation,
    caption,
  };
}

/** @param {import("./taken.js").Run} run */
function momentsOf(run) {
  return run.snapshots.map(({ epoch, parameters }) => {
    const row = run.log.epoch.findIndex((logged) => logged > epoch); // measured before an epoch's step: after the one before
    return { parameters, caption: captionOf(run, epoch, row < 0 ? run.accuracy : run.log.accuracy[row]) };
  });
}

/** @param {import("./taken.js").Run} run @param {number} epoch @param {number} accuracy */
function captionOf(run, epoch, accuracy) {
  return say("picture_caption", {
    network: run.widths.join("-"),
    epoch: epoch + run.setting.begun,
    percent: Math.round(1000 * accuracy) / 10,
  });
}
