"""The lesson: the tutorial's job, from points to a decision boundary with every number that it asks for.

The points and then the initial parameters are drawn from one PyTorch generator in the tutorial's order, so that a seed
means the same as in the plain script (`examples/plain_pytorch.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from separatrix.data.features import FEATURES, changes_data, feature_columns, with_changes, without_plain
from separatrix.data.points import Points
from separatrix.data.samplers import SAMPLERS, circle
from separatrix.engines.choose import choose
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.geometry.boundary import Predictor
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.reports.html_elements import KeyNumber
from separatrix.support.constraints import Real, check, lookup
from separatrix.support.seeds import TorchGenerator, stream_seed
from separatrix.support.surroundings import insulated
from separatrix.training.loop import train
from separatrix.training.run import OnProgress, Run, Status

NETWORK = Network.parse("2-4-4-1")
N_TEST = 100_000  # points never seen in training, for a network whose test accuracy can't be computed
FILM = 24  # snapshots of the animation: on a logarithmic scale, enough to see the boundary move without jumps


@dataclass(frozen=True)
class Source:
    """Where the points come from: a sampler with its settings, or the user's file.

    Attributes:
        sampler: a name from `SAMPLERS`; not used with a file.
        settings: n, noise, balance; the sampler has a default for each.
        file: a CSV file, or None.
        reading: arguments of `read_points`: x, y, positive, encoding.
        label_noise: probability with which the label of each training point is turned over; test points keep theirs.
        features: what the network is given of a point, names from `separatrix.data.features.FEATURES`; () is x1 and x2.

    Raises:
        InvalidParameter: an unknown feature, or a label noise out of range.

    Examples:
        >>> Source("moons", {"n": 20}).points(seed=1)
        Points(moons, seed=1: x (20, 2) float32, 10 of class 1)
    """

    sampler: str = "circle"
    settings: Mapping[str, Any] = field(default_factory=dict)
    file: str | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)
    label_noise: float = 0.0
    features: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        owner = "points" if self.file else self.sampler
        check(owner, {"label_noise": self.label_noise}, {"label_noise": Real(0, 1, open_high=True)})
        for name in self.features:
            lookup("feature", name, FEATURES)
        object.__setattr__(self, "features", without_plain(self.features))

    def points(self, seed: int) -> Points:
        """The points to train on: those of `plane`, with the features as columns where there are some.

        Raises:
            InvalidParameter, InvalidData: a setting is out of range.
            DataFileError: the file can't be read.
        """
        return with_changes(self.plane(seed), None, 0.0, self.features, seed)[0]

    def plane(self, seed: int) -> Points:
        """The training points as they are drawn, with label noise and before their features.

        Raises:
            InvalidParameter, InvalidData, DataFileError: as `points` does.
        """
        return with_changes(self._drawn(seed), None, self.label_noise, (), seed)[0]

    def _drawn(self, seed: int) -> Points:
        # A file's points are the same for every seed: the seed then draws the initial parameters and the label noise.
        if self.file is None:
            return lookup("sampler", self.sampler, SAMPLERS).draw(seed=seed, **self.settings)
        from separatrix.data.points_file import read_points

        return read_points(self.file, **self.reading)

    def test_points(self, seed: int, count: int = N_TEST) -> Points | None:
        """More points from an independent stream of the same seed, or None for a file, which has no more."""
        if self.file is not None:
            return None
        # After the settings, whose own n is meant for the training points.
        settings = {**self.settings, "n": count}
        test = lookup("sampler", self.sampler, SAMPLERS).draw(seed=stream_seed(seed, "test"), **settings)
        return with_changes(test, None, 0.0, self.features, seed)[0]

    def is_the_tutorials(self) -> bool:
        """Whether these are the tutorial's points: a circle without any noise, a chosen balance or features."""
        plain = not self.settings.get("noise") and self.settings.get("balance") is None
        return self.file is None and self.sampler == "circle" and plain and not self.label_noise and not self.features

    def fitted(self, network: Network) -> Network:
        """The network with one input for each feature; without features, or with other inputs than 2, as it is.

        >>> str(Source(features=("x1", "x2", "x1*x2")).fitted(NETWORK))
        '3-4-4-1'
        """
        if network.n_inputs != 2 or not self.features:
            return network
        return replace(network, widths=(len(self.features), *network.widths[1:]))

    def over_plane(self, predictor: Predictor) -> Predictor:
        """The predictor as one of points in the plane, whose features it computes itself."""
        return _OverPlane(predictor, self.features) if self.features else predictor

    def to_data(self) -> dict[str, Any]:
        """The source as plain data, from which `Source(**data)` is the same."""
        data = asdict(self)
        for name in ("label_noise", "features"):
            del data[name]
        return data | changes_data(self.label_noise, self.features)


@dataclass(frozen=True, eq=False)
class _OverPlane:
    """A predictor of features, asked about points in the plane."""

    predictor: Predictor
    features: tuple[str, ...]

    def predict_proba(self, x: Any) -> np.ndarray:
        """Probabilities of class 0 and class 1: x (n, 2) -> (n, 2)."""
        return self.predictor.predict_proba(feature_columns(np.asarray(x), self.features))


@dataclass(frozen=True, eq=False)
class Lesson:
    """The results of the job.

    Attributes:
        source: where the points came from.
        points: the training points, x (n, d), y (n,).
        run: the training.
        plane: the training points before their features; without features the same as `points`.
        test_accuracy: probability that a new point is on the right side, in [0, 1], or None for points from a file.
        is_exact: whether it was computed from the border; otherwise it is the share of `N_TEST` test points.
        passed_over: for every faster engine than the one used, its name -> why it could not do this training.
    """

    source: Source
    points: Points
    run: Run
    plane: Points
    test_accuracy: float | None
    is_exact: bool = False
    passed_over: Mapping[str, str] = field(default_factory=dict)

    @property
    def one_minus_loss(self) -> float:
        """What the tutorial prints as its accuracy. It is none: with n points an accuracy is a multiple of 1 / n."""
        return 1 - self.run.loss


def draw(seed: int, n: int, network: Network) -> tuple[Points, np.ndarray]:
    """The tutorial's points and initial parameters, from one PyTorch generator.

    These are the numbers of `torch.manual_seed(seed)`, `torch.randn(n, 2)` and an `nn.Linear` for each layer in order.

    Args:
        seed: of the generator.
        n: number of points.
        network: has the widths of the layers.

    Returns:
        The points, x (n, 2) float32, and the parameters, (p,) float32.

    Raises:
        InvalidParameter: n is below 2, or the seed is out of range.

    Examples:
        >>> points, initial = draw(0, 100, NETWORK)
        >>> len(points), initial.shape
        (100, (37,))
    """
    points = circle(n, seed=seed)
    generator = TorchGenerator(seed)
    generator.normal(2 * n)  # the points' numbers, which `circle` drew from a generator of its own
    # the layers draw in their order, as the tutorial's constructors do
    return points, network.initial_from(generator)


def draw_from(source: Source, seed: int, network: Network) -> tuple[Points, np.ndarray | None]:
    """Points and initial parameters (p,) float32; the parameters are None where `train` draws its own.

    Args:
        source: where the points come from.
        seed: of both.
        network: has the widths and the initialisation.

    Raises:
        InvalidParameter, InvalidData, DataFileError: as `Source.points` does.
    """
    if source.is_the_tutorials() and network.init == "torch":
        return draw(seed, source.settings.get("n", 100), network)
    return source.points(seed), None


def with_film(recipe: Recipe) -> Recipe:
    """The recipe with snapshots for an animation of the boundary, at 0 and ever further apart, unless it has its own."""
    # Most of the movement is in the first epochs, so the snapshots are evenly spaced on a logarithmic scale.
    epochs = np.geomspace(1, recipe.epochs, FILM - 1).round().astype(int)
    # Rounding may give one of the first epochs twice; `Recipe` keeps each once.
    return recipe if recipe.snapshots else recipe.replace(snapshots=(0, *epochs.tolist()))


def gone_on(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """The recipe of a resumed run: with the changes, and with snapshots up to its new last epoch.

    Raises:
        InvalidParameter: as `Recipe` does.
    """
    # The old snapshots are dropped before the new ones are chosen: they end at the old last epoch.
    changed = recipe.replace(**{"snapshots": (), **changes})
    return recipe if not changes else with_film(changed)


@insulated
def lesson(
    network: Network = NETWORK,
    recipe: Recipe | None = None,
    source: Source | None = None,
    *,
    engine: str = "auto",
    device: str = "cpu",
    resume: Run | None = None,
    on_progress: OnProgress | None = None,
) -> Lesson:
    """Do the whole job; by default the tutorial's.

    Args:
        network: what to train; of two inputs where the source has features, it gets one for each of them.
        recipe: how to train; its seed also draws the points.
        source: where the points come from.
        engine: "torch", "fused" or "auto".
        device: "cpu", "cuda", "mps" …
        resume: a run of the same network on the same points, to continue.
        on_progress: as in `train`; it returns False to stop.

    Raises:
        InvalidParameter, InvalidData, DataFileError, EngineRefusal, OutOfMemory: as `train` and `Source.points` do.

    Examples:
        >>> result = lesson(recipe=Recipe(epochs=20))
        >>> result.run.epochs, result.test_accuracy > 0.3
        (20, True)
    """
    recipe, source = recipe or Recipe(), source or Source()  # the defaults are the tutorial's settings
    network = source.fitted(network)
    points, initial = draw_from(source, recipe.seed, network)
    # Chosen here and not in `train`, because the lesson also says which engines were passed over.
    chosen, passed_over = choose(engine, network, recipe, device)
    run = train(
        network,
        recipe,
        points,
        engine=chosen.name,
        device=device,
        initial=initial,
        resume=resume,
        on_progress=on_progress,
    )
    # Points are only drawn where the probability can't be computed from the boundary: a sample has an error of its own.
    exact = exact_test_accuracy(run, points)
    sampled = accuracy_on_test_points(run, source) if exact is None else None
    return Lesson(
        source=source,
        points=points,
        run=run,
        plane=source.plane(recipe.seed) if source.features else points,
        test_accuracy=sampled if exact is None else exact,
        is_exact=exact is not None,
        passed_over=passed_over,
    )


def exact_test_accuracy(run: Run, points: Points) -> float | None:
    """The exact probability of the right side, or None without an exact border or a known distribution."""
    try:
        return run.exact_accuracy(points)
    except (InvalidData, InvalidParameter):
        return None


def accuracy_on_test_points(run: Run, source: Source) -> float | None:
    """Share of test points on the right side, or None when there are no more points to draw."""
    test = source.test_points(run.recipe.seed)
    if test is None:
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged run's last parameters can be huge
        return float((run.predict(test.x) == test.y).mean())


# The results in words. The command line and the report print the same sentences, so they are written here.


def summary(result: Lesson) -> list[KeyNumber]:
    """The key numbers: training, validation and test accuracy, loss, and 1 − loss, each with its definition."""
    run, n = result.run, len(result.points)
    trained = "the training points" if run.recipe.validation_fraction else f"the {n:,} training points"
    figures = [KeyNumber("training accuracy", percent(run.accuracy), f"share of {trained} on the right side")]
    if run.validation_accuracy is not None:
        note = "share of the validation points on the right side"
        figures.append(KeyNumber("validation accuracy", percent(run.validation_accuracy), note))
    if result.test_accuracy is not None:
        sampled = f"share of {N_TEST:,} test points on the right side"
        note = (
            "probability that a new point is on the right side, computed from the border"
            if result.is_exact
            else sampled
        )
        figures.append(KeyNumber("test accuracy", percent(result.test_accuracy), note))
    return [
        *figures,
        KeyNumber("loss", f"{run.loss:.4g}", loss_form(run)),
        KeyNumber(
            "1 − loss", percent(result.one_minus_loss), "what the tutorial calls accuracy; it is not a share of points"
        ),
    ]


def percent(share: float) -> str:
    """A share as a percentage with two decimals.

    >>> percent(0.98765)
    '98.77%'
    """
    return f"{share:.2%}"


def loss_form(run: Run) -> str:
    """The name of the loss and how it was computed: `bce` has two forms that round differently."""
    if run.recipe.loss != "bce":
        return f"{run.recipe.loss} ({run.engine} engine)"
    if run.engine == "torch":
        return "bce as sigmoid, then BCELoss, as in the tutorial (torch engine)"
    return f"bce computed from logits ({run.engine} engine)"


def status_sentence(run: Run) -> str:
    """How the training ended, as a sentence."""
    epochs = f"{run.epochs:,} epoch{'s' * (run.epochs != 1)}"
    if run.status is Status.DIVERGED:
        advice = "The last finite parameters were kept; try a smaller learning rate."
        return f"Diverged after {epochs}: a number became NaN or infinite. {advice}"
    if run.status is Status.STUCK:
        why = "some points are still misclassified and the loss has almost stopped falling"
        return f"Stuck after {epochs}: {why}. Another seed may do better."
    if run.status is Status.STOPPED and run.epochs < run.recipe.epochs:
        return f"Stopped by you after {run.epochs:,} of {run.recipe.epochs:,} epochs."
    if run.status is Status.STOPPED:
        return f"Stopped after all {epochs} while the loss was still falling: some points are still misclassified."
    if run.accuracy == 1.0:
        return f"Converged after {epochs}: every training point is classified correctly."
    return f"Converged after {epochs}: the validation loss stopped falling; the best parameters were kept."
