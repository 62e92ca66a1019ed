"""A quick trial of all studies: few seeds, few epochs, shared by the tests of the claims."""

from __future__ import annotations

import pytest

from separatrix.claims.answers import ANSWERS, Answer, Measured
from separatrix.claims.carrying import measure

EPOCHS = (20, 60, 200)


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    made = measure(tmp_path_factory.mktemp("studies"), seeds=8, epochs=EPOCHS)
    assert made is not None
    return made


@pytest.fixture(scope="session")
def answers(found: Measured) -> tuple[Answer, ...]:
    return tuple(answer(found) for answer in ANSWERS)
