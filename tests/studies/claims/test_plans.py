"""The commands on the pages describe the very studies that were measured."""

from __future__ import annotations

import shlex

import pytest

from separatrix.cli._study import GRID, _study
from separatrix.studies.claims._plans import SETTINGS, command, plan


@pytest.mark.parametrize("name", SETTINGS)
def test_the_command_is_of_the_same_study(name: str) -> None:
    words = shlex.split(command(name, 40))
    assert words[:2] == ["separatrix", "study"]
    given = {
        flag.removeprefix("--").replace("-", "_"): value for flag, value in zip(words[2::2], words[3::2], strict=True)
    }
    assert given.pop("out") == name
    assert set(given) <= set(GRID)
    given["n_test"] = int(given.get("n_test", 1000))
    assert _study(None, given, {}).to_data() == plan(name, 40).to_data()


def test_the_tutorials_own_settings_are_the_defaults() -> None:
    (condition,) = plan("lesson", 10).conditions
    assert condition.text == "circle(n=100), 2-4-4-1"
    assert (condition.recipe.loss, condition.recipe.optimizer, condition.recipe.lr) == ("bce", "sgd", 0.05)
    assert plan("lesson", 10).checkpoints == (5_000, 10_000, 50_000)
