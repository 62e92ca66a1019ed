/**
 * The line that a learner hands in: who, which lesson, when, what came out, the page's state as a link, and a code over all of
 * it. The code shows a line that was changed by hand; it is no signature, for every page can compute it. So the teacher's page
 * trains the state again and looks at the result itself.
 *
 *     separatrix | Ada | line | 2026-12-01T09:30Z | done | 2-4-1 converged 100.0% | lesson=line&hidden=4… | 3f9a-02c1-77be
 */

import { createEvaluator } from "../engine/evaluator.js";
import { drawPoints } from "../engine/points.js";
import { createPool } from "../engine/pool.js";
import { fulfils } from "../lessons/conditions.js";
import { fromHash, toHash } from "../link.js";
import { sha256 } from "../take/sha256.js";
import { isDone, lessonOf } from "./progress.js";

/** @typedef {import("../page_types.js").App} App */
/** @typedef {"unreadable" | "changed" | "refused" | "not_done" | "confirmed"} Verdict */
/**
 * @typedef {object} Result
 * @property {string} who
 * @property {string} lesson
 * @property {string} when
 * @property {boolean} done
 * @property {string} outcome
 * @property {string} hash of the state
 */

const MARK = "separatrix",
  BETWEEN = " | ",
  DIGITS = 12;

/** @param {App} app @param {string} who @param {Date} [now] @returns {string} "" while no training of a lesson has ended */
export function resultLine(app, who, now = new Date()) {
  const { state, run } = app,
    lesson = lessonOf(state);
  if (!lesson || !run) return "";
  const outcome = `${run.widths.join("-")} ${run.status} ${(100 * run.accuracy).toFixed(1)}%`;
  const name = who.replaceAll("|", "/").replace(/\s+/g, " ").trim() || "?";
  const when = `${now.toISOString().slice(0, 16)}Z`;
  const fields = [
    MARK,
    name,
    lesson.name.replaceAll("|", "/"),
    when,
    isDone(app) ? "done" : "not yet",
    outcome,
    toHash(state),
  ];
  return [...fields, codeOf(fields)].join(BETWEEN);
}

/** @param {string[]} fields */
function codeOf(fields) {
  const digits = sha256(new TextEncoder().encode(fields.join(BETWEEN))).slice(0, DIGITS);
  return /** @type {string[]} */ (digits.match(/.{4}/g)).join("-");
}

/**
 * What a line says, or null where it isn't such a line; and whether its code is that of its text.
 * @param {string} line
 * @returns {{result: Result, intact: boolean} | null}
 */
export function readResult(line) {
  const fields = line.trim().split(BETWEEN),
    code = fields.pop();
  if (fields.length !== 7 || fields[0] !== MARK) return null;
  const [, who, lesson, when, done, outcome, hash] = fields;
  return { result: { who, lesson, when, done: done === "done", outcome, hash }, intact: code === codeOf(fields) };
}

/**
 * Look at every line: its code, then the result itself by training its state again.
 * @param {string} text lines
 * @param {(index: number, line: string, result: Result | null, verdict: Verdict) => void} told called for each as it is known
 */
export async function verify(text, told) {
  const lines = text.split("\n").filter((line) => line.trim() !== ""),
    pool = createPool();
  try {
    for (const [index, line] of lines.entries()) {
      const read = readResult(line);
      told(
        index,
        line,
        read?.result ?? null,
        !read ? "unreadable" : !read.intact ? "changed" : await trained(read.result, pool),
      );
    }
  } finally {
    pool.dispose();
  }
}

/** @param {Result} result @param {import("../engine/types.js").Pool} pool @returns {Promise<Verdict>} */
async function trained({ hash, done }, pool) {
  const { state, remarks } = fromHash(hash),
    lesson = lessonOf(state);
  if (!lesson || remarks.length) return "refused";
  /** @type {import("../engine/types.js").Run | null} */
  let run = null;
  await pool.run([state.setting], { onRun: (_, came) => ("status" in came ? (run = came) : undefined) });
  if (!run) return "refused";
  const outcome = { run, points: drawPoints(state.setting), evaluator: await createEvaluator(state.setting) };
  return fulfils(lesson.done, outcome) ? "confirmed" : done ? "refused" : "not_done";
}
