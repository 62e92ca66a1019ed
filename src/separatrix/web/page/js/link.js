/**
 * Links: all of a state after the `#`, so that it works from any host and is sent to none. What equals the first page is left
 * out; names are those of the settings: `#hidden=8-8&lr=0.1&lesson=rate&hide=momentum,l1`. Points and weights are packed.
 */

import { DEFAULTS, refusalOf } from "./engine/settings.js";
import { packFloats, packPoints, unpackFloats, unpackPoints } from "./packing.js";
import { LESSON_NAMES, lessonNamed } from "./lessons/lessons.js";
import { boxOf, changed, CONTROL_NAMES, differs, FIRST, TABS } from "./state.js";
import { LANGUAGES } from "./words.js";

/** @typedef {import("./page_types.js").PageState} PageState */
/** @typedef {import("./page_types.js").Setting} Setting */
/** @typedef {{key: string, values: Record<string, string | number>}} Remark a sentence of the page's words */

export const MOST_LINKED = 2_000; // points: more make a link that chats cut off
const IN_FILE = "file"; // what a link has instead of so many points
const LONGEST = 200_000; // characters of a link that is read

/** @type {(keyof Setting)[]} */
const PACKED = ["drawn", "start", "hidden", "activations", "features", "betas"];
const FLAGS = /** @type {const} */ (["smooth", "validation", "lines", "weights"]);

/**
 * The part of the address after `#`; "" for the first page.
 * @param {PageState} state
 */
export function toHash(state) {
  const base = lessonStart(state.lesson, state.ownLesson);
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(state.setting)) {
    const key = /** @type {keyof Setting} */ (name);
    if (!PACKED.includes(key) && differs(state.setting, base, [key])) fields.set(name, String(value));
  }
  const { drawn, start, hidden, activations, features, betas } = state.setting;
  if (differs(state.setting, base, ["hidden"])) fields.set("hidden", hidden.join("-"));
  if (differs(state.setting, base, ["activations"]) || fields.has("hidden"))
    fields.set("activations", shortest(activations));
  if (differs(state.setting, base, ["features"])) fields.set("features", features.join(","));
  if (differs(state.setting, base, ["betas"])) fields.set("betas", betas.join(","));
  if (drawn) fields.set("drawn", drawn.length > MOST_LINKED ? IN_FILE : packPoints(drawn));
  if (start) fields.set("start", packFloats(start));
  packLook(state, fields);
  return fields.toString().replaceAll("%2C", ",").replaceAll("%5E", "^").replaceAll("%28", "(").replaceAll("%29", ")");
}

/** @param {PageState} state @param {URLSearchParams} fields */
function packLook(state, fields) {
  for (const flag of FLAGS) if (state[flag] !== FIRST[flag]) fields.set(flag, state[flag] ? "1" : "0");
  if (state.labels) fields.set("labels", JSON.stringify(state.labels));
  if (state.setting.drawn) fields.set("box", [...state.box.centre, state.box.half].join(","));
  if (state.at !== null) fields.set("at", String(state.at));
  if (state.tab !== FIRST.tab) fields.set("tab", state.tab);
  if (state.language !== FIRST.language) fields.set("language", state.language);
  if (state.ownLesson) fields.set("own_lesson", JSON.stringify(state.ownLesson));
  else if (state.lesson) fields.set("lesson", state.lesson);
  if (state.hide.length) fields.set("hide", state.hide.join(","));
  if (state.lock.length) fields.set("lock", state.lock.join(","));
}

/**
 * The state of a link, and what is wrong with it. A part that can't be read is left as the first page has it, and said.
 * @param {string} hash with or without `#`
 * @param {PageState} first what the link leaves out
 * @returns {{state: PageState, remarks: Remark[]}}
 */
export function fromHash(hash, first = FIRST) {
  /** @type {Remark[]} */
  const remarks = [];
  const text = hash.replace(/^#/, "");
  if (text.length > LONGEST) return { state: first, remarks: [{ key: "link_too_long", values: { most: LONGEST } }] };
  const fields = new URLSearchParams(text);
  const look = unpackLook(fields, first, remarks);
  const base = lessonStart(look.lesson, look.ownLesson);
  let setting = base;
  for (const [name, value] of fields) {
    if (name in DEFAULTS) setting = withField(setting, /** @type {keyof Setting} */ (name), value, remarks);
    else if (!LOOK_FIELDS.has(name)) remarks.push({ key: "link_unknown", values: { name: name.slice(0, 40) } });
  }
  if (!fields.has("activations") && fields.has("hidden")) setting = changed(setting, { hidden: setting.hidden });
  if (setting.start && refusalOf(setting)?.name === "start") {
    remarks.push({ key: "link_start", values: {} });
    setting = { ...setting, start: null, begun: 0 };
  }
  if (setting.drawn && !fields.has("box")) look.box = boxOf(setting.drawn);
  return { state: { ...look, setting }, remarks };
}

const LOOK_FIELDS = new Set([
  ...FLAGS,
  "labels",
  "box",
  "at",
  "tab",
  "language",
  "own_lesson",
  "lesson",
  "hide",
  "lock",
]);

/** The setting that a link's differences are taken from. @param {string | null} lesson @param {PageState["ownLesson"]} ownLesson @returns {Setting} */
function lessonStart(lesson, ownLesson) {
  const one = ownLesson ?? (lesson ? lessonNamed(lesson) : null);
  return one ? changed(DEFAULTS, one.start) : DEFAULTS;
}

/** @param {Setting} setting @param {keyof Setting} name @param {string} text @param {Remark[]} remarks @returns {Setting} */
function withField(setting, name, text, remarks) {
  if (name === "drawn" && text === IN_FILE) {
    remarks.push({ key: "link_points_in_file", values: {} });
    return setting;
  }
  try {
    const next = { ...setting, [name]: unpack(name, text) };
    if (name === "hidden") next.activations = next.hidden.map((_, k) => next.activations[k] ?? DEFAULTS.activations[0]);
    if (name === "activations") next.activations = repeated(next.activations, next.hidden.length);
    const refusal = refusalOf({ ...next, start: null, drawn: name === "drawn" ? next.drawn : null });
    if (!refusal) return next;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof DOMException)) throw error; // atob's complaint is a DOMException
  }
  remarks.push({ key: "link_value", values: { name, value: text.slice(0, 40) } });
  return setting;
}

/** @param {keyof Setting} name @param {string} text @returns {unknown} */
function unpack(name, text) {
  if (name === "drawn") return unpackPoints(text);
  if (name === "start") return unpackFloats(text);
  if (name === "hidden") return text === "" ? [] : text.split("-").map(number);
  if (name === "activations" || name === "features") return text === "" ? [] : text.split(",");
  if (name === "betas") return text.split(",").map(number);
  if (text === "null") return null;
  const example = DEFAULTS[name];
  if (typeof example === "string") return text;
  if (typeof example === "boolean") return text === "true";
  return number(text);
}

/** @param {string} text */
function number(text) {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new RangeError(text);
  return Number(text);
}

/** @param {URLSearchParams} fields @param {PageState} first @param {Remark[]} remarks @returns {PageState} */
function unpackLook(fields, first, remarks) {
  const look = { ...first };
  for (const flag of FLAGS) if (fields.has(flag)) look[flag] = fields.get(flag) === "1";
  const pick = (/** @type {string} */ name, /** @type {readonly string[]} */ allowed) => {
    const value = fields.get(name);
    if (value !== null && !allowed.includes(value))
      remarks.push({ key: "link_value", values: { name, value: value.slice(0, 40) } });
    return value !== null && allowed.includes(value) ? value : null;
  };
  look.tab = pick("tab", TABS) ?? first.tab;
  look.language = /** @type {PageState["language"]} */ (pick("language", LANGUAGES) ?? first.language);
  look.lesson = pick("lesson", LESSON_NAMES);
  look.ownLesson = parsed(fields, "own_lesson", remarks, isLesson);
  if (look.ownLesson) look.lesson = look.ownLesson.name;
  look.labels = parsed(fields, "labels", remarks, isLabels);
  look.hide = listed(fields, "hide", remarks);
  look.lock = listed(fields, "lock", remarks);
  if (fields.has("at")) look.at = Math.max(0, Math.round(Number(fields.get("at")) || 0));
  const box = (fields.get("box") ?? "").split(",").map(Number);
  if (box.length === 3 && box.every(Number.isFinite) && box[2] > 0)
    look.box = { centre: [box[0], box[1]], half: box[2] };
  return look;
}

/** Names of controls; others are said. @param {URLSearchParams} fields @param {string} field @param {Remark[]} remarks */
function listed(fields, field, remarks) {
  const names = (fields.get(field) ?? "").split(",").filter(Boolean);
  const unknown = names.filter((name) => !CONTROL_NAMES.includes(name));
  if (unknown.length)
    remarks.push({
      key: "class_unknown",
      values: { names: unknown.join(", ").slice(0, 80), all: CONTROL_NAMES.join(", ") },
    });
  return names.filter((name) => CONTROL_NAMES.includes(name));
}

/**
 * @template T
 * @param {URLSearchParams} fields @param {string} name @param {Remark[]} remarks @param {(value: any) => value is T} fits
 * @returns {T | null}
 */
function parsed(fields, name, remarks, fits) {
  const text = fields.get(name);
  if (text === null) return null;
  try {
    const value = JSON.parse(text);
    if (fits(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  remarks.push({ key: "link_value", values: { name, value: text.slice(0, 40) } });
  return null;
}

/** @param {any} value @returns {value is import("./page_types.js").Lesson} */
export function isLesson(value) {
  const spoken = (/** @type {any} */ words) => typeof words?.en === "string" && typeof words?.zh === "string";
  return (
    typeof value?.name === "string" &&
    spoken(value.title) &&
    spoken(value.task) &&
    spoken(value.praise) &&
    typeof value.start === "object" &&
    value.start !== null &&
    Array.isArray(value.hides) &&
    Array.isArray(value.done) &&
    value.done.every((/** @type {any} */ one) => typeof one?.is === "string") &&
    !refusalOf({ ...changed(DEFAULTS, value.start), start: null })
  );
}

/** @param {any} value @returns {value is import("./page_types.js").Labels} */
function isLabels(value) {
  const axis = (/** @type {any} */ one) =>
    typeof one?.name === "string" && Number.isFinite(one.shift) && Number.isFinite(one.scale) && one.scale !== 0;
  return (
    Array.isArray(value?.axes) &&
    value.axes.length === 2 &&
    value.axes.every(axis) &&
    Array.isArray(value.classes) &&
    value.classes.length === 2 &&
    value.classes.every((/** @type {any} */ name) => typeof name === "string")
  );
}

/** One name for equal ones. @param {string[]} names */
function shortest(names) {
  return names.every((name) => name === names[0]) ? (names[0] ?? "") : names.join(",");
}

/** @param {string[]} names @param {number} count */
function repeated(names, count) {
  return names.length === 1
    ? Array(count).fill(names[0])
    : names.length
      ? names
      : Array(count).fill(DEFAULTS.activations[0]);
}

/** The whole state as a file, for more points than a link holds. @param {PageState} state */
export function toFile(state) {
  return JSON.stringify({
    separatrix: "playground",
    version: 1,
    state: toHash({ ...state, setting: { ...state.setting, drawn: null } }),
    box: state.box,
    drawn: state.setting.drawn,
  });
}

/**
 * The state of such a file, or null where it is none.
 * @param {string} text
 * @param {PageState} first
 * @returns {{state: PageState, remarks: Remark[]} | null}
 */
export function fromFile(text, first = FIRST) {
  const content = asObject(text);
  if (content?.separatrix !== "playground" || typeof content.state !== "string") return null;
  const read = fromHash(content.state, first);
  if (!content.drawn) return read;
  const setting = { ...read.state.setting, drawn: content.drawn };
  if (refusalOf({ ...setting, start: null })) return null;
  return { state: { ...read.state, setting, box: boxOf(content.drawn) }, remarks: read.remarks };
}

/** @param {string} text @returns {any} */
function asObject(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
