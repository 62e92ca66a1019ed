"""scikit-learn's estimators over the core, and the encoding of their columns.

classifier      `MLPBinaryClassifier`: one network and one recipe
ensemble        `SeparatrixClassifier`: cross-fitted and blended base models
distillation    `distil`: a small network that learns a teacher's probabilities
base_models     `BASE_MODELS`: a registry entry for each base model of the ensemble
encoding        `TableEncoder` and the fitted `Encoding` of a table
roles           columns of labels, weights, groups and times, and those that are left out
row_costs       costs of errors that differ by row, and the decisions by them
portable        `Portable`: all that prediction needs, as plain records; `as_portable`
settings        rules of the parameters of `MLPBinaryClassifier`
"""

__all__ = [
    "base_models",
    "classifier",
    "distillation",
    "encoding",
    "ensemble",
    "portable",
    "roles",
    "row_costs",
    "settings",
]
