/** Below the plane: which colour and mark means what, and how the plane is shown. */

import { css, mixed, palette } from "../colours.js";
import { make, sized, svg, write } from "../dom.js";
import { checkbox } from "../controls/parts.js";
import { isPiecewiseLinear } from "./border.js";

/** @param {import("../app.js").PlaygroundApp} app */
export function legend(app) {
  const names = [make("span.zero"), make("span.one")];
  const bar = make("canvas", { "aria-hidden": "true" });
  bar.style.width = "72px";
  bar.style.height = "12px";
  const wrong = make("span", {}, ring(), make("span", { word: "legend_wrong" }));
  const smooth = checkbox("view_probability", (on) => app.show({ smooth: on }));
  const validation = checkbox("show_validation", (on) => app.show({ validation: on }));
  const lines = checkbox("show_lines", (on) => app.show({ lines: on }));
  for (const happening of /** @type {const} */ (["state", "language", "theme"])) app.on(happening, refresh);
  refresh();
  return make(
    "div.legend",
    {},
    make("span", {}, names[0], bar, names[1]),
    wrong,
    make("span.options", { role: "group", label: "plane_shows" }, smooth.element, validation.element, lines.element),
  );

  function refresh() {
    const { state } = app;
    const classes = state.labels?.classes ?? ["0", "1"];
    names.forEach((name, k) => write(name, `${k ? "▲" : "●"} ${classes[k].slice(0, 16)}`));
    smooth.set(state.smooth);
    validation.set(state.validation);
    lines.set(state.lines);
    lines.input.disabled = !isPiecewiseLinear(state.setting);
    drawBar(bar, state.smooth);
  }
}

/** @param {HTMLCanvasElement} canvas @param {boolean} smooth */
function drawBar(canvas, smooth) {
  const context = sized(canvas, 72, 12);
  const { pale, sides } = palette();
  for (let x = 0; x < 72; x += 1) {
    context.fillStyle = css(smooth ? mixed(pale, x / 71) : sides[x < 36 ? 0 : 1]);
    context.fillRect(x, 0, 1, 12);
  }
}

/** A point in a ring. */
function ring() {
  const drawing = svg("svg", { viewBox: "0 0 16 16", width: 15, height: 15, "aria-hidden": "true" });
  drawing.append(
    svg("circle", { cx: 8, cy: 8, r: 7, fill: "none", stroke: "currentColor", "stroke-width": 1.5 }),
    svg("circle", { cx: 8, cy: 8, r: 3.2, fill: "currentColor" }),
  );
  return drawing;
}
