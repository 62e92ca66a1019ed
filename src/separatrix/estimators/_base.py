"""What both estimators share: scikit-learn's callback protocol, and conventions of a classifier of tables.

The protocol (scikit-learn 1.9 and later) sees a training as the root task "fit", and every step of it as a task below it
(an "epoch" of a network, a "member" of an ensemble), which ends with a `fitted_estimator` that predicts as if training
had stopped there. In a notebook an estimator shows scikit-learn's block, and below it its trained network or base models.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import estimator_html_repr

from separatrix.estimators._decisions import RowDecisions
from separatrix.estimators._reasons import RowReasons
from separatrix.estimators.roles import split_target
from separatrix.networks.activations import sigmoid, softplus
from separatrix.support import hooks
from separatrix.support.surroundings import insulated


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


Method = TypeVar("Method", bound=Callable[..., Any])


class CallbacksUnavailable:
    """Stand-in for `sklearn.callback.CallbackSupportMixin`, which scikit-learn before 1.9 lacks."""

    def set_callbacks(self, *callbacks: Any) -> Any:
        """Refuse callbacks.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("callbacks need scikit-learn 1.9 or later.")


def _unchanged(method: Method) -> Method:
    return method


if TYPE_CHECKING:  # scikit-learn has no types, and an untyped decorator would take those of `fit`
    CallbackSupportMixin = CallbacksUnavailable
    with_callbacks = _unchanged
else:
    try:
        from sklearn.callback import CallbackSupportMixin, with_callbacks
    except ImportError:  # scikit-learn before 1.9
        CallbackSupportMixin, with_callbacks = CallbacksUnavailable, _unchanged


class Tasks:
    """The task tree of one training.

    Args:
        estimator: whose training it is.
        name: what a step is called.
        steps: the largest number of steps.
        x: the features that the user gave, for callbacks that score.
        y: likewise the labels.
        metadata: likewise the sample weights, as {"sample_weight": …}, or None.
    """

    def __init__(self, estimator: Any, name: str, steps: int, x: Any, y: Any, metadata: dict[str, Any] | None) -> None:
        self.name, self.steps, self.done = name, steps, 0
        self.estimator, self.data = estimator, {"X": x, "y": y, "metadata": metadata}
        self.root: Any = None
        # Without callbacks there is no tree: a task costs more than an epoch of a small network. A meta-estimator's
        # callbacks reach this one by its parent's context.
        if getattr(estimator, "_skl_callbacks", None) or hasattr(estimator, "_parent_callback_ctx"):
            self.root = estimator._init_callback_context(max_subtasks=steps)
            self.root.call_on_fit_task_begin(estimator=estimator, **self.data)
        self.step = self._begin()

    def __bool__(self) -> bool:
        """Whether there are callbacks."""
        return self.root is not None and bool(getattr(self.estimator, "_skl_callbacks", None))

    def _begin(self) -> Any:
        if not self:
            return None
        task = self.root.subcontext(task_name=self.name)
        return task.call_on_fit_task_begin(estimator=self.estimator, **self.data)

    def end_step(self, state: Callable[[], dict[str, Any] | None]) -> bool:
        """End one step and begin the next.

        Args:
            state: returns the fitted attributes at this point, or None if nothing could predict yet.

        Returns:
            Whether a callback asks to stop.
        """
        if not self:
            return False
        self.done += 1
        stop = self.step.call_on_fit_task_end(estimator=self.estimator, reconstruction_attributes=state, **self.data)
        if not stop and self.done < self.steps:
            self.step = self._begin()
        return bool(stop)

    def extend(self, steps: int) -> None:
        """Expect so many further steps, once all that were expected so far are done."""
        if self and self.done == self.steps:
            self.step = self._begin()
        self.steps += steps

    def close(self, state: Callable[[], dict[str, Any]]) -> None:
        """End the training; state: returns the fitted attributes."""
        if self.root is not None:
            self.root.call_on_fit_task_end(estimator=self.estimator, reconstruction_attributes=state, **self.data)


@insulated
class TableClassifier(
    RowReasons,
    RowDecisions,
    CallbackSupportMixin,
    ClassifierMixin,  # type: ignore[misc]  # untyped
    BaseEstimator,  # type: ignore[misc]
):
    """A classifier for two classes that predicts by a logit."""

    def decision_function(self, X: Any) -> np.ndarray:
        """The logit of the second class, (n,) float64."""
        raise NotImplementedError

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of both classes.

        Args:
            X: a table with the columns of `fit`, n rows.

        Returns:
            (n, 2) float64, in the order of `classes_`.

        Raises:
            ValueError: columns other than those of `fit`.
        """
        z = self.decision_function(X)
        return np.stack([sigmoid(-z), sigmoid(z)], axis=1)  # 1 - sigmoid(z) would lose small probabilities

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Logarithms of the probabilities of both classes, computed from the logit.

        A logit of -800 gives -800, where the logarithm of the probability, which is 0 in float64, would be -inf.

        Args:
            X: a table with the columns of `fit`, n rows.

        Returns:
            (n, 2) float64, in the order of `classes_`.

        Raises:
            ValueError: columns other than those of `fit`.
        """
        z = self.decision_function(X)
        return np.stack([-softplus(z), -softplus(-z)], axis=1)  # log(1 / (1 + exp(±z)))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The accuracy on rows with labels.

        Args:
            X: a table with the columns of `fit`, n rows.
            y: labels, (n,), or the name of their column in X.
            sample_weight: weights of the rows, (n,).
        """
        X, y, _ = split_target(X, y)
        return float(super().score(X, y, sample_weight))

    def _html_repr(self) -> str:
        """The HTML of the estimator in a notebook."""
        from separatrix.estimators._base import html_of

        return html_of(self)

    _repr_html_inner = _html_repr  # its name in scikit-learn before 1.7

    def _takes_any_column(self) -> bool:
        """Whether columns may have missing values, text and dates."""
        return True

    def __sklearn_tags__(self) -> Any:
        """The tags by which scikit-learn's tools and checks know what the estimator takes."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.sparse = True
        for name in ("allow_nan", "categorical", "string"):
            setattr(tags.input_tags, name, self._takes_any_column())
        return tags
