"""The report: one self-contained page with all figures and pictures of a lesson. It asks nothing of any network."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape

import numpy as np

from separatrix.activations import ACTIVATIONS
from separatrix.errors import SeparatrixError
from separatrix.lesson import Lesson, Source, status_sentence, summary
from separatrix.network import Network
from separatrix.one_step import one_step
from separatrix.step_text import html_body

TYPES = {"png": "image/png", "svg": "image/svg+xml", "gif": "image/gif"}
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # no script, no request
ROWS_OF_STEP = 4

STYLE = """
:root { color-scheme: light dark; --paper: #f6f7f9; --card: #fff; --ink: #1b1e24; --soft: #5f6673; --line: #dcdfe5;
  --good: #1a7f4b; --bad: #b3261e; --mark: #3b4cc0 }
@media (prefers-color-scheme: dark) { :root { --paper: #101216; --card: #191c22; --ink: #e9ebf0; --soft: #9aa2b0;
  --line: #2d323b; --good: #5fcf95; --bad: #ff8a80; --mark: #93a4ff } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.2rem 4rem }
h1 { font-size: 1.9rem; margin: 0 0 .3rem } h2 { font-size: 1.25rem; margin: 2.6rem 0 .6rem }
p { margin: .3rem 0 } .soft, figcaption, small { color: var(--soft) }
.status { font-weight: 600 }
.converged { color: var(--good) } .diverged, .stuck { color: var(--bad) }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .8rem; margin: 1.4rem 0 }
.numbers div, figure, details { background: var(--card); border: 1px solid var(--line); border-radius: .6rem }
.numbers div { padding: .8rem 1rem }
.numbers b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums }
.numbers span { color: var(--mark); font-weight: 600 }
figure { margin: 0; padding: 1rem }
figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; border-radius: .3rem }
figcaption { margin-bottom: .8rem }
nav { margin: 1rem 0 0; line-height: 2 } nav a { color: var(--mark); margin-right: 1rem; white-space: nowrap }
table { border-collapse: collapse; display: block; overflow-x: auto; margin: .4rem 0 1rem }
table { font-variant-numeric: tabular-nums }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .8rem .25rem 0; text-align: left; vertical-align: top }
caption { text-align: left; font-weight: 600; white-space: nowrap } caption p { font-weight: 400 }
details { padding: .8rem 1rem; margin-top: 1rem } summary { cursor: pointer; font-weight: 600 }
details h2 { font-size: 1rem; margin: 1.2rem 0 .2rem } details td, details th { text-align: right; padding-left: .8rem }
details td:first-child, details th:first-child, .left td, .left th { text-align: left; padding-left: 0 }
"""


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture on the page: its heading, what there is to see, "png", "svg" or "gif", and the file's bytes."""

    title: str
    caption: str
    kind: str
    content: bytes


def page(found: Lesson, shown: list[Shown]) -> str:
    """The whole page, for light and dark screens; the policy in its head forbids it every request."""
    body = [_head(found), _navigation(shown), *(_figure(k, each) for k, each in enumerate(shown)), _settings(found)]
    body += [_activations(), _step(found)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Lesson: {escape(str(found.run.network))}, seed {found.run.recipe.seed}</title>"
        f"<style>{STYLE}</style></head>\n<body><main>\n"
        f"{''.join(part + chr(10) for part in body)}</main></body></html>\n"
    )


def _head(found: Lesson) -> str:
    run = found.run
    cards = "".join(
        f"<div><span>{escape(each.name)}</span><b>{escape(each.value)}</b><small>{escape(each.note)}</small></div>"
        for each in summary(found)
    )
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
        f"<p class='status {run.status.value}'>{escape(status_sentence(run))}</p><div class='numbers'>{cards}</div>"
        f"<p class='soft'>{escape(why)}</p>"
    )


def _where_from(source: Source) -> str:
    if source.file is not None:
        return f"read from {source.file}"
    told = "".join(f", {name} {value}" for name, value in source.settings.items() if name != "n")
    return f"drawn by the sampler {source.sampler}{told}"


def _navigation(shown: list[Shown]) -> str:
    links = " ".join(f'<a href="#picture-{k}">{escape(each.title)}</a>' for k, each in enumerate(shown))
    return f"<nav>{links}</nav>"


def _figure(k: int, each: Shown) -> str:
    data = base64.b64encode(each.content).decode()
    return (
        f'<h2 id="picture-{k}">{escape(each.title)}</h2><figure><figcaption>{escape(each.caption)}</figcaption>'
        f'<img alt="{escape(each.title)}" src="data:{TYPES[each.kind]};base64,{data}"></figure>'
    )


def _settings(found: Lesson) -> str:
    run = found.run
    rows: list[tuple[str, object]] = [("network", run.network)]
    if isinstance(run.network, Network):
        rows += [("parameters", run.network.n_parameters), ("activation", run.network.activation)]
        rows += [("init", run.network.init)]
    rows += [*run.recipe.settings().items(), ("engine", run.engine), ("seconds of training", f"{run.seconds:.3g}")]
    rows += [(f"version of {name}", version) for name, version in run.versions.items()]
    rows += [(f"why not the {engine} engine", why) for engine, why in found.passed_over.items()]
    return f"<details class='left'><summary>Every setting</summary>{_table(rows)}</details>"


def _activations() -> str:
    rows = [(entry.name, f"{entry.formula}. {entry.about}") for entry in ACTIVATIONS.values()]
    rows.append(("softmax", "exp(z) / sum of exp(z). For two outputs; with one it would always give 1."))
    return f"<details class='left'><summary>The activations there are</summary>{_table(rows)}</details>"


def _table(rows: list[tuple[str, object]] | list[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


def _step(found: Lesson) -> str:
    """The first step on a few of the points, number by number, where plain gradient descent was used."""
    run = found.run
    try:
        assert isinstance(run.network, Network)  # a lesson's is
        few = found.points.take(np.arange(min(ROWS_OF_STEP, len(found.points))))
        step = one_step(run.network, run.recipe, few, run.initial)
    except SeparatrixError as reason:
        return f"<details><summary>One step, in numbers</summary><p>{escape(str(reason))}</p></details>"
    heading = f"One step, in numbers: the first {len(few)} points"
    return f"<details><summary>{heading}</summary>{html_body(step)}</details>"
