"""One big network on several processes or machines: the torch engine under torchrun, each with its own rows.

    torchrun --nproc-per-node 2 my_training.py

with a script such as

    import separatrix as sx
    from separatrix.training.distributed import joined, own_rows, train_distributed

    with joined() as place:
        points = sx.moons(n=1_000_000, noise=0.3, seed=0)  # or only this process's part of a file
        run = train_distributed(sx.Network.parse("2-512-512-1"), sx.Recipe(...), own_rows(points, place))
        if place.rank == 0:
            sx.save(run, "model.safetensors")
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from separatrix.data.points import Points
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.support.constraints import Choice, Integer, Rule, check
from separatrix.training.loop import train
from separatrix.training.run import EpochEnd, Run

SET_BY_TORCHRUN = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True)
class ProcessRank:
    """The position of this process in its group.

    Attributes:
        rank: number of the process, from 0.
        world: number of processes.
    """

    rank: int
    world: int


@contextmanager
def joined(backend: str = "gloo", seconds: int = 300) -> Iterator[ProcessRank]:
    """Join the group of processes that torchrun started, and leave it at the end.

    Args:
        backend: "gloo" between processors, "nccl" between GPUs of one make.
        seconds: time to wait for another process before all of them end with an error.

    Raises:
        InvalidParameter: torchrun did not start this process, or the backend is not available.
    """
    # PyTorch imports this with the first DistributedDataParallel, and takes the group that is there as its functions'
    # default: the group would outlive its end, and its threads could abort the interpreter's.
    import torch.distributed.nn.functional  # noqa: F401
    from torch import distributed as group

    from separatrix.support import pytorch  # noqa: F401  # a sentence where PyTorch is missing

    rules: dict[str, Rule] = {"backend": Choice(("gloo", "nccl", "mpi")), "seconds": Integer(1)}
    check("joined", {"backend": backend, "seconds": seconds}, rules)
    # Without these variables PyTorch would wait for other processes until its timeout.
    missing = [name for name in SET_BY_TORCHRUN if name not in os.environ]
    if missing:
        raise InvalidParameter(
            f"joined: {', '.join(missing)} isn't set; start the script with torchrun --nproc-per-node N script.py."
        )
    try:
        group.init_process_group(backend, timeout=timedelta(seconds=seconds))
    except (RuntimeError, ValueError) as error:
        raise InvalidParameter(f"joined: {backend!r} can't be used here: {str(error).splitlines()[0]}") from error
    try:
        yield ProcessRank(group.get_rank(), group.get_world_size())
    finally:
        gc.collect()  # a training's parts hold each other, and the group
        group.destroy_process_group()


def own_rows(points: Points, place: ProcessRank) -> Points:
    """The rows of this process: every n-th row for n processes, so that sorted classes are shared out as well.

    For data that do not fit on one machine, read only the rows of this process instead.

    Raises:
        InvalidData: there are fewer rows than processes.

    Examples:
        >>> import separatrix as sx
        >>> [len(own_rows(sx.circle(n=7, seed=0), ProcessRank(rank, 3))) for rank in range(3)]
        [3, 2, 2]
    """
    # A process without rows could not take part in the averaging.
    if len(points) < place.world:
        raise InvalidData(f"{len(points)} rows can't be shared out over {place.world} processes.")
    return points.take(np.arange(place.rank, len(points), place.world))


def train_distributed(
    network: Network,
    recipe: Recipe,
    points: Points,
    *,
    device: str = "cpu",
    initial: np.ndarray | None = None,
    validation: Points | None = None,
    on_progress: Callable[[EpochEnd], object] | None = None,
) -> Run:
    """Train one network on the rows of all processes; each calls this with its own rows and gets the same parameters.

    The gradient of a step is the mean over the rows of all processes, so full batches take the steps that one process
    would take, up to rounding. Batches have `batch_size` rows over all processes together.

    Args:
        network: the description.
        recipe: how to train; the same in every process. `solved_below`, L-BFGS and sample weights are refused.
        points: this process's rows; both classes must be among them.
        device: "cpu", or this process's own such as "cuda:0".
        initial: initial parameters (p,); by default drawn from the recipe's seed, the same everywhere.
        validation: this process's validation points; for `patience` all processes must have some.
        on_progress: called in the first process alone. Its return value is ignored, because one process cannot stop.

    Returns:
        The run, with losses and accuracies over all processes' rows. Only `data` and `seconds` differ between them.

    Raises:
        EngineRefusal: outside of `joined()`, or with a recipe that several processes do not support.
        InvalidData: as `train`; torchrun then ends the other processes too.
    """
    from torch import distributed as group

    from separatrix.support import pytorch  # noqa: F401  # a sentence where PyTorch is missing

    report = None
    if on_progress is not None and group.is_available() and group.is_initialized() and group.get_rank() == 0:
        call = on_progress

        def report(moment: EpochEnd) -> None:
            call(moment)

    return train(
        network,
        recipe,
        points,
        engine="distributed",
        device=device,
        initial=initial,
        validation=validation,
        on_progress=report,
    )
