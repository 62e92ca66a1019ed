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
    from separatrix.pictures._animation import animation
    from separatrix.pictures._boundary import boundary
    from separatrix.pictures._colormaps import colormaps
    from separatrix.pictures._curves import curves
    from separatrix.pictures._exact_map import exact_map
    from separatrix.pictures._explanations import dependence, importance
    from separatrix.pictures._fans import fans
    from separatrix.pictures._fold import fold
    from separatrix.pictures._loss_surface import loss_surface
    from separatrix.pictures._network import network
    from separatrix.pictures._neurons import neurons
    from separatrix.pictures._points import points
    from separatrix.pictures._scores import calibration, confusion, precision_recall, roc, thresholds
    from separatrix.pictures._section import section
    from separatrix.pictures._shares import share_map, shares
    from separatrix.pictures._solved_by import measures, solved_by
    from separatrix.pictures._style import show
    from separatrix.pictures._wall import wall

_HOME = {
    "animation": "_animation",
    "boundary": "_boundary",
    "calibration": "_scores",
    "colormaps": "_colormaps",
    "confusion": "_scores",
    "curves": "_curves",
    "dependence": "_explanations",
    "exact_map": "_exact_map",
    "fans": "_fans",
    "fold": "_fold",
    "importance": "_explanations",
    "loss_surface": "_loss_surface",
    "measures": "_solved_by",
    "network": "_network",
    "neurons": "_neurons",
    "points": "_points",
    "precision_recall": "_scores",
    "roc": "_scores",
    "section": "_section",
    "share_map": "_shares",
    "shares": "_shares",
    "show": "_style",
    "solved_by": "_solved_by",
    "thresholds": "_scores",
    "wall": "_wall",
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
