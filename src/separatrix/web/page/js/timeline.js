/** Below the plane: watch the training, go back through it, step by step, and go on from any moment with other settings. */

import { nearest } from "./app.js";
import { calmly } from "./calm.js";
import { reface } from "./controls/parts.js";
import { icon, make, write } from "./dom.js";
import { numeral, say } from "./words.js";

/** @typedef {import("./app.js").PlaygroundApp} App */

const PLAYED_MS = 60; // between two moments that are played
const MOMENTS = 96; // places of the slider while the training goes on
const PACES = [null, 10_000, 1_000, 100, 10, 1]; // epochs a second; null: trained at once
const STEPS = [1, 10, 100, 1_000];
const ICONS = {
  play: "M4.500 2.500v11l9-5.500z",
  pause: "M5 3v10M11 3v10",
  step: "M3.500 3v10l7-5zM12.500 3v10",
  back: "M12.500 3v10l-7-5zM3.500 3v10",
};

/** @param {App} app */
export function timeline(app) {
  let playing = 0;
  const back = button("first_epoch", ICONS.back, () => seekFirst());
  const play = button("play", ICONS.play, () => toggle());
  const step = button("step_once", ICONS.step, () => stepOnce());
  const size = make(
    "select",
    { label: "step_size", tip: "step_size?" },
    ...STEPS.map((epochs) => option(String(epochs), `+${numeral(epochs)}`)),
  );
  const pace = make(
    "select",
    { label: "pace", tip: "pace?" },
    ...PACES.map((one) => (one === null ? make("option", { value: "", word: "at_once" }) : option(String(one), ""))),
  );
  pace.addEventListener("change", () => app.setPace(pace.value === "" ? null : Number(pace.value)));
  const slider = make("input", {
    type: "range",
    min: 0,
    max: MOMENTS,
    step: 1,
    label: "timeline",
    tip: "timeline?",
    id: "timeline",
  });
  slider.addEventListener("input", () => seek(Number(slider.value)));
  const output = make("output.number", { for: "timeline" });
  const branch = make("button", { type: "button", word: "branch", tip: "branch?", onclick: () => goOn() });
  const scratch = make("button", {
    type: "button",
    word: "from_scratch",
    tip: "from_scratch?",
    onclick: () => app.change({ start: null, begun: 0 }),
  });
  for (const happening of /** @type {const} */ (["moment", "run", "training", "state", "language"]))
    app.on(happening, calmly(app, refresh));
  app.on("language", namePaces);
  namePaces();
  refresh();
  return make(
    "div.transport",
    {},
    make(
      "div.row",
      { role: "group", label: "watching" },
      back,
      play,
      step,
      size,
      pace,
      make("span.push"),
      branch,
      scratch,
    ),
    make("div.epoch", {}, slider, output),
  );

  /** @param {number} place */
  function seek(place) {
    if (!app.run) return;
    stop();
    const { snapshots, epochs } = app.run;
    const at = snapshots[Math.min(place, snapshots.length - 1)].epoch;
    app.seek(place >= snapshots.length - 1 ? null : Math.min(at, epochs));
  }

  function seekFirst() {
    if (app.run) seek(0);
    else app.restart();
  }

  function toggle() {
    if (playing) stop();
    else if (app.training) app.paused ? app.resume() : app.pause();
    else if (app.pace !== null && (app.state.at === null || app.state.at === 0)) app.restart();
    else replay();
    refresh();
  }

  /** From the beginning, or from the moment on the screen. */
  function replay() {
    if (!app.run) return;
    if (app.state.at === null) app.seek(0);
    playing = window.setInterval(() => {
      const place = currentPlace(app) + 1;
      const { snapshots } = app.run ?? { snapshots: [] };
      if (!app.run || place >= snapshots.length - 1) {
        stop();
        app.seek(null);
      } else app.seek(snapshots[place].epoch);
    }, PLAYED_MS);
  }

  function stop() {
    if (!playing) return; // else the slider would jump back from under a hand
    clearInterval(playing);
    playing = 0;
    refresh();
  }

  function stepOnce() {
    stop();
    if (app.run && app.state.at !== null) seek(currentPlace(app) + 1);
    else app.step(Number(size.value));
  }

  function goOn() {
    if (!app.run) return;
    const { at, setting } = app.state;
    const { epoch, parameters } =
      at === null ? { epoch: app.run.epochs, parameters: app.run.parameters } : nearest(app.run.snapshots, at);
    app.change({ start: Array.from(parameters), begun: setting.begun + epoch });
  }

  function refresh() {
    const { run, moment, training, paused, state } = app;
    if (!run && playing) stop();
    const moves = playing || (training && !paused && !app.moving); // a hand's quick trainings don't make it flicker
    reface(play, moves ? "pause" : "play", moves ? ICONS.pause : ICONS.play);
    slider.max = String(run ? run.snapshots.length - 1 : MOMENTS);
    slider.value = String(currentPlace(app));
    slider.disabled = !run;
    slider.style.setProperty("--filled", `${(100 * Number(slider.value)) / Number(slider.max)}%`);
    const epoch = (state.at ?? moment?.epoch ?? 0) + state.setting.begun;
    write(output, numeral(epoch));
    if (!app.moving) slider.setAttribute("aria-valuetext", say("epoch_of", { epoch }));
    branch.disabled = !run;
    scratch.hidden = state.setting.start === null;
    pace.value = app.pace === null ? "" : String(app.pace);
  }

  function namePaces() {
    for (const one of pace.options)
      if (one.value !== "") one.textContent = say("epochs_a_second", { count: Number(one.value) });
  }
}

/** The slider's place of the moment on the screen; places are close together at first, as the moments of a training are. @param {App} app */
function currentPlace({ run, moment, state }) {
  const epoch = state.at ?? moment?.epoch ?? 0;
  if (!run) return Math.round((MOMENTS * Math.log1p(epoch)) / Math.log1p(state.setting.epochs));
  if (state.at === null) return run.snapshots.length - 1;
  return run.snapshots.indexOf(nearest(run.snapshots, epoch));
}

/** @param {string} name @param {string} path @param {() => void} onClick */
function button(name, path, onClick) {
  return make("button.icon", { type: "button", label: name, tip: `${name}?`, onclick: onClick }, icon(path));
}

/** @param {string} value @param {string} text */
function option(value, text) {
  return make("option", { value }, text);
}
