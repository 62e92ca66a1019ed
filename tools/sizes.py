"""`python -m tools.sizes`: how much disk the packages take that every user installs; fails above the limit.

It measures the environment that it runs in, by the files that each distribution lists, compiled bytecode left out.
"""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

LIMIT = 700.0  # MB; 680 when it was set, of which LLVM, polars and SciPy are 470


def required(name: str) -> dict[str, Distribution]:
    """A distribution and all that it requires without extras, by name."""
    seen: dict[str, Distribution] = {}
    waiting = [name]
    while waiting:
        try:
            package = distribution(waiting.pop())
        except PackageNotFoundError:
            continue
        key = package.metadata["Name"].lower().replace("_", "-")
        if key in seen:
            continue
        seen[key] = package
        for text in package.requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return seen


def megabytes(package: Distribution) -> float:
    """The size of a distribution's files on disk."""
    paths = (Path(str(package.locate_file(file))) for file in package.files or () if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def main() -> int:
    sizes = {name: megabytes(package) for name, package in required("separatrix").items()}
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{name:<24}{size:8.1f} MB")
    total = sum(sizes.values())
    print(f"{'all that is required':<24}{total:8.1f} MB of at most {LIMIT:.0f}")
    return int(total > LIMIT or len(sizes) < 2)


if __name__ == "__main__":
    sys.exit(main())
