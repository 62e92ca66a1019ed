"""separatrix: the curve that divides two kinds of behaviour.

From two classes of points to a trained network to a picture of the border, and from one training to thousands.
What is named here is the public surface; it is imported when it is first used, so that `import separatrix` is
quick and costs nothing that isn't needed.
"""

from __future__ import annotations

from importlib import import_module

from separatrix.support import hooks

TYPE_CHECKING = False  # as type checkers know it; importing typing would take as long as all the rest of this file

if TYPE_CHECKING:
    from separatrix import pictures
    from separatrix.data.points import Points
    from separatrix.data.points_file import read_points
    from separatrix.data.samplers import checkerboard, circle, curve, gaussians, moons, rings, spirals, xor
    from separatrix.data.table import Table
    from separatrix.data.table_file import read_table
    from separatrix.errors import (
        DataFileError,
        EngineRefusal,
        ForkedProcess,
        InvalidData,
        InvalidNames,
        InvalidParameter,
        MissingPackage,
        ModelFileError,
        OutOfMemory,
        OutputError,
        SeparatrixError,
    )
    from separatrix.estimators.classifier import MLPBinaryClassifier
    from separatrix.estimators.distillation import distil
    from separatrix.estimators.encoding.encoder import TableEncoder, points_of_table
    from separatrix.estimators.ensemble import SeparatrixClassifier
    from separatrix.evaluation.inspection import (
        Counterfactuals,
        Dependence,
        Explanation,
        Importance,
        Section,
        dependence_of,
        importance_of,
        section_of,
    )
    from separatrix.evaluation.overview import Overview, overview_of
    from separatrix.evaluation.statistics.stopping import Until
    from separatrix.exports.html import to_html
    from separatrix.exports.javascript import to_javascript
    from separatrix.exports.onnx import to_onnx
    from separatrix.exports.python import to_python
    from separatrix.exports.script import plain_script
    from separatrix.exports.torch import to_torch
    from separatrix.files.saving import load, save
    from separatrix.networks.module_network import ModuleNetwork
    from separatrix.networks.network import Network
    from separatrix.networks.recipe import Recipe
    from separatrix.reports.model_diagnosis import diagnose_model
    from separatrix.studies.plan import Study
    from separatrix.studies.progress import StudyProgress
    from separatrix.studies.results import Results, read_study
    from separatrix.studies.running import run_study
    from separatrix.studies.sources import OwnPoints, Sampled
    from separatrix.training.loop import train
    from separatrix.training.many import Runs, train_many
    from separatrix.training.run import Checkpoint, EpochEnd, History, Run, Status
    from separatrix.web.doors import playground

__version__ = "0.2.0"

_HOME = {
    "data.points": ("Points",),
    "data.points_file": ("read_points",),
    "data.samplers": (
        "checkerboard",
        "circle",
        "curve",
        "gaussians",
        "moons",
        "rings",
        "spirals",
        "xor",
    ),
    "data.table": ("Table",),
    "data.table_file": ("read_table",),
    "errors": (
        "DataFileError",
        "EngineRefusal",
        "ForkedProcess",
        "InvalidData",
        "InvalidNames",
        "InvalidParameter",
        "MissingPackage",
        "ModelFileError",
        "OutOfMemory",
        "OutputError",
        "SeparatrixError",
    ),
    "estimators.classifier": ("MLPBinaryClassifier",),
    "estimators.distillation": ("distil",),
    "estimators.encoding.encoder": (
        "TableEncoder",
        "points_of_table",
    ),
    "estimators.ensemble": ("SeparatrixClassifier",),
    "evaluation.inspection": (
        "Counterfactuals",
        "Dependence",
        "Explanation",
        "Importance",
        "Section",
        "dependence_of",
        "importance_of",
        "section_of",
    ),
    "evaluation.overview": (
        "Overview",
        "overview_of",
    ),
    "evaluation.statistics.stopping": ("Until",),
    "exports.html": ("to_html",),
    "exports.javascript": ("to_javascript",),
    "exports.onnx": ("to_onnx",),
    "exports.python": ("to_python",),
    "exports.script": ("plain_script",),
    "exports.torch": ("to_torch",),
    "files.saving": (
        "load",
        "save",
    ),
    "networks.module_network": ("ModuleNetwork",),
    "networks.network": ("Network",),
    "networks.recipe": ("Recipe",),
    "pictures": ("pictures",),
    "reports.model_diagnosis": ("diagnose_model",),
    "web.doors": ("playground",),
    "studies.plan": ("Study",),
    "studies.progress": ("StudyProgress",),
    "studies.results": (
        "Results",
        "read_study",
    ),
    "studies.running": ("run_study",),
    "studies.sources": (
        "OwnPoints",
        "Sampled",
    ),
    "training.loop": ("train",),
    "training.many": (
        "Runs",
        "train_many",
    ),
    "training.run": (
        "EpochEnd",
        "Checkpoint",
        "History",
        "Run",
        "Status",
    ),
}
# the root knows all wings, so it alone may say where a lower wing's hook leads
hooks.register(
    {
        "Network.to_torch": "separatrix.networks.modules:module_of",
        "Network.from_torch": "separatrix.networks.modules:read_module",
        "Run.diagnose": "separatrix.training.diagnosis:diagnose",
        "Run.exact_accuracy": "separatrix.geometry.accuracy:exact_accuracy",
        "network_svg": "separatrix.pictures._network:network_svg",
    }
)

# each name once more by itself, for the lookup at its first use
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Checkpoint",
    "Counterfactuals",
    "DataFileError",
    "Dependence",
    "EngineRefusal",
    "ForkedProcess",
    "EpochEnd",
    "Explanation",
    "History",
    "Importance",
    "InvalidData",
    "InvalidNames",
    "InvalidParameter",
    "MLPBinaryClassifier",
    "MissingPackage",
    "ModelFileError",
    "ModuleNetwork",
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
    "distil",
    "diagnose_model",
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
    "to_html",
    "to_javascript",
    "to_onnx",
    "to_python",
    "to_torch",
    "train",
    "train_many",
    "xor",
]


# PEP 562: names are imported when they are first used, because importing all of them takes seconds
def __getattr__(name: str) -> object:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'separatrix' has no attribute {name!r}")
    home = import_module(f"separatrix.{module}")
    # a public name may be a module itself, as `pictures` is
    value = home if name == module else getattr(home, name)
    # the next access finds it without this function
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
