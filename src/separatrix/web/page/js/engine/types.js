/**
 * The records that the engine takes and gives. Nothing runs here: the other files import these types.
 *
 * Names are those of the Python package (`Recipe`, `Network`, `Run`, `History`), so that a setting means the same
 * everywhere; rows held out are its validation rows. Every record is plain data: it goes through `postMessage`, and a setting through JSON.
 *
 * What the rest of the page calls:
 *
 *     import { createTrainer } from "./engine/trainer.js";      // one training, newest wins, frames while it trains
 *     import { createPool } from "./engine/pool.js";            // many trainings on all cores
 *     import { createEvaluator } from "./engine/evaluator.js";  // a network's answers at given parameters, at once
 *     import { drawPoints } from "./engine/points.js";          // the points of a setting
 *     import { initialParameters, layout } from "./engine/network.js";
 *     import { oneStep } from "./engine/one_step.js";           // one step in numbers
 *     import { DEFAULTS, refusalOf } from "./engine/settings.js";
 *
 *     const trainer = createTrainer();
 *     const run = await trainer.train(setting, { onFrame: (frame) => draw(frame), view });  // null if a newer one came
 *     trainer.pause(); trainer.step(1); trainer.resume(); trainer.pace(100); trainer.pace(null); trainer.cancel();
 *
 *     const pool = createPool();
 *     await pool.run(seeds.map((seed) => ({ ...setting, seed })), { onRun: (k, run) => fill(k, run) });  // or pool.cancel()
 *
 *     const evaluator = await createEvaluator(setting);         // depends on features, hidden, activations and loss alone
 *     evaluator.logits(parameters, view);                       // Float32Array (nodes²), rows from below
 *     evaluator.units(parameters, view);                        // for each layer Float32Array (units · nodes²)
 *     evaluator.at(parameters, rows);                           // logits at given points (k, 2)
 *
 * @module
 */

/**
 * What is trained, on what and how: the page's whole description of one training. The defaults are in settings.js.
 *
 * @typedef {object} Setting
 * @property {string} sampler name of what draws the points
 * @property {number} n how many points it draws
 * @property {number} noise standard deviation of each point's shift
 * @property {number | null} balance share of class 1, or null for what the shape gives
 * @property {number} seed draws points, initial weights, batches and the validation share; below 2^53
 * @property {number} train_share share of the points that is trained on; the rest is held out. With 1 and a sampler,
 *     1,000 fresh points of it are held out
 * @property {[number, number, number][] | null} drawn points of one's own (x1, x2, label) instead of the sampler's
 * @property {string[]} features what the network is given, names of features.js: "x1", "x2", "x1^2", "x2^2", "x1*x2",
 *     "sin(x1)", "sin(x2)"
 * @property {number[]} hidden units of every hidden layer
 * @property {string[]} activations one for every hidden layer
 * @property {string} init how the first weights are drawn
 * @property {string} loss by name; "cross_entropy" takes two outputs
 * @property {number} focal_gamma exponent of the focal loss
 * @property {string} optimizer by name
 * @property {number} lr learning rate
 * @property {string} schedule by name
 * @property {number | null} step_size for "step": epochs between two falls; null is a third of the epochs
 * @property {number} step_gamma for "step": the factor of each fall
 * @property {number} momentum of SGD and RMSprop; ignored by the others
 * @property {boolean} nesterov Nesterov's form of SGD's momentum
 * @property {[number, number]} betas of Adam and AdamW
 * @property {number | null} eps of Adam, AdamW, RMSprop and Adagrad; null is the optimiser's default
 * @property {number} alpha of RMSprop
 * @property {number} weight_decay of AdamW alone
 * @property {number} l1 adds l1 · Σ|w| over the weights to the loss
 * @property {number} l2 adds l2 / 2 · Σ w² over the weights to the loss
 * @property {number | null} batch_size rows a step, or null for all rows; ignored by L-BFGS
 * @property {number} epochs passes over the points
 * @property {number | null} patience logged epochs without a better validation loss before the training stops, or null
 * @property {number} min_delta by how much the validation loss must fall to count as better
 * @property {number | null} solved_below stop when every row is right and the loss is below this, or null
 * @property {number[] | null} start parameters to begin with (edited, or those of a moment of the timeline), or null
 * @property {number} begun epochs that `start` has behind it
 */

/**
 * Rows of one set of points.
 *
 * @typedef {object} Rows
 * @property {Float32Array} x coordinates, (n, 2) row by row
 * @property {Uint8Array} y labels 0 or 1, (n,)
 */

/**
 * The points of a setting: those trained on and those held out (null if there are none).
 *
 * @typedef {object} Points
 * @property {Rows} train
 * @property {Rows | null} validation
 */

/**
 * One layer's place in the flat parameter vector: weights (fan_out, fan_in) row by row, then biases (fan_out,).
 *
 * @typedef {object} Layer
 * @property {string} name "fc1", "fc2", …
 * @property {number} fan_in
 * @property {number} fan_out
 * @property {number} weight index of its first weight
 * @property {number} bias index of its first bias
 */

/**
 * What was measured, a row a logged epoch: columns of equal length, as `separatrix.history.History`.
 *
 * @typedef {object} History
 * @property {number[]} epoch the epoch's number, from 1
 * @property {number[]} loss training loss with penalties before the epoch's step
 * @property {number[]} accuracy training accuracy at the same moment, in [0, 1]
 * @property {number[]} validation_loss loss of the validation rows after the epoch; NaN without any
 * @property {number[]} validation_accuracy likewise their accuracy
 * @property {number[]} lr the epoch's learning rate
 * @property {number[]} gradient_norm Euclidean norm of the epoch's last gradient
 * @property {number[]} seconds since the start of the training
 */

/**
 * How a training ended, as `separatrix.run.Status`: every row right or nothing left to gain (converged); all epochs done
 * and the loss flat (stuck); cut short while still learning (stopped); NaN or infinity (diverged).
 *
 * @typedef {"converged" | "stuck" | "stopped" | "diverged"} Status
 */

/**
 * The part of the plane that is looked at, and on how many points: the middles of nodes × nodes cells, rows from below.
 *
 * @typedef {object} View
 * @property {[number, number]} low x1 and x2 of the lower left corner
 * @property {[number, number]} high x1 and x2 of the upper right corner
 * @property {number} nodes points along an axis
 * @property {number} [unit_nodes] points along an axis of each unit's small picture; none if left out
 */

/**
 * A moment of a training, shown while it goes on.
 *
 * @typedef {object} Frame
 * @property {number} epoch epochs completed
 * @property {number} epochs epochs asked for
 * @property {Float32Array} parameters at this moment, (p,)
 * @property {number} loss training loss, penalties included, at these parameters
 * @property {number} accuracy share of training rows on the right side, in [0, 1]
 * @property {number | null} validation_accuracy the same of the validation rows, or null
 * @property {History} log rows logged since the last frame
 * @property {number} seconds spent on training so far
 * @property {Float32Array | null} logits logit of class 1 over the view, (nodes²); null without a view
 * @property {Float32Array[] | null} units of each layer, inputs first, its units' answers over the view,
 *     (units · unit_nodes²), the output as a logit; null unless the view asks for them
 * @property {boolean} paused whether the training waits to be told to go on
 */

/**
 * What came out of one training, as `separatrix.run.Run`.
 *
 * @typedef {object} Run
 * @property {Setting} setting what was asked for
 * @property {number[]} widths of the network
 * @property {Float32Array} parameters at the end, (p,); with patience, the best seen; if diverged, the last finite ones
 * @property {Float32Array} initial before the first epoch, (p,)
 * @property {History} log
 * @property {Status} status
 * @property {number} epochs completed
 * @property {number} loss training loss of `parameters`, penalties included
 * @property {number} accuracy
 * @property {number | null} validation_accuracy
 * @property {number} seconds
 * @property {Snapshot[]} snapshots moments of the timeline in order, epoch 0 first, at most 96 and the end
 */

/**
 * The parameters after an epoch.
 *
 * @typedef {object} Snapshot
 * @property {number} epoch
 * @property {Float32Array} parameters (p,)
 */

/**
 * Why a setting can't be trained: a code and its numbers, which the page puts into words of its language (`refusal.<code>`).
 *
 * @typedef {object} Refusal
 * @property {"one_class" | "out_of_range" | "unknown_name" | "wrong_length" | "too_large" | "no_webassembly"
 *     | "not_balanced" | "needs_validation" | "no_points" | "broken"} code
 * @property {string} [name] the setting's name
 * @property {string | number} [value] what came
 * @property {string | number} [expected] what was expected
 */

/**
 * What `trainer.train` and `pool.run` are told besides the setting.
 *
 * @typedef {object} TrainOptions
 * @property {(frame: Frame) => void} [onFrame] called while training goes on: the first time after some 8 ms, then as
 *     often as the page keeps up with, every 100 ms at the latest, and for the last time at the end
 * @property {View} [view] what the frames show
 * @property {number | null} [pace] epochs a second to watch it learn, or null for as fast as it goes
 * @property {boolean} [paused] begin paused, before the first step
 */

/**
 * @typedef {object} Trainer
 * @property {(setting: Setting, options?: TrainOptions) => Promise<Run | null>} train train this instead of what is under
 *     way; null if a newer request or `cancel` came before the end; rejects with a `TrainingRefused` (its `refusal`)
 * @property {() => void} cancel
 * @property {() => void} pause
 * @property {() => void} resume
 * @property {(epochs: number) => void} step do so many epochs, then pause
 * @property {(epochsPerSecond: number | null) => void} pace
 * @property {(view: View) => void} look the frames show this from now on, and one is sent at once
 * @property {() => void} dispose end the worker
 */

/**
 * @typedef {object} Pool
 * @property {(settings: Setting[], options: {onRun: (index: number, run: Run | Refusal) => void, view?: View}) =>
 *     Promise<boolean>} run train all; true when all are done, false if cancelled. A newer call cancels the older one
 * @property {() => void} cancel
 * @property {() => void} dispose
 */

/**
 * A network's answers, computed on the spot. Arrays are copies.
 *
 * @typedef {object} Evaluator
 * @property {(parameters: ArrayLike<number>, view: View) => Float32Array} logits (nodes²), rows from below
 * @property {(parameters: ArrayLike<number>, view: View) => Float32Array[]} units as `Frame.units`, on `unit_nodes`
 *     points along an axis
 * @property {(parameters: ArrayLike<number>, x: ArrayLike<number>) => Float32Array} at logits of points (k, 2)
 * @property {(parameters: ArrayLike<number>, x: ArrayLike<number>) => Float32Array[]} trace of each layer, inputs first,
 *     every unit's answer at points (k, 2), unit after unit: (units · k); the last is the outputs z
 * @property {() => void} dispose let another evaluator have its memory; this one must not be used any more
 */

/**
 * One layer of one step of gradient descent, float64, as `separatrix.one_step.LayerStep`: B rows.
 *
 * @typedef {object} LayerStep
 * @property {string} name "fc1", …
 * @property {string} activation its name; "sigmoid" or "softmax" for the last
 * @property {number[][]} inputs (B, fan_in)
 * @property {number[][]} weight (fan_out, fan_in)
 * @property {number[]} bias (fan_out,)
 * @property {number[][]} z (B, fan_out)
 * @property {number[][]} a (B, fan_out)
 * @property {number[][]} delta d loss / d z, (B, fan_out)
 * @property {number[][]} weight_gradient (fan_out, fan_in)
 * @property {number[]} bias_gradient (fan_out,)
 * @property {number[][]} new_weight weight - lr · weight_gradient
 * @property {number[]} new_bias bias - lr · bias_gradient
 */

/**
 * One step in numbers: `await oneStep(setting, parameters, rows)`.
 *
 * @typedef {object} OneStep
 * @property {number} lr
 * @property {LayerStep[]} layers
 * @property {number[]} row_loss loss of each row
 * @property {number} loss their mean, penalties included
 * @property {number} loss_after the same with the new weights
 * @property {number[]} gradient (p,)
 * @property {number[]} parameters_after (p,)
 */

/**
 * From the page to a worker. `id` grows with every training; a worker drops what it is doing for a larger one.
 *
 * @typedef {{type: "train", id: number, setting: Setting, options: {view?: View, pace: number | null, paused: boolean,
 *     frames: boolean}}
 *     | {type: "cancel"} | {type: "pause"} | {type: "resume"} | {type: "step", epochs: number}
 *     | {type: "pace", pace: number | null} | {type: "look", view: View} | {type: "shown", id: number}} ToWorker
 */

/**
 * From a worker to the page.
 *
 * @typedef {{type: "frame", id: number, frame: Frame} | {type: "run", id: number, run: Run}
 *     | {type: "refusal", id: number, refusal: Refusal}} FromWorker
 */

/** One instruction: [operation, ...operands]; operands are numbers of values, or the number itself. @typedef {(string | number)[]} Instruction */

/**
 * A formula as straight-line code: instruction k gives value k. Operands are numbers of earlier instructions. `inputs`
 * are the first values; `outputs` the numbers of those that are the results. Produced by `_build.py` by tracing what the
 * compiled engine compiles.
 *
 * @typedef {object} Program
 * @property {string[]} inputs names of the first values
 * @property {Instruction[]} code ["input", k], ["constant", number] or an operation on values before it
 * @property {number[]} outputs
 */

/**
 * The registries, as `_build.py` hands them over (data/formulas.js).
 *
 * @typedef {object} Formulas
 * @property {Record<string, {formula: string, about: string, piecewise_linear: boolean, value: Program, slope: Program}>}
 *     activations value: z; slope: z, a, d -> d · f'(z)
 * @property {Record<string, {formula: string, about: string, outputs: number, value: Program, slope: Program}>} losses
 *     of z, y, gamma
 * @property {Record<string, {about: string, lr: number, eps: number, reads: string[], memory: string[], rule: Program | null}>}
 *     optimizers rule: p, g, memory …, numbers … -> memory …, p
 * @property {string[]} of_step numbers that a rule reads of every step, in their order
 * @property {string[]} of_recipe numbers that a rule reads of the recipe, in their order
 * @property {Record<string, {about: string}>} schedules
 * @property {Record<string, {about: string}>} initialisations
 * @property {Record<string, {about: string, noise: number}>} samplers with the sampler's own default noise
 */

export {};
