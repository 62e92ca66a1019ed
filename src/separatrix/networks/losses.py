"""Losses of one row, each with its value and its slope side by side, as functions of the logit.

z is the logit of class 1 (for a network with two outputs, the difference z1 - z0), y the label in [0, 1].
Losses are computed from logits, so that a confidently wrong row keeps a finite loss and a gradient. The registry `LOSSES`
is the one place to add another: engines, exports, the command line and the tests take it from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from separatrix.networks.activations import sigmoid, softplus

if TYPE_CHECKING:
    import torch

OfLogit = Callable[[np.ndarray, np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class Loss:
    """One loss.

    Attributes:
        name: the name used everywhere.
        formula: the loss of a row in one line, for people; p = sigmoid(z).
        about: what a learner should know, in one sentence.
        outputs: how many outputs the network must have, 1 or 2.
        takes: the input of the PyTorch form, "probability" or "logit".
        value: z (n,), y (n,), gamma -> loss of each row (n,), same dtype.
        slope: z (n,), y (n,), gamma -> d loss / d z (n,), same dtype.
        torch: output (n, outputs), y (n, 1), reduction, gamma -> loss; `reduction` as in PyTorch, "mean" or "none".
        compiled_value: the value as one expression of the scalars z, y and gamma, for the compiled engine.
        compiled_slope: the slope likewise.
        script: for a plain PyTorch script, the lines that define `criterion` of the output and the target; "{gamma}"
            stands for the exponent.
        script_target: for a plain PyTorch script, the target as an expression of y (n, 1).
    """

    name: str
    formula: str
    about: str
    outputs: int
    takes: str
    value: OfLogit
    slope: OfLogit
    torch: Callable[[torch.Tensor, torch.Tensor, str, float], torch.Tensor]
    compiled_value: str
    compiled_slope: str
    script: str
    script_target: str = "y"


def _bce(z: np.ndarray, y: np.ndarray, gamma: float) -> np.ndarray:
    # softplus(z) - y z, without the difference of two large numbers where z is large and y is 1
    loss: np.ndarray = y * softplus(-z) + (1 - y) * softplus(z)
    return loss


def _bce_slope(z: np.ndarray, y: np.ndarray, gamma: float) -> np.ndarray:
    # The sigmoid and the cross-entropy cancel to p - y.
    slope: np.ndarray = sigmoid(z) - y
    return slope


def _mse(z: np.ndarray, y: np.ndarray, gamma: float) -> np.ndarray:
    loss: np.ndarray = (sigmoid(z) - y) ** 2
    return loss


def _mse_slope(z: np.ndarray, y: np.ndarray, gamma: float) -> np.ndarray:
    p = sigmoid(z)
    # Chain rule with dp/dz = p (1 - p).
    slope: np.ndarray = 2 * (p - y) * p * (1 - p)
    return slope


def _hinge(z: np.ndarray, y: np.ndarray, gamma: float) -> np.ndarray:
    return np.asarray(np.maximum(1 - (2 * y - 1) * z, 0))


def _hinge_slope(z: np.ndarray, y: np.ndarray, gamma: float) -> np.ndarray:
    s = 2 * y - 1
    # At the kink the slope is 0, as PyTorch takes it for relu.
    return np.where(1 - s * z > 0, -s, 0).astype(z.dtype, copy=False)


def _wrong(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """1 - p_t, the probability of the other class, without the difference of two numbers near 1."""
    wrong: np.ndarray = y * sigmoid(-z) + (1 - y) * sigmoid(z)
    return wrong


def _focal(z: np.ndarray, y: np.ndarray, gamma: float) -> np.ndarray:
    loss: np.ndarray = _wrong(z, y) ** gamma * _bce(z, y, gamma)
    return loss


def _focal_slope(z: np.ndarray, y: np.ndarray, gamma: float) -> np.ndarray:
    # d wrong / d z = (1 - 2y) p (1 - p), and p (1 - p) = wrong (1 - wrong): no power below 0 is ever taken
    wrong = _wrong(z, y)
    tilt = (1 - 2 * y) * gamma * (1 - wrong) * _bce(z, y, gamma)
    slope: np.ndarray = wrong**gamma * (sigmoid(z) - y + tilt)
    return slope


def _torch_bce(output: torch.Tensor, y: torch.Tensor, reduction: str, gamma: float) -> torch.Tensor:
    from torch.nn import functional

    return functional.binary_cross_entropy(output, y, reduction=reduction)


def _torch_bce_with_logits(output: torch.Tensor, y: torch.Tensor, reduction: str, gamma: float) -> torch.Tensor:
    from torch.nn import functional

    return functional.binary_cross_entropy_with_logits(output, y, reduction=reduction)


def _torch_mse(output: torch.Tensor, y: torch.Tensor, reduction: str, gamma: float) -> torch.Tensor:
    from torch.nn import functional

    return functional.mse_loss(output, y, reduction=reduction)


def _torch_cross_entropy(output: torch.Tensor, y: torch.Tensor, reduction: str, gamma: float) -> torch.Tensor:
    import torch
    from torch.nn import functional

    # Probabilities instead of class numbers, so that labels between 0 and 1 are allowed.
    both = torch.cat([1 - y, y], dim=1)  # (n, 2): the probability asked of each class
    return functional.cross_entropy(output, both, reduction=reduction)


def _torch_hinge(output: torch.Tensor, y: torch.Tensor, reduction: str, gamma: float) -> torch.Tensor:
    row_loss = (1 - (2 * y - 1) * output).relu()
    return row_loss.mean() if reduction == "mean" else row_loss


def _torch_focal(output: torch.Tensor, y: torch.Tensor, reduction: str, gamma: float) -> torch.Tensor:
    import torch

    wrong = y * (-output).sigmoid() + (1 - y) * output.sigmoid()
    safe = wrong.clamp(min=torch.finfo(wrong.dtype).tiny)  # the slope of wrong^gamma at 0 may be infinite
    row_loss = safe**gamma * _torch_bce_with_logits(output, y, "none", gamma)
    return row_loss.mean() if reduction == "mean" else row_loss


# y softplus(-z) + (1 - y) softplus(z) with a single softplus, that of -|z|, which both have in common. For labels 0 and 1 these
# are the bits of softplus(-z) and softplus(z).
_COMPILED_BCE = ("softplus(z if z < 0.0 else -z) + (y * -z if z < 0.0 else (1.0 - y) * z)", "sigmoid(z) - y")
# The focal loss with w = p + y - 2 p y, which is 1 - p_t for labels 0 and 1, and dw/dz = (1 - 2 y) p (1 - p).
_WRONG, _BCE = "(sigmoid(z) + y - 2.0 * sigmoid(z) * y)", "(softplus(z) - y * z)"
_COMPILED_FOCAL = (
    f"power({_WRONG}, gamma) * {_BCE}",
    f"power({_WRONG}, gamma) * (sigmoid(z) - y) + gamma * power({_WRONG}, gamma - 1.0)"
    f" * ((1.0 - 2.0 * y) * sigmoid(z) * (1.0 - sigmoid(z))) * {_BCE}",
)

_SCRIPT_HINGE = """def criterion(output, y):
    return torch.relu(1 - (2 * y - 1) * output).mean()
"""
_SCRIPT_FOCAL = """def criterion(output, y):
    wrong = y * torch.sigmoid(-output) + (1 - y) * torch.sigmoid(output)
    row_loss = nn.functional.binary_cross_entropy_with_logits(output, y, reduction="none")
    return (wrong.clamp(min=torch.finfo(wrong.dtype).tiny) ** {gamma} * row_loss).mean()
"""

LOSSES: dict[str, Loss] = {
    entry.name: entry
    for entry in (
        Loss(
            "bce",
            "-y log p - (1 - y) log(1 - p)",
            "Binary cross-entropy; on the torch engine the tutorial's sigmoid and BCELoss, elsewhere from logits.",
            1,
            "probability",
            _bce,
            _bce_slope,
            _torch_bce,
            *_COMPILED_BCE,
            "criterion = nn.BCELoss()",
        ),
        Loss(
            "bce_with_logits",
            "log(1 + exp(z)) - y z",
            "The same binary cross-entropy from the logit: no gradient is lost when the sigmoid rounds to 0 or 1.",
            1,
            "logit",
            _bce,
            _bce_slope,
            _torch_bce_with_logits,
            *_COMPILED_BCE,
            "criterion = nn.BCEWithLogitsLoss()",
        ),
        Loss(
            "mse",
            "(p - y)²",
            "Mean squared error of the probability; its slope vanishes where the network is confidently wrong.",
            1,
            "probability",
            _mse,
            _mse_slope,
            _torch_mse,
            "(sigmoid(z) - y) * (sigmoid(z) - y)",
            "2.0 * (sigmoid(z) - y) * sigmoid(z) * (1.0 - sigmoid(z))",
            "criterion = nn.MSELoss()",
        ),
        Loss(
            "cross_entropy",
            "log(exp(z0) + exp(z1)) - z_y",
            "Cross-entropy of a softmax over two outputs; equals bce of the logit z1 - z0.",
            2,
            "logit",
            _bce,
            _bce_slope,
            _torch_cross_entropy,
            *_COMPILED_BCE,
            "criterion = nn.CrossEntropyLoss()",
            "y[:, 0].long()",
        ),
        Loss(
            "hinge",
            "max(0, 1 - s z), s = 2y - 1",
            "The support vector machine's loss: rows beyond the margin no longer count.",
            1,
            "logit",
            _hinge,
            _hinge_slope,
            _torch_hinge,
            "0.0 if 1.0 - (2.0 * y - 1.0) * z <= 0.0 else 1.0 - (2.0 * y - 1.0) * z",
            "1.0 - 2.0 * y if 1.0 - (2.0 * y - 1.0) * z > 0.0 else 0.0",
            _SCRIPT_HINGE,
        ),
        Loss(
            "focal",
            "(1 - p_y)^gamma bce",
            "Cross-entropy that turns away from rows already right (Lin et al. 2017, arXiv:1708.02002).",
            1,
            "logit",
            _focal,
            _focal_slope,
            _torch_focal,
            *_COMPILED_FOCAL,
            _SCRIPT_FOCAL,
        ),
    )
}
