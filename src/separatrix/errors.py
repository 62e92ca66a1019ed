"""Every error that separatrix raises on purpose.

SeparatrixError
├── InvalidParameter   (ValueError)   a setting that is out of range, of the wrong kind or unknown
├── InvalidData        (ValueError)   points, labels, weights or parameters that can't be used
├── EngineRefusal      (ValueError)   the engine asked for can't carry out this recipe
├── DataFileError      (ValueError)   a file of points that can't be read as what it claims to be
├── ModelFileError     (ValueError)   a model file that is damaged, foreign or too new
├── OutputError        (OSError)      a place that can't be written
└── OutOfMemory        (MemoryError)  the work doesn't fit into memory

Each one also is the built-in kind that users catch. A message says what was expected, what came and
what to do.
"""

from __future__ import annotations


class SeparatrixError(Exception):
    """The root: `except separatrix.SeparatrixError` catches all that the library raises on purpose."""


class InvalidParameter(SeparatrixError, ValueError):
    """A setting that is out of range, of the wrong kind or unknown."""


class InvalidData(SeparatrixError, ValueError):
    """Points, labels, weights or parameters that can't be used."""


class EngineRefusal(SeparatrixError, ValueError):
    """The engine that was asked for can't carry out this recipe; the message is its reason."""


class DataFileError(SeparatrixError, ValueError):
    """A file of points that can't be read as what it claims to be."""


class ModelFileError(SeparatrixError, ValueError):
    """A model file that is damaged, foreign or too new."""


class OutputError(SeparatrixError, OSError):
    """A place that can't be written."""


class OutOfMemory(SeparatrixError, MemoryError):
    """The work doesn't fit into memory."""
