import inspect

import numpy as np
import pytest

from separatrix.errors import InvalidParameter
from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.estimators.settings import CLASSIFIER_RULES, as_network, as_recipe, checked_classifier
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe
from separatrix.support.constraints import SEED
from separatrix.support.seeds import seed_of

DEFAULTS = MLPBinaryClassifier().get_params(deep=False)


def settings(**changes):
    return checked_classifier(DEFAULTS | changes)


def test_every_parameter_has_a_rule():
    assert set(CLASSIFIER_RULES) == set(inspect.signature(MLPBinaryClassifier).parameters)


def test_scikit_learns_names_have_scikit_learns_defaults():
    from sklearn.neural_network import MLPClassifier

    theirs = MLPClassifier().get_params()
    shared = (set(DEFAULTS) & set(theirs)) - {"hidden_layer_sizes", "epsilon", "learning_rate_init"}
    assert len(shared) >= 15
    assert {name: DEFAULTS[name] for name in shared} == {name: theirs[name] for name in shared}
    assert as_recipe(settings(), 10, 10, 0).eps == theirs["epsilon"]
    assert as_recipe(settings(), 10, 10, 0).lr == theirs["learning_rate_init"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_without_a_rate_every_optimizer_takes_its_own(name):
    assert as_recipe(settings(optimizer=name), 10, 10, 0).lr == OPTIMIZERS[name].lr


def test_lbfgs_takes_a_batch_of_all_rows_or_more_as_all_rows():
    for batch_size in ("auto", None, 10, 300):
        assert as_recipe(settings(optimizer="lbfgs", batch_size=batch_size), 10, 10, 0).batch_size is None


@pytest.mark.parametrize(
    ("sizes", "widths"), [(5, (3, 5, 1)), ((), (3, 1)), ([4, 2], (3, 4, 2, 1)), (np.array([6]), (3, 6, 1))], ids=str
)
def test_hidden_layers_may_be_given_in_any_usual_way(sizes, widths):
    assert as_network(settings(hidden_layer_sizes=sizes), 3).widths == widths


def test_the_loss_follows_the_outputs():
    assert settings()["loss"] == "bce_with_logits"
    assert settings(outputs=2)["loss"] == "cross_entropy"
    with pytest.raises(InvalidParameter, match="loss='cross_entropy' needs outputs=2"):
        settings(loss="cross_entropy")


def test_alpha_is_divided_by_the_weight_of_a_step():
    assert as_recipe(settings(alpha=1.0, batch_size=None), 50, 50.0, 0).l2 == pytest.approx(1 / 50)
    assert as_recipe(settings(alpha=1.0, batch_size=10), 50, 50.0, 0).l2 == pytest.approx(1 / 10)
    assert as_recipe(settings(alpha=1.0, batch_size=10), 50, 100.0, 0).l2 == pytest.approx(1 / 20)


@pytest.mark.parametrize(("rows", "batch"), [(10, None), (200, None), (201, 200)])
def test_an_automatic_batch_is_two_hundred_rows_or_all(rows, batch):
    assert as_recipe(settings(), rows, rows, 0).batch_size == batch
    assert as_recipe(settings(optimizer="lbfgs"), rows, rows, 0).batch_size is None


def test_momentum_is_of_gradient_descent_alone():
    assert as_recipe(settings(optimizer="sgd"), 10, 10, 0).nesterov
    assert not as_recipe(settings(optimizer="sgd", momentum=0.0), 10, 10, 0).nesterov
    assert as_recipe(settings(optimizer="rmsprop"), 10, 10, 0).momentum == 0
    assert as_recipe(settings(), 10, 10, 0, epochs=3) == Recipe(
        loss="bce_with_logits", optimizer="adam", lr=0.001, epochs=3, l2=1e-5, log_every=1
    )


def test_seeds_are_whole_numbers_however_they_are_given():
    assert seed_of(7) == 7
    assert seed_of(np.int64(7)) == 7
    np.random.seed(0)
    for state in (None, np.random.RandomState(0), np.random.default_rng(0)):
        assert SEED.allows(seed_of(state))
    assert seed_of(np.random.RandomState(5)) == seed_of(np.random.RandomState(5))
