"""The settings of a study as a person writes them, in a TOML file or as options: one value or several for each."""

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
ONE = ("vary", "fixed_seed", "n_test", "engine", "borders", "test_fraction")  # settings of which a study has one value
OF_GRID = (
    "points",
    "noise",
    "label_noise",
    "features",
    "networks",
    "activation",
    "init",
    "seeds",
    "half_width",
    *WHOLE,
    *ONE,
)
OF_FILE = ("x", "target", "table", "positive", "encoding", "separator", "decimal", "text")  # how files are read
OF_RECIPE = tuple(name for name in Recipe().settings() if name not in SET_BY_STUDY)
MOST = 10_000  # the largest number of seeds if half_width decides when to stop
LONGEST = 100_000  # the most numbers that "a..b" may stand for: a typing error should not fill the memory


def read_settings(path: str | Path) -> dict[str, Any]:
    r"""The settings in a TOML file.

    Raises:
        DataFileError: the file can't be read, isn't TOML, or has an unknown setting; the message names the nearest one.

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
        # utf-8-sig: editors on Windows write a byte-order mark, which TOML itself forbids
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
    """The study that these settings describe. Settings with several values are combined with one another.

    Raises:
        InvalidParameter: a setting is unknown or out of range, as in `Study`.
        InvalidData: the points can't be used.

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
    # `Until` is no setting of a recipe, so it must not reach the grid
    half_width = choices.pop("half_width", None)
    if "seeds" in choices:
        choices["seeds"] = seeds_of(choices["seeds"])
    elif half_width is not None:
        # the rule decides when to stop; this number only bounds it
        choices["seeds"] = MOST
    if half_width is not None:
        choices["until"] = Until(half_width)
    return Study.grid(choices.pop("points", "circle"), **choices)


def whole_numbers(name: str, numbers: Any, longest: int = LONGEST) -> list[Any]:
    """Whole numbers, written as 7, [2, 3], "2..8" or "2..8,12".

    Args:
        name: name of the setting, for messages.
        numbers: the numbers or their text.
        longest: the most numbers that one range may stand for.

    Raises:
        InvalidParameter: a text is no whole number and no range, or a range is too long.

    Examples:
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
    """The whole numbers that "8" or "2..8" stands for."""
    # 1_000 is a number in TOML, so it is one in its texts too
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
    """The number of seeds, or the seeds themselves: 1000, "1000", "5..20", [3, 7].

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
        InvalidParameter: a value can't be written in TOML.

    Examples:
        >>> print(toml_text({"points": "moons", "widths": "2..8", "lr": [0.05, 0.1]}), end="")
        points = "moons"
        widths = "2..8"
        lr = [0.05, 0.1]
    """
    return "".join(f"{name} = {_toml(value)}\n" for name, value in settings.items())


def _toml(value: Any) -> str:
    # before the integers, since a bool is one in Python
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # a basic string of TOML needs only these two escapes if all characters are printable
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        if escaped.isprintable():
            return f'"{escaped}"'
    elif isinstance(value, Iterable):
        return f"[{', '.join(_toml(item) for item in value)}]"
    raise InvalidParameter(f"{shown(value)} can't be written in a TOML file.")
