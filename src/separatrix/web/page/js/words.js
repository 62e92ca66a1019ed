/** What the page says, in the visitor's language. All sentences are in words/en.js and words/zh.js, under the same names. */

import en from "./words/en.js";
import zh from "./words/zh.js";

/** @typedef {"en" | "zh"} Language */

/** @type {Record<Language, Record<string, string>>} */
const WORDS = { en: { ...en }, zh: { ...zh } };

/** @type {Language[]} */
export const LANGUAGES = ["en", "zh"];

/** @type {Language} */
let language = "en";

/** Sentences of another part of the page. @param {Record<Language, Record<string, string>>} more */
export function addWords(more) {
  for (const one of LANGUAGES) Object.assign(WORDS[one], more[one]);
}

export function currentLanguage() {
  return language;
}

/** The language that a browser asks for, or English. @param {readonly string[]} asked @returns {Language} */
export function preferredLanguage(asked) {
  return asked[0]?.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/**
 * The sentence of that name, with `{value}` replaced by the values.
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 */
export function say(name, values = {}) {
  const sentence = WORDS[language][name];
  if (sentence === undefined) throw new Error(`the page has no words for ${name}`);
  return sentence.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? shown(values[key]) : whole));
}

/** Whether there is a sentence of that name. @param {string} name */
export function hasWords(name) {
  return WORDS[language][name] !== undefined;
}

/** @param {string | number} value */
function shown(value) {
  return typeof value === "number" ? numeral(value) : value;
}

/** @type {Map<string, Intl.NumberFormat>} making one takes longer than using it a hundred times */
const formats = new Map();

/**
 * A number as people of the page's language write it, with a real minus sign.
 * @param {number} value
 * @param {Intl.NumberFormatOptions} [options]
 */
export function numeral(value, options = {}) {
  const key = language + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(language === "zh" ? "zh-CN" : "en-GB", options);
    formats.set(key, format);
  }
  return format.format(value).replace("-", "−");
}

/** So many digits that count; tiny and huge numbers as a power of ten. @param {number} value @param {number} digits */
export function significant(value, digits) {
  if (!Number.isFinite(value)) return "∞";
  if (value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e7))
    return numeral(value, { maximumSignificantDigits: digits });
  return value
    .toExponential(digits - 1)
    .replace(/\.?0+e/, "e")
    .replace("+", "")
    .replaceAll("-", "−");
}

/**
 * An element's own words: `data-word` for its text, `data-label` for its accessible name; both name a sentence.
 * @param {HTMLElement} element
 */
function translate(element) {
  const { word, label } = element.dataset;
  if (word) element.textContent = say(word);
  if (label) element.setAttribute("aria-label", say(label, JSON.parse(element.dataset.values ?? "{}")));
}

/** Say everything under an element in the current language. @param {ParentNode} root */
export function translateAll(root) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-word], [data-label]")))
    translate(element);
}

/** @param {Language} next */
export function setLanguage(next) {
  language = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
  document.title = say("title");
  translateAll(document);
}
