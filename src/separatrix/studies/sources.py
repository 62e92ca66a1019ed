"""Sources of a study's points: a sampler with its settings, or your own points, which every seed splits anew."""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import numpy as np

from separatrix.data.features import FEATURES, changes_data, with_changes, without_plain
from separatrix.data.points import Points, refuse_one_class
from separatrix.data.samplers import SAMPLERS
from separatrix.data.splits import draw_rows, refuse_small_class
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.support.constraints import Choice, Each, Integer, Optional, Real, Rule, check, shown
from separatrix.support.seeds import stream_seed


@dataclass(frozen=True)
class Sampled:
    """A sampler that draws new points for every data seed.

    Attributes:
        sampler: a name from `SAMPLERS`.
        n: number of points to train on.
        noise: standard deviation of the noise that is added to each point. None takes the sampler's default.
        balance: share of class 1, between 0 and 1. None takes the share that the shape gives.
        label_noise: probability with which the label of each training point is turned over; test points keep theirs.
        features: what the network is given of a point, names from `separatrix.data.features.FEATURES`; () is x1 and x2.

    Raises:
        InvalidParameter: an unknown sampler or a number out of range.

    Examples:
        >>> Sampled("moons", n=50)
        Sampled(sampler='moons', n=50, noise=0.1, balance=None, label_noise=0.0, features=())
        >>> Sampled("moons", n=50).text
        'moons(n=50, noise=0.1)'
    """

    sampler: str = "circle"
    n: int = 100
    noise: float = None  # type: ignore[assignment]  # None stands for the sampler's default until __post_init__
    balance: float | None = None
    label_noise: float = 0.0
    features: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        rules: dict[str, Rule] = {
            "label_noise": Real(0, 1, open_high=True),
            "features": Each(Choice(FEATURES)),
            "sampler": Choice(SAMPLERS),
            "n": Integer(2, 100_000_000),
            "noise": Optional(Real(0, 1e30)),
            "balance": Optional(Real(0, 1, open_low=True, open_high=True)),
        }
        check("Sampled", {name: getattr(self, name) for name in rules}, rules)
        # each sampler has a default of its own; the table shall name the number
        usual = inspect.signature(SAMPLERS[self.sampler].draw).parameters["noise"].default
        # plain numbers: JSON can't write NumPy's integers
        object.__setattr__(self, "n", int(self.n))
        object.__setattr__(self, "noise", float(usual if self.noise is None else self.noise))
        object.__setattr__(self, "features", without_plain(self.features))

    @property
    def n_inputs(self) -> int:
        """Number of columns of x: those of the features, or 2, as samplers draw in the plane."""
        return len(self.features) or 2

    @property
    def n_rows(self) -> int:
        """Rows to train on."""
        return self.n

    @property
    def text(self) -> str:
        """The source as it is named in the table."""
        noise = f", noise={self.noise:g}" if self.noise else ""
        balance = "" if self.balance is None else f", balance={self.balance:g}"
        return f"{self.sampler}(n={self.n}{noise}{balance}{_changes_text(self.label_noise, self.features)})"

    def draw(self, seed: int, n_test: int) -> tuple[Points, Points | None]:
        """The points of a data seed, and `n_test` further points from an independent random stream to test on."""
        draw = SAMPLERS[self.sampler].draw
        points = draw(n=self.n, noise=self.noise, seed=seed, balance=self.balance)
        # a stream of its own: the number of test points doesn't change the training points, nor the reverse
        test = (
            draw(n=n_test, noise=self.noise, seed=stream_seed(seed, "test"), balance=self.balance) if n_test else None
        )
        return with_changes(points, test, self.label_noise, self.features, seed)

    def to_data(self) -> dict[str, Any]:
        """The source as plain data for the manifest."""
        plain = {"sampler": self.sampler, "n": self.n, "noise": self.noise, "balance": self.balance}
        return plain | changes_data(self.label_noise, self.features)


def _changes_text(label_noise: float, features: tuple[str, ...]) -> str:
    noise = f", label_noise={label_noise:g}" if label_noise else ""
    return noise + (f", features={'+'.join(features)}" if features else "")


# eq=False: a comparison of arrays has no single truth value
@dataclass(frozen=True, eq=False)
class OwnPoints:
    """Your own points. Every data seed holds out another stratified share of the rows for testing.

    Attributes:
        points: all rows.
        test_fraction: share of the rows to test on. None trains on all rows, whatever the seed.
        name: name of the points in the table. Defaults to the name that the points have.
        label_noise: as in `Sampled`; the rows that are tested on keep their labels.
        features: as in `Sampled`, for points in a plane.
        sha256: digest of the rows, by which a study recognises them when it is continued.

    Raises:
        InvalidData: `points` is no `Points`, has one class only, or has a class with too few rows for a split.

    Examples:
        >>> import separatrix as sx
        >>> own = OwnPoints(sx.moons(n=40, seed=0), test_fraction=0.25, name="mine")
        >>> train, test = own.draw(seed=7, n_test=0)
        >>> own.text, len(train), len(test)
        ('mine(n=40, d=2)', 30, 10)
    """

    points: Points
    test_fraction: float | None = 0.25
    name: str = ""
    label_noise: float = 0.0
    features: tuple[str, ...] = ()
    sha256: str = field(default="", init=False)

    def __post_init__(self) -> None:
        rules: dict[str, Rule] = {
            "test_fraction": Optional(Real(0, 1, open_high=True)),
            "label_noise": Real(0, 1, open_high=True),
            "features": Each(Choice(FEATURES)),
        }
        check("OwnPoints", {name: getattr(self, name) for name in rules}, rules)
        object.__setattr__(self, "test_fraction", self.test_fraction or None)  # 0 is another word for none
        object.__setattr__(self, "features", without_plain(self.features))
        if not isinstance(self.points, Points):
            raise InvalidData(f"OwnPoints: points must be Points, got {shown(self.points)}; wrap arrays: Points(x, y).")
        refuse_one_class(self.points)
        # the type and shape first: equal bytes of another shape are other points
        digest = hashlib.sha256(str((self.points.x.dtype, self.points.x.shape)).encode())
        digest.update(np.ascontiguousarray(self.points.x).tobytes())
        digest.update(np.ascontiguousarray(self.points.y).tobytes())
        object.__setattr__(self, "sha256", digest.hexdigest())
        object.__setattr__(self, "name", self.name or PurePath(self.points.sampler).name)
        self.draw(0, 0)  # raises now, and not in the first run, if a class is too small for the split

    @property
    def sampler(self) -> str:
        """The value of the table's column `sampler`."""
        return self.name

    @property
    def noise(self) -> None:
        """None: no noise is added to your own points."""
        return

    @property
    def n(self) -> int:
        """Number of all rows, with those that a seed tests on."""
        return len(self.points)

    @property
    def n_rows(self) -> int:
        """Rows to train on."""
        # counted, because the split rounds the rows of each class; any seed gives the same number
        return len(self.draw(0, 0)[0])

    @property
    def n_inputs(self) -> int:
        """Number of columns of x."""
        return len(self.features) or self.points.n_inputs

    @property
    def text(self) -> str:
        """The source as it is named in the table."""
        return f"{self.name}(n={self.n}, d={self.n_inputs}{_changes_text(self.label_noise, self.features)})"

    @property
    def split_text(self) -> str:
        """How many rows each seed trains on and how many it tests on, in a sentence."""
        train, test = self.draw(0, 0)
        if test is None:
            return f"{self.name}: every seed trains on all {len(train):,} rows, and none are left to test on."
        return f"{self.name}: every seed trains on {len(train):,} of {self.n:,} rows and is tested on the other {len(test):,}."

    def draw(self, seed: int, n_test: int) -> tuple[Points, Points | None]:
        """The rows to train on and the rows to test on, by a stratified draw; `n_test` concerns samplers alone."""
        if self.test_fraction is None:
            return with_changes(self.points, None, self.label_noise, self.features, seed)
        try:
            refuse_small_class(self.points.y, self.test_fraction)
        except InvalidData as error:
            raise InvalidData(f"OwnPoints: {error} Give test_fraction=None to train on all rows.") from None
        out = draw_rows(self.points.y, self.test_fraction, np.random.default_rng(stream_seed(seed, "split")))
        return with_changes(self.points.take(~out), self.points.take(out), self.label_noise, self.features, seed)

    def to_data(self) -> dict[str, Any]:
        """The source as plain data for the manifest, which knows the rows by their digest."""
        plain = {"name": self.name, "sha256": self.sha256, "test_fraction": self.test_fraction}
        return plain | changes_data(self.label_noise, self.features)


Source = Sampled | OwnPoints


def as_source(points: Any) -> Source:
    """The source that a sampler's name, points, or arrays (x, y) stand for.

    Raises:
        InvalidParameter: `points` is none of these.
        InvalidData: the arrays are no points, as `Points` says.
    """
    if isinstance(points, Sampled | OwnPoints):
        return points
    if isinstance(points, str):
        return Sampled(points)
    if isinstance(points, Points):
        return OwnPoints(points)
    if isinstance(points, tuple) and len(points) == 2 and all(hasattr(part, "__len__") for part in points):
        return OwnPoints(Points(*points))
    raise InvalidParameter(
        "Study: points must be a sampler's name, Sampled(...), Points, OwnPoints(...) or arrays (x, y), "
        f"got {shown(points)}."
    )
