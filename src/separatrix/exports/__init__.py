"""Exports of a fitted classifier: an ONNX file, a PyTorch program, a Python file that needs no library.

Each is made from a `Portable` alone, encoder included, and gives the classifier's probabilities within 1e-5.
"""

from __future__ import annotations

from separatrix.exports.onnx import to_onnx
from separatrix.exports.python import to_python
from separatrix.exports.torch import to_torch

FORMATS = {"onnx": to_onnx, "torch": to_torch, "python": to_python}
SUFFIXES = {"onnx": ".onnx", "torch": ".pt2", "python": ".py"}

__all__ = ["FORMATS", "SUFFIXES", "to_onnx", "to_python", "to_torch"]
