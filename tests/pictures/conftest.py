"""One small training of each kind, shared by the tests of the pictures."""

import pytest

import separatrix as sx

ADAM = {"optimizer": "adam", "lr": 0.05}


@pytest.fixture(scope="session")
def points() -> sx.Points:
    return sx.circle(n=100, seed=0)


@pytest.fixture(scope="session")
def many() -> sx.Points:
    return sx.circle(n=100_000, seed=1)


@pytest.fixture(scope="session")
def run(points: sx.Points) -> sx.Run:
    """Of the lesson's network, solved, with held-out rows and snapshots."""
    recipe = sx.Recipe(epochs=300, snapshots=(0, 100, 300), **ADAM)
    return sx.train(sx.Network.parse("2-4-4-1"), recipe, points, engine="torch", held=sx.circle(n=200, seed=9))


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
