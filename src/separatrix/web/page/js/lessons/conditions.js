/** What a lesson may ask for: conditions on a finished training, by name. A teacher's builder offers the same list. */

/** @typedef {import("../page_types.js").Condition} Condition */
/** @typedef {import("../page_types.js").Run} Run */
/** @typedef {import("../page_types.js").Points} Points */
/** @typedef {import("../page_types.js").Evaluator} Evaluator */
/** @typedef {{run: Run, points: Points, evaluator: Evaluator}} Outcome */
/**
 * One kind of condition. `takes` is what its value is, for the builder: nothing, a number, or a name of a registry.
 * @typedef {{takes: "nothing" | "number" | "sampler" | "loss" | "optimizer" | "status", holds: (outcome: Outcome, value: any) => boolean}} Kind
 */

/** Hidden units that answer 0 to every training point, as [layer from 1, unit]. @param {Outcome} outcome @returns {[number, number][]} */
export function deadUnits({ run, points, evaluator }) {
  const layers = evaluator.trace(run.parameters, points.train.x);
  const rows = points.train.y.length;
  /** @type {[number, number][]} */
  const dead = [];
  run.setting.hidden.forEach((width, layer) => {
    const answers = layers[layer + 1];
    for (let unit = 0; unit < width; unit += 1) {
      let row = 0;
      while (row < rows && answers[unit * rows + row] === 0) row += 1;
      if (row === rows) dead.push([layer + 1, unit]);
    }
  });
  return dead;
}

/** @type {Record<string, Kind>} */
export const CONDITIONS = {
  solved: { takes: "nothing", holds: ({ run }) => run.accuracy === 1 && run.status !== "diverged" },
  accuracy_at_least: { takes: "number", holds: ({ run }, value) => run.accuracy >= value },
  validation_accuracy_at_least: {
    takes: "number",
    holds: ({ run }, value) => (run.validation_accuracy ?? -1) >= value,
  },
  gap_below: {
    takes: "number",
    holds: ({ run }, value) => run.validation_accuracy !== null && run.accuracy - run.validation_accuracy < value,
  },
  loss_below: { takes: "number", holds: ({ run }, value) => run.loss < value },
  status: { takes: "status", holds: ({ run }, value) => String(value).split(",").includes(run.status) },
  layers_at_least: { takes: "number", holds: ({ run }, value) => run.setting.hidden.length >= value },
  units_at_most: {
    takes: "number",
    holds: ({ run }, value) => run.setting.hidden.reduce((sum, units) => sum + units, 0) <= value,
  },
  one_layer_of: {
    takes: "number",
    holds: ({ run }, value) => run.setting.hidden.length === 1 && run.setting.hidden[0] === value,
  },
  points_at_least: { takes: "number", holds: ({ points }, value) => points.train.y.length >= value },
  sampler: { takes: "sampler", holds: ({ run }, value) => run.setting.sampler === value && run.setting.drawn === null },
  loss_is: { takes: "loss", holds: ({ run }, value) => run.setting.loss === value },
  loss_is_not: { takes: "loss", holds: ({ run }, value) => run.setting.loss !== value },
  optimizer_is: { takes: "optimizer", holds: ({ run }, value) => run.setting.optimizer === value },
  epochs_at_most: { takes: "number", holds: ({ run }, value) => run.setting.epochs <= value },
  lr_above: { takes: "number", holds: ({ run }, value) => run.setting.lr > value },
  no_dead_units: { takes: "nothing", holds: (outcome) => deadUnits(outcome).length === 0 },
};

/** Whether a training fulfils all conditions. @param {Condition[]} conditions @param {Outcome} outcome */
export function fulfils(conditions, outcome) {
  return conditions.every(({ is, value }) => CONDITIONS[is]?.holds(outcome, value) ?? false);
}
