"""What is compared: the lesson, a thousand lessons, batches of tables, a million points, whole processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

import separatrix as sx
from benchmarks import peers
from benchmarks.timing import Comparison, Side, Work, compare
from separatrix.support.machine import usable_cores

ROOT = Path(__file__).resolve().parent.parent
OURS = "separatrix, fused"


def lesson(quick: bool) -> Comparison:
    """The lesson's 50,000 epochs on one thread, against every peer."""
    few = 2_000 if quick else peers.EPOCHS
    sides = [
        _ours("separatrix, fused", "fused"),
        peers.plain_loop(few),
        peers.mlp_classifier(few),
        peers.jax_scan(),
        peers.straight_c(),
        peers.compiled_loop(1_000),
        peers.skorch_net(200),
        _ours("separatrix, torch engine", "torch", 2_000),
    ]
    torch.set_num_threads(1)  # PyTorch at its best here: a second thread only gets in the way
    return compare("The lesson: 100 points, 2-4-4-1, 50,000 epochs, one thread", sides, rounds=3)


def _ours(name: str, engine: str, epochs: int = peers.EPOCHS) -> Side:
    x, y, start = peers.lesson_start()
    points, recipe = sx.Points(x, y), sx.Recipe(lr=peers.LR, epochs=epochs)
    last = [float("nan")]

    def work() -> None:
        last[0] = sx.train(peers.LESSON, recipe, points, engine=engine, initial=start).loss

    return Side(name, work, epochs / peers.EPOCHS, lambda: last[0])


def seeds(quick: bool) -> Comparison:
    """A thousand lessons with fresh points and weights each, all cores."""
    count = 100 if quick else 1000
    recipe = sx.Recipe(lr=peers.LR, epochs=peers.EPOCHS)

    def ours() -> None:
        sx.train_many(peers.LESSON, recipe, lambda seed: sx.circle(seed=seed), range(count))

    torch.set_num_threads(1)
    sides = [
        Side("separatrix, train_many", ours, float(count)),
        peers.plain_loop(2_000 if quick else peers.EPOCHS),
        peers.jax_scan(2_000, runs=256),
        peers.vmapped_torch(200, runs=256),
    ]
    return compare(f"{count:,} seeds of the lesson, all cores, seconds a run", sides, rounds=3)


@dataclass(frozen=True)
class TableJob:
    """Minibatches of a table of `rows` rows, on so many threads; `steps` of them or as many as fill an epoch."""

    widths: str
    batch: int
    threads: int
    steps: int
    rows: int = 4096
    optimizer: str = "adam"
    dtype: str = "float32"

    @property
    def epochs(self) -> int:
        return max(1, self.steps // (self.rows // self.batch))

    @property
    def title(self) -> str:
        optimizer = {"adam": "Adam", "sgd": "SGD"}[self.optimizer]
        precision = "" if self.dtype == "float32" else f", {self.dtype}"
        threads = f"{self.threads} thread{'s' * (self.threads > 1)}"
        return f"{self.widths}, {optimizer}, batch {self.batch}{precision}, {threads}"


def table_works(job: TableJob) -> dict[str, Work]:
    """Ours and the PyTorch loop, ready to run."""
    network, epochs, threads = sx.Network.parse(job.widths), job.epochs, job.threads
    generator = np.random.default_rng(0)
    x = generator.normal(size=(job.rows, network.n_inputs)).astype(job.dtype)
    y = (x[:, 0] + 0.5 * generator.normal(size=job.rows) > 0).astype(job.dtype)
    recipe = sx.Recipe(
        loss="bce_with_logits",
        optimizer=job.optimizer,
        lr=1e-3,
        epochs=epochs,
        batch_size=job.batch,
        log_every=epochs,
        dtype=job.dtype,
    )
    points, start = sx.Points(x, y), network.initialise(0)

    def ours() -> None:
        sx.train(network, recipe, points, engine="fused", initial=start, threads=threads)

    return {OURS: ours, "PyTorch loop": torch_steps(job, x, y)}


def torch_steps(job: TableJob, x: np.ndarray, y: np.ndarray) -> Work:
    """PyTorch's own loop over the job's epochs."""
    network = sx.Network.parse(job.widths)
    x_, y_, start = torch.tensor(x), torch.tensor(y)[:, None], network.initialise(0)

    def work() -> None:
        torch.set_num_threads(job.threads)
        module, criterion = network.to_torch(start).to(x_.dtype), nn.BCEWithLogitsLoss()
        way = torch.optim.Adam if job.optimizer == "adam" else torch.optim.SGD
        optimizer = way(module.parameters(), lr=1e-3)
        for _ in range(job.epochs):
            for batch_rows in torch.randperm(job.rows).split(job.batch):
                loss = criterion(module.logits(x_[batch_rows]), y_[batch_rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    return work


def table_rows(job: TableJob) -> Comparison:
    """Both sides in turn: on one thread in this process, on several each in a process of its own."""
    if job.threads > 1:  # two pools of threads in one process get in each other's way, PyTorch's most of all
        works: dict[str, Work] = {name: apart(job, name) for name in (OURS, "PyTorch loop")}
    else:
        works = table_works(job)
    done = compare(
        job.title, [Side(*each) for each in works.items()], 3, per=job.epochs * -(-job.rows // job.batch), unit="step"
    )
    torch.set_num_threads(usable_cores())
    return done


APART = """
import sys
from benchmarks.subjects import TableJob, table_works
work = table_works({job!r})[{name!r}]
for _ in sys.stdin:
    work()
    print(flush=True)
"""


def apart(job: TableJob, name: str) -> Work:
    """One side's work in a process that waits for its turn, and ends with this one."""
    code = APART.format(job=job, name=name)
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def work() -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        if not process.stdout.readline():
            raise RuntimeError(f"the process of {name} ended with status {process.wait()}")

    return work


def tables(quick: bool) -> list[Comparison]:
    """The rows of the issue of speed, and a grid of widths and batches around them."""
    steps = 200 if quick else 2_000
    named = [
        table_rows(TableJob("30-32-32-1", 32, 1, steps)),
        table_rows(TableJob("30-64-64-1", 256, 1, steps // 2)),
        table_rows(TableJob("30-256-256-256-1", 256, 1, steps // 8)),
        table_rows(TableJob("30-256-256-256-1", 256, usable_cores(), steps // 8)),
    ]
    grid = [
        table_rows(TableJob(f"30-{width}-{width}-1", batch, 1, steps // 8))
        for width in (8, 16, 128, 256, 512)
        for batch in (32, 256, 1024)
    ]
    return named + grid


def million(quick: bool) -> Comparison:
    """2-4-4-1, full batch, a million points, all threads; seconds an epoch."""
    rows, epochs = (100_000, 5) if quick else (1_000_000, 10)
    points = sx.circle(n=rows, seed=0)
    start, cores = peers.LESSON.initialise(0), usable_cores()
    x_, y_ = torch.tensor(points.x), torch.tensor(points.y, dtype=torch.float32)[:, None]
    recipe = sx.Recipe(lr=peers.LR, epochs=epochs, log_every=epochs)

    def ours() -> None:
        sx.train(peers.LESSON, recipe, points, engine="fused", initial=start, threads=cores)

    def theirs() -> None:
        torch.set_num_threads(cores)
        module, criterion = peers.LESSON.to_torch(start), nn.BCELoss()
        optimizer = torch.optim.SGD(module.parameters(), lr=peers.LR)
        for _ in range(epochs):
            loss = criterion(module(x_), y_)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    title = f"2-4-4-1, full batch, {rows:,} points, {cores} threads"
    return compare(title, [Side("separatrix, fused", ours), Side("PyTorch loop", theirs)], 5, per=epochs, unit="epoch")


MEMORY_PROBE = """
import re
from pathlib import Path
import separatrix as sx

def status(what):
    return re.search(what + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1)

points = sx.circle(n={rows}, seed=0)
network, recipe = sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=2, log_every=2)
sx.train(network, recipe, sx.circle(n=200_000, seed=0), engine="fused", threads={threads})  # compiles
before = status("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak counts from here
sx.train(network, recipe, points, engine="fused", threads={threads})
print(before, status("VmHWM"))
"""


def memory(quick: bool) -> tuple[float, float]:
    """Peak memory that training on the million points adds, and the size of the data, in MiB; a fresh process."""
    rows = 100_000 if quick else 1_000_000
    code = MEMORY_PROBE.format(rows=rows, threads=usable_cores())
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    before, after = (int(word) / 1024 for word in said)
    return after - before, rows * (2 + 1) * 4 / 2**20


def processes(quick: bool) -> Comparison:
    """Whole processes: `separatrix lesson` with all its pictures against the plain script without any."""
    epochs = "5000" if quick else "50000"

    def ours() -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "lesson")
            command = [sys.executable, "-m", "separatrix", "lesson", "--epochs", epochs, "--out", out]
            subprocess.run(command, capture_output=True, check=True)

    def theirs() -> None:
        command = [sys.executable, str(ROOT / "examples" / "plain_pytorch.py"), "--epochs", epochs]
        subprocess.run(command, capture_output=True, check=True)

    sides = [
        Side("separatrix lesson, all pictures and report", ours),
        Side("plain script, no pictures", theirs, compiles=False),
    ]
    return compare("Whole processes, caches warm", sides, rounds=3)


def denormals(quick: bool) -> Comparison:
    """The same number of epochs from ordinary weights and from weights whose gradients are denormal numbers."""
    points, epochs = sx.circle(seed=0), 5_000 if quick else 50_000
    recipe = sx.Recipe(loss="mse", lr=1e-3, epochs=epochs, log_every=epochs)
    ordinary = peers.LESSON.initialise(0)
    tiny = ordinary * np.float32(1e-20)

    def from_(start: np.ndarray) -> Side:
        name = "denormal start" if start is tiny else "ordinary start"
        return Side(name, lambda: sx.train(peers.LESSON, recipe, points, engine="fused", initial=start))

    return compare("Denormal numbers", [from_(ordinary), from_(tiny)], rounds=5)
