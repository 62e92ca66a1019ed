/**
 * The page in a notebook's cell: it and the widget around it hand settings to and fro, and finished trainings over.
 *
 * The page says "ready" to the page around it. A widget answers with the end of a channel, on which both then speak; any other
 * page around it (an `<iframe>` in somebody's text) doesn't answer, and nothing more happens.
 */

import { drawPoints } from "../engine/points.js";
import { boxOf } from "../state.js";
import { model } from "./model.js";

/** @typedef {import("../page_types.js").App} App */
/** @typedef {{type: "setting", setting: Partial<import("../engine/types.js").Setting>}} FromHost */

const NAME = "separatrix";

/** @param {App} app */
export function connectHost(app) {
  if (window.parent === window) return;
  window.addEventListener("message", (event) => {
    if (event.source === window.parent && event.data === `${NAME}: widget` && event.ports.length === 1)
      speak(app, event.ports[0]);
  });
  window.parent.postMessage(`${NAME}: ready`, "*"); // holds nothing, so that anybody may read it
}

/** @param {App} app @param {MessagePort} port */
function speak(app, port) {
  port.onmessage = ({ data }) => {
    const { setting } = /** @type {FromHost} */ (data);
    const changes = Object.fromEntries(
      Object.entries(setting).filter(([name, value]) => !same(value, app.state.setting[/** @type {"n"} */ (name)])),
    );
    if (Object.keys(changes).length)
      app.change(changes, setting.drawn && "drawn" in changes ? { rest: { box: boxOf(setting.drawn) } } : undefined);
    else tellSetting();
  };
  const tellSetting = () => port.postMessage({ type: "setting", setting: app.state.setting });
  const tellRun = () => {
    if (app.run)
      port.postMessage({ type: "run", bytes: model({ run: app.run, points: drawPoints(app.run.setting) }).bytes });
  };
  app.on("state", tellSetting);
  app.on("run", tellRun);
  tellRun();
}

/** @param {unknown} a @param {unknown} b */
function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
