/** The hand's tools, the class that is added, and what to do with chosen points. */

import { icon, make, relabel } from "../dom.js";
import { TOOLS } from "./hands.js";
import { iconButton, segments } from "../controls/parts.js";
import { write } from "../dom.js";

/** @typedef {import("./hands.js").Tool} Tool */

/** @type {Record<Tool, string>} */
const ICONS = {
  move: "M8 1.5v13M1.5 8h13M8 1.5l-2 2m2-2 2 2M8 14.500l-2-2m2 2 2-2M1.500 8l2-2m-2 2 2 2M14.500 8l-2-2m2 2-2 2",
  add: "M8 3v10M3 8h10",
  delete: "M3 4.500h10M6.500 4.500v-2h3v2M4.500 4.500l.6 9h5.800l.6-9",
  flip: "M2.500 6h9l-2.500-3M13.500 10h-9l2.500 3",
  paint: "M13.500 2.500 7 9M7 9c-2-.5-3.500 1-3.500 2.500 0 1-.5 1.500-1.500 2 3.500.5 6-.5 6-3 0-.7-.4-1.200-1-1.500z",
  lasso:
    "M8 2.500c3.600 0 6 1.600 6 3.700s-2.400 3.700-6 3.700-6-1.600-6-3.700 2.400-3.700 6-3.700zM4.500 9.500c-1.500 1.200-.8 3 .7 2.800 1.300-.2 1.600-1.500.6-2.400M5.200 12.300c.2.800 0 1.600-.7 2.200",
};

/** @param {import("./plane.js").Plane} plane @param {import("../app.js").PlaygroundApp} app */
export function toolbar(plane, app) {
  const { hands } = plane;
  const tools = segments({
    label: "tools",
    options: TOOLS.map((tool) => ({ value: tool, label: `tool_${tool}`, content: icon(ICONS[tool]) })),
    onChoose: (value) => {
      hands.take(/** @type {Tool} */ (value));
      refresh();
    },
  });
  const classes = segments({
    label: "class_to_add",
    options: [0, 1].map((label) => ({
      value: String(label),
      label: `class${label}`,
      content: make(label ? "span.one" : "span.zero"),
    })),
    onChoose: (value) => {
      hands.label = value === "1" ? 1 : 0;
      refresh();
    },
  });
  const chosen = make(
    "span.row",
    { hidden: true },
    iconButton("flip_chosen", icon(ICONS.flip), () => hands.flipChosen()),
    iconButton("delete_chosen", icon(ICONS.delete), () => hands.deleteChosen()),
  );
  const bar = make("div.tools", {}, tools.element, classes.element, chosen);
  queueMicrotask(() => {
    plane.element.addEventListener("chosen", (event) => (chosen.hidden = !(/** @type {CustomEvent} */ (event).detail)));
  });
  app.on("state", refresh);
  app.on("language", refresh);
  refresh();
  return bar;

  function refresh() {
    tools.choose(hands.tool);
    classes.choose(String(hands.label));
    const names = app.state.labels?.classes ?? ["0", "1"];
    classes.buttons.forEach((button, k) => {
      write(/** @type {Element} */ (button.firstElementChild), `${k ? "▲" : "●"} ${names[k].slice(0, 12)}`);
      relabel(button, k ? "class1" : "class0", { name: names[k] });
    });
  }
}
