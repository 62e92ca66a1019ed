"""The loss surface around a solution: the loss on a plane through its parameters, as filled contours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from separatrix.data.points import Points, fitting
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.pictures.style import SIZES, dress, figure_and_axes, style_of
from separatrix.support.constraints import SEED, Integer, Real, Rule, check
from separatrix.training.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["loss_surface"]

LEVELS = 14
AT_ONCE = 4_000_000  # activations in memory at a time, 32 MB in float64
DECADES = 4.0  # of the loss that have levels of their own


@dataclass(frozen=True, eq=False)
class Surface:
    """The loss on a plane.

    Attributes:
        a: steps along the first direction, (k,); 0 is the solution.
        b: along the second, (k,).
        loss: (k, k), [i, j] at (a[i], b[j]); penalties included; infinite where it overflows.
        centre: the loss of the solution.
    """

    a: np.ndarray
    b: np.ndarray
    loss: np.ndarray
    centre: float


def compute_surface(run: Run, points: Points, *, radius: float = 1.0, nodes: int = 61, seed: int = 0) -> Surface:
    """The loss on the plane through a run's parameters along two random directions.

    Each direction is scaled unit by unit to the length of that unit's own weights (Li et al. 2018, "Visualizing the
    loss landscape of neural nets", called filter normalisation there): a step of 1 changes every unit by its own size.

    Args:
        run: of a `Network`, with a named loss.
        points: what it was trained on.
        radius: largest step in each direction.
        nodes: along each side, made odd so that the solution is one of them.
        seed: of the directions.

    Raises:
        InvalidParameter: the run has the user's own module or loss, or a number is out of range.
        InvalidData: the points don't have as many columns as the network has inputs.
    """
    rules: dict[str, Rule] = {"radius": Real(0, open_low=True), "nodes": Integer(3, 501), "seed": SEED}
    check("loss_surface", {"radius": radius, "nodes": nodes, "seed": seed}, rules)
    network, recipe = run.network, run.recipe
    if not isinstance(network, Network) or not isinstance(recipe.loss, str):
        raise InvalidParameter("loss_surface: expected a run of a Network with a loss by name, got one of your own.")
    if points.n_inputs != network.n_inputs:
        raise InvalidData(f"{network} takes {network.n_inputs} columns, but the points have {points.n_inputs}.")
    # In float64, also for a run in float32: neighbouring nodes of a fine grid differ by less than float32 resolves.
    stream = np.random.default_rng(seed)
    middle = run.parameters.astype(np.float64)
    one, two = (_scaled(network, middle, stream.normal(size=len(middle))) for _ in range(2))
    steps = np.linspace(-radius, radius, nodes | 1)
    plane = middle + steps[:, None, None] * one + steps[None, :, None] * two  # (k, k, p)
    x, y = fitting(points.x, "float64"), points.y.astype(np.float64)
    rows = plane.reshape(-1, len(middle))
    weights = rows[:, network.is_weight]
    penalties = recipe.l1 * np.abs(weights).sum(axis=1) + recipe.l2 / 2 * (weights**2).sum(axis=1)
    loss = _losses(network, recipe.loss, rows, x, y, recipe.focal_gamma) + penalties
    grid = loss.reshape(len(steps), len(steps))
    return Surface(steps, steps, grid, float(grid[len(steps) // 2, len(steps) // 2]))


def _scaled(network: Network, parameters: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """The direction, with each unit's part (its weights and bias) scaled to the norm of the unit's parameters."""
    scaled = direction.copy()
    for layer, (weights, bias) in zip(network.layout, network.split(parameters), strict=True):
        size = np.sqrt((weights**2).sum(axis=-1) + bias**2)  # (out,)
        w, b = scaled[layer.weight].reshape(layer.fan_out, layer.fan_in), scaled[layer.bias]
        factor = size / np.sqrt((w**2).sum(axis=-1) + b**2)
        scaled[layer.weight] = (w * factor[:, None]).ravel()
        scaled[layer.bias] = b * factor
    return scaled


def _losses(
    network: Network, name: str, parameters: np.ndarray, x: np.ndarray, y: np.ndarray, gamma: float
) -> np.ndarray:
    """The mean loss at parameters (r, p), (r,), in blocks of bounded memory."""
    size = max(1, AT_ONCE // (len(x) * sum(network.widths)))
    losses = []
    with np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, len(parameters), size):
            out = network.trace(parameters[first : first + size], x)[-1][1]  # (r, n, outputs)
            z = out[..., 0] if out.shape[-1] == 1 else out[..., 1] - out[..., 0]
            losses.append(LOSSES[name].value(np.ascontiguousarray(z), y, gamma).mean(axis=-1))
    loss = np.concatenate(losses)
    return np.where(np.isfinite(loss), loss, np.inf)


def loss_surface(
    run: Run,
    points: Points,
    *,
    radius: float = 1.0,
    nodes: int = 61,
    seed: int = 0,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The loss around a solution, on a plane along two random directions; it shows a narrow or a wide valley.

    Args:
        run: of a `Network`, with a named loss.
        points: what it was trained on.
        radius: largest step; a step of 1 changes every unit by the norm of its own parameters.
        nodes: along each side.
        seed: of the directions.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: the run has the user's own module or loss, a number is out of range, an unknown palette or theme.
        InvalidData: the points don't have as many columns as the network has inputs.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=50), points)
        >>> loss_surface(run, points, nodes=9).axes[0].get_xlabel()
        'first direction'
    """
    style = style_of(palette, theme)
    surface = compute_surface(run, points, radius=radius, nodes=nodes, seed=seed)
    figure, ax = figure_and_axes(ax, style, (5.6, 4.6))
    levels = _levels(surface.loss)
    colours = style.palette.colormap
    # Values above the highest level, infinite ones among them, would be left blank.
    shown = np.clip(surface.loss, levels[0], levels[-1]).T  # contours want rows along the second axis
    drawn = ax.contourf(surface.a, surface.b, np.log10(shown), levels=np.log10(levels), cmap=colours)
    ax.contour(
        surface.a,
        surface.b,
        np.log10(shown),
        levels=np.log10(levels),
        colors=style.theme.mark,
        linewidths=0.4,
        linestyles="solid",
    )
    ax.plot(0, 0, "*", color=style.theme.mark, markersize=13, markeredgecolor=style.theme.light_mark)
    ax.set(xlabel="first direction", ylabel="second direction", aspect="equal")
    ax.set_title(f"{run.network}, seed {run.recipe.seed}: loss {surface.centre:.3g} at the star", fontsize=SIZES.title)
    bar = figure.colorbar(drawn, ax=ax)
    bar.set_ticks(np.log10(levels[::3]), labels=[f"{level:.3g}" for level in levels[::3]])
    bar.ax.tick_params(colors=style.theme.ink, labelsize=SIZES.small)
    bar.set_label("loss", color=style.theme.ink, fontsize=SIZES.label)
    bar.outline.set_edgecolor(style.theme.faint)
    dress(ax, style)
    return figure


def _levels(loss: np.ndarray) -> np.ndarray:
    """Levels evenly spaced on a logarithmic scale, at most `DECADES` below the highest."""
    finite = loss[np.isfinite(loss) & (loss > 0)]
    high = float(finite.max()) if len(finite) else 1.0
    low = max(float(finite.min()) if len(finite) else 0.1, high * 10**-DECADES)
    return np.geomspace(min(low, high / 1.01), high * 1.001, LEVELS)
