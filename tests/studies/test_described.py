"""A study as plain data and text, and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.networks.recipe import recipe_of_record
from separatrix.studies.plan import (
    read_seeds,
    recipe_data,
    recipe_text,
    seeds_data,
)

SEEDS = st.one_of(
    st.lists(st.integers(0, 2**64 - 1), min_size=1, unique=True).map(tuple),
    st.builds(range, st.integers(0, 99), st.integers(100, 200), st.integers(1, 7)),
)


@given(SEEDS)
def test_seeds_come_back_through_json(seeds):
    assert read_seeds(json.loads(json.dumps(seeds_data(seeds)))) == seeds


@pytest.mark.parametrize(
    "network", [sx.Network((2, 1)), sx.Network((3, 4, 5, 2), ("tanh", "relu"), "he"), sx.Network.parse("2-4-4-1")]
)
def test_networks_come_back_through_json(network):
    assert sx.Network.from_data(json.loads(json.dumps(network.to_data()))) == network


@pytest.mark.parametrize(
    "recipe",
    [
        sx.Recipe(),
        sx.Recipe(optimizer="adam", betas=(0.1, 0.2)),
        sx.Recipe(batch_size=3, patience=2, validation_fraction=0.5),
    ],
)
def test_recipes_come_back_through_json(recipe):
    assert recipe_of_record(json.loads(json.dumps(recipe_data(recipe)))) == recipe


def test_the_text_of_a_recipe_is_what_differs_from_the_default():
    assert recipe_text(sx.Recipe(epochs=7, seed=3, snapshots=(1,))) == ""
    assert recipe_text(sx.Recipe(optimizer="adam")) == "optimizer=adam"
    assert recipe_text(sx.Recipe(optimizer="adam", lr=0.1, l2=0.5)) == "optimizer=adam, lr=0.1, l2=0.5"
