"""An optimiser's memory as named arrays, so that a training can be saved and gone on with, bit for bit."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

STREAM = "stream"  # the state of PyTorch's random numbers, for a user's module that draws some


class Remembering(Protocol):
    """The parts of a session that memory is about."""

    module: nn.Module
    optimizer: torch.optim.Optimizer
    stream: torch.Tensor


def keep_memory(session: Remembering) -> dict[str, np.ndarray]:
    """What the optimiser remembers, each of (p,) by PyTorch's name, and "step", the steps taken.

    L-BFGS remembers lists of directions: each list is one array with a leading axis, (k, …).
    """
    kept: dict[str, np.ndarray] = {STREAM: session.stream.numpy().copy()}
    states = [session.optimizer.state[parameter] for parameter in session.module.parameters()]
    if isinstance(session.optimizer, torch.optim.LBFGS):
        return kept | {name: _stacked(value) for name, value in states[0].items() if value is not None}
    for name in states[0] if states else ():
        parts = [state[name] for state in states]
        if name == "step":
            kept[name] = np.array(float(parts[0]))
        elif all(torch.is_tensor(part) for part in parts):
            kept[name] = torch.cat([part.reshape(-1).cpu() for part in parts]).numpy().copy()
    return kept


def restore_memory(session: Remembering, memory: dict[str, np.ndarray]) -> None:
    """Put back what `keep_memory` kept; an empty memory is a fresh start."""
    if STREAM in memory:
        session.stream = torch.tensor(memory[STREAM])
    kept = {name: value for name, value in memory.items() if name != STREAM}
    if not kept:
        return
    parameters = list(session.module.parameters())
    if isinstance(session.optimizer, torch.optim.LBFGS):
        session.optimizer.state[parameters[0]].update({name: _unstacked(name, value) for name, value in kept.items()})
        return
    at = 0
    for parameter in parameters:
        end = at + parameter.numel()
        state = session.optimizer.state[parameter]
        for name, value in kept.items():
            if name == "step":
                state[name] = torch.tensor(float(value), dtype=torch.float32)
            else:
                state[name] = torch.tensor(value[at:end]).view_as(parameter).to(parameter.device)
        at = end


_LISTS = ("old_dirs", "old_stps", "ro")  # L-BFGS: one entry an iteration
_COUNTS = ("func_evals", "n_iter")


def _stacked(value: Any) -> np.ndarray:
    if isinstance(value, list):
        parts = [np.asarray(part.cpu() if torch.is_tensor(part) else part) for part in value if part is not None]
        return np.stack(parts) if parts else np.zeros(0)
    return np.array(value.cpu() if torch.is_tensor(value) else value)


def _unstacked(name: str, value: np.ndarray) -> Any:
    if name in _LISTS:
        return [torch.tensor(part) for part in value]
    if name == "al":  # a scratch list of L-BFGS, written before it is read
        return [None] * 100
    if name in _COUNTS:
        return int(value)
    return torch.tensor(value) if value.ndim or name == "H_diag" else float(value)
