"""The lesson: the tutorial's whole job, with a given seed meaning what it means in the plain script."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.constraints import SEED, Integer, check, lookup
from separatrix.network import Network
from separatrix.points import Points
from separatrix.run import Run
from separatrix.shapes import SAMPLERS
from separatrix.streams import stream_seed

FRESH = 100_000  # points on which the held-out accuracy is measured
FILM = 24  # snapshots for the film of the boundary


@dataclass(frozen=True, eq=False)
class Lesson:
    """What the lesson ends with.

    Attributes:
        points: the training points.
        run: the training.
        fresh_accuracy: accuracy on 100,000 fresh points of the same kind, or None for points from a file.
    """

    points: Points
    run: Run
    fresh_accuracy: float | None

    @property
    def one_minus_loss(self) -> float:
        """What the tutorial prints as its accuracy. With n points an accuracy is a multiple of 1 / n; this is not."""
        return 1 - self.run.loss


def draw(seed: int, n: int, network: Network) -> tuple[Points, np.ndarray]:
    """Points and initial parameters from one PyTorch stream, in the tutorial's order.

    The same numbers as `torch.manual_seed(seed)`, `torch.randn(n, 2)`, then an `nn.Linear` for each layer. PyTorch's
    global stream is left as it was.

    Returns:
        The points, x (n, 2) float32, and the parameters (p,) float32.

    Raises:
        InvalidParameter: a seed or n out of range.

    Examples:
        >>> points, parameters = draw(seed=0, n=100, network=Network.parse("2-4-4-1"))
        >>> points.n_positive, parameters.shape
        (48, (37,))
    """
    import torch
    from torch import nn

    check("lesson", {"seed": seed, "n": n}, {"seed": SEED, "n": Integer(2)})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        x = torch.randn(n, 2)
        layers = [nn.Linear(layer.fan_in, layer.fan_out) for layer in network.layout]
    y = (x[:, 0] ** 2 + x[:, 1] ** 2 < 1).numpy()
    parameters = torch.cat([part.detach().reshape(-1) for layer in layers for part in (layer.weight, layer.bias)])
    return Points(x.numpy(), y, "circle", seed), parameters.numpy()


def fresh_points(sampler: str, seed: int, noise: float | None = None, n: int = FRESH) -> Points:
    """New points of the same kind, from a stream that the training didn't use.

    Raises:
        InvalidParameter: an unknown sampler.
    """
    draw_more = lookup("sampler", sampler, SAMPLERS).draw
    settings = {} if noise is None else {"noise": noise}
    return draw_more(n=n, seed=stream_seed(seed, "held"), **settings)


def accuracy_on(run: Run, points: Points) -> float:
    """Share of points on the right side."""
    return float((run.predict(points.x) == points.y).mean())


def film_epochs(epochs: int) -> tuple[int, ...]:
    """Epochs for snapshots that show the boundary form: 0 and then ever further apart."""
    return tuple(sorted({0, *(int(epoch) for epoch in np.geomspace(1, epochs, FILM - 1).round())}))
