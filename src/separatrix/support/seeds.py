"""Independent streams of random numbers from one seed."""

from __future__ import annotations

from typing import Any

import numpy as np

PURPOSES = ("initial", "order", "split", "points", "test", "labels")  # a purpose is its position: append, never reorder


def stream_seed(seed: int, purpose: str) -> int:
    """A 32-bit seed for one purpose: other purposes and other seeds give unrelated ones.

    Without it the weights of a training would repeat the very numbers that drew the points of the same seed.
    NumPy's `SeedSequence` does the mixing (O'Neill 2015).

    >>> stream_seed(0, "initial") == stream_seed(0, "order")
    False
    """
    high, low = divmod(int(seed), 2**32)  # three words of 32 bits, each in its own place: no two seeds read alike
    sequence = np.random.SeedSequence((low, PURPOSES.index(purpose), high))
    return int(sequence.generate_state(1)[0])


def child_seed(seed: int, *path: int) -> int:
    """A 32-bit seed for one of many equal things, such as a member of an ensemble; path: its numbers.

    >>> child_seed(0, 1) == child_seed(0, 2), child_seed(0, 1) == child_seed(0, 1, 0)
    (False, False)
    """
    high, low = divmod(int(seed), 2**32)
    return int(np.random.SeedSequence((low, high), spawn_key=path).generate_state(1)[0])


def seed_of(random_state: Any) -> int:
    """A recipe's seed: the number itself, or one drawn from the generator given (None: NumPy's global one)."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**32))
    stream = np.random.mtrand._rand if random_state is None else random_state
    return int(stream.randint(2**31 - 1))
