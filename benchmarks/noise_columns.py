"""Few useful columns among many: our ensemble beside scikit-learn's methods, on tables that are made here.

    python -m benchmarks.noise_columns [--draws 3] [--rows 1000] [--columns 50 100] [--peers]

Two columns decide the class (inside a circle, in opposite quadrants, inside a box), 5 % of the labels are turned round,
and all other columns are noise. Printed are the log loss of 10,000 other rows, the mean of the draws, and the processor's
seconds of a fit. "all columns" is the ensemble without the kinds that see the screened columns alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler

from separatrix import SeparatrixClassifier

TEST_ROWS, TURNED = 10_000, 0.05
SHAPES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "circle": lambda x, y: x**2 + y**2 < 1.39,
    "xor": lambda x, y: x * y > 0,
    "box": lambda x, y: np.maximum(np.abs(x), np.abs(y)) < 1.05,
}


class OnAllColumns(SeparatrixClassifier):
    """The ensemble without screening."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> OnAllColumns:
        """Train without the kinds that see the screened columns."""
        with patch("separatrix.estimators._screening.screened_columns", lambda *arguments: None):
            super().fit(X, y, sample_weight)
        return self


OURS: dict[str, Callable[[], Any]] = {
    "all columns": lambda: OnAllColumns(random_state=0),
    "ensemble": lambda: SeparatrixClassifier(random_state=0),
}
PEERS: dict[str, Callable[[], Any]] = {
    "boosting": lambda: HistGradientBoostingClassifier(random_state=0),
    "splines": lambda: make_pipeline(StandardScaler(), SplineTransformer(), LogisticRegression(C=0.05, max_iter=2000)),
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)),
}


def table(shape: str, rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of noise whose first two columns decide: x (n, d) and y (n,) of 0 and 1."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, columns))
    return x, (SHAPES[shape](x[:, 0], x[:, 1]) ^ (draw.random(rows) < TURNED)).astype(np.int8)


def measured(method: Callable[[], Any], shape: str, rows: int, columns: int, draws: int) -> tuple[float, float]:
    """Mean log loss of other rows, and the processor's seconds of a fit."""
    losses, seconds = [], []
    for seed in range(draws):
        x, y = table(shape, rows + TEST_ROWS, columns, seed)
        start = time.process_time()
        model = method().fit(x[:rows], y[:rows])
        seconds.append(time.process_time() - start)
        losses.append(log_loss(y[rows:], model.predict_proba(x[rows:])[:, 1]))
    return float(np.mean(losses)), float(np.mean(seconds))


def main() -> None:
    """Print a table of all shapes, widths and methods."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--columns", type=int, nargs="+", default=[50, 100])
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    chosen = parser.parse_args()
    methods = OURS if chosen.ours else OURS | PEERS
    SeparatrixClassifier(random_state=0).fit(*table("circle", 100, 3, 0))  # compiled before anything is timed
    print("| table |", " | ".join(methods), "|")
    print("| --- |", " | ".join(["---:"] * len(methods)), "|")
    for shape in SHAPES:
        for columns in chosen.columns:
            cells = (measured(method, shape, chosen.rows, columns, chosen.draws) for method in methods.values())
            line = " | ".join(f"{loss:.3f} ({seconds:.1f} s)" for loss, seconds in cells)
            print(f"| {shape}, {columns - 2} columns of noise |", line, "|", flush=True)


if __name__ == "__main__":
    main()
