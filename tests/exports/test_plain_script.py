"""The plain script is the yardstick: what the lesson's torch engine computes is what a learner's own loop computes."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from examples import plain_pytorch
from separatrix.networks.recipe import Recipe
from separatrix.reports.lesson import NETWORK, lesson


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def test_every_printed_loss_is_bit_equal_over_2000_epochs(seed: int) -> None:
    _, theirs = plain_pytorch.train(seed, 2_000)
    ours = lesson(NETWORK, Recipe(seed=seed, epochs=2_000), engine="torch").run
    assert ours.log.loss.tolist() == theirs


@pytest.mark.slow
def test_every_printed_loss_is_bit_equal_over_the_whole_lesson() -> None:
    _, theirs = plain_pytorch.train(0, 50_000)
    ours = lesson(NETWORK, Recipe(), engine="torch").run
    assert ours.log.loss.tolist() == theirs


def test_it_ends_with_the_same_weights() -> None:
    model, _ = plain_pytorch.train(3, 300)
    module = lesson(NETWORK, Recipe(seed=3, epochs=300), engine="torch").run.to_torch()
    for (name, theirs), (same, ours) in zip(model.named_parameters(), module.named_parameters(), strict=True):
        assert name == same
        assert (theirs == ours).all()


def test_it_prints_the_tutorials_lines() -> None:
    script = plain_pytorch.__file__
    command = [sys.executable, str(script), "--epochs", "30", "--seed", "1"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = out.splitlines()
    assert len(lines) == 3
    assert re.fullmatch(r"Epoch \[10/30\], Loss: 0\.\d{4}", lines[0])
