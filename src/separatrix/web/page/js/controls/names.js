/** What people call the entries of the registries; a new entry without a name of its own is called as in the code. */

import { hasWords, say } from "../words.js";

/** @type {Record<string, string>} */
const NAMES = {
  relu: "ReLU",
  leaky_relu: "Leaky ReLU",
  elu: "ELU",
  selu: "SELU",
  gelu: "GELU",
  silu: "SiLU",
  mish: "Mish",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
  sgd: "SGD",
  adam: "Adam",
  adamw: "AdamW",
  rmsprop: "RMSprop",
  adagrad: "Adagrad",
  lbfgs: "L-BFGS",
  bce: "BCE",
  mse: "MSE",
};

/** @type {Record<string, string>} */
const FEATURE_NAMES = { "x1^2": "x1²", "x2^2": "x2²", "x1*x2": "x1·x2", "sin(x1)": "sin x1", "sin(x2)": "sin x2" };

/** @param {string} entry */
export function nameOf(entry) {
  return hasWords(`name.${entry}`) ? say(`name.${entry}`) : (NAMES[entry] ?? entry);
}

/** Options for a list, in the page's language. @param {Record<string, unknown>} registry */
export function optionsOf(registry) {
  return Object.keys(registry).map((value) =>
    hasWords(`name.${value}`) ? { value, word: `name.${value}` } : { value, text: nameOf(value) },
  );
}

/** An input of the network; columns of one's own keep their names. @param {string} feature @param {import("../page_types.js").Labels | null} [labels] */
export function featureName(feature, labels) {
  if (labels && (feature === "x1" || feature === "x2")) return labels.axes[feature === "x1" ? 0 : 1].name;
  return FEATURE_NAMES[feature] ?? feature;
}
