"""What a visitor takes home: each maker turns a scene into a file's name, its type and its bytes."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from separatrix.exports.script import plain_script
from separatrix.playground.scene import Scene


@dataclass(frozen=True)
class Parcel:
    """A file to download."""

    name: str
    kind: str
    content: bytes


def script(scene: Scene) -> Parcel:
    """The plain PyTorch script that repeats the training."""
    recipe = scene.run.recipe.replace(snapshots=())
    text = plain_script(scene.sketch.network, recipe, scene.points, scene.run.initial)
    return Parcel("separatrix_run.py", "text/x-python", text.encode())


def model(scene: Scene) -> Parcel:
    """The model file of the run, as `separatrix.load` reads it."""
    from separatrix.files.saving import save

    return Parcel("model.safetensors", "application/octet-stream", _written(lambda path: save(scene.run, path)))


def onnx(scene: Scene) -> Parcel:
    """The network in ONNX: x (n, 2) float32 -> probabilities (n, 2)."""
    from separatrix.exports.onnx import to_onnx

    return Parcel("model.onnx", "application/octet-stream", _written(lambda path: to_onnx(scene.run, path)))


def png(scene: Scene) -> Parcel:
    """The lesson's picture of the boundary."""
    return Parcel("boundary.png", "image/png", _picture(scene, "png"))


def svg(scene: Scene) -> Parcel:
    """The same, to be scaled."""
    return Parcel("boundary.svg", "image/svg+xml", _picture(scene, "svg"))


def gif(scene: Scene) -> Parcel:
    """The boundary while it forms."""
    from separatrix import pictures

    content = _written(lambda path: pictures.animation(scene.run, scene.points, path), "training.gif")
    return Parcel("training.gif", "image/gif", content)


def points(scene: Scene) -> Parcel:
    """All points as the page shows them."""
    buffer = io.StringIO()
    buffer.write("x1,x2,label\n")
    buffer.writelines(f"{a},{b},{label}\n" for a, b, label in scene.sketch.all_points())
    return Parcel("points.csv", "text/csv", buffer.getvalue().encode())


def study(scene: Scene) -> Parcel:
    """The same question for many seeds, as `separatrix study FILE` reads it."""
    from separatrix.playground.question import as_toml

    return Parcel("study.toml", "application/toml", as_toml(scene.sketch).encode())


MAKERS: dict[str, Callable[[Scene], Parcel]] = {
    "take_script": script,
    "take_model": model,
    "take_onnx": onnx,
    "take_png": png,
    "take_svg": svg,
    "take_gif": gif,
    "take_study": study,
    "take_points": points,
}


def _picture(scene: Scene, kind: str) -> bytes:
    from separatrix import pictures
    from separatrix.reports.lesson_pictures import rendered

    return rendered(pictures.boundary(scene.run, scene.points), kind)


def _written(write: Callable[[Path], object], name: str = "parcel") -> bytes:
    """The bytes of a file that a function of the library writes."""
    with tempfile.TemporaryDirectory(prefix="separatrix-") as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()
