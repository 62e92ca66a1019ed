/** The numbers of a moment that no frame brought: loss, accuracies, and which points lie on which side. */

import { networkKind, numbersOf, tableOf } from "./engine/kinds.js";
import { prepare, Session } from "./engine/session.js";

/** @typedef {{measure: (parameters: ArrayLike<number>) => {loss: number, accuracy: number, validation_accuracy: number | null}, dispose: () => void}} Measurer */

/**
 * Measures parameters by the points and the loss of a setting, penalties included.
 * @param {import("./engine/types.js").Setting} setting
 * @param {import("./engine/types.js").Points} points
 * @returns {Promise<Measurer>}
 */
export async function createMeasurer(setting, { train, validation }) {
  const kind = networkKind(setting);
  await prepare(kind);
  const tables = {
    train: tableOf(setting.features, train),
    validation: validation && tableOf(setting.features, validation),
    batch: 0,
    order: null,
  };
  const session = new Session(kind, numbersOf(setting), tables);
  return {
    measure(parameters) {
      session.parameters.set(parameters);
      const { loss, accuracy } = session.measure();
      return { loss, accuracy, validation_accuracy: validation ? session.measureValidation().accuracy : null };
    },
    dispose: () => session.release(),
  };
}

/**
 * The confusion matrix: `table[actual][predicted]`.
 * @param {ArrayLike<number>} logits
 * @param {ArrayLike<number>} labels
 * @returns {[[number, number], [number, number]]}
 */
export function confusion(logits, labels) {
  /** @type {[[number, number], [number, number]]} */
  const table = [
    [0, 0],
    [0, 0],
  ];
  for (let k = 0; k < labels.length; k += 1) table[labels[k] === 1 ? 1 : 0][logits[k] > 0 ? 1 : 0] += 1;
  return table;
}
