"""How good a classifier is, how certain that is, and why it decides as it does.

scores             `scored`, and curves, calibration and confusion of scored rows
thresholds         `METRICS` of decisions, `best_threshold`, `decision_threshold`
costs              decisions by costs: the cheapest threshold, cost and net-benefit curves, rows left undecided
conformal          label sets and intervals of probabilities, from scores of rows that weren't trained on
cross_validation   `judged`: measures with intervals; `Evaluation` beside baselines, `verdict`
decision_measures  precision, recall, F1 and calibration with intervals, for all rows and for groups of rows
shift              how a table differs from the profile of the training table
overview           what a table holds, column by column
inspection         permutation importance, partial dependence, sections over two columns
statistics         shares, pairs, survival, growth and variance of many trainings
"""

__all__ = [
    "conformal",
    "costs",
    "cross_validation",
    "decision_measures",
    "inspection",
    "overview",
    "scores",
    "shift",
    "statistics",
    "thresholds",
]
