"""A user's own PyTorch module in place of a `Network`, and what a loss takes from it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.errors import InvalidParameter, warn
from separatrix.networks.activations import sigmoid
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import ROWS_AT_ONCE, Network
from separatrix.support.constraints import Choice, check, shown
from separatrix.support.surroundings import insulated

if TYPE_CHECKING:
    from torch import nn

BUFFER = "buffer."  # + name: in a memory, a module's buffer of whole numbers, such as a batch norm's count of batches
TRIED_ROWS = 3  # rows of the first trial: neither 1 nor 2, which could be mistaken for a number of outputs


# PyTorch is imported inside the functions: the name `separatrix.ModuleNetwork` is there without it.


@cache
def _losses() -> dict[Any, tuple[str, int]]:
    """PyTorch's loss classes, and the same losses as functions: what they take, and from how many outputs."""
    from separatrix.support.pytorch import nn

    functional = nn.functional
    return {
        nn.BCELoss: ("probability", 1),
        nn.BCEWithLogitsLoss: ("logit", 1),
        nn.MSELoss: ("probability", 1),
        nn.L1Loss: ("probability", 1),
        nn.CrossEntropyLoss: ("logit", 2),
        functional.binary_cross_entropy: ("probability", 1),
        functional.binary_cross_entropy_with_logits: ("logit", 1),
        functional.mse_loss: ("probability", 1),
        functional.l1_loss: ("probability", 1),
        functional.cross_entropy: ("logit", 2),
    }


def _loss_class(loss: Any) -> tuple[str | None, int | None]:
    for kind, properties in _losses().items():
        if isinstance(loss, kind) if isinstance(kind, type) else loss is kind:
            return properties
    return None, None


def what_loss_takes(loss: Any) -> str | None:
    """The input of a loss, "probability" or "logit", or None for a function of the user's own, which is unknown."""
    return LOSSES[loss].takes if isinstance(loss, str) else _loss_class(loss)[0]


def outputs_of_loss(loss: Any) -> int | None:
    """The number of outputs that a loss takes, 1 or 2, or None for a function of the user's own."""
    return LOSSES[loss].outputs if isinstance(loss, str) else _loss_class(loss)[1]


def needs_probability(loss: Any) -> bool:
    """Whether the loss is undefined outside [0, 1]."""
    if isinstance(loss, str):
        return loss == "bce"
    from separatrix.support.pytorch import nn

    return loss is nn.functional.binary_cross_entropy or isinstance(loss, nn.BCELoss)


@insulated
class ModuleNetwork:
    """A user's own `nn.Module` in place of a `Network`: the attributes and methods that training and a `Run` need.

    Args:
        module: takes x (n, d); gives (n, 1), or (n, 2) for a softmax. It is copied, never changed.
        gives: its output, "probability" or "logit". A probability outside [0, 1], as a linear output under a squared
            error may be, counts as the nearer of 0 and 1.

    Two are equal if their modules have the same repr and the same kind of output.

    Raises:
        InvalidParameter: not a module, an unknown kind of output, no trainable parameters, lazy layers that have not
            seen data, or a module that cannot be copied.
    """

    def __init__(self, module: nn.Module, gives: str) -> None:
        from separatrix.networks.modules import tensors
        from separatrix.support.pytorch import nn

        if not isinstance(module, nn.Module):
            raise InvalidParameter(f"ModuleNetwork: module must be a torch.nn.Module, got {shown(module)}.")
        check("ModuleNetwork", {"gives": gives}, {"gives": Choice(("probability", "logit"))})
        if any(nn.parameter.is_lazy(tensor) for tensor in (*module.parameters(), *module.buffers())):
            raise InvalidParameter(
                "the module has lazy layers without parameters so far; call it once on some rows before training: "
                "module(torch.zeros(2, columns))."
            )
        if not any(parameter.requires_grad for parameter in module.parameters()):
            raise InvalidParameter("the module has no trainable parameters.")
        self.module, self.gives = _copy_of(module), gives
        self.n_parameters = sum(tensor.numel() for tensor in tensors(self.module))
        self.n_inputs: int | None = None  # a module of any kind doesn't say

    def __getattr__(self, name: str) -> Any:
        # Pictures, exports and exact geometry read a network's layers, which nobody knows of a module.
        if name in Network.__dataclass_fields__ or (not name.startswith("_") and hasattr(Network, name)):
            raise InvalidParameter(
                f"this needs a Network, whose {name} it reads; a module of your own is known by its output alone. If it is "
                "made of Linear layers, network, parameters = Network.from_torch(module) describes it."
            )
        raise AttributeError(f"ModuleNetwork has no attribute {name!r}.")

    def __str__(self) -> str:
        return type(self.module).__name__

    def __repr__(self) -> str:
        return f"ModuleNetwork({self}, gives={self.gives!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ModuleNetwork):
            return NotImplemented
        return (repr(self.module), self.gives) == (repr(other.module), other.gives)

    def __hash__(self) -> int:
        return hash((repr(self.module), self.gives))

    def initialise(self, seed: int, dtype: str = "float32") -> np.ndarray:
        """The parameters that the module had when it was passed, (p,); the seed is not used."""
        from separatrix.networks.modules import get_parameters

        return get_parameters(self.module).astype(dtype)

    def redraw(self, seed: int, dtype: str = "float32") -> np.ndarray:
        """Draw new initial parameters, (p,), by each layer's `reset_parameters`; frozen ones keep their values.

        For layers that draw in the order of their registration these are the numbers of `torch.manual_seed(seed)`
        followed by the construction of the module.

        Raises:
            InvalidParameter: some parameters belong to no layer with a `reset_parameters`, so they cannot be drawn.
        """
        from separatrix.networks.modules import get_parameters
        from separatrix.support.pytorch import torch

        module = copy.deepcopy(self.module)
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            frozen = {name: p.clone() for name, p in module.named_parameters() if not p.requires_grad}
            for parameter in module.parameters():
                parameter.fill_(torch.nan)  # what is still NaN afterwards was not drawn
            torch.manual_seed(seed)
            _reset(module)
            for name, parameter in module.named_parameters():
                if name in frozen:
                    parameter.copy_(frozen[name])
        kept = [name for name, parameter in module.named_parameters() if parameter.isnan().any()]
        if kept:
            raise InvalidParameter(
                f"{self}: {', '.join(kept[:3])} cannot be drawn again for another seed, because no layer with a "
                "reset_parameters() has it; pass a function that makes the module, such as lambda: MyModule()."
            )
        return get_parameters(module).astype(dtype)

    def with_parameters(self, parameters: np.ndarray) -> nn.Module:
        """A copy of the module with these parameters (p,), in their dtype."""
        from separatrix.networks.modules import set_parameters
        from separatrix.support.pytorch import torch

        # The copy keeps the user's module as it is, whatever is trained.
        module = copy.deepcopy(self.module).to(torch.tensor(parameters).dtype)
        set_parameters(module, torch.tensor(parameters))
        return module

    def to_torch(self, parameters: np.ndarray, memory: Mapping[str, np.ndarray] | None = None) -> nn.Module:
        """A copy of the module with these parameters (p,), in their dtype.

        Args:
            parameters: parameters and floating buffers, (p,).
            memory: a training's memory, which holds the buffers of whole numbers. By default they are those of the module
                as it was passed.
        """
        from separatrix.support.pytorch import torch

        module = self.with_parameters(parameters)
        for name, buffer in module.named_buffers():
            if memory and BUFFER + name in memory:
                buffer.copy_(torch.tensor(memory[BUFFER + name]))
        return module

    def refuse_unfit(self, x: np.ndarray, outputs: int | None) -> None:
        """Try the module on some rows of x (n, d).

        Raises:
            InvalidParameter: the module raises an error, or its output does not have `outputs` columns (None: 1 or 2).
        """
        rows = np.resize(x, (TRIED_ROWS, x.shape[1]))
        try:
            (output,) = self._outputs(self.initialise(0, str(x.dtype)), rows)
        except Exception as error:  # whatever a module of any kind may raise
            raise InvalidParameter(f"the module can't take x of shape {x.shape}: {error}") from error
        n_outputs = {(TRIED_ROWS,): 1, (TRIED_ROWS, 1): 1, (TRIED_ROWS, 2): 2}.get(output.shape)
        if n_outputs is None or outputs not in (None, n_outputs):
            raise InvalidParameter(
                f"the module must give {outputs or '1 or 2'} number{'s' * (outputs != 1)} a row, "
                f"got shape {output.shape} for {TRIED_ROWS} rows."
            )

    def _outputs(self, parameters: np.ndarray, x: np.ndarray) -> Iterator[np.ndarray]:
        from separatrix.support.pytorch import torch

        module = self.with_parameters(parameters).eval()
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            for first in range(0, max(len(x), 1), ROWS_AT_ONCE):
                block = np.array(x[first : first + ROWS_AT_ONCE], dtype=parameters.dtype)  # a copy: x may be read-only
                yield module(torch.from_numpy(block)).numpy()

    def outputs(self, parameters: np.ndarray, x: np.ndarray) -> np.ndarray:
        """The module's own output in evaluation mode, (n, outputs) for x (n, d)."""
        blocks = list(self._outputs(parameters, x))
        # A squeezed output has one axis, and for a single row none.
        columns = blocks[0].shape[1] if blocks[0].ndim == 2 else 1
        return np.concatenate([block.reshape(-1, columns) for block in blocks])

    def logit(self, parameters: np.ndarray, x: np.ndarray) -> np.ndarray:
        """The logit of class 1, (n,) for x (n, d); of a probability of 0 or 1 it is infinite."""
        output = self.outputs(parameters, x)
        if self.gives == "logit":
            return output[:, 1] - output[:, 0] if output.shape[1] == 2 else output[:, 0]
        return _logit_of_pair(output) if output.shape[1] == 2 else _logit_of(output[:, 0])

    def warn_outside(self, parameters: np.ndarray, x: np.ndarray) -> None:
        """Warn if an output that should be a probability leaves [0, 1] on rows x (n, d), as a linear one under MSE does."""
        if self.gives != "probability":
            return
        output = self.outputs(parameters, x)
        outside = ((output < 0) | (output > 1)).any(axis=1)
        if outside.any():
            warn(
                f"the module gives {output.min():.3g} to {output.max():.3g}, no probability, for {int(outside.sum()):,} "
                f"of {len(x):,} rows; such numbers count as 0 or 1. End the module with nn.Sigmoid(), or take "
                "loss='bce_with_logits'.",
            )

    def predict_proba(self, parameters: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Probabilities of class 0 and class 1, (n, 2) for x (n, d)."""
        z = self.logit(parameters, x)
        return np.stack([sigmoid(-z), sigmoid(z)], axis=-1)


def made_with_seed(make: Callable[[], Any], seed: int) -> nn.Module:
    """The module that a function makes while PyTorch's random stream begins at this seed.

    Raises:
        InvalidParameter: the function raises an error, or makes something else.
    """
    from separatrix.support.pytorch import nn, torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            module = make()
        except Exception as error:  # whatever a user's function may raise
            raise InvalidParameter(
                f"the function that makes the module raised {type(error).__name__}: {error}"
            ) from error
    if not isinstance(module, nn.Module):
        raise InvalidParameter(f"the function must make a torch.nn.Module, got {shown(module)}.")
    return module


def _logit_of(p: np.ndarray) -> np.ndarray:
    """Log p - log(1 - p) with p clipped to [0, 1]; NaN stays NaN."""
    p = np.clip(p, 0, 1)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(p) - np.log1p(-p))


def _logit_of_pair(p: np.ndarray) -> np.ndarray:
    """Log p1 - log p0 for p (n, 2); outside [0, 1] from the difference, which keeps the order of the two."""
    inside = ((p >= 0) & (p <= 1) & (p.sum(axis=1, keepdims=True) > 0)).all(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):  # rows outside are replaced
        logs = np.log(p)
    return np.where(inside, logs[:, 1] - logs[:, 0], _logit_of((1 + p[:, 1] - p[:, 0]) / 2))


def _copy_of(module: nn.Module) -> nn.Module:
    from separatrix.networks.modules import tensors
    from separatrix.support.pytorch import torch

    try:
        copied = copy.deepcopy(module).cpu()
    except (RuntimeError, TypeError) as error:
        raise InvalidParameter(
            f"the module cannot be copied: {str(error).splitlines()[0]} If it uses torch.nn.utils.weight_norm, take "
            "torch.nn.utils.parametrizations.weight_norm instead; else store no results of a computation in it."
        ) from error
    if any(tensor.dtype in (torch.float16, torch.bfloat16) for tensor in tensors(copied)):
        copied = copied.float()  # NumPy has no bfloat16, and a recipe trains in float32 or float64
    return copied


def _reset(module: nn.Module) -> None:
    """Call every layer's `reset_parameters`, the inner ones first, so that an outer one has the last word."""
    for child in module.children():
        _reset(child)
    reset = getattr(module, "reset_parameters", None) or getattr(module, "_reset_parameters", None)
    if callable(reset):
        reset()
