"""Write the golden file of the present format; only when a new format begins: `python tests/golden/make.py`.

A golden file is never written again once a version that wrote it is out: it stands for the users' own files.
"""

import json
from pathlib import Path

import numpy as np

import separatrix as sx
from separatrix.model_file import FORMAT

HERE = Path(__file__).parent


def make() -> None:
    recipe = sx.Recipe(
        loss="bce_with_logits", optimizer="adam", lr=0.01, epochs=40, batch_size=16, seed=2**64 - 1, schedule="cosine",
        l2=1e-4, validation_share=0.25, patience=50, log_every=4, snapshots=(0, 20, 40),
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
        "held_accuracy": run.held_accuracy,
        "snapshots": list(run.snapshots),
        "parameters": run.parameters.tolist(),
        "x": x.tolist(),
        "probabilities": run.predict_proba(x).tolist(),
    }
    (HERE / f"run-format-{FORMAT}.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    make()
