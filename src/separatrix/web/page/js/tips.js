/** One sentence about what is under the pointer or has the focus. */

import { make } from "./dom.js";
import { hasWords, say } from "./words.js";

const WAIT_MS = 350;

/** Begin to say it. @returns {HTMLElement} where it is said */
export function tips() {
  const tip = make("div.tip", { role: "tooltip", id: "tip" });
  let waiting = 0;
  /** @type {HTMLElement | null} */
  let about = null;
  document.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" && !event.buttons) tell(/** @type {Element} */ (event.target));
  });
  document.addEventListener("pointerdown", () => tell(null));
  document.addEventListener("focusin", (event) => {
    const target = /** @type {Element} */ (event.target);
    tell(target.matches(":focus-visible") ? target : null);
  });
  document.addEventListener("focusout", () => tell(null));
  document.addEventListener("scroll", () => tell(null), true);
  document.addEventListener("keydown", (event) => event.key === "Escape" && tell(null));
  return tip;

  /** @param {Element | null} target */
  function tell(target) {
    const host = /** @type {HTMLElement | null} */ (target?.closest?.("[data-tip-text], [data-tip]") ?? null);
    const text = textOf(host);
    if (host === about && (text === tip.textContent || !tip.textContent)) return;
    about = host;
    clearTimeout(waiting);
    if (!host || !text) {
      tip.textContent = "";
      return;
    }
    waiting = window.setTimeout(
      () => {
        tip.textContent = textOf(host);
        place(tip, host);
      },
      tip.textContent ? 0 : WAIT_MS,
    );
  }
}

/** @param {HTMLElement | null} host */
function textOf(host) {
  if (!host) return "";
  const { tip = "", tipText } = host.dataset;
  return tipText ?? (hasWords(tip) ? say(tip) : "");
}

/** @param {HTMLElement} tip @param {HTMLElement} host */
function place(tip, host) {
  const [at, own] = [host.getBoundingClientRect(), tip.getBoundingClientRect()];
  const fits = at.bottom + 6 + own.height < window.innerHeight;
  tip.style.left = `${Math.max(4, Math.min(at.left, window.innerWidth - own.width - 8))}px`;
  tip.style.top = `${fits ? at.bottom + 6 : Math.max(4, at.top - own.height - 6)}px`;
}
