"""Symptoms: what may be wrong, the evidence for it, and the changes that are worth a trial."""

from __future__ import annotations

from dataclasses import dataclass

from separatrix.training.finding import Finding, Remedy


@dataclass(frozen=True)
class Symptom:
    """What may be wrong with a training.

    Attributes:
        name: the name of the finding that it may become.
        evidence: the numbers that show it, in whole sentences.
        remedies: changes worth a trial, the mildest first; at least one.
        certain: whether it is wrong whatever the trials say, such as a loss that became infinite.
    """

    name: str
    evidence: str
    remedies: tuple[Remedy, ...]
    certain: bool = False

    def untried(self) -> Finding:
        """The finding without any trial: the mildest change is the advice."""
        return Finding(self.name, self.evidence, f"{self.remedies[0].about}.", self.remedies[0])
