"""Does `diagnose` tell the truth? Failures of known cause are planted, and healthy trainings stand beside them.

python -m benchmarks.diagnosis writes benchmarks/DIAGNOSIS.md: for every planted failure whether its cause is among the
findings, and whether the advice works on seeds that the diagnosis has not seen; for every healthy training the findings,
of which there should be none. `--quick` takes the cases that the tests take.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import separatrix as sx
from separatrix.training.finding import Finding

PAGE = Path(__file__).with_name("DIAGNOSIS.md")
FRESH = range(1_000, 1_005)  # seeds on which advice is checked; the diagnosis tries 0 to 20
HALF = 0.5  # of the fresh seeds must reach the aim


@dataclass(frozen=True)
class Case:
    """One training.

    Attributes:
        name: what was planted, in a few words.
        causes: names of findings, any of which names the cause; empty for a healthy training.
        train: trains it: -> run, training points.
        reach: the accuracy that the advice must reach on the training points; NaN if accuracy isn't the point.
        better: for overfitting: a function seed -> new points of the same kind, on which the advice must be better.
        quick: whether it belongs to the tests' slice.
    """

    name: str
    causes: tuple[str, ...]
    train: Callable[[], tuple[sx.Run, sx.Points]]
    reach: float = 0.95
    better: Callable[[int], sx.Points] | None = None
    quick: bool = False


@dataclass
class Outcome:
    """What `diagnose` said of a case, and what came of its advice."""

    case: Case
    run: sx.Run
    findings: tuple[Finding, ...]
    seconds: float
    named: bool = False
    works: bool | None = None  # None: there is no change that a program could apply
    reached: list[float] = field(default_factory=list)


def plan(
    widths: str,
    points: sx.Points,
    activation: Any = "relu",
    init: str = "torch",
    initial: Callable[[sx.Network], np.ndarray] | None = None,
    **recipe: Any,
) -> Callable[[], tuple[sx.Run, sx.Points]]:
    """A training of a network of ours."""

    def train() -> tuple[sx.Run, sx.Points]:
        network = sx.Network.parse(widths, activation, init)
        settings = {"log_every": 5, "epochs": 1_000, "optimizer": "adam", "lr": 0.02} | recipe
        start = None if initial is None else initial(network)
        return sx.train(network, sx.Recipe(**settings), points, initial=start), points

    return train


def module_plan(layers: Callable[[], list[Any]], points: sx.Points, **recipe: Any) -> Callable[[], Any]:
    """A training of a sequential module; `layers` makes its layers."""

    def train() -> tuple[sx.Run, sx.Points]:
        import torch

        torch.manual_seed(0)
        settings = {"log_every": 5, "epochs": 800, "lr": 0.5} | recipe
        return sx.train(torch.nn.Sequential(*layers()), sx.Recipe(**settings), points), points

    return train


def worst_seed(widths: str, points: sx.Points, activation: str = "relu", **recipe: Any) -> Callable[[], Any]:
    """The training of the worst of thirty seeds."""

    def train() -> tuple[sx.Run, sx.Points]:
        network = sx.Network.parse(widths, activation)
        settings = sx.Recipe(**{"epochs": 2_000, "optimizer": "adam", "lr": 0.02, "log_every": 20} | recipe)
        runs = sx.train_many(network, settings, points, range(100, 130))
        seed = int(runs.seeds[runs.accuracy.argmin()])
        return sx.train(network, settings.replace(seed=seed), points), points

    return train


def shifted(points: sx.Points, factor: Any, offset: Any) -> sx.Points:
    """The points in other units."""
    return sx.Points(points.x.astype(np.float64) * factor + offset, points.y)


def noisy(n: int, noise: float, seed: int = 0, columns: int = 2) -> sx.Points:
    """Two classes divided by a line, with a share of the labels turned over."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, columns))
    return sx.Points(x, (x[:, 0] > 0) ^ (draw.random(n) < noise))


def rare(n: int, shift: float, seed: int = 0) -> sx.Points:
    """A class of 6% that lies a little aside."""
    draw = np.random.default_rng(seed)
    x, y = draw.normal(size=(n, 2)), draw.random(n) < 0.06
    x[y] += shift
    return sx.Points(x, y)


def nine() -> sx.Points:
    """Nine points of two classes left and right, of which one label on each side is turned over."""
    x = [[-2, 0], [-1.5, 1], [-1, -1], [-1.2, 0.2], [-2.2, -0.8], [1, 1], [1.5, 0], [2, -1], [1.2, -0.4]]
    return sx.Points(np.array(x, float), np.array([0, 0, 0, 1, 0, 1, 1, 1, 0]))


def corners(repeated: int = 1) -> sx.Points:
    """The four corners of XOR."""
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * repeated)
    return sx.Points(x, (x[:, 0] != x[:, 1]).astype(int))


def with_columns(points: sx.Points, *columns: np.ndarray) -> sx.Points:
    """The points with more columns."""
    return sx.Points(np.column_stack([points.x.astype(np.float64), *columns]), points.y)


def biases(value: float, share: float) -> Callable[[sx.Network], np.ndarray]:
    """Initial parameters with this bias in a share of the first layer's units."""

    def initial(network: sx.Network) -> np.ndarray:
        parameters = network.initialise(0)
        bias = network.layout[0].bias
        parameters[bias.start : bias.start + round(share * (bias.stop - bias.start))] = value
        return parameters

    return initial


def planted() -> list[Case]:
    """The failures with their causes."""
    from torch import nn

    circle, moons, xor, rings = sx.circle(seed=0), sx.moons(seed=0), sx.xor(seed=0), sx.rings(seed=0)
    low, high, more = ("rate too low",), ("rate too high",), ("stopped while learning",)
    misfit = ("loss and output do not fit",)
    sgd: dict[str, Any] = {"optimizer": "sgd"}
    table = shifted(noisy(200, 0.0, 1, 7), 1.0, 0.0)
    constant, twin = np.full(100, 7.0), circle.x[:, 0] * -3.0 + 1.0

    def layers(*last: Any) -> Callable[[], list[Any]]:
        return lambda: [nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1), *[kind() for kind in last]]

    class OneSoftmax(nn.Softmax):
        def __init__(self) -> None:
            super().__init__(dim=1)

    OneSoftmax.__name__ = "Softmax"
    return [
        Case("SGD with lr=200", high, plan("2-8-1", circle, "tanh", **sgd, lr=200.0), quick=True),
        Case("SGD with lr=1000, two layers", high, plan("2-8-8-1", moons, "tanh", **sgd, lr=1000.0), 0.9),
        Case("Adam with lr=10", high, plan("2-8-1", circle, "tanh", lr=10.0), quick=True),
        Case("Adam with lr=5, ReLU", high, plan("2-8-8-1", circle, lr=5.0, epochs=500)),
        Case("lr=1e30 with mse", high, plan("2-8-1", circle, "tanh", **sgd, lr=1e30, loss="mse", epochs=3000), 0.9),
        Case(
            "lr=1e38: infinite", high, plan("2-8-1", circle, **sgd, lr=1e38, loss="bce_with_logits", epochs=5000), 0.9
        ),
        Case("SGD with lr=1e-7", low, plan("2-8-1", moons, **sgd, lr=1e-7, epochs=2000), 0.85, quick=True),
        Case("SGD with lr=1e-4", low, plan("2-8-1", moons, "tanh", **sgd, lr=1e-4, epochs=2000), 0.85),
        Case("Adam with lr=1e-7", low, plan("2-16-1", circle, "tanh", lr=1e-7), 0.9),
        Case("batches of 10 with lr=1e-5", low, plan("7-16-1", table, **sgd, lr=1e-5, batch_size=10, epochs=500), 0.9),
        Case("RMSprop with lr=1e-7", low, plan("2-16-1", rings, optimizer="rmsprop", lr=1e-7)),
        Case("SGD, 400 epochs", more, plan("2-8-1", circle, **sgd, lr=0.05, epochs=400), 0.8, quick=True),
        Case("SGD, 60 epochs, mse", more, plan("2-16-1", rings, **sgd, lr=0.3, epochs=20, loss="mse"), 0.8),
        Case("Adam, 3 epochs", more, plan("2-16-1", xor, "tanh", lr=0.01, epochs=3), 0.7),
        Case("Adam, 40 epochs", more, plan("2-16-1", circle, "tanh", lr=0.01, epochs=40), 0.9),
        Case(
            "patience of one epoch",
            ("stopped too soon", *more),
            plan("2-16-1", sx.xor(60, seed=0), "tanh", lr=0.05, validation_fraction=0.2, patience=1, log_every=1),
        ),
        Case(
            "patience of one epoch, SGD in batches",
            ("stopped too soon", *more),
            plan(
                "2-16-1",
                sx.rings(200, seed=2),
                "tanh",
                **sgd,
                lr=2.0,
                batch_size=10,
                validation_fraction=0.2,
                patience=1,
                log_every=1,
                epochs=300,
            ),
        ),
        Case(
            "a step schedule that ends at once",
            ("rate fades too early",),
            plan("2-16-1", circle, "tanh", schedule="step", step_size=5, epochs=1000),
            quick=True,
        ),
        Case(
            "an exponential-like step schedule, SGD",
            ("rate fades too early",),
            plan("2-16-1", moons, "tanh", **sgd, lr=1.0, schedule="step", step_size=3, step_gamma=0.3, epochs=1000),
            0.9,
        ),
        Case(
            "four sigmoid layers",
            ("vanishing gradient",),
            plan("2-8-8-8-8-1", circle, "sigmoid", **sgd, lr=0.05, epochs=5000),
            quick=True,
        ),
        Case(
            "four sigmoid layers, moons",
            ("vanishing gradient",),
            plan("2-8-8-8-8-1", moons, "sigmoid", **sgd, lr=0.5),
            0.85,
        ),
        Case(
            "six sigmoid layers",
            ("vanishing gradient",),
            plan("2-8-8-8-8-8-8-1", rings, "sigmoid", **sgd, lr=0.1, epochs=2000),
        ),
        Case(
            "a ReLU tower two wide",
            ("dead units", "bad luck with the seed", "too few units"),
            worst_seed("2-2-2-2-2-2-1", moons),
            0.85,
        ),
        Case("three quarters of the units dead", ("dead units",), plan("2-8-1", circle, initial=biases(-100, 0.75))),
        Case("all units dead", ("dead units",), plan("2-8-1", moons, initial=biases(-100, 1.0)), 0.85, quick=True),
        Case(
            "all but one unit dead, SGD",
            ("dead units",),
            plan("2-8-1", rings, **sgd, lr=0.1, epochs=3000, initial=biases(-50, 0.9)),
        ),
        Case(
            "initial weights a thousand times too large",
            ("initial weights too large",),
            plan(
                "2-8-8-1",
                circle,
                "tanh",
                **sgd,
                lr=0.05,
                initial=lambda network: network.initialise(0) * 1000,
                epochs=3000,
            ),
            0.8,
        ),
        Case(
            "initial weights a hundred times too large, sigmoid",
            ("initial weights too large",),
            plan("2-8-1", rings, "sigmoid", lr=0.05, initial=lambda network: network.initialise(0) * 300, epochs=500),
            0.9,
        ),
        Case(
            "columns at 5000",
            ("columns of unlike size",),
            plan("2-8-1", shifted(circle, 1000, 5000), "tanh", lr=0.01),
            0.9,
            quick=True,
        ),
        Case(
            "a column 10,000 times wider",
            ("columns of unlike size",),
            plan("2-8-1", shifted(moons, [1, 1e4], 0), "tanh", **sgd, lr=0.5),
            0.85,
        ),
        Case(
            "years and shares",
            ("columns of unlike size",),
            plan("2-8-1", shifted(xor, [0.01, 1.0], [0.5, 1990]), "tanh", lr=0.01),
            0.9,
        ),
        Case("all weights 0", ("equal units",), plan("2-8-1", circle, init="zeros"), quick=True),
        Case("all weights 0, two layers", ("equal units",), plan("2-8-8-1", moons, init="zeros", **sgd, lr=0.5), 0.85),
        Case(
            "all weights 0.3",
            ("equal units",),
            plan("2-8-1", rings, "tanh", initial=lambda network: np.full(network.n_parameters, 0.3)),
        ),
        Case("no hidden layer, XOR", ("no hidden layer",), plan("2-1", xor), 0.9, quick=True),
        Case("no hidden layer, circle", ("no hidden layer",), plan("2-1", circle, **sgd, lr=0.1, epochs=3000), 0.85),
        Case("identity layers", ("no hidden layer",), plan("2-8-8-1", rings, "identity", lr=0.01), 0.9),
        Case("no hidden layer, XOR's corners", ("no hidden layer",), plan("2-1", corners())),
        Case("l2=1", ("penalty too strong",), plan("2-16-1", circle, "tanh", l2=1.0), 0.9, quick=True),
        Case("l1=0.1", ("penalty too strong",), plan("2-16-1", moons, "tanh", l1=0.1), 0.85),
        Case(
            "AdamW with a decay of 40",
            ("penalty too strong",),
            plan("2-16-1", rings, "tanh", optimizer="adamw", weight_decay=40.0),
            0.9,
        ),
        Case("one unit for XOR", ("too few units",), plan("2-1-1", xor, "tanh", lr=0.05), 0.9, quick=True),
        Case(
            "two units for the board",
            ("too few units",),
            plan("2-2-1", sx.checkerboard(200, seed=0), "tanh", lr=0.05, epochs=2000),
            0.8,
        ),
        Case("one unit for the circle", ("too few units",), plan("2-1-1", circle, "tanh", lr=0.05), 0.9),
        Case(
            "two units for spirals",
            ("too few units",),
            plan("2-2-1", sx.spirals(200, seed=0), "tanh", lr=0.05, epochs=2000),
            0.85,
        ),
        Case("the worst of 30 seeds, circle", ("bad luck with the seed", "dead units"), worst_seed("2-3-1", circle)),
        Case(
            "the worst of 30 seeds, XOR's corners",
            ("bad luck with the seed", "dead units"),
            worst_seed("2-3-1", corners()),
        ),
        Case("the worst of 30 seeds, rings", ("bad luck with the seed", "dead units"), worst_seed("2-4-1", rings)),
        Case(
            "a class of 6%",
            ("imbalance",),
            plan("2-4-1", rare(400, 1.0), lr=0.01, epochs=300),
            float("nan"),
            quick=True,
        ),
        Case(
            "a class of 6%, SGD",
            ("imbalance",),
            plan("2-8-1", rare(600, 1.5, 1), "tanh", **sgd, lr=0.05, epochs=300),
            float("nan"),
        ),
        Case(
            "nine points, two of them turned over",
            ("overfitting",),
            plan("2-32-32-1", nine(), lr=0.01),
            float("nan"),
            lambda seed: sx.Points(noisy(400, 0, seed).x, noisy(400, 0, seed).y),
            True,
        ),
        Case(
            "60 rows with a fifth of the labels turned over",
            ("overfitting",),
            plan("2-64-1", noisy(60, 0.2), lr=0.05, epochs=3000),
            float("nan"),
            lambda seed: noisy(400, 0.2, seed),
        ),
        Case(
            "six columns of noise",
            ("overfitting",),
            plan("6-64-1", noisy(120, 0.15, 3, 6), lr=0.01, epochs=2000),
            float("nan"),
            lambda seed: noisy(400, 0.15, seed, 6),
        ),
        Case(
            "overfitting, seen by validation",
            ("overfitting",),
            plan("6-64-1", noisy(150, 0.2, 4, 6), lr=0.01, epochs=1000, validation_fraction=0.4),
            float("nan"),
            lambda seed: noisy(400, 0.2, seed, 6),
        ),
        Case(
            "sigmoid twice", misfit, module_plan(layers(nn.Sigmoid), circle, loss="bce_with_logits"), 0.85, quick=True
        ),
        Case("softmax of one output", misfit, module_plan(layers(OneSoftmax), circle, loss="bce"), 0.85),
        Case(
            "a ReLU before the logit",
            misfit,
            module_plan(layers(nn.ReLU), sx.circle(200, seed=3), loss="bce_with_logits"),
            0.85,
        ),
        Case(
            "softplus before the logit", misfit, module_plan(layers(nn.Softplus), moons, loss="bce_with_logits"), 0.85
        ),
        Case(
            "softmax before the cross-entropy, at a low rate",
            (*misfit, "rate too low", *more),
            module_plan(
                lambda: [nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2), nn.Softmax(dim=1)],
                rings,
                loss="cross_entropy",
                lr=0.01,
            ),
            0.7,
        ),
        Case("a module with lr=1e-7", low, module_plan(layers(), moons, loss="bce_with_logits", lr=1e-7), 0.8),
        Case(
            "a constant column",
            ("constant column",),
            plan("3-16-1", with_columns(circle, constant), "tanh"),
            float("nan"),
            quick=True,
        ),
        Case(
            "a column twice", ("duplicated columns",), plan("3-16-1", with_columns(circle, twin), "tanh"), float("nan")
        ),
    ]


def healthy() -> list[Case]:
    """Trainings without a fault."""
    samplers = {"circle": sx.circle, "moons": sx.moons, "rings": sx.rings, "gaussians": sx.gaussians, "XOR": sx.xor}
    cases = [
        Case(
            f"{name}, {activation}",
            (),
            plan("2-16-16-1", sampler(seed=1), activation, epochs=100 if name == "gaussians" else 400),
            quick=name in ("circle", "moons"),
        )
        for name, sampler in samplers.items()
        for activation in ("relu", "tanh")
    ]
    return [
        *cases,
        Case(
            "the tutorial's training",
            (),
            plan("2-16-1", sx.circle(seed=2), optimizer="sgd", lr=0.3, epochs=20_000, log_every=100),
        ),
        Case(
            "wide moons at the Bayes rate",
            (),
            plan("2-16-1", sx.moons(n=300, noise=0.35, seed=1), epochs=300),
            quick=True,
        ),
        Case("a tenth of the labels turned over", (), plan("2-4-1", noisy(300, 0.1), "tanh", epochs=200)),
        Case(
            "a fifth of the labels turned over", (), plan("2-4-1", noisy(400, 0.2, 1), "tanh", epochs=200), quick=True
        ),
        Case("a third turned over, no hidden layer", (), plan("2-1", noisy(400, 0.33, 2), epochs=300)),
        Case("a line without a hidden layer", (), plan("2-1", noisy(200, 0.0, 5), epochs=500)),
        Case("coins: nothing to learn", (), plan("2-2-1", noisy(400, 0.5, 6), "tanh", epochs=100)),
        Case("small batches", (), plan("2-16-1", sx.circle(seed=0), batch_size=25, epochs=200)),
        Case("a rare class that is found", (), plan("2-8-1", rare(400, 8.0), lr=0.05, epochs=500)),
        Case("XOR's corners", (), plan("2-8-1", corners(), "tanh", epochs=500), quick=True),
        Case("XOR's corners, 25 times", (), plan("2-8-1", corners(25), "tanh", epochs=500)),
        Case("early stopping", (), plan("2-16-1", sx.moons(300, seed=3), "tanh", validation_fraction=0.2, patience=20)),
        Case("cosine schedule", (), plan("2-16-1", sx.circle(seed=3), "tanh", schedule="cosine", epochs=800)),
        Case("L-BFGS", (), plan("2-8-1", sx.circle(seed=4), "tanh", optimizer="lbfgs", lr=1.0, epochs=60)),
        Case("thirty points of the circle", (), plan("2-8-1", sx.circle(30, seed=7), "tanh", lr=0.02, epochs=400)),
        Case("twenty points of the moons", (), plan("2-4-1", sx.moons(20, seed=8), "tanh", lr=0.02, epochs=400)),
        Case("spirals", (), plan("2-16-16-1", sx.spirals(200, seed=1), "tanh", epochs=800)),
        Case("hinge loss", (), plan("2-16-1", sx.rings(seed=4), loss="hinge", lr=0.01)),
        Case("two outputs", (), plan("2-16-2", sx.circle(seed=5), "tanh", loss="cross_entropy", epochs=500)),
    ]


def outcome_of(case: Case) -> Outcome:
    """Train, diagnose, and follow the advice on fresh seeds."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        run, points = case.train()
        start = time.perf_counter()
        findings = run.diagnose(points)
        outcome = Outcome(case, run, findings, time.perf_counter() - start)
        matching = [finding for finding in findings if finding.name in case.causes]
        outcome.named = bool(matching) if case.causes else not findings
        if matching and matching[0].remedy is not None:
            outcome.works = follows(case, run, points, matching[0], outcome)
        return outcome


def follows(case: Case, run: sx.Run, points: sx.Points, finding: Finding, outcome: Outcome) -> bool | None:
    """Whether at least half of five fresh seeds reach what the case asks for, once the advice is followed."""
    network, recipe, changed = finding.remedy.applied(run.network, run.recipe, points)
    if finding.remedy.recipe.keys() == {"seed"}:  # this seed and no other was the advice
        outcome.reached = [sx.train(network, recipe, changed).accuracy]
        return outcome.reached[0] >= case.reach
    runs = sx.train_many(network, recipe.replace(snapshots=()), changed, FRESH)
    if case.better is not None:
        plain = sx.train_many(run.network, run.recipe.replace(snapshots=()), points, FRESH)
        test = case.better(99)
        outcome.reached = [accuracy(network, row, test) for row in runs.parameters]
        return np.mean(outcome.reached) > np.mean([accuracy(run.network, row, test) for row in plain.parameters])
    if np.isnan(case.reach):  # imbalance: more of the rare class is found
        rare_rows = points.y == int(points.n_positive * 2 <= len(points))
        before = (run.predict(points.x) == points.y)[rare_rows].mean()
        outcome.reached = [
            float(((network.logit(row, points.x) > 0) == points.y)[rare_rows].mean()) for row in runs.parameters
        ]
        return float(np.median(outcome.reached)) > before
    outcome.reached = runs.accuracy.tolist()
    return float((runs.accuracy >= case.reach).mean()) >= HALF


def accuracy(network: Any, parameters: np.ndarray, points: sx.Points) -> float:
    """The share of the points on the right side."""
    return float(((network.logit(parameters, points.x) > 0) == points.y).mean())


def page(outcomes: list[Outcome]) -> str:
    """The table as Markdown."""
    failures = [outcome for outcome in outcomes if outcome.case.causes]
    sound = [outcome for outcome in outcomes if not outcome.case.causes]
    advised = [outcome for outcome in failures if outcome.works is not None]
    named, works = sum(o.named for o in failures), sum(bool(o.works) for o in advised)
    quiet = sum(o.named for o in sound)
    rows = [
        f"| {o.case.name} | {' or '.join(o.case.causes)} | {', '.join(dict.fromkeys(f.name for f in o.findings)) or 'nothing'} | "
        f"{'yes' if o.named else 'no'} | {_worked(o)} | {o.seconds:.1f} |"
        for o in failures
    ]
    more = [
        f"| {o.case.name} | {o.run.accuracy:.1%} | {', '.join(f.name for f in o.findings) or 'nothing'} |"
        for o in sound
    ]
    return "\n".join(
        [
            "# Planted failures",
            "",
            "Made by `python -m benchmarks.diagnosis`. Every failure has one planted cause. The advice is that of the finding "
            "which names it, followed on five seeds that the diagnosis has not seen; it works if at least half of them reach "
            "what the training should have reached, or, for overfitting, if new points of the same kind are predicted better.",
            "",
            f"- Causes named: {named} of {len(failures)} ({named / max(len(failures), 1):.0%}).",
            f"- Advice that works: {works} of {len(advised)} that a program can follow ({works / max(len(advised), 1):.0%}).",
            f"- Healthy trainings without a finding: {quiet} of {len(sound)}.",
            "",
            "| planted | cause | findings | named | advice works | seconds |",
            "| --- | --- | --- | --- | --- | ---: |",
            *rows,
            "",
            "## Healthy trainings",
            "",
            "| training | accuracy | findings |",
            "| --- | ---: | --- |",
            *more,
            "",
        ]
    )


def _worked(outcome: Outcome) -> str:
    return {None: "–", True: "yes", False: "no"}[None if outcome.works is None else bool(outcome.works)]


def main() -> None:
    """Run the cases and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only the slice of the tests; writes nothing")
    parser.add_argument("--only", default="", help="only cases with this text in their name; writes nothing")
    options = parser.parse_args()
    cases = [
        case
        for case in planted() + healthy()
        if (case.quick or not options.quick) and options.only.lower() in case.name.lower()
    ]
    outcomes = []
    for case in cases:
        outcome = outcome_of(case)
        outcomes.append(outcome)
        good = outcome.named and outcome.works in (None, True)
        print(f"{'ok ' if good else 'BAD'} {case.name}: {outcome.run} {outcome.seconds:.1f} s", flush=True)
        if not good or options.only:
            print("     ", *outcome.findings, outcome.reached, sep="\n      ", flush=True)
    text = page(outcomes)
    print("\n".join(line for line in text.splitlines() if line.startswith("- ")))
    if not options.quick and not options.only:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
