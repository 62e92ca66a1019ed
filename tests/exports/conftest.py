"""Every export behind one face: probabilities of a frame's rows, from the written file alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from separatrix.estimators.portable import Portable
from separatrix.exports import FORMATS

Predictor = Callable[[Portable, Any, Path], np.ndarray]


def by_onnx(portable: Portable, x: Any, path: Path) -> np.ndarray:
    import onnxruntime

    from separatrix.exports.onnx import feeds

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], feeds(portable, x))[0]


def by_torch(portable: Portable, x: Any, path: Path) -> np.ndarray:
    from separatrix.exports.torch import load

    return load(path).predict_proba(x)


def by_python(portable: Portable, x: Any, path: Path) -> np.ndarray:
    program: dict[str, Any] = {"__name__": "program"}
    exec(path.read_text(), program)
    return np.array([program["predict_proba"](row) for row in portable.matched(x).to_dicts()])


READERS: dict[str, Predictor] = {"onnx": by_onnx, "torch": by_torch, "python": by_python}


def _predictor(name: str) -> Predictor:
    def predict(portable: Portable, x: Any, folder: Path) -> np.ndarray:
        kind = FORMATS[name]
        return READERS[name](portable, x, kind.write(portable, folder / f"model{kind.suffix}", force=True))

    return predict


PREDICTORS = {name: _predictor(name) for name in FORMATS}  # a format without a reader fails its tests


@pytest.fixture(params=PREDICTORS)
def exported(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Portable, Any], np.ndarray]:
    """Write the portable, read it back with other software and predict the rows of x: (n, 2)."""
    return lambda portable, x: PREDICTORS[request.param](portable, x, tmp_path)


@pytest.fixture(params=["onnx", "python"])
def quickly_exported(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Portable, Any], np.ndarray]:
    """The same without PyTorch, which takes half a second for each program."""
    return lambda portable, x: PREDICTORS[request.param](portable, x, tmp_path)
