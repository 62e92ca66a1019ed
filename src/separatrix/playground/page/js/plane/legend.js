/** Below the plane: which colour and mark means what, and how the plane is shown. */

import { css, mixed, palette } from "../colours.js";
import { make, sized, write } from "../dom.js";
import { checkbox, segments } from "../controls/parts.js";
import { isPiecewiseLinear } from "./border.js";

/** @param {import("../app.js").PlaygroundApp} app */
export function legend(app) {
  const names = [make("span.zero"), make("span.one")];
  const bar = make("canvas", { "aria-hidden": "true" });
  bar.style.width = "72px";
  bar.style.height = "12px";
  const wrong = make("span", {}, ring(), make("span", { word: "legend_wrong" }));
  const views = segments({
    label: "plane_shows",
    options: [{ value: "sides", label: "view_lesson", word: "view_lesson" }, { value: "smooth", label: "view_probability", word: "view_probability" }],
    onChoose: (value) => app.show({ smooth: value === "smooth" }),
  });
  const held = checkbox("show_held", (on) => app.show({ held: on }));
  const lines = checkbox("show_lines", (on) => app.show({ lines: on }));
  for (const happening of /** @type {const} */ (["state", "language", "theme"])) app.on(happening, refresh);
  refresh();
  return make("div.legend", {}, make("span", {}, names[0], bar, names[1]), wrong, views.element, held.element, lines.element);

  function refresh() {
    const { state } = app;
    const classes = state.labels?.classes ?? ["0", "1"];
    names.forEach((name, k) => write(name, `${k ? "▲" : "●"} ${classes[k].slice(0, 16)}`));
    views.choose(state.smooth ? "smooth" : "sides");
    held.set(state.held);
    lines.set(state.lines);
    lines.input.disabled = !isPiecewiseLinear(state.setting);
    drawBar(bar, state.smooth);
  }
}

/** @param {HTMLCanvasElement} canvas @param {boolean} smooth */
function drawBar(canvas, smooth) {
  const context = sized(canvas, 72, 12);
  const { ramp, sides } = palette();
  for (let x = 0; x < 72; x += 1) {
    context.fillStyle = css(smooth ? mixed(ramp, x / 71) : sides[x < 36 ? 0 : 1]);
    context.fillRect(x, 0, 1, 12);
  }
}

/** A point in a ring. */
function ring() {
  return make("span.ring", { "aria-hidden": "true" });
}
