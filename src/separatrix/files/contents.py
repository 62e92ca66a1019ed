"""The content of a model file, described without running anything of it or building an estimator."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from separatrix.errors import ModelFileError, OutOfMemory
from separatrix.files.container import envelope, read_bytes, unpack
from separatrix.files.run_file import with_current_names
from separatrix.networks.network import Network
from separatrix.support.constraints import shown

# The entries of a run that say how its training ended, in the order in which they are printed.
RESULTS = ("status", "epochs", "loss", "accuracy", "validation_accuracy", "engine", "seconds")


@dataclass(frozen=True)
class ColumnSummary:
    """A column of the table: its name and its kind."""

    name: str
    kind: str


@dataclass(frozen=True, eq=False)
class Description:
    """The content of a model file.

    Attributes:
        path: the file.
        size: in bytes.
        sha256: of the whole file, as `sha256sum` prints it.
        content_sha256: the digest in the file, which has been checked.
        format: number of the file format.
        needs: first version of separatrix that reads it.
        kind: "run" or "estimator".
        class_name: of the object that `load` returns.
        columns: of the table; empty for a run.
        left_out: columns of the training table that are no features, each with the reason.
        classes: the two labels.
        networks: one text per network, such as "30-64-64-1 relu".
        parameters: weights and biases of all networks together.
        settings: the estimator's constructor arguments or the run's recipe.
        results: how the training ended: status, epochs, loss, …
        versions: of the libraries that wrote it.
        input_sha256: of the file that it was trained on, or None.
        input_source: the name of that file, or None.
        arrays: name -> (dtype, shape).
    """

    path: str
    size: int
    sha256: str
    content_sha256: str
    format: int
    needs: str
    kind: str
    class_name: str
    columns: tuple[ColumnSummary, ...]
    left_out: dict[str, str]
    classes: tuple[Any, ...]
    networks: tuple[str, ...]
    parameters: int
    settings: dict[str, Any]
    results: dict[str, Any]
    versions: dict[str, str]
    input_sha256: str | None
    input_source: str | None
    arrays: dict[str, tuple[str, tuple[int, ...]]]

    def rows(self) -> list[tuple[str, str]]:
        """Titles and values as text, the most general first."""
        rows = [
            (
                "file",
                f"{self.path}, {self.size:,} bytes, format {self.format} (needs separatrix {self.needs} or later)",
            ),
            ("holds", f"{self.class_name}: {_counted(self.networks)}; {self.parameters:,} weights and biases"),
            ("classes", " or ".join(repr(label) for label in self.classes)),
        ]
        rows += [
            (f"column {number}", f"{column.name!r}: {column.kind}")
            for number, column in enumerate(self.columns, start=1)
        ]
        rows += [("left out", f"{name!r}: {reason}") for name, reason in self.left_out.items()]
        rows += [(f"setting {name}", shown(value)) for name, value in self.settings.items()]
        rows += [(name.replace("_", " "), shown(value)) for name, value in self.results.items()]
        rows.append(("made with", ", ".join(f"{name} {version}" for name, version in self.versions.items())))
        if self.input_sha256:
            rows.append(("trained on", f"{self.input_source or 'a file'}, SHA-256 {self.input_sha256}"))
        return [*rows, ("content SHA-256", self.content_sha256), ("file SHA-256", self.sha256)]


def describe(path: str | Path) -> Description:
    """Describe a model file without loading the model; damage is detected as in `load`.

    Raises:
        ModelFileError: the file is missing, damaged, truncated, not a model file, or newer than this version can read.
        OutOfMemory: the file doesn't fit into memory.

    Examples:
        >>> import tempfile, separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=5), sx.moons())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     description = describe(sx.save(run, Path(folder) / "model.safetensors"))
        >>> description.kind, description.networks, description.parameters, description.results["epochs"]
        ('run', ('2-4-1 relu',), 17, 5)
    """
    try:
        # `unpack` checks the digest of the whole file, so nothing of a damaged file is described.
        raw = read_bytes(path)
        arrays, data = unpack(raw, str(path))
    except MemoryError as error:
        raise OutOfMemory(f"{path} doesn't fit into memory.") from error
    outer = envelope(raw, str(path))
    try:
        content = _estimator(data) if data["kind"] == "estimator" else _run(data)
        return Description(
            path=str(path),
            size=len(raw),
            sha256=hashlib.sha256(raw).hexdigest(),
            content_sha256=outer.sha256,
            format=outer.format,
            needs=outer.needs,
            kind=str(data["kind"]),
            versions={str(name): str(version) for name, version in data["versions"].items()},
            arrays={name: (array.dtype.name, array.shape) for name, array in sorted(arrays.items())},
            **content,
        )
    except (LookupError, AttributeError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path} is undamaged, but this version can't describe its content: {error!r}.") from error


def _run(data: dict[str, Any]) -> dict[str, Any]:
    data, network = with_current_names(data), Network.from_data(data["network"])
    return {
        "class_name": "Run",
        "columns": (),
        "left_out": {},
        "classes": (0, 1),
        "networks": (_network_text(network),),
        "parameters": network.n_parameters,
        "settings": dict(data["recipe"]),
        "results": {name: data[name] for name in RESULTS},
        "input_sha256": None,
        "input_source": None,
    }


def _estimator(data: dict[str, Any]) -> dict[str, Any]:
    portable = data["portable"]
    networks = [Network.from_data(member["network"]) for member in portable["members"]]
    extras = data["extras"].values()
    runs = [with_current_names(value["data"]) for value in extras if isinstance(value, dict) and "run" in value]
    source = data["input"] or {"input_sha256": None, "source": None}
    return {
        "class_name": str(data["class"]),
        "columns": tuple(ColumnSummary(name, kind) for name, kind in portable["columns"]),
        "left_out": _value(data["extras"].get("left_out", {"dict": []})),
        "classes": tuple(portable["classes"]),
        "networks": tuple(_network_text(network) for network in networks),
        "parameters": sum(network.n_parameters for network in networks),
        "settings": {name: _value(value) for name, value in data["settings"].items()},
        "results": {name: runs[-1][name] for name in RESULTS} if runs else _of_ensemble(data["extras"]),
        "input_sha256": source["input_sha256"],
        "input_source": source["source"],
    }


def _of_ensemble(extras: dict[str, Any]) -> dict[str, Any]:
    """How the training of an ensemble ended: its out-of-fold log loss, and the weight of each base model."""
    written = extras.get("base_models", extras.get("families"))  # the name in files of earlier versions
    if written is None:
        return {}
    columns = {name: _value(column) for name, column in written["dict"]}
    names = columns["base_model"] if "base_model" in columns else columns["family"]
    weights = dict(zip(names, (round(weight, 3) for weight in columns["weight"]), strict=True))
    return {"log_loss": extras["log_loss_"], "weights": weights}


# Equal members of an ensemble are counted: a list of twenty-five equal texts would hide the few that differ.
def _counted(networks: tuple[str, ...]) -> str:
    """The networks as one text, equal ones once with their number."""
    return ", ".join(f"{n} × {text}" if n > 1 else text for text, n in Counter(networks).items())


def _network_text(network: Network) -> str:
    activation = network.activation
    return f"{network} {activation if isinstance(activation, str) else ', '.join(activation)}"


def _value(plain: Any) -> Any:
    """A setting as a person reads it; `_estimator_file.PlainWriter` says how it is written."""
    match plain:
        case {"list": items}:
            return [_value(item) for item in items]
        case {"tuple": items}:
            return tuple(_value(item) for item in items)
        case {"dict": items}:
            return {_value(key): _value(item) for key, item in items}
        case {"estimator": name, "settings": settings}:
            return f"{name}({', '.join(f'{key}={_value(value)!r}' for key, value in settings.items())})"
        case {"random_state": _}:
            return "RandomState"
        case {"array": name} | {"texts": name}:
            return f"array {shown(name)}"
    return plain
