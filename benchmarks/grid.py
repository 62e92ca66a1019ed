"""`python -m benchmarks.grid [--quick]`: is any size of network and batch slower than PyTorch's loop? Writes GRID.md.

Every cell takes the same number of steps on minibatches with both engines, in turn, at equal threads. What surrounds the
steps, checks before and measures after, is no part of it. On one thread the fastest round's processor seconds count, since
other work on the machine lengthens the clock's; on two threads the median of the clock's. The cells are a frame, not a
full product: widths by batches for two hidden layers, depths for two widths, the other optimiser, precision and number
of threads where a loss is likeliest, that is where matrix products are most of the work.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

import separatrix as sx
from benchmarks import results
from benchmarks.engine import fastest
from benchmarks.subjects import OURS, TableJob, table_rows, torch_steps
from separatrix.engines.base import Epochs, Task
from separatrix.engines.choose import FusedEngine
from separatrix.support.machine import one_blas_thread

WIDTHS = (2, 8, 32, 128, 256, 512, 1024)
BATCHES = (1, 32, 256, 1024, 4096, 65_536)
MOST_FLOPS = 3e10  # of one step: beyond it a cell takes minutes and shows what its neighbour shows
ROUNDS = 5
SECONDS_OF_FLOPS = 4e9  # operations of one measurement, where a step has fewer


def flops(widths: list[int], rows: int) -> float:
    """Floating-point operations of a step: forward, both products backward."""
    return 6.0 * rows * sum(a * b for a, b in pairwise(widths))


def job(hidden: list[int], batch: int, threads: int = 1, **settings: str) -> TableJob | None:
    """A cell, with as many steps as make a measurement last; None where one step is too much."""
    widths = [30, *hidden, 1]
    step = flops(widths, batch)
    if step > MOST_FLOPS:
        return None
    steps = max(2, min(400, int(SECONDS_OF_FLOPS / step)))
    rows = max(batch, min(4096, batch * steps))
    return TableJob("-".join(map(str, widths)), batch, threads, steps, rows, **settings)


def cells() -> list[TableJob]:
    """All of them."""
    plans = [job([width, width], batch) for width in WIDTHS for batch in BATCHES]
    plans += [job([width] * depth, 1024) for width in (32, 256) for depth in (1, 4, 8)]
    plans += [job([width, width], batch, optimizer="sgd") for width in (32, 512) for batch in (32, 1024)]
    plans += [job([width, width], batch, dtype="float64") for width in (32, 512) for batch in (32, 1024)]
    plans += [job([width, width], batch, threads=2) for width in (32, 256, 512) for batch in (256, 1024, 4096)]
    return [plan for plan in plans if plan is not None]


@dataclass(frozen=True)
class Cell:
    """Seconds of a step of one job, ours and PyTorch's."""

    job: TableJob
    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours


def measured(plan: TableJob) -> Cell:
    """Both sides in turn: on one thread in this process, on several each in a process of its own."""
    steps = plan.epochs * -(-plan.rows // plan.batch)
    if plan.threads > 1:
        comparison = table_rows(plan)
        ours, theirs = (side.median / steps for side in comparison.sides)
        return Cell(plan, ours, theirs)
    network = sx.Network.parse(plan.widths)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(plan.rows, network.n_inputs)).astype(plan.dtype)
    y = (x[:, 0] + 0.5 * generator.normal(size=plan.rows) > 0).astype(plan.dtype)
    recipe = sx.Recipe(loss="bce_with_logits", optimizer=plan.optimizer, batch_size=plan.batch, dtype=plan.dtype)
    session = FusedEngine().start(Task(network, recipe, x, y), network.initialise(0, plan.dtype))
    order = np.stack([generator.permutation(plan.rows) for _ in range(plan.epochs)])
    epochs = Epochs(np.full(plan.epochs, 1e-3), order, np.arange(0))
    with one_blas_thread():
        ours, theirs = fastest([lambda: session.advance(epochs), torch_steps(plan, x, y)], ROUNDS)
    return Cell(plan, ours / steps, theirs / steps)


def table(done: list[Cell]) -> str:
    """Markdown: a row per cell, the slowest first."""
    lines = ["| cell | ours, a step | PyTorch, a step | ratio |", "| --- | ---: | ---: | ---: |"]
    for cell in sorted(done, key=lambda cell: cell.ratio):
        ratio = results.times_words(cell.ratio)
        seconds = f"{results.time_words(cell.ours)} | {results.time_words(cell.theirs)}"
        lines.append(f"| {cell.job.title} | {seconds} | {ratio if cell.ratio >= 1 else f'**{ratio}**'} |")
    slower = sum(cell.ratio < 1 for cell in done)
    return f"{len(done)} cells, {slower} of them slower than PyTorch's loop.\n\n" + "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every seventh cell: to see that it runs")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="where to write GRID.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    done = []
    for plan in cells()[:: 7 if options.quick else 1]:
        done.append(measured(plan))
        print(f"{plan.title}: {done[-1].ratio:.2f}", flush=True)
    about = results.machine()
    text = (
        f"# {OURS} against PyTorch's loop, from 2 to 1,024 units and from 1 to 65,536 rows\n\n"
        f"Made by `python -m benchmarks.grid` on {about['processor']}, {about['cores']} cores, {about['date']}; the sides "
        "of a cell were timed in turn.\n\n"
    )
    (options.out / "GRID.md").write_text(text + table(done), encoding="utf-8")
    print(table(done))


if __name__ == "__main__":
    main()
