"""What is wrong inside the network: units that give the same number for every row."""

from __future__ import annotations

import numpy as np

from separatrix.diagnosis.finding import Finding
from separatrix.network import Network
from separatrix.points import Points

FLAT = 1e-3  # a slope below this share of the activation's steepest is no slope
ROWS = 0.99  # of the rows on which it is so
MANY = 0.5  # of a layer's units


def silent_units(network: Network, parameters: np.ndarray, points: Points) -> list[Finding]:
    """Layers half of whose units, or more, learn nothing from any row: dead (always 0) or saturated (always flat)."""
    steps = network.trace(parameters, points.x)[:-1]
    found = []
    for layer, activation, (z, a) in zip(network.layout, network.activations, steps, strict=False):
        steepest = float(np.abs(activation.slope(np.linspace(-5, 5, 1001))).max())
        flat = (np.abs(activation.slope(z)) < FLAT * steepest).mean(axis=0) >= ROWS
        if flat.mean() < MANY:
            continue
        dead = flat & (np.abs(a).max(axis=0) == 0)
        kind = "dead" if dead.sum() * 2 > flat.sum() else "saturated"
        which = dead if kind == "dead" else flat
        units = ", ".join(str(at + 1) for at in np.flatnonzero(which)[:10]) + (", …" if which.sum() > 10 else "")
        what = "give 0" if kind == "dead" else f"lie where {activation.name} is flat (|z| up to {np.abs(z).max():.3g})"
        evidence = (
            f"In layer {layer.name}, {int(which.sum())} of {layer.fan_out} units ({units}) {what} for nearly all "
            f"{len(points):,} rows, so no gradient reaches their weights."
        )
        advice = (
            "activation='leaky_relu', which has a slope on both sides, or a lower lr."
            if kind == "dead"
            else "standardised columns, a lower lr, or activation='relu'."
        )
        found.append(Finding(f"{kind} units", evidence, advice))
    return found
