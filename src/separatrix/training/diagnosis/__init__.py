"""What is wrong with a training, found from measurements of it, with advice that was tried on short trainings.

`diagnose` collects symptoms, each from evidence: the history (`_history`), the layers on the rows (`_layers`), what a
module puts out (`_outputs`), the points (`_points`) and rows left out (`_generalisation`). Every change that might help is
then trained on other seeds (`_trials`), and the findings are those whose change did help, in the order of cause.
"""

from separatrix.training.diagnosis._diagnose import diagnose
from separatrix.training.diagnosis._points import columns_of_unlike_size

__all__ = ["columns_of_unlike_size", "diagnose"]
