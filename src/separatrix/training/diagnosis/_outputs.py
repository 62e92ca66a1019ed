"""Symptoms of what a user's own module puts out: an output that doesn't fit the loss, or is the same for every row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from separatrix.data.points import Points
from separatrix.networks.network import Network
from separatrix.training.finding import Remedy, Symptom
from separatrix.training.run import Run

CONSTANT = 1e-6  # an output that varies by no more than this share of its size is the same for every row
PAIR = 1e-4  # two outputs whose sum lies this close to 1 are probabilities


def of_outputs(run: Run, points: Points) -> list[Symptom]:
    """The symptoms of a module's output; of a network of ours only that it is the same for every row."""
    if isinstance(run.network, Network):
        return []
    output = run.network.outputs(run.parameters, points.x)
    gives, low, high = run.network.gives, float(output.min()), float(output.max())
    constant = float(np.ptp(output, axis=0).max()) <= CONSTANT * max(float(np.abs(output).max()), 1e-30)
    where = f"numbers in {low:.2f} to {high:.2f}"
    if output.shape[1] == 2:
        both = np.abs(output.sum(axis=1) - 1).max() < PAIR and low >= 0
        if gives == "logit" and both:
            return [
                _misfit(run, f"The module gives two {where} whose sum is 1 on every row, and the loss takes logits")
            ]
        return [_constant(run, output)] if constant else []
    if gives == "probability" and constant and abs(low - 1) < CONSTANT and _ends_in(run, "Softmax"):
        evidence = (
            "The output is 1 for every row: a softmax over a single output is always 1, whatever the weights are."
        )
        return [Symptom("loss and output do not fit", evidence, _with_logit(run), certain=True)]
    if constant:
        return [_constant(run, output)]
    if gives == "logit" and low >= 0 and _always(run, points, lambda output: bool((output >= 0).all())):
        bounded = high <= 1
        kind = "probabilities, as after a sigmoid" if bounded else "no number below 0, as after a ReLU"
        evidence = (
            f"The module gives {where} on every row ({kind}), and the loss takes a logit, which is below 0 for class 0"
        )
        return [_misfit(run, evidence)]
    bounds: list[Callable[[np.ndarray], bool]] = [lambda z: bool((z <= 0).all()), lambda z: bool((abs(z) <= 1).all())]
    if gives == "logit" and any(bound(output) and _always(run, points, bound) for bound in bounds):
        return [
            _misfit(run, f"The module gives {where} on every row, and the loss takes a logit, which has no such bound")
        ]
    return []


def _always(run: Run, points: Points, bound: Callable[[np.ndarray], bool]) -> bool:
    """Whether the output keeps within a bound for other parameters too, so that the module's form is the reason."""
    network: Any = run.network
    draw = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        return all(
            bound(network.outputs(draw.normal(0, scale, len(run.parameters)).astype(run.parameters.dtype), points.x))
            for scale in (0.3, 1.0, 1.0, 3.0)
        )


def _misfit(run: Run, evidence: str) -> Symptom:
    return Symptom("loss and output do not fit", f"{evidence}.", _with_logit(run), certain=True)


def _constant(run: Run, output: np.ndarray) -> Symptom:
    evidence = f"The output is {output[0, 0]:.4g} for every row, so that no row can be told from another."
    return Symptom("constant output", evidence, _with_logit(run))


def _last(run: Run) -> str:
    """The class name of the last layer of a sequential module, or ""."""
    from torch import nn

    module = getattr(run.network, "module", None)
    return type(module[-1]).__name__ if isinstance(module, nn.Sequential) and len(module) > 1 else ""


def _ends_in(run: Run, *names: str) -> bool:
    """Whether the module ends in one of these layers, or may do so: nobody knows of a module that is no sequence."""
    return _last(run) in ("", *names)


def _with_logit(run: Run) -> tuple[Remedy, ...]:
    """Take the last layer away where that is possible, and let the loss take what is then given."""
    from torch import nn

    from separatrix.networks.module_network import ModuleNetwork, outputs_of_loss

    network: Any = run.network  # a module of the user's own, whose layers no type tells
    last, two = _last(run), outputs_of_loss(run.recipe.loss) == 2
    loss = "cross_entropy" if two else "bce_with_logits"
    remedies = []
    if last in ("Sigmoid", "Softmax", "LogSoftmax", "LogSigmoid", "ReLU", "Tanh", "Softsign", "Hardtanh", "Softplus"):
        module = ModuleNetwork(nn.Sequential(*list(network.module)[:-1]), "logit")
        about = f"the module without its last layer ({last}), and loss='{loss}', which computes the sigmoid itself"
        remedies.append(Remedy(about, recipe={"loss": loss}, module=module))
    if last in ("", "Sigmoid") and not two and network.gives == "logit":
        about = "loss='bce', which takes a probability" if last else "take the last sigmoid or ReLU away, or loss='bce'"
        module = ModuleNetwork(network.module, "probability")
        remedies.append(Remedy(about, recipe={"loss": "bce"}, module=module))
    return tuple(remedies) or (Remedy(f"let the module end in a linear layer, with loss='{loss}'"),)
