/** Parts that controls are made of: segmented choices, sliders, lists, check boxes. Each has a name, a tooltip, and says its value. */

import { icon, make, relabel, write } from "../dom.js";
import { say } from "../words.js";

let made = 0;

/** An id for an element that another one refers to. */
export function newId() {
  made += 1;
  return `part-${made}`;
}

/**
 * @typedef {{value: string, label: string, word?: string, content?: Node}} Option
 * @param {{label: string, options: Option[], onChoose: (value: string) => void, className?: string}} settings
 */
export function segments({ label, options, onChoose, className = "segments" }) {
  const buttons = options.map((option) => {
    const names = option.word ? { word: option.word } : { label: option.label };
    return make(
      "button",
      {
        type: "button",
        role: "radio",
        "aria-checked": "false",
        tip: `${option.label}?`,
        onclick: () => onChoose(option.value),
        ...names,
      },
      option.content,
    );
  });
  const element = make("div", { class: className, role: "radiogroup", label }, ...buttons);
  element.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || at < 0) return;
    event.preventDefault();
    const next = buttons[(at + step + buttons.length) % buttons.length];
    next.focus();
    next.click();
  });
  return {
    element,
    buttons,
    /** @param {string} value */
    choose(value) {
      options.forEach((option, k) => {
        const chosen = option.value === value;
        buttons[k].setAttribute("aria-checked", String(chosen));
        buttons[k].tabIndex = chosen || (k === 0 && !options.some((one) => one.value === value)) ? 0 : -1;
      });
    },
  };
}

/** @param {string} name of its words @param {(on: boolean) => void} onChange */
export function checkbox(name, onChange) {
  const input = make("input", { type: "checkbox", name, onchange: () => onChange(input.checked) });
  const element = make("label.check", { tip: `${name}?`, "data-control": name }, input, make("span", { word: name }));
  return {
    element,
    input,
    /** @param {boolean} on */
    set(on) {
      input.checked = on;
    },
  };
}

/**
 * A slider over values of its own; what it says is the value and never the place on the slider.
 * @param {string} name of its words, and of the setting
 * @param {readonly number[] | {low: number, high: number, step: number}} scale
 * @param {(value: number, final: boolean) => void} onChange
 * @param {(value: number) => string} [text]
 */
export function slider(name, scale, onChange, text = String) {
  const list = "low" in scale ? null : scale;
  const range = "low" in scale ? scale : { low: 0, high: scale.length - 1, step: 1 };
  const id = newId();
  const input = make("input", { type: "range", id, name, min: range.low, max: range.high, step: range.step });
  const output = make("output", { for: id });
  const element = make(
    "div.field",
    { tip: `${name}?`, "data-control": name },
    make("label", { for: id, word: name }),
    input,
    output,
  );
  const value = () => (list ? list[Number(input.value)] : Number(input.value));
  const show = (/** @type {number} */ shown) => {
    const words = text(shown);
    write(output, words);
    input.setAttribute("aria-valuetext", words);
    input.style.setProperty("--filled", `${(100 * (Number(input.value) - range.low)) / (range.high - range.low)}%`);
  };
  input.addEventListener("input", () => {
    show(value());
    onChange(value(), false);
  });
  input.addEventListener("change", () => onChange(value(), true));
  return {
    element,
    input,
    /** @param {number} next */
    set(next) {
      const place = list ? nearestPlace(list, next) : next;
      if (document.activeElement !== input || Math.abs(Number(input.value) - place) > range.step / 2)
        input.value = String(place);
      show(next);
    },
  };
}

/** @param {readonly number[]} list @param {number} value */
function nearestPlace(list, value) {
  return list.reduce((best, one, k) => (Math.abs(one - value) < Math.abs(list[best] - value) ? k : best), 0);
}

/**
 * A list to choose from.
 * @param {string} name of its words
 * @param {{value: string, text?: string, word?: string}[]} options
 * @param {(value: string) => void} onChange
 */
export function choice(name, options, onChange) {
  const id = newId();
  const select = make("select", { id, name, onchange: () => onChange(select.value) });
  const element = make(
    "div.field",
    { tip: `${name}?`, "data-control": name },
    make("label", { for: id, word: name }),
    select,
  );
  offer(options);
  /** @param {{value: string, text?: string, word?: string}[]} next */
  function offer(next) {
    select.replaceChildren(
      ...next.map(({ value, text, word }) => {
        const option = make("option", word ? { value, word } : { value });
        if (text !== undefined) option.textContent = text;
        return option;
      }),
    );
  }
  return { element, select, offer };
}

/** A button with a small picture. @param {string} name of its words @param {Node} picture @param {() => void} onClick */
export function iconButton(name, picture, onClick) {
  return make("button.icon", { type: "button", label: name, tip: `${name}?`, onclick: onClick }, picture);
}

/** A button whose name changes, such as play and pause. @param {HTMLButtonElement} button @param {string} name @param {string} path */
export function reface(button, name, path) {
  if (button.dataset.tip === `${name}?`) return;
  relabel(button, name);
  button.dataset.tip = `${name}?`;
  button.replaceChildren(icon(path));
}

/** @param {number} share */
export function percent(share) {
  return say("percent", { value: Number((100 * share).toFixed(1)) });
}
