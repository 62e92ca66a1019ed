"""The three exports behind one face: probabilities of a frame's rows, from the written file alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from separatrix.estimators.portable import Portable

Predictor = Callable[[Portable, Any, Path], np.ndarray]


def by_onnx(portable: Portable, x: Any, folder: Path) -> np.ndarray:
    import onnxruntime

    from separatrix.exports.onnx import feeds, to_onnx

    path = to_onnx(portable, folder / "model.onnx", force=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], feeds(portable, x))[0]


def by_torch(portable: Portable, x: Any, folder: Path) -> np.ndarray:
    from separatrix.exports.torch import load, to_torch

    return load(to_torch(portable, folder / "model.pt2", force=True)).predict_proba(x)


def by_python(portable: Portable, x: Any, folder: Path) -> np.ndarray:
    from separatrix.exports.python import to_python

    made: dict[str, Any] = {"__name__": "made"}
    exec(to_python(portable, folder / "model.py", force=True).read_text(), made)
    return np.array([made["predict_proba"](row) for row in portable.matched(x).to_dicts()])


PREDICTORS: dict[str, Predictor] = {"onnx": by_onnx, "torch": by_torch, "python": by_python}


@pytest.fixture(params=PREDICTORS)
def exported(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Portable, Any], np.ndarray]:
    """Write the portable, read it back with other software and predict the rows of x: (n, 2)."""
    return lambda portable, x: PREDICTORS[request.param](portable, x, tmp_path)


@pytest.fixture(params=["onnx", "python"])
def quickly_exported(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Portable, Any], np.ndarray]:
    """The same without PyTorch, which takes half a second for each program."""
    return lambda portable, x: PREDICTORS[request.param](portable, x, tmp_path)
