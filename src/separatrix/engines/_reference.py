"""The torch engine: the tutorial's loop in plain PyTorch, written to be read.

Forward, loss, zero_grad, backward, step, in that order, in `TorchSession.step`. With the tutorial's settings its
numbers equal those of the script a learner would write, bit for bit.
"""

from __future__ import annotations

import contextlib
import inspect
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from separatrix.engines._memory import keep_memory, restore_memory
from separatrix.engines._own_code import own_code_errors, refuse_no_probability, refuse_no_scalar
from separatrix.engines.base import Epochs, Metrics, Progress, Task
from separatrix.errors import InvalidParameter
from separatrix.networks.losses import LOSSES
from separatrix.networks.module_network import ModuleNetwork, needs_probability, outputs_of_loss, what_loss_takes
from separatrix.networks.modules import get_parameters, set_parameters, tensors
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe
from separatrix.support.pytorch import nn, torch


class TorchEngine:
    """Plain PyTorch on a device: "cpu", "cuda", "cuda:1", "mps"."""

    name = "torch"

    def __init__(self, device: str = "cpu") -> None:
        self.device = device

    def refuses(self, network: Network | ModuleNetwork, recipe: Recipe, device: str) -> str | None:
        """Refuse a device that is not available; everything else is supported."""
        try:
            # And back again: the device "meta" accepts numbers but cannot return them.
            torch.zeros(1, device=device, dtype=getattr(torch, recipe.dtype)).cpu()
        except (RuntimeError, AssertionError, TypeError) as error:
            return f"device {device!r} can't be used here: {str(error).splitlines()[0]}"
        return None

    def start(self, task: Task, parameters: np.ndarray, memory: dict[str, np.ndarray] | None = None) -> TorchSession:
        """Start a training at these parameters, (p,)."""
        with memory_errors(), with_gradients():
            return TorchSession(task, parameters, memory, self.device)


class TorchSession:
    """One training in progress."""

    def __init__(self, task: Task, parameters: np.ndarray, memory: dict[str, np.ndarray] | None, device: str) -> None:
        self.task, self.recipe = task, task.recipe
        self.module: nn.Module = task.network.to_torch(parameters).to(device).train()
        self.wants_logits = isinstance(task.network, Network) and what_loss_takes(self.recipe.loss) == "logit"
        own_module = isinstance(task.network, ModuleNetwork)
        self.own_code = (
            own_module or not isinstance(self.recipe.loss, str) or not isinstance(self.recipe.optimizer, str)
        )
        self.classes = not isinstance(self.recipe.loss, str) and outputs_of_loss(self.recipe.loss) == 2
        self.strict = own_module and needs_probability(self.recipe.loss)
        self.x, self.validation_x = (_tensor(x, device) for x in (task.x, task.validation_x))
        columns = (task.y, task.weight, task.validation_y, task.validation_weight)
        self.y, self.weight, self.validation_y, self.validation_weight = (_tensor(_column(v), device) for v in columns)
        with self.explained():
            self.optimizer = make_optimizer(self.module, self.recipe)
        self.own_rates = [group["lr"] for group in self.optimizer.param_groups]
        self.cuda = [self.x.device] if self.x.device.type == "cuda" else []
        generator = torch.Generator(self.x.device if self.cuda else "cpu")
        self.stream = generator.manual_seed(self.recipe.seed).get_state()  # for a user's dropout
        restore_memory(self, memory or {})

    def explained(self) -> contextlib.AbstractContextManager[None]:
        """Turn errors of the user's own code into ours; nothing where all code is ours."""
        return own_code_errors(len(self.task.y)) if self.own_code else contextlib.nullcontext()

    # One step, as in the tutorial.

    def step(self, x: torch.Tensor, y: torch.Tensor, weight: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Take one step of the optimiser on these rows; return the loss and the output before it."""
        first: list[tuple[torch.Tensor, torch.Tensor]] = []

        def closure() -> torch.Tensor:
            output = self.forward(x)
            loss = self.criterion(output, y, weight) + self.penalty()
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # PyTorch's own signature
            # The loss before the step is what the tutorial prints; L-BFGS calls this several times, and the first
            # call counts.
            first.append((loss.detach(), output.detach()))
            return loss

        if not isinstance(self.optimizer, torch.optim.LBFGS):
            closure()
            self.optimizer.step()
        elif self.optimizer.param_groups[0]["lr"] > 0:
            self.optimizer.step(closure)  # type: ignore[no-untyped-call]  # PyTorch's own signature
        else:
            closure()  # a rate of 0 does not move, and PyTorch's line search would divide by the length of the step
        return first[0]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """What the loss takes, for x (n, d): probabilities or logits, (n, outputs)."""
        if self.wants_logits:
            logits: torch.Tensor = self.module.logits(x)  # type: ignore[operator]  # an MLP has it
            return logits
        output: torch.Tensor = self.module(x)
        return output.reshape(len(x), 1) if output.ndim < 2 else output  # squeezed, down to a single row's number

    def criterion(self, output: torch.Tensor, y: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor:
        """The mean loss of the rows, weighted by weight (n, 1)."""
        loss = self.recipe.loss
        if output.isnan().any():  # BCELoss would raise, and on a GPU end the process; here NaN is a number to be seen
            return output.sum()
        if self.strict:
            refuse_no_probability(output)
        if isinstance(loss, str):
            of_rows = LOSSES[loss].torch
            if weight is None:
                return of_rows(output, y, "mean", self.recipe.focal_gamma)
            return (of_rows(output, y, "none", self.recipe.focal_gamma).view_as(weight) * weight).mean()
        target = y[:, 0].long() if self.classes else y
        mean_loss: torch.Tensor = loss(output, target)
        refuse_no_scalar(mean_loss)
        return mean_loss

    def penalty(self) -> torch.Tensor | float:
        """l1 · Σ|w| + l2 / 2 · Σ w² over the weights; biases have one axis."""
        l1, l2 = self.recipe.l1, self.recipe.l2
        if l1 == l2 == 0:
            return 0.0
        weights = [parameter for parameter in self.module.parameters() if parameter.ndim > 1]
        total = sum(l1 * w.abs().sum() + l2 / 2 * (w * w).sum() for w in weights)
        return total

    # Epochs, and what is measured.

    def advance(self, epochs: Epochs) -> Progress:
        """Train for these epochs."""
        logged, rows, ends = set(epochs.logged.tolist()), [], []
        done = 0
        with one_thread(), memory_errors(), with_gradients(), self.own_stream(), self.explained():
            for done, rate in enumerate(epochs.rates.tolist()):  # done is read after a break
                row = self.epoch(rate, None if epochs.order is None else epochs.order[done])
                if row is None:
                    break
                if done in logged:
                    rows.append((*row, *self.validation()))
                    ends += [self.parameters()] if epochs.keep else []
            else:
                done = len(epochs.rates)
        return Progress.of_rows(done, np.array(rows, float), np.array(ends) if epochs.keep else None)

    def epoch(self, rate: float, order: np.ndarray | None) -> tuple[float, float, float] | None:
        """Train one epoch; return loss, accuracy and gradient norm, or None if a number became infinite or NaN.

        In that case the parameters are those before the step that broke them.

        Raises:
            RuntimeError: whatever PyTorch raises, except for a step size that the dtype cannot hold.
        """
        for group, factor in zip(self.optimizer.param_groups, self.own_rates, strict=True):
            group["lr"] = rate if isinstance(self.recipe.optimizer, str) else rate * factor
        loss = right = 0.0
        for x, y, weight in self.batches(order):
            before = [tensor.detach().clone() for tensor in tensors(self.module)]
            try:
                batch_loss, output = self.step(x, y, weight)
                finite = math.isfinite(batch_loss.item()) and math.isfinite(self.largest())
            except RuntimeError as error:
                if "without overflow" not in str(error):
                    raise
                finite = False  # a step size beyond what the dtype holds: PyTorch refuses to take it
            if not finite:
                with torch.no_grad():
                    for tensor, old in zip(tensors(self.module), before, strict=True):
                        tensor.copy_(old)
                return None
            loss += batch_loss.item() * len(y)
            right += self.right(output, y)
        return loss / len(self.y), right / len(self.y), self.gradient_norm()

    def batches(self, order: np.ndarray | None) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]]:
        """The rows of each step: all of them, or batches in the order given."""
        if order is None:
            yield self.x, self.y, self.weight
            return
        for rows in torch.split(torch.from_numpy(order).to(self.x.device), self.recipe.batch_size or len(order)):
            yield self.x[rows], self.y[rows], None if self.weight is None else self.weight[rows]

    def right(self, output: torch.Tensor, y: torch.Tensor) -> float:
        """The number of rows that are classified correctly."""
        if output.shape[1] == 2:
            predicted = output[:, 1:] > output[:, :1]
        else:
            predicted = output > (0.5 if self.gives_probability() else 0.0)
        return float((predicted == (y > 0.5)).sum().item())

    def gives_probability(self) -> bool:
        """Whether `forward` gives probabilities rather than logits."""
        if isinstance(self.task.network, ModuleNetwork):
            return self.task.network.gives == "probability"
        return not self.wants_logits

    def largest(self) -> float:
        """The largest absolute gradient or parameter; NaN if one is."""
        values = [tensor.detach() for tensor in tensors(self.module)]
        gradients = [p.grad for p in self.module.parameters() if p.grad is not None]
        return nn.utils.get_total_norm([*values, *gradients], norm_type=math.inf).item()

    def gradient_norm(self) -> float:
        """Euclidean norm of the last gradient."""
        return nn.utils.get_total_norm([p.grad for p in self.module.parameters() if p.grad is not None]).item()

    def validation(self) -> tuple[float, float]:
        """Loss without penalties and accuracy on the validation rows, NaN without them."""
        if self.validation_x is None or self.validation_y is None:
            return math.nan, math.nan
        return self._evaluate(self.validation_x, self.validation_y, self.validation_weight)

    def _evaluate(self, x: torch.Tensor, y: torch.Tensor, weight: torch.Tensor | None) -> tuple[float, float]:
        # Dropout and batch statistics are for training; measuring must not change them.
        self.module.eval()
        with torch.no_grad():
            output = self.forward(x)
            loss = self.criterion(output, y, weight).item()
        self.module.train()
        return loss, self.right(output, y) / len(y)

    def measure(self) -> Metrics:
        """Losses and accuracies at the present parameters."""
        with one_thread(), memory_errors(), torch.no_grad(), self.explained():
            loss, accuracy = self._evaluate(self.x, self.y, self.weight)
            return Metrics(loss + float(self.penalty()), accuracy, *self.validation())

    def parameters(self) -> np.ndarray:
        """A copy of the parameters, (p,)."""
        return get_parameters(self.module)

    def place(self, parameters: np.ndarray) -> None:
        """Replace the parameters, (p,)."""
        set_parameters(self.module, torch.from_numpy(parameters))

    def memory(self) -> dict[str, np.ndarray]:
        """A copy of the optimiser's memory."""
        return keep_memory(self)

    @contextlib.contextmanager
    def own_stream(self) -> Iterator[None]:
        """Replace PyTorch's global random state by that of this session, and restore it afterwards."""
        if isinstance(self.task.network, Network):  # draws nothing
            yield
            return
        with torch.random.fork_rng(devices=self.cuda):
            if self.cuda:
                torch.cuda.set_rng_state(self.stream, *self.cuda)
                yield
                self.stream = torch.cuda.get_rng_state(*self.cuda)
            else:
                torch.set_rng_state(self.stream)
                yield
                self.stream = torch.get_rng_state()


@contextlib.contextmanager
def with_gradients() -> Iterator[None]:
    """Record gradients, whatever the caller has switched off around the training."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Use one PyTorch thread: several would add sums in another order, which gives other bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def memory_errors() -> Iterator[None]:
    """Turn PyTorch's errors about exhausted memory into Python's.

    Raises:
        MemoryError: PyTorch could not allocate memory.
    """
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise MemoryError(str(error).splitlines()[0]) from error
        raise


def make_optimizer(module: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimiser over the module's parameters.

    Raises:
        InvalidParameter: an optimiser of the user's own has several groups of parameters.
    """
    chosen: Any = recipe.optimizer
    if isinstance(chosen, str):
        return OPTIMIZERS[chosen].torch(module.parameters(), recipe.lr, recipe)
    if isinstance(chosen, torch.optim.Optimizer):
        if len(chosen.param_groups) > 1:
            raise InvalidParameter(
                "Recipe: optimizer must have one group of parameters. For several groups, pass a function "
                "parameters -> optimiser."
            )
        # A group also holds entries that PyTorch computed itself, which the constructor does not take.
        accepted = inspect.signature(type(chosen)).parameters
        group = chosen.param_groups[0]
        settings = {name: value for name, value in group.items() if name in accepted and name != "params"}
        return type(chosen)(module.parameters(), **settings)
    optimizer: torch.optim.Optimizer = chosen(module.parameters())
    return optimizer


def _column(values: np.ndarray | None) -> np.ndarray | None:
    return None if values is None else values[:, None]


def _tensor(array: np.ndarray | None, device: str) -> Any:
    return None if array is None else torch.tensor(array, device=device)
