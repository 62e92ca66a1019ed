"""The seven claims: the statements that each is taken to make, and the tables of numbers. The words are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from separatrix.studies.claims._figures import (
    MOST,
    SOME,
    STABLE,
    SeedColumn,
    column,
    higher_statement,
    median_text,
    more_statement,
    share_statement,
    share_text,
    slower_statement,
)
from separatrix.studies.claims._plans import DEPTHS, RATES, SIZES, WIDTHS
from separatrix.studies.claims._statements import Statement, Verdict, verdict
from separatrix.studies.results import Results

ROUGH, GOOD, USUAL, SAID = 0.90, 0.95, 0.999, 0.9993
USUAL_RATE, LOW_RATE, HIGH_RATE = 0.05, 0.005, 0.5
BASE, LARGE = 4, 16


# eq=False: a comparison of arrays has no single truth value
@dataclass(frozen=True, eq=False)
class Measured:
    """All measurements that the claims are judged by.

    Attributes:
        studies: name -> results.
        fused: activation -> processor seconds per epoch of the compiled engine, (rounds,).
        torch: activation -> processor seconds per epoch of the PyTorch loop, (rounds,).
    """

    studies: Mapping[str, Results]
    fused: Mapping[str, np.ndarray]
    torch: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Answer:
    """The answer to a claim.

    Attributes:
        name: name of the claim, by which each language finds its words.
        statements: the statements that the claim is taken to make.
        heads: names of the columns of its table.
        rows: the cells of its table.
        studies: names of the studies that it rests on.
        pictures: names of its pictures.
    """

    name: str
    statements: tuple[Statement, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    studies: tuple[str, ...]
    pictures: tuple[str, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """The verdict by the rule of `verdict`."""
        return verdict(self.statements)


def stability(measured: Measured) -> Answer:
    """Three hidden units can separate the classes but are not stable; four are."""
    widths = measured.studies["widths"]
    three, four = (column(widths, width=width).solved for width in (3, 4))
    statements = (
        share_statement("three_can", three, SOME),
        share_statement("three_unstable", three, STABLE, above=False),
        share_statement("four_stable", four, STABLE),
        more_statement("four_more", three, four),
    )
    rows = tuple(
        (f"2-{width}-{width}-1", *(share_text(column(widths, epoch, width=width).solved) for epoch in epochs(widths)))
        for width in WIDTHS
    )
    heads = ("network", *(f"solved_at:{epoch:,}" for epoch in epochs(widths)))
    return Answer("stability", statements, heads, rows, ("widths",), ("widths", "solving", "wall_3", "wall_4"))


def losses(measured: Measured) -> Answer:
    """BCE descends faster than MSE."""
    study = measured.studies["losses"]
    statements, rows = [], []
    for epoch in epochs(study):
        bce, mse = (column(study, epoch, loss_name=name) for name in ("bce", "mse"))
        statements.append(more_statement(f"bce_solved:{epoch:,}", mse.solved, bce.solved))
        statements.append(higher_statement(f"bce_accuracy:{epoch:,}", mse.accuracy, bce.accuracy))
        rows += [
            (
                f"{epoch:,}",
                name,
                share_text(columns.solved),
                mean_text(columns.accuracy),
                mean_text(columns.test_accuracy),
            )
            for name, columns in (("bce", bce), ("mse", mse))
        ]
    heads = ("epoch", "loss", "solved", "mean_accuracy", "mean_test_accuracy")
    return Answer("losses", tuple(statements), heads, tuple(rows), ("losses",), ("losses",))


def course(measured: Measured) -> Answer:
    """5,000 epochs: roughly separated; 10,000: good; 50,000: usually over 99.90%."""
    lesson = measured.studies["lesson"]
    early, middle, late = (column(lesson, epoch) for epoch in epochs(lesson))
    statements = (
        share_statement("rough", early.accuracy >= ROUGH, MOST),
        share_statement("good", middle.accuracy >= GOOD, MOST),
        share_statement("usual", late.accuracy > USUAL, MOST),
        # the training accuracy of 100 points can only be a whole per cent, so the claim is judged on test points too
        share_statement("usual_fresh", late.test_accuracy > USUAL, MOST),
    )
    rows = tuple(
        (
            f"{epoch:,}",
            median_text(columns.accuracy),
            median_text(columns.test_accuracy, 2),
            f"{np.nanmedian(columns.loss):.4f}",
            share_text(columns.accuracy >= ROUGH),
            share_text(columns.accuracy >= GOOD),
            share_text(columns.accuracy > USUAL),
        )
        for epoch, columns in zip(epochs(lesson), (early, middle, late), strict=True)
    )
    heads = (
        "epoch",
        "median_accuracy",
        "median_test_accuracy",
        "median_loss",
        "rough_share",
        "good_share",
        "usual_share",
    )
    return Answer("course", statements, heads, rows, ("lesson",), ("course_loss", "course_accuracy"))


def figure(measured: Measured) -> Answer:
    """The accuracy is 99.93% at the end."""
    lesson = column(measured.studies["lesson"])
    statements = (
        # a figure of 99.93% can be read only if it can occur: with 100 training points it cannot
        share_statement("reads", np.round(lesson.accuracy, 4) == SAID, MOST),
        share_statement("fresh_reads", lesson.test_accuracy >= SAID, MOST),
    )
    rows = tuple(
        (
            name,
            *(f"{100 * np.nanquantile(values, q):.2f}%" for q in (0.05, 0.5, 0.95)),
            share_text(np.round(values, 4) == SAID),
            share_text(values >= SAID),
        )
        for name, values in (
            ("training_accuracy", lesson.accuracy),
            ("fresh_accuracy", lesson.test_accuracy),
            # the number that the tutorial seems to have printed
            ("one_minus_loss", 1 - lesson.loss),
        )
    )
    heads = ("what", "fifth", "median", "ninety_fifth", "reads_said", "at_least_said")
    return Answer("figure", statements, heads, rows, ("lesson",))


def overfitting(measured: Measured) -> Answer:
    """More dimensions and layers may overfit."""
    study = measured.studies["sizes"]
    # only one of width and depth changes, so that a difference has one cause
    narrow, wide = (column(study, width=width, depth=2) for width in (BASE, LARGE))
    shallow, deep = (column(study, width=LARGE, depth=depth) for depth in (1, 3))
    statements = (
        higher_statement("width_gap", narrow.gap, wide.gap),
        higher_statement("width_worse", narrow.test_accuracy, wide.test_accuracy, above=False),
        higher_statement("depth_gap", shallow.gap, deep.gap),
        higher_statement("depth_worse", shallow.test_accuracy, deep.test_accuracy, above=False),
    )
    rows = tuple(
        _size_row(width, depth, column(study, width=width, depth=depth)) for depth in DEPTHS for width in SIZES
    )
    heads = ("network", "solved", "mean_accuracy", "mean_test_accuracy", "mean_gap")
    return Answer("overfitting", statements, heads, rows, ("sizes",), ("gaps", "sizes"))


def _size_row(width: int, depth: int, column: SeedColumn) -> tuple[str, ...]:
    # for the interval alone; this statement is judged nowhere
    gap = higher_statement("gap", column.test_accuracy, column.accuracy)
    cell = f"{100 * gap.value:.2f} ({100 * gap.low:.2f}–{100 * gap.high:.2f})"
    text = "-".join(str(size) for size in (2, *(width,) * depth, 1))
    return (text, share_text(column.solved), mean_text(column.accuracy), mean_text(column.test_accuracy), cell)


def rates(measured: Measured) -> Answer:
    """The learning rate keeps training out of local minima."""
    study = measured.studies["rates"]
    # unsolved isn't enough: at a low rate many seeds are merely slow, which is another failure
    stuck = {rate: column(study, lr=rate).status == "stuck" for rate in RATES}
    statements = (
        share_statement("rarely_stuck", stuck[USUAL_RATE], SOME, above=False),
        more_statement("lower_more_stuck", stuck[USUAL_RATE], stuck[LOW_RATE]),
        more_statement("higher_less_stuck", stuck[USUAL_RATE], stuck[HIGH_RATE], above=False),
    )
    rows = tuple(_rate_row(rate, column(study, lr=rate)) for rate in RATES)
    heads = ("rate", "solved", "stuck", "still_learning", "diverged")
    return Answer("rates", statements, heads, rows, ("rates",), ("rates", "surface_solved", "surface_stuck"))


def _rate_row(rate: float, column: SeedColumn) -> tuple[str, ...]:
    unsolved = (share_text(column.status == name) for name in ("stuck", "stopped", "diverged"))
    return (f"{rate:g}", share_text(column.solved), *unsolved)


def activations(measured: Measured) -> Answer:
    """ReLU's range and cost beat the sigmoid's."""
    study, names = measured.studies["activations"], ("relu", "sigmoid", "tanh")
    columns = {name: column(study, activation=name) for name in names}
    statements = (
        *(_sooner(study, epoch) for epoch in epochs(study)),
        slower_statement("sigmoid_slower_fused", measured.fused["relu"], measured.fused["sigmoid"]),
        slower_statement("sigmoid_slower_torch", measured.torch["relu"], measured.torch["sigmoid"]),
    )
    rows = tuple(
        (
            name,
            *(share_text(column(study, epoch, activation=name).solved) for epoch in epochs(study)),
            mean_text(columns[name].test_accuracy),
            # medians: other processes disturb single rounds
            f"{1e6 * np.median(measured.fused[name]):.2f} µs",
            f"{1e6 * np.median(measured.torch[name]):.0f} µs",
        )
        for name in names
    )
    heads = ("activation", *(f"solved_at:{epoch:,}" for epoch in epochs(study)), "mean_test_accuracy", "fused", "torch")
    return Answer("activations", statements, heads, rows, ("activations",), ("activations",))


def _sooner(study: Results, epoch: int) -> Statement:
    """A statement that ReLU has solved more seeds than the sigmoid by this epoch."""
    sigmoid, relu = (column(study, epoch, activation=name).solved for name in ("sigmoid", "relu"))
    return more_statement(f"relu_solved:{epoch:,}", sigmoid, relu)


def epochs(results: Results) -> tuple[int, ...]:
    """The checkpoints of a study."""
    return results.study.checkpoints


def mean_text(values: np.ndarray) -> str:
    """A cell of a table: the mean of some shares in per cent."""
    return f"{100 * np.nanmean(values):.2f}%"


ANSWERS: tuple[Callable[[Measured], Answer], ...] = (
    stability,
    losses,
    course,
    figure,
    overfitting,
    rates,
    activations,
)
