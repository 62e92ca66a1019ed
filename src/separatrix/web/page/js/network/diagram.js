/** The network: every unit as a picture of its answers over the plane, every weight as a line; what it is made of is changed here. */

import { UNIT_NODES } from "../app.js";
import { calmly } from "../calm.js";
import { palette, rampTable, theme } from "../colours.js";
import { make, sized } from "../dom.js";
import { FEATURES } from "../engine/features.js";
import { layout, widthsOf } from "../engine/network.js";
import { featureName } from "../controls/names.js";
import { hidden } from "../controls/withhold.js";
import { deadUnits } from "../lessons/conditions.js";
import { heads } from "./heads.js";
import { distance, edge, geometryOf, NAMES, NARROWEST } from "./geometry.js";
import { Atlas, drawUnits, drawWeights, inputPicture, signed, weightsOf } from "./painting.js";
import { say } from "../words.js";

/** @typedef {import("../app.js").PlaygroundApp} App */
const INPUTS = Object.keys(FEATURES);
const [MIN_ROOM, MAX_ROOM] = [250, 420]; // pixels for the rows of units
const NEAR = 6; // pixels from a line

export class Diagram {
  #atlas = new Atlas();
  #shape = ""; // what the buttons were made for
  /** @type {Set<string>} */ #dead = new Set();
  /** @type {import("./painting.js").Weight[]} */ #weights = [];
  #marked = -1;
  /** @type {Map<string, HTMLCanvasElement>} */ #inputPictures = new Map();
  #inputsOf = ""; // the box and theme of those pictures
  /** @type {string} the chosen unit, such as "fc1[0]" */ chosen = "";

  /** @param {App} app @param {(unit: string, weight?: number) => void} onChoose a unit, and which of its weights */
  constructor(app, onChoose) {
    this.app = app;
    this.onChoose = onChoose;
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.over = make("div.over");
    this.element = make("div.diagram", {}, this.canvas, this.over);
    this.scroller = make("div.table-scroll", {}, this.element);
    this.geometry = geometryOf(500, [2, 4, 4, 1]);
    for (const happening of /** @type {const} */ (["state", "language"])) app.on(happening, () => this.refresh());
    for (const happening of /** @type {const} */ (["moment", "theme"]))
      app.on(
        happening,
        calmly(app, () => this.draw()),
      );
    app.on("run", () => this.#findDead());
    this.element.addEventListener("pointermove", (event) => this.#hover(event));
    this.element.addEventListener("pointerleave", () => this.#mark(-1));
    this.element.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.refresh(true)).observe(this.scroller);
  }

  /** The inputs that have a place: all, or those in use where they can't be changed. */
  get inputs() {
    const { state } = this.app;
    return hidden(state).has("features") ? INPUTS.filter((name) => state.setting.features.includes(name)) : INPUTS;
  }

  /** Places and buttons. @param {boolean} [anew] */
  refresh(anew = false) {
    const { state } = this.app;
    const { setting, labels, language } = state;
    const counts = [this.inputs.length, ...widthsOf(setting).slice(1)];
    const least = NAMES + counts.length * NARROWEST;
    const width = Math.max(least, this.scroller.clientWidth);
    const shape = JSON.stringify([
      width,
      counts,
      setting.features,
      setting.activations,
      labels,
      language,
      state.hide,
      state.lock,
      state.lesson,
      this.chosen,
    ]);
    if (shape === this.#shape && !anew) return;
    this.#shape = shape;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.unit;
    this.geometry = geometryOf(width, counts, Math.max(MIN_ROOM, Math.min(MAX_ROOM, window.innerHeight * 0.36)));
    Object.assign(this.element.style, { width: `${width}px`, height: `${this.geometry.height}px` });
    this.over.replaceChildren(...heads(this.app, this.geometry), ...this.#buttons());
    if (focused) /** @type {HTMLElement | null} */ (this.over.querySelector(`[data-unit="${focused}"]`))?.focus();
    this.draw();
  }

  #buttons() {
    const { features } = this.app.state.setting;
    const { locked } = { locked: this.app.state.lock.includes("features") };
    return this.geometry.columns
      .flatMap(({ x, y }, column) =>
        y.map((middle, row) => {
          const input = column === 0 ? this.inputs[row] : "";
          const name = column === 0 ? featureName(input, this.app.state.labels) : `fc${column}[${row}]`;
          const pressed = column === 0 ? features.includes(input) : name === this.chosen;
          const button = make("button.unit", {
            type: "button",
            "aria-pressed": String(pressed),
            "data-unit": name,
            disabled: column === 0 && locked,
          });
          button.setAttribute("aria-label", column === 0 ? say("input_of", { name }) : say("unit_of", { name }));
          const { size } = this.geometry;
          Object.assign(button.style, {
            left: `${x - size / 2}px`,
            top: `${middle - size / 2}px`,
            width: `${size}px`,
            height: `${size}px`,
          });
          if (column === 0) button.classList.add(pressed ? "used" : "unused");
          const place = column === 0 ? features.indexOf(input) : row;
          const look = () => {
            button.dataset.tipText =
              column === 0 ? say(pressed ? "input_used" : "input_unused", { name }) : this.#biasText(column, row, name);
            if (place >= 0) this.app.look({ layer: column, unit: place, name });
          };
          for (const kind of ["pointerenter", "focus"]) button.addEventListener(kind, look);
          for (const kind of ["pointerleave", "blur"]) button.addEventListener(kind, () => this.app.look(null));
          button.addEventListener("click", (event) => {
            event.stopPropagation();
            if (column === 0) this.#toggle(input);
            else this.onChoose(name);
          });
          if (column > 0) return button;
          const label = make("span.unit-name");
          label.textContent = name;
          Object.assign(label.style, {
            left: "0",
            width: `${x - size / 2 - 4}px`,
            top: `${middle - 8}px`,
            textAlign: "right",
            overflow: "hidden",
            textOverflow: "ellipsis",
          });
          return [button, label];
        }),
      )
      .flat();
  }

  /** @param {number} column @param {number} row @param {string} name */
  #biasText(column, row, name) {
    const { moment, state } = this.app;
    const bias = moment?.parameters[layout(widthsOf(state.setting))[column - 1].bias + row];
    return bias === undefined ? name : `${say("bias", { of: name })}: ${signed(bias, 4)}`;
  }

  /** @param {string} input */
  #toggle(input) {
    const { features } = this.app.state.setting;
    const next = INPUTS.filter((name) => (name === input ? !features.includes(name) : features.includes(name)));
    if (next.length) this.app.change({ features: next });
  }

  #findDead() {
    const { run, points, evaluator } = this.app;
    this.#dead = new Set(
      run && points && evaluator
        ? deadUnits({ run, points, evaluator }).map(([layer, unit]) => `${layer} ${unit}`)
        : [],
    );
    this.draw();
  }

  draw() {
    const { app, geometry } = this;
    if (!app.moment && app.training) return; // as the plane
    const context = sized(this.canvas, geometry.width, geometry.height);
    context.clearRect(0, 0, geometry.width, geometry.height);
    this.#drawUnused(context);
    const { moment } = app;
    const units = app.units();
    const { setting } = app.state;
    if (!moment || !units) return;
    const layers = layout(widthsOf(setting));
    const rows = setting.features.map((name) => this.inputs.indexOf(name));
    this.#weights = weightsOf(layers, moment.parameters, rows);
    drawWeights(context, geometry, this.#weights, this.#marked, app.state.weights);
    this.#atlas.fill(units, UNIT_NODES, rampTable(palette().ramp));
    const drawn = units.flatMap((answers, column) =>
      Array.from({ length: answers.length / UNIT_NODES ** 2 }, (_, unit) => ({
        column,
        row: column === 0 ? rows[unit] : unit,
        bias: column === 0 ? null : moment.parameters[layers[column - 1].bias + unit],
        dead: app.run !== null && app.state.at === null && this.#dead.has(`${column} ${unit}`),
      })),
    );
    drawUnits(context, geometry, this.#atlas.canvas, UNIT_NODES, drawn);
  }

  /** @param {CanvasRenderingContext2D} context */
  #drawUnused(context) {
    const { size, columns } = this.geometry;
    const { view } = this.app;
    const key = JSON.stringify([view.low, view.high, theme()]);
    if (key !== this.#inputsOf) this.#inputPictures = new Map();
    this.#inputsOf = key;
    context.globalAlpha = 0.22;
    this.inputs.forEach((name, row) => {
      if (this.app.state.setting.features.includes(name)) return;
      const picture = this.#inputPictures.get(name) ?? inputPicture(FEATURES[name], view, UNIT_NODES);
      this.#inputPictures.set(name, picture);
      context.drawImage(picture, columns[0].x - size / 2, columns[0].y[row] - size / 2, size, size);
    });
    context.globalAlpha = 1;
  }

  /** The weight under the pointer. @param {MouseEvent} event */
  #under(event) {
    const { left, top } = this.element.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    let [best, least] = [/** @type {import("./painting.js").Weight | null} */ (null), NEAR];
    for (const one of this.#weights) {
      const away = distance(edge(this.geometry, one.column, one.from, one.to), x, y);
      if (away < least) [best, least] = [one, away];
    }
    return best;
  }

  /** @param {PointerEvent} event */
  #hover(event) {
    const weight = this.#under(event);
    this.#mark(weight?.index ?? -1);
    if (weight) this.element.dataset.tipText = `${this.nameOf(weight)}: ${signed(weight.value, 4)}`;
    else delete this.element.dataset.tipText;
  }

  /** "weight x1 → fc1[0]" @param {import("./painting.js").Weight} weight */
  nameOf({ column, from, to }) {
    const source = column === 1 ? featureName(this.inputs[from], this.app.state.labels) : `fc${column - 1}[${from}]`;
    return say("weight", { from: source, to: `fc${column}[${to}]` });
  }

  /** @param {number} index */
  #mark(index) {
    if (index === this.#marked) return;
    this.#marked = index;
    this.element.style.cursor = index >= 0 ? "pointer" : "";
    this.draw();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const weight = this.#under(event);
    if (weight) this.onChoose(`fc${weight.column}[${weight.to}]`, weight.index);
  }

  /** @param {string} unit */
  choose(unit) {
    this.chosen = unit;
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (this.over.querySelectorAll(".unit"))) {
      if (button.dataset.unit?.startsWith("fc"))
        button.setAttribute("aria-pressed", String(button.dataset.unit === unit));
    }
  }
}
