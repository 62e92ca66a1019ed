"""Which tables may be tuned on and which are looked at once; how often and where each table is split."""

from __future__ import annotations

import hashlib

import numpy as np

from benchmarks.tables.catalogue import TABLES, Source

DEVELOPMENT, FINAL = "development", "final"
TEST_SHARE = 0.25


def halves(sources: tuple[Source, ...] = TABLES) -> dict[str, str]:
    """Name -> development or final. This rule was fixed before anything was fitted and never changes.

    Tables are sorted by whether cells are missing, by whether there are categories, by size (below 1,000 rows, up to
    5,000, more) and then by the SHA-256 of their names, and dealt in turn; so both halves have their share of each kind.
    """
    order = sorted(sources, key=_place)
    return {source.name: (DEVELOPMENT, FINAL)[k % 2] for k, source in enumerate(order)}


def _place(source: Source) -> tuple[bool, bool, int, str]:
    size = (source.rows >= 1_000) + (source.rows > 5_000)
    return source.missing, bool(source.categories), size, hashlib.sha256(source.name.encode()).hexdigest()


def repeats(rows: int) -> int:
    """How many splits a table of so many rows gets: small ones more, since their scores scatter more."""
    if rows <= 2_000:
        return 5
    return 3 if rows <= 10_000 else 2


def split(y: np.ndarray, repeat: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to train on (75%) and to score, shuffled, both with the classes' shares; a function of `y` and `repeat`."""
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(np.arange(len(y)), test_size=TEST_SHARE, stratify=y, random_state=repeat)
    return train, test
