"""The parameters of `MLPBinaryClassifier`: their rules, and the network and recipe that they describe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from separatrix.engines.choose import ENGINES
from separatrix.errors import InvalidParameter
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import INITIALISATIONS, Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe
from separatrix.networks.schedules import SCHEDULES
from separatrix.support.constraints import (
    SEED,
    AnyOf,
    Choice,
    Each,
    Flag,
    Having,
    Integer,
    Optional,
    Real,
    Rule,
    check,
    shown,
)

CLASSIFIER_OWNER = "MLPBinaryClassifier"
AUTO_BATCH_SIZE = 200  # as in scikit-learn

CLASSIFIER_RULES: dict[str, Rule] = {
    "hidden_layer_sizes": AnyOf((Integer(1), Each(Integer(1)))),
    "activation": AnyOf((Choice(ACTIVATIONS), Each(Choice(ACTIVATIONS)))),
    "init": Choice(INITIALISATIONS),
    "outputs": Integer(1, 2),
    "loss": Choice(("auto", *LOSSES), or_callable=True),
    "focal_gamma": Real(0),
    "optimizer": Choice(OPTIMIZERS, or_callable=True),
    "learning_rate_init": Optional(Real(0, open_low=True)),
    "schedule": Choice(SCHEDULES),
    "momentum": Real(0, 1, open_high=True),
    "nesterovs_momentum": Flag(),
    "beta_1": Real(0, 1, open_high=True),
    "beta_2": Real(0, 1, open_high=True),
    "epsilon": Optional(Real(0, open_low=True)),
    "weight_decay": Optional(Real(0)),
    "alpha": Real(0),
    "l1": Real(0),
    "batch_size": AnyOf((Choice(("auto",)), Optional(Integer(1)))),
    "max_iter": Integer(1),
    "tol": Real(0),
    "n_iter_no_change": Optional(Integer(1)),
    "early_stopping": Flag(),
    "validation_fraction": Real(0, 1, open_low=True, open_high=True),
    "class_weight": AnyOf((Choice(("balanced",)), Optional(Having("items", "a dict from label to weight")))),
    "encoder": AnyOf((Choice(("auto",)), Optional(Having("fit_transform", "a TableEncoder")))),
    "engine": Choice(("auto", *ENGINES)),
    "device": Having("lower", "a device's name, such as 'cpu' or 'cuda'"),
    "dtype": Choice(("float32", "float64")),
    "n_jobs": Optional(Integer(-1_000_000)),
    "random_state": Optional(AnyOf((SEED, Having("bit_generator", "a Generator"), Having("randint", "a RandomState")))),
    "warm_start": Flag(),
    "verbose": AnyOf((Flag(), Integer(0))),
}


def checked_classifier(parameters: dict[str, Any]) -> dict[str, Any]:
    """Check every parameter by its rule, and bring widths and activations into tuples.

    Args:
        parameters: as the estimator has them.

    Raises:
        InvalidParameter: names the parameter, its value, what is allowed and the nearest valid name.
    """
    settings = dict(parameters)
    for name in ("hidden_layer_sizes", "activation"):
        if isinstance(settings[name], Iterable) and not isinstance(settings[name], str):
            settings[name] = tuple(settings[name])  # a grid search may give lists or arrays
    check(CLASSIFIER_OWNER, settings, CLASSIFIER_RULES)
    if isinstance(settings["hidden_layer_sizes"], int | np.integer):
        settings["hidden_layer_sizes"] = (int(settings["hidden_layer_sizes"]),)
    if settings["n_jobs"] == 0:
        raise InvalidParameter(f"{CLASSIFIER_OWNER}: n_jobs must be None or a whole number other than 0, got 0.")
    _refuse_other_encoder(settings["encoder"])
    if settings["loss"] == "auto":
        settings["loss"] = "bce_with_logits" if settings["outputs"] == 1 else "cross_entropy"
    _refuse_outputs_unlike_loss(settings)
    return settings


def _refuse_other_encoder(encoder: Any) -> None:
    from separatrix.estimators.encoding.encoder import TableEncoder

    # what is fitted must be plain records, which files and exports can hold
    if encoder is not None and not isinstance(encoder, str | TableEncoder):
        raise InvalidParameter(
            f"{CLASSIFIER_OWNER}: encoder must be a TableEncoder, 'auto' or None, got {type(encoder).__name__}; put other "
            f"transformers before the classifier, as make_pipeline({type(encoder).__name__}(…), {CLASSIFIER_OWNER}(…))."
        )


def _refuse_outputs_unlike_loss(settings: dict[str, Any]) -> None:
    loss = settings["loss"]
    needed = LOSSES[loss].outputs if isinstance(loss, str) else settings["outputs"]
    if needed != settings["outputs"]:
        raise InvalidParameter(
            f"{CLASSIFIER_OWNER}: loss={loss!r} needs outputs={needed}, got outputs={settings['outputs']}."
        )


def as_network(settings: dict[str, Any], inputs: int) -> Network:
    """The network for a number of encoded columns."""
    widths = (inputs, *settings["hidden_layer_sizes"], settings["outputs"])
    return Network(widths, settings["activation"], settings["init"])


def as_recipe(settings: dict[str, Any], rows: int, weight: float, seed: int, **changes: Any) -> Recipe:
    """The recipe that the parameters describe.

    scikit-learn divides `alpha` by the weight of the rows of a batch; the penalty of a recipe is not divided.

    Args:
        settings: the parameters, checked.
        rows: number of training rows.
        weight: their total weight.
        seed: of the recipe.
        **changes: settings of the recipe that differ from what the parameters describe.
    """
    batch = batch_of(settings, rows)
    share = 1.0 if batch is None else batch / rows
    recipe: dict[str, Any] = {
        "loss": settings["loss"],
        "optimizer": settings["optimizer"],
        "lr": settings["learning_rate_init"],
        "epochs": settings["max_iter"],
        "batch_size": batch,
        "seed": seed,
        "schedule": settings["schedule"],
        "betas": (settings["beta_1"], settings["beta_2"]),
        "eps": settings["epsilon"],
        "weight_decay": _decay(settings),
        "l1": settings["l1"],
        "l2": settings["alpha"] / (weight * share),
        "focal_gamma": settings["focal_gamma"],
        "dtype": settings["dtype"],
        "log_every": 1,
    }
    if settings["optimizer"] == "sgd":  # scikit-learn's momentum is one of sgd only, our recipe's also of rmsprop
        nesterov = settings["nesterovs_momentum"] and settings["momentum"] > 0
        recipe |= {"momentum": settings["momentum"], "nesterov": bool(nesterov)}
    return Recipe(**recipe | changes)


def _decay(settings: dict[str, Any]) -> float | None:
    """The weight decay; earlier versions recorded 0.01 for optimisers that don't read it, which then means the default."""
    idle = "weight_decay" not in OPTIMIZERS[settings["optimizer"]].reads
    decay: float | None = settings["weight_decay"]
    return None if idle and decay == 0.01 else decay


def batch_of(settings: dict[str, Any], rows: int) -> int | None:
    """The batch size for a number of training rows, or None for all of them.

    Raises:
        InvalidParameter: it is larger than the number of rows.
    """
    batch_size = settings["batch_size"]
    lbfgs = settings["optimizer"] == "lbfgs"
    if batch_size == "auto":
        return None if lbfgs or rows <= AUTO_BATCH_SIZE else AUTO_BATCH_SIZE
    if lbfgs and batch_size is not None and batch_size >= rows:
        return None  # all rows, which is what L-BFGS needs
    if batch_size is not None and batch_size > rows:
        raise InvalidParameter(
            f"{CLASSIFIER_OWNER}: batch_size must be at most {rows}, the training rows, got {shown(batch_size)}."
        )
    return None if batch_size is None else int(batch_size)
