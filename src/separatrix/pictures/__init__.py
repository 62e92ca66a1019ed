"""Pictures: each draws a record of numbers on Matplotlib axes and returns the figure. None of them trains.

Every picture takes `palette="coolwarm"` (the tutorial's) or `"safe"` (blue and orange, for every kind of colour vision)
and `theme="light"` or `"dark"`. Figures are made without pyplot: they show in a notebook, are saved by
`figure.savefig`, and leave no global state behind; `show` opens windows.

No file has the name of its picture: importing it would put the module in the function's place.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from separatrix.pictures.border import boundary
    from separatrix.pictures.borders import wall
    from separatrix.pictures.cutoffs import thresholds
    from separatrix.pictures.diagram import network
    from separatrix.pictures.effects import dependence
    from separatrix.pictures.fan_lines import fans
    from separatrix.pictures.folds import fold
    from separatrix.pictures.gallery import colormaps
    from separatrix.pictures.landscape import loss_surface
    from separatrix.pictures.measure_lines import measures
    from separatrix.pictures.movie import animation
    from separatrix.pictures.planes import section
    from separatrix.pictures.polygons import exact_map
    from separatrix.pictures.ranking import importance
    from separatrix.pictures.receiver import roc
    from separatrix.pictures.reliability import calibration
    from separatrix.pictures.responses import neurons
    from separatrix.pictures.retrieval import precision_recall
    from separatrix.pictures.scatter import points
    from separatrix.pictures.share_grid import share_map
    from separatrix.pictures.share_lines import shares
    from separatrix.pictures.solving import solved_by
    from separatrix.pictures.style import show
    from separatrix.pictures.traces import curves
    from separatrix.pictures.verdicts import confusion

_HOME = {
    "animation": "movie",
    "boundary": "border",
    "calibration": "reliability",
    "colormaps": "gallery",
    "confusion": "verdicts",
    "curves": "traces",
    "dependence": "effects",
    "exact_map": "polygons",
    "fans": "fan_lines",
    "fold": "folds",
    "importance": "ranking",
    "loss_surface": "landscape",
    "measures": "measure_lines",
    "network": "diagram",
    "neurons": "responses",
    "points": "scatter",
    "precision_recall": "retrieval",
    "roc": "receiver",
    "section": "planes",
    "share_map": "share_grid",
    "shares": "share_lines",
    "show": "style",
    "solved_by": "solving",
    "thresholds": "cutoffs",
    "wall": "borders",
}

__all__ = [
    "animation",
    "boundary",
    "calibration",
    "colormaps",
    "confusion",
    "curves",
    "dependence",
    "exact_map",
    "fans",
    "fold",
    "importance",
    "loss_surface",
    "measures",
    "network",
    "neurons",
    "points",
    "precision_recall",
    "roc",
    "section",
    "share_map",
    "shares",
    "show",
    "solved_by",
    "thresholds",
    "wall",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'separatrix.pictures' has no attribute {name!r}")
    picture = getattr(import_module(f"separatrix.pictures.{_HOME[name]}"), name)
    globals()[name] = picture
    return picture
