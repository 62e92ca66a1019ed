"""Long float32 runs part from one another, for training is chaotic; as distributions the engines agree.

300 lessons, each with its own points and weights, by the compiled engine and by plain PyTorch: there all 300 networks
train side by side through autograd, as independent of our code as can be.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

import separatrix as sx
from separatrix.reports.lesson import draw

SEEDS, EPOCHS, LR = 300, 6_000, 0.05
NETWORK = sx.Network.parse("2-4-4-1")


def plain_pytorch(x: torch.Tensor, y: torch.Tensor, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Losses and accuracies, each (r,), of r networks trained on x (r, n, 2), y (r, n, 1) from starts (r, p)."""
    parts = [
        torch.tensor(np.ascontiguousarray(part)).requires_grad_() for pair in NETWORK.split(starts) for part in pair
    ]

    def logits() -> torch.Tensor:
        a = x
        for k in range(0, len(parts), 2):
            a = torch.baddbmm(parts[k + 1][:, None], a, parts[k].mT)  # (r, n, in) @ (r, in, out) -> (r, n, out)
            a = a.relu() if k < len(parts) - 2 else a
        return a

    for _ in range(EPOCHS):
        loss = torch.nn.functional.binary_cross_entropy(logits().sigmoid(), y, reduction="none").mean(dim=(1, 2)).sum()
        slopes = torch.autograd.grad(loss, parts)
        with torch.no_grad():
            for part, slope in zip(parts, slopes, strict=True):
                part.sub_(LR * slope)
    with torch.no_grad():
        z = logits()
        each = torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none").mean(dim=(1, 2))
        return each.double().numpy(), ((z > 0) == (y > 0.5)).double().mean(dim=(1, 2)).numpy()


@pytest.mark.slow
def test_300_lessons_agree_with_plain_pytorch_as_distributions():
    drawn = [draw(seed, 100, NETWORK) for seed in range(SEEDS)]
    recipe = sx.Recipe(lr=LR, epochs=EPOCHS)
    ours = [sx.train(NETWORK, recipe, points, engine="fused", initial=start) for points, start in drawn]
    x = torch.tensor(np.stack([points.x for points, _ in drawn]))
    y = torch.tensor(np.stack([points.y for points, _ in drawn]), dtype=torch.float32)[..., None]
    losses, accuracies = plain_pytorch(x, y, np.stack([start for _, start in drawn]))

    solved = [sum(run.accuracy == 1 for run in ours), int((accuracies == 1).sum())]
    intervals = [stats.binomtest(count, SEEDS).proportion_ci(0.95, method="wilson") for count in solved]
    for count, interval in zip(solved, reversed(intervals), strict=True):
        assert interval.low <= count / SEEDS <= interval.high
    assert 0.2 < solved[0] / SEEDS < 0.95  # the comparison is about something
    assert stats.ks_2samp([run.loss for run in ours], losses, method="asymp").pvalue > 0.05
