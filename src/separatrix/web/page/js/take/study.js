/** The points as a table, and the same question for many seeds as `separatrix study FILE` reads it. */

import { Float, floatText } from "./python.js";
import { CannotTake, isPlain, recipeOf, textFile } from "./taken.js";

/** @typedef {import("./taken.js").Taken} Taken */

const SEEDS = 200;
const HEADER = "# How often does this work? Run it with: separatrix study study.toml\n";
const OWN = "# The points are in points.csv, which the playground's page gives too; keep it beside this file.\n";
const SETTINGS = [
  "loss",
  "optimizer",
  "lr",
  "schedule",
  "step_size",
  "step_gamma",
  "momentum",
  "nesterov",
  "alpha",
  "weight_decay",
  "l1",
  "l2",
  "focal_gamma",
  "batch_size",
  "patience",
  "min_delta",
  "solved_below",
];
const USUAL = { schedule: "constant", nesterov: false, momentum: 0, l1: 0, l2: 0, min_delta: 0 };
/** Settings that say nothing unless another has this value. @type {Record<string, [string, string[]]>} */
const ONLY_WITH = {
  step_size: ["schedule", ["step"]],
  step_gamma: ["schedule", ["step"]],
  alpha: ["optimizer", ["rmsprop"]],
  weight_decay: ["optimizer", ["adamw"]],
  focal_gamma: ["loss", ["focal"]],
};

/** All points, those held out too: x1, x2, label. @param {Taken} taken */
export function points({ run, points: { train, validation } }) {
  const all = run.setting.drawn ?? [
    ...triples(train),
    ...(run.setting.train_share < 1 && validation ? triples(validation) : []),
  ];
  const lines = all.map(([x1, x2, label]) => `${floatText(x1)},${floatText(x2)},${label}\n`);
  return textFile("points.csv", "text/csv", `x1,x2,label\n${lines.join("")}`);
}

/** @param {import("../engine/types.js").Rows} rows @returns {[number, number, number][]} */
function triples({ x, y }) {
  return [...y].map((label, k) => [x[2 * k], x[2 * k + 1], label]);
}

/** @param {Taken} taken */
export function study({ run }) {
  const { setting } = run,
    recipe = recipeOf(run),
    kinds = [...new Set(setting.activations)];
  if (kinds.length > 1) throw new CannotTake("take_one_activation");
  if (setting.start !== null) throw new CannotTake("take_from_scratch");
  if (!isPlain(run)) throw new CannotTake("take_plain_inputs");
  if (setting.balance !== null && !setting.drawn) throw new CannotTake("take_no_balance");
  const source = setting.drawn
    ? { points: "points.csv", x: ["x1", "x2"], y: "label" }
    : { points: setting.sampler, n: setting.n, noise: new Float(setting.noise) };
  /** @type {Record<string, any>} */
  const lines = {
    ...source,
    networks: [run.widths.join("-")],
    activation: kinds[0] ?? "relu",
    init: setting.init,
    checkpoints: [setting.epochs],
    seeds: SEEDS,
  };
  for (const name of SETTINGS) {
    const value = recipe[name],
      [other, values] = ONLY_WITH[name] ?? [name, [recipe[name]]];
    const usual = /** @type {Record<string, any>} */ (USUAL)[name];
    const plain = value instanceof Float ? value.value : value;
    if (value !== null && plain !== usual && values.includes(recipe[other])) lines[name] = value;
  }
  const text = Object.entries(lines)
    .map(([name, value]) => `${name} = ${toml(value)}\n`)
    .join("");
  return textFile("study.toml", "application/toml", HEADER + (setting.drawn ? OWN : "") + text);
}

/** @param {any} value @returns {string} */
function toml(value) {
  if (value instanceof Float) return floatText(value.value);
  if (Array.isArray(value)) return `[${value.map(toml).join(", ")}]`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
