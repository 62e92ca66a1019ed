/** A training as the plain PyTorch script that repeats it: the text of `separatrix.plain_script`, from the same templates. */

import { data } from "./data.js";
import { streamSeed } from "../engine/seeds.js";
import { layout } from "../engine/network.js";
import { float32Text, floatText, Float } from "./python.js";
import { CannotTake, isPlain, recipeOf, textFile } from "./taken.js";

/** @typedef {import("./taken.js").Taken} Taken */
/** @typedef {Record<string, any>} Recipe */

const { script: templates, activations, losses, optimizers, schedules } = data;
const NOT_IN_SCRIPTS = ["patience", "solved_below"];
/** What a feature is in PyTorch. @type {Record<string, string>} */
const COLUMNS = {
  x1: "x1",
  x2: "x2",
  "x1^2": "x1 * x1",
  "x2^2": "x2 * x2",
  "x1*x2": "x1 * x2",
  "sin(x1)": "torch.sin(x1)",
  "sin(x2)": "torch.sin(x2)",
};

/** The script as a file. @param {Taken} taken */
export function script(taken) {
  return textFile("separatrix_run.py", "text/x-python", Object.values(parts(taken)).join(""));
}

/**
 * The script in pieces, which joined give it.
 * @param {Taken} taken
 */
export function parts({ run, points }) {
  const recipe = recipeOf(run);
  for (const name of NOT_IN_SCRIPTS) if (recipe[name] !== null) throw new CannotTake(`take_no_${name}`);
  const names = run.setting.activations,
    two = recipe.loss === "cross_entropy";
  const certain = losses[recipe.loss].takes === "probability"; // the module gives it itself
  return {
    points: head(run, points.train),
    features: isPlain(run) ? "" : features(run.setting.features),
    step: names.some((name) => activations[name].module === "Step") ? templates.step : "",
    network: network(run, certain),
    start: start(run, recipe),
    loop: loop(recipe, points.train.y.length),
    end: filled(templates.end, {
      predicted: two ? "(model(X).argmax(1, keepdim=True) > 0)" : `(model(X) > ${certain ? 0.5 : 0})`,
    }),
    picture: filled(templates.picture, {
      probability: two ? "torch.softmax(inside, dim=1)[:, 1]" : certain ? "inside" : "torch.sigmoid(inside)",
    }),
  };
}

/** @param {import("../engine/types.js").Run} run @param {import("../engine/types.js").Rows} rows */
function head(run, rows) {
  const n = rows.y.length;
  return filled(templates.head, {
    title: `Binary classification of ${n} points by a network ${run.widths.join("-")}.`,
    imports: [...(recipeOf(run).batch_size ? ["import numpy as np"] : []), "import torch", "from torch import nn"].join(
      "\n",
    ),
    x: numbers(rows.x),
    y: wrapped([...rows.y].map(String)),
    n,
    inputs: 2,
    dtype: "float32",
  });
}

/** @param {string[]} names */
function features(names) {
  const columns = names.map((name) => COLUMNS[name]).join(", ");
  return `\n\ndef features(x):\n    x1, x2 = x[:, 0], x[:, 1]\n    return torch.stack([${columns}], dim=1)\n`;
}

/** @param {import("../engine/types.js").Run} run @param {boolean} certain */
function network(run, certain) {
  const layers = layout(run.widths),
    last = layers[layers.length - 1],
    names = run.setting.activations;
  const lines = ["", "", "class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"];
  for (const { name, fan_in, fan_out } of layers) lines.push(`        self.${name} = nn.Linear(${fan_in}, ${fan_out})`);
  names.forEach((name, k) => {
    const { module } = activations[name];
    lines.push(`        self.act${k + 1} = ${module === "Step" ? module : `nn.${module}`}()`);
  });
  lines.push("", "    def forward(self, x):");
  if (!isPlain(run)) lines.push("        x = features(x)");
  layers.slice(0, -1).forEach(({ name }, k) => lines.push(`        x = self.act${k + 1}(self.${name}(x))`));
  const inside = `self.${last.name}(x)`;
  return [...lines, `        return ${certain ? `torch.sigmoid(${inside})` : inside}`, ""].join("\n");
}

/** @param {import("../engine/types.js").Run} run @param {Recipe} recipe */
function start(run, recipe) {
  const criterion = filled(losses[recipe.loss].script, { gamma: recipe.focal_gamma }),
    isFunction = criterion.startsWith("def ");
  const step_size = recipe.step_size ?? Math.max(1, Math.ceil(recipe.epochs / 3));
  const lines = [
    `EPOCHS = ${recipe.epochs}`,
    `START = torch.tensor([\n${numbers(run.initial)}\n])`,
    isFunction ? `\n\n${criterion}\n` : "",
    "model = Net()",
    "nn.utils.vector_to_parameters(START, model.parameters())",
    isFunction ? "" : criterion,
    `optimizer = ${optimizer(recipe)}`,
    schedules[recipe.schedule] && `scheduler = ${filled(schedules[recipe.schedule], { ...recipe, step_size })}`,
    recipe.batch_size ? `stream = np.random.Generator(np.random.PCG64(${streamSeed(recipe.seed, "order")}))` : "",
  ];
  return `${lines.filter(Boolean).join("\n")}\n\n`;
}

/** @param {Recipe} recipe */
function optimizer(recipe) {
  const { kind, reads, always } = optimizers[recipe.optimizer];
  const settings = reads
    .filter(
      (name) => !(name === "momentum" && recipe.momentum.value === 0) && !(name === "nesterov" && !recipe.nesterov),
    )
    .map((name) => `, ${name}=${written(recipe[name])}`)
    .concat(Object.entries(always).map(([name, value]) => `, ${name}='${value}'`));
  return `torch.optim.${kind}(model.parameters(), lr=${written(recipe.lr)}${settings.join("")})`;
}

/** @param {Recipe} recipe @param {number} n */
function loop(recipe, n) {
  const compute = `loss = criterion(model(x), ${losses[recipe.loss].target})${penalty(recipe)}`;
  const inner =
    recipe.optimizer === "lbfgs"
      ? [
          "def closure():",
          "    optimizer.zero_grad()",
          `    ${compute}`,
          "    loss.backward()",
          "    return loss",
          "loss = optimizer.step(closure)",
        ]
      : [compute, "optimizer.zero_grad()", "loss.backward()", "optimizer.step()"];
  const lines = ["for epoch in range(1, EPOCHS + 1):"];
  if (recipe.batch_size) {
    lines.push(`    order = torch.from_numpy(stream.permuted(np.arange(${n})))`);
    lines.push(`    for rows in torch.split(order, ${recipe.batch_size}):`, "        x, y = X[rows], Y[rows]");
    lines.push(...inner.map((line) => `        ${line}`));
  } else lines.push("    x, y = X, Y", ...inner.map((line) => `    ${line}`));
  if (schedules[recipe.schedule]) lines.push("    scheduler.step()");
  lines.push(`    if epoch % ${Math.max(1, Math.floor(recipe.epochs / templates.shown))} == 0:`);
  lines.push('        print(f"Epoch [{epoch}/{EPOCHS}], Loss: {loss.item():.4f}")', "");
  return lines.join("\n");
}

/** @param {Recipe} recipe */
function penalty({ l1, l2 }) {
  const terms = [];
  if (l1.value) terms.push(`${written(l1)} * w.abs().sum()`);
  if (l2.value) terms.push(`${written(l2)} / 2 * (w * w).sum()`);
  return terms.length ? ` + sum(${terms.join(" + ")} for w in model.parameters() if w.ndim > 1)` : "";
}

/** A value as Python writes it. @param {any} value @returns {string} */
function written(value) {
  if (value instanceof Float) return floatText(value.value);
  if (Array.isArray(value)) return `(${value.map(written).join(", ")})`;
  if (typeof value === "boolean") return value ? "True" : "False";
  return String(value);
}

/** Python's `str.format` with the fields by name. @param {string} template @param {Record<string, any>} values */
function filled(template, values) {
  return template.replace(/\{\{|\}\}|\{(\w+)(?:!r)?\}/g, (whole, name) => (name ? written(values[name]) : whole[0]));
}

/** @param {Float32Array} values */
function numbers(values) {
  return wrapped([...values].map(float32Text));
}

/** Words with commas in lines of a readable length. @param {string[]} words */
function wrapped(words) {
  const lines = [];
  let line = "   ";
  for (const word of words) {
    if (line.length + word.length + 2 > templates.width) {
      lines.push(line);
      line = "   ";
    }
    line += ` ${word},`;
  }
  return [...lines, line].join("\n");
}
