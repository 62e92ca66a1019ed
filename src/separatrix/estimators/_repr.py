"""The HTML of an estimator in a notebook: scikit-learn's block, and below it the trained network or the base models."""

from __future__ import annotations

import base64
import html
from typing import Any

from sklearn.utils import estimator_html_repr

from separatrix.support import hooks


def html_of(estimator: Any) -> str:
    """The HTML of an estimator; once it is fitted, with its network as a picture or its base models as a table."""
    block: str = estimator_html_repr(estimator)
    if not estimator.__sklearn_is_fitted__():
        return block
    details = base_models(estimator) if hasattr(estimator, "base_models_") else picture(estimator)
    # scikit-learn's elements end before its script; in its versions without one they end the block
    head, script, tail = block.rpartition("<script>")
    return head + details + script + tail if script else tail + details


def base_models(estimator: Any) -> str:
    """The base models of an ensemble as a table, the one with the largest weight first."""
    table = estimator.base_models_.select("base_model", "network", "members", "weight", "log_loss")
    heads = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_text(cell))}</td>" for cell in row) + "</tr>" for row in table.iter_rows()
    )
    summary = f"{len(estimator.members_)} networks, log loss {estimator.log_loss_:.4f} on out-of-fold rows"
    return f"<details open><summary>{summary}</summary><table><tr>{heads}</tr>{rows}</table></details>"


def _text(cell: Any) -> str:
    return f"{cell:.4f}" if isinstance(cell, float) else str(cell)


def picture(estimator: Any) -> str:
    """The network with its weights, as an image that needs no file."""
    svg: bytes = hooks.call("network_svg", estimator.network_, estimator.parameters_)
    source = base64.b64encode(svg).decode()
    words = html.escape(f"network {estimator.network_}, {estimator.run_.status} after {estimator.n_iter_} epochs")
    return (
        f'<details open><summary>{words}</summary><img alt="{words}" style="max-width: 100%" '
        f'src="data:image/svg+xml;base64,{source}"></details>'
    )
