/** The seed panel: the same settings for 200 seeds on all cores, a bar that fills, and a wall of small borders to go to. */

import { css, palette } from "./colours.js";
import { percent } from "./controls/parts.js";
import { make, sized, write } from "./dom.js";
import { createEvaluator } from "./engine/evaluator.js";
import { createPool } from "./engine/pool.js";
import { differs } from "./state.js";
import { say } from "./words.js";

/** @typedef {import("./app.js").PlaygroundApp} App */
/** @typedef {import("./engine/types.js").Run} Run */
/** @typedef {{seed: number, accuracy: number, status: string, solved: boolean, sides: Uint8Array}} Trial */

export const SEEDS = 200;
const COLUMNS = 20;
const NODES = 20; // of a small border

/** The 95 % interval of a share (Wilson 1927). @param {number} count @param {number} all @returns {[number, number]} */
export function wilson(count, all) {
  const [z, p] = [1.959963984540054, count / all];
  const centre = p + (z * z) / (2 * all);
  const spread = z * Math.sqrt((p * (1 - p) + (z * z) / (4 * all)) / all);
  const scale = 1 + (z * z) / all;
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}

/** @param {App} app */
export function seedPanel(app) {
  /** @type {(Trial | null)[]} */
  let trials = Array(SEEDS).fill(null);
  /** @type {import("./engine/types.js").Pool | null} */
  let pool = null;
  let running = false;
  let marked = -1; // the seed under the pointer or the keyboard
  let of = app.state.setting;
  const start = make("button.primary", {
    type: "button",
    tip: "run_seeds?",
    onclick: () => (running ? stop() : run()),
  });
  const said = make("p.note", { role: "status" });
  const solved = make("i.solved");
  const unsolved = make("i.unsolved");
  const bar = make("div.share", { "aria-hidden": "true" }, solved, unsolved);
  const wall = make("canvas.wall", {
    tabindex: 0,
    role: "group",
    "aria-roledescription": "grid",
    label: "seed_wall",
    tip: "seed_wall?",
  });
  const about = make("p.note.number", { "aria-live": "polite" });
  wall.addEventListener("pointermove", (event) => mark(under(event)));
  wall.addEventListener("pointerleave", () => mark(-1));
  wall.addEventListener("click", (event) => go(under(event)));
  wall.addEventListener("keydown", (event) => steer(event));
  app.on("state", forget);
  app.on("language", tell);
  app.on("theme", draw);
  new ResizeObserver(draw).observe(wall);
  tell();
  return make("div.stack.seeds", {}, make("div.row", {}, start, said), bar, wall, about);

  /** What was found for other settings says nothing about these. */
  function forget() {
    const names = /** @type {(keyof typeof of)[]} */ (Object.keys(of)).filter(
      (name) => !["seed", "start", "begun"].includes(name),
    );
    const other = differs(of, app.state.setting, names);
    of = app.state.setting;
    if (!other) return;
    if (running) stop();
    trials = Array(SEEDS).fill(null);
    draw();
    tell();
  }

  async function run() {
    pool ??= createPool();
    running = true;
    trials = Array(SEEDS).fill(null);
    tell();
    const settings = Array.from({ length: SEEDS }, (_, seed) => ({
      ...app.state.setting,
      seed,
      start: null,
      begun: 0,
    }));
    const evaluator = await createEvaluator(app.state.setting);
    const { view } = app;
    let due = false;
    await pool.run(settings, {
      onRun: (seed, result) => {
        if (!running) return;
        trials[seed] = "status" in result ? trialOf(seed, result, evaluator, view) : failed(seed);
        if (due) return;
        due = true;
        requestAnimationFrame(() => {
          due = false;
          draw();
          tell();
        });
      },
    });
    running = false;
    draw();
    tell();
  }

  function stop() {
    running = false;
    pool?.cancel();
    tell();
  }

  function tell() {
    const done = /** @type {Trial[]} */ (trials.filter(Boolean));
    const count = done.filter((trial) => trial.solved).length;
    write(start, say(running ? "stop_seeds" : "run_seeds"));
    solved.style.width = `${(100 * count) / SEEDS}%`;
    unsolved.style.width = `${(100 * (done.length - count)) / SEEDS}%`;
    if (!done.length) write(said, say(app.state.setting.drawn ? "seeds_none_own" : "seeds_none"));
    else {
      const [low, high] = wilson(count, done.length);
      write(
        said,
        say("seeds_result", {
          done: done.length,
          all: SEEDS,
          share: percent(count / done.length),
          low: percent(Math.round(100 * low) / 100),
          high: percent(Math.round(100 * high) / 100),
        }),
      );
    }
  }

  function draw() {
    const width = wall.clientWidth;
    if (!width) return;
    const cell = width / COLUMNS;
    const height = cell * (SEEDS / COLUMNS);
    wall.style.height = `${height}px`;
    const context = sized(wall, width, height);
    context.clearRect(0, 0, width, height);
    trials.forEach((trial, seed) =>
      drawTrial(context, trial, (seed % COLUMNS) * cell, Math.floor(seed / COLUMNS) * cell, cell, seed === marked),
    );
  }

  /** @param {MouseEvent} event */
  function under(event) {
    const { left, top, width } = wall.getBoundingClientRect();
    const cell = width / COLUMNS;
    return (
      Math.floor((event.clientY - top) / cell) * COLUMNS +
      Math.max(0, Math.min(COLUMNS - 1, Math.floor((event.clientX - left) / cell)))
    );
  }

  /** @param {number} seed */
  function mark(seed) {
    if (seed === marked) return;
    marked = seed;
    const trial = trials[seed];
    write(
      about,
      trial ? say("seed_was", { seed, share: percent(trial.accuracy), status: say(`status_${trial.status}`) }) : "",
    );
    draw();
  }

  /** @param {number} seed */
  function go(seed) {
    if (trials[seed]) app.change({ seed });
  }

  /** @param {KeyboardEvent} event */
  function steer(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (step) mark(Math.max(0, Math.min(SEEDS - 1, Math.max(0, marked) + step)));
    else if (event.key === "Enter" || event.key === " ") go(marked);
    else return;
    event.preventDefault();
  }
}

/** @param {number} seed @param {Run} run @param {import("./engine/types.js").Evaluator} evaluator @param {import("./engine/types.js").View} view @returns {Trial} */
function trialOf(seed, run, evaluator, view) {
  const sides = Uint8Array.from(
    evaluator.logits(run.parameters, { ...view, nodes: NODES, unit_nodes: undefined }),
    (z) => (z > 0 ? 1 : 0),
  );
  return {
    seed,
    accuracy: run.accuracy,
    status: run.status,
    solved: run.accuracy === 1 && run.status !== "diverged",
    sides,
  };
}

/** @param {number} seed @returns {Trial} */
function failed(seed) {
  return { seed, accuracy: NaN, status: "diverged", solved: false, sides: new Uint8Array(NODES * NODES) };
}

/** @param {CanvasRenderingContext2D} context @param {Trial | null} trial @param {number} left @param {number} top @param {number} cell @param {boolean} marked */
function drawTrial(context, trial, left, top, cell, marked) {
  const colours = palette();
  const [x, y, side] = [left + 1.5, top + 1.5, cell - 3];
  if (!trial) {
    context.fillStyle = colours.line;
    context.globalAlpha = 0.5;
    context.fillRect(x, y, side, side);
    context.globalAlpha = 1;
    return;
  }
  context.fillStyle = css(colours.sides[0]);
  context.fillRect(x, y, side, side);
  context.fillStyle = css(colours.sides[1]);
  const step = side / NODES;
  for (let row = 0; row < NODES; row += 1) {
    for (let column = 0, from = -1; column <= NODES; column += 1) {
      const on = column < NODES && trial.sides[row * NODES + column] === 1;
      if (on && from < 0) from = column;
      if (on || from < 0) continue;
      context.fillRect(x + from * step, y + side - (row + 1) * step, (column - from) * step, step + 0.3);
      from = -1;
    }
  }
  Object.assign(context, {
    strokeStyle: marked ? colours.accent : colours.ink,
    lineWidth: marked ? 3 : trial.solved ? 0.5 : 1.75,
  });
  context.strokeRect(x, y, side, side);
  if (!trial.solved) context.stroke(new Path2D(`M${x + side - 7} ${y + 2}l5 5m0-5l-5 5`)); // a second cue beside the frame
}
