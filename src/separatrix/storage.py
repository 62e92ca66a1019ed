"""Saving and loading runs: what of a `Run` goes into a model file, and how it comes back."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from separatrix.atomic import write_atomically
from separatrix.errors import InvalidData, ModelFileError
from separatrix.history import COLUMNS, History
from separatrix.model_file import pack, read_bytes, unpack
from separatrix.network import Network
from separatrix.recipe import Recipe
from separatrix.run import Checkpoint, Run, Status

_PLAIN = ("epochs", "loss", "accuracy", "held_accuracy", "engine", "seconds", "versions", "data")


def save(run: Run, path: str | Path, *, force: bool = False) -> Path:
    """Save a run as one safetensors file, with all that is needed to predict and to go on training.

    Raises:
        InvalidData: a run of a user's own module, loss or optimiser, which only code can describe.
        OutputError: the file exists and `force` isn't given, or can't be written; what was there is unchanged.

    Examples:
        >>> import tempfile, separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=5), sx.moons())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     again = load(save(run, Path(folder) / "model.safetensors"))
        >>> bool((again.parameters == run.parameters).all())
        True
    """
    if not isinstance(run, Run):
        raise InvalidData(f"only a Run can be saved, got {type(run).__name__}.")
    if not isinstance(run.network, Network):
        raise InvalidData(
            "a run of your own module can't be saved: a model file holds no code. "
            "Keep torch.save(run.to_torch().state_dict(), …) beside your class instead."
        )
    if callable(run.recipe.loss) or not isinstance(run.recipe.optimizer, str):
        raise InvalidData("a run with a loss or an optimiser of your own can't be saved: a model file holds no code.")
    return write_atomically(path, pack(_arrays(run), _data(run, run.network)), force=force)


def load(path: str | Path) -> Run:
    """Load a run that `save` wrote. Nothing in the file is executed.

    Raises:
        ModelFileError: missing, damaged, truncated, foreign, or newer than this version can read.
    """
    arrays, data = unpack(read_bytes(path), str(path))
    try:
        return _run(arrays, data)
    except ModelFileError:
        raise
    except (KeyError, TypeError, ValueError) as error:  # whole, but not what this version writes
        raise ModelFileError(f"{path} is no run that this version can read: {error}") from error


def _arrays(run: Run) -> dict[str, np.ndarray]:
    arrays = {"parameters": run.parameters, "initial": run.initial}
    arrays |= {f"history.{name}": getattr(run.log, name) for name in COLUMNS}
    arrays |= {f"snapshot.{epoch}": parameters for epoch, parameters in run.snapshots.items()}
    if run.checkpoint is not None:
        arrays["checkpoint.parameters"] = run.checkpoint.parameters
        arrays |= {f"memory.{name}": array for name, array in run.checkpoint.memory.items()}
        if run.checkpoint.best is not None:
            arrays["checkpoint.best"] = run.checkpoint.best
    return arrays


def _data(run: Run, network: Network) -> dict[str, Any]:
    data: dict[str, Any] = {
        "kind": "run",
        "network": {field.name: getattr(network, field.name) for field in fields(network)},
        "recipe": run.recipe.settings(),
        "status": run.status.value,
    }
    data |= {name: getattr(run, name) for name in _PLAIN}
    if run.checkpoint is not None:
        at = run.checkpoint
        data["checkpoint"] = {"order": at.order, "best_loss": at.best_loss, "waited": at.waited}
    return data


def _run(arrays: dict[str, np.ndarray], data: dict[str, Any]) -> Run:
    if data.get("kind") != "run":
        raise ModelFileError(f"the file holds a {data.get('kind')!r}, which this version can't read; it needs a later one.")
    network = Network(**{name: _tuples(value) for name, value in data["network"].items()})
    recipe = Recipe(**{name: _tuples(value) for name, value in data["recipe"].items()})
    network.split(arrays["parameters"])  # checks the length
    return Run(
        network=network,
        recipe=recipe,
        parameters=arrays["parameters"],
        initial=arrays["initial"],
        log=History(**{name: arrays[f"history.{name}"] for name in COLUMNS}),
        status=Status(data["status"]),
        snapshots=_snapshots(arrays),
        checkpoint=_checkpoint(arrays, data),
        **{name: data[name] for name in _PLAIN},
    )


def _snapshots(arrays: dict[str, np.ndarray]) -> dict[int, np.ndarray]:
    found = {int(name.removeprefix("snapshot.")): array for name, array in arrays.items() if name.startswith("snapshot.")}
    return dict(sorted(found.items()))


def _checkpoint(arrays: dict[str, np.ndarray], data: dict[str, Any]) -> Checkpoint | None:
    if "checkpoint" not in data:
        return None
    memory = {name.removeprefix("memory."): array for name, array in arrays.items() if name.startswith("memory.")}
    return Checkpoint(arrays["checkpoint.parameters"], memory, best=arrays.get("checkpoint.best"), **data["checkpoint"])


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
