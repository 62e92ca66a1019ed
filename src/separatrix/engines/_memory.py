"""An optimiser's memory as named arrays, so that a training can be saved and gone on with, bit for bit."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

STREAM = "stream"  # the state of PyTorch's random numbers, for a user's module that draws some
BUFFER = "buffer."  # + name: a buffer of whole numbers, such as the batches that a batch norm has seen
NUMBER = "number."  # + index + name: a plain number among what an optimiser remembers of one parameter
STEP = "step"


class Remembering(Protocol):
    """The parts of a session that memory is about."""

    module: nn.Module
    optimizer: torch.optim.Optimizer
    stream: torch.Tensor


def keep_memory(session: Remembering) -> dict[str, np.ndarray]:
    """What the optimiser remembers, each of (p,) by PyTorch's name, and "step", the steps taken.

    What an optimiser doesn't remember alike of all parameters is kept one by one, as "0.exp_avg", "1.exp_avg" ….
    L-BFGS remembers lists of directions: each list is one array with a leading axis, (k, …).
    """
    kept = {STREAM: _array(session.stream)} | {BUFFER + name: _array(b) for name, b in _whole_buffers(session.module)}
    parameters = list(session.module.parameters())
    states = [session.optimizer.state[parameter] for parameter in parameters]
    if isinstance(session.optimizer, torch.optim.LBFGS):
        return kept | {name: _stacked(value) for name, value in states[0].items() if value is not None and name != "al"}
    for name in dict.fromkeys(name for state in states for name in state):
        parts = [state.get(name) for state in states]
        if name == STEP and len({float(part) if part is not None else None for part in parts}) == 1:
            kept[STEP] = np.array(float(parts[0]))
        elif all(torch.is_tensor(part) and part.shape == p.shape for part, p in zip(parts, parameters, strict=True)):
            kept[name] = _array(torch.cat([part.reshape(-1) for part in parts]))
        else:
            kept |= _one_by_one(name, parts)
    return kept


def restore_memory(session: Remembering, memory: dict[str, np.ndarray]) -> None:
    """Put back what `keep_memory` kept; an empty memory is a fresh start."""
    if STREAM in memory:
        session.stream = torch.tensor(memory[STREAM])
    for name, buffer in _whole_buffers(session.module):
        if BUFFER + name in memory:
            buffer.copy_(torch.tensor(memory[BUFFER + name]))
    kept = {name: value for name, value in memory.items() if name != STREAM and not name.startswith(BUFFER)}
    parameters = list(session.module.parameters())
    if isinstance(session.optimizer, torch.optim.LBFGS) and kept:
        state = session.optimizer.state[parameters[0]]
        state.update({name: _unstacked(name, value, parameters[0].device) for name, value in kept.items()})
        state.setdefault("al", [None] * session.optimizer.param_groups[0]["history_size"])  # written before it is read
        return
    at = 0
    for index, parameter in enumerate(parameters):
        end = at + parameter.numel()
        for name, value in kept.items():
            _restore(session.optimizer, parameter, index, slice(at, end), name, value)
        at = end


def _whole_buffers(module: nn.Module) -> list[tuple[str, torch.Tensor]]:
    return [(name, buffer) for name, buffer in module.named_buffers() if not buffer.is_floating_point()]


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().copy()


def _one_by_one(name: str, parts: list[Any]) -> dict[str, np.ndarray]:
    kept = {}
    for index, part in enumerate(parts):
        if torch.is_tensor(part):
            kept[f"{index}.{name}"] = _array(part)
        elif isinstance(part, int | float):
            kept[f"{NUMBER}{index}.{name}"] = np.array(part)
    return kept


def _restore(
    optimizer: torch.optim.Optimizer, parameter: torch.Tensor, index: int, own: slice, name: str, value: np.ndarray
) -> None:
    """Put back one kept array, as far as it is about this parameter."""
    if name.startswith(NUMBER):
        number, _, key = name.removeprefix(NUMBER).partition(".")
        if number == str(index):
            optimizer.state[parameter][key] = value.item()
    elif name == STEP:
        optimizer.state[parameter][STEP] = torch.tensor(float(value), dtype=torch.float32)
    elif "." not in name:
        optimizer.state[parameter][name] = torch.tensor(value[own]).view_as(parameter).to(parameter.device)
    elif name.startswith(f"{index}."):
        kept = torch.tensor(value)
        key = name.removeprefix(f"{index}.")
        optimizer.state[parameter][key] = kept if key == STEP else kept.to(parameter.device)


_LISTS = ("old_dirs", "old_stps", "ro")  # L-BFGS: one entry an iteration
_COUNTS = ("func_evals", "n_iter")


def _stacked(value: Any) -> np.ndarray:
    if isinstance(value, list):
        return np.stack([_array(part) for part in value]) if value else np.zeros(0)
    return _array(value) if torch.is_tensor(value) else np.array(value)


def _unstacked(name: str, value: np.ndarray, device: torch.device) -> Any:
    if name in _LISTS:
        return [torch.tensor(part, device=device) for part in value]
    if name in _COUNTS:
        return int(value)
    return torch.tensor(value, device=device) if value.ndim or name == "H_diag" else float(value)
