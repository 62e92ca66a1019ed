/**
 * The line search of L-BFGS: a step that satisfies the strong Wolfe conditions.
 *
 * With f the loss along a direction, a step t must lower it enough, f(t) <= f(0) + 1e-4 t f'(0), and end where it is flat
 * enough, |f'(t)| <= 0.9 |f'(0)|. An interval that holds such a step is bracketed, then narrowed by cubic interpolation
 * (Nocedal & Wright 2006, algorithms 3.5 and 3.6), with the bounds and safeguards of `torch.optim.LBFGS`.
 *
 * @module
 */

/**
 * One point on the line: the step, the loss and gradient there, and the gradient's product with the direction.
 *
 * @typedef {{t: number, loss: number, gradient: Float32Array, slope: number}} Trial
 */

const ENOUGH_DECREASE = 1e-4;
const ENOUGH_FLATTER = 0.9;
const SMALLEST_BRACKET = 1e-9;
const EDGE = 0.1; // share of the bracket next to its ends in which a second trial in a row is moved inwards

/**
 * @param {(t: number) => Trial} evaluate
 * @param {Trial} start the point at step 0, whose slope is negative
 * @param {number} firstStep
 * @param {number} length the direction's largest component, by which a bracket counts as small
 * @param {number} most trials after the first, at most
 * @returns {{trial: Trial, used: number}} the point that ends the search, and the number of evaluations
 */
export function strongWolfe(evaluate, start, firstStep, length, most) {
  let { low, high, trials, done } = bracket(evaluate, start, firstStep, most);
  let insufficient = false;
  while (!done && trials < most && Math.abs(high.t - low.t) * length >= SMALLEST_BRACKET) {
    /** @type {number} */
    let t;
    [t, insufficient] = inside(low, high, insufficient);
    const trial = evaluate(t);
    trials += 1;
    if (!decreases(trial, start) || trial.loss >= low.loss) {
      // too high: the minimum lies between `low` and this trial, which becomes the far end
      high = trial;
      if (high.loss < low.loss) [low, high] = [high, low];
    } else {
      done = Math.abs(trial.slope) <= -ENOUGH_FLATTER * start.slope;
      if (!done && trial.slope * (high.t - low.t) >= 0) high = low;
      low = trial;
    }
  }
  return { trial: low, used: trials + 1 };
}

/** Negated, as in PyTorch: a loss that is NaN counts as a decrease. @param {Trial} trial @param {Trial} start */
const decreases = (trial, start) => !(trial.loss > start.loss + ENOUGH_DECREASE * trial.t * start.slope);

/**
 * Two points with a step of the wanted kind between them, the lower first.
 *
 * @param {(t: number) => Trial} evaluate
 * @param {Trial} start
 * @param {number} firstStep
 * @param {number} most
 */
function bracket(evaluate, start, firstStep, most) {
  let previous = start;
  let trial = evaluate(firstStep);
  let trials = 0;
  let outOfTrials = true;
  while (trials < most) {
    // `trials > 1` is PyTorch's condition; the book compares with the previous trial one trial earlier
    if (!decreases(trial, start) || (trials > 1 && trial.loss >= previous.loss)) {
      outOfTrials = false;
      break;
    }
    if (Math.abs(trial.slope) <= -ENOUGH_FLATTER * start.slope) return { low: trial, high: trial, trials, done: true };
    if (trial.slope >= 0) {
      outOfTrials = false;
      break;
    }
    // PyTorch's bounds: onwards by a hundredth of the last stretch at least, and tenfold at most
    const next = cubicMinimum(previous, trial, trial.t + 0.01 * (trial.t - previous.t), trial.t * 10);
    previous = trial;
    trial = evaluate(next);
    trials += 1;
  }
  if (outOfTrials) previous = start;
  const [low, high] = previous.loss <= trial.loss ? [previous, trial] : [trial, previous];
  return { low, high, trials, done: false };
}

/**
 * The next step inside the bracket, and whether it is close to an end, where progress is insufficient.
 *
 * @param {Trial} low
 * @param {Trial} high
 * @param {boolean} insufficient
 * @returns {[number, boolean]}
 */
function inside(low, high, insufficient) {
  const left = Math.min(low.t, high.t);
  const right = Math.max(low.t, high.t);
  const t = low.t <= high.t ? cubicMinimum(low, high, left, right) : cubicMinimum(high, low, left, right);
  const edge = EDGE * (right - left);
  if (!(Math.min(right - t, t - left) < edge)) return [t, false];
  if (!(insufficient || t >= right || t <= left)) return [t, true];
  // twice in a row next to an end, or on it: a tenth of the bracket inwards, so that the bracket must shrink
  return [Math.abs(t - right) < Math.abs(t - left) ? right - edge : left + edge, false];
}

/**
 * The minimum of the cubic with the losses and slopes of two points (Nocedal & Wright 2006, eq. 3.59), kept within bounds;
 * their middle without one.
 *
 * @param {Trial} one
 * @param {Trial} other
 * @param {number} least
 * @param {number} most
 */
function cubicMinimum(one, other, least, most) {
  const [a, b] = one.t <= other.t ? [one, other] : [other, one];
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const d2 = Math.sqrt(square);
  const t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
  return Math.min(Math.max(t, least), most);
}
