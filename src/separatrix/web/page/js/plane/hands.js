/** Hands on the plane: pointer, finger and keyboard, with the tool that is chosen. */

import { say } from "../words.js";
import { added, deleted, flipped, inside, moved, nearestPoint, painted } from "./edits.js";

/** @typedef {import("./plane.js").Plane} Plane */
/** @typedef {"move" | "add" | "delete" | "flip" | "paint" | "lasso"} Tool */

/** @type {Tool[]} */
export const TOOLS = ["move", "add", "delete", "flip", "paint", "lasso"];
const REACH = { mouse: 14, pen: 18, touch: 26 }; // pixels: how near a touch must be to a point
const BRUSH = 0.05; // of the window's width
const TAP = 4; // pixels that a hand may shake in a tap
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

export class Hands {
  /** @type {Tool} */ tool = "move";
  /** @type {0 | 1} */ label = 1;
  /** @type {Set<number>} */ chosen = new Set();
  /** @type {[number, number][]} */ lasso = [];
  /** @type {[number, number] | null} where the keyboard's cross is */ cross = null;
  #grasped = -1; // the point in the hand
  #down = false;
  #travelled = false;
  /** @type {[number, number]} */ #from = [0, 0];

  /** @param {Plane} plane @param {import("../page_types.js").App} app */
  constructor(plane, app) {
    this.plane = plane;
    this.app = app;
    const { area } = plane;
    area.addEventListener("pointerdown", (event) => this.#press(event));
    area.addEventListener("pointermove", (event) => this.#move(event));
    for (const kind of /** @type {const} */ (["pointerup", "pointercancel"]))
      area.addEventListener(kind, (event) => this.#lift(event));
    area.addEventListener("keydown", (event) => this.#key(event));
    area.addEventListener("focus", () => this.#focus());
    area.addEventListener("blur", () => this.#blur());
    area.addEventListener("pointerleave", () => plane.hover(null));
  }

  get brush() {
    return 2 * this.app.state.box.half * BRUSH;
  }

  /** @param {Tool} tool */
  take(tool) {
    this.tool = tool;
    if (tool !== "lasso") this.chosen = new Set();
    this.lasso = [];
    this.plane.drawHand();
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  #place(event) {
    const { left, top } = this.plane.area.getBoundingClientRect();
    return [this.plane.frame.fromX(event.clientX - left), this.plane.frame.fromY(event.clientY - top)];
  }

  /** @param {string} pointer */
  #reach(pointer) {
    const { side, box } = this.plane.frame;
    return (REACH[/** @type {keyof typeof REACH} */ (pointer)] ?? REACH.mouse) * ((2 * box.half) / side);
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0 || this.#down) return;
    this.plane.area.setPointerCapture(event.pointerId);
    this.cross = null;
    [this.#down, this.#travelled, this.#from] = [true, false, [event.clientX, event.clientY]];
    this.#begin(...this.#place(event), this.#reach(event.pointerType));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const at = this.#place(event);
    if (!this.#down) {
      this.plane.hover(at);
      return;
    }
    if (Math.hypot(event.clientX - this.#from[0], event.clientY - this.#from[1]) > TAP) this.#travelled = true;
    if (this.#travelled) this.#drag(...at);
  }

  /** @param {PointerEvent} event */
  #lift(event) {
    if (!this.#down) return;
    this.#down = false;
    const at = this.#place(event);
    if (this.#travelled) this.#end(...at);
    else this.#tap(...at, this.#reach(event.pointerType));
    this.#grasped = -1;
  }

  /** @param {import("./edits.js").Point[]} points @param {boolean} [final] */
  #edit(points, final = true) {
    if (points !== this.app.allPoints || final) this.app.change({ drawn: points }, { final });
  }

  /** @param {number} x1 @param {number} x2 @param {number} reach */
  #begin(x1, x2, reach) {
    if (this.tool === "move") this.#grasped = nearestPoint(this.app.allPoints, x1, x2, reach);
    if (this.tool === "lasso") this.lasso = [[x1, x2]];
    if (this.tool === "paint") this.#edit(painted(this.app.allPoints, x1, x2, this.brush, this.label), false);
  }

  /** @param {number} x1 @param {number} x2 */
  #drag(x1, x2) {
    const points = this.app.allPoints;
    if (this.tool === "move" && this.#grasped >= 0) this.#edit(moved(points, this.#grasped, x1, x2), false);
    if (this.tool === "paint") this.#edit(painted(points, x1, x2, this.brush, this.label), false);
    if (this.tool !== "lasso") return;
    this.lasso.push([x1, x2]);
    this.plane.drawHand();
  }

  /** @param {number} x1 @param {number} x2 */
  #end(x1, x2) {
    const points = this.app.allPoints;
    if (this.tool === "move" && this.#grasped >= 0) this.#edit(moved(points, this.#grasped, x1, x2));
    if (this.tool === "paint") this.#edit(points);
    if (this.tool === "lasso") this.choose(inside(points, this.lasso));
    this.lasso = [];
    this.plane.drawHand();
  }

  /** @param {number} x1 @param {number} x2 @param {number} reach */
  #tap(x1, x2, reach) {
    const points = this.app.allPoints;
    const nearest = nearestPoint(points, x1, x2, reach);
    if (this.tool === "add") this.#edit(added(points, x1, x2, this.label));
    if (this.tool === "paint") this.#edit(points);
    if (nearest < 0) return;
    if (this.tool === "move") this.plane.pick(nearest);
    if (this.tool === "delete") this.#edit(deleted(points, new Set([nearest])));
    if (this.tool === "flip") this.#edit(flipped(points, new Set([nearest])));
    if (this.tool === "lasso")
      this.choose(
        new Set([...this.chosen].filter((k) => k !== nearest).concat(this.chosen.has(nearest) ? [] : [nearest])),
      );
  }

  /** @param {Set<number>} numbers */
  choose(numbers) {
    this.chosen = numbers;
    this.lasso = [];
    this.plane.drawHand();
    this.app.announce(say("chosen", { count: numbers.size }));
  }

  flipChosen() {
    this.#edit(flipped(this.app.allPoints, this.chosen));
  }

  deleteChosen() {
    const gone = this.chosen;
    this.chosen = new Set();
    this.#edit(deleted(this.app.allPoints, gone));
  }

  #focus() {
    if (!this.plane.area.matches(":focus-visible") || this.#down) return;
    this.cross ??= this.app.state.box.centre;
    this.plane.drawHand();
  }

  #blur() {
    if (this.#grasped >= 0) this.#put();
    this.cross = null;
    this.plane.drawHand();
  }

  /** Put down what the keyboard's hand holds. */
  #put() {
    this.#grasped = -1;
    this.#edit(this.app.allPoints);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const arrow = ARROWS[event.key];
    if (arrow) this.#steer(arrow, event.shiftKey ? 10 : 40);
    else if (event.key === "Enter" || event.key === " ") this.#use();
    else if (event.key === "Escape" && this.#grasped >= 0) this.#put();
    else return;
    event.preventDefault();
  }

  /** @param {[number, number]} arrow @param {number} steps across the window */
  #steer(arrow, steps) {
    const { centre, half } = this.app.state.box;
    const from = this.cross ?? centre;
    const along = (/** @type {0 | 1} */ k) =>
      Math.max(centre[k] - half, Math.min(centre[k] + half, from[k] + (arrow[k] * 2 * half) / steps));
    this.cross = [along(0), along(1)];
    if (this.#grasped >= 0) this.#edit(moved(this.app.allPoints, this.#grasped, ...this.cross), false);
    this.plane.hover(this.cross);
    this.plane.drawHand();
    this.app.announce(this.plane.describe(...this.cross));
  }

  /** What a hand would do here. */
  #use() {
    if (!this.cross) return;
    const reach = this.#reach("touch");
    if (this.#grasped >= 0) this.#put();
    else if (this.tool === "move") {
      this.#grasped = nearestPoint(this.app.allPoints, ...this.cross, reach);
      if (this.#grasped >= 0) this.plane.pick(this.#grasped);
      this.app.announce(say(this.#grasped >= 0 ? "grasped" : "nothing_here"));
    } else {
      if (this.tool === "paint") this.#edit(painted(this.app.allPoints, ...this.cross, this.brush, this.label), false);
      this.#tap(...this.cross, reach);
    }
  }
}
