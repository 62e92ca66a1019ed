"""Finding: one thing that is wrong with a training, in plain words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a training.

    Attributes:
        name: what it is, in a few words, such as "dead units".
        evidence: the numbers that show it, in one sentence.
        advice: one thing to try.

    Examples:
        >>> print(Finding("rate too low", "The loss fell by 0.1 %.", "Multiply lr by 10."))
        rate too low: The loss fell by 0.1 %. Try: Multiply lr by 10.
    """

    name: str
    evidence: str
    advice: str

    def __str__(self) -> str:
        return f"{self.name}: {self.evidence} Try: {self.advice}"
