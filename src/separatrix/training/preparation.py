"""From the user's arguments to the arrays of an engine: checked, split, weighted, in the recipe's dtype."""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.points import Points, fitting, refuse_one_class
from separatrix.data.splits import draw_rows, refuse_small_class
from separatrix.engines.base import Task
from separatrix.errors import InvalidData, InvalidParameter, warn
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.support.constraints import shown
from separatrix.support.machine import versions
from separatrix.support.seeds import stream_seed

if TYPE_CHECKING:
    from separatrix.networks.module_network import ModuleNetwork
    from separatrix.training.run import Run


def as_network(network: Any, recipe: Recipe) -> Network | ModuleNetwork:
    """A description, or a user's module wrapped; refused if it doesn't fit the loss.

    Raises:
        InvalidParameter: neither a network nor a module, or one whose outputs aren't what the loss takes.
    """
    if isinstance(network, Network):
        needed = _outputs_needed(recipe.loss)
        if needed not in (None, network.n_outputs):
            fits = ", ".join(name for name, loss in LOSSES.items() if loss.outputs == network.n_outputs)
            raise InvalidParameter(
                f"loss {recipe.loss!r} takes {needed} output{'s' * (needed == 2)}, but {network} has {network.n_outputs}"
                f"; losses for {network.n_outputs}: {fits}."
            )
        return network
    from separatrix.networks.module_network import ModuleNetwork, what_loss_takes

    torch = sys.modules.get("torch")  # nothing can be a module before its user has imported PyTorch
    if torch is not None and isinstance(network, torch.nn.Module):
        from separatrix.networks.modules import MLP

        network = ModuleNetwork(network, "probability" if isinstance(network, MLP) else what_module_gives(recipe))
    if isinstance(network, ModuleNetwork):
        takes = what_loss_takes(recipe.loss)
        if takes not in (None, network.gives):
            raise InvalidParameter(f"loss {recipe.loss!r} takes a {takes}, but the module gives a {network.gives}.")
        return network
    hint = " Try Network.parse(...)." if isinstance(network, str) else ""
    raise InvalidParameter(f"network must be a Network or a torch.nn.Module, got {shown(network)}.{hint}")


def _outputs_needed(loss: Any) -> int | None:
    """The number of outputs that a loss takes, or None for a function of the user's own."""
    if isinstance(loss, str):
        return LOSSES[loss].outputs
    from separatrix.networks.module_network import outputs_of_loss  # only for a loss that has imported PyTorch anyway

    return outputs_of_loss(loss)


def what_module_gives(recipe: Recipe) -> str:
    """Whether a user's module gives a probability or a logit, by the loss that takes it.

    Raises:
        InvalidParameter: the loss is a function of the user's, so nothing tells.
    """
    from separatrix.networks.module_network import what_loss_takes

    takes = what_loss_takes(recipe.loss)
    if takes is not None:
        return takes
    raise InvalidParameter(
        "with a loss of your own, say what your module gives: "
        "train(ModuleNetwork(module, gives='probability'), …) or gives='logit'."
    )


def initial_parameters(network: Network | ModuleNetwork, recipe: Recipe, initial: np.ndarray | None) -> np.ndarray:
    """The parameters to start from, (p,) in the recipe's dtype.

    Args:
        network: the description, or a user's module.
        recipe: gives the dtype and the seed.
        initial: the user's initial parameters, (p,), or None to draw them.

    Raises:
        InvalidData: `initial` is not p finite numbers.
    """
    if initial is None:
        return network.initialise(stream_seed(recipe.seed, "initial"), recipe.dtype)
    try:
        with np.errstate(over="ignore"):  # an overflow is reported below
            parameters = np.array(initial, dtype=np.float64).astype(recipe.dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidData(f"initial must be the {network.n_parameters} parameters of {network}: {error}") from None
    if parameters.shape != (network.n_parameters,):
        raise InvalidData(
            f"initial must be the {network.n_parameters} parameters of {network}, got shape {parameters.shape}."
        )
    if not np.isfinite(parameters).all():
        raise InvalidData(f"initial must be finite in {recipe.dtype}.")
    return parameters


def as_task(
    network: Network | ModuleNetwork,
    recipe: Recipe,
    points: Points,
    validation: Points | None,
    sample_weight: Any,
    validation_weight: Any = None,
    one_class: bool = False,
) -> Task:
    """The arrays of a training: without rows of weight 0, with validation rows set aside, in the recipe's dtype.

    Args:
        network: the description, or a user's module.
        recipe: the description of the training.
        points: the training points; with `validation_fraction`, the validation points as well.
        validation: the validation points, or None.
        sample_weight: (n,) weights of `points`, or None. Rows that are set aside keep theirs.
        validation_weight: (m,) weights of `validation`, or None.
        one_class: whether the points may be of one class alone.

    Raises:
        InvalidData: the points, the validation points or the weights cannot be used.
        InvalidParameter: settings contradict the data.
    """
    for name, argument in (("points", points), ("validation", validation)):
        if not isinstance(argument, Points) and not (name == "validation" and argument is None):
            raise InvalidData(f"{name} must be Points, got {type(argument).__name__}; wrap arrays: Points(x, y).")
    if validation is not None and validation.n_inputs != points.n_inputs:
        raise InvalidData(
            f"validation has {validation.n_inputs} columns and points have {points.n_inputs}; they must agree."
        )
    # Rows without weight are removed first: they must not decide whether both classes are there.
    points, weight = _weighed(points, sample_weight, "sample_weight")
    if not one_class:
        refuse_one_class(points)
    if validation is None:
        points, weight, validation, validation_weight = _split(recipe, points, weight)
    elif recipe.validation_fraction is not None:
        raise InvalidParameter("give validation= or the recipe's validation_fraction, not both.")
    else:
        validation, validation_weight = _weighed(validation, validation_weight, "validation_weight")
    if recipe.batch_size is not None and recipe.batch_size > len(points):
        raise InvalidParameter(
            f"Recipe: batch_size must be at most {len(points)}, the training rows, got {recipe.batch_size}."
        )
    if recipe.patience and validation is None:
        raise InvalidParameter(
            "Recipe: patience needs validation rows: give validation_fraction, or validation= to train()."
        )
    weight, validation_weight = _mean_one(weight, recipe), _mean_one(validation_weight, recipe)
    if weight is not None and not isinstance(recipe.loss, str):
        raise InvalidParameter("sample_weight needs a loss by name: a loss of your own takes no weights.")
    # Last, when it is known which rows remain: a cast of all rows may not fit into memory.
    x = _cast(points, network, recipe)
    if not isinstance(network, Network):
        network.refuse_unfit(x, _outputs_needed(recipe.loss))
    return Task(
        network,
        recipe,
        x,
        points.y.astype(recipe.dtype),
        weight,
        None if validation is None else _cast(validation, network, recipe),
        None if validation is None else validation.y.astype(recipe.dtype),
        validation_weight,
    )


def _weighed(points: Points, weight: Any, name: str) -> tuple[Points, np.ndarray | None]:
    """The rows whose weight isn't 0, and their weights."""
    checked = checked_weight(weight, len(points), name)
    if checked is None or checked.all():
        return points, checked
    return points.take(checked > 0), checked[checked > 0]


def _mean_one(weight: np.ndarray | None, recipe: Recipe) -> np.ndarray | None:
    """Weights with mean 1; equal weights are none: the same bits as without them."""
    # With a mean of 1 a weighted loss is comparable with an unweighted one, and the learning rate keeps its meaning.
    if weight is None or (weight == weight[0]).all():
        return None
    return np.asarray((weight / weight.mean()).astype(recipe.dtype))


def fingerprint(task: Task) -> str:
    """SHA-256 of the task's arrays."""
    digest = hashlib.sha256()
    for array in (task.x, task.y, task.weight, task.validation_x, task.validation_y, task.validation_weight):
        if array is not None:
            # Type and shape belong to the digest: the same bytes in another shape are other data.
            digest.update(str((array.dtype, array.shape)).encode())
            digest.update(np.ascontiguousarray(array).data)  # a view of its bytes, no copy
    return digest.hexdigest()


def checked_weight(sample_weight: Any, rows: int, name: str = "sample_weight") -> np.ndarray | None:
    """Check the weights of rows and scale them to at most 1.

    Args:
        sample_weight: one number per row, or None.
        rows: number of rows.
        name: name of the argument, for messages.

    Returns:
        (n,) float64, or None if none were passed.

    Raises:
        InvalidData: the weights are not one per row, negative, not finite, or all zero.
    """
    if sample_weight is None:
        return None
    try:
        weight = np.array(sample_weight, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidData(f"{name} must be one number a row, shape ({rows},): {error}") from None
    if weight.shape != (rows,):
        raise InvalidData(f"{name} must be one number a row, shape ({rows},), got shape {weight.shape}.")
    if not np.isfinite(weight).all() or (weight < 0).any():
        worst = weight[~(np.isfinite(weight) & (weight >= 0))][0]
        raise InvalidData(f"{name} must be finite and not negative, got {worst}.")
    if not weight.any():
        raise InvalidData(f"{name} is zero for every row; at least one must be positive.")
    return np.asarray(weight / weight.max())  # so that their sum can't overflow


def _split(
    recipe: Recipe, points: Points, weight: np.ndarray | None
) -> tuple[Points, np.ndarray | None, Points | None, np.ndarray | None]:
    """Split off the validation share, of each class alike: points and weights, validation points and weights."""
    if recipe.validation_fraction is None:
        return points, weight, None, None
    fraction = recipe.validation_fraction
    classes = (points.y > 0.5).astype(np.int8)
    refuse_small_class(classes, fraction)
    chosen = draw_rows(classes, fraction, np.random.default_rng(stream_seed(recipe.seed, "split")))
    weights = (None, None) if weight is None else (weight[~chosen], weight[chosen])
    return points.take(~chosen), weights[0], points.take(chosen), weights[1]


def _cast(points: Points, network: Network | ModuleNetwork, recipe: Recipe) -> np.ndarray:
    """X in the recipe's dtype, refused if the network takes other columns or a number doesn't fit."""
    if isinstance(network, Network) and points.n_inputs != network.n_inputs:
        raise InvalidData(f"{network} takes {network.n_inputs} inputs, but x has {points.n_inputs} columns.")
    return points.x if points.x.dtype == recipe.dtype else fitting(points.x, recipe.dtype)  # points are finite


def refuse_other_recipe(resume: Run, recipe: Recipe, engine: str) -> None:
    """Refuse settings that don't fit the memory of a run to resume, and warn of all others that give different bits.

    Args:
        resume: the run.
        recipe: of the training that resumes it.
        engine: name of that training's engine.

    Raises:
        InvalidParameter: fewer epochs than are completed, or another optimiser or dtype.
    """
    if resume.epochs > recipe.epochs:
        raise InvalidParameter(
            f"Recipe: epochs must be at least {resume.epochs}, those already completed, got {recipe.epochs}."
        )
    was, now = resume.recipe.settings(), recipe.settings()
    differing = [name for name in now if was[name] != now[name]]
    for name in ("optimizer", "dtype"):
        if name in differing:
            raise InvalidParameter(f"Recipe: {name} must be {was[name]!r}, as in the run to resume, got {now[name]!r}.")
    harmless = {"log_every", "snapshots", "patience", "min_delta", "solved_below"}
    if recipe.schedule == "constant" or (recipe.schedule == "step" and recipe.step_size):
        harmless.add("epochs")
    changed = [f"{name} {was[name]!r} → {now[name]!r}" for name in differing if name not in harmless]
    here = versions(engine)
    changed += [f"{name} {old} → {here.get(name)}" for name, old in resume.versions.items() if here.get(name) != old]
    if resume.engine != engine:
        changed.append(f"engine {resume.engine} → {engine}")
    if changed:
        warn(f"resuming gives other numbers than a training that was not interrupted: {', '.join(changed)}.")
