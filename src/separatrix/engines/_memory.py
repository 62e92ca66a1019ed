"""An optimiser's memory as named arrays, so that a training can be saved and resumed bit for bit."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from separatrix.networks.module_network import BUFFER
from separatrix.support.pytorch import nn, torch

STREAM = "stream"  # the state of PyTorch's random numbers, for a user's module that draws some
NUMBER = "number."  # + index + name: a plain number among what an optimiser remembers of one parameter
STEP = "step"


class Remembering(Protocol):
    """The parts of a session that memory is about."""

    module: nn.Module
    optimizer: torch.optim.Optimizer
    stream: torch.Tensor


def keep_memory(session: Remembering) -> dict[str, np.ndarray]:
    """The optimiser's state as arrays (p,) by PyTorch's names, and "step", the number of steps taken.

    State that differs in kind between parameters is stored for each of them, as "0.exp_avg", "1.exp_avg" ….
    L-BFGS remembers lists of directions: each list is one array with a leading axis, (k, …).
    """
    arrays = {STREAM: _array(session.stream)} | {BUFFER + name: _array(b) for name, b in _whole_buffers(session.module)}
    parameters = list(session.module.parameters())
    # A parameter without a gradient so far has an empty state.
    states = [session.optimizer.state[parameter] for parameter in parameters]
    if isinstance(session.optimizer, torch.optim.LBFGS):
        # PyTorch keeps all of L-BFGS's state with the first parameter; `al` is its scratch space.
        return arrays | {
            name: _stacked(value) for name, value in states[0].items() if value is not None and name != "al"
        }
    for name in dict.fromkeys(name for state in states for name in state):
        values = [state.get(name) for state in states]
        # Usually one count for all, stored once; counts differ where a parameter had no gradient at times.
        if name == STEP and len({float(value) if value is not None else None for value in values}) == 1:
            arrays[STEP] = np.array(float(values[0]))
        # One flat array only where every part has its parameter's shape; Adafactor's row and column means don't.
        elif all(
            torch.is_tensor(value) and value.shape == p.shape for value, p in zip(values, parameters, strict=True)
        ):
            arrays[name] = _array(torch.cat([value.reshape(-1) for value in values]))
        else:
            arrays |= _one_by_one(name, values)
    return arrays


def restore_memory(session: Remembering, memory: dict[str, np.ndarray]) -> None:
    """Restore what `keep_memory` returned; an empty memory changes nothing."""
    if STREAM in memory:
        session.stream = torch.tensor(memory[STREAM])
    for name, buffer in _whole_buffers(session.module):
        if BUFFER + name in memory:
            buffer.copy_(torch.tensor(memory[BUFFER + name]))
    arrays = {name: value for name, value in memory.items() if name != STREAM and not name.startswith(BUFFER)}
    parameters = list(session.module.parameters())
    if isinstance(session.optimizer, torch.optim.LBFGS) and arrays:
        state = session.optimizer.state[parameters[0]]
        state.update({name: _unstacked(name, value, parameters[0].device) for name, value in arrays.items()})
        state.setdefault("al", [None] * session.optimizer.param_groups[0]["history_size"])  # written before it is read
        return
    start = 0
    for index, parameter in enumerate(parameters):
        end = start + parameter.numel()
        for name, value in arrays.items():
            _restore(session.optimizer, parameter, index, slice(start, end), name, value)
        start = end


def _whole_buffers(module: nn.Module) -> list[tuple[str, torch.Tensor]]:
    # Floating buffers are part of the flat vector of parameters already.
    return [(name, buffer) for name, buffer in module.named_buffers() if not buffer.is_floating_point()]


def _array(tensor: torch.Tensor) -> np.ndarray:
    # A copy: a view would change with the optimiser's next step in place.
    return tensor.detach().cpu().numpy().copy()


def _one_by_one(name: str, values: list[Any]) -> dict[str, np.ndarray]:
    arrays = {}
    for index, value in enumerate(values):
        if torch.is_tensor(value):
            arrays[f"{index}.{name}"] = _array(value)
        elif isinstance(value, int | float):
            arrays[f"{NUMBER}{index}.{name}"] = np.array(value)
    return arrays


def _restore(
    optimizer: torch.optim.Optimizer, parameter: torch.Tensor, index: int, span: slice, name: str, value: np.ndarray
) -> None:
    """Restore the part of one array that belongs to this parameter."""
    if name.startswith(NUMBER):
        number, _, key = name.removeprefix(NUMBER).partition(".")
        if number == str(index):
            optimizer.state[parameter][key] = value.item()
    elif name == STEP:
        # float32 on the CPU, where PyTorch keeps step counts by default, whatever the parameters' device.
        optimizer.state[parameter][STEP] = torch.tensor(float(value), dtype=torch.float32)
    elif "." not in name:
        optimizer.state[parameter][name] = torch.tensor(value[span]).view_as(parameter).to(parameter.device)
    elif name.startswith(f"{index}."):
        tensor = torch.tensor(value)
        key = name.removeprefix(f"{index}.")
        # A step count stays on the CPU, where PyTorch reads it without waiting for a device.
        optimizer.state[parameter][key] = tensor if key == STEP else tensor.to(parameter.device)


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
