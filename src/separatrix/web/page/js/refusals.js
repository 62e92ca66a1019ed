/** Why a setting can't be trained, in the page's language. */

import { hasWords, say } from "./words.js";

/** @param {import("./engine/types.js").Refusal} refusal */
export function refusalText({ code, name = "", value = "", expected = "" }) {
  const control = hasWords(name) ? say(name) : name;
  return say(`refusal.${code}`, { name: control, value, expected });
}
