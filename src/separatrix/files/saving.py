"""Saving and loading runs and fitted estimators, each as one file that holds no code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from separatrix.errors import InvalidData, ModelFileError, OutOfMemory
from separatrix.files import _estimator_file, run_file
from separatrix.files.container import pack, read_bytes, unpack
from separatrix.support.atomic import write_atomically
from separatrix.support.surroundings import insulated
from separatrix.training.run import Run

if TYPE_CHECKING:
    from separatrix.data.table import Table


@insulated
def save(model: Any, path: str | Path, *, force: bool = False, source: Table | None = None) -> Path:
    """Save a run or a fitted estimator as one safetensors file, with all that predicting and resuming need.

    Args:
        model: a `Run` or a fitted estimator.
        path: the file to write.
        force: replace an existing file.
        source: the table that an estimator was fitted on; the name and the SHA-256 of its file are stored.

    Returns:
        The path of the file.

    Raises:
        InvalidData: another type of model, an estimator that is not fitted, or one with a part that only code can
            describe.
        OutputError: the file exists and `force` is False, or it can't be written; an existing file stays unchanged.

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
        raise InvalidData(f"expected a Run or a fitted estimator of separatrix to save, got {type(model).__name__}.")
    # The bytes are complete before the first is written, and the file is replaced by renaming: never half a model.
    return write_atomically(path, pack(arrays, data), force=force)


@insulated
def load(path: str | Path) -> Any:
    """Load the run or the estimator that `save` wrote. Nothing in the file is executed, and no other file is opened.

    Raises:
        ModelFileError: the file is missing, damaged, truncated, not a model file, or newer than this version can read.
        OutOfMemory: the file doesn't fit into memory.

    Examples:
        >>> import tempfile, separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=5), sx.moons())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     load(sx.save(run, Path(folder) / "model.safetensors")).epochs
        5
    """
    try:
        arrays, data = unpack(read_bytes(path), str(path))
    except MemoryError as error:
        raise OutOfMemory(f"{path} doesn't fit into memory.") from error
    # From here on the bytes are known to be undamaged: an error below means another version or a foreign writer.
    kind = data.get("kind")
    try:
        if kind == "estimator":
            return _estimator_file.from_data(arrays, data)
        if kind == "run":
            return run_file.from_data(arrays, data)
        version = data.get("versions", {}).get("separatrix", "unknown")
        raise ModelFileError(f"holds a {kind!r} written by separatrix {version}, which this version can't read.")
    except ModelFileError as error:  # raised without the name of the file
        raise ModelFileError(f"{path} {error}") from None
    except KeyError as error:
        raise ModelFileError(f"{path} is not a {kind} that this version can read: it lacks {error}.") from error
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        # The digest is right, so the file is undamaged; but `save` never writes such content.
        raise ModelFileError(f"{path} is not a {kind} that this version can read: {error}") from error


def load_run(path: str | Path) -> Run:
    """Load a file that must hold a run.

    Raises:
        ModelFileError: as `load` does, or the file holds an estimator.
        OutOfMemory: the file doesn't fit into memory.
    """
    model = load(path)
    if not isinstance(model, Run):
        raise ModelFileError(f"{path} holds an estimator ({type(model).__name__}), but this needs a run.")
    return model
