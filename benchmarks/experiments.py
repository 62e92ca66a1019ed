"""Twelve published small experiments, each by one command: python -m benchmarks.experiments xor.

Without a name all of them are carried out, and docs/learn/experiments.md is written: the source's figure beside ours, and what
differs between the two. The Chinese page beside it takes the figures over by hand; tests/docs/test_pages.py holds the two equal.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import separatrix as sx
from separatrix.data.features import with_features, with_label_noise
from separatrix.evaluation.statistics.shares import wilson

PAGE = Path(__file__).resolve().parents[1] / "docs" / "learn" / "experiments.md"

RECALLED = "as we recall it, not looked up"


@dataclass(frozen=True)
class Experiment:
    """A published experiment.

    Attributes:
        name: by which it is called.
        title: what is asked.
        source: where it was published.
        theirs: what the source reports.
        difference: what is done otherwise here.
        measure: carries it out: -> our figure in words.
        known: how we know what the source reports.
    """

    name: str
    title: str
    source: str
    theirs: str
    difference: str
    measure: Callable[[], str]
    known: str = RECALLED


def corners() -> sx.Points:
    """The four corners of XOR."""
    return sx.Points(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0]))


def share(successes: int, runs: int) -> str:
    """A share with its 95% interval."""
    low, high = wilson(successes, runs)
    return f"{successes} of {runs} ({low:.0%} to {high:.0%})"


def solved(
    widths: str, points: object, seeds: int, activation: str = "tanh", init: str = "torch", **recipe: object
) -> int:
    """The number of seeds that get every training point right."""
    settings = {"solved_below": 1e9, "log_every": 10} | recipe
    network = sx.Network.parse(widths, activation, init)
    return int((sx.train_many(network, sx.Recipe(**settings), points, range(seeds)).accuracy == 1).sum())


def perceptron() -> str:
    """A line through the corners of XOR."""
    network = sx.Network.parse("2-1")
    runs = sx.train_many(network, sx.Recipe(epochs=2_000, lr=0.5), corners(), range(100))
    return (
        f"solved by {share(int((runs.accuracy == 1).sum()), 100)}; the best seed gets {runs.accuracy.max():.0%} right"
    )


def xor() -> str:
    """Two hidden units, sigmoid."""
    cells = [
        f"{epochs:,} epochs: {share(solved('2-2-1', corners(), 200, 'sigmoid', epochs=epochs, lr=0.5, momentum=0.9), 200)}"
        for epochs in (1_000, 10_000)
    ]
    return "; ".join(cells)


def xor_wider() -> str:
    """More hidden units, more seeds that succeed."""
    counts = [solved(f"2-{k}-1", corners(), 200, "tanh", epochs=3_000, optimizer="adam", lr=0.02) for k in (2, 3, 4, 8)]
    return "; ".join(f"{k} units {count / 200:.0%}" for k, count in zip((2, 3, 4, 8), counts, strict=True))


def lang_witbrock() -> sx.Points:
    """The 194 points of two intertwined spirals: 97 a spiral, three turns, in a square of side 13."""
    i = np.arange(97)
    angle, radius = i * np.pi / 16, 6.5 * (104 - i) / 104
    arm = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
    return sx.Points(np.concatenate([arm, -arm]), np.repeat([1, 0], 97))


def spirals() -> str:
    """Three layers of five units, without the source's shortcuts, and a wider network."""
    points, adam = lang_witbrock(), {"optimizer": "adam", "lr": 0.01}
    narrow = solved("2-5-5-5-1", points, 10, "tanh", epochs=20_000, **adam)
    wide = solved("2-32-32-1", points, 10, "tanh", epochs=5_000, **adam)
    return f"2-5-5-5-1 after 20,000 epochs {share(narrow, 10)}; 2-32-32-1 after 5,000 {share(wide, 10)}"


def cs231n_points(seed: int) -> sx.Points:
    """Two of the three arms of the course's toy data, 100 points an arm."""
    draw = np.random.default_rng(seed)
    r, x, y = np.linspace(0.0, 1, 100), [], []
    for arm in (0, 1):
        t = np.linspace(arm * 4, (arm + 1) * 4, 100) + draw.normal(size=100) * 0.2
        x.append(np.column_stack([r * np.sin(t), r * np.cos(t)]))
        y += [arm] * 100
    return sx.Points(np.concatenate(x), np.array(y))


def cs231n() -> str:
    """A line, and a hidden layer of 100 ReLU units."""
    linear = sx.train_many(sx.Network.parse("2-1"), sx.Recipe(epochs=200, lr=1.0, l2=1e-3), cs231n_points, range(10))
    hidden = sx.train_many(
        sx.Network.parse("2-100-1"), sx.Recipe(epochs=10_000, lr=1.0, l2=1e-3), cs231n_points, range(10)
    )
    return f"line {linear.accuracy.mean():.0%}, hidden layer {hidden.accuracy.mean():.0%} of the training points, mean of 10 seeds"


def deep_sigmoid() -> str:
    """Sigmoid and tanh, one to five hidden layers."""
    points, cells = sx.circle(seed=0), []
    for depth in (1, 3, 5):
        widths = "-".join(["2", *["16"] * depth, "1"])
        counts = [solved(widths, points, 20, name, "xavier", epochs=5_000, lr=0.1) for name in ("sigmoid", "tanh")]
        cells.append(f"depth {depth}: sigmoid {counts[0]} of 20, tanh {counts[1]} of 20")
    return "; ".join(cells)


def deep_relu() -> str:
    """Thirty layers of ReLU with the initial weights of Glorot and of He."""
    points, widths = sx.moons(seed=0), "-".join(["2", *["32"] * 30, "1"])
    counts = [
        solved(widths, points, 10, "relu", init, epochs=300, optimizer="adam", lr=0.0003) for init in ("xavier", "he")
    ]
    return f"xavier {counts[0]} of 10, he {counts[1]} of 10 solve the moons in 300 epochs"


def born_dead() -> str:
    """Networks that give the same for every point before any training."""
    x, cells = np.random.default_rng(0).normal(size=(1_000, 2)).astype(np.float32), []
    for width, depth in ((2, 10), (4, 10), (2, 20)):
        network = sx.Network((2, *[width] * depth, 1), "relu", "he")
        sets = np.stack([network.initialise(seed) for seed in range(1_000)])
        dead = int((np.ptp(network.logit(sets, x), axis=-1) == 0).sum())
        bound = 1 - (1 - 0.5**width) ** (depth - 1)
        cells.append(f"width {width}, depth {depth}: {dead / 1_000:.1%} (bound {bound:.1%})")
    return "; ".join(cells)


def random_labels() -> str:
    """A hundred points with coins for labels."""

    def coins(seed: int) -> sx.Points:
        draw = np.random.default_rng(seed)
        return sx.Points(draw.normal(size=(100, 2)), draw.integers(0, 2, 100))

    runs = sx.train_many(
        sx.Network.parse("2-128-128-1", "tanh"), sx.Recipe(epochs=6_000, optimizer="adam", lr=0.005), coins, range(5)
    )
    return f"{runs.accuracy.mean():.1%} of the training labels right, mean of 5 draws"


def label_noise() -> str:
    """Test accuracy over the width, with a fifth of the labels turned over."""
    test, cells = sx.moons(n=4_000, noise=0.2, seed=999), []
    for width in (2, 8, 32, 128):
        network = sx.Network.parse(f"2-{width}-1", "tanh")

        def drawn(seed: int) -> sx.Points:
            return with_label_noise(sx.moons(n=100, noise=0.2, seed=seed), 0.2, seed)

        runs = sx.train_many(network, sx.Recipe(epochs=3_000, optimizer="adam", lr=0.02), drawn, range(10))
        tests = [((network.logit(row, test.x) > 0) == test.y).mean() for row in runs.parameters]
        cells.append(f"{width} units: training {runs.accuracy.mean():.0%}, test {np.mean(tests):.0%}")
    return "; ".join(cells)


def standardised() -> str:
    """The same points around 0, and moved away from it."""
    points = sx.moons(seed=0)
    moved = sx.Points(points.x + 10.0, points.y)
    counts = [solved("2-8-1", drawn, 20, "tanh", epochs=2_000, optimizer="sgd", lr=0.5) for drawn in (points, moved)]
    return f"around 0: {share(counts[0], 20)}; moved by 10: {share(counts[1], 20)} after 2,000 epochs"


def features() -> str:
    """The circle by its squares, without a hidden layer."""

    def squares(seed: int) -> sx.Points:
        return with_features(sx.circle(seed=seed), ("x1^2", "x2^2"))

    plain = solved("2-1", lambda seed: sx.circle(seed=seed), 50, optimizer="adam", lr=0.5, epochs=500)
    squared = solved("2-1", squares, 50, optimizer="adam", lr=0.5, epochs=500)
    return f"x1 and x2: {share(plain, 50)}; their squares: {share(squared, 50)}"


EXPERIMENTS: dict[str, Experiment] = {
    entry.name: entry
    for entry in (
        Experiment(
            "perceptron", "Can a line solve XOR?", "Minsky & Papert 1969, *Perceptrons*",
            "No line does; three of the four corners at best.", "Trained by gradient descent on the cross-entropy.", perceptron,
        ),
        Experiment(
            "xor", "How often do two hidden units learn XOR?",
            "Rumelhart, Hinton & Williams 1986, *Parallel Distributed Processing*, ch. 8",
            "Two local minima in hundreds of trials.",
            "Initial weights within 1/sqrt(2), the cross-entropy instead of squares, all four corners in every step.", xor,
        ),
        Experiment(
            "xor-width", "Do more hidden units help?", "Rumelhart, Hinton & Williams 1986, ch. 8",
            "More hidden units need fewer presentations and fail less often.", "tanh and Adam; the share of 200 seeds.", xor_wider,
        ),
        Experiment(
            "spirals", "Two spirals", "Lang & Witbrock 1988, *Learning to tell two spirals apart*",
            "2-5-5-5-1 with shortcuts from every layer to all later ones (138 weights) in about 20,000 epochs, all of its three "
            "trials; without shortcuts they did not succeed.",
            "The same 194 points; no shortcuts, tanh and Adam.", spirals,
            "the network and the 20,000 epochs as later papers cite them; the trials and the failure without shortcuts as we recall "
            "them, not looked up",
        ),
        Experiment(
            "cs231n", "A spiral by a line and by a hidden layer", "Stanford CS231n, *Putting it together: minimal neural network case study*",
            "Three arms: softmax 49%, a hidden layer of 100 units 98% of the training points.",
            "Two of the three arms (two classes), PyTorch's initial weights.", cs231n,
            "read on the course's page",
        ),
        Experiment(
            "depth", "Depth × activation", "Glorot & Bengio 2010",
            "Deep sigmoid networks stay on a plateau: with five hidden layers they never left it. tanh with normalised initial weights learns.",
            "The circle of 100 points, 16 units a layer, instead of images.", deep_sigmoid,
        ),
        Experiment(
            "thirty-layers", "Thirty layers of ReLU", "He, Zhang, Ren & Sun 2015",
            "Thirty layers learn with their initial weights, and stall completely with Glorot's.",
            "Layers of 32 units on the moons instead of convolutions; Adam.", deep_relu,
        ),
        Experiment(
            "born-dead", "Networks that are dead before training", "Lu, Shin, Su & Karniadakis 2019, *Dying ReLU and initialization*",
            "At most 1 - (1 - 2^-width)^(depth - 1) of all; of width 2 and depth 10, over 90% of trainings collapse to a constant.",
            "Measured before training, on 1,000 normal points; biases are 0.", born_dead,
            "its abstract says that deep networks die with a probability that goes to 1; the bound and the 90% as we recall them, not "
            "looked up",
        ),
        Experiment(
            "random-labels", "Labels without a meaning", "Zhang, Bengio, Hardt, Recht & Vinyals 2017",
            "Networks reach 100% of random training labels.", "100 points of the plane instead of images.", random_labels,
        ),
        Experiment(
            "label-noise", "Width with wrong labels", "Nakkiran, Kaplun, Bansal, Yang, Barak & Sutskever 2020",
            "With label noise the test error rises towards the width at which the training set can be learnt by heart; far beyond it "
            "it falls again.", "Moons of 100 points, a fifth of the labels turned over; widths up to 128.", label_noise,
        ),
        Experiment(
            "standardise", "Inputs away from 0", "LeCun, Bottou, Orr & Müller 1998, *Efficient BackProp*",
            "Convergence is faster if the mean of each input is close to 0.", "Two networks alike but for the place of the points.",
            standardised,
        ),
        Experiment(
            "features", "The circle without a hidden layer", "Smilkov, Carter, Sculley, Viégas & Wattenberg 2017, *TensorFlow Playground*",
            "The squares of the inputs divide the circle without a hidden layer.", "Labels by the unit circle of normal points.", features,
        ),
    )
}  # fmt: skip


def page(figures: Sequence[tuple[Experiment, str, float]]) -> str:
    """The results as a page."""
    parts = [
        "# Published experiments, done again",
        "",
        "Small experiments that papers and courses report, each repeated by one command, with the source's figure beside ours and what "
        "differs between the two. Sources are paraphrased, and each entry says how its figure is known; where a paper gives a picture and no "
        "number, its finding stands. All of it: `python -m benchmarks.experiments`.",
        "",
    ]
    for entry, ours, seconds in figures:
        parts += [
            f"## {entry.title}",
            "",
            f"`python -m benchmarks.experiments {entry.name}` ({seconds:.0f} s)",
            "",
            f"- Source: {entry.source}.",
            f"- There: {entry.theirs}",
            f"- How that is known: {entry.known}.",
            f"- Here: {ours}.",
            f"- Done otherwise: {entry.difference}",
            "",
        ]
    return "\n".join(parts)


def main() -> None:
    """Carry out one experiment, or all and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(EXPERIMENTS), help="which one; by default all")
    asked = parser.parse_args()
    figures = []
    for entry in EXPERIMENTS.values() if asked.name is None else [EXPERIMENTS[asked.name]]:
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours = entry.measure()
        figures.append((entry, ours, time.perf_counter() - start))
        print(f"{entry.title} ({entry.source})\n  there: {entry.theirs}\n  here:  {ours}.\n", flush=True)
    if asked.name is None:
        PAGE.write_text(page(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
