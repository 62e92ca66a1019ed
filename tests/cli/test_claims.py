"""`separatrix claims` as a user types it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Done


@pytest.mark.slow
def test_it_writes_both_pages_and_says_the_verdicts(
    command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "separatrix.studies.claims.running._write_picture", lambda *given: False
    )  # drawn in tests/claims
    monkeypatch.setattr("separatrix.studies.claims._plans.ROUNDS", 2)
    done = command("claims", "--seeds", "8", "--epochs", "2,4,6", "--out", "pages", "--engine", "torch")
    assert done.status == 0, done.err
    assert done.out.count("does not hold") + done.out.count("holds") + done.out.count("undecided") >= 7
    for page in ("claims.md", "claims.zh-CN.md"):
        text = Path("pages", page).read_text(encoding="utf-8")
        assert "separatrix claims --seeds 8 --out pages --force --epochs 2,4,6 --engine torch" in text
    again = command("claims", "--seeds", "8", "--epochs", "2,4,6", "--out", "pages")
    assert again.status == 2
    assert "pages/claims.md exists" in again.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--epochs", "5,10"), "three numbers such as 5000,10000,50000"),
        (("--epochs", "a,b,c"), "whole numbers"),
        (("--seeds", "3"), "greater than or equal to 8"),
        (("--seed", "3"), "--seeds"),
    ],
)
def test_fault_40_bad_options_end_with_status_2(
    command: Callable[..., Done], words: tuple[str, ...], message: str
) -> None:
    done = command("claims", *words)
    assert done.status == 2
    assert message in done.err
    assert not list(Path().iterdir())
