"""Shapley values of any function: against the definition, against the package shap, and in their sum."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from separatrix.evaluation.inspection import Summand, exact_values, sampled_values


def summand_of(function, x, background):
    """Any function of d columns as a summand: each column is a place of its own in the vectors."""
    d = x.shape[1]
    one = np.eye(d)[:, None, :]  # (d, 1, d)
    return Summand(x.T[:, :, None] * one, background.T[:, :, None] * one, np.zeros(d), function)


def by_definition(function, x, background):
    """The mean over all orders of what each column adds, row by row."""
    d = x.shape[1]

    def value(row, chosen):
        changed = background.copy()
        changed[:, list(chosen)] = row[list(chosen)]
        return function(changed).mean()

    values = np.zeros_like(x)
    for k, row in enumerate(x):
        for order in itertools.permutations(range(d)):
            for place, column in enumerate(order):
                values[k, column] += value(row, order[: place + 1]) - value(row, order[:place])
    return values / math.factorial(d)


def wild(h):
    """Three columns interact."""
    return np.tanh(h[..., 0] * h[..., 1] - h[..., 2]) + h[..., 1] * np.abs(h[..., 2])


@pytest.fixture(scope="module")
def sample():
    stream = np.random.default_rng(0)
    return stream.normal(size=(7, 3)), stream.normal(size=(4, 3))


def test_exact_values_are_those_of_the_definition(sample):
    x, background = sample
    assert np.allclose(
        exact_values([summand_of(wild, x, background)]).T, by_definition(wild, x, background), atol=1e-12
    )


def test_sampled_values_come_near_and_say_how_near(sample):
    x, background = sample
    exact = exact_values([summand_of(wild, x, background)])
    sampled, error = sampled_values([summand_of(wild, x, background)], 40, 1)
    assert (error > 0).all()
    assert np.abs((sampled - exact) / error).mean() < 1.5
    assert np.abs(sampled - exact).max() < 0.1


def test_a_pair_of_orders_is_exact_where_columns_interact_two_at_a_time(sample):
    x, background = sample

    def pairwise(h):
        return h[..., 0] * h[..., 1] + np.sin(h[..., 2]) * h[..., 0]

    summand = summand_of(pairwise, x, background)
    sampled, error = sampled_values([summand], 1, 0)
    assert np.allclose(sampled, exact_values([summand]), atol=1e-12)
    assert np.abs(error).max() < 1e-12


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 4), st.integers(0, 1000))
def test_the_values_add_up_to_the_row_less_the_background(d, n, b, seed):
    stream = np.random.default_rng(seed)
    x, background, weight = stream.normal(size=(n, d)), stream.normal(size=(b, d)), stream.normal(size=(d, d))

    def function(h):
        return np.tanh(h @ weight).prod(axis=-1)

    total = function(x) - function(background).mean()
    summand = summand_of(function, x, background)
    assert np.allclose(exact_values([summand]).sum(axis=0), total, atol=1e-12)
    assert np.allclose(sampled_values([summand], 1, seed)[0].sum(axis=0), total, atol=1e-12)


@pytest.mark.slow  # the package compiles before its first value
@pytest.mark.filterwarnings("ignore")  # of a package that this one doesn't depend on
def test_exact_values_are_those_of_the_package_shap(sample):
    shap = pytest.importorskip("shap")
    x, background = sample
    theirs = shap.explainers.Exact(wild, background)(x)
    assert np.allclose(exact_values([summand_of(wild, x, background)]).T, theirs.values, atol=1e-9)
