"""scikit-learn's callback protocol (1.9 and later) for a training, and stand-ins for versions without it.

A training is the root task "fit", and every step of it a task below it (an "epoch" of a network, a "member" of an
ensemble), which ends with a `fitted_estimator` that predicts as if training had stopped there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])

if TYPE_CHECKING:

    class CallbackSupportMixin:
        """For the type checker: what scikit-learn's class, or its stand-in, offers."""

        def set_callbacks(self, *callbacks: Any) -> Any:
            """Set the callbacks of the next trainings."""

    def with_callbacks(method: Method) -> Method:
        """The method, after which the callbacks are torn down."""
        return method

else:
    try:
        from sklearn.callback import CallbackSupportMixin, with_callbacks
    except ImportError:  # scikit-learn before 1.9

        class CallbackSupportMixin:
            """Says that this scikit-learn has no callbacks."""

            def set_callbacks(self, *callbacks: Any) -> Any:
                """Raise NotImplementedError."""
                raise NotImplementedError("callbacks need scikit-learn 1.9 or later.")

        def with_callbacks(method: Method) -> Method:
            """The method itself."""
            return method


class Tasks:
    """The task tree of one training.

    Args:
        estimator: the estimator whose training it is.
        name: what a step is called.
        steps: the most steps there can be.
        x: what the user gave, for callbacks that score.
        y: likewise.
        metadata: likewise, such as sample weights, or None.
    """

    def __init__(self, estimator: Any, name: str, steps: int, x: Any, y: Any, metadata: dict[str, Any] | None) -> None:
        self.name, self.steps, self.done = name, steps, 0
        self.estimator, self.data = estimator, {"X": x, "y": y, "metadata": metadata}
        self.root: Any = None
        if getattr(estimator, "_skl_callbacks", None) or hasattr(estimator, "_parent_callback_ctx"):
            self.root = estimator._init_callback_context(max_subtasks=steps)
            self.root.call_on_fit_task_begin(estimator=estimator, **self.data)
        self.step = self._begin()

    def __bool__(self) -> bool:
        """Whether anybody listens."""
        return self.root is not None and bool(getattr(self.estimator, "_skl_callbacks", None))

    def _begin(self) -> Any:
        if not self:
            return None
        task = self.root.subcontext(task_name=self.name)
        return task.call_on_fit_task_begin(estimator=self.estimator, **self.data)

    def ended(self, state: Callable[[], dict[str, Any] | None]) -> bool:
        """One step is over; whether a callback asks to stop.

        Args:
            state: gives the fitted attributes as they would be now, or None if nothing could predict yet.
        """
        if not self:
            return False
        self.done += 1
        stop = self.step.call_on_fit_task_end(estimator=self.estimator, reconstruction_attributes=state, **self.data)
        if not stop and self.done < self.steps:
            self.step = self._begin()
        return bool(stop)

    def close(self, state: Callable[[], dict[str, Any]]) -> None:
        """The training is over; state: gives the fitted attributes."""
        if self.root is not None:
            self.root.call_on_fit_task_end(estimator=self.estimator, reconstruction_attributes=state, **self.data)
