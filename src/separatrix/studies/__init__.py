"""Studies: many trainings over a grid and many seeds, durable in a folder, and what may be claimed from them.

Other wings use these modules:

    plan         `Study`, the description, and the numbering of its runs
    sources      `Sampled` and `OwnPoints`, the sources of points
    config       a study's settings from a TOML file or from options
    running      `run_study`
    progress     `StudyProgress`, which a callback receives
    results      `Results` and `read_study`
    comparisons  two conditions on common seeds, survival, growth, variance
    summary      the results in sentences
    walls        the borders of many seeds
    border_findings  what exact borders are over seeds and epochs, measured
    claims       the tutorial's claims, measured
"""

__all__ = [
    "border_findings",
    "claims",
    "comparisons",
    "config",
    "plan",
    "progress",
    "results",
    "running",
    "sources",
    "summary",
    "walls",
]
