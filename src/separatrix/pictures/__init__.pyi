# Written by python -m tools.picture_stub.

from separatrix.pictures._animation import animation as animation
from separatrix.pictures._boundary import boundary as boundary
from separatrix.pictures._colormaps import colormaps as colormaps
from separatrix.pictures._cost_curves import costs as costs
from separatrix.pictures._cost_curves import net_benefit as net_benefit
from separatrix.pictures._curves import curves as curves
from separatrix.pictures._exact_borders import EpochBand as EpochBand
from separatrix.pictures._exact_borders import border_wall as border_wall
from separatrix.pictures._exact_borders import inside as inside
from separatrix.pictures._exact_borders import over_epochs as over_epochs
from separatrix.pictures._exact_map import exact_map as exact_map
from separatrix.pictures._explanations import dependence as dependence
from separatrix.pictures._explanations import importance as importance
from separatrix.pictures._fans import fans as fans
from separatrix.pictures._fold import fold as fold
from separatrix.pictures._loss_surface import loss_surface as loss_surface
from separatrix.pictures._network import network as network
from separatrix.pictures._neurons import neurons as neurons
from separatrix.pictures._points import points as points
from separatrix.pictures._reasons import beeswarm as beeswarm
from separatrix.pictures._reasons import waterfall as waterfall
from separatrix.pictures._scores import calibration as calibration
from separatrix.pictures._scores import confusion as confusion
from separatrix.pictures._scores import precision_recall as precision_recall
from separatrix.pictures._scores import roc as roc
from separatrix.pictures._scores import thresholds as thresholds
from separatrix.pictures._section import section as section
from separatrix.pictures._shares import share_map as share_map
from separatrix.pictures._shares import shares as shares
from separatrix.pictures._solved_by import measures as measures
from separatrix.pictures._solved_by import solved_by as solved_by
from separatrix.pictures._wall import wall as wall
from separatrix.pictures.style import show as show

__all__ = [
    "EpochBand",
    "animation",
    "beeswarm",
    "border_wall",
    "boundary",
    "calibration",
    "colormaps",
    "confusion",
    "costs",
    "curves",
    "dependence",
    "exact_map",
    "fans",
    "fold",
    "importance",
    "inside",
    "loss_surface",
    "measures",
    "net_benefit",
    "network",
    "neurons",
    "over_epochs",
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
    "waterfall",
]
