"""The ways into the playground: a server on this machine, one file, and a notebook's cell."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from separatrix.errors import MissingPackage

if TYPE_CHECKING:
    from separatrix.data.points import Points
    from separatrix.networks.network import Network
    from separatrix.networks.recipe import Recipe
    from separatrix.web._widget import Playground


def playground(
    points: Points | None = None, network: Network | None = None, recipe: Recipe | None = None, *, height: int = 860
) -> Playground:
    """The playground in a notebook's cell: what is drawn and trained there is in Python, and back.

    Args:
        points: to begin with, in the plane; None is what the page begins with, the tutorial's.
        network: to begin with, of two inputs.
        recipe: to begin with.
        height: of the cell, in pixels.

    Returns:
        A widget with `points`, `network` and `recipe`, which can be read and set, and `run`, the last training that the page
        has finished.

    Raises:
        MissingPackage: anywidget isn't installed.
        InvalidData: points that the page can't draw.
        InvalidParameter: a network or a recipe that the page can't train.

    Examples:
        >>> import separatrix as sx
        >>> widget = sx.playground(sx.moons(n=50, seed=1), sx.Network.parse("2-8-1"))
        >>> len(widget.points), widget.network.widths
        (50, (2, 8, 1))
    """
    # looked for and not caught on import, which would also hide an error inside the widget
    if find_spec("anywidget") is None:
        raise MissingPackage("the widget needs anywidget: pip install 'separatrix[playground]'.")
    from separatrix.web._widget import Playground

    return Playground(points, network, recipe, height=height)


def save_page(path: str | Path, *, force: bool = False) -> Path:
    """Write the playground as one HTML file, which works from the disk and from any host.

    Raises:
        OutputError: the file exists and `force` isn't given, or it can't be written.
    """
    from separatrix.support.atomic import write_atomically
    from separatrix.web._build import single_file

    return write_atomically(path, single_file(), force=force)
