"""The report: one self-contained page with all figures and pictures of a lesson. It asks nothing of any network."""

from __future__ import annotations

from html import escape

import numpy as np

from separatrix.activations import ACTIVATIONS
from separatrix.errors import SeparatrixError
from separatrix.lesson import Lesson, Source, status_sentence, summary
from separatrix.network import Network
from separatrix.one_step import one_step
from separatrix.page import Card, Shown, cards, figure, folded, navigation, pairs, whole
from separatrix.step_text import html_body

ROWS_OF_STEP = 4


def page(found: Lesson, shown: list[Shown]) -> str:
    """The whole page, for light and dark screens; the policy in its head forbids it every request."""
    body = [_head(found), navigation(shown), *(figure(k, each) for k, each in enumerate(shown)), _settings(found)]
    body += [_activations(), _step(found)]
    return whole(f"Lesson: {found.run.network}, seed {found.run.recipe.seed}", body)


def _head(found: Lesson) -> str:
    run = found.run
    figures = cards(Card(each.name, each.value, each.note) for each in summary(found))
    n = len(found.points)
    ones, where = found.points.n_positive, _where_from(found.source)
    about = f"{n:,} points, {ones:,} of them of class 1; {where}. Seed {run.recipe.seed}."
    why = (
        f"Three of these numbers are often taken for one another. With {n:,} points a training accuracy is a whole "
        f"number of points out of {n:,}. The held-out accuracy says how well the border fits points never seen. The "
        "loss is neither: it goes on falling while the network only becomes surer."
    )
    return (
        f"<h1>A border found by a network {escape(str(run.network))}</h1><p class='soft'>{escape(about)}</p>"
        f"<p class='status {run.status.value}'>{escape(status_sentence(run))}</p>{figures}"
        f"<p class='soft'>{escape(why)}</p>"
    )


def _where_from(source: Source) -> str:
    if source.file is not None:
        return f"read from {source.file}"
    told = "".join(f", {name} {value}" for name, value in source.settings.items() if name != "n")
    return f"drawn by the sampler {source.sampler}{told}"


def _settings(found: Lesson) -> str:
    run = found.run
    rows: list[tuple[str, object]] = [("network", run.network)]
    if isinstance(run.network, Network):
        rows += [("parameters", run.network.n_parameters), ("activation", run.network.activation)]
        rows += [("init", run.network.init)]
    rows += [*run.recipe.settings().items(), ("engine", run.engine), ("seconds of training", f"{run.seconds:.3g}")]
    rows += [(f"version of {name}", version) for name, version in run.versions.items()]
    rows += [(f"why not the {engine} engine", why) for engine, why in found.passed_over.items()]
    return folded("Every setting", pairs(rows), left=True)


def _activations() -> str:
    rows = [(entry.name, f"{entry.formula}. {entry.about}") for entry in ACTIVATIONS.values()]
    rows.append(("softmax", "exp(z) / sum of exp(z). For two outputs; with one it would always give 1."))
    return folded("The activations there are", pairs(rows), left=True)


def _step(found: Lesson) -> str:
    """The first step on a few of the points, number by number, where plain gradient descent was used."""
    run = found.run
    try:
        assert isinstance(run.network, Network)  # a lesson's is
        few = found.points.take(np.arange(min(ROWS_OF_STEP, len(found.points))))
        step = one_step(run.network, run.recipe, few, run.initial)
    except SeparatrixError as reason:
        return folded("One step, in numbers", f"<p>{escape(str(reason))}</p>")
    return folded(f"One step, in numbers: the first {len(few)} points", html_body(step))
