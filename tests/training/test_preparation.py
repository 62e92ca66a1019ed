"""Preparation: from what the user gives to what an engine takes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from separatrix.data.points import Points
from separatrix.data.samplers import circle
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.losses import LOSSES
from separatrix.networks.module_network import ModuleNetwork
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.training.preparation import as_network, as_task, checked_weight, fingerprint

NETWORK = Network((2, 3, 1))


def task(points, validation=None, sample_weight=None, network=NETWORK, **recipe):
    return as_task(network, Recipe(**recipe), points, validation, sample_weight)


# Which network.


@pytest.mark.parametrize("loss", list(LOSSES))
def test_a_network_fits_a_loss_by_its_outputs(loss):
    right = LOSSES[loss].outputs
    fits, other = Network((2, right)), Network((2, 3 - right))
    assert as_network(fits, Recipe(loss=loss)) is fits
    with pytest.raises(InvalidParameter, match=rf"loss '{loss}' takes {right} output.*losses for {3 - right}: "):
        as_network(other, Recipe(loss=loss))


def test_a_module_is_wrapped_by_what_its_loss_takes():
    assert as_network(nn.Linear(2, 1), Recipe(loss="bce")).gives == "probability"
    assert as_network(nn.Linear(2, 1), Recipe(loss="hinge")).gives == "logit"
    assert as_network(nn.Linear(2, 1), Recipe(loss=nn.BCEWithLogitsLoss())).gives == "logit"
    assert as_network(nn.Linear(2, 1), Recipe(loss=nn.BCELoss())).gives == "probability"
    wrapped = ModuleNetwork(nn.Linear(2, 1), "logit")
    assert as_network(wrapped, Recipe(loss=lambda output, y: output.mean())) is wrapped


def test_a_loss_of_the_users_needs_a_word_about_the_module():
    with pytest.raises(InvalidParameter, match=r"say what your module gives"):
        as_network(nn.Linear(2, 1), Recipe(loss=lambda output, y: output.mean()))


@pytest.mark.parametrize(
    ("loss", "gives"), [("bce", "logit"), ("bce_with_logits", "probability"), (nn.BCELoss(), "logit")]
)
def test_a_module_that_gives_what_the_loss_does_not_take_is_refused(loss, gives):
    with pytest.raises(InvalidParameter, match=rf"takes a .*, but the module gives a {gives}"):
        as_network(ModuleNetwork(nn.Linear(2, 1), gives), Recipe(loss=loss))


def test_our_own_module_gives_a_probability():
    module = NETWORK.to_torch(NETWORK.initialise(0))
    assert as_network(module, Recipe(loss="bce")).gives == "probability"
    with pytest.raises(InvalidParameter, match=r"gives a probability"):
        as_network(module, Recipe(loss="bce_with_logits"))


@pytest.mark.parametrize("network", ["2-4-1", None, 3, (2, 4, 1)])
def test_what_is_no_network_is_refused(network):
    with pytest.raises(InvalidParameter, match=r"network must be a Network or a torch.nn.Module, got "):
        as_network(network, Recipe())


# Which rows.


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_arrays_are_in_the_recipes_dtype_and_contiguous(dtype):
    made = task(circle(seed=0), circle(n=20, seed=1), np.arange(100.0), dtype=dtype)
    for array in (made.x, made.y, made.weight, made.validation_x, made.validation_y):
        assert array.dtype == dtype
        assert array.flags.c_contiguous


def test_fault_18_rows_of_weight_0_are_left_out():
    points = circle(seed=0)
    weight = np.arange(100) % 3.0
    made = task(points, sample_weight=weight)
    assert (made.x == points.x[weight > 0]).all()
    assert (made.y == points.y[weight > 0]).all()
    np.testing.assert_allclose(made.weight, weight[weight > 0] / weight[weight > 0].mean(), rtol=1e-6)
    assert made.weight.mean() == pytest.approx(1)


@pytest.mark.parametrize("value", [1, 0.3, 1e-300, 1e300])
def test_fault_18_equal_weights_are_none(value):
    assert task(circle(seed=0), sample_weight=np.full(100, value)).weight is None


@given(st.lists(st.floats(0, allow_infinity=False), min_size=2, max_size=9).filter(any))
@settings(deadline=None)
def test_fault_18_any_finite_weights_have_finite_shares(weights):
    weight = checked_weight(weights, len(weights))
    assert np.isfinite(weight).all()
    assert weight.max() == 1


@pytest.mark.parametrize(
    ("weight", "says"),
    [
        ([1, -1, 1], "not negative, got -1"),
        ([1, np.nan, 1], "finite .*got nan"),
        ([1, np.inf, 1], "finite .*got inf"),
        ([0, 0, 0], "zero for every row"),
        ([1, 1], r"shape \(3,\), got shape \(2,\)"),
        ([[1], [1], [1]], r"got shape \(3, 1\)"),
        (1.0, r"got shape \(\)"),
        (["a", "b", "c"], r"shape \(3,\)"),
        ([1, [1, 2], 1], r"shape \(3,\)"),
        ([1, None, 1], "finite|shape"),
        ([10**400, 1, 1], r"shape \(3,\)"),
    ],
)
def test_fault_18_bad_weights_are_refused(weight, says):
    with pytest.raises(InvalidData, match=rf"sample_weight .*{says}"):
        checked_weight(weight, 3)


def test_fault_15_one_class_left_by_the_weights_is_refused():
    points = circle(seed=0)
    with pytest.raises(InvalidData, match=r"both classes"):
        task(points, sample_weight=points.y)


def test_weights_need_a_loss_by_name():
    with pytest.raises(InvalidParameter, match=r"sample_weight needs a loss by name"):
        task(circle(seed=0), sample_weight=np.arange(100.0), loss=nn.BCELoss())
    assert task(circle(seed=0), sample_weight=np.ones(100), loss=nn.BCELoss()).weight is None


@pytest.mark.parametrize("name", ["points", "validation"])
@pytest.mark.parametrize("given_", [np.zeros((3, 2)), "points", (np.zeros((3, 2)), [0, 1, 1])])
def test_what_are_no_points_is_refused_by_name(name, given_):
    with pytest.raises(InvalidData, match=rf"{name} must be Points, got .*wrap arrays"):
        task(**{"points": circle(), "validation": circle()} | {name: given_})
    with pytest.raises(InvalidData, match=r"points must be Points, got NoneType"):
        task(None)


def test_fault_19_a_batch_larger_than_n_is_refused():
    with pytest.raises(InvalidParameter, match=r"batch_size must be at most 100, the training rows, got 101"):
        task(circle(n=100), batch_size=101)
    with pytest.raises(InvalidParameter, match=r"at most 80"):
        task(circle(n=100), batch_size=81, validation_fraction=0.2)
    assert task(circle(n=100), batch_size=100).recipe.batch_size == 100


def test_fault_14_other_columns_are_refused():
    wide = Points(np.eye(3), [0, 1, 1])
    with pytest.raises(InvalidData, match=r"2-3-1 takes 2 inputs, but x has 3 columns"):
        task(wide)
    with pytest.raises(InvalidData, match=r"validation has 3 columns and points have 2"):
        task(circle(), validation=wide)


@pytest.mark.parametrize("where", ["points", "validation"])
def test_fault_11_what_float32_cannot_hold_is_refused(where):
    huge = Points([[1e39, 0.0], [0.0, 1.0]], [0, 1])
    given_ = {"points": circle(), "validation": circle()} | {where: huge}
    with pytest.raises(InvalidData, match=r"x holds 1e.39, too large for float32"):
        task(**given_)
    assert task(**given_, dtype="float64").x.dtype == np.float64


def test_patience_needs_held_out_rows():
    with pytest.raises(InvalidParameter, match=r"patience needs validation rows"):
        task(circle(), patience=3)
    assert task(circle(), patience=3, validation_fraction=0.2).validation_x is not None


# The split.


@given(st.integers(20, 200), st.floats(0.05, 0.6), st.integers(0, 2**64 - 1))
@settings(deadline=None, max_examples=40)
def test_the_split_is_stratified_complete_and_drawn_from_the_seed(n, share, seed):
    points = Points(np.column_stack([np.arange(n), np.arange(n)]), np.arange(n) % 4 == 0)
    made = task(points, validation_fraction=share, seed=seed)
    assert sorted([*made.x[:, 0], *made.validation_x[:, 0]]) == list(range(n))
    for label in (0, 1):
        total = int((points.y == label).sum())
        assert (made.validation_y == label).sum() == max(1, round(share * total))
    again = task(points, validation_fraction=share, seed=seed)
    assert (again.x == made.x).all()
    assert (again.validation_x == made.validation_x).all()


def test_another_seed_splits_otherwise():
    assert not np.array_equal(*(task(circle(), validation_fraction=0.3, seed=seed).x for seed in (1, 2)))


@pytest.mark.parametrize("ones", [1, 2])
def test_fault_17_a_minority_too_small_to_split_is_refused_or_kept_on_both_sides(ones):
    points = Points(np.arange(40.0).reshape(20, 2), np.arange(20) < ones)
    if ones == 1:
        with pytest.raises(InvalidData, match=r"class 1 has 1 row, too few to hold out a share of 0.2"):
            task(points, validation_fraction=0.2)
    else:
        made = task(points, validation_fraction=0.2)
        assert made.y.sum() == made.validation_y.sum() == 1


def test_held_and_a_share_at_once_are_refused():
    with pytest.raises(InvalidParameter, match=r"validation= or the recipe's validation_fraction, not both"):
        task(circle(), circle(), validation_fraction=0.2)


def test_the_fingerprint_changes_with_every_array():
    points, validation, weight = circle(seed=0), circle(n=20, seed=1), np.arange(1.0, 101)
    moved = Points(np.where(np.arange(200).reshape(100, 2) == 7, 0, points.x), points.y)
    variants = [
        task(points), task(points, validation), task(points, validation, weight), task(points, None, weight), task(moved),
        task(points, dtype="float64"), task(validation), task(points, points),
    ]  # fmt: skip
    assert len({fingerprint(made) for made in variants}) == len(variants)
    assert fingerprint(task(points)) == fingerprint(task(circle(seed=0)))


@pytest.mark.parametrize(
    ("module", "says"),
    [
        (nn.Linear(3, 1), "can't take x of shape"),
        (nn.Linear(2, 3), r"must give 1 number a row, got shape \(3, 3\)"),
        (nn.Linear(2, 2), r"must give 1 number a row, got shape \(3, 2\)"),
    ],
)
def test_a_module_that_does_not_fit_the_points_is_refused_before_training(module, says):
    with pytest.raises(InvalidParameter, match=says):
        task(circle(), network=ModuleNetwork(module, "logit"), loss="bce_with_logits")
