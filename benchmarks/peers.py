"""The peers, each doing the lesson's training as its users would write it, from the same points and weights."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.timing import Side
from separatrix.networks.network import Network
from separatrix.reports.lesson import draw

LESSON = Network.parse("2-4-4-1")
EPOCHS = 50_000
LR = 0.05


def lesson_start(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The lesson's x (100, 2), y (100,) and initial parameters (37,), float32."""
    points, parameters = draw(seed, 100, LESSON)
    return points.x, points.y.astype(np.float32), parameters


def plain_loop(epochs: int = EPOCHS) -> Side:
    """The plain PyTorch loop of examples/plain_pytorch.py, without its printing."""
    x, y, start = lesson_start()
    x_, y_ = torch.tensor(x), torch.tensor(y)[:, None]
    last = [math.nan]

    def work() -> None:
        module = LESSON.to_torch(start)
        criterion, optimizer = nn.BCELoss(), torch.optim.SGD(module.parameters(), lr=LR)
        for _ in range(epochs):
            output = module(x_)
            loss = criterion(output, y_)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        last[0] = float(criterion(module(x_), y_).detach())

    return Side("plain PyTorch loop", work, epochs / EPOCHS, lambda: last[0], compiles=False)


def compiled_loop(epochs: int) -> Side:
    """The same with `torch.compile` around the step."""
    x, y, start = lesson_start()
    x_, y_ = torch.tensor(x), torch.tensor(y)[:, None]
    module = LESSON.to_torch(start)
    criterion, optimizer = nn.BCELoss(), torch.optim.SGD(module.parameters(), lr=LR)

    @torch.compile
    def step() -> torch.Tensor:
        loss = criterion(module(x_), y_)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def work() -> None:
        for _ in range(epochs):
            step()

    return Side("PyTorch, torch.compile of the step", work, epochs / EPOCHS)


def mlp_classifier(epochs: int = EPOCHS) -> Side:
    """scikit-learn's MLPClassifier with the same recipe, from the same weights."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    x, y, start = lesson_start()
    last = [math.nan]

    def work() -> None:
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is told to stop where we stop
        model = MLPClassifier(
            (4, 4), solver="sgd", alpha=0.0, batch_size=len(x), learning_rate_init=1e-12, momentum=0.0,
            nesterovs_momentum=False, max_iter=1, shuffle=False, tol=0.0, n_iter_no_change=10**9, warm_start=True,
        )  # fmt: skip  # a first, empty fit, so that there are weights to replace
        model.partial_fit(x, y, classes=[0.0, 1.0])
        for k, (weight, bias) in enumerate(LESSON.split(start)):
            model.coefs_[k][:], model.intercepts_[k][:] = weight.T, bias
        model.set_params(learning_rate_init=LR, max_iter=epochs)
        model.fit(x, y)
        last[0] = float(model.loss_)

    return Side("scikit-learn MLPClassifier", work, epochs / EPOCHS, lambda: last[0], compiles=False)


def skorch_net(epochs: int) -> Side:
    """skorch's NeuralNetBinaryClassifier, full batch, no validation split, no printing."""
    from skorch import NeuralNetBinaryClassifier

    x, y, start = lesson_start()

    def work() -> None:
        module = LESSON.to_torch(start)
        logits = nn.Sequential(module.fc1, nn.ReLU(), module.fc2, nn.ReLU(), module.fc3)
        net = NeuralNetBinaryClassifier(
            logits, optimizer=torch.optim.SGD, lr=LR, max_epochs=epochs, batch_size=-1, train_split=None, verbose=0
        )
        net.fit(x, y)

    return Side("skorch", work, epochs / EPOCHS, compiles=False)


def jax_scan(epochs: int = EPOCHS, runs: int = 0) -> Side:
    """JAX: jit of a lax.scan over the epochs; with `runs`, a vmap of it over so many initial weights and points."""
    import jax
    import jax.numpy as jnp

    def loss_of(parameters: list, x: jax.Array, y: jax.Array) -> jax.Array:
        a = x
        for weight, bias in parameters[:-1]:
            a = jax.nn.relu(a @ weight.T + bias)
        weight, bias = parameters[-1]
        z = (a @ weight.T + bias)[:, 0]
        return jnp.mean(jax.nn.softplus(z) - y * z)

    def train(parameters: list, x: jax.Array, y: jax.Array) -> tuple[list, jax.Array]:
        def step(p: list, _: None) -> tuple[list, None]:
            return jax.tree.map(lambda w, g: w - LR * g, p, jax.grad(loss_of)(p, x, y)), None

        parameters, _ = jax.lax.scan(step, parameters, None, length=epochs)
        return parameters, loss_of(parameters, x, y)

    starts = [lesson_start(seed) for seed in range(max(1, runs))]
    sets = [
        ([(jnp.array(w), jnp.array(b)) for w, b in LESSON.split(p)], jnp.array(x), jnp.array(y)) for x, y, p in starts
    ]
    given = jax.tree.map(lambda *leaves: jnp.stack(leaves), *sets) if runs else sets[0]
    jitted = jax.jit(jax.vmap(train) if runs else train)
    last = [math.nan]

    def work() -> None:
        losses = jitted(*given)[1].block_until_ready()
        last[0] = float(losses.ravel()[0])

    name = f"JAX, vmap over {runs} runs" if runs else "JAX, jit of lax.scan"
    return Side(name, work, epochs / EPOCHS * max(1, runs), lambda: last[0])


def vmapped_torch(epochs: int, runs: int) -> Side:
    """`torch.func`: grad under vmap over runs, one thread pool for all."""
    from torch.func import functional_call, grad, stack_module_state, vmap

    starts = [lesson_start(seed) for seed in range(runs)]
    modules = [LESSON.to_torch(p) for _, _, p in starts]
    xs = torch.stack([torch.tensor(x) for x, _, _ in starts])
    ys = torch.stack([torch.tensor(y)[:, None] for _, y, _ in starts])
    skeleton, criterion = modules[0], nn.BCELoss()

    def loss_of(parameters: dict, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return criterion(functional_call(skeleton, parameters, (x,)), y)

    gradient = vmap(grad(loss_of))

    def work() -> None:
        parameters, _ = stack_module_state(modules)
        parameters = {name: value.detach() for name, value in parameters.items()}
        for _ in range(epochs):
            slopes = gradient(parameters, xs, ys)
            parameters = {name: value - LR * slopes[name] for name, value in parameters.items()}

    return Side(f"torch.func, vmap over {runs} runs", work, epochs / EPOCHS * runs)


def straight_c(epochs: int = EPOCHS) -> Side:
    """Straight-line C of the same arithmetic, `gcc -O3 -march=native -ffast-math`; see lesson_kernel.c."""
    train = build_c()
    x, y, start = lesson_start()
    last = [math.nan]

    def work() -> None:
        parameters = start.copy()
        train(parameters, x, y, epochs, LR)
        z = LESSON.logit(parameters, x)
        last[0] = float(np.mean(np.logaddexp(0, z) - y * z))

    return Side("straight-line C", work, epochs / EPOCHS, lambda: last[0])


def build_c() -> Callable[[np.ndarray, np.ndarray, np.ndarray, int, float], None]:
    """Compile lesson_kernel.c and return train(parameters, x, y, epochs, lr), which updates parameters in place."""
    if shutil.which("gcc") is None:
        raise RuntimeError("the C yardstick needs gcc")
    source = Path(__file__).with_name("lesson_kernel.c")
    library = Path(tempfile.mkdtemp(prefix="separatrix-bench-")) / "lesson_kernel.so"
    flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, str(source), "-o", str(library), "-lm"], check=True)
    function = ctypes.CDLL(str(library)).train
    floats = np.ctypeslib.ndpointer(np.float32, flags="C_CONTIGUOUS")
    function.argtypes = [floats, floats, floats, ctypes.c_int, ctypes.c_int, ctypes.c_float]
    function.restype = None

    def train(parameters: np.ndarray, x: np.ndarray, y: np.ndarray, epochs: int, lr: float) -> None:
        function(parameters, np.ascontiguousarray(x), y, len(x), epochs, lr)

    return train
