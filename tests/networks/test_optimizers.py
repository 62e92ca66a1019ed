"""Optimisers: PyTorch's by name, with PyTorch's defaults, against their formulas in NumPy."""

import inspect

import numpy as np
import pytest
import torch

from separatrix.networks.optimizers import OF_STEP, OPTIMIZERS, optimizer_settings
from separatrix.networks.recipe import Recipe
from tests.by_hand import Walker

NAMES = list(OPTIMIZERS)


def walk(optimizer_of, steps=12, dtype=torch.float64):
    """Parameters after every step down a bowl with a twist."""
    w = torch.tensor([1.0, -2.0, 0.5], dtype=dtype, requires_grad=True)
    optimizer, seen = optimizer_of([w]), []
    for _ in range(steps):

        def closure():
            optimizer.zero_grad()
            loss = (torch.tensor([1.0, 3.0, 0.2], dtype=dtype) * w**2).sum() + torch.sin(w).prod()
            loss.backward()
            return loss

        optimizer.step(closure)
        seen.append(w.detach().numpy().copy())
    return np.array(seen)


SETTINGS = {
    "sgd": [
        {},
        {"lr": 0.01},
        {"momentum": 0.9},
        {"momentum": 0.8, "nesterov": True},
        {"weight_decay": 0.2},
        {"weight_decay": 0.2, "momentum": 0.8, "nesterov": True},
    ],
    "adam": [{}, {"lr": 0.1, "betas": (0.5, 0.9), "eps": 1e-3}],
    "adamw": [{}, {"weight_decay": 0.3, "lr": 0.1}],
    "rmsprop": [{}, {"alpha": 0.5, "momentum": 0.9, "eps": 1e-4}],
    "adagrad": [{}, {"lr": 0.5, "eps": 1e-3}],
    "lbfgs": [{}, {"lr": 0.3}],
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("name", "given"), [(name, given) for name in NAMES for given in SETTINGS[name]])
def test_the_steps_are_pytorchs_to_the_bit(name, given, dtype):
    recipe = Recipe(optimizer=name, **given)
    kind = getattr(torch.optim, OPTIMIZERS[name].kind)
    theirs = walk(lambda p: kind(p, **{"lr": recipe.lr} | given), dtype=dtype)
    assert (walk(lambda p: OPTIMIZERS[name].torch(p, recipe.lr, recipe), dtype=dtype) == theirs).all()


@pytest.mark.parametrize(
    ("name", "given"), [(name, given) for name in NAMES if name != "lbfgs" for given in SETTINGS[name]]
)
def test_the_steps_are_those_of_the_formula(name, given):
    recipe = Recipe(optimizer=name, **given)
    a = np.array([1.0, 3.0, 0.2])

    def gradient(w):
        s, c = np.sin(w), np.cos(w)
        return 2 * a * w + c * np.array([s[1] * s[2], s[0] * s[2], s[0] * s[1]])

    by_hand = Walker(recipe, np.array([1.0, -2.0, 0.5]))
    for w in walk(lambda p: OPTIMIZERS[name].torch(p, recipe.lr, recipe)):
        by_hand.step(gradient(by_hand.w), recipe.lr)
        np.testing.assert_allclose(by_hand.w, w, rtol=1e-11)


@pytest.mark.parametrize(
    ("name", "given"), [(name, given) for name in NAMES if name != "lbfgs" for given in SETTINGS[name]]
)
def test_the_compiled_rule_says_the_same_as_pytorch(name, given):
    recipe, entry = Recipe(optimizer=name, **given), OPTIMIZERS[name]
    w = torch.tensor([1.5], dtype=torch.float64, requires_grad=True)
    theirs = entry.torch([w], recipe.lr, recipe)
    known = dict.fromkeys(entry.memory, 0.0) | {"p": 1.5}
    for name_, setting in optimizer_settings().items():
        known |= {number: of(getattr(recipe, name_)) for number, of in setting.numbers.items()}
    for step in range(1, 8):
        known["g"] = float(np.cos(step) * known["p"])
        first, second = (1 - beta**step if name.startswith("adam") else 1.0 for beta in recipe.betas)
        decay = 1 - recipe.lr * recipe.weight_decay if name == "adamw" else 1.0
        known |= dict(zip(OF_STEP, (recipe.lr / first, 1 / second**0.5, decay), strict=True))
        for what, formula in entry.rule.items():
            known[what] = eval(formula, {"sqrt": np.sqrt}, known)
        w.grad = torch.tensor([known["g"]], dtype=torch.float64)
        theirs.step()
        assert known["p"] == pytest.approx(w.item(), rel=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_are_pytorchs(name):
    entry, recipe = OPTIMIZERS[name], Recipe(optimizer=name)
    defaults = {k: p.default for k, p in inspect.signature(getattr(torch.optim, entry.kind)).parameters.items()}
    assert {setting: getattr(recipe, setting) for setting in entry.reads} == {k: defaults[k] for k in entry.reads}
    assert recipe.lr == entry.lr == (0.05 if name == "sgd" else defaults["lr"])
    assert recipe.eps == entry.eps == defaults.get("eps", 0.0)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "lbfgs"])
def test_memory_names_what_pytorch_remembers(name):
    w = torch.ones(2, requires_grad=True)
    recipe = Recipe(optimizer=name, **({"momentum": 0.9} if "momentum" in OPTIMIZERS[name].reads else {}))
    optimizer = OPTIMIZERS[name].torch([w], recipe.lr, recipe)
    w.sum().backward()
    optimizer.step()
    kept = [key for key, value in optimizer.state[w].items() if torch.is_tensor(value) and key != "step"]
    assert set(kept) == set(OPTIMIZERS[name].memory)


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_is_described_under_its_own_name(name):
    assert OPTIMIZERS[name].name == name
    assert OPTIMIZERS[name].about.endswith(".")
