"""The contract between the one outer loop and the engines: refuse, start, advance, hand back; and what is minimised.

`separatrix.training.loop` owns the loop and knows only this file; an engine imports this file and never the loop.
An engine is given numbers (data, initial parameters, rates, batch order) and advances them by whole
epochs. It never draws a random number, logs, stops early, scales data or reads a global setting.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe

if TYPE_CHECKING:
    from separatrix.networks.module_network import ModuleNetwork


@dataclass(frozen=True, eq=False)
class Task:
    """What an engine is asked to minimise: a description and the arrays it stands for.

    All floating arrays share one dtype, the recipe's (float32 or float64), and are C-contiguous.

    Attributes:
        network: the description of the network, or the wrapper of a user's module.
        recipe: the description of the training; the engine reads loss, optimiser and penalties.
        x: inputs, (n, d).
        y: labels 0 or 1, (n,).
        weight: weights of the rows with mean 1, (n,), or None for equal weights. The loss of a batch of
            B rows is `sum(weight * loss) / B`; over all rows that is the weighted mean.
        validation_x: validation inputs, (m, d), or None.
        validation_y: validation labels, (m,), or None.
        validation_weight: weights of the validation rows with mean 1, (m,), or None for equal weights.
        threads: the most threads the engine may use. The result may not depend on it.
    """

    network: Network | ModuleNetwork
    recipe: Recipe
    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None = None
    validation_x: np.ndarray | None = None
    validation_y: np.ndarray | None = None
    validation_weight: np.ndarray | None = None
    threads: int = 1


@dataclass(frozen=True, eq=False)
class Epochs:
    """Which epochs to do next.

    Attributes:
        rates: the learning rate of each epoch, (c,) float64; its length is the number of epochs.
        order: the order of the rows in each epoch, (c, n) int64, cut into batches of
            `recipe.batch_size` (the last one may be shorter), or None for full batch in the order given.
        logged: offsets into these epochs at which to measure, (k,) int64, increasing.
        keep: whether to hand back the parameters after each logged epoch too.
    """

    rates: np.ndarray
    order: np.ndarray | None
    logged: np.ndarray
    keep: bool = False


@dataclass(frozen=True, eq=False)
class Progress:
    """What came out of `Session.advance`.

    Attributes:
        done: epochs completed. Fewer than asked for only if a loss, a gradient or a parameter became NaN
            or infinite: then the session keeps the parameters from before the step that broke them.
        loss: at each logged epoch that was completed, (k,) float64: the loss with its penalties *before* that
            epoch's step, as the tutorial prints it. With batches: the mean over the epoch's batches, each before
            its own step, weighted by their rows.
        accuracy: share of training rows on the right side, same moment and weighting as `loss` (rows
            count equally, whatever their weight), (k,) float64.
        gradient_norm: Euclidean norm of the gradient of the epoch's last step, penalties included, (k,) float64.
        validation_loss: loss without penalties on the validation rows *after* the epoch, weighted by their weights if they
            have some, (k,) float64, NaN if there are none.
        validation_accuracy: likewise the share of validation rows on the right side, (k,) float64.
        parameters: those after each logged epoch that was completed, (k, p), if `Epochs.keep` asks for them, else None.
    """

    done: int
    loss: np.ndarray
    accuracy: np.ndarray
    gradient_norm: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray
    parameters: np.ndarray | None = None

    def select(self, rows: np.ndarray) -> Progress:
        """The same with only these of its rows, (k,) bool."""
        # By the fields' names, so that a measure added to the class can't be forgotten here.
        columns: dict[str, Any] = {
            field.name: getattr(self, field.name) for field in fields(self) if field.name != "done"
        }
        selected: dict[str, Any] = {name: None if column is None else column[rows] for name, column in columns.items()}
        return replace(self, **selected)

    @classmethod
    def of_rows(cls, done: int, rows: np.ndarray, parameters: np.ndarray | None) -> Progress:
        """The progress that a table of measures describes.

        Args:
            done: number of completed epochs.
            rows: (k, 5), one row per logged epoch: loss, accuracy, gradient norm, validation loss, validation accuracy.
            parameters: (k, p) or None, as in the class.
        """
        # A copy: each measure becomes contiguous, and the engine may use its table again.
        loss, accuracy, norm, validation_loss, validation_accuracy = np.reshape(rows, (-1, 5)).T.copy()
        return cls(done, loss, accuracy, norm, validation_loss, validation_accuracy, parameters)


@dataclass(frozen=True)
class Metrics:
    """Losses and accuracies at one set of parameters.

    Attributes:
        loss: of the training rows, penalties included.
        accuracy: share of training rows on the right side.
        validation_loss: loss of the validation rows without penalties, NaN if there are none.
        validation_accuracy: share of validation rows on the right side, NaN if there are none.
    """

    loss: float
    accuracy: float
    # NaN, not None: the columns of a history are plain float64.
    validation_loss: float = math.nan
    validation_accuracy: float = math.nan


# Protocols, not base classes: an engine imports this file and inherits nothing from it.
class Session(Protocol):
    """One training in progress. It owns its parameters and the optimiser's memory."""

    def advance(self, epochs: Epochs) -> Progress:
        """Train for these epochs. Dividing the same epochs into other chunks gives the same bits."""
        ...

    def measure(self) -> Metrics:
        """Losses and accuracies at the present parameters."""
        ...

    def parameters(self) -> np.ndarray:
        """A copy of the parameters, (p,), in the order of `Network.layout`."""
        ...

    def place(self, parameters: np.ndarray) -> None:
        """Replace the parameters, (p,); the optimiser's memory stays as it is."""
        ...

    def memory(self) -> dict[str, np.ndarray]:
        """A copy of the optimiser's memory: with the parameters, all that is needed to resume bit for bit."""
        ...


class Engine(Protocol):
    """Something that carries out a recipe."""

    name: str

    def refuses(self, network: Network | ModuleNetwork, recipe: Recipe, device: str) -> str | None:
        """Say why this engine does not support a training.

        Args:
            network: the description, or a user's module.
            recipe: the description of the training.
            device: where it is to be computed.

        Returns:
            A sentence with the reason, or None if the engine supports it.
        """
        ...

    def start(self, task: Task, parameters: np.ndarray, memory: dict[str, np.ndarray] | None = None) -> Session:
        """Start a training.

        Args:
            task: what is minimised.
            parameters: initial parameters, (p,).
            memory: an optimiser's memory to resume with, or None for an empty one.
        """
        ...


# The function that training minimises, in plain NumPy: an engine's own arithmetic is measured by it.


BLOCK = 4_096  # rows measured in one go: a million rows need no more memory than these


def penalty(network: Network, parameters: np.ndarray, l1: float, l2: float) -> float:
    """l1 · Σ|w| + l2 / 2 · Σ w² over the weights, not the biases.

    Args:
        network: says which parameters are weights.
        parameters: (p,).
        l1: factor of the absolute values.
        l2: factor of the squares.
    """
    if l1 == l2 == 0:
        # Not 0 · Σ, which is NaN where a weight has become infinite.
        return 0.0
    # In float64, as the losses are summed to which it is added.
    weights = parameters[network.is_weight].astype(np.float64)
    return float(l1 * np.abs(weights).sum() + l2 / 2 * (weights * weights).sum())


def data_loss(
    network: Network,
    loss: str,
    gamma: float,
    parameters: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None,
) -> tuple[float, float]:
    """Mean loss without penalties, and share of rows that are classified correctly.

    Args:
        network: the description.
        loss: name of the loss.
        gamma: exponent of the focal loss.
        parameters: (p,).
        x: (n, d).
        y: labels 0 or 1, (n,).
        weight: (n,) with mean 1, or None for equal weights.
    """
    total, right = 0.0, 0
    for first in range(0, len(x), BLOCK):
        rows = slice(first, first + BLOCK)
        with np.errstate(over="ignore", invalid="ignore"):  # the loop looks for NaN and inf
            z = network.logit(parameters, x[rows])
            row_loss = LOSSES[loss].value(z, y[rows], gamma)
        # Summed in float64: a million float32 losses would lose the digits that early stopping compares.
        total += float(np.sum(row_loss if weight is None else row_loss * weight[rows], dtype=np.float64))
        # By the logit's sign: close to the border a sigmoid rounds to exactly 0.5 and the side is lost.
        right += int(np.count_nonzero((z > 0) == (y[rows] > 0.5)))
    return total / len(x), right / len(x)


def measure(task: Task, parameters: np.ndarray) -> Metrics:
    """Losses and accuracies of a `Network` with a named loss at parameters (p,).

    Raises:
        TypeError: a user's module, or a loss that is the user's own function.
    """
    network, recipe = task.network, task.recipe
    if not isinstance(network, Network) or not isinstance(recipe.loss, str):
        raise TypeError("measure() takes a Network and a loss by name")
    loss, accuracy = data_loss(network, recipe.loss, recipe.focal_gamma, parameters, task.x, task.y, task.weight)
    loss += penalty(network, parameters, recipe.l1, recipe.l2)
    if task.validation_x is None or task.validation_y is None:
        return Metrics(loss, accuracy)
    # Without penalties, so that trainings with different ones can be compared.
    validation = data_loss(
        network,
        recipe.loss,
        recipe.focal_gamma,
        parameters,
        task.validation_x,
        task.validation_y,
        task.validation_weight,
    )
    return Metrics(loss, accuracy, *validation)
