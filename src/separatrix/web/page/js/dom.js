/** Making elements: names, words and tooltips in one place. */

import { say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | null | undefined | false} Child */
/**
 * @typedef {Record<string, unknown>} Settings attributes; `on…` are listeners, `word` and `label` name sentences of the page
 * (text and accessible name), `values` fills the label's, `tip` names the sentence shown beside the pointer
 */

/**
 * An element: `make("button#start.primary", {word: name}, …children)`.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T | `${T}.${string}` | `${T}#${string}`} spec
 * @param {Settings} [settings]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(spec, settings = {}, ...children) {
  const [, tag, id, classes] = /^(\w+)(?:#([\w-]+))?(?:\.(.+))?$/.exec(spec) ?? [];
  const element = /** @type {HTMLElementTagNameMap[T]} */ (document.createElement(tag));
  if (id) element.id = id;
  if (classes) element.className = classes.replaceAll(".", " ");
  configure(element, settings);
  element.append(
    .../** @type {(Node | string)[]} */ (
      children.filter((child) => child !== null && child !== undefined && child !== false)
    ),
  );
  return element;
}

/**
 * An SVG element.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...Node} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** @param {HTMLElement} element @param {Settings} settings */
function configure(element, settings) {
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === "word") {
      element.dataset.word = String(value);
      element.textContent = say(String(value));
    } else if (name === "label") {
      element.dataset.label = String(value);
      if (settings.values) element.dataset.values = JSON.stringify(settings.values);
      element.setAttribute(
        "aria-label",
        say(String(value), /** @type {Record<string, string | number>} */ (settings.values ?? {})),
      );
    } else if (name === "tip") element.dataset.tip = String(value);
    else if (name !== "values") element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * Another accessible name for an element, in every language.
 * @param {HTMLElement} element
 * @param {string} label
 * @param {Record<string, string | number>} [values]
 */
export function relabel(element, label, values = {}) {
  element.dataset.label = label;
  element.dataset.values = JSON.stringify(values);
  const text = say(label, values);
  if (element.getAttribute("aria-label") !== text) element.setAttribute("aria-label", text);
}

/** Set a text only where it differs, so that a live region doesn't repeat itself. @param {Element} element @param {string} text */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A small picture on a button, drawn as a path in a box of 16.
 * @param {string} path
 */
export function icon(path) {
  const drawing = svg("svg", {
    viewBox: "0 0 16 16",
    width: 16,
    height: 16,
    "aria-hidden": "true",
    focusable: "false",
  });
  drawing.append(
    svg("path", {
      d: path,
      fill: "none",
      stroke: "currentColor",
      "stroke-width": 1.6,
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
  );
  return drawing;
}

/** @type {WeakMap<HTMLCanvasElement, CanvasRenderingContext2D>} */
const contexts = new WeakMap();

/**
 * A canvas at the screen's own resolution; its context draws in CSS pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @returns {CanvasRenderingContext2D}
 */
export function sized(canvas, width, height) {
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = contexts.get(canvas) ?? /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  contexts.set(canvas, context);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/**
 * Know an element's size without asking the browser to lay out the page for it in every picture.
 * @param {HTMLElement} element
 * @param {() => void} onChange
 * @returns {{width: number, height: number}} kept up to date; 0 while it is hidden
 */
export function watchSize(element, onChange) {
  const size = { width: element.clientWidth, height: element.clientHeight };
  new ResizeObserver(() => {
    Object.assign(size, { width: element.clientWidth, height: element.clientHeight });
    onChange();
  }).observe(element);
  return size;
}
