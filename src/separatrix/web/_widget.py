"""The page as a widget in a notebook's cell, by anywidget: what is set there is set here, and back."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from separatrix.data.points import Points
from separatrix.files.container import unpack
from separatrix.files.run_file import from_data
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.training.run import Run
from separatrix.web._build import single_file
from separatrix.web._setting import network_of, points_of, recipe_of, setting_of


class Playground(anywidget.AnyWidget):
    """The playground in a cell. Each of its properties can be read and set; the page follows, and they follow the page.

    Attributes:
        height: of the cell, in pixels.
        setting: all that the page trains, as plain data; the properties below are views of it.
        model_bytes: the model file of the last finished training; `run` reads it.
    """

    height = traitlets.Int(860).tag(sync=True)
    setting = traitlets.Dict().tag(sync=True)
    model_bytes = traitlets.Bytes().tag(sync=True, from_json=lambda value, widget: bytes(value))  # a view came

    def __init__(self, points: Points | None, network: Network | None, recipe: Recipe | None, **traits: Any) -> None:
        super().__init__(setting=setting_of(points, network, recipe), **traits)

    @property
    def points(self) -> Points:
        """What the page trains on, the share that it holds out included."""
        return points_of(self.setting)

    @points.setter
    def points(self, points: Points) -> None:
        # a new dictionary: traitlets notices an assignment, and no change inside of one
        self.setting = self.setting | setting_of(points, None, None)

    @property
    def network(self) -> Network:
        """What the page trains."""
        return network_of(self.setting)

    @network.setter
    def network(self, network: Network) -> None:
        self.setting = self.setting | setting_of(None, network, None)

    @property
    def recipe(self) -> Recipe:
        """How the page trains it."""
        return recipe_of(self.setting)

    @recipe.setter
    def recipe(self, recipe: Recipe) -> None:
        self.setting = self.setting | setting_of(None, None, recipe)

    @property
    def run(self) -> Run | None:
        """The last training that the page finished, or None while there is none."""
        return from_data(*unpack(self.model_bytes, "the page's run")) if self.model_bytes else None


def _script() -> str:
    """The widget's module, with the whole page in it."""
    script = (files("separatrix.web") / "_widget.js").read_text(encoding="utf-8")
    return f"const PAGE = {json.dumps(single_file())};\n{script}"


Playground._esm = _script()
