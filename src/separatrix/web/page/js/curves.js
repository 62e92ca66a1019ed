/** Loss and accuracy over the epochs, of training and validation points, with the moment on the screen; a click goes to another. */

import { calmly } from "./calm.js";
import { palette } from "./colours.js";
import { percent } from "./controls/parts.js";
import { make, sized, watchSize, write } from "./dom.js";
import { bodyFont, ticks } from "./plane/frame.js";
import { numeral, say, significant } from "./words.js";

/** @typedef {import("./app.js").PlaygroundApp} App */
/** @typedef {import("./engine/types.js").History} History */
/** @typedef {{name: string, training: keyof History, validation: keyof History, shares: boolean}} Kind */

/** @type {Kind[]} */
const KINDS = [
  { name: "loss_value", training: "loss", validation: "validation_loss", shares: false },
  { name: "accuracy_axis", training: "accuracy", validation: "validation_accuracy", shares: true },
];
const MARGIN = { left: 40, right: 8, top: 6, bottom: 18 };
const MOST_DRAWN = 400; // points of a line

/** @param {App} app */
export function curves(app) {
  const charts = KINDS.map((kind) => chart(app, kind));
  const keys = make(
    "div.keys",
    {},
    make("span", {}, key(false), make("span", { word: "of_training" })),
    make("span", {}, key(true), make("span", { word: "of_validation" })),
  );
  const draw = calmly(app, () => charts.forEach((one) => one.draw()));
  for (const happening of /** @type {const} */ (["moment", "run", "theme", "language", "training"]))
    app.on(happening, draw);
  return make("div.stack.curves", {}, make("div.charts", {}, ...charts.map((one) => one.element)), keys);
}

/** @param {boolean} dashed */
function key(dashed) {
  const line = make("i", { "aria-hidden": "true" });
  line.classList.toggle("dashed", dashed);
  line.classList.add(dashed ? "of-validation" : "of-training");
  return line;
}

/** @param {App} app @param {Kind} kind */
function chart(app, kind) {
  const value = make("span.number");
  const canvas = make("canvas", { role: "img", label: kind.name, tip: "curves?" });
  const element = make("div.chart", {}, make("h3", {}, make("span.name", { word: kind.name }), value), canvas);
  canvas.addEventListener("click", (event) => {
    if (!app.run) return;
    const { left, width } = canvas.getBoundingClientRect();
    const share = (event.clientX - left - MARGIN.left) / (width - MARGIN.left - MARGIN.right);
    app.seek(nearestEpoch(app, Math.max(0, Math.min(1, share)) * span(app)));
  });
  const size = watchSize(canvas, draw);
  return { element, draw };

  function draw() {
    const { moment, log } = app;
    const { width, height } = size;
    if (!width) return;
    const context = sized(canvas, width, height);
    context.clearRect(0, 0, width, height);
    if (!log?.epoch.length) return;
    const plot = plotOf(log, kind, width, height, span(app));
    drawAxes(context, plot, app.state.setting.begun);
    const colours = palette();
    drawLine(context, plot, log.epoch, log[kind.validation], colours.curves[1], [5, 3]);
    drawLine(context, plot, log.epoch, log[kind.training], colours.curves[0], []);
    if (moment) drawMoment(context, plot, moment.epoch);
    const now = moment && (kind.shares ? moment.accuracy : moment.loss);
    write(value, now === null || Number.isNaN(now) ? "" : kind.shares ? percent(now) : lossText(now));
    if (!app.moving)
      canvas.setAttribute(
        "aria-label",
        say("curve_of", { name: say(kind.name), value: value.textContent ?? "", epoch: moment?.epoch ?? 0 }),
      );
  }
}

/** @param {number} loss */
export function lossText(loss) {
  return significant(loss, 3);
}

/** Epochs across a chart. @param {App} app */
function span(app) {
  return app.run?.epochs || Math.max(1, app.log?.epoch[app.log.epoch.length - 1] ?? 1);
}

/** @param {App} app @param {number} epoch */
function nearestEpoch(app, epoch) {
  const snapshots = app.run?.snapshots ?? [];
  return snapshots.reduce(
    (best, one) => (Math.abs(one.epoch - epoch) < Math.abs(best - epoch) ? one.epoch : best),
    snapshots[0]?.epoch ?? 0,
  );
}

/**
 * @typedef {{x: (epoch: number) => number, y: (value: number) => number, low: number, high: number, logarithmic: boolean, shares: boolean,
 *     width: number, height: number, last: number}} Plot
 * @param {History} log @param {Kind} kind @param {number} width @param {number} height @param {number} last @returns {Plot}
 */
function plotOf(log, kind, width, height, last) {
  const values = [...log[kind.training], ...log[kind.validation]].filter(Number.isFinite);
  let [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  if (kind.shares) [low, high] = [Math.min(0.5, low), 1];
  else if (!(low < high)) [low, high] = [0, Math.max(1e-9, 2 * high || 1)];
  const logarithmic = !kind.shares && low > 0 && high / low > 30;
  if (!logarithmic && !kind.shares) low = Math.min(low, 0);
  const scale = logarithmic ? Math.log10 : (/** @type {number} */ value) => value;
  const [from, to] = [scale(low), scale(high)];
  const [w, h] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  return {
    x: (epoch) => MARGIN.left + (w * epoch) / last,
    y: (value) => MARGIN.top + h * (1 - (scale(value) - from) / (to - from || 1)),
    low,
    high,
    logarithmic,
    shares: kind.shares,
    width,
    height,
    last,
  };
}

/** @param {CanvasRenderingContext2D} context @param {Plot} plot @param {number} begun */
function drawAxes(context, plot, begun) {
  const colours = palette();
  Object.assign(context, {
    font: `10.5px ${bodyFont()}`,
    fillStyle: colours.soft,
    strokeStyle: colours.line,
    lineWidth: 1,
    textAlign: "right",
  });
  const marks = plot.logarithmic ? decades(plot.low, plot.high) : ticks(plot.low, plot.high, 3);
  for (const mark of marks) {
    const y = Math.round(plot.y(mark)) + 0.5;
    context.beginPath();
    context.moveTo(MARGIN.left, y);
    context.lineTo(plot.width - MARGIN.right, y);
    context.stroke();
    const text = plot.shares ? `${Math.round(100 * mark)}%` : lossText(mark);
    context.fillText(text, MARGIN.left - 5, y + 3.5);
  }
  const bottom = plot.height - 5;
  context.textAlign = "left";
  context.fillText(numeral(begun), MARGIN.left, bottom);
  context.textAlign = "right";
  context.fillText(numeral(begun + plot.last), plot.width - MARGIN.right, bottom);
  context.textAlign = "center";
  context.fillText(say("epoch_axis"), (MARGIN.left + plot.width - MARGIN.right) / 2, bottom);
}

/** Powers of ten, at most four of them. @param {number} low @param {number} high */
function decades(low, high) {
  const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  const step = Math.max(1, Math.ceil((last - first + 1) / 4));
  return Array.from({ length: Math.max(0, Math.floor((last - first) / step) + 1) }, (_, k) => 10 ** (last - k * step));
}

/** @param {CanvasRenderingContext2D} context @param {Plot} plot @param {number[]} epochs @param {number[]} values @param {string} colour @param {number[]} dash */
function drawLine(context, plot, epochs, values, colour, dash) {
  const step = Math.max(1, Math.ceil(values.length / MOST_DRAWN));
  context.beginPath();
  let drawn = false;
  for (
    let k = 0;
    k < values.length;
    k = k + step < values.length || k === values.length - 1 ? k + step : values.length - 1
  ) {
    if (!Number.isFinite(values[k]) || (plot.logarithmic && values[k] <= 0)) continue;
    if (drawn) context.lineTo(plot.x(epochs[k]), plot.y(values[k]));
    else context.moveTo(plot.x(epochs[k]), plot.y(values[k]));
    drawn = true;
  }
  context.setLineDash(dash);
  Object.assign(context, { strokeStyle: colour, lineWidth: 1.6, lineJoin: "round" });
  context.stroke();
  context.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} context @param {Plot} plot @param {number} epoch */
function drawMoment(context, plot, epoch) {
  const x = Math.round(plot.x(Math.min(plot.last, epoch))) + 0.5;
  Object.assign(context, { strokeStyle: palette().accent, lineWidth: 1.5 });
  context.beginPath();
  context.moveTo(x, MARGIN.top);
  context.lineTo(x, plot.height - MARGIN.bottom);
  context.stroke();
}
