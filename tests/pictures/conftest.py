"""One small training of each kind, shared by the tests of the pictures."""

from dataclasses import dataclass
from itertools import combinations

import pytest

import separatrix as sx
from separatrix.evaluation.scores import Scored, scored
from separatrix.studies.walls import Wall, wall
from tests.evaluation.inspection.conftest import KINDS, Known, table

ADAM = {"optimizer": "adam", "lr": 0.05}


@pytest.fixture(scope="session")
def points() -> sx.Points:
    return sx.circle(n=100, seed=0)


@pytest.fixture(scope="session")
def many() -> sx.Points:
    return sx.circle(n=100_000, seed=1)


@pytest.fixture(scope="session")
def run(points: sx.Points) -> sx.Run:
    """Of the lesson's network, solved, with validation rows and snapshots."""
    recipe = sx.Recipe(epochs=300, snapshots=(0, 100, 300), **ADAM)
    return sx.train(sx.Network.parse("2-4-4-1"), recipe, points, engine="torch", validation=sx.circle(n=200, seed=9))


@pytest.fixture(scope="session")
def wide(points: sx.Points) -> sx.Run:
    """Of a network with more units than a picture shows, and two outputs."""
    recipe = sx.Recipe(epochs=30, loss="cross_entropy", schedule="cosine", **ADAM)
    return sx.train(sx.Network.parse("2-20-3-2", ("sigmoid", "relu")), recipe, points, engine="torch")


@pytest.fixture(scope="session")
def own(points: sx.Points) -> sx.Run:
    """Of a module of the user's own."""
    from torch import nn

    module = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.LayerNorm(3), nn.Linear(3, 1), nn.Sigmoid())
    return sx.train(module, sx.Recipe(epochs=5), points, engine="torch")


@dataclass(frozen=True, eq=False)
class Records:
    """Of a classifier of tables: probabilities beside labels, and every explanation."""

    scored: Scored
    importance: sx.Importance
    dependences: list[sx.Dependence]
    sections: dict[tuple[str, str], sx.Section]


@pytest.fixture(scope="session")
def records() -> Records:
    """Of columns of all kinds, one of them with gaps, and of three models."""
    import polars as pl

    known, members = Known(), [Known(-4.0), Known(4.0)]
    frame, y = table(400)
    frame = frame.with_columns(pl.when(pl.int_range(400) % 9 > 0).then(pl.col("age")).alias("age"))
    return Records(
        scored(y, known.predict_proba(frame)[:, 1], ("no", "yes")),
        sx.importance_of(known, frame, y),
        [sx.dependence_of(known, frame, name, kind, members=members) for name, kind in KINDS.items()],
        {pair: sx.section_of(known, frame, KINDS, pair, y, members=members) for pair in combinations(KINDS, 2)},
    )


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> sx.Results:
    """Of a small study: two widths, two losses, two checkpoints."""
    study = sx.Study.grid(n=30, n_test=20, widths=(2, 6), loss=("bce", "mse"), lr=1.0, checkpoints=(20, 60), seeds=6)
    return sx.run_study(study, tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def borders(results: sx.Results) -> Wall:
    """Of six seeds of its last condition."""
    return wall(results.study, 3, 6)
