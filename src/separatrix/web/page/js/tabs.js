/** The tabs beside the plane. Each is filled when it is first opened; where there is room, the network stands above them. */

import { classTab } from "./class/tab.js";
import { make } from "./dom.js";
import { foldPanel } from "./fold/fold.js";
import { lessonPanel } from "./lessons/panel.js";
import { networkPanel } from "./network/panel.js";
import { ownPanel } from "./own/panel.js";
import { seedPanel } from "./seeds.js";
import { TABS } from "./state.js";
import { stepPanel } from "./step_panel.js";
import { takeTab } from "./take/tab.js";

/** @typedef {import("./app.js").PlaygroundApp} App */

/** @type {Record<string, (app: App) => HTMLElement>} */
const MAKERS = {
  network: networkPanel,
  fold: foldPanel,
  step: stepPanel,
  seeds: seedPanel,
  lessons: lessonPanel,
  own: ownPanel,
  take: takeTab,
  class: classTab,
};
const ROOMY = "(min-width: 1600px) and (min-height: 850px), (max-width: 1180px)"; // room for the network and a tab below it

/** @param {App} app @returns {HTMLElement[]} the network's card and the card of tabs */
export function tabs(app) {
  const roomy = window.matchMedia(ROOMY);
  const buttons = TABS.map((name) =>
    make("button", {
      type: "button",
      role: "tab",
      id: `tab-${name}`,
      "aria-controls": `panel-${name}`,
      word: `tab_${name}`,
      onclick: () => app.show({ tab: name }),
    }),
  );
  const list = make("div.tabs", { role: "tablist", label: "views" }, ...buttons);
  const panels = TABS.map((name) =>
    make("div.panel", { id: `panel-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}`, hidden: true }),
  );
  const card = make("section.card", { label: "views" }, list, ...panels);
  const above = make("section.card.network-card", { hidden: true, label: "network" });
  list.addEventListener("keydown", (event) => steer(event));
  app.on("state", refresh);
  roomy.addEventListener("change", () => app.show({})); // a panel that appears then is to show the present state
  refresh();
  return [above, card];

  function refresh() {
    const apart = roomy.matches;
    above.hidden = !apart;
    buttons[0].hidden = apart;
    card.classList.toggle("network-card", !apart);
    if (apart !== above.contains(panels[0])) (apart ? above : card).append(panels[0]);
    const open = apart && app.state.tab === "network" ? "fold" : app.state.tab;
    TABS.forEach((name, k) => {
      const chosen = name === open;
      const shown = chosen || (apart && name === "network");
      if (shown && !panels[k].hasChildNodes()) panels[k].append(MAKERS[name](app));
      panels[k].hidden = !shown;
      setRole(panels[k], name, apart);
      buttons[k].setAttribute("aria-selected", String(chosen));
      buttons[k].tabIndex = chosen ? 0 : -1;
    });
  }

  /** @param {KeyboardEvent} event */
  function steer(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const shown = buttons.filter((button) => !button.hidden);
    const at = shown.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (!step || at < 0) return;
    event.preventDefault();
    const next = shown[(at + step + shown.length) % shown.length];
    next.click();
    next.focus();
  }
}

/** The network is a panel of a tab only where it has one. @param {HTMLElement} panel @param {string} name @param {boolean} apart */
function setRole(panel, name, apart) {
  if (name !== "network") return;
  if (apart) for (const attribute of ["role", "aria-labelledby"]) panel.removeAttribute(attribute);
  else {
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", "tab-network");
  }
}
