"""Exports of a fitted model as another program: ONNX, a PyTorch program, a Python file, a training script.

Each export of a classifier is made from a `Portable` alone, encoder included, and its probabilities agree with the
classifier's within 1e-5. A format is a public module of this folder with a `FORMAT`; the command line and the tests read
them from `FORMATS`. Other wings use `FORMATS`, `ExportFormat` and the modules `html`, `javascript`, `onnx`, `python`, `script`,
`templates` and `torch`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Protocol


class Writer(Protocol):
    """Writes a fitted classifier or a `Run` as a file of one format."""

    def __call__(self, model: Any, path: str | Path, *, force: bool = False) -> Path:
        """Write the file and return its path; an existing one is replaced only with `force`."""


@dataclass(frozen=True)
class ExportFormat:
    """A file format for fitted models.

    Attributes:
        name: what the command line calls it.
        suffix: of its files, with the dot.
        write: writes a model.
        about: what the file is, in a few words, for help texts.
        extra: the optional dependencies that writing needs, as in `pip install "separatrix[extra]"`; empty for none.
        reasons: whether `write` takes `reasons=True`, for a file that can say which columns made a prediction.
    """

    name: str
    suffix: str
    write: Writer
    about: str
    extra: str = ""
    reasons: bool = False


FORMATS: Mapping[str, ExportFormat]  # name -> format; `__getattr__` fills it in

__all__ = ["FORMATS", "ExportFormat", "Writer", "html", "javascript", "onnx", "python", "script", "templates", "torch"]


def __getattr__(name: str) -> Any:
    # The modules are imported when the formats are first asked for and not above: each of them imports `ExportFormat`
    # from here.
    if name != "FORMATS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    public = (module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    modules = (import_module(f"{__name__}.{module}") for module in sorted(public))
    formats = {module.FORMAT.name: module.FORMAT for module in modules if hasattr(module, "FORMAT")}
    globals()["FORMATS"] = formats
    return formats
