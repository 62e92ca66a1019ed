"""Symptoms of the layers, measured on the training rows: gradients, and units that are dead, saturated or all equal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.data.points import Points
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Layer, Network
from separatrix.networks.recipe import Recipe
from separatrix.training.finding import Remedy, Symptom
from separatrix.training.run import Run

FLAT = 1e-3  # a slope below this share of the activation's steepest counts as 0
ROWS = 0.99  # share of the rows on which a unit must be flat
MANY = 0.5  # share of a layer's units that must be saturated
VANISHED = 0.02  # mean gradient of a weight of the first layer, in those of the last
SAME = 1e-6  # units that differ by no more than this share of their size are equal
STRONG = 0.3  # share of the loss that is a penalty
SHRUNK = 0.5  # weights that shrank below this share of their first length
LARGE = 5.0  # times the root mean square of the usual initial weights
FEW = 8  # hidden units below which "too few" is worth a trial


@dataclass(frozen=True)
class LayerEvidence:
    """What one hidden layer does with the rows.

    Attributes:
        layer: the layer.
        activation: its activation's name.
        dead: units that give 0 for all rows, and have no slope there, (units,) bool.
        saturated: units that lie where their activation is flat for nearly all rows, and are not dead, (units,) bool.
        furthest: the largest |z|.
        gradient: root mean square of the loss's gradient in the layer's weights.
    """

    layer: Layer
    activation: str
    dead: np.ndarray
    saturated: np.ndarray
    furthest: float
    gradient: float


def layer_gradients(network: Network, recipe: Recipe, parameters: np.ndarray, points: Points) -> list[float]:
    """Root mean square of the mean loss's gradient in each layer's weights, by backpropagation over all rows.

    Args:
        network: the description.
        recipe: names the loss.
        parameters: (p,).
        points: the training points.
    """
    steps = network.trace(parameters.astype(np.float64), points.x.astype(np.float64))
    inputs = [points.x, *(a for _, a in steps[:-1])]
    logit = steps[-1][0][:, 0] if network.n_outputs == 1 else steps[-1][0][:, 1] - steps[-1][0][:, 0]
    slope = LOSSES[str(recipe.loss)].slope(logit, points.y.astype(np.float64), recipe.focal_gamma) / len(points)
    delta = slope[:, None] if network.n_outputs == 1 else np.column_stack([-slope, slope])  # (n, outputs)
    weights, norms = [weight for weight, _ in network.split(parameters)], []
    for index in range(len(weights) - 1, -1, -1):
        gradient = delta.T @ inputs[index]  # (out, n) @ (n, in) -> (out, in)
        norms.append(float(np.sqrt((gradient**2).mean())))
        if index:
            delta = (delta @ weights[index]) * network.activations[index - 1].slope(steps[index - 1][0])
    return norms[::-1]


def evidence_of(run: Run, network: Network, points: Points) -> list[LayerEvidence]:
    """Measure every hidden layer at the final parameters."""
    steps = network.trace(run.parameters, points.x)[:-1]
    gradients = layer_gradients(network, run.recipe, run.parameters, points)
    layers = []
    for layer, activation, (z, a), gradient in zip(network.layout, network.activations, steps, gradients, strict=False):
        steepest = float(np.abs(activation.slope(np.linspace(-5, 5, 1001))).max())
        flat = (np.abs(activation.slope(z)) < FLAT * steepest).mean(axis=0) >= ROWS
        dead = flat & (np.abs(a).max(axis=0) == 0)
        layers.append(
            LayerEvidence(layer, activation.name, dead, flat & ~dead, float(np.abs(z).max(initial=0)), gradient)
        )
    return layers


def of_layers(run: Run, points: Points) -> list[Symptom]:
    """The symptoms of a network of ours, in the order of cause; none for a user's own module."""
    network = run.network
    if not isinstance(network, Network) or not isinstance(run.recipe.loss, str):
        return []
    layers = evidence_of(run, network, points)
    return [
        *equal_units(run, network, layers),
        *no_fold(network),
        *large_start(run, network),
        *strong_penalty(run, network),
        *vanishing(run, network, points),
        *silent_units(network, layers, len(points)),
    ]


def _listed(units: np.ndarray) -> str:
    """The numbers of the first ten units, from 1."""
    return ", ".join(str(unit + 1) for unit in np.flatnonzero(units)[:10]) + (", …" if units.sum() > 10 else "")


def equal_units(run: Run, network: Network, layers: list[LayerEvidence]) -> list[Symptom]:
    """All units of a hidden layer have the same weights, so that they learn the same for ever."""
    for index, entry in enumerate(layers):
        weight, bias = network.split(run.parameters)[index]
        if len(weight) < 2:
            continue
        rows = np.column_stack([weight, bias])
        if np.ptp(rows, axis=0).max() > SAME * max(float(np.abs(rows).max()), 1e-30):
            continue
        evidence = (
            f"All {len(weight)} units of layer {entry.layer.name} have the same weights, in the largest case "
            f"{np.abs(rows).max():.3g}: each gets the same gradient, so they stay one unit for ever."
        )
        inits = [name for name in ("torch", "he", "xavier") if name != network.init]
        remedies = [Remedy(f"init='{name}', which draws different weights", network={"init": name}) for name in inits]
        return [Symptom("equal units", evidence, tuple(remedies))]
    return []


def no_fold(network: Network) -> list[Symptom]:
    """No hidden layer, or only layers without a fold: the border is a straight line whatever the weights are."""
    hidden = len(network.widths) - 2
    if hidden and any(activation.name != "identity" for activation in network.activations):
        return []
    what = "It has no hidden layer" if not hidden else "All its activations are the identity"
    evidence = f"{what}, so its border is one straight line (a plane), which these points cannot be divided by."
    if hidden:
        return [
            Symptom(
                "no hidden layer",
                evidence,
                tuple(
                    Remedy(f"activation='{name}', which folds", network={"activation": name})
                    for name in ("tanh", "relu")
                ),
            )
        ]
    changes = []
    for width in (8, 16):
        widths = (network.n_inputs, width, network.n_outputs)
        name = "-".join(map(str, widths))
        changes.append(
            Remedy(f"a hidden layer: {name} with tanh", network={"widths": widths, "activation": "tanh"}),
        )
        changes.append(
            Remedy(
                f"a hidden layer: {name} with tanh, and optimizer='adam', lr=0.02",
                network={"widths": widths, "activation": "tanh"},
                recipe={"optimizer": "adam", "lr": 0.02},
            )
        )
    return [Symptom("no hidden layer", evidence, tuple(changes))]


def large_start(run: Run, network: Network) -> list[Symptom]:
    """Initial weights far larger than the network's own initialisation draws."""
    usual = network.initialise(0).astype(np.float64)
    usual_size = float(np.sqrt((usual**2).mean()))
    size = float(np.sqrt((run.initial.astype(np.float64) ** 2).mean()))
    if usual_size == 0 or size < LARGE * usual_size:
        return []
    evidence = (
        f"The initial parameters have a root mean square of {size:.3g}, {size / usual_size:.2g} times what "
        f"init='{network.init}' draws."
    )
    return [Symptom("initial weights too large", evidence, (Remedy(f"init='{network.init}' as it is drawn"),))]


def strong_penalty(run: Run, network: Network) -> list[Symptom]:
    """The penalties, or the weight decay, outweigh the loss and pull the weights to 0."""
    weights = run.parameters[network.is_weight].astype(np.float64)
    first = run.initial[network.is_weight].astype(np.float64)
    penalty = run.recipe.l1 * float(np.abs(weights).sum()) + run.recipe.l2 / 2 * float((weights**2).sum())
    length, before = float(np.linalg.norm(weights)), float(np.linalg.norm(first))
    shrunk = before > 0 and length < SHRUNK * before
    settings = [name for name in ("l1", "l2") if getattr(run.recipe, name) > 0]
    if run.recipe.weight_decay and "weight_decay" in run.recipe.effective_settings() and shrunk:
        settings.append("weight_decay")
    if not settings or (not shrunk and (run.loss <= 0 or penalty < STRONG * run.loss)):
        return []
    named = ", ".join(f"{name}={getattr(run.recipe, name):g}" for name in settings)
    evidence = (
        f"With {named} the penalty is {penalty:.3g} of a loss of {run.loss:.3g}, and the weights went from a length of "
        f"{before:.3g} to {length:.3g}."
    )
    remedies = []
    for factor in (100.0, 10_000.0):
        change = {name: getattr(run.recipe, name) / factor for name in settings}
        about = ", ".join(f"{name}={value:g}" for name, value in change.items())
        remedies.append(Remedy(about, recipe=change))
    remedies.append(Remedy(" and ".join(f"{name}=0" for name in settings), recipe=dict.fromkeys(settings, 0.0)))
    return [Symptom("penalty too strong", evidence, tuple(remedies))]


def vanishing(run: Run, network: Network, points: Points) -> list[Symptom]:
    """At the initial parameters the first layer's gradient is far smaller than the last's."""
    if len(network.widths) < 5:  # fewer than three hidden layers
        return []
    gradients = layer_gradients(network, run.recipe, run.initial, points)
    if gradients[-1] == 0 or gradients[0] > VANISHED * gradients[-1]:
        return []
    listed = ", ".join(f"{gradient:.1e}" for gradient in gradients)
    evidence = (
        f"Before training, the gradient of a weight was {gradients[0] / gradients[-1]:.1e} times as large in the first "
        f"layer as in the last (by layer: {listed}), so the first layers hardly learn."
    )
    return [Symptom("vanishing gradient", evidence, _reaching(network))]


def _reaching(network: Network) -> tuple[Remedy, ...]:
    """Changes that let the gradient reach the first layer."""
    names = {activation.name for activation in network.activations}
    was = names.pop() if len(names) == 1 else "these activations"
    remedies = []
    for name, init in (("tanh", "torch"), ("tanh", "xavier"), ("relu", "he"), ("leaky_relu", "he")):
        if name == was and init == network.init:
            continue
        change = {"activation": name} if init == "torch" == network.init else {"activation": name, "init": init}
        words = f"{name} instead of {was}" if name != was else f"{name}"
        about = words if len(change) == 1 else f"{words}, with init='{init}'"
        remedies.append(Remedy(about, network=change))
    widths = (network.widths[0], *network.widths[1:-1][:2], network.widths[-1])
    activation = {} if isinstance(network.activation, str) else {"activation": network.activation[:2]}
    name = "-".join(map(str, widths))
    remedies.append(Remedy(f"two hidden layers, {name}", network={"widths": widths} | activation))
    return tuple(remedies)


def silent_units(network: Network, layers: list[LayerEvidence], rows: int) -> list[Symptom]:
    """Units that learn from no row: any that is dead, and saturated ones if they are half of their layer."""
    symptoms = []
    for entry in layers:
        size = len(entry.dead)
        if entry.dead.any():
            evidence = (
                f"In layer {entry.layer.name}, {int(entry.dead.sum())} of {size} units ({_listed(entry.dead)}) give 0 for "
                f"nearly all {rows:,} rows, so no gradient reaches their weights."
            )
            symptoms.append(Symptom("dead units", evidence, _revived(network)))
        elif entry.saturated.mean() >= MANY:
            evidence = (
                f"In layer {entry.layer.name}, {int(entry.saturated.sum())} of {size} units ({_listed(entry.saturated)}) lie "
                f"where {entry.activation} is flat (|z| up to {entry.furthest:.3g}) for nearly all {rows:,} rows, so no "
                "gradient reaches their weights."
            )
            symptoms.append(Symptom("saturated units", evidence, _unsaturated(network)))
    return symptoms


def _revived(network: Network) -> tuple[Remedy, ...]:
    leaky = {"activation": "leaky_relu"}
    remedies = [
        Remedy("activation='leaky_relu', which has a slope on both sides, or a lower lr", network=leaky),
        Remedy("activation='tanh'", network={"activation": "tanh"}),
        Remedy("a hundredth of the lr", recipe={}),
    ][:2]
    hidden = network.widths[1:-1]
    if max(hidden) <= 2 * FEW:
        widths = (network.n_inputs, *(2 * width + 4 for width in hidden), network.n_outputs)
        remedies.append(Remedy("wider layers: " + "-".join(map(str, widths)), network={"widths": widths}))
    if len(hidden) > 3:
        widths = (network.n_inputs, *hidden[:2], network.n_outputs)
        remedies.append(
            Remedy(
                "two hidden layers: " + "-".join(map(str, widths)),
                network={"widths": widths, "activation": "relu", "init": "he"},
            )
        )
    return tuple(remedies)


def _unsaturated(network: Network) -> tuple[Remedy, ...]:
    return (
        Remedy("standardised columns, a lower lr, or activation='relu'", points="standardise"),
        Remedy("activation='relu'", network={"activation": "relu"}),
        Remedy("activation='relu' and standardised columns", network={"activation": "relu"}, points="standardise"),
    )


def too_few_units(network: Network) -> tuple[str, tuple[Remedy, ...]]:
    """The network's size in words, and wider networks worth a trial; none if it is already wide."""
    hidden = network.widths[1:-1]
    units = sum(hidden)
    words = f"{network} has {units} hidden unit{'s' * (units != 1)}"
    if not hidden or max(hidden) > 32:
        return words, ()
    remedies = []
    for factor in (4, 16):
        widths = (network.n_inputs, *(min(max(factor * width, FEW), 64) for width in hidden), network.n_outputs)
        name = "-".join(map(str, widths))
        remedies.append(Remedy(f"wider layers: {name}", network={"widths": widths}))
    if len(hidden) == 1:
        widths = (network.n_inputs, 16, 16, network.n_outputs)
        name = "-".join(map(str, widths))
        activation = {} if isinstance(network.activation, str) else {"activation": network.activation * 2}
        remedies.append(Remedy(f"a second layer: {name}", network={"widths": widths} | activation))
    return words, tuple(remedies)
