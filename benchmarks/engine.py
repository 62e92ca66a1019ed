"""`python -m benchmarks.engine [--quick]`: what explanation/engines.md says of the compiled engine's parts, as Markdown tables.

Rivals in turn in one process, the fastest of many repeats; cold starts as whole processes, the median. All in processor
seconds: everything here runs on one thread, and other work on the machine lengthens the clock's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np

import separatrix as sx
from benchmarks import peers, results
from separatrix.engines.base import Epochs, Task
from separatrix.engines.choose import FusedEngine
from separatrix.engines.fused import _session
from separatrix.engines.fused._layout import lanes_of
from separatrix.engines.fused._machine_code import assembly
from separatrix.engines.fused._straight import Kernel, source

BORDER = ("2-4-4-1", "2-8-8-1", "2-12-12-1", "2-16-16-1", "2-20-20-1", "2-24-24-1", "30-8-1", "30-8-8-1", "30-16-1")
TABLES = (("30-8-8-1", 1_000, 64), ("30-64-64-1", 1_000, 64), ("30-64-64-1", 1_000, 256), ("30-64-64-1", 10_000, 64),
          ("30-64-64-1", 10_000, 256), ("30-256-256-1", 1_000, 64))  # fmt: skip


def fastest(works: list[Callable[[], object]], rounds: int) -> list[float]:
    """Processor seconds of each, the fastest of so many rounds in turn, after one that compiles."""
    for work in works:
        work()
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for k, work in enumerate(works):
            start = time.process_time()
            work()
            best[k] = min(best[k], time.process_time() - start)
    return best


def table(head: str, rows: list[list[object]]) -> str:
    """Markdown."""
    names = head.split(" | ")
    lines = [f"| {head} |", "| --- |" + " ---: |" * (len(names) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)]) + "\n"


def advancing(
    network: sx.Network, rows: int, epochs: int, batch: int | None = None, every: int = 0
) -> Callable[[], object]:
    """A session's epochs: gradient descent on all rows, or Adam on batches; every so many of them logged."""
    stream = np.random.default_rng(0)
    x = stream.normal(size=(rows, network.n_inputs)).astype(np.float32)
    recipe = sx.Recipe(loss="bce_with_logits", optimizer="adam" if batch else "sgd", batch_size=batch)
    task = Task(network, recipe, x, (x[:, 0] > 0).astype(np.float32))
    order = np.stack([stream.permutation(rows) for _ in range(epochs)]) if batch else None
    plan = Epochs(np.full(epochs, 0.01), order, np.arange(every - 1, epochs, every) if every else np.arange(0))
    running = FusedEngine().start(task, network.initialise(0))
    return lambda: running.advance(plan)


def lesson(rounds: int) -> str:
    """Microseconds of an epoch of the lesson: the C, and ours with nothing logged, every tenth and every epoch."""
    epochs = 5_000
    c, (x, y, start) = peers.build_c(), peers.lesson_start()
    works: list[Callable[[], object]] = [lambda: c(start.copy(), x, y, epochs, peers.LR)]
    works += [advancing(peers.LESSON, 100, epochs, every=every) for every in (0, 10, 1)]
    names = ("straight-line C, nothing logged or checked", "ours, nothing logged", "ours, every tenth epoch logged",
             "ours, every epoch logged")  # fmt: skip
    found = fastest(works, rounds)
    return table("the lesson's epoch | µs", [[n, f"{1e6 * s / epochs:.3f}"] for n, s in zip(names, found, strict=True)])


def border(rounds: int) -> str:
    """Straight-line code against the general gradient: microseconds of a step with Adam, and seconds to compile."""
    rows: list[list[object]] = []
    for widths in BORDER:
        network, works = sx.Network.parse(widths), []
        steps = max(4, 8_000 // network.n_parameters)
        for most in (10**6, 0):  # networks up to this size get code of their own
            _session.STRAIGHT_PARAMETERS = most
            _session.code_of.cache_clear()
            works += [advancing(network, 32 * steps, 1, 32), advancing(network, 256 * steps, 1, 256)]
        small, large, small_general, large_general = (1e6 * each / steps for each in fastest(works, rounds))
        text = source(Kernel(network, "bce_with_logits", "float32", lanes_of("float32")))
        [compiling] = fastest([lambda text=text: assembly(text)], 2)  # type: ignore[misc]  # bound at once
        rows.append([widths, network.n_parameters, f"{small:.2f}", f"{small_general:.2f}", f"{large:.2f}",
                     f"{large_general:.2f}", f"{compiling:.2f}"])  # fmt: skip
    head = "network | parameters | 32 rows: straight, µs | general, µs | 256 rows: straight, µs | general, µs | compiling, s"
    return table(head, rows)


FIRST = """
import time
import separatrix as sx
network, recipe, points = sx.Network.parse({widths!r}), sx.Recipe(epochs=100), sx.circle(seed=0)
start = time.process_time()
sx.train(network, recipe, points, engine="fused")
print(time.process_time() - start)
"""


def cold_start(rounds: int) -> str:
    """Seconds of a process's first training of 100 epochs, with nothing in the cache and with everything."""
    rows: list[list[object]] = []
    for widths in ("2-4-4-1", "2-32-32-1"):
        seconds: dict[str, list[float]] = {"nothing": [], "everything": []}
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                for found in seconds.values():
                    command = [sys.executable, "-c", FIRST.format(widths=widths)]
                    environment = {**os.environ, "SEPARATRIX_CACHE": folder}
                    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
                    found.append(float(done.stdout))
        rows.append([widths, *(f"{statistics.median(found):.1f}" for found in seconds.values())])
    return table("a process's first training | nothing in the cache, s | everything in the cache, s", rows)


def tables(rounds: int) -> str:
    """A table's training with validation rows looked at after every epoch, against the same steps and nothing else."""
    rows: list[list[object]] = []
    for widths, count, batch in TABLES:
        network, stream = sx.Network.parse(widths), np.random.default_rng(0)
        x = stream.normal(size=(count, network.n_inputs)).astype(np.float32)
        y = (x[:, 0] + 0.5 * stream.normal(size=count) > 0).astype(float)
        cut = count * 4 // 5
        points, validation = sx.Points(x[:cut], y[:cut]), sx.Points(x[cut:], y[cut:])
        recipe = sx.Recipe(
            loss="bce_with_logits", optimizer="adam", epochs=50, batch_size=batch, log_every=1, patience=50
        )
        bare = recipe.replace(patience=None, log_every=50)
        works = [
            lambda r=recipe, n=network, p=points, h=validation: sx.train(n, r, p, validation=h),
            lambda r=bare, n=network, p=points: sx.train(n, r, p),
        ]
        whole, alone = fastest(works, rounds)
        steps = 50 * -(-cut // batch)
        rows.append([f"{widths}, {count:,} rows, batch {batch}", f"{1e3 * whole:.1f}", f"{1e6 * whole / steps:.1f}",
                     f"{1e6 * alone / steps:.1f}", f"{whole / alone:.2f}"])  # fmt: skip
    return table("50 epochs of Adam | ms | a step of it, µs | of the steps alone, µs | ratio", rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repeats: to see that it runs")
    few = parser.parse_args().quick
    about = results.machine()
    print(f"{about['processor']}, {about['cores']} cores, {about['date']}\n")
    for part, rounds in ((lesson, 60), (border, 40), (tables, 9), (cold_start, 3)):
        print(part(1 if few else rounds), flush=True)


if __name__ == "__main__":
    main()
