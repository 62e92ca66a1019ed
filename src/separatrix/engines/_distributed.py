"""The torch engine in several processes, each with its own rows: gradients are averaged by DistributedDataParallel.

Every process walks the same outer loop and must come to the same decisions, or they would wait for each other for
ever. So whatever a decision hangs on (losses, accuracies, whether a step broke) is summed over the processes first,
and what could be decided by one clock alone is refused.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import distributed as group
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from separatrix.engines._reference import TorchEngine, TorchSession, memory_errors
from separatrix.engines.base import Metrics, Task
from separatrix.errors import InvalidData
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from separatrix.networks.module_network import ModuleNetwork


class DistributedEngine(TorchEngine):
    """Plain PyTorch in every process of the group that `torch.distributed` has joined."""

    name = "distributed"

    def refuses(self, network: Network | ModuleNetwork, recipe: Recipe, device: str) -> str | None:
        """Refuse to work outside of a group, and recipes on which its processes could decide differently."""
        if not (group.is_available() and group.is_initialized()):
            return "it needs several processes: start them with torchrun and call separatrix.training.distributed.joined()."
        if not isinstance(network, Network):
            return "a module of your own may hold state that isn't averaged."
        if recipe.optimizer == "lbfgs":
            return "lbfgs searches by each process's own loss."
        if recipe.solved_below is not None:
            return "solved_below walks a chunk twice, and chunks follow each process's own clock."
        return super().refuses(network, recipe, device)

    def start(self, task: Task, parameters: np.ndarray, memory: dict[str, np.ndarray] | None = None) -> TorchSession:
        """Start a training at these parameters, (p,); every process must call this.

        Raises:
            InvalidData: the rows have weights.
        """
        if task.weight is not None:
            raise InvalidData("sample_weight can't be used in several processes: they are normalised in each alone.")
        with memory_errors():
            return DistributedSession(task, parameters, memory, self.device)


class _Output(nn.Module):
    """What the loss takes as a module's forward, which is what DistributedDataParallel watches."""

    def __init__(self, session: TorchSession) -> None:
        super().__init__()
        self.module, self.wants_logits = session.module, session.wants_logits

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """X (n, d) -> logits or probabilities (n, outputs)."""
        # `nn.Module` gives every attribute one type, and `logits` is a method.
        output: torch.Tensor = self.module.logits(x) if self.wants_logits else self.module(x)  # type: ignore[operator]
        return output


class DistributedSession(TorchSession):
    """One training in progress, this process's part of it."""

    def __init__(self, task: Task, parameters: np.ndarray, memory: dict[str, np.ndarray] | None, device: str) -> None:
        super().__init__(task, parameters, memory, device)
        self.parallel = DistributedDataParallel(_Output(self))
        self.world = group.get_world_size()
        self.rows = _gathered(len(task.x))  # of each process
        self.validation_rows = sum(_gathered(0 if task.validation_x is None else len(task.validation_x)))
        batch = self.recipe.batch_size
        # Every process must take the same number of steps, or the others wait for it for ever.
        self.steps = 1 if batch is None else math.ceil(sum(self.rows) / batch)
        # A step without rows would be a mean over nothing.
        if min(self.rows) < self.steps:
            raise InvalidData(
                f"a process has {min(self.rows)} rows, fewer than the {self.steps} steps of an epoch; share the rows "
                "out evenly, or take larger batches."
            )
        self.scale = 1.0

    def batches(self, order: np.ndarray | None) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]]:
        """As many batches in every process, together of about `batch_size` rows each."""
        own_order = np.arange(len(self.y)) if order is None else order
        step_rows = [[len(part) for part in np.array_split(np.empty(rows), self.steps)] for rows in self.rows]
        for step, rows in enumerate(np.array_split(own_order, self.steps)):
            # DistributedDataParallel takes the mean over processes: this makes it the mean over all rows of the step
            self.scale = len(rows) * self.world / sum(counts[step] for counts in step_rows)
            index = torch.from_numpy(rows).to(self.x.device)
            yield (self.x, self.y, None) if order is None else (self.x[index], self.y[index], None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """What the loss takes; while training through DistributedDataParallel."""
        if not self.module.training:
            return super().forward(x)
        output: torch.Tensor = self.parallel(x)
        return output

    def criterion(self, output: torch.Tensor, y: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor:
        """The mean loss of the rows; while training this process's share of the mean over all of them."""
        # Only the training loss is scaled; measures are weighted in `_mean`.
        loss = super().criterion(output, y, weight)
        return loss * self.scale if self.module.training else loss

    def step(self, x: torch.Tensor, y: torch.Tensor, weight: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        """One step, and the loss of all processes' rows: where one of them breaks, all see it."""
        loss, output = super().step(x, y, weight)
        # In float64, so that the sum over processes does not depend on their order in the last bits of float32.
        total = loss.double().reshape(1)
        group.all_reduce(total)
        return (total[0] / self.world).to(loss.dtype), output

    def epoch(self, rate: float, order: np.ndarray | None) -> tuple[float, float, float] | None:
        """One epoch; loss and accuracy are those of all rows."""
        row = super().epoch(rate, order)
        if row is None:
            return None
        loss, accuracy = self._mean(row[0], row[1], len(self.y), sum(self.rows))
        return loss, accuracy, row[2]

    def validation(self) -> tuple[float, float]:
        """Loss and accuracy on all processes' validation rows; NaN without any."""
        if not self.validation_rows:
            return math.nan, math.nan
        mine = super().validation() if self.validation_y is not None else (0.0, 0.0)
        return self._mean(*mine, 0 if self.validation_y is None else len(self.validation_y), self.validation_rows)

    def measure(self) -> Metrics:
        """Losses and accuracies of all rows at the present parameters."""
        mine = super().measure()
        return Metrics(
            *self._mean(mine.loss, mine.accuracy, len(self.y), sum(self.rows)),
            mine.validation_loss,
            mine.validation_accuracy,
        )

    def _mean(self, one: float, other: float, rows: int, of: int) -> tuple[float, float]:
        """Two means over this process's rows as means over all of them."""
        total = torch.tensor([one, other], dtype=torch.float64) * rows / of
        group.all_reduce(total)
        return float(total[0]), float(total[1])


def _gathered(count: int) -> list[int]:
    """A number of every process, in their order."""
    counts = [torch.zeros(1, dtype=torch.int64) for _ in range(group.get_world_size())]
    group.all_gather(counts, torch.tensor([count]))
    return [int(number) for number in counts]
