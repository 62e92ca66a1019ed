"""What a classifier of tables does with its columns: importance, dependence, and sections over two of them.

Each record comes from predictions alone, made in a few large batches of changed copies of the rows; nothing is trained,
and nothing is known of the classifier but its `predict_proba`.
"""

from separatrix.evaluation.inspection._asking import Axis, axis_of, typical_row
from separatrix.evaluation.inspection._dependence import Dependence, dependence_of
from separatrix.evaluation.inspection._importance import Importance, importance_of
from separatrix.evaluation.inspection._sections import Section, section_of

__all__ = [
    "Axis",
    "Dependence",
    "Importance",
    "Section",
    "axis_of",
    "dependence_of",
    "importance_of",
    "section_of",
    "typical_row",
]
