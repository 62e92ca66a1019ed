"""Saving and loading runs: what of a `Run` goes into a model file, and how it comes back."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from separatrix.atomic import write_atomically
from separatrix.errors import InvalidData, ModelFileError, OutOfMemory
from separatrix.history import COLUMNS, History
from separatrix.model_file import pack, read_bytes, unpack
from separatrix.network import Network
from separatrix.recipe import Recipe
from separatrix.run import Checkpoint, Run, Status

_PLAIN: dict[str, type | tuple[type, ...]] = {
    "epochs": int,
    "loss": float,
    "accuracy": float,
    "held_accuracy": (float, type(None)),
    "engine": str,
    "seconds": float,
    "versions": dict,
    "data": str,
}
_DESCRIBED = {"kind", "network", "recipe", "status", *_PLAIN}
_ARRAYS = {"parameters", "initial", "snapshots", "snapshot_epochs", *(f"history.{name}" for name in COLUMNS)}
_CHECKPOINT = {"checkpoint.parameters", "checkpoint.best"}
_MEMORY = "memory."


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
    if not isinstance(run.recipe.loss, str) or not isinstance(run.recipe.optimizer, str):
        raise InvalidData("a run with a loss or an optimiser of your own can't be saved: a model file holds no code.")
    return write_atomically(path, pack(_arrays(run), _data(run, run.network)), force=force)


def load(path: str | Path) -> Run:
    """Load a run that `save` wrote. Nothing in the file is executed, and no other file is opened.

    Raises:
        ModelFileError: missing, damaged, truncated, foreign, or newer than this version can read.
        OutOfMemory: larger than the memory.
    """
    try:
        arrays, data = unpack(read_bytes(path), str(path))
    except MemoryError as error:
        raise OutOfMemory(f"{path} doesn't fit into memory.") from error
    try:
        return _run(arrays, data)
    except ModelFileError as error:
        raise ModelFileError(f"{path} {error}") from None
    except KeyError as error:
        raise ModelFileError(f"{path} is no run that this version can read: it lacks {error}.") from error
    except (AttributeError, OverflowError, TypeError, ValueError) as error:  # whole, but not what `save` writes
        raise ModelFileError(f"{path} is no run that this version can read: {error}") from error


def _arrays(run: Run) -> dict[str, np.ndarray]:
    shape = (len(run.snapshots), len(run.parameters))
    arrays = {
        "parameters": run.parameters,
        "initial": run.initial,
        "snapshots": np.array(list(run.snapshots.values()), run.parameters.dtype).reshape(shape),
        "snapshot_epochs": np.array(list(run.snapshots), np.int64),
    }
    arrays |= {f"history.{name}": getattr(run.log, name) for name in COLUMNS}
    if run.checkpoint is not None:
        arrays["checkpoint.parameters"] = run.checkpoint.parameters
        arrays |= {_MEMORY + name: array for name, array in run.checkpoint.memory.items()}
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
    _refuse_unknown(arrays, data)
    network = Network(**{name: _tuples(value) for name, value in data["network"].items()})
    recipe = Recipe(**{name: _tuples(value) for name, value in data["recipe"].items()})
    _refuse_misfit(arrays, network.n_parameters, recipe.dtype)
    return Run(
        network=network,
        recipe=recipe,
        parameters=arrays["parameters"],
        initial=arrays["initial"],
        log=History(**{name: arrays[f"history.{name}"] for name in COLUMNS}),
        status=Status(data["status"]),
        snapshots=dict(zip(arrays["snapshot_epochs"].tolist(), arrays["snapshots"], strict=True)),
        checkpoint=_checkpoint(arrays, data),
        **{name: data[name] for name in _PLAIN},
    )


def _refuse_unknown(arrays: dict[str, np.ndarray], data: dict[str, Any]) -> None:
    """Refuse what another version may have meant and this one would pass over in silence."""
    by = data.get("versions", {}).get("separatrix", "unknown")
    if data.get("kind") != "run":
        raise ModelFileError(f"holds a {data.get('kind')!r} written by separatrix {by}; this version can't read it.")
    going_on = "checkpoint" in data
    known = _ARRAYS | (_CHECKPOINT if going_on else set())
    odd = sorted(data.keys() - _DESCRIBED - {"checkpoint"})
    odd += sorted(name for name in arrays.keys() - known if not (going_on and name.startswith(_MEMORY)))
    if odd:
        raise ModelFileError(f"holds {odd[0]!r}, which this version doesn't know; it was written by separatrix {by}.")
    for name, kind in _PLAIN.items():
        if not isinstance(data[name], kind) or isinstance(data[name], bool):
            raise ValueError(f"its {name} is {data[name]!r}.")


def _refuse_misfit(arrays: dict[str, np.ndarray], n_parameters: int, dtype: str) -> None:
    rows, snapshots = len(arrays["history.epoch"]), len(arrays["snapshot_epochs"])
    expected: dict[str, tuple[tuple[int, ...], str]] = {}
    expected |= dict.fromkeys(("parameters", "initial", *(_CHECKPOINT & arrays.keys())), ((n_parameters,), dtype))
    expected |= {f"history.{name}": ((rows,), "float64") for name in COLUMNS}
    expected |= {"history.epoch": ((rows,), "int64"), "snapshot_epochs": ((snapshots,), "int64")}
    expected |= {"snapshots": ((snapshots, n_parameters), dtype)}
    for name, (shape, kind) in expected.items():
        if arrays[name].shape != shape or arrays[name].dtype != kind:
            raise ValueError(f"{name} should be {shape} {kind}, but is {arrays[name].shape} {arrays[name].dtype}.")


def _checkpoint(arrays: dict[str, np.ndarray], data: dict[str, Any]) -> Checkpoint | None:
    if "checkpoint" not in data:
        return None
    order = data["checkpoint"]["order"]
    if order is not None:
        np.random.PCG64().state = order  # refuses what is no state
    memory = {name.removeprefix(_MEMORY): array for name, array in arrays.items() if name.startswith(_MEMORY)}
    return Checkpoint(arrays["checkpoint.parameters"], memory, best=arrays.get("checkpoint.best"), **data["checkpoint"])


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
