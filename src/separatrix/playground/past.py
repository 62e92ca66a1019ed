"""Undo and redo: the sketches there were, and which of them is shown."""

from __future__ import annotations

from dataclasses import dataclass

from separatrix.playground.sketch import Sketch

MOST = 200  # sketches remembered


@dataclass(frozen=True)
class Past:
    """Sketches in their order, and the number of the present one.

    Examples:
        >>> past = Past((Sketch(),)).after(Sketch(seed=1))
        >>> past.undone().now.seed, past.undone().redone().now.seed, past.redone().now.seed
        (0, 1, 1)
    """

    sketches: tuple[Sketch, ...]
    at: int = 0

    @property
    def now(self) -> Sketch:
        """The present sketch."""
        return self.sketches[self.at]

    def after(self, sketch: Sketch) -> Past:
        """A new present; what was undone before it is forgotten."""
        if sketch == self.now:
            return self
        kept = (*self.sketches[: self.at + 1], sketch)[-MOST:]
        return Past(kept, len(kept) - 1)

    def instead(self, sketch: Sketch) -> Past:
        """The present replaced: the steps of one gesture, such as a drag, are one step to undo."""
        return Past((*self.sketches[: self.at], sketch), self.at)

    def undone(self) -> Past:
        """One back, if there is one."""
        return Past(self.sketches, max(0, self.at - 1))

    def redone(self) -> Past:
        """One forward, if there is one."""
        return Past(self.sketches, min(len(self.sketches) - 1, self.at + 1))
