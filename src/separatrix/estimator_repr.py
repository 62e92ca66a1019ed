"""How a notebook shows an estimator: scikit-learn's block with its settings and fitted attributes, and the network."""

from __future__ import annotations

import base64
import html
import io
from typing import Any

from sklearn.utils import estimator_html_repr


def html_of(estimator: Any) -> str:
    """The HTML of an estimator; once it is fitted, with the picture of its network, in the page itself."""
    page: str = estimator_html_repr(estimator)
    if not estimator.__sklearn_is_fitted__():
        return page
    head, script, tail = page.rpartition("<script>")
    return head + picture(estimator) + script + tail if script else tail + picture(estimator)


def picture(estimator: Any) -> str:
    """The network with its weights, as an image that needs no file."""
    from matplotlib import rc_context

    from separatrix.pictures.diagram import network

    drawn = io.BytesIO()
    with rc_context({"svg.hashsalt": "separatrix"}):  # the same network gives the same bytes
        network(estimator.network_, estimator.parameters_).savefig(drawn, format="svg", metadata={"Date": None})
    source = base64.b64encode(drawn.getvalue()).decode()
    words = html.escape(f"network {estimator.network_}, {estimator.run_.status} after {estimator.n_iter_} epochs")
    return (
        f'<details open><summary>{words}</summary><img alt="{words}" style="max-width: 100%" '
        f'src="data:image/svg+xml;base64,{source}"></details>'
    )
