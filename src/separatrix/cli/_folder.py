"""`separatrix predict` of a folder: file by file, each written whole, in this process or on a Ray cluster.

A file's predictions record in the metadata of their Parquet file what they were made of: the digests of the input and of
the model with the options. So a run that was killed goes on where it was, and no list of finished files can be wrong.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from separatrix.cli._predictions import Predictions
from separatrix.cli._terminal import console, print_error, print_note
from separatrix.errors import DataFileError, InvalidParameter, OutputError, SeparatrixError
from separatrix.support.processes import Interruption
from separatrix.support.translations import translated

if TYPE_CHECKING:
    import polars

KEY = "separatrix"  # of the record in the metadata
ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".arrow", ".feather", ".ipc")
BACKENDS = ("local", "ray")
NOTICE = "Stopping; the files that are done stay. A second signal ends at once."
TRIES = 3  # of a file whose worker dies
Stop = Callable[[], bool]


@dataclass(frozen=True)
class FileTask:
    """A file to predict.

    Attributes:
        name: the input within its folder, for messages.
        source: the input.
        target: the Parquet file to write.
        force: whether a target that is out of date, or of another origin, is replaced.
    """

    name: str
    source: Path
    target: Path
    force: bool


@dataclass(frozen=True)
class FileOutcome:
    """How the prediction of a file ended.

    Attributes:
        rows: that were predicted; None where the predictions were there already, or there are none.
        error: why there are no predictions, or an empty text.
        warnings: of the file.
    """

    rows: int | None = None
    error: str = ""
    warnings: tuple[str, ...] = ()


def predict_folder(
    predictions: Predictions, folder: Path, out: Path, *, force: bool, backend: str, address: str | None
) -> int:
    """Predict all files of a folder that aren't predicted yet, and return the exit status: 2 if a file failed."""
    tasks = tasks_of(folder, out, force)
    # a mistake in the options or a damaged model concerns all files
    _ = predictions.decider
    request = predictions.digest()
    rows, outcomes = 0, []
    with Interruption(translated(NOTICE)) as interruption:
        stop: Stop = lambda: interruption.requested  # noqa: E731  # one expression, used by both backends
        done = (
            _on_ray(predictions, request, tasks, address, stop)
            if backend == "ray"
            else ((task, predict_file(predictions, request, task, stop)) for task in tasks)
        )
        try:
            for task, outcome in done:
                for warning in outcome.warnings:
                    # translated here: behind the name of a file it would be no sentence of the catalogue
                    print_note(f"Warning: {task.name}: {translated(warning)}")
                if outcome.error:
                    print_error(f"{task.name}: {translated(outcome.error)}")
                elif outcome.rows is not None:
                    console().print(f"{task.name}: {outcome.rows:,} rows", markup=False)
                    rows += outcome.rows
                outcomes.append(outcome)
        except KeyboardInterrupt:
            print_error(f"interrupted after {len(outcomes):,} of {len(tasks):,} files; the same command continues.")
            return interruption.exit_status
    failed = sum(bool(outcome.error) for outcome in outcomes)
    skipped = sum(outcome.rows is None and not outcome.error for outcome in outcomes)
    before = f"; {skipped:,} were there already" if skipped else ""
    console().print(f"{rows:,} rows of {len(tasks) - failed - skipped:,} files -> {out}{before}", markup=False)
    if failed:
        print_error(f"{failed:,} of {len(tasks):,} files have no predictions; the same command tries them again.")
    return 2 if failed else 0


def tasks_of(folder: Path, out: Path, force: bool) -> list[FileTask]:
    """The files of a folder and its subfolders, in the order of their names.

    As Spark and Hive do, files and folders are left out whose names begin with a point or an underscore.

    Raises:
        InvalidParameter: there is none, two would be written to the same name, or one of the folders lies in the other.
    """
    first, second = folder.resolve(), out.resolve()
    if first == second or first in second.parents or second in first.parents:
        raise InvalidParameter(f"--out must be a folder outside of {folder} and not around it, got {out}.")
    if out.exists() and not out.is_dir():
        raise InvalidParameter(f"--out must be a folder, for {folder} is one; {out} is a file.")
    tasks: dict[Path, FileTask] = {}
    others = []
    for source in sorted(path for path in folder.rglob("*") if path.is_file()):
        relative = source.relative_to(folder)
        if any(part.startswith((".", "_")) for part in relative.parts):
            continue
        ending = next((end for end in ENDINGS if source.name.lower().endswith(end)), None)
        if ending is None:
            others.append(str(relative))
            continue
        target = out / relative.with_name(source.name[: -len(ending)] + ".parquet")
        task = FileTask(str(relative), source, target, force)
        if target in tasks:
            raise InvalidParameter(
                f"{tasks[target].name} and {task.name} would both be written to {target}; rename one of them."
            )
        tasks[target] = task
    if others:
        print_note(f"Not predicted, because of the ending: {', '.join(others[:5])}{', …' if len(others) > 5 else ''}")
    if not tasks:
        raise InvalidParameter(f"{folder} has no file that ends in {', '.join(ENDINGS)}.")
    return list(tasks.values())


def predict_file(predictions: Predictions, request: str, task: FileTask, stop: Stop = lambda: False) -> FileOutcome:
    """Predict a file unless it is done. What is wrong with it is an outcome, for the others have to go on.

    Args:
        predictions: what to predict.
        request: its digest.
        task: the file.
        stop: asked before each batch; if it says yes, nothing is written and `KeyboardInterrupt` raised.
    """
    from separatrix.support.machine import one_blas_thread

    try:
        # one BLAS thread, for the bytes must not depend on how many cores the machine has
        with one_blas_thread(), warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always", UserWarning)
            rows = _written(predictions, request, task, stop)
    except SeparatrixError as error:
        return FileOutcome(error=str(error))
    except OSError as error:
        return FileOutcome(error=f"can't be used: {error.strerror or error}.")
    return FileOutcome(rows, warnings=tuple(str(remark.message) for remark in remarks))


def _written(predictions: Predictions, request: str, task: FileTask, stop: Stop) -> int | None:
    """The number of rows that were written, or None if they were there already."""
    from separatrix.data.prediction_file import write_rows

    if stop():
        raise KeyboardInterrupt
    before = _state(task.source)
    with task.source.open("rb") as file:
        record = {"request": request, "input": hashlib.file_digest(file, "sha256").hexdigest()}
    if task.target.exists():
        if _record_of(task.target) == record:
            return None
        if not task.force:
            raise OutputError(
                f"{task.target} was made from another input, model, options or version; replace it with --force."
            )
    rows = 0

    def batches() -> Iterator[polars.DataFrame]:
        nonlocal rows
        for batch in predictions.batches(str(task.source)):
            if stop():
                raise KeyboardInterrupt  # ends the atomic write, which removes its temporary file
            rows += batch.height
            yield batch
        if _state(task.source) != before:
            raise DataFileError(f"{task.source} changed while it was read; run the command again.")

    task.target.parent.mkdir(parents=True, exist_ok=True)
    write_rows(task.target, batches(), force=task.force, metadata={KEY: json.dumps(record, sort_keys=True)})
    return rows


def _state(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _record_of(path: Path) -> Any:
    """What a file of predictions was made of; None for a file that is damaged or of another origin."""
    import polars

    try:
        return json.loads(polars.read_parquet_metadata(path).get(KEY, "null"))
    except (polars.exceptions.PolarsError, OSError, ValueError):
        return None


def _on_ray(
    predictions: Predictions, request: str, tasks: list[FileTask], address: str | None, stop: Stop
) -> Iterator[tuple[FileTask, FileOutcome]]:
    """The outcomes as they come. Workers read and write the files themselves, so both folders have to be shared."""
    from separatrix.support.ray_cluster import joined_ray

    ray, own = joined_ray("predict", "--backend ray", address=address)
    work = ray.remote(num_cpus=1, max_retries=TRIES - 1)(_in_worker)
    # workers have another current folder; a classifier that is loaded stays here
    described = ray.put(replace(predictions, model=predictions.model.resolve()))
    waiting = iter(tasks)
    under_way: dict[Any, FileTask] = {}
    try:
        room = 2 * int(ray.cluster_resources().get("CPU", 1))
        while True:
            for task in islice(waiting, room - len(under_way)):
                there = replace(task, source=task.source.resolve(), target=task.target.resolve())
                under_way[work.remote(described, request, there)] = task
            if not under_way:
                return
            for reference in ray.wait(list(under_way), timeout=0.2)[0]:
                try:
                    outcome = ray.get(reference)
                except ray.exceptions.RayTaskError as error:
                    raise error.cause from error  # a fault of the program
                except ray.exceptions.RayError as error:
                    outcome = FileOutcome(error=f"Ray lost it {TRIES} times: {str(error).splitlines()[0]}")
                yield under_way.pop(reference), outcome
            if stop():
                raise KeyboardInterrupt
    finally:
        for reference in under_way:
            ray.cancel(reference, force=True)
        if own:
            ray.shutdown()


def _in_worker(predictions: Predictions, request: str, task: FileTask) -> FileOutcome:
    """Predict a file on another machine, which must have the same model and versions."""
    try:
        same = predictions.digest() == request
    except OSError as error:
        return FileOutcome(error=f"a worker can't read {predictions.model}: {error.strerror}.")
    if not same:
        return FileOutcome(error="a worker has other versions of separatrix, Python or NumPy, or another model file.")
    return predict_file(predictions, request, task)
