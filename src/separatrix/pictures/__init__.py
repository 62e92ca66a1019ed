"""Pictures: each draws a record of numbers on Matplotlib axes and returns the figure. None of them trains.

Every picture takes `palette="coolwarm"` (the tutorial's) or `"safe"` (blue and orange, for every kind of colour vision)
and `theme="light"` or `"dark"`. Figures are made without pyplot: they show in a notebook, are saved by
`figure.savefig`, and leave no global state behind; `show` opens windows.

A picture is a function that a file of this folder lists in its `__all__`; nothing else names it. `__init__.pyi` says the
same to type checkers and editors, and is written by `python -m tools.picture_stub`. Other wings use the pictures, and
from `style` and `svg` what makes a figure of their own look like one of these.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from importlib.resources import files
from typing import Any

from separatrix.support.surroundings import insulated

# A file's list of its pictures. It is read, not imported: importing all files would load Matplotlib and a dozen modules
# for one picture. A picture's file has an underscore before its name, because importing `pictures.roc` would put the
# module in the place of the function.
_LIST = re.compile(r"^__all__ = (\[[^\]]*\])", re.MULTILINE)


@cache
def _modules() -> dict[str, str]:
    """The name of every picture -> the name of the module that draws it."""
    texts = {
        file.name.removesuffix(".py"): file.read_text(encoding="utf-8")
        for file in files(__name__).iterdir()
        if file.name.endswith(".py") and not file.name.startswith("__")
    }
    lists = ((module, _LIST.search(text)) for module, text in sorted(texts.items()))
    return {name: module for module, listed in lists if listed for name in ast.literal_eval(listed[1])}


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return sorted(_modules())
    if name.startswith("__") or name not in _modules():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    picture = _finished(insulated(getattr(import_module(f"{__name__}.{_modules()[name]}"), name)))
    globals()[name] = picture  # the next access doesn't come here
    return picture


def _finished(picture: Callable[..., Any]) -> Callable[..., Any]:
    """The same picture, with fonts for all of its letters; on the caller's axes it isn't displayed twice in a notebook."""

    @wraps(picture)
    def draw(*arguments: Any, **settings: Any) -> Any:
        drawn = picture(*arguments, **settings)
        from matplotlib.figure import Figure

        from separatrix.pictures._fonts import complete_fonts
        from separatrix.pictures.style import DrawnFigure, NotebookFigure, in_notebook

        if not isinstance(drawn, Figure):
            return drawn
        missing = complete_fonts(drawn)
        if isinstance(drawn, NotebookFigure):
            drawn.missing_letters = missing
        return DrawnFigure(drawn) if settings.get("ax") is not None and in_notebook() else drawn

    return draw


def __dir__() -> list[str]:
    return sorted({*globals(), *_modules()})
