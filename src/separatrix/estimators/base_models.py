"""The base models of an ensemble: the registry `BASE_MODELS`, and how one network of a base model is trained.

A base model is one encoding, one shape of network and one way to train it. A training leaves several sets of parameters,
its *checkpoints*, from the most regularised to the least: after more and more epochs, or under a weaker and weaker
penalty. Which checkpoint is best is decided on out-of-fold rows, for all networks of a base model together: the few rows
that a single network leaves out would decide by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from separatrix.data.points import Points
from separatrix.data.splits import LARGE
from separatrix.estimators._elastic_net import elastic_net_path
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.training.loop import train
from separatrix.training.run import EpochEnd, History

# Shares of the epochs after which the parameters of a network with hidden layers are a checkpoint. They double at first,
# where a network changes fastest.
EPOCH_SHARES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 3 / 4, 1)
# Of the logistic regression: L2 penalties worth so many rows, the inverse of scikit-learn's C.
PENALTIES = (2000.0, 500.0, 100.0, 20.0, 4.0, 1.0, 0.2, 0.04)
# Of the sparse logistic regression, times the square root of the number of rows, as the noise of a sum over them grows.
SPARSE_PENALTIES = (2.0, 1.0, 0.5, 0.25, 0.12, 0.06, 0.03, 0.015)
LINEAR_EPOCHS = 5  # of L-BFGS, each of up to 20 iterations, from one penalty to the next

ROWS = (
    5_000  # up to so many rows a network is trained for MOST_EPOCHS with its own weight decay; with more, less of both
)
FEWEST_EPOCHS, MOST_EPOCHS = 12, 64
BATCHES = ((5_000, 64), (50_000, 128), (np.inf, 256))  # number of rows up to which a batch has this size
WIDEST = 320  # numbers that the piecewise encoding of all columns may add
PIECES, FEWEST_PIECES, LARGE_PIECES = 16, 4, 4  # the last for a large table, whose pieces would fill the memory

# With more columns than this a network on pieces has millions of weights for some hundred rows; one number each is enough.
MOST_BENT_COLUMNS = 1_000

OnProgress = Callable[[EpochEnd], object]


@dataclass(frozen=True)
class TrainingBudget:
    """How long networks with hidden layers are trained.

    Attributes:
        epochs: passes over the training rows.
        batch_size: at most the number of rows.
        decay: factor on the base model's weight decay.
    """

    epochs: int
    batch_size: int
    decay: float = 1.0


@dataclass(frozen=True)
class BaseModel:
    """One entry of `BASE_MODELS`.

    Attributes:
        name: the name used everywhere.
        about: what it adds to the others, in one sentence.
        encoding: of numeric columns, by the names of `TableEncoder`: "robust", one number each, or "both", which adds
            their piecewise linear encoding.
        hidden: units of each hidden layer; () is a logistic regression.
        activation: of the hidden layers.
        init: how initial parameters are drawn.
        schedule: of the learning rate.
        lr: the highest learning rate.
        weight_decay: of AdamW.
        sparse: for a logistic regression, whether an L1 penalty leaves most of its weights at 0.
    """

    name: str
    about: str
    encoding: str
    hidden: tuple[int, ...] = ()
    activation: str = "relu"
    init: str = "torch"
    schedule: str = "cosine"
    lr: float = 0.003
    weight_decay: float = 1.0
    sparse: bool = False

    def network(self, n_inputs: int) -> Network:
        """The network for this number of encoded columns."""
        return Network((n_inputs, *self.hidden, 1), self.activation, self.init)

    @property
    def n_checkpoints(self) -> int:
        """The number of checkpoints that a training leaves."""
        return len(EPOCH_SHARES if self.hidden else SPARSE_PENALTIES if self.sparse else PENALTIES)


BASE_MODELS: dict[str, BaseModel] = {
    entry.name: entry
    for entry in (
        BaseModel(
            "pieces",
            "Bends at every quantile under strong regularisation: thresholds, ages and amounts among much noise.",
            "both",
            (128, 128),
            init="he",
            schedule="one_cycle",
            weight_decay=2.0,
        ),
        BaseModel(
            "shallow",
            "The same encoding with one layer and little regularisation: rules with few exceptions.",
            "both",
            (128,),
            init="he",
            schedule="one_cycle",
            lr=0.01,
            weight_decay=0.3,
        ),
        BaseModel(
            "curved",
            "A smooth activation with hardly any regularisation: its errors differ from those of the others.",
            "both",
            (64, 64),
            "tanh",
            weight_decay=0.01,
        ),
        BaseModel(
            "scaled",
            "Smooth in every number: effects that vary slowly, and tables of few rows.",
            "robust",
            (64, 64),
            lr=0.01,
        ),
        BaseModel("linear", "A logistic regression: linear effects stay linear.", "robust"),
        BaseModel(
            "sparse",
            "A logistic regression on pieces with an L1 penalty: few thresholds among many columns, few rows.",
            "both",
            sparse=True,
        ),
    )
}

# Trained where few of many columns are of use, on these alone; see `separatrix.estimators._screening`.
SCREENED_MODELS: dict[str, BaseModel] = {
    f"few_{name}": replace(
        BASE_MODELS[name],
        name=f"few_{name}",
        about=f"As {name}, on the few columns that were screened by the training rows of its fold, cut into pieces.",
        encoding="both",
    )
    for name in ("linear", "scaled", "pieces", "shallow", "curved")
}
SCREENED_FIRST = 2  # of these, the quickest, are tried first


def budget_for(n_rows: int) -> TrainingBudget:
    """Epochs, batch size and factor on the weight decay for a number of training rows.

    Four times as many rows are passed over half as often. The weight decay falls with the square of their number: what
    keeps a network from overfitting few rows keeps it from learning all that many rows can teach.

    Examples:
        >>> budget_for(200), budget_for(20_000)
        (TrainingBudget(epochs=64, batch_size=64, decay=1.0), TrainingBudget(epochs=32, batch_size=128, decay=0.0625))
    """
    # larger batches where there are rows enough for many steps an epoch
    batch_size = next(size for rows, size in BATCHES if n_rows <= rows)
    share = min(1.0, ROWS / n_rows)
    return TrainingBudget(max(FEWEST_EPOCHS, round(MOST_EPOCHS * share**0.5)), batch_size, share**2)


def pieces_for(n_rows: int, n_columns: int) -> int:
    """Pieces of the piecewise linear encoding of a column, for the size of the table.

    Examples:
        >>> pieces_for(200, 3), pieces_for(200, 40), pieces_for(100_000, 3)
        (16, 8, 4)
    """
    # a large table has no memory for many pieces of each column
    pieces = LARGE_PIECES if n_rows >= LARGE else PIECES  # of a column alone
    return int(np.clip(WIDEST // max(1, n_columns), FEWEST_PIECES, pieces))


def encoding_for(base_model: BaseModel, n_columns: int) -> str:
    """The encoding of a base model's numbers, for the width of the table.

    Examples:
        >>> encoding_for(BASE_MODELS["pieces"], 20), encoding_for(BASE_MODELS["pieces"], 10_000)
        ('both', 'robust')
    """
    return base_model.encoding if n_columns <= MOST_BENT_COLUMNS else "robust"


def train_checkpoints(
    base_model: BaseModel,
    points: Points,
    weight: np.ndarray | None,
    *,
    budget: TrainingBudget,
    seed: int,
    count: int,
    on_progress: OnProgress | None = None,
) -> np.ndarray:
    """Train one network of a base model up to its `count`-th checkpoint.

    Args:
        base_model: what is trained.
        points: encoded training rows.
        weight: weights of the rows, (n,), or None.
        budget: for a network with hidden layers.
        seed: of the initial parameters and the order of the rows.
        count: number of checkpoints, at most `base_model.n_checkpoints`.
        on_progress: called about every 0.05 s with an `EpochEnd`; return False to end the training.

    Returns:
        The parameters at each checkpoint, (count, p) float32. A training that `on_progress` ends repeats its last
        parameters for the checkpoints that it didn't reach.
    """
    if base_model.hidden:
        return _checkpoints_by_epoch(base_model, points, weight, budget, seed, count, on_progress)
    if base_model.sparse:
        return _checkpoints_by_sparsity(points, weight, count, on_progress)
    return _checkpoints_by_penalty(base_model, points, weight, count, on_progress)


def _checkpoints_by_epoch(
    base_model: BaseModel,
    points: Points,
    weight: np.ndarray | None,
    budget: TrainingBudget,
    seed: int,
    count: int,
    on_progress: OnProgress | None,
) -> np.ndarray:
    """Snapshots of one training after shares of its epochs."""
    # at least one epoch: a checkpoint of initial parameters predicts nothing
    epochs = [max(1, round(share * budget.epochs)) for share in EPOCH_SHARES[:count]]

    def keep_training(end: EpochEnd) -> bool:
        # The schedule is that of all epochs, so the training is begun in full and ended at the last checkpoint.
        return end.epoch < epochs[-1] and (on_progress is None or on_progress(end) is not False)

    recipe = Recipe(
        loss="bce_with_logits",
        optimizer="adamw",
        lr=base_model.lr,
        weight_decay=base_model.weight_decay * budget.decay,
        schedule=base_model.schedule,
        epochs=budget.epochs,
        batch_size=min(budget.batch_size, len(points)),
        seed=seed,
        # nobody reads the history of a member, and logging evaluates all rows
        log_every=budget.epochs,
        snapshots=tuple(epochs),
    )
    network = base_model.network(points.n_inputs)
    run = train(network, recipe, points, sample_weight=weight, engine="fused", on_progress=keep_training)
    # an ended training lacks its later snapshots; its last parameters stand in for them
    return np.stack([run.snapshots.get(epoch, run.parameters) for epoch in epochs])


def _checkpoints_by_penalty(
    base_model: BaseModel, points: Points, weight: np.ndarray | None, count: int, on_progress: OnProgress | None
) -> np.ndarray:
    """The regularisation path: each penalty from the solution under the one before, which is near."""
    network, is_stopped = base_model.network(points.n_inputs), False
    total = float(len(points) if weight is None else weight.sum())
    # the problem is convex, so the start decides only how many steps are needed
    parameters, checkpoints = np.zeros(network.n_parameters, np.float32), []

    def keep_training(end: EpochEnd) -> bool:
        nonlocal is_stopped
        is_stopped = on_progress is not None and on_progress(end) is False
        return not is_stopped

    # from strong to weak, each start from the solution before (a regularisation path)
    for penalty in PENALTIES[:count]:
        if not is_stopped:
            # A recipe's penalty stands beside the mean loss of the rows, not beside their sum.
            recipe = Recipe(
                loss="bce_with_logits",
                optimizer="lbfgs",
                l2=penalty / total,
                epochs=LINEAR_EPOCHS,
                log_every=LINEAR_EPOCHS,
            )
            run = train(
                network,
                recipe,
                points,
                initial=parameters,
                sample_weight=weight,
                engine="fused",
                on_progress=keep_training,
            )
            parameters = run.parameters
        checkpoints.append(parameters)
    return np.stack(checkpoints)


def _checkpoints_by_sparsity(
    points: Points, weight: np.ndarray | None, count: int, on_progress: OnProgress | None
) -> np.ndarray:
    """The path of L1 penalties, from all weights at 0 to nearly none."""
    total = float(len(points) if weight is None else weight.sum())
    penalties, checkpoints = [penalty * total**0.5 for penalty in SPARSE_PENALTIES[:count]], []
    for done, parameters in enumerate(elastic_net_path(points.x, points.y, weight, penalties), start=1):
        checkpoints.append(parameters)
        end = EpochEnd(done, count, None, None, float("nan"), History.joined([]), parameters.copy)
        if on_progress is not None and on_progress(end) is False:
            break
    # an ended path lacks its later solutions; its last one stands in for them
    return np.stack(checkpoints + checkpoints[-1:] * (count - len(checkpoints)))
