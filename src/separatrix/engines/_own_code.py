"""Errors of a user's own module, loss or optimiser, turned into one that says how to repair it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from separatrix.errors import InvalidParameter, SeparatrixError
from separatrix.support.pytorch import torch

PROBABILITY_NEEDED = (
    "its loss takes a probability, but the module gives {low:.3g} to {high:.3g}; end the module with nn.Sigmoid(), or "
    "take the loss 'bce_with_logits', which has the sigmoid in it."
)
# What PyTorch says -> what to do about it.
_REMEDIES = {
    "more than 1 value per channel": (
        "a batch of one row has no variance for batch normalisation; choose a batch_size that leaves no single row for "
        "the last batch ({rows:,} training rows)."
    ),
    "element 0 of tensors does not require grad": (
        "the loss does not depend on the trained parameters by operations that PyTorch can differentiate; remove "
        "detach(), .data, .item(), round, argmax or comparisons from the module and the loss."
    ),
    "modified by an inplace operation": "an operation in place overwrites what the gradient needs; use x = x + 1 for x += 1.",
    "backward through the graph a second time": (
        "the module or loss keeps a result of an earlier step; call detach() on what is kept between steps."
    ),
    "mat1 and mat2": "a layer takes another number of columns than it gets; compare in_features with the layer before.",
    "same dtype": "a layer or tensor of the module has another type than the recipe's; set dtype in the recipe.",
    "size of tensor": (
        "output and labels differ in shape; the loss gets an output of shape (n, outputs) and labels of shape (n, 1)."
    ),
    "Target size": (
        "output and labels differ in shape; the loss gets an output of shape (n, outputs) and labels of shape (n, 1)."
    ),
}


@contextlib.contextmanager
def own_code_errors(rows: int) -> Iterator[None]:
    """Turn an error from a user's own code into one that names the cause and the remedy.

    Args:
        rows: number of training rows, for the message.

    Raises:
        InvalidParameter: whatever the code raised, but for a lack of memory and a number that overflows.
    """
    try:
        yield
    except (SeparatrixError, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # whatever a module of any kind may raise
        message = str(error).strip()
        # The first is a divergence, which the engine reports itself; the second is memory, which `memory_errors` turns.
        if "without overflow" in message or "can't allocate memory" in message:
            raise
        remedy = next((advice for part, advice in _REMEDIES.items() if part in message), None)
        first_line = message.splitlines()[0] if message else "no message"
        cause = f"your own module, loss or optimiser raised {type(error).__name__} in training: {first_line}"
        advice = f" Cause: {remedy.format(rows=rows)}" if remedy else " Try one step of it in plain PyTorch first."
        raise InvalidParameter(cause.rstrip(".") + "." + advice) from error


def refuse_no_probability(output: torch.Tensor) -> None:
    """Refuse an output outside [0, 1] before a loss that is undefined there.

    Raises:
        InvalidParameter: names the range of the output.
    """
    low, high = output.detach().aminmax()
    if low < 0 or high > 1:  # on a GPU PyTorch's own check would end the process
        raise InvalidParameter(
            "the output is no probability: " + PROBABILITY_NEEDED.format(low=low.item(), high=high.item())
        )


def refuse_no_scalar(loss: torch.Tensor) -> None:
    """Refuse a loss that is not one number.

    Raises:
        InvalidParameter: names the loss's shape.
    """
    if not isinstance(loss, torch.Tensor):
        raise InvalidParameter(f"a loss of your own must give a tensor of one number, got {type(loss).__name__}.")
    if loss.numel() != 1:
        raise InvalidParameter(
            f"a loss of your own must give one number, got shape {tuple(loss.shape)}; take its mean, or "
            "reduction='mean' instead of reduction='none'."
        )
