/** The fold in three dimensions: where the points and the plane's grid go after each layer, and the last layer's cut. */

import { calmly } from "../calm.js";
import { palette } from "../colours.js";
import { choice, slider } from "../controls/parts.js";
import { make, sized, write } from "../dom.js";
import { layout, widthsOf } from "../engine/network.js";
import { bodyFont } from "../plane/frame.js";
import { say } from "../words.js";
import { crossSection, stageOf } from "./stages.js";

/** @typedef {import("../app.js").PlaygroundApp} App */
const MOST_SHOWN = 400; // points: enough to see where they go
const LINES = 13;
const NODES = 41;
const MARGIN = 0.3; // how far the grid goes beyond the points

/** @param {App} app */
export function foldPanel(app) {
  let [azimuth, elevation, stage] = [-50, 25, -1];
  const canvas = make("canvas", { role: "img", tabindex: 0, label: "fold_picture", tip: "fold_picture?" });
  const turn = slider("azimuth", { low: -180, high: 180, step: 1 }, (value) => turnTo(value, elevation), degrees);
  const tilt = slider("elevation", { low: -90, high: 90, step: 1 }, (value) => turnTo(azimuth, value), degrees);
  const stages = choice("fold_stage", [], (value) => {
    stage = Number(value);
    compute();
  });
  const about = make("p.note", { word: "fold_about" });
  const note = make("p.note");
  const element = make(
    "div.fold.stack",
    {},
    about,
    canvas,
    note,
    make("div.fields", {}, stages.element, turn.element, tilt.element),
  );
  /** @type {ReturnType<typeof view> | null} */
  let shown = null;
  turnByHand(canvas, (dx, dy) =>
    turnTo(((azimuth + dx + 540) % 360) - 180, Math.max(-90, Math.min(90, elevation + dy))),
  );
  for (const happening of /** @type {const} */ (["moment", "state", "language"]))
    app.on(happening, calmly(app, compute));
  app.on("theme", draw);
  new ResizeObserver(draw).observe(canvas);
  return element;

  function compute() {
    if (!canvas.clientWidth) return;
    const { hidden } = app.state.setting;
    const names = ["input", ...hidden.map((_, k) => `fc${k + 1}`)];
    if (stage < 0 || stage >= names.length) stage = names.length - 1;
    stages.offer(names.map((name, k) => ({ value: String(k), text: k ? name : say("input") })));
    stages.select.value = String(stage);
    shown = view(app, stage);
    const { width, spreadShown } = shown?.stage ?? { width: 0, spreadShown: 1 };
    write(
      note,
      width > 3 ? say("fold_kept", { width, share: Math.round(100 * spreadShown) }) : !shown ? say("fold_nothing") : "",
    );
    draw();
  }

  /** @param {number} about the upright axis, degrees @param {number} up */
  function turnTo(about, up) {
    [azimuth, elevation] = [about, up];
    draw();
  }

  function draw() {
    turn.set(Math.round(azimuth));
    tilt.set(Math.round(elevation));
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    const context = sized(canvas, width, height);
    context.clearRect(0, 0, width, height);
    if (shown) paint(context, width, height, shown, azimuth, elevation);
  }
}

/** @param {number} value */
function degrees(value) {
  return `${String(value).replace("-", "−")}°`;
}

/** Drag, or arrow keys. @param {HTMLCanvasElement} canvas @param {(dx: number, dy: number) => void} onTurn */
function turnByHand(canvas, onTurn) {
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons & 1) onTurn(event.movementX * 0.4, event.movementY * 0.4);
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, 5], ArrowDown: [0, -5] }[event.key];
    if (!step) return;
    event.preventDefault();
    onTurn(step[0], step[1]);
  });
}

/** What a layer makes of points and grid. @param {App} app @param {number} at number of the layer, 0 the inputs */
function view(app, at) {
  const { moment, evaluator, points, state } = app;
  if (!moment || !evaluator || !points || !app.logits()) return null;
  const { x, y } = points.train;
  const shown = Math.min(MOST_SHOWN, y.length);
  const both = Float32Array.from([...x.subarray(0, 2 * shown), ...gridLines(x)]);
  const widths = widthsOf(state.setting);
  const space = rowByRow(evaluator.trace(moment.parameters, both)[at], widths[at]);
  if (!space.every(Number.isFinite)) return null;
  const layers = layout(widths);
  const isLast = at === widths.length - 2;
  const { fan_in, fan_out, weight, bias } = layers[layers.length - 1];
  const of = (/** @type {number} */ unit) =>
    moment.parameters.subarray(weight + unit * fan_in, weight + (unit + 1) * fan_in);
  const normal = fan_out === 2 ? of(1).map((value, k) => value - of(0)[k]) : of(0);
  const offset = fan_out === 2 ? moment.parameters[bias + 1] - moment.parameters[bias] : moment.parameters[bias];
  const stage = stageOf(space, widths[at], isLast ? { weight: normal, bias: offset } : null);
  return { stage, labels: y.subarray(0, shown), names: axisNames(stage, at, app) };
}

/** Unit after unit -> row after row. @param {Float32Array} answers @param {number} width */
function rowByRow(answers, width) {
  const rows = answers.length / width;
  return Float32Array.from(answers, (_, k) => answers[(k % width) * rows + Math.floor(k / width)]);
}

/** Lines of constant x1, then of constant x2, over the points' range and a little more. @param {Float32Array} x */
function gridLines(x) {
  const range = [0, 1].map((axis) => {
    const values = x.filter((_, k) => k % 2 === axis);
    return [values.reduce((a, b) => Math.min(a, b)) - MARGIN, values.reduce((a, b) => Math.max(a, b)) + MARGIN];
  });
  const at = (/** @type {number} */ axis, /** @type {number} */ share) =>
    range[axis][0] + share * (range[axis][1] - range[axis][0]);
  /** @type {number[]} */
  const nodes = [];
  for (const axis of [0, 1]) {
    for (let line = 0; line < LINES; line += 1) {
      for (let node = 0; node < NODES; node += 1) {
        const [fixed, running] = [at(axis, line / (LINES - 1)), at(1 - axis, node / (NODES - 1))];
        nodes.push(...(axis === 0 ? [fixed, running] : [running, fixed]));
      }
    }
  }
  return nodes;
}

/** @param {import("./stages.js").Stage} stage @param {number} at @param {App} app */
function axisNames({ width, dimensions, normal }, at, app) {
  if (width <= 3)
    return Array.from({ length: dimensions }, (_, k) => (at === 0 ? app.state.setting.features[k] : `fc${at}[${k}]`));
  const names = [1, 2, 3].map((k) => say("fold_axis", { k }));
  return normal ? [names[0], names[1], say("fold_cut_axis")] : names;
}

/** @param {CanvasRenderingContext2D} context @param {number} width @param {number} height @param {NonNullable<ReturnType<typeof view>>} shown @param {number} azimuth @param {number} elevation */
function paint(context, width, height, { stage, labels, names }, azimuth, elevation) {
  const colours = palette();
  const { rows, dimensions } = stage;
  const [low, high] = limits(rows, dimensions);
  const inBox = (/** @type {number[]} */ at) =>
    at.map((value, k) => (2 * (value - low[k])) / (high[k] - low[k] || 1) - 1);
  const project = projection(width, height, azimuth, elevation);
  const at = (/** @type {number} */ row) =>
    project(inBox(Array.from({ length: 3 }, (_, k) => (k < dimensions ? rows[row * dimensions + k] : 0))));
  drawBox(context, project, dimensions, names, colours);
  Object.assign(context, { strokeStyle: colours.soft, globalAlpha: 0.45, lineWidth: 1 });
  context.beginPath();
  for (let line = 0; line < 2 * LINES; line += 1) {
    for (let node = 0; node < NODES; node += 1) {
      const { x, y } = at(labels.length + line * NODES + node);
      if (node) context.lineTo(x, y);
      else context.moveTo(x, y);
    }
  }
  context.stroke();
  context.globalAlpha = 1;
  if (stage.normal && dimensions === 3)
    drawCut(
      context,
      crossSection(stage.normal, stage.offset, low, high).map((corner) => project(inBox(corner))),
      colours,
    );
  const order = Array.from(labels, (_, k) => ({ label: labels[k], ...at(k) })).sort((a, b) => a.depth - b.depth);
  for (const { label, x, y } of order) {
    Object.assign(context, { fillStyle: colours.marks[label], strokeStyle: colours.halo, lineWidth: 1 });
    context.beginPath();
    if (label)
      (context.moveTo(x, y - 5),
        context.lineTo(x + 4.6, y + 3.4),
        context.lineTo(x - 4.6, y + 3.4),
        context.closePath());
    else context.arc(x, y, 4, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

/** @param {Float64Array} rows @param {number} dimensions */
function limits(rows, dimensions) {
  const [low, high] = [
    [Infinity, Infinity, Infinity],
    [-Infinity, -Infinity, -Infinity],
  ];
  rows.forEach((value, k) => {
    low[k % dimensions] = Math.min(low[k % dimensions], value);
    high[k % dimensions] = Math.max(high[k % dimensions], value);
  });
  for (let k = dimensions; k < 3; k += 1) [low[k], high[k]] = [-1, 1];
  return [low, high];
}

/** Orthographic: turned about the upright axis, then tilted. @param {number} width @param {number} height @param {number} azimuth @param {number} elevation */
function projection(width, height, azimuth, elevation) {
  const [a, e] = [(azimuth * Math.PI) / 180, (elevation * Math.PI) / 180];
  const [ca, sa, ce, se] = [Math.cos(a), Math.sin(a), Math.cos(e), Math.sin(e)];
  const scale = Math.min(0.26 * width, 0.29 * height); // so that the turned box stays inside
  return (/** @type {number[]} */ [x, y, z]) => ({
    x: width / 2 + scale * (ca * x - sa * y),
    y: height / 2 - scale * (ce * z + se * (sa * x + ca * y)),
    depth: se * z - ce * (sa * x + ca * y),
  });
}

/** @param {CanvasRenderingContext2D} context @param {ReturnType<typeof projection>} project @param {number} dimensions @param {string[]} names @param {import("../colours.js").Palette} colours */
function drawBox(context, project, dimensions, names, colours) {
  Object.assign(context, {
    strokeStyle: colours.line,
    fillStyle: colours.soft,
    lineWidth: 1,
    font: `12px ${bodyFont()}`,
    textAlign: "center",
  });
  context.setLineDash([4, 3]);
  for (let bits = 0; bits < 8; bits += 1) {
    for (let axis = 0; axis < dimensions; axis += 1) {
      if (bits & (1 << axis) || bits >> dimensions) continue;
      const corner = (/** @type {number} */ one) =>
        project([0, 1, 2].map((k) => (k >= dimensions ? 0 : one & (1 << k) ? 1 : -1)));
      const [from, to] = [corner(bits), corner(bits | (1 << axis))];
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
      context.stroke();
    }
  }
  context.setLineDash([]);
  const places = [
    [0, -1.28, -1],
    [-1.28, 0, -1],
    [-1.2, -1.2, 0],
  ];
  names.forEach((name, k) => {
    const { x, y } = project(places[k].map((value, axis) => (axis < dimensions ? value : 0)));
    const half = context.measureText(name).width / 2;
    context.fillText(name, Math.max(half, Math.min(context.canvas.clientWidth - half, x)), y + 4);
  });
}

/** @param {CanvasRenderingContext2D} context @param {{x: number, y: number}[]} corners @param {import("../colours.js").Palette} colours */
function drawCut(context, corners, colours) {
  if (!corners.length) return;
  context.beginPath();
  corners.forEach(({ x, y }, k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
  Object.assign(context, { fillStyle: colours.accent, globalAlpha: 0.16, strokeStyle: colours.accent, lineWidth: 1.5 });
  context.fill();
  context.globalAlpha = 1;
  context.stroke();
}
