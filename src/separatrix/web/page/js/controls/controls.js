/** The left column: where the points come from and how the network is trained. */

import formulas from "../data/formulas.js";
import { icon, make } from "../dom.js";
import { OFFERED } from "../engine/settings.js";
import { MOST_POINTS } from "../state.js";
import { numeral, say, significant } from "../words.js";
import { optionsOf } from "./names.js";
import { checkbox, choice, newId, percent, slider } from "./parts.js";
import { thumbnails } from "./thumbnails.js";
import { withhold } from "./withhold.js";

/** @typedef {import("../page_types.js").Setting} Setting */
/** @typedef {import("../app.js").PlaygroundApp} App */

const PENALTIES = [0, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3];
const EPOCHS = [1, 10, 30, 100, 300, 1_000, 3_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000];
const BATCHES = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
const COUNTS = [10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 750, 1_000, 2_000, 5_000, MOST_POINTS];
const RATES = [-5, -4, -3, -2, -1, 0]
  .flatMap((power) => [1, 2, 3, 5, 7].map((digit) => Number(`${digit}e${power}`)))
  .concat(10);
const BALANCES = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]; // 0: as the shape has it
const PATIENCES = [0, 5, 10, 20, 50, 100]; // 0: to the end
const GAMMAS = [0, 0.5, 1, 2, 3, 5];
const FALLS = [0.1, 0.2, 0.3, 0.5, 0.7, 0.9];

const short = (/** @type {number} */ value) => significant(value, 3);
const whole = (/** @type {number} */ value) => numeral(value);

/** @param {App} app @returns {HTMLElement[]} */
export function controls(app) {
  const set =
    (/** @type {keyof Setting} */ name, /** @type {(value: number) => unknown} */ as = (value) => value) =>
    (/** @type {number} */ value, /** @type {boolean} */ final) =>
      app.change({ [name]: as(value) }, { final });
  const pick = (/** @type {keyof Setting} */ name) => (/** @type {string} */ value) => app.change({ [name]: value });
  const orNull = (/** @type {number} */ value) => value || null;

  const shapes = thumbnails(app);
  const sliders = {
    n: slider("n", COUNTS, set("n"), whole),
    noise: slider("noise", { low: 0, high: 1, step: 0.05 }, set("noise"), short),
    balance: slider("balance", BALANCES, set("balance", orNull), (value) => (value ? percent(value) : say("as_shape"))),
    train_share: slider("train_share", { low: 0.1, high: 1, step: 0.05 }, set("train_share"), percent),
    lr: slider("lr", RATES, set("lr"), short),
    momentum: slider("momentum", { low: 0, high: 0.99, step: 0.01 }, set("momentum"), short),
    weight_decay: slider("weight_decay", PENALTIES, set("weight_decay"), short),
    batch_size: slider("batch_size", BATCHES, set("batch_size", orNull), (value) =>
      value ? whole(value) : say("all_points"),
    ),
    epochs: slider("epochs", EPOCHS, set("epochs"), whole),
    step_gamma: slider("step_gamma", FALLS, set("step_gamma"), (value) => `× ${short(value)}`),
    focal_gamma: slider("focal_gamma", GAMMAS, set("focal_gamma"), short),
    l1: slider("l1", PENALTIES, set("l1"), short),
    l2: slider("l2", PENALTIES, set("l2"), short),
    patience: slider("patience", PATIENCES, set("patience", orNull), (value) =>
      value ? whole(value) : say("to_the_end"),
    ),
  };
  const lists = {
    loss: choice("loss", optionsOf(formulas.losses), pick("loss")),
    optimizer: choice("optimizer", optionsOf(formulas.optimizers), pick("optimizer")),
    schedule: choice("schedule", optionsOf(OFFERED.schedules), pick("schedule")),
    init: choice("init", optionsOf(OFFERED.initialisations), pick("init")),
  };
  const nesterov = checkbox("nesterov", (on) => app.change({ nesterov: on }));
  const seed = seedField(app);
  const { l1, l2, patience, balance, ...often } = sliders;

  for (const happening of /** @type {const} */ (["state", "language", "points"])) app.on(happening, refresh);
  queueMicrotask(refresh); // once the controls are on the page
  return [
    card(
      "points_title",
      shapes.element,
      often.n.element,
      often.noise.element,
      balance.element,
      often.train_share.element,
      seed.element,
    ),
    card(
      "training_title",
      lists.loss.element,
      often.focal_gamma.element,
      lists.optimizer.element,
      often.lr.element,
      lists.schedule.element,
      often.step_gamma.element,
      often.momentum.element,
      nesterov.element,
      often.weight_decay.element,
      often.batch_size.element,
      often.epochs.element,
      lists.init.element,
      make("details.more", {}, make("summary", { word: "more_settings" }), l1.element, l2.element, patience.element),
    ),
  ];

  function refresh() {
    const { setting } = app.state;
    shapes.show(app.state);
    for (const [name, one] of Object.entries(sliders))
      one.set(Number(setting[/** @type {keyof Setting} */ (name)] ?? 0));
    if (setting.drawn) sliders.n.set(setting.drawn.length);
    for (const [name, one] of Object.entries(lists))
      one.select.value = String(setting[/** @type {keyof Setting} */ (name)]);
    nesterov.set(setting.nesterov);
    seed.set(setting.seed);
    const { reads } = formulas.optimizers[setting.optimizer];
    const without = new Set([
      ...(reads.includes("momentum") ? [] : ["momentum", "nesterov"]),
      ...(setting.optimizer === "sgd" && setting.momentum > 0 ? [] : ["nesterov"]),
      ...(reads.includes("weight_decay") ? [] : ["weight_decay"]),
      ...(setting.loss === "focal" ? [] : ["focal_gamma"]),
      ...(setting.schedule === "step" ? [] : ["step_gamma"]),
      ...(setting.optimizer === "lbfgs" ? ["batch_size"] : []),
      ...(setting.drawn ? ["noise", "balance"] : []),
      ...(app.points?.validation ? [] : ["patience"]),
    ]); // a setting without effect isn't offered
    withhold(app.state, without);
  }
}

/** @param {string} title @param {...HTMLElement} parts */
function card(title, ...parts) {
  const id = newId();
  return make(
    "section.card",
    { "aria-labelledby": id },
    make("div.panel-head", {}, make("h2", { word: title, id })),
    make("div.fields", {}, ...parts),
  );
}

/** @param {App} app */
function seedField(app) {
  const id = newId();
  const input = make("input.number", {
    type: "number",
    id,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    step: 1,
    inputmode: "numeric",
  });
  input.addEventListener("change", () => {
    const seed = Number(input.value);
    if (Number.isSafeInteger(seed) && seed >= 0 && input.value !== "") app.change({ seed });
    else input.value = String(app.state.setting.seed);
  });
  const another = make(
    "button.icon",
    {
      type: "button",
      label: "reseed",
      tip: "reseed?",
      onclick: () => app.change({ seed: app.state.setting.seed + 1 }),
    },
    icon("M8 3v10M3 8h10"),
  );
  const element = make(
    "div.field",
    { tip: "seed?", "data-control": "seed" },
    make("label", { for: id, word: "seed" }),
    make("span.row.wide.seed", {}, input, another),
  );
  return {
    element,
    /** @param {number} value */
    set(value) {
      if (document.activeElement !== input) input.value = String(value);
    },
  };
}
