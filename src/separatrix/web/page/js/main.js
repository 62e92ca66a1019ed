/** The page begins: what its address asks for, all of its parts, and the first training. */

import { PlaygroundApp } from "./app.js";
import { watchProgress } from "./class/progress.js";
import { controls } from "./controls/controls.js";
import { make } from "./dom.js";
import { beginTheme, header } from "./header.js";
import { taskCard } from "./lessons/panel.js";
import { fromHash, toHash } from "./link.js";
import { numbers } from "./numbers.js";
import { Plane } from "./plane/plane.js";
import { FIRST } from "./state.js";
import { recall, remember } from "./storage.js";
import { tabs } from "./tabs.js";
import { connectHost } from "./take/host.js";
import { timeline } from "./timeline.js";
import { tips } from "./tips.js";
import { preferredLanguage, say, setLanguage } from "./words.js";

const ADDRESS_MS = 250; // between two changes of the address: browsers forbid many

/** The page in an element of the document; its state in the address. @param {HTMLElement} root */
export function begin(root) {
  const system = beginTheme();
  const language = /** @type {import("./words.js").Language} */ (
    recall("language") ?? preferredLanguage(navigator.languages)
  );
  const { state, remarks } = fromHash(location.hash, { ...FIRST, language });
  setLanguage(state.language);
  const app = new PlaygroundApp(state);
  watchProgress(app); // before the lessons' panel looks at it
  build(root, app);
  if (new URLSearchParams(location.search).has("s")) remarks.unshift({ key: "link_old", values: {} });
  if (remarks.length) remark(root, remarks.map(({ key, values }) => say(key, values)).join(" "));
  keepAddress(app);
  shortcuts(app);
  system.addEventListener("change", () => {
    if (recall("theme")) return;
    document.documentElement.dataset.theme = system.matches ? "dark" : "light";
    app.themeChanged();
  });
  app.on("language", () => remember("language", app.state.language));
  app.begin();
  connectHost(app);
  return app;
}

/** @param {HTMLElement} root @param {PlaygroundApp} app */
function build(root, app) {
  const plane = new Plane(app);
  const middle = make(
    "section.card.middle",
    { label: "plane_card" },
    plane.element,
    timeline(app),
    numbers(app, plane),
  );
  const frame = make(
    "main.frame",
    { id: "main" },
    make("div.column.left", {}, ...controls(app)),
    middle,
    make("div.column.right", {}, ...tabs(app)),
  );
  root.append(
    make("a.skip", {
      href: "#plane",
      word: "skip",
      onclick: (/** @type {Event} */ event) => {
        event.preventDefault(); // the address holds the state
        plane.area.focus();
      },
    }),
    header(app),
    taskCard(app),
    frame,
    tips(),
    make("div.visually-hidden", { id: "announcements", "aria-live": "polite", role: "status" }),
  );
  const makeRoom = () => document.body.classList.toggle("with-task", app.state.lesson !== null);
  app.on("state", makeRoom);
  makeRoom();
}

/** What was wrong with the link, until it is closed. @param {HTMLElement} root @param {string} text */
function remark(root, text) {
  const card = make(
    "section.card.task.remark",
    { role: "alert" },
    make("p", {}, text),
    make("button", { type: "button", word: "close", onclick: () => card.remove() }),
  );
  root.querySelector("header")?.after(card);
}

/** The address follows the state, and the state another address. @param {PlaygroundApp} app */
function keepAddress(app) {
  let [waiting, written] = [0, location.hash.replace(/^#/, "")];
  app.on("state", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      written = toHash(app.state);
      const here = location.href.replace(/#.*$/, ""); // of a notebook's page too, which is a blob
      history.replaceState(null, "", written ? `#${written}` : here);
    }, ADDRESS_MS);
  });
  window.addEventListener("hashchange", () => {
    const asked = location.hash.replace(/^#/, "");
    if (asked === written) return;
    app.go(fromHash(asked, { ...FIRST, language: app.state.language }).state);
  });
}

/** @param {PlaygroundApp} app */
function shortcuts(app) {
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const target = /** @type {Element} */ (event.target);
    if (target.matches("textarea, input[type=text], input[type=number]")) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) app.undo();
    else if (key === "y" || key === "z") app.redo();
    else return;
    event.preventDefault();
  });
}

begin(document.body);
