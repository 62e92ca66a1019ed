"""What all tests share: a cache of their own, a canvas without a screen, repeatable property tests, small examples."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

import separatrix as sx
from separatrix.engines.choose import ENGINES

ROOT = Path(__file__).parent.parent

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("search", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile("repeatable")  # `--hypothesis-profile search` comes later and wins


CACHE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is imported that reads them. Processes that are started later inherit all and share one cache:
    workers of pytest-xdist, and a pytest that a test starts."""
    os.environ["MPLBACKEND"] = "Agg"
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # two workers with two threads each would fight over two cores
    if not hasattr(config, "workerinput") and "PYTEST_CURRENT_TEST" not in os.environ:
        os.environ["SEPARATRIX_CACHE"] = config.stash[CACHE] = tempfile.mkdtemp(prefix="separatrix-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if CACHE in config.stash:
        shutil.rmtree(config.stash[CACHE], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    wanting = [item for item in items if item.get_closest_marker("gpu")]
    if wanting and not _has_gpu():
        for item in wanting:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    """Every engine in turn: what holds for one holds for all."""
    return request.param


@pytest.fixture(scope="session")
def points() -> sx.Points:
    """The lesson's points."""
    return sx.circle(n=100, seed=0)


@pytest.fixture(scope="session")
def network() -> sx.Network:
    """The lesson's network."""
    return sx.Network.parse("2-4-4-1")


@pytest.fixture(scope="session")
def run(network: sx.Network, points: sx.Points) -> sx.Run:
    """A short training of the lesson, with snapshots; made once, so leave it as it is."""
    return sx.train(network, sx.Recipe(epochs=200, log_every=10, snapshots=(0, 100, 200)), points)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium; one for all tests of a process, for Playwright's loop goes on until it is given up."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Debian's chromium: apt-get install chromium")
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def python():
    """Run code in a fresh interpreter, where nothing has been imported yet, and return what it prints."""

    def run_code(code: str, *arguments: str) -> str:
        command = [sys.executable, "-W", "error", "-c", code, *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=600)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run_code
