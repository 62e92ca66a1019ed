"""Write the golden files of a new format: `python tests/golden/make.py run estimator ensemble`.

A golden file is never written again once a version that wrote it is out: it stands for the users' own files.
"""

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars

import separatrix as sx
from separatrix.files.container import FORMAT

HERE = Path(__file__).parent


def make_run() -> None:
    recipe = sx.Recipe(
        loss="bce_with_logits", optimizer="adam", lr=0.01, epochs=40, batch_size=16, seed=2**64 - 1, schedule="cosine",
        l2=1e-4, validation_fraction=0.25, patience=50, log_every=4, snapshots=(0, 20, 40),
    )  # fmt: skip  # all that a file can hold
    network = sx.Network((2, 6, 5, 2), activation=("tanh", "relu"), init="he")
    run = sx.train(network, recipe.replace(loss="cross_entropy"), sx.moons(n=80, seed=7), engine="torch")
    sx.save(run, HERE / f"run-format-{FORMAT}.safetensors")
    x = np.array([[-1.0, 0.5], [0.0, 0.0], [0.25, -0.75], [1.5, 0.125], [10.0, -10.0]])
    expected = {
        "network": repr(run.network),
        "status": run.status.value,
        "epochs": run.epochs,
        "loss": run.loss,
        "held_accuracy": run.validation_accuracy,
        "snapshots": list(run.snapshots),
        "parameters": run.parameters.tolist(),
        "x": x.tolist(),
        "probabilities": run.predict_proba(x).tolist(),
    }
    (HERE / f"run-format-{FORMAT}.json").write_text(json.dumps(expected, indent=1) + "\n")


def table(rows: int) -> polars.DataFrame:
    """Every kind of column that an estimator takes, with missing values."""
    at = np.arange(rows)
    texts = ["Oslo", "Rome", None, "ä 'q'"]
    columns: dict[str, Any] = {
        "age": [None if k % 7 == 3 else float(k % 40) + 0.25 for k in at],
        "paid": [None if k % 9 == 4 else bool(k % 3) for k in at],
        "city": [texts[k % 4] for k in at],
        "code": [f"c{k % 17}" for k in at],
        "since": [None if k % 8 == 5 else datetime(2020, 1, 31, 6) + timedelta(hours=int(k) * 37) for k in at],
        "still": [1.5] * rows,
    }
    return polars.DataFrame(columns)


def make_estimator(numbers: str) -> None:
    from separatrix.data.table import Table
    from separatrix.estimators.classifier import MLPBinaryClassifier
    from separatrix.estimators.encoding.encoder import TableEncoder

    frame = table(90)
    labels = np.array(["no", "yes"])[(np.arange(90) * 7 % 5 > 2).astype(int)]
    encoder = TableEncoder(numbers, max_one_hot=5, pieces=6, random_state=0)
    model = MLPBinaryClassifier(
        [5, 4], ("tanh", "relu"), outputs=2, loss="cross_entropy", encoder=encoder, engine="torch", max_iter=12, batch_size=32,
        early_stopping=True, class_weight={"no": 1.0, "yes": 1.5}, random_state=0, warm_start=True,
    )  # fmt: skip  # all that a file can hold
    model.fit(frame, labels)
    name = f"estimator-{numbers}-format-{FORMAT}"
    source = Table(frame, {}, source="golden.csv", sha256="0" * 64)
    sx.save(model, HERE / f"{name}.safetensors", force=True, source=source)
    asked = table(20)
    expected = {
        "settings": {name: repr(value) for name, value in model.get_params(deep=False).items()},
        "classes": model.classes_.tolist(),
        "epochs": model.n_iter_,
        "loss": model.loss_,
        "outputs": list(model.encoding_.names),
        "encoded": model.encoding_.encode(asked, "float64").tolist(),
        "probabilities": model.predict_proba(asked).tolist(),
    }
    (HERE / f"{name}.json").write_text(json.dumps(expected, indent=1) + "\n")


def make_ensemble() -> None:
    points = sx.moons(n=90, noise=0.2, seed=5)
    x, labels = points.x.astype(np.float64), np.where(points.y == 1, "up", "down")
    x[::11, 1] = np.nan
    model = sx.SeparatrixClassifier(n_members=2, metric="f1", random_state=0).fit(x, labels)
    sx.save(model, HERE / f"ensemble-format-{FORMAT}.safetensors")
    asked = np.array([[0.0, 0.0], [1.0, -0.5], [np.nan, 0.5], [1e6, -1e6], [-1.0, np.nan]])
    expected = {
        "classes": model.classes_.tolist(),
        "base_models": model.base_models_["base_model"].to_list(),
        "threshold": model.threshold_,
        "x": asked.tolist(),
        "probabilities": model.predict_proba(asked).tolist(),
    }
    (HERE / f"ensemble-format-{FORMAT}.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    if "run" in sys.argv:
        make_run()
    if "estimator" in sys.argv:
        for kind in ("robust", "standard", "quantile", "piecewise", "both"):
            make_estimator(kind)
    if "ensemble" in sys.argv:
        make_ensemble()
