"""What the ensemble's parameters may be, and what follows from them and from the size of the table."""

from __future__ import annotations

from typing import Any

import numpy as np

from separatrix.constraints import SEED, AnyOf, Choice, Flag, Having, Integer, Optional, Real, Rule, check
from separatrix.cross_fitting import LARGE
from separatrix.errors import InvalidParameter
from separatrix.families import Schedule
from separatrix.thresholds import METRICS

OWNER = "SeparatrixClassifier"
ROWS = 5_000  # up to so many rows there are MOST_EPOCHS and the families' own decay; with more, fewer and less
FEWEST_EPOCHS, MOST_EPOCHS = 12, 64
BATCHES = ((5_000, 64), (50_000, 128), (np.inf, 256))  # rows up to which a step has so many
WIDEST = 320  # numbers that pieces may become, beyond one for each column
PIECES, FEWEST_PIECES, LARGE_PIECES = 16, 4, 4  # the last for a large table: its pieces fill the memory

RULES: dict[str, Rule] = {
    "n_members": Integer(1),
    "metric": Optional(Choice(METRICS)),
    "time_limit": Optional(Real(0, open_low=True)),
    "n_jobs": Optional(Integer(-1_000_000)),
    "random_state": Optional(AnyOf((SEED, Having("bit_generator", "a Generator"), Having("randint", "a RandomState")))),
    "verbose": AnyOf((Flag(), Integer(0))),
}


def checked(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters, each within its rule.

    Raises:
        InvalidParameter: names the parameter, its value, what is allowed and the nearest known name.
    """
    check(OWNER, parameters, RULES)
    if parameters["n_jobs"] == 0:
        raise InvalidParameter(f"{OWNER}: n_jobs must be None or a whole number other than 0, got 0.")
    return parameters


def schedule_of(rows: int) -> Schedule:
    """Epochs, batches and decay for so many training rows.

    Four times as many rows are seen half as often. Decay falls with their square: what restrains a network among few rows
    keeps it from learning all that many can teach.

    Examples:
        >>> schedule_of(200), schedule_of(20_000)
        (Schedule(epochs=64, batch_size=64, decay=1.0), Schedule(epochs=32, batch_size=128, decay=0.0625))
    """
    batch = next(size for most, size in BATCHES if rows <= most)
    share = min(1.0, ROWS / rows)
    return Schedule(max(FEWEST_EPOCHS, round(MOST_EPOCHS * share**0.5)), batch, share**2)


def pieces_of(rows: int, columns: int) -> int:
    """Into how many pieces a column of numbers is cut where there are so many columns."""
    most = LARGE_PIECES if rows >= LARGE else PIECES
    return int(np.clip(WIDEST // max(1, columns), FEWEST_PIECES, most))
