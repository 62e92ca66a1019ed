"""A `Run` as the arrays and the plain data of a model file, and back again."""

from __future__ import annotations

from typing import Any

import numpy as np

from separatrix.errors import InvalidData, ModelFileError
from separatrix.networks.network import Network
from separatrix.networks.recipe import recipe_of_record, record_of
from separatrix.training.run import COLUMNS, Checkpoint, History, Run, Status

_PLAIN: dict[str, type | tuple[type, ...]] = {
    "epochs": int,
    "loss": float,
    "accuracy": float,
    "validation_accuracy": (float, type(None)),
    "engine": str,
    "seconds": float,
    "versions": dict,
    "data": str,
}
_DESCRIBED = {"kind", "network", "recipe", "status", *_PLAIN}
_ARRAYS = {"parameters", "initial", "snapshots", "snapshot_epochs", *(f"history.{name}" for name in COLUMNS)}
# Earlier names -> today's: a file that was written with them loads as it always did.
_RENAMED = {
    "held_accuracy": "validation_accuracy",
    "history.held_accuracy": "history.validation_accuracy",
    "history.held_loss": "history.validation_loss",
    "validation_share": "validation_fraction",
}
# What resuming needs beyond predicting: the optimiser's memory has names of its own, such as Adam's moments.
_CHECKPOINT = {"checkpoint.parameters", "checkpoint.best"}
_MEMORY = "memory."


def to_data(run: Run) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """A run as arrays and plain data.

    Raises:
        InvalidData: the run has the user's own module, loss or optimiser, which only code can describe.
    """
    if not isinstance(run.network, Network):
        raise InvalidData(
            "a run of your own module can't be saved: a model file holds no code. "
            "Save its weights by torch.save(run.to_torch().state_dict(), …) and keep your class."
        )
    if not isinstance(run.recipe.loss, str) or not isinstance(run.recipe.optimizer, str):
        raise InvalidData("a run with a loss or an optimiser of your own can't be saved: a model file holds no code.")
    return _arrays(run), _data(run, run.network)


def _arrays(run: Run) -> dict[str, np.ndarray]:
    shape = (len(run.snapshots), len(run.parameters))
    arrays = {
        "parameters": run.parameters,
        "initial": run.initial,
        "snapshots": np.array(list(run.snapshots.values()), run.parameters.dtype).reshape(shape),
        "snapshot_epochs": np.array(list(run.snapshots), np.int64),
    }
    arrays |= {f"history.{name}": getattr(run.log, name) for name in COLUMNS}
    # A run that diverged has no checkpoint: it can't be resumed from parameters that are NaN.
    if run.checkpoint is not None:
        arrays["checkpoint.parameters"] = run.checkpoint.parameters
        arrays |= {_MEMORY + name: array for name, array in run.checkpoint.memory.items()}
        if run.checkpoint.best is not None:
            arrays["checkpoint.best"] = run.checkpoint.best
    return arrays


def _data(run: Run, network: Network) -> dict[str, Any]:
    data: dict[str, Any] = {
        "kind": "run",
        "network": network.to_data(),
        "recipe": record_of(run.recipe),
        "status": run.status.value,
    }
    data |= {name: getattr(run, name) for name in _PLAIN}
    if run.checkpoint is not None:
        checkpoint = run.checkpoint
        data["checkpoint"] = {"order": checkpoint.order, "best_loss": checkpoint.best_loss, "waited": checkpoint.waited}
    return data


def from_data(arrays: dict[str, np.ndarray], data: dict[str, Any]) -> Run:
    """The run that `to_data` described.

    Args:
        arrays: by name.
        data: from JSON.

    Raises:
        ModelFileError: it holds an entry that only another version may know.
        KeyError, TypeError, ValueError: anything else that `to_data` doesn't write.
    """
    arrays, data = _renamed(arrays), with_current_names(data)
    # Order matters: an unknown entry is reported as a question of versions, before its absence from this code can look
    # like damage.
    _refuse_unknown(arrays, data)
    network = Network.from_data(data["network"])
    recipe = recipe_of_record(data["recipe"])
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


def with_current_names(data: dict[str, Any]) -> dict[str, Any]:
    """The plain data of a run, with earlier names of its results and of its recipe's settings replaced by today's."""
    return _renamed(data) | {"recipe": _renamed(data["recipe"])}


def _renamed(named: dict[str, Any]) -> dict[str, Any]:
    return {_RENAMED.get(name, name): value for name, value in named.items()}


def _refuse_unknown(arrays: dict[str, np.ndarray], data: dict[str, Any]) -> None:
    """Refuse an entry that another version may have written and that this one would silently ignore."""
    version = data.get("versions", {}).get("separatrix", "unknown")
    has_checkpoint = "checkpoint" in data
    expected = _ARRAYS | (_CHECKPOINT if has_checkpoint else set())
    unknown = sorted(data.keys() - _DESCRIBED - {"checkpoint"})
    unknown += sorted(name for name in arrays.keys() - expected if not (has_checkpoint and name.startswith(_MEMORY)))
    if unknown:
        raise ModelFileError(
            f"holds {unknown[0]!r}, which this version doesn't know; it was written by separatrix {version}."
        )
    for name, kind in _PLAIN.items():
        if not isinstance(data[name], kind) or isinstance(data[name], bool):  # a bool is an int to isinstance
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
        np.random.PCG64().state = order  # NumPy raises here if it is not the state of a generator
    memory = {name.removeprefix(_MEMORY): array for name, array in arrays.items() if name.startswith(_MEMORY)}
    return Checkpoint(arrays["checkpoint.parameters"], memory, best=arrays.get("checkpoint.best"), **data["checkpoint"])
