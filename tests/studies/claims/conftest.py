"""A quick trial of all studies: few seeds, few epochs, shared by the tests of the claims."""

from __future__ import annotations

from functools import partial

import pytest

from separatrix.studies.claims import _plans, running
from separatrix.studies.claims.answers import ANSWERS, Answer, Measured

EPOCHS = (10, 20, 60)
ROUNDS = 3  # of timing


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "epoch_seconds", partial(_plans.epoch_seconds, rounds=ROUNDS, epochs=5))
        made = running.measure(tmp_path_factory.mktemp("studies"), seeds=8, epochs=EPOCHS, engine="torch")
    assert made is not None
    return made


@pytest.fixture(scope="session")
def answers(found: Measured) -> tuple[Answer, ...]:
    return tuple(answer(found) for answer in ANSWERS)
