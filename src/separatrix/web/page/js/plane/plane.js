/** The plane: points on the live border, the tools above it and the legend below. */

import { NODES, UNIT_NODES } from "../app.js";
import { palette } from "../colours.js";
import { make, sized, watchSize, write } from "../dom.js";
import { numeral, say, significant } from "../words.js";
import { borderOf } from "./border.js";
import {
  drawBorder,
  drawFolds,
  drawHand,
  drawValidation,
  drawPoints,
  drawProbabilities,
  drawRings,
  drawSides,
  probabilityPicture,
  unitPicture,
} from "./drawing.js";
import { drawAxes, frameOf } from "./frame.js";
import { Hands } from "./hands.js";
import { legend } from "./legend.js";
import { toolbar } from "./toolbar.js";

/** @typedef {import("../app.js").PlaygroundApp} App */

const HURRIED_MS = 6; // a border that took longer is not calculated while a hand moves
const ASKED_SHARE = 5; // the points are asked for their sides anew after so many times what that took
const RESTED_MS = 120; // after which a hand rests

export class Plane {
  /** @type {ReturnType<typeof borderOf> | null} what is drawn of the moment */ border = null;
  #costly = false; // whether the last exact border took too long for every picture
  #resting = 0;

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.ground = make("canvas");
    this.dots = make("canvas");
    this.hand = make("canvas");
    this.preview = make("div.preview", { hidden: true });
    this.hovered = make("div.hovered.number", { "aria-hidden": "true" }); // over the axis, where it moves nothing
    /** @type {HTMLElement} */
    this.area = make(
      "div#plane.plane",
      { tabindex: 0, role: "application", label: "plane" },
      this.ground,
      this.dots,
      this.hand,
      this.preview,
      this.hovered,
    );
    this.size = watchSize(this.area, () => this.draw());
    this.frame = frameOf(this.size.width || 500, app.state.box);
    this.hands = new Hands(this, app);
    this.element = make("div.stage", {}, toolbar(this, app), this.area, legend(app));
    app.on("moment", () => this.#due("ground"));
    for (const happening of /** @type {const} */ (["state", "theme", "language", "preview"]))
      app.on(happening, () => this.draw());
    app.on("points", () => this.#pointsChanged());
    app.on("picked", () => this.drawHand());
  }

  /** @type {Set<"ground" | "dots" | "hand">} what has to be drawn anew */ #layers = new Set();

  /** Draw these layers once, however many reasons there are. @param {...("ground" | "dots" | "hand")} layers */
  #due(...layers) {
    if (!this.#layers.size) queueMicrotask(() => this.#drawDue());
    for (const layer of layers) this.#layers.add(layer);
  }

  #drawDue() {
    const due = this.#layers;
    this.#layers = new Set();
    if (due.has("ground")) this.drawGround();
    if (due.has("ground") || due.has("dots")) this.drawDots();
    if (due.has("hand")) this.#paintHand();
  }

  draw() {
    this.#due("ground", "hand");
  }

  drawHand() {
    this.#due("hand");
  }

  #pointsChanged() {
    const last = this.app.allPoints.length;
    this.hands.chosen = new Set([...this.hands.chosen].filter((k) => k < last));
    this.#isValidation = validationAmong(
      this.app.allPoints,
      this.app.state.setting.train_share < 1 ? (this.app.points?.validation ?? null) : null,
    );
    this.#due("dots", "hand");
  }

  /** @param {HTMLCanvasElement} canvas */
  #prepared(canvas) {
    const { width, height } = this.size;
    this.frame = frameOf(width, this.app.state.box);
    const context = sized(canvas, width, height);
    context.clearRect(0, 0, width, height);
    return context;
  }

  drawGround() {
    const { app } = this;
    if (!app.moment && app.training) return; // the picture before stands until the first one of this training
    const context = this.#prepared(this.ground);
    const [colours, { smooth, lines, labels }] = [palette(), app.state];
    const logits = app.logits();
    if (app.moment && logits) {
      this.border = this.#borderNow(logits);
      if (smooth) drawProbabilities(context, this.frame, this.border.above, colours, probabilityPicture(logits, NODES));
      else drawSides(context, this.frame, this.border.above, colours);
      this.#drawPreview(context);
      if (lines && this.border.exact) drawFolds(context, this.frame, this.border.exact, colours);
      drawBorder(context, this.frame, this.border.border, colours);
    }
    drawAxes(context, this.frame, labels, colours);
    this.element.dispatchEvent(new CustomEvent("bordered"));
    this.#asked.due = true;
  }

  /** @param {Float32Array} logits */
  #borderNow(logits) {
    const { app } = this;
    const begun = performance.now();
    const hurried = this.#costly && (app.moving || app.training);
    const border = borderOf(
      app.state.setting,
      /** @type {import("../page_types.js").Moment} */ (app.moment).parameters,
      logits,
      app.view,
      hurried,
    );
    if (!hurried) this.#costly = performance.now() - begun > HURRIED_MS;
    else if (!border.exact) this.#exactSoon();
    return border;
  }

  /** The exact border, when nothing moves any more. */
  #exactSoon() {
    clearTimeout(this.#resting);
    this.#resting = window.setTimeout(
      () => (this.app.moving || this.app.training ? this.#exactSoon() : this.#due("ground")),
      RESTED_MS,
    );
  }

  /** What one unit answers, instead of the whole network. @param {CanvasRenderingContext2D} context */
  #drawPreview(context) {
    const { preview } = this.app;
    const answers = preview && this.app.units()?.[preview.layer];
    this.preview.hidden = !answers;
    if (!preview || !answers) return;
    const size = UNIT_NODES * UNIT_NODES;
    const fine =
      preview.layer === 0 ? answers.subarray(preview.unit * size, (preview.unit + 1) * size) : this.#fine(preview);
    const nodes = Math.round(Math.sqrt(fine.length));
    const { left, top, side } = this.frame;
    context.drawImage(unitPicture(fine, nodes), left, top, side, side);
    write(this.preview, preview.name);
  }

  /** A unit's answers on as many points as the plane has. @param {{layer: number, unit: number}} preview */
  #fine({ layer, unit }) {
    const { evaluator, moment } = this.app;
    if (!evaluator || !moment) return new Float32Array(1);
    const all = evaluator.units(moment.parameters, { ...this.app.view, unit_nodes: NODES })[layer];
    return all.subarray(unit * NODES * NODES, (unit + 1) * NODES * NODES);
  }

  /** @type {(index: number) => boolean} */ #isValidation = () => false;
  /** The sides of the points when they were last asked: whether the border has moved since, when it was and how long that and the drawing took. */
  #asked = { logits: /** @type {Float32Array | null} */ (null), due: true, at: -Infinity, took: 0 };
  /** The points without what moves, as a picture, and what that was drawn of. */
  #still = { canvas: make("canvas"), of: /** @type {unknown[]} */ ([]) };
  /** What the points and their rings on the screen were drawn of. @type {unknown[]} */ #dotted = [];
  /** The coordinates of the points in one row, and the points. */
  #row = { points: /** @type {unknown} */ (null), x: new Float32Array() };

  drawDots() {
    const { app } = this;
    const begun = performance.now();
    const { width, height } = this.size;
    this.frame = frameOf(width, app.state.box);
    const still = this.#stillPoints();
    const logits = this.#sides();
    const of = [this.#still.of, logits];
    if (of.every((value, k) => value === this.#dotted[k])) return; // they are on the screen already
    this.#dotted = of;
    const context = this.#prepared(this.dots);
    context.drawImage(still, 0, 0, width, height);
    if (logits) drawRings(context, this.frame, app.allPoints, logits, palette());
    this.#asked.took = performance.now() - begun;
  }

  /** All points, drawn anew only where something of them has changed: ten thousand take longer than all the rest. */
  #stillPoints() {
    const { app, frame } = this;
    const { canvas } = this.#still;
    const colours = palette();
    const { validation, box, setting } = app.state;
    const others = validation && setting.train_share === 1 ? (app.points?.validation ?? null) : null;
    const { width, height } = this.size;
    const of = [app.allPoints, others, this.#isValidation, colours, box, width, height, window.devicePixelRatio];
    if (of.some((value, k) => value !== this.#still.of[k])) {
      this.#still.of = of;
      const context = sized(canvas, width, height);
      context.clearRect(0, 0, width, height);
      if (others) drawValidation(context, frame, others, colours);
      drawPoints(context, frame, app.allPoints, this.#isValidation, colours);
    }
    return canvas;
  }

  /** The points' logits; while a training goes on, those of a moment ago where asking takes long. */
  #sides() {
    const { app } = this;
    const asked = this.#asked;
    const begun = performance.now();
    const soon = app.training && begun - asked.at < ASKED_SHARE * asked.took && asked.logits;
    if (asked.due && !soon) {
      asked.logits = null;
      if (app.moment && app.evaluator && app.allPoints.length && app.logits()) {
        if (this.#row.points !== app.allPoints)
          this.#row = { points: app.allPoints, x: Float32Array.from(app.allPoints.flatMap(([x1, x2]) => [x1, x2])) };
        asked.logits = app.evaluator.at(app.moment.parameters, this.#row.x);
        asked.at = performance.now();
        asked.due = false;
      }
    }
    return asked.logits?.length === app.allPoints.length ? asked.logits : null;
  }

  #paintHand() {
    const { app, hands } = this;
    const context = this.#prepared(this.hand);
    const picked = app.state.tab === "step" && app.allPoints[app.picked] ? [app.picked] : [];
    const chosen = [...hands.chosen, ...picked].map((k) => app.allPoints[k]).filter(Boolean);
    drawHand(context, this.frame, palette(), {
      chosen,
      lasso: hands.lasso,
      cross: hands.cross,
      brush: hands.tool === "paint" ? hands.brush : 0,
    });
    this.element.dispatchEvent(new CustomEvent("chosen", { detail: hands.chosen.size }));
  }

  /** @param {number} index of a point */
  pick(index) {
    this.app.pick(index);
  }

  /** What is under the pointer. @param {[number, number] | null} at */
  hover(at) {
    write(this.hovered, at ? this.describe(...at) : "");
  }

  /** A place in the data's own units, and what the network says there. @param {number} x1 @param {number} x2 */
  describe(x1, x2) {
    const { app } = this;
    const { labels } = app.state;
    const value = (/** @type {number} */ at, /** @type {0 | 1} */ axis) => {
      const { shift, scale } = labels?.axes[axis] ?? { shift: 0, scale: 1 };
      return significant(shift + scale * at, 3);
    };
    const place = {
      x1: labels?.axes[0].name ?? "x1",
      x2: labels?.axes[1].name ?? "x2",
      a: value(x1, 0),
      b: value(x2, 1),
    };
    if (!app.moment || !app.evaluator || !app.logits()) return say("place", place);
    const p = 1 / (1 + Math.exp(-app.evaluator.at(app.moment.parameters, [x1, x2])[0]));
    return say("place_probability", {
      ...place,
      name: labels?.classes[1] ?? "1",
      share: numeral(p, { style: "percent", maximumFractionDigits: p > 0.01 && p < 0.99 ? 0 : 2 }),
    });
  }
}

/** Which of all points are the validation ones. @param {[number, number, number][]} points @param {import("../engine/types.js").Rows | null} validation @returns {(index: number) => boolean} */
function validationAmong(points, validation) {
  if (!validation) return () => false;
  const key = (/** @type {number} */ x1, /** @type {number} */ x2, /** @type {number} */ label) =>
    `${Math.round(1000 * x1)} ${Math.round(1000 * x2)} ${label}`;
  const keys = new Set(
    Array.from(validation.y, (label, k) => key(validation.x[2 * k], validation.x[2 * k + 1], label)),
  );
  return (index) => keys.has(key(...points[index]));
}
