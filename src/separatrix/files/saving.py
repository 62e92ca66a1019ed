"""Saving and loading what was trained: a run or a whole estimator, each as one file that holds no code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from separatrix.errors import InvalidData, ModelFileError, OutOfMemory
from separatrix.files import _estimator_file, run_file
from separatrix.files.container import pack, read_bytes, unpack
from separatrix.support.atomic import write_atomically
from separatrix.training.run import Run

if TYPE_CHECKING:
    from separatrix.data.table import Table


def save(model: Any, path: str | Path, *, force: bool = False, source: Table | None = None) -> Path:
    """Save a run or a fitted estimator as one safetensors file, with all that is needed to predict and to go on training.

    Args:
        model: a Run or a fitted estimator.
        path: where.
        force: replace what is there.
        source: the table that an estimator was fitted on; the name and the SHA-256 of its file are kept.

    Raises:
        InvalidData: neither of them, not fitted, or a part of the user's own that only code can describe.
        OutputError: the file exists and `force` isn't given, or can't be written; what was there is unchanged.

    Examples:
        >>> import tempfile, separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=5), sx.moons())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     again = load(save(run, Path(folder) / "model.safetensors"))
        >>> bool((again.parameters == run.parameters).all())
        True
    """
    if isinstance(model, Run):
        arrays, data = run_file.to_data(model)
    elif _estimator_file.is_known(model):
        arrays, data = _estimator_file.to_data(model, source)
    else:
        raise InvalidData(f"only a Run or a fitted estimator of separatrix can be saved, got {type(model).__name__}.")
    return write_atomically(path, pack(arrays, data), force=force)


def load(path: str | Path) -> Any:
    """Load the run or the estimator that `save` wrote. Nothing in the file is executed, and no other file is opened.

    Raises:
        ModelFileError: missing, damaged, truncated, foreign, or newer than this version can read.
        OutOfMemory: larger than the memory.
    """
    try:
        arrays, data = unpack(read_bytes(path), str(path))
    except MemoryError as error:
        raise OutOfMemory(f"{path} doesn't fit into memory.") from error
    kind = data.get("kind")
    try:
        if kind == "estimator":
            return _estimator_file.from_data(arrays, data)
        if kind == "run":
            return run_file.from_data(arrays, data)
        by = data.get("versions", {}).get("separatrix", "unknown")
        raise ModelFileError(f"holds a {kind!r} written by separatrix {by}; this version can't read it.")
    except ModelFileError as error:
        raise ModelFileError(f"{path} {error}") from None
    except KeyError as error:
        raise ModelFileError(f"{path} is no {kind} that this version can read: it lacks {error}.") from error
    except (AttributeError, OverflowError, TypeError, ValueError) as error:  # whole, but not what `save` writes
        raise ModelFileError(f"{path} is no {kind} that this version can read: {error}") from error


def load_run(path: str | Path) -> Run:
    """Load a file that must hold a run, for what an estimator's file can't serve.

    Raises:
        ModelFileError: as `load`, or the file holds an estimator.
        OutOfMemory: larger than the memory.
    """
    model = load(path)
    if not isinstance(model, Run):
        raise ModelFileError(f"{path} holds an estimator ({type(model).__name__}), but a run is needed here.")
    return model
