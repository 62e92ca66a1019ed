"""One fit in a process of its own: what it scored, took, and held in memory; a crash or a fit without end harms no other."""

from __future__ import annotations

import math
import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CLIP = 1e-7  # single precision says no more; a certain and wrong answer costs 16 nats rather than 36
BINS = 10


def scores(y: np.ndarray, p: np.ndarray) -> dict[str, Any]:
    """Log loss, AUC, Brier, accuracy, and ten bins of forecasts beside what came, of y (n,) and p (n,) of class 1.

    Raises:
        ValueError: a probability isn't one.
    """
    from sklearn.metrics import roc_auc_score

    p = np.asarray(p, dtype=np.float64)
    if not (np.isfinite(p).all() and (p >= 0).all() and (p <= 1).all()):
        raise ValueError("expected probabilities from 0 to 1, got others")
    clipped = np.clip(p, CLIP, 1 - CLIP)
    place = np.minimum((p * BINS).astype(int), BINS - 1)
    return {
        "log_loss": float(-np.mean(np.where(y == 1, np.log(clipped), np.log1p(-clipped)))),
        "auc": float(roc_auc_score(y, p)),
        "brier": float(np.mean((p - y) ** 2)),
        "accuracy": float(np.mean((p > 0.5) == y)),
        "bin_rows": np.bincount(place, minlength=BINS).tolist(),
        "bin_forecasts": np.bincount(place, p, minlength=BINS).tolist(),
        "bin_positives": np.bincount(place, y, minlength=BINS).tolist(),
    }


def warm_up() -> tuple[pd.DataFrame, np.ndarray]:
    """64 rows, fitted before the clock runs, so that what is loaded or compiled once is counted for nobody."""
    stream = np.random.default_rng(0)
    frame = pd.DataFrame({"a": stream.normal(size=64), "b": stream.normal(size=64)})
    y = (frame["a"] + stream.normal(size=64) > 0).to_numpy().astype(np.int64)
    return frame.assign(c=pd.Categorical(np.where(frame["b"] > 0, "x", "y"))), y


def fitted(
    make: Callable[[int, int], Any], seed: int, threads: int, frame: pd.DataFrame, y: np.ndarray, train: Any, test: Any
) -> dict[str, Any]:
    """Fit and score here, in this process."""
    made_frame, made_y = warm_up()
    make(seed, threads).fit(made_frame, made_y).predict_proba(made_frame)
    # each side with a new index, as from a file of its own
    inside, outside = (frame.iloc[rows].reset_index(drop=True) for rows in (train, test))
    before, model = _start_of_peak(), make(seed, threads)
    began, worked = time.perf_counter(), _processor_seconds()
    model.fit(inside, y[train])
    fit, worked = time.perf_counter() - began, _processor_seconds() - worked
    began = time.perf_counter()
    p = model.predict_proba(outside)
    predict = time.perf_counter() - began
    return {
        **scores(y[test], np.asarray(p)[:, 1]),
        "fit_seconds": fit,
        "fit_processor_seconds": worked,
        "predict_seconds": predict,
        "memory": _peak() - before,
    }


def apart(limit: float, work: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """What `work(*given)` returns, from a forked process; `status` says "ok" or what went wrong instead.

    Args:
        limit: seconds after which the process is ended.
    """
    context = multiprocessing.get_context("fork")  # what this process loaded is there at once, and nothing is sent
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, work, given))
    child.start()
    theirs.close()
    try:
        said = ours.recv() if ours.poll(limit) else {"status": f"no result after {limit:g} s"}
    except EOFError:
        child.join()
        said = {"status": f"the process ended with {child.exitcode}"}
    child.kill()
    child.join()
    return said


def _child(pipe: Any, work: Callable[..., dict[str, Any]], given: tuple[Any, ...]) -> None:
    quiet = os.open(os.devnull, os.O_WRONLY)  # progress bars, tips and warnings of convergence
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    try:
        said = {**work(*given), "status": "ok"}
    except Exception as error:  # whatever a method raises is its result, and is reported as such
        said = {"status": f"{type(error).__name__}: {error}"[:300]}
    pipe.send(said)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _start_of_peak() -> float:
    """MiB held now; the peak is counted anew from here, where the system can (Linux)."""
    clear = Path("/proc/self/clear_refs")
    if not clear.exists():
        return math.nan
    clear.write_text("5")
    return _status("VmRSS")


def _peak() -> float:
    return _status("VmHWM") if Path("/proc/self/clear_refs").exists() else math.nan


def _status(name: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024
