"""The lesson's training, kept in the cache: a first page shows it before anything is imported that trains.

It is trained anew in the background, while the first visitor looks at it, and then replaces what was kept.
"""

from __future__ import annotations

import hashlib
import json
import platform
from pathlib import Path

import numpy as np

from separatrix.data.points import Points
from separatrix.errors import SeparatrixError
from separatrix.files.container import pack, read_bytes, unpack
from separatrix.files.run_file import from_data, to_data
from separatrix.playground.scene import Scene, compute_scene, window_of
from separatrix.playground.sketch import FRESH, Sketch, draws, held_seed
from separatrix.support.atomic import write_atomically
from separatrix.support.machine import cache_folder, versions


class First:
    """The scene of a page that nobody has touched, once it is known."""

    def __init__(self) -> None:
        self.scene = read()

    def train(self) -> None:
        """Train it, show it from now on, and keep it for the next server if it is another than was kept."""
        before, self.scene = self.scene, compute_scene(Sketch())
        if before is None or not np.array_equal(before.run.parameters, self.scene.run.parameters):
            keep(self.scene)


def read() -> Scene | None:
    """What was kept by the same versions; None if there is nothing, or nothing that can be used."""
    sketch = Sketch()
    try:
        arrays, data = unpack(read_bytes(_place()))
        parts = {name: arrays.pop(name) for name in ("points.x", "points.y", "held.x", "held.y")}
        run = from_data(arrays, data)
    except (SeparatrixError, OSError, KeyError):  # made anew, and written again
        return None
    points = Points(parts["points.x"], parts["points.y"], sketch.sampler, sketch.seed)
    held = Points(parts["held.x"], parts["held.y"], sketch.sampler, held_seed(sketch.seed))
    draws.remember((sketch.sampler, sketch.n, sketch.noise, sketch.seed), points)
    draws.remember((sketch.sampler, FRESH, sketch.noise, held_seed(sketch.seed)), held)
    if run.network != sketch.network or run.recipe != sketch.recipe:
        return None
    return Scene(sketch, run, window_of(sketch), points, held)


def keep(scene: Scene) -> None:
    """Write it into the cache; where that can't be written, the next server trains first."""
    if scene.held is None:
        return
    arrays, data = to_data(scene.run)
    sets = {"points": scene.points, "held": scene.held}
    for name, points in sets.items():
        arrays |= {f"{name}.x": points.x, f"{name}.y": points.y.astype(bool)}
    place = _place()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(place, pack(arrays, data), force=True)
    except OSError:
        return


def _place() -> Path:
    told = json.dumps([versions("torch"), versions("fused"), platform.machine()])
    return cache_folder() / f"playground-{hashlib.sha256(told.encode()).hexdigest()[:16]}.safetensors"
