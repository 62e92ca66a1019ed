"""A training as the plain PyTorch script that repeats it: to take away, to read, to change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields

import numpy as np

from separatrix.data.features import with_features, without_plain
from separatrix.data.points import Points
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS, OptimizerSettings
from separatrix.networks.recipe import Recipe
from separatrix.networks.schedules import SCHEDULES, step_epochs
from separatrix.support.seeds import stream_seed
from separatrix.support.surroundings import insulated

WIDTH = 100  # characters of a line of numbers
SHOWN = 10  # lines printed while the script trains
# what a feature is in PyTorch
IN_PYTORCH = {
    "x1": "x1",
    "x2": "x2",
    "x1^2": "x1 * x1",
    "x2^2": "x2 * x2",
    "x1*x2": "x1 * x2",
    "sin(x1)": "torch.sin(x1)",
    "sin(x2)": "torch.sin(x2)",
}
_DEFAULTS = {field.name: field.default for field in fields(OptimizerSettings)}

_HEAD = '''"""{title}

Points and first weights are those of the training that this script repeats.
Run it with PyTorch installed; with Matplotlib too, it draws boundary.png.
"""

{imports}

X = torch.tensor([
{x}
]).reshape(-1, {inputs})  # ({n}, {inputs})
Y = torch.tensor([
{y}
], dtype=torch.{dtype}).unsqueeze(1)  # ({n}, 1)
'''

_STEP = '''

class StraightThrough(torch.autograd.Function):
    """1 above 0, else 0; backward as if it were the identity between -1 and 1."""

    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return (z > 0).to(z.dtype)

    @staticmethod
    def backward(ctx, gradient):
        (z,) = ctx.saved_tensors
        return gradient * (z.abs() <= 1)


class Step(nn.Module):
    def forward(self, z):
        return StraightThrough.apply(z)
'''

_END = """
with torch.no_grad():
    right = ({predicted} == (Y > 0.5)).float().mean().item()
print(f"{{right:.2%}} of the training points are on the right side")
"""

_PICTURE = """
try:
    import matplotlib.pyplot as plt
except ImportError:
    print("no Matplotlib, no picture")
else:
    low, high = X.min(0).values - 1, X.max(0).values + 1
    axes = [torch.arange(float(a), float(b), 0.1, dtype=X.dtype) for a, b in zip(low, high)]
    x1, x2 = torch.meshgrid(*axes, indexing="ij")
    with torch.no_grad():
        inside = model(torch.stack([x1.flatten(), x2.flatten()], dim=1))
    plt.contourf(x1, x2, {probability}.reshape(x1.shape), levels=[0, 0.5, 1], cmap="coolwarm", alpha=0.7)
    plt.scatter(X[:, 0], X[:, 1], c=Y[:, 0], cmap="coolwarm", edgecolors="k")
    plt.title("Decision Boundary")
    plt.savefig("boundary.png")
"""


@insulated
def plain_script(
    network: Network, recipe: Recipe, points: Points, initial: np.ndarray, features: Sequence[str] = ()
) -> str:
    """Write a training as a script that needs PyTorch alone; it contains the points and the initial parameters.

    With the same version of PyTorch it takes the same steps as the torch engine. What the script says of a loss, an
    optimiser, a schedule or an activation comes from their registries.

    Args:
        network: the description of the network.
        recipe: the description of the training, with loss and optimiser by name.
        points: the training points, without validation points.
        initial: the parameters before the first step, (p,).
        features: what the network is given of the points, names from `separatrix.data.features.FEATURES`; the points are
            then those in the plane, and the script computes the features. () gives it the points themselves.

    Returns:
        The text of the script.

    Raises:
        InvalidParameter: the loss or the optimiser is the user's own code, or the recipe sets `patience`,
            `validation_fraction` or `solved_below`, for which a plain script has no counterpart; or a feature is unknown.
        InvalidData: the parameters or the points don't fit the network.

    Examples:
        >>> import separatrix as sx
        >>> network, recipe = sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=100)
        >>> text = plain_script(network, recipe, sx.circle(seed=0), network.initialise(0))
        >>> "optimizer = torch.optim.SGD(model.parameters(), lr=0.05)" in text
        True
    """
    features = without_plain(features)
    _refuse(network, recipe, points if not features else with_features(points, features), initial)
    sections = [
        _head(network, recipe, points),
        _features(features) if features else "",
        _STEP if "step" in {entry.name for entry in network.activations} else "",
        _class(network, recipe, bool(features)),
        _start(recipe, initial),
        _loop(network, recipe, len(points)),
        _END.format(predicted=_predicted(network, recipe)),
        _PICTURE.format(probability=_probability(network, recipe)) if points.n_inputs == 2 else "",
    ]
    return "".join(sections)


def _refuse(network: Network, recipe: Recipe, points: Points, initial: np.ndarray) -> None:
    if not isinstance(recipe.loss, str) or not isinstance(recipe.optimizer, str):
        raise InvalidParameter(
            "a plain script needs a loss and an optimiser by name; it cannot contain functions of your own."
        )
    # They change when a training ends, or which rows it sees; the script's loop has neither.
    for name in ("patience", "validation_fraction", "solved_below"):
        if getattr(recipe, name) is not None:
            raise InvalidParameter(f"a plain script does not support {name}; set it to None.")
    if np.shape(initial) != (network.n_parameters,):
        raise InvalidData(f"initial must be the {network.n_parameters} parameters, got shape {np.shape(initial)}.")
    if points.n_inputs != network.n_inputs:
        raise InvalidData(f"{network} takes {network.n_inputs} inputs, but x has {points.n_inputs} columns.")


def _head(network: Network, recipe: Recipe, points: Points) -> str:
    imports = (["import numpy as np"] if recipe.batch_size else []) + ["import torch", "from torch import nn"]
    x = points.x.astype(recipe.dtype)
    text = _HEAD.format(
        title=f"Binary classification of {len(points)} points by a network {network}.",
        imports="\n".join(imports),
        x=_numbers(x.ravel()),
        y=_wrapped(str(label) for label in points.y.tolist()),
        n=len(points),
        inputs=points.n_inputs,
        dtype=recipe.dtype,
    )
    # PyTorch reads decimal numbers as float32 unless the type is named.
    return text if recipe.dtype == "float32" else text.replace("]).reshape", "], dtype=torch.float64).reshape")


def _features(names: tuple[str, ...]) -> str:
    columns = ", ".join(IN_PYTORCH[name] for name in names)
    return f"\n\ndef features(x):\n    x1, x2 = x[:, 0], x[:, 1]\n    return torch.stack([{columns}], dim=1)\n"


def _class(network: Network, recipe: Recipe, has_features: bool = False) -> str:
    lines = ["", "", "class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        self.{layer.name} = nn.Linear({layer.fan_in}, {layer.fan_out})" for layer in network.layout]
    for k, entry in enumerate(network.activations, start=1):
        # Step is not part of PyTorch; the script then defines it.
        kind = entry.module if entry.module == "Step" else f"nn.{entry.module}"
        lines.append(f"        self.act{k} = {kind}()")
    lines += ["", "    def forward(self, x):", *(["        x = features(x)"] if has_features else [])]
    *hidden, last = network.layout
    lines += [f"        x = self.act{k}(self.{layer.name}(x))" for k, layer in enumerate(hidden, start=1)]
    inside = f"self.{last.name}(x)"
    lines += [
        f"        return torch.sigmoid({inside})" if _gives_probability(recipe) else f"        return {inside}",
        "",
    ]
    return "\n".join(lines)


def _start(recipe: Recipe, initial: np.ndarray) -> str:
    double = ".double()" if recipe.dtype == "float64" else ""
    dtype = ", dtype=torch.float64" if double else ""
    criterion = LOSSES[str(recipe.loss)].script.format(gamma=repr(recipe.focal_gamma))
    # A function stands before the model with blank lines around it; a module is one line beside the optimiser.
    is_function = criterion.startswith("def ")
    start = f"START = torch.tensor([\n{_numbers(initial)}\n]{dtype})"
    lines = ["", f"EPOCHS = {recipe.epochs}", start, f"\n\n{criterion}\n" if is_function else ""]
    lines += [f"model = Net(){double}", "nn.utils.vector_to_parameters(START, model.parameters())"]
    lines += ["" if is_function else criterion, f"optimizer = {_optimizer(recipe)}"]
    if scheduler := _scheduler(recipe):
        lines.append(f"scheduler = {scheduler}")
    if recipe.batch_size:
        lines.append(f"stream = np.random.Generator(np.random.PCG64({stream_seed(recipe.seed, 'order')}))")
    return "\n".join(line for line in lines if line) + "\n\n"


def _optimizer(recipe: Recipe) -> str:
    entry = OPTIMIZERS[str(recipe.optimizer)]
    # A default of 0 or False switches something off, as in PyTorch; all other settings are written down, so that the
    # script means the same with a version of PyTorch whose defaults differ.
    off = {name: value for name, value in _DEFAULTS.items() if value in (0, False)}
    if recipe.optimizer == "sgd":  # whose weight decay is off by default, unlike AdamW's
        off["weight_decay"] = 0.0
    settings = {name: getattr(recipe, name) for name in entry.reads} | entry.always
    arguments = "".join(f", {name}={value!r}" for name, value in settings.items() if off.get(name) != value)
    return f"torch.optim.{entry.kind}(model.parameters(), lr={recipe.lr!r}{arguments})"


def _scheduler(recipe: Recipe) -> str:
    script = SCHEDULES[recipe.schedule].script
    return script.format(step_size=step_epochs(recipe), step_gamma=recipe.step_gamma, lr=recipe.lr)


def _loop(network: Network, recipe: Recipe, n: int) -> str:
    target = LOSSES[str(recipe.loss)].script_target
    compute = [f"loss = criterion(model(x), {target}){_penalty(recipe)}"]
    step = ["optimizer.zero_grad()", "loss.backward()"]
    if recipe.optimizer == "lbfgs":
        # L-BFGS evaluates the loss several times in a step and needs a function for it.
        inner = ["def closure():", *("    " + line for line in ["optimizer.zero_grad()", *compute, "loss.backward()"])]
        inner += ["    return loss", "loss = optimizer.step(closure)"]
    else:
        inner = [*compute, *step, "optimizer.step()"]
    lines = ["for epoch in range(1, EPOCHS + 1):"]
    if recipe.batch_size:
        # The same NumPy stream as in the library: PyTorch's own permutation would give other batches.
        lines += [f"    order = torch.from_numpy(stream.permuted(np.arange({n})))"]
        lines += [f"    for rows in torch.split(order, {recipe.batch_size}):", "        x, y = X[rows], Y[rows]"]
        lines += ["        " + line for line in inner]
    else:
        lines += ["    x, y = X, Y", *("    " + line for line in inner)]
    if _scheduler(recipe):
        lines.append("    scheduler.step()")
    # A handful of lines, however long the training is.
    every = max(1, recipe.epochs // SHOWN)
    lines += [f"    if epoch % {every} == 0:"]
    lines += ['        print(f"Epoch [{epoch}/{EPOCHS}], Loss: {loss.item():.4f}")', ""]
    return "\n".join(lines)


def _penalty(recipe: Recipe) -> str:
    terms = []
    if recipe.l1:
        terms.append(f"{recipe.l1!r} * w.abs().sum()")
    if recipe.l2:
        terms.append(f"{recipe.l2!r} / 2 * (w * w).sum()")
    # Weights have two axes and biases one; penalties are for weights only.
    return f" + sum({' + '.join(terms)} for w in model.parameters() if w.ndim > 1)" if terms else ""


def _gives_probability(recipe: Recipe) -> bool:
    return LOSSES[str(recipe.loss)].takes == "probability"


def _predicted(network: Network, recipe: Recipe) -> str:
    if network.n_outputs == 2:
        return "(model(X).argmax(1, keepdim=True) > 0)"
    return f"(model(X) > {0.5 if _gives_probability(recipe) else 0})"


def _probability(network: Network, recipe: Recipe) -> str:
    if network.n_outputs == 2:
        return "torch.softmax(inside, dim=1)[:, 1]"
    return "inside" if _gives_probability(recipe) else "torch.sigmoid(inside)"


def _numbers(values: np.ndarray) -> str:
    """Numbers that read back to the same bits."""
    # The shortest decimal text that reads back to the same bits.
    return _wrapped(np.format_float_positional(value, unique=True, trim="0") for value in values)


def _wrapped(words: Iterable[str]) -> str:
    lines, line = [], "   "
    for word in words:
        if len(line) + len(word) + 2 > WIDTH:
            lines.append(line)
            line = "   "
        line += f" {word},"
    return "\n".join([*lines, line])
