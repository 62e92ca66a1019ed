"""Signals: the first is remembered, the handlers come back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from separatrix.support.processes import Interruption


@pytest.fixture(autouse=True)
def _not_ignored() -> Iterator[None]:
    """A test run in the background of a shell is born deaf to Ctrl-C; these tests want ears."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_only_asks(number: signal.Signals, status: int, capfd: pytest.CaptureFixture[str]) -> None:
    with Interruption("Saving.") as interruption:
        assert not interruption.requested
        assert interruption.exit_status == 0
        os.kill(os.getpid(), number)
        assert interruption.requested
        assert signal.getsignal(number) is signal.SIG_DFL  # a second one would end the process
    assert interruption.exit_status == status
    assert "Saving." in capfd.readouterr().err


def test_the_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_ignored_from_outside_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruption() as interruption:
            os.kill(os.getpid(), signal.SIGINT)
            assert not interruption.requested
    finally:
        signal.signal(signal.SIGINT, before)
