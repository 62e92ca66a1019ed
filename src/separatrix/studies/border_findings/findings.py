"""The figures of the pages: tables of cells, and the numbers that their sentences mention. No words here.

Among them is how many linear regions a ReLU network of two inputs can have at most, and how many some network of its shape has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from math import comb, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.evaluation.statistics.shares import percent, share
from separatrix.networks.network import Network
from separatrix.studies.border_findings._plans import DEPTHS, LAST, WIDTHS
from separatrix.studies.results import Results

if TYPE_CHECKING:
    import polars


def most_regions(network: Network) -> int:
    """No network of this shape has more linear regions (Serra, Tjandraatmadja & Ramalingam 2018, Theorem 1).

    Σ ∏ C(n_l, j_l) over all j with 0 <= j_l <= min(n_0, n_1 - j_1, …, n_(l-1) - j_(l-1), n_l) (arXiv:1711.02114).

    Examples:
        >>> most_regions(Network.parse("2-4-1")), most_regions(Network.parse("2-4-4-1"))  # 1 + 4 + 6, and its square
        (11, 121)
    """
    inputs, hidden = network.n_inputs, network.widths[1:-1]
    total = 0
    for chosen in product(*(range(min(inputs, width) + 1) for width in hidden)):
        room, allowed = inputs, True
        for width, j in zip(hidden, chosen, strict=True):
            # the dimension that reaches a layer bounds how many of its units can cut independently
            allowed &= j <= min(room, width)
            room = min(room, width - j)
        if allowed:
            total += prod(comb(width, j) for width, j in zip(hidden, chosen, strict=True))
    return total


def some_regions(network: Network) -> int:
    """Some network of this shape has at least so many linear regions (Montúfar et al. 2014, arXiv:1402.1869, Theorem 4).

    ∏ ⌊n_l / n_0⌋^(n_0) over all hidden layers but the last, times Σ C(n_L, j) for j = 0 … n_0; it needs layers that are at
    least as wide as the input.

    Examples:
        >>> some_regions(Network.parse("2-4-1")), some_regions(Network.parse("2-4-4-1"))
        (11, 44)
    """
    inputs, hidden = network.n_inputs, network.widths[1:-1]
    if not hidden:
        return 1
    folded: int = prod(int((width // inputs) ** inputs) for width in hidden[:-1])
    return folded * sum(comb(hidden[-1], j) for j in range(inputs + 1))


MISSING = "–"  # a cell without a number


@dataclass(frozen=True)
class FindingsTable:
    """One table.

    Attributes:
        heads: names of its columns; each language has words for them.
        rows: its cells.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Findings:
    """All that a page says.

    Attributes:
        values: name -> number in print, for the sentences.
        tables: name of a section -> its table.
    """

    values: Mapping[str, str]
    tables: Mapping[str, FindingsTable]


def findings(studies: Mapping[str, Results]) -> Findings:
    """The figures of all sections."""
    course = studies["course"]
    # in the order of the runs, so that the page has the same bytes every time
    last = course.rows().sort("run").collect()
    values = {"seeds": f"{len(last):,}", "fewer": f"{len(studies['widths'].study.seeds):,}"}
    values["late"] = f"{course.study.checkpoints[-1]:,}"
    tables = {
        "bounds": _bounds(studies),
        "course": _course(course),
        "widths": _widths(studies["widths"]),
        "nearness": _nearness(studies),
        "unsolved": _unsolved(last),
    }
    return Findings(
        values | _bound_values(last) | _course_values(course) | _width_values(studies) | _last_values(last), tables
    )


def share_cell(flags: polars.Series) -> str:
    """A share with its 95% interval; "–" of nothing."""
    # Wilson's interval of no runs is the whole of [0, 1], which says nothing
    if not len(flags):
        return MISSING
    estimate = share(int(flags.sum()), len(flags))
    return f"{percent(estimate.value)} ({100 * estimate.low:.1f}–{100 * estimate.high:.1f})"


def median_cell(values: polars.Series, digits: int = 0, low: float = 0.05, high: float = 0.95) -> str:
    """A median with two quantiles; "–" of nothing."""
    numbers = values.drop_nulls().to_numpy()
    if not len(numbers):
        return MISSING
    # quantiles instead of a standard deviation: the measures are skewed and some are infinite
    ends = np.quantile(numbers, [0.5, low, high])
    return f"{ends[0]:.{digits}f} ({ends[1]:.{digits}f}–{ends[2]:.{digits}f})"


def accuracy_cell(values: polars.Series) -> str:
    """The median of exact accuracies with the middle nine tenths, in per cent."""
    percentages = 100 * values.drop_nulls()
    return median_cell(percentages, 2).replace(" (", "% (") if len(percentages) else MISSING


def _bounds(studies: Mapping[str, Results]) -> FindingsTable:
    """Regions and pieces of every network beside what theory allows."""
    rows = [
        _bound_row(studies[study], **{name: value})
        for study, name, values in (("widths", "width", WIDTHS), ("depths", "depth", DEPTHS))
        for value in values
        if (study, value) != ("depths", 2)  # the tutorial's network has its row already
    ]
    return FindingsTable(("network", "some", "regions", "most_seen", "at_most", "pieces", "most_pieces"), tuple(rows))


def _bound_row(results: Results, **where: Any) -> tuple[str, ...]:
    rows = results.rows(**where).collect()
    # the rows name the condition, which knows the network's shape
    network = next(
        condition.network for condition in results.study.conditions if condition.index == rows["condition"][0]
    )
    return (
        str(network),
        f"{some_regions(network):,}",
        median_cell(rows["regions"]),
        _largest(rows["regions"]),
        f"{most_regions(network):,}",
        median_cell(rows["pieces"]),
        _largest(rows["pieces"]),
    )


def _bound_values(last: polars.DataFrame) -> dict[str, str]:
    values: dict[str, str] = {}
    for name in ("regions", "pieces"):
        values |= {
            f"{name}_median": f"{_mean_or_median(last[name], np.median):.0f}",
            f"{name}_most": _largest(last[name]),
        }
    return values


def _largest(counts: polars.Series) -> str:
    """The largest count in print."""
    return f"{int(counts.drop_nulls().to_numpy().max()):,}"


def _mean_or_median(values: polars.Series, of: Callable[[np.ndarray], Any] = np.mean) -> float:
    return float(of(values.drop_nulls().to_numpy()))


def _course(course: Results) -> FindingsTable:
    """The lesson's border at each checkpoint."""
    rows = []
    for epoch in course.study.checkpoints:
        runs = course.rows(epoch).collect()
        rows.append(
            (
                f"{epoch:,}",
                median_cell(runs["regions"], low=0.25, high=0.75),
                median_cell(runs["pieces"], low=0.25, high=0.75),
                share_cell(runs["pieces"] == 0),
                share_cell(runs["closed"]),
                share_cell(runs["solved"]),
                accuracy_cell(runs["exact_accuracy"]),
            )
        )
    return FindingsTable(("epoch", "regions_half", "pieces_half", "none", "closed", "solved", "accuracy"), tuple(rows))


def _course_values(course: Results) -> dict[str, str]:
    # survival curves count the seeds that are never closed or solved; a median of the others would not
    closing, solving = course.survival("closed"), course.survival("solved")
    rows = {epoch: course.rows(epoch).collect() for epoch in course.study.checkpoints}
    early, late = course.study.checkpoints[0], course.study.checkpoints[-1]
    # the epoch at which training has taken away the most pieces
    fewest = min(rows, key=lambda epoch: _mean_or_median(rows[epoch]["pieces"]))
    # a network without a border calls every point the same class; which one, its accuracy tells
    without = rows[fewest].filter(rows[fewest]["pieces"] == 0)
    return {
        "half_closed": MISSING if closing.median is None else f"{closing.median:,}",
        "half_solved": MISSING if solving.median is None else f"{solving.median:,}",
        "closed_late": share_cell(rows[late]["closed"]),
        "early": f"{early:,}",
        "fewest_at": f"{fewest:,}",
        "fewest": f"{_mean_or_median(rows[fewest]['pieces']):.1f}",
        "none_then": share_cell(rows[fewest]["pieces"] == 0),
        "none_zero": share_cell(without["exact_accuracy"] > 0.5),
        "pieces_mean_early": f"{_mean_or_median(rows[early]['pieces']):.1f}",
        "pieces_mean_late": f"{_mean_or_median(rows[late]['pieces']):.1f}",
    }


def _widths(results: Results) -> FindingsTable:
    """What width buys."""
    means = {row["width"]: row for row in results.means("width", "exact_accuracy").iter_rows(named=True)}
    rows = []
    for width in WIDTHS:
        runs, mean = results.rows(width=width).collect(), means[width]
        accuracy = f"{100 * mean['mean']:.2f}% ({100 * mean['low']:.2f}–{100 * mean['high']:.2f})"
        rows.append((runs["network"][0], share_cell(runs["solved"]), accuracy, *_shape_cells(runs)))
    return FindingsTable(("network", "solved", "mean_accuracy", *SHAPE), tuple(rows))


SHAPE = ("closed", "length", "hausdorff", "area")


def _shape_cells(rows: polars.DataFrame) -> tuple[str, ...]:
    # length and Hausdorff distance of a border that runs to infinity are infinite
    closed = rows.filter(rows["closed"])
    return (
        share_cell(rows["closed"]),
        median_cell(closed["length"], 2),
        median_cell(closed["hausdorff"], 2),
        median_cell(rows["area_distance"], 2),
    )


def _width_values(studies: Mapping[str, Results]) -> dict[str, str]:
    means = {
        row["width"]: 100 * row["mean"]
        for row in studies["widths"].means("width", "exact_accuracy").iter_rows(named=True)
    }
    return {f"mean_{width}": f"{means[width]:.2f}%" for width in WIDTHS}


def _nearness(studies: Mapping[str, Results]) -> FindingsTable:
    """How near the border comes to the circle, by depth, activation and loss."""
    rows = []
    varied: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
        ("depths", "depth", DEPTHS),
        ("activations", "activation", ("relu", "leaky_relu")),
        ("losses", "loss_name", ("bce", "mse")),
    )
    for name, column, values in varied:
        for value in values:
            where: dict[str, Any] = {column: value}
            runs = studies[name].rows(**where).collect()
            rows.append((f"{name}:{value}", accuracy_cell(runs["exact_accuracy"]), *_shape_cells(runs)))
    return FindingsTable(("what", "accuracy", *SHAPE), tuple(rows))


def _unsolved(last: polars.DataFrame) -> FindingsTable:
    """What the border of a solved and of an unsolved seed looks like after the last epoch."""
    import polars

    groups = {
        "solved": last.filter("solved"),
        "unsolved": last.filter(~polars.col("solved")),
        # stuck and still learning are different failures, so they are shown apart
        "stuck": last.filter((polars.col("status") == "stuck") & ~polars.col("solved")),
        "learning": last.filter((polars.col("status") == "stopped") & ~polars.col("solved")),
    }
    heads = ("group", "runs", "none", "open", "closed_wrong", "several", "holes", "pieces", "silent", "accuracy")
    return FindingsTable(heads, tuple((name, *_group_cells(rows)) for name, rows in groups.items()))


def _group_cells(rows: polars.DataFrame) -> tuple[str, ...]:
    # an open border and no border at all are told apart
    border = rows["pieces"] > 0
    return (
        f"{len(rows):,}",
        share_cell(~border),
        share_cell(border & ~rows["closed"]),
        share_cell(rows["closed"]),
        share_cell(rows["components"] > 1),
        share_cell(rows["holes"] > 0),
        median_cell(rows["pieces"]),
        share_cell(rows["dead_units"] > 0),
        accuracy_cell(rows["exact_accuracy"]),
    )


def _last_values(last: polars.DataFrame) -> dict[str, str]:
    unsolved, solved = last.filter(~last["solved"]), last.filter(last["solved"])
    return {
        "unsolved": share_cell(~last["solved"]),
        "unsolved_open": share_cell((unsolved["pieces"] > 0) & ~unsolved["closed"]),
        "unsolved_none": share_cell(unsolved["pieces"] == 0),
        "unsolved_closed": share_cell(unsolved["closed"]),
        "unsolved_silent": share_cell(unsolved["dead_units"] > 0),
        "solved_silent": share_cell(solved["dead_units"] > 0),
        "solved_closed": share_cell(solved["closed"]),
        "margin": median_cell(solved["margin"], 3),
        "full": f"{LAST:,}",
    }
