/**
 * A network's answers at parameters of any moment, on the spot and on the page's own thread.
 *
 * @module
 */

import { logitsOf, unitsOf, viewColumns } from "./answers.js";
import { featureColumns } from "./features.js";
import { networkKind, numbersOf } from "./kinds.js";
import { Session, prepare } from "./session.js";
import { DEFAULTS } from "./settings.js";

/** @typedef {import("./types.js").Evaluator} Evaluator */
/** @typedef {import("./types.js").Setting} Setting */

/**
 * @param {Pick<Setting, "features" | "hidden" | "activations" | "loss">} setting
 * @returns {Promise<Evaluator>}
 */
export async function createEvaluator({ features, hidden, activations, loss }) {
  const kind = networkKind({ features, hidden, activations, loss });
  await prepare(kind);
  const none = { columns: features.map(() => new Float32Array(1)), y: [0], weight: null };
  const session = new Session(kind, numbersOf(DEFAULTS), { train: none, validation: null, batch: 0, order: null });
  const at = /** @param {ArrayLike<number>} parameters */ (parameters) => {
    session.parameters.set(parameters);
    return session;
  };
  return {
    logits: (parameters, view) => logitsOf(at(parameters), viewColumns(features, view, view.nodes)),
    units: (parameters, view) => unitsOf(at(parameters), viewColumns(features, view, view.unit_nodes ?? view.nodes)),
    at: (parameters, x) => logitsOf(at(parameters), featureColumns(features, x)),
    trace: (parameters, x) => unitsOf(at(parameters), featureColumns(features, x)),
    dispose: () => session.release(),
  };
}
