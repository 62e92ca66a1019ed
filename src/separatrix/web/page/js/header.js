/** The page's first line: its name, undo and redo, language and theme. */

import { theme } from "./colours.js";
import { iconButton, segments } from "./controls/parts.js";
import { icon, make, svg } from "./dom.js";
import { FIRST } from "./state.js";
import { recall, remember } from "./storage.js";

/** @typedef {import("./app.js").PlaygroundApp} App */

const ICONS = {
  undo: "M3 7h7a3.500 3.500 0 0 1 0 7H6M6 4 3 7l3 3",
  redo: "M13 7H6a3.500 3.500 0 0 0 0 7h4M10 4l3 3-3 3",
  reset: "M3 8a5 5 0 1 0 1.600-3.700M3 2.500v3h3",
  theme: "M13 9.500A5.500 5.500 0 0 1 6.500 3 5.500 5.500 0 1 0 13 9.500z",
};

/** @param {App} app */
export function header(app) {
  const undo = iconButton("undo", icon(ICONS.undo), () => app.undo());
  const redo = iconButton("redo", icon(ICONS.redo), () => app.redo());
  const reset = iconButton("reset", icon(ICONS.reset), () =>
    app.go({ ...FIRST, language: app.state.language, tab: app.state.tab }),
  );
  const dark = iconButton("theme", icon(ICONS.theme), () => setTheme(app, theme() === "dark" ? "light" : "dark"));
  const language = segments({
    label: "language",
    options: [
      { value: "en", label: "english", word: "english" },
      { value: "zh", label: "chinese", word: "chinese" },
    ],
    onChoose: (value) => app.show({ language: value === "zh" ? "zh" : "en" }),
  });
  language.buttons.forEach((button, k) => (button.lang = k ? "zh-CN" : "en"));
  const refresh = () => {
    undo.disabled = !app.past.canUndo;
    redo.disabled = !app.past.canRedo;
    language.choose(app.state.language);
  };
  app.on("state", refresh);
  refresh();
  return make(
    "header.bar",
    {},
    make("h1", {}, logo(), make("span", {}, "separatrix")),
    make("p.subtitle", { word: "subtitle" }),
    make("div.group", { role: "group", label: "page_controls" }, undo, redo, reset),
    make("div.group", {}, language.element, dark),
  );
}

function logo() {
  const drawing = svg("svg", { viewBox: "0 0 20 20", width: 22, height: 22, "aria-hidden": "true" });
  drawing.append(
    svg("rect", { width: 20, height: 20, rx: 4, fill: "#2f78b7" }),
    svg("path", {
      d: "m6.500 3 8-.6 4 6.500-3.700 6.800-8.300 1.300-4-7.200z",
      fill: "#ffdca8",
      stroke: "#15181d",
      "stroke-width": 1.4,
      "stroke-linejoin": "round",
    }),
  );
  return drawing;
}

/** The theme that the visitor chose, or the system's. */
export function beginTheme() {
  const asked = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = recall("theme");
  document.documentElement.dataset.theme =
    chosen === "dark" || chosen === "light" ? chosen : asked.matches ? "dark" : "light";
  return asked;
}

/** @param {App} app @param {"light" | "dark"} next */
function setTheme(app, next) {
  document.documentElement.dataset.theme = next;
  remember("theme", next);
  app.themeChanged();
}
