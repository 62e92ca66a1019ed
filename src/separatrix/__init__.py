"""separatrix: the curve that divides two kinds of behaviour.

From two classes of points to a trained network to a picture of the border, and from one training to thousands.
What is named here is the public surface; it is imported when it is first used, so that `import separatrix` is
quick and costs nothing that isn't needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from separatrix import pictures
    from separatrix.classifier import MLPBinaryClassifier
    from separatrix.encoder import TableEncoder
    from separatrix.ensemble import SeparatrixClassifier
    from separatrix.errors import (
        DataFileError,
        EngineRefusal,
        InvalidData,
        InvalidParameter,
        ModelFileError,
        OutOfMemory,
        OutputError,
        SeparatrixError,
    )
    from separatrix.explanations import Dependence, Importance, Section, dependence_of, importance_of, section_of
    from separatrix.exports import to_onnx, to_python, to_torch
    from separatrix.fleet import Runs, train_many
    from separatrix.history import History
    from separatrix.modules import ModuleNetwork
    from separatrix.network import Network
    from separatrix.overview import Overview, overview_of
    from separatrix.playground import playground
    from separatrix.points import Points
    from separatrix.points_file import read_points
    from separatrix.recipe import Recipe
    from separatrix.run import Checkpoint, Run, Status
    from separatrix.script import plain_script
    from separatrix.shapes import checkerboard, circle, curve, gaussians, moons, rings, spirals, xor
    from separatrix.statistics.stopping import Until
    from separatrix.storage import load, save
    from separatrix.study.carrying import run_study
    from separatrix.study.plan import Study
    from separatrix.study.progress import StudyProgress
    from separatrix.study.results import Results, read_study
    from separatrix.study.sources import OwnPoints, Sampled
    from separatrix.table import Table
    from separatrix.table_file import read_table
    from separatrix.table_points import points_of_table
    from separatrix.training import Moment, train

__version__ = "0.1.0"

_HOME = {
    "pictures": ("pictures",),
    "classifier": ("MLPBinaryClassifier",),
    "encoder": ("TableEncoder",),
    "ensemble": ("SeparatrixClassifier",),
    "errors": (
        "DataFileError",
        "EngineRefusal",
        "InvalidData",
        "InvalidParameter",
        "ModelFileError",
        "OutOfMemory",
        "OutputError",
        "SeparatrixError",
    ),
    "explanations": ("Dependence", "Importance", "Section", "dependence_of", "importance_of", "section_of"),
    "exports": ("to_onnx", "to_python", "to_torch"),
    "fleet": ("Runs", "train_many"),
    "history": ("History",),
    "modules": ("ModuleNetwork",),
    "network": ("Network",),
    "overview": ("Overview", "overview_of"),
    "playground": ("playground",),
    "points": ("Points",),
    "points_file": ("read_points",),
    "recipe": ("Recipe",),
    "run": ("Checkpoint", "Run", "Status"),
    "script": ("plain_script",),
    "shapes": ("checkerboard", "circle", "curve", "gaussians", "moons", "rings", "spirals", "xor"),
    "statistics.stopping": ("Until",),
    "storage": ("load", "save"),
    "study.carrying": ("run_study",),
    "study.plan": ("Study",),
    "study.progress": ("StudyProgress",),
    "study.results": ("Results", "read_study"),
    "study.sources": ("OwnPoints", "Sampled"),
    "table": ("Table",),
    "table_file": ("read_table",),
    "table_points": ("points_of_table",),
    "training": ("Moment", "train"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Checkpoint",
    "DataFileError",
    "Dependence",
    "EngineRefusal",
    "History",
    "Importance",
    "InvalidData",
    "InvalidParameter",
    "MLPBinaryClassifier",
    "ModelFileError",
    "ModuleNetwork",
    "Moment",
    "Network",
    "OutOfMemory",
    "OutputError",
    "Overview",
    "OwnPoints",
    "Points",
    "Recipe",
    "Results",
    "Run",
    "Runs",
    "Sampled",
    "Section",
    "SeparatrixClassifier",
    "SeparatrixError",
    "Status",
    "Study",
    "StudyProgress",
    "Table",
    "TableEncoder",
    "Until",
    "__version__",
    "checkerboard",
    "circle",
    "curve",
    "dependence_of",
    "gaussians",
    "importance_of",
    "load",
    "moons",
    "overview_of",
    "pictures",
    "plain_script",
    "playground",
    "points_of_table",
    "read_points",
    "read_study",
    "read_table",
    "rings",
    "run_study",
    "save",
    "section_of",
    "spirals",
    "to_onnx",
    "to_python",
    "to_torch",
    "train",
    "train_many",
    "xor",
]


def __getattr__(name: str) -> Any:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'separatrix' has no attribute {name!r}")
    home = import_module(f"separatrix.{module}")
    value = home if name == module else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
