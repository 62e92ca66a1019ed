"""Every error that separatrix raises on purpose, and its way to warn.

SeparatrixError
├── InvalidParameter   (ValueError)   a setting that is out of range, of the wrong kind or unknown
├── InvalidData        (ValueError)   points, labels, weights or parameters that cannot be used
│   └── InvalidNames   (TypeError)    column names that aren't text; a ValueError as well
├── EngineRefusal      (ValueError)   the chosen engine does not support this recipe
├── DataFileError      (ValueError)   a data file that cannot be read in the format it claims to have
├── ModelFileError     (ValueError)   a model file that is damaged, foreign or too new
├── OutputError        (OSError)      a file or folder that cannot be written
├── OutOfMemory        (MemoryError)  the work does not fit into memory
├── ForkedProcess      (RuntimeError) the work needs threads that this process lost when it was forked
└── MissingPackage     (ImportError)  an optional package is not installed; the message has the command

Each one is also the built-in exception that users catch. A message says what was expected, what was passed, and what
to do.
"""

from __future__ import annotations

import sys
import warnings


class SeparatrixError(Exception):
    """The root: `except separatrix.SeparatrixError` catches all that the library raises on purpose.

    Examples:
        >>> import separatrix as sx
        >>> try:
        ...     sx.load("nothing.safetensors")
        ... except sx.SeparatrixError as error:
        ...     print(error)
        nothing.safetensors can't be read: No such file or directory.
    """


class InvalidParameter(SeparatrixError, ValueError):
    """A setting that is out of range, of the wrong kind or unknown.

    Examples:
        >>> import separatrix as sx
        >>> try:
        ...     sx.Recipe(epochs=0)
        ... except sx.InvalidParameter as error:
        ...     print(error)
        Recipe: epochs must be a whole number of at least 1, got 0.
    """

    setting: tuple[str, str] | None = (
        None  # what the message begins with where it is of one setting: its owner and its name
    )


class InvalidData(SeparatrixError, ValueError):
    """Points, labels, weights or parameters that cannot be used.

    Examples:
        >>> import separatrix as sx
        >>> try:
        ...     sx.Points([[0.0, 1.0]], [2])
        ... except sx.InvalidData as error:
        ...     print(error)
        y must hold the labels 0 and 1, got 2. Map your two classes to 0 and 1 first.
    """


class InvalidNames(InvalidData, TypeError):
    """Column names that aren't text: a TypeError as well, which scikit-learn raises for them.

    Examples:
        >>> import separatrix as sx, pandas
        >>> try:
        ...     sx.Table.from_frame(pandas.DataFrame({0: [1.0, 2.0], "a": [1.0, 2.0]}))
        ... except TypeError as error:
        ...     print(type(error).__name__)
        InvalidNames
    """


class EngineRefusal(SeparatrixError, ValueError):
    """The chosen engine does not support this recipe; the message is its reason."""


class DataFileError(SeparatrixError, ValueError):
    """A data file that cannot be read in the format it claims to have.

    Examples:
        >>> import separatrix as sx
        >>> try:
        ...     sx.read_table("nothing.csv", "y")
        ... except sx.DataFileError as error:
        ...     print(error)
        nothing.csv can't be read: No such file or directory.
    """


class ModelFileError(SeparatrixError, ValueError):
    """A model file that is damaged, foreign or too new.

    Examples:
        >>> import separatrix as sx
        >>> try:
        ...     sx.load("nothing.safetensors")
        ... except sx.ModelFileError as error:
        ...     print(error)
        nothing.safetensors can't be read: No such file or directory.
    """


class OutputError(SeparatrixError, OSError):
    """A file or folder that cannot be written.

    Examples:
        >>> import separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-2-1"), sx.Recipe(epochs=1), sx.moons())
        >>> try:
        ...     sx.save(run, "nowhere/model.safetensors")
        ... except sx.OutputError as error:
        ...     print(error)
        the folder nowhere doesn't exist; create it first.
    """


class OutOfMemory(SeparatrixError, MemoryError):
    """The work does not fit into memory."""


class ForkedProcess(SeparatrixError, RuntimeError):
    """The work needs threads that this process lost when it was forked."""


class MissingPackage(SeparatrixError, ImportError):
    """An optional package that this work needs is not installed; the message has the command that installs it."""


PACKAGE = __name__.partition(".")[0]


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, in the name of the innermost line that isn't this package's.

    Args:
        message: whole sentences.
        category: the class of the warning.
    """
    # Counted, not written down: how many of our own functions lie between differs from way to way.
    depth, frame = 1, sys._getframe().f_back
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == PACKAGE:
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, category, stacklevel=depth + 1)
