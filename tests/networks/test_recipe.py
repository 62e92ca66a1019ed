"""Recipe: every setting is checked, named when wrong, and equal recipes are equal."""

import dataclasses
import json
import math
import pickle
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from separatrix.data.samplers import circle
from separatrix.errors import InvalidParameter
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe, recipe_of_record, record_of
from separatrix.networks.schedules import SCHEDULES
from separatrix.training.loop import train

FIELDS = [field.name for field in dataclasses.fields(Recipe)]
NAN, INF = math.nan, math.inf
NO_NUMBERS = [NAN, INF, -INF, -1, True, "1", [1], {}, 1j]
NO_WHOLE = [0, -1, 1.0, NAN, INF, True, False, "10", [1], {}]
BAD = {
    "loss": ["bec", "", 3, None, True, ["bce"], {}, nn.BCELoss],
    "optimizer": ["adma", "", 3, None, True, ["sgd"], {}],
    "lr": NO_NUMBERS,
    "epochs": [*NO_WHOLE, None],
    "batch_size": NO_WHOLE,
    "seed": [-1, 2**64, 1.0, NAN, True, None, "0"],
    "schedule": ["cosin", None, 1, True, ["step"]],
    "step_size": NO_WHOLE,
    "step_gamma": [0, *NO_NUMBERS, None],
    "momentum": [1, 1.5, *NO_NUMBERS, None],
    "nesterov": [0, 1, "yes", None, NAN],
    "betas": [0.9, (0.9,), (0.9, 1.0), (0.9, NAN), (0.9, True), (0.9, -0.1), "09", None, (0.9, 0.9, 0.9)],
    "eps": NO_NUMBERS,
    "alpha": [1.1, *NO_NUMBERS, None],
    "weight_decay": NO_NUMBERS,
    "l1": [*NO_NUMBERS, None],
    "l2": [*NO_NUMBERS, None],
    "focal_gamma": [*NO_NUMBERS, None],
    "dtype": ["float16", "f32", None, np.float32, 32],
    "validation_fraction": [0, 1, *NO_NUMBERS],
    "patience": NO_WHOLE,
    "min_delta": [*NO_NUMBERS, None],
    "solved_below": [0, *NO_NUMBERS],
    "log_every": [*NO_WHOLE, None],
    "snapshots": [3, "12", None, (-1,), (1.0,), (True,), (NAN,), (50_001,)],
}


def test_every_setting_has_its_bad_values_here():
    assert set(BAD) == set(FIELDS)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in BAD for value in BAD[name]])
def test_fault_19_and_20_a_bad_setting_is_refused_by_name_and_value(name, value):
    with pytest.raises(InvalidParameter, match=rf"^Recipe: {name} must ") as caught:
        Recipe(**{name: value})
    assert "got " in str(caught.value)


def test_fault_19_the_message_says_the_range():
    with pytest.raises(InvalidParameter, match=r"lr must be None or a finite number of at least 0, got nan"):
        Recipe(lr=math.nan)
    with pytest.raises(InvalidParameter, match=r"batch_size must be None or a whole number of at least 1, got 0"):
        Recipe(batch_size=0)
    with pytest.raises(InvalidParameter, match=r"momentum must be a number in \[0, 1\), got 1"):
        Recipe(momentum=1)
    with pytest.raises(InvalidParameter, match=r"snapshots must lie in \[0, 10\], the epochs, got 11"):
        Recipe(epochs=10, snapshots=(0, 11))


@pytest.mark.parametrize(
    ("setting", "wrong", "near"),
    [("loss", "bce_with_logit", "bce_with_logits"), ("optimizer", "adm", "adam"), ("schedule", "cosin", "cosine")],
)
def test_fault_19_the_nearest_known_name_is_offered(setting, wrong, near):
    with pytest.raises(InvalidParameter, match=rf"Did you mean '{near}'"):
        Recipe(**{setting: wrong})


def test_fault_19_an_unknown_key_is_refused_with_the_nearest():
    with pytest.raises(InvalidParameter, match=r"Recipe has no setting 'epoch'. Did you mean 'epochs'"):
        Recipe().replace(epoch=3)


@pytest.mark.parametrize("name", ["lr", "eps", "weight_decay", "l1", "l2"])
def test_fault_19_what_the_dtype_cannot_hold_is_refused(name):
    with pytest.raises(InvalidParameter, match=rf"{name} must be at most 3.4e.38, what float32 holds, got 1e.300"):
        Recipe(**{name: 1e300})
    assert getattr(Recipe(dtype="float64", optimizer="adamw", **{name: 1e300}), name) == 1e300


@pytest.mark.parametrize(
    "settings",
    [
        {"nesterov": True},
        {"nesterov": True, "optimizer": "adam", "momentum": 0.5},
        {"optimizer": "lbfgs", "batch_size": 10},
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings):
    with pytest.raises(InvalidParameter, match=r"^Recipe: "):
        Recipe(**settings)


def test_the_defaults_are_the_tutorials():
    recipe = Recipe()
    assert (recipe.loss, recipe.optimizer, recipe.lr, recipe.epochs, recipe.batch_size) == (
        "bce",
        "sgd",
        0.05,
        50_000,
        None,
    )


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_lr_and_eps_default_to_the_optimisers(name):
    assert Recipe(optimizer=name).lr == OPTIMIZERS[name].lr
    assert Recipe(optimizer=name).eps == OPTIMIZERS[name].eps
    assert Recipe(optimizer=name, lr=0.0, eps=0.0).lr == 0.0
    assert Recipe(optimizer=lambda p: torch.optim.SGD(p)).lr == 1.0


def test_equal_recipes_are_equal_whatever_kind_of_number_was_given():
    one = Recipe(
        lr=1, epochs=5, batch_size=2, betas=(0.5, 0.5), snapshots=(1, 3), optimizer="adam", momentum=0, l2=1, patience=3
    )
    other = Recipe(
        lr=np.float64(1), epochs=np.int32(5), batch_size=np.int64(2), betas=[np.float32(0.5), 0.5], snapshots=[3, 1, 3],
        momentum=np.float32(0), l2=np.float64(1), nesterov=np.False_, patience=np.uint8(3),
        optimizer="adam",
    )  # fmt: skip
    assert one == other
    assert hash(one) == hash(other)
    assert one != one.replace(seed=1)
    assert all(type(value).__module__ == "builtins" for value in other.settings().values())


@pytest.mark.parametrize(
    ("settings", "idle"),
    [
        ({"optimizer": "adam", "momentum": 0.9}, "momentum=0.9 has no effect with optimizer='adam'"),
        ({"optimizer": "rmsprop", "weight_decay": 0.1}, "weight_decay=0.1 has no effect with optimizer='rmsprop'"),
        ({"alpha": 0.5}, "alpha=0.5 has no effect with optimizer='sgd'"),
        ({"step_size": 5}, "step_size=5 has no effect with schedule='constant'"),
        ({"focal_gamma": 3.0}, "focal_gamma=3.0 has no effect with loss='bce'"),
        ({"min_delta": 0.1}, "min_delta=0.1 has no effect without patience"),
    ],
)
def test_fault_49_a_setting_without_effect_is_warned_of_and_makes_no_other_recipe(settings, idle):
    with pytest.warns(UserWarning, match=idle):
        recipe = Recipe(**settings)
    name = next(reversed(settings))
    assert recipe == Recipe(**{other: value for other, value in settings.items() if other != name})


def test_fault_49_every_setting_changes_the_training_or_is_warned_of():
    points, network = circle(n=24, seed=0, balance=0.5), Network.parse("2-3-1")
    others = {
        "loss": "hinge", "optimizer": "adam", "lr": 0.2, "epochs": 9, "batch_size": 5, "seed": 1, "schedule": "cosine",
        "step_size": 3, "step_gamma": 0.5, "momentum": 0.5, "nesterov": True, "betas": (0.5, 0.5),
        "eps": 0.5, "alpha": 0.5, "weight_decay": 0.5,
        "l1": 0.1, "l2": 0.1, "focal_gamma": 4.0, "dtype": "float64", "validation_fraction": 0.3,
        "patience": 1, "min_delta": 9.0,
        "solved_below": 0.9, "log_every": 3, "snapshots": (2,),
    }  # fmt: skip
    assert others.keys() == {field.name for field in dataclasses.fields(Recipe)}  # a new setting gets a value here

    def result(settings):
        run = train(network, Recipe(**settings), points, engine="torch")
        return (
            run.parameters.tobytes(),
            run.epochs,
            run.log.epoch.tolist(),
            sorted(run.snapshots),
            run.validation_accuracy,
        )

    full = {"loss": "focal", "schedule": "step", "patience": 2, "validation_fraction": 0.3}
    contexts = [{"optimizer": name} for name in OPTIMIZERS]
    contexts += [{"optimizer": "sgd", "momentum": 0.9, "lr": 0.05}, {"optimizer": "adam"} | full]
    silent = []
    for chosen in contexts:
        context = {"epochs": 12} | chosen
        before = result(context)
        for name, value in others.items():
            if name in context:
                continue
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                try:
                    after = result(context | {name: value})
                except InvalidParameter:  # refused with a sentence
                    continue
            if after == before and not any(f"{name}=" in str(each.message) for each in caught):
                silent.append((context, name))
    # these name a bound that this training may never meet, which isn't without effect
    assert [(context, name) for context, name in silent if name not in ("solved_below", "min_delta")] == []


def test_what_another_optimiser_does_not_read_is_left_behind_without_a_warning():
    recipe = Recipe(momentum=0.9, weight_decay=0.1, schedule="step", step_size=3)
    assert recipe.replace(optimizer="adam", schedule="cosine") == Recipe(optimizer="adam", schedule="cosine")


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_a_record_gives_the_recipe_back(name):
    recipe = Recipe(optimizer=name)
    if "weight_decay" in OPTIMIZERS[name].reads:
        recipe = recipe.replace(weight_decay=0.3)
    assert recipe_of_record(json.loads(json.dumps(record_of(recipe)))) == recipe


def test_records_of_before_sgd_had_a_decay_mean_none():
    old = Recipe().settings() | {"weight_decay": 0.01}
    assert recipe_of_record(old) == Recipe()
    assert record_of(Recipe())["weight_decay"] == 0.01


def test_any_sequence_of_epochs_makes_snapshots():
    assert Recipe(snapshots=range(0, 31, 10)).snapshots == (0, 10, 20, 30)


def test_a_recipe_is_immutable_and_can_be_pickled():
    recipe = Recipe(lr=0.1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.lr = 0.2
    assert pickle.loads(pickle.dumps(recipe)) == recipe


def test_replace_checks_and_takes_the_new_optimisers_defaults():
    recipe = Recipe(lr=0.2)
    assert recipe.replace(epochs=5).lr == 0.2
    assert recipe.replace(optimizer="adam").lr == 0.001
    assert recipe.replace(optimizer="adam", lr=0.3).lr == 0.3
    assert recipe.replace(optimizer="sgd").lr == 0.2
    with pytest.raises(InvalidParameter, match=r"epochs must"):
        recipe.replace(epochs=-1)


def test_settings_are_plain_data_and_make_an_equal_recipe():
    recipe = Recipe(optimizer="adam", snapshots=(1, 2), batch_size=np.int64(3), validation_fraction=np.float32(0.25))
    plain = json.loads(json.dumps(recipe.settings()))
    assert Recipe(**plain) == recipe
    assert sorted(plain) == sorted(FIELDS)


def test_settings_name_a_users_own_functions_and_objects():
    def loss(output, y):
        return ((output - y) ** 2).mean()

    optimizer = torch.optim.Adam([torch.zeros(1, requires_grad=True)])
    assert Recipe(loss=loss, optimizer=optimizer).settings()["loss"] == "loss"
    assert Recipe(loss=nn.BCELoss(), optimizer=optimizer).settings()["loss"] == "BCELoss"
    assert Recipe(loss=loss, optimizer=optimizer).settings()["optimizer"] == "Adam"


@given(
    st.sampled_from(FIELDS),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.tuples(st.floats()),
)
def test_fault_19_any_value_makes_a_recipe_or_an_error_that_names_the_setting(name, value):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a setting that this optimiser doesn't read
            recipe = Recipe(**{name: value})
    except InvalidParameter as error:
        assert name in str(error)  # noqa: PT017  # the other outcome is fine too
    else:
        assert hash(recipe) == hash(Recipe(**recipe.settings()))


@given(
    st.builds(
        dict,
        loss=st.sampled_from(list(LOSSES)),
        optimizer=st.sampled_from(list(OPTIMIZERS)),
        schedule=st.sampled_from(list(SCHEDULES)),
        lr=st.floats(0, 3e38),
        epochs=st.integers(1, 10**9),
        seed=st.integers(0, 2**64 - 1),
        dtype=st.sampled_from(["float32", "float64"]),
    )
)
def test_any_valid_settings_make_a_recipe_with_those_settings(settings):
    recipe = Recipe(**settings)
    assert {name: getattr(recipe, name) for name in settings} == settings
