"""What a classifier of tables does with its columns: importance, dependence, sections, reasons, and what would turn a decision.

Each record comes from predictions alone, made in large batches of changed copies of the rows; nothing is trained. Of the
classifier nothing is known but its `predict_proba`, or for single rows how its logit changes with a column.
"""

from separatrix.evaluation.inspection._asking import Axis, axis_of, typical_row
from separatrix.evaluation.inspection._counterfactual import (
    Change,
    ChangedRows,
    Counterfactuals,
    smallest_changes,
)
from separatrix.evaluation.inspection._dependence import Dependence, dependence_of
from separatrix.evaluation.inspection._explanation import Explanation, cell_texts
from separatrix.evaluation.inspection._importance import Importance, importance_of
from separatrix.evaluation.inspection._sections import Section, section_of
from separatrix.evaluation.inspection._shapley import Summand, exact_values, sampled_values

__all__ = [
    "Axis",
    "Change",
    "ChangedRows",
    "Counterfactuals",
    "Dependence",
    "Explanation",
    "Importance",
    "Section",
    "Summand",
    "axis_of",
    "cell_texts",
    "dependence_of",
    "exact_values",
    "importance_of",
    "sampled_values",
    "section_of",
    "smallest_changes",
    "typical_row",
]
