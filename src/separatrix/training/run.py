"""Run: the result of one training, and the records that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.support.surroundings import insulated

if TYPE_CHECKING:
    import polars
    from torch import nn

    from separatrix.networks.module_network import ModuleNetwork
    from separatrix.training.finding import Finding

from separatrix.data.points import Points, checked_inputs, fitting
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.support import hooks


class Status(StrEnum):
    """How a training ended.

    converged: every training row is on the right side, or the validation loss stopped falling (`patience`).
    stuck: all epochs done, some rows still wrong, and the loss fell by less than 1% over the last tenth of them.
    stopped: cut short while still learning: by the number of epochs, or by the user.
    diverged: the loss, a gradient or a parameter became NaN or infinite; the last finite parameters are kept.

    Examples:
        >>> import separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-2-1"), sx.Recipe(epochs=20, optimizer="adam"), sx.moons())
        >>> run.status == sx.Status.STOPPED, str(run.status)
        (True, 'stopped')
    """

    CONVERGED = "converged"
    STUCK = "stuck"
    STOPPED = "stopped"
    DIVERGED = "diverged"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """All that is needed to resume a training bit for bit.

    Attributes:
        parameters: the current parameters, (p,); with `patience`, not the best ones.
        memory: the optimiser's memory.
        order: the state of the random stream of batch orders, as plain data, or None for full batches.
        best: with `patience`: the best parameters so far, (p,).
        best_loss: their validation loss.
        waited: number of logged epochs since then.

    Examples:
        >>> import separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-2-1"), sx.Recipe(epochs=20, optimizer="adam"), sx.moons())
        >>> sorted(run.checkpoint.memory)
        ['exp_avg', 'exp_avg_sq', 'step']
    """

    parameters: np.ndarray
    memory: dict[str, np.ndarray]
    order: dict[str, Any] | None = None
    best: np.ndarray | None = None
    best_loss: float = float("inf")
    waited: int = 0


@insulated
@dataclass(frozen=True, eq=False)
class Run:
    """The result of one training.

    Attributes:
        network: the description of what was trained.
        recipe: the description of how.
        parameters: (p,), the recipe's dtype; with `patience`, the best ones seen.
        initial: the parameters before the first epoch, (p,).
        log: what was measured; `history` gives it as a data frame.
        status: how it ended.
        epochs: epochs completed.
        loss: training loss of `parameters`, penalties included.
        accuracy: share of training rows on the right side with `parameters`, in [0, 1].
        validation_accuracy: the same on the validation rows, or None if there were none.
        engine: "torch" or "fused".
        seconds: wall time of the training.
        versions: of separatrix and of what the engine is built on.
        snapshots: epoch -> parameters (p,) after it, for the recipe's `snapshots`.
        checkpoint: all that is needed to resume, or None.
        data: SHA-256 of the training data, so that a run is resumed with the same data only.

    Examples:
        >>> import separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=100), sx.circle(seed=0))
        >>> run.epochs, len(run.history), run.predict_proba([[0.0, 0.0]]).shape
        (100, 10, (1, 2))
    """

    network: Network | ModuleNetwork
    recipe: Recipe
    parameters: np.ndarray
    initial: np.ndarray
    log: History
    status: Status
    epochs: int
    loss: float
    accuracy: float
    validation_accuracy: float | None
    engine: str
    seconds: float
    versions: dict[str, str]
    snapshots: dict[int, np.ndarray] = field(default_factory=dict)
    checkpoint: Checkpoint | None = None
    data: str = ""

    def __repr__(self) -> str:
        return (
            f"Run({self.network}, {self.engine}: {self.status} after {self.epochs:,} epochs, "
            f"loss {self.loss:.4g}, accuracy {self.accuracy:.2%})"
        )

    @cached_property
    def history(self) -> polars.DataFrame:
        """One row per logged epoch; see `separatrix.training.run.History` for the columns."""
        return self.log.frame()

    def logit(self, x: Any) -> np.ndarray:
        """The logit of class 1: x (n, d) -> (n,). No gradients are kept."""
        return self.network.logit(self.parameters, self._inputs(x))

    def predict_proba(self, x: Any) -> np.ndarray:
        """Probabilities, columns as in scikit-learn (class 0, class 1): x (n, d) -> (n, 2)."""
        return self.network.predict_proba(self.parameters, self._inputs(x))

    def predict(self, x: Any) -> np.ndarray:
        """The class, 1 where its probability is above one half: x (n, d) -> (n,) int8."""
        # The logit is compared, not the probability, which may round to one half.
        return (self.logit(x) > 0).astype(np.int8)

    def _inputs(self, x: Any) -> np.ndarray:
        return fitting(checked_inputs(x), str(self.parameters.dtype))

    def to_torch(self) -> nn.Module:
        """A `nn.Module` with these parameters: x (n, d) -> probabilities (n, 1)."""
        if isinstance(self.network, Network):
            return self.network.to_torch(self.parameters)
        # Buffers of whole numbers aren't among the parameters; the last step's are in the checkpoint.
        return self.network.to_torch(self.parameters, self.checkpoint.memory if self.checkpoint else None)

    def diagnose(self, points: Points | None = None, *, seeds: int = 20) -> tuple[Finding, ...]:
        """Find out what is wrong with this training; see `separatrix.training.diagnosis.diagnose`."""
        # Through a hook: diagnosis trains again and so imports the loop, which imports this file.
        findings: tuple[Finding, ...] = hooks.call("Run.diagnose", self, points, seeds=seeds)
        return findings

    def exact_accuracy(self, points: Points) -> float:
        """The probability that a new point of the points' sampler is on the right side, computed and not sampled.

        See `separatrix.geometry.accuracy.exact_accuracy`, which also says what networks and points it needs.
        """
        accuracy: float = hooks.call("Run.exact_accuracy", self, points)
        return accuracy


# History: what was measured during training, one row per logged epoch.


COLUMNS = ("epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "lr", "gradient_norm", "seconds")


@dataclass(frozen=True, eq=False)
class History:
    """Columns of equal length (k,), one row per logged epoch.

    Attributes:
        epoch: the epoch's number, from 1, int64.
        loss: training loss with its penalties before the epoch's step, float64.
        accuracy: training accuracy at the same moment, in [0, 1], float64.
        validation_loss: loss of the validation rows after the epoch, float64, NaN without such rows.
        validation_accuracy: accuracy of the validation rows after the epoch, likewise.
        lr: the epoch's learning rate, float64.
        gradient_norm: Euclidean norm of the epoch's last gradient, float64.
        seconds: since the start of training, float64, interpolated between the moments when the loop looked.

    Examples:
        >>> import separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-2-1"), sx.Recipe(epochs=20, optimizer="adam"), sx.moons())
        >>> run.log.epoch.tolist(), run.log.loss.shape
        ([10, 20], (2,))
    """

    epoch: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray
    lr: np.ndarray
    gradient_norm: np.ndarray
    seconds: np.ndarray

    def __len__(self) -> int:
        return len(self.epoch)

    @classmethod
    def joined(cls, parts: Iterable[History]) -> History:
        """Several histories, one after the other; an empty history if there are none."""
        parts = list(parts)
        # An empty history still has columns of the right types.
        empty = {name: np.zeros(0, np.int64 if name == "epoch" else np.float64) for name in COLUMNS}
        return cls(
            **{name: np.concatenate([empty[name], *(getattr(part, name) for part in parts)]) for name in COLUMNS}
        )

    def frame(self) -> polars.DataFrame:
        """The same as a data frame, with the columns in the order of `COLUMNS`."""
        import polars

        # Polars is imported for the frame alone; engines and files work with the arrays.
        return polars.DataFrame({name: getattr(self, name) for name in COLUMNS})


@dataclass(frozen=True)
class EpochEnd:
    """The state of a training, as a progress callback receives it.

    Attributes:
        epoch: epochs completed.
        epochs: all epochs of the recipe.
        loss: the last logged training loss, or None before the first.
        accuracy: the last logged training accuracy, or None.
        validation_accuracy: the last logged validation accuracy; NaN without validation rows.
        rows: the rows of the history since the last call.
        parameters: a function that returns a copy of the current parameters, (p,).
        run_so_far: a function that returns the run as it is now, which can be saved and resumed; or None.

    Examples:
        >>> import separatrix as sx
        >>> epochs = []
        >>> network, recipe = sx.Network.parse("2-2-1"), sx.Recipe(epochs=20)
        >>> run = sx.train(network, recipe, sx.moons(), on_progress=lambda end: epochs.append(end.epoch), look_every=10)
        >>> epochs
        [10, 20]
    """

    epoch: int
    epochs: int
    loss: float | None
    accuracy: float | None
    validation_accuracy: float | None
    rows: History
    parameters: Callable[[], np.ndarray]
    run_so_far: Callable[[], Run] | None = None


OnProgress = Callable[[EpochEnd], object]


# A relative decrease of the loss below this, over the last tenth of the epochs, is a plateau.
PLATEAU = 0.01


def ended(log: History, accuracy: float, epochs: int) -> Status:
    """How a training that completed all its epochs ended: converged, stuck or stopped (see `Status`).

    Args:
        log: the history.
        accuracy: final training accuracy, in [0, 1].
        epochs: number of epochs.
    """
    if accuracy == 1.0:
        return Status.CONVERGED
    # The history may start late, after a resumed run; the last tenth is counted in epochs, not in rows.
    late = log.loss[log.epoch >= 0.9 * epochs]
    if len(late) >= 2 and late[0] - late[-1] < PLATEAU * abs(late[0]):
        return Status.STUCK
    return Status.STOPPED
