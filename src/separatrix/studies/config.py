"""A study's settings as a person writes them: in a TOML file, or as options. One value or several for each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from separatrix.errors import DataFileError, InvalidParameter
from separatrix.evaluation.statistics.stopping import Until
from separatrix.networks.recipe import Recipe
from separatrix.studies.plan import SET_BY_STUDY, Study
from separatrix.support.constraints import nearest, shown

WHOLE = ("n", "widths", "depths", "checkpoints")  # whole numbers, for which "2..8" stands for 2, 3, …, 8
ONE = ("vary", "fixed_seed", "held", "engine")  # what a study has one of
OF_GRID = ("points", "noise", "networks", "activation", "init", "seeds", "half_width", *WHOLE, *ONE)
OF_FILE = ("x", "y", "target", "positive", "encoding", "separator", "decimal", "text")  # how files are read
OF_RECIPE = tuple(name for name in Recipe().settings() if name not in SET_BY_STUDY)
MOST = 10_000  # seeds, where half_width says when to stop and no number is given
LONGEST = 100_000  # whole numbers that "a..b" may stand for, but for seeds


def read_settings(path: str | Path) -> dict[str, Any]:
    r"""The settings in a TOML file.

    Raises:
        DataFileError: it can't be read, isn't TOML, or names something unknown; the message says the nearest name.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "study.toml"
        ...     _ = path.write_text('points = "moons"\nwidths = "2..4"\nseeds = 10\ncheckpoints = 50')
        ...     study_of(read_settings(path)).n_runs
        30
    """
    path = Path(path)
    try:
        settings = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise DataFileError(f"{path} can't be read: {error.strerror}.") from error
    except ValueError as error:  # no UTF-8, or no TOML; the latter names the line
        raise DataFileError(f"{path} isn't a study's TOML file: {error}") from error
    names = (*OF_GRID, *OF_RECIPE, *OF_FILE)
    for name in settings:
        if name not in names:
            raise DataFileError(f"{path}: a study has no setting {name!r}.{nearest(name, names)}")
    return settings


def study_of(settings: dict[str, Any]) -> Study:
    """The study that these settings describe; every combination of those that have several values.

    Raises:
        InvalidParameter, InvalidData: as `Study`.

    Examples:
        >>> [each.text for each in study_of({"widths": "2..3", "loss": ["bce", "mse"], "checkpoints": 9}).conditions][:2]
        ['circle(n=100), 2-2-2-1', 'circle(n=100), 2-2-2-1, loss=mse']
    """
    for name in settings:
        if name not in (*OF_GRID, *OF_RECIPE):
            raise InvalidParameter(f"a study has no setting {name!r}.{nearest(name, (*OF_GRID, *OF_RECIPE))}")
    choices = dict(settings)
    for name in WHOLE:
        if name in choices:
            choices[name] = whole_numbers(name, choices[name])
    half_width = choices.pop("half_width", None)
    if "seeds" in choices:
        choices["seeds"] = seeds_of(choices["seeds"])
    elif half_width is not None:
        choices["seeds"] = MOST
    if half_width is not None:
        choices["until"] = Until(half_width)
    return Study.grid(choices.pop("points", "circle"), **choices)


def whole_numbers(name: str, numbers: Any, longest: int = LONGEST) -> list[Any]:
    """Whole numbers from 7, [2, 3], "2..8" or "2..8,12".

    >>> whole_numbers("widths", "2..4,8")
    [2, 3, 4, 8]
    """
    if isinstance(numbers, str):
        numbers = numbers.split(",")
    values: list[Any] = []
    for part in numbers if isinstance(numbers, Iterable) else [numbers]:
        values += list(_range(name, part, longest)) if isinstance(part, str) else [part]
    return values


def _range(name: str, text: str, longest: int) -> range:
    """The whole numbers of "8" or "2..8"."""
    low, dots, high = text.strip().replace("_", "").partition("..")
    try:
        first = int(low)
        numbers = range(first, (int(high) if dots else first) + 1)
    except ValueError:
        raise InvalidParameter(f"{name} must be whole numbers such as 4, 2,4,8 or 2..8, got {shown(text)}.") from None
    if not 0 < len(numbers) <= longest:
        raise InvalidParameter(f"{name}: {text} stands for {len(numbers):,} numbers, expected 1 to {longest:,}.")
    return numbers


def seeds_of(seeds: Any) -> Any:
    """How many seeds, or which: 1000, "1000", "5..20", [3, 7].

    >>> seeds_of("1000"), seeds_of("5..7"), seeds_of("3,7")
    (1000, range(5, 8), [3, 7])
    """
    if not isinstance(seeds, str):
        return seeds
    if "," in seeds:
        return whole_numbers("seeds", seeds)
    numbers = _range("seeds", seeds, 2**64)
    return numbers if ".." in seeds else numbers[0]


def toml_text(settings: dict[str, Any]) -> str:
    """The settings as a TOML file.

    Raises:
        InvalidParameter: a value that TOML has no word for.

    Examples:
        >>> print(toml_text({"points": "moons", "widths": "2..8", "lr": [0.05, 0.1]}), end="")
        points = "moons"
        widths = "2..8"
        lr = [0.05, 0.1]
    """
    return "".join(f"{name} = {_toml(value)}\n" for name, value in settings.items())


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        if escaped.isprintable():
            return f'"{escaped}"'
    elif isinstance(value, Iterable):
        return f"[{', '.join(_toml(item) for item in value)}]"
    raise InvalidParameter(f"TOML has no word for {shown(value)}.")
