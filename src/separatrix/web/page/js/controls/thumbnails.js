/** The shapes of points to choose from, each as a small picture. */

import { palette } from "../colours.js";
import { make, sized } from "../dom.js";
import { allPoints } from "../engine/points.js";
import { DEFAULTS, OFFERED } from "../engine/settings.js";
import { nameOf } from "./names.js";
import { segments } from "./parts.js";

const SIDE = 52; // pixels
const SHOWN = 90; // points

/** @param {import("../app.js").PlaygroundApp} app */
export function thumbnails(app) {
  const names = Object.keys(OFFERED.samplers);
  const canvases = names.map(() => make("canvas", { "aria-hidden": "true" }));
  const labels = names.map((name) => make("span", { "data-word": `name.${name}` }));
  const choices = segments({
    label: "sampler",
    className: "thumbnails",
    options: names.map((value, k) => ({
      value,
      label: "sampler",
      content: make("span.thumbnail", {}, canvases[k], labels[k]),
    })),
    onChoose: (sampler) => app.change({ sampler, noise: OFFERED.samplers[sampler].noise }),
  });
  choices.element.dataset.control = "sampler";
  choices.buttons.forEach((button) => {
    button.removeAttribute("aria-label");
    delete button.dataset.label;
  });
  const refresh = () =>
    names.forEach((name, k) => {
      labels[k].textContent = nameOf(name);
      draw(canvases[k], name);
    });
  app.on("language", refresh);
  app.on("theme", refresh);
  refresh();
  return {
    element: choices.element,
    /** @param {import("../page_types.js").PageState} state */
    show({ setting }) {
      choices.choose(setting.drawn ? "" : setting.sampler);
    },
  };
}

/** @param {HTMLCanvasElement} canvas @param {string} sampler */
function draw(canvas, sampler) {
  const context = sized(canvas, SIDE, SIDE);
  context.clearRect(0, 0, SIDE, SIDE);
  const { x, y } = allPoints({ ...DEFAULTS, sampler, n: SHOWN, noise: OFFERED.samplers[sampler].noise, seed: 1 });
  const reach = Math.max(...x.map(Math.abs)) * 1.1;
  const colours = palette();
  y.forEach((label, k) => {
    const [left, top] = [(SIDE / 2) * (1 + x[2 * k] / reach), (SIDE / 2) * (1 - x[2 * k + 1] / reach)];
    context.fillStyle = colours.marks[label];
    context.beginPath();
    if (label) context.rect(left - 1.6, top - 1.6, 3.2, 3.2);
    else context.arc(left, top, 1.8, 0, 2 * Math.PI);
    context.fill();
  });
}
