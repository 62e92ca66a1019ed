"""Modules, losses and optimisers of the user's own through our loop: they work, or are refused with the repair named."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

import separatrix as sx
from separatrix.networks.modules import get_parameters

POINTS = sx.circle(n=50, seed=0)


def linear(last=1, *tail):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, last), *tail)


def short(loss="bce_with_logits", **settings):
    return sx.Recipe(**{"loss": loss, "epochs": 5} | settings)


@pytest.mark.parametrize("loss", ["mse", nn.MSELoss(), nn.L1Loss(), functional.mse_loss])
def test_a_linear_output_under_a_squared_error_predicts_what_training_counted(loss):
    with pytest.warns(UserWarning, match=r"no probability, for \d+ of 50 rows; such numbers count as 0 or 1"):
        run = sx.train(linear(), short(loss, epochs=600, lr=0.1), POINTS)
    output = run.to_torch()(torch.tensor(POINTS.x, dtype=torch.float32)).detach().numpy()
    assert output.max() > 1
    assert np.isfinite(run.predict_proba(POINTS.x)).all()
    assert (run.predict(POINTS.x) == POINTS.y).mean() == run.accuracy


def test_two_probabilities_outside_0_and_1_keep_their_order():
    module = nn.Linear(2, 2)
    wrapped = sx.ModuleNetwork(module, "probability")
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
        module.bias.zero_()
    x = np.array([[1.5, 1.2], [1.2, 1.5], [-0.5, -0.1], [0.3, 0.7], [1.0, 0.0]], np.float32)
    proba = wrapped.predict_proba(get_parameters(module), x)
    assert np.isfinite(proba).all()
    assert (proba.argmax(axis=1) == x.argmax(axis=1)).all()
    np.testing.assert_allclose(proba[3:], x[3:], atol=1e-6)


class Squeezed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x):
        return self.layer(x).squeeze()


def test_a_squeezed_output_trains_with_a_last_batch_of_one_row_and_predicts_one_row():
    run = sx.train(Squeezed(), short(batch_size=7), POINTS)
    assert run.predict_proba(POINTS.x[:1]).shape == (1, 2)


class Detached(nn.Sequential):
    def forward(self, x):
        return super().forward(x).detach()


BATCH_NORM = (nn.BatchNorm1d(1),)


@pytest.mark.parametrize(
    ("module", "recipe", "says"),
    [
        (linear(), short("bce"), r"takes a probability, but the module gives .*nn.Sigmoid\(\)"),
        (linear(), short(nn.BCELoss()), r"takes a probability, but the module gives"),
        (linear(), short(nn.CrossEntropyLoss()), r"must give 2 numbers a row"),
        (linear(2), short(nn.BCEWithLogitsLoss()), r"must give 1 number a row"),
        (linear(), short(nn.BCEWithLogitsLoss(reduction="none")), r"must give one number.*reduction='mean'"),
        (
            linear(1, *BATCH_NORM),
            short(batch_size=7),
            r"Cause: a batch of one row .* choose a batch_size .*50 training",
        ),
        (nn.Sequential(nn.LazyLinear(1)), short(), r"lazy layers .* call it once"),
        (Detached(nn.Linear(2, 1)), short(), r"Cause: the loss does not depend on the trained parameters"),
        (sx.ModuleNetwork(linear(), "logit"), short(lambda output, y: 1.0), r"a tensor of one number, got float"),
        (sx.ModuleNetwork(linear(), "logit"), short(lambda output, y: 1 / 0), r"raised ZeroDivisionError in training"),
        (sx.Network.parse("2-3-2"), short(nn.BCELoss()), r"takes 1 output"),
    ],
)
def test_a_beginners_mistake_is_refused_with_its_repair(module, recipe, says):
    with pytest.raises(sx.InvalidParameter, match=says):
        sx.train(module, recipe, POINTS)


@pytest.mark.filterwarnings("ignore:.*weight_norm.*is deprecated")
def test_a_module_that_cannot_be_copied_is_refused_and_its_modern_form_trains():
    old = nn.utils.weight_norm(nn.Linear(2, 1))
    with pytest.raises(sx.InvalidParameter, match=r"parametrizations.weight_norm"):
        sx.train(old, short(), POINTS)
    assert sx.train(nn.utils.parametrizations.weight_norm(nn.Linear(2, 1)), short(), POINTS).epochs == 5


@pytest.mark.parametrize("off", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("network", [sx.Network.parse("2-3-1"), linear()])
def test_gradients_switched_off_around_the_training_change_no_bit(off, network):
    usual = sx.train(network, short(), POINTS, engine="torch")
    with off():
        same = sx.train(network, short(), POINTS, engine="torch")
    assert (usual.parameters == same.parameters).all()


def test_a_loss_as_a_function_of_pytorch_gets_what_it_takes():
    network = sx.Network.parse("2-4-1")
    by_name = sx.train(network, short(), POINTS, engine="torch")
    by_function = sx.train(network, short(functional.binary_cross_entropy_with_logits), POINTS)
    assert (by_name.parameters == by_function.parameters).all()
    assert sx.train(linear(2), short(functional.cross_entropy), POINTS).epochs == 5


def test_what_needs_layers_says_that_a_module_has_none():
    run = sx.train(linear(), short(), POINTS)
    with pytest.raises(sx.InvalidParameter, match=r"needs a Network.*Network.from_torch"):
        sx.pictures.network(run.network)


def test_whole_number_buffers_reach_the_module_of_the_run():
    run = sx.train(linear(1, nn.BatchNorm1d(1)), short(), POINTS)
    assert run.to_torch()[-1].num_batches_tracked == 5


# look_every.


def test_look_every_without_a_callback_has_no_effect():
    network, recipe = sx.Network.parse("2-3-1"), short(epochs=50)
    assert (
        sx.train(network, recipe, POINTS, look_every=10).parameters == sx.train(network, recipe, POINTS).parameters
    ).all()


@pytest.mark.parametrize("step", [0, -5, 0.5, None])
def test_a_look_every_that_never_advances_is_refused(step):
    with pytest.raises(sx.InvalidParameter, match=r"look_every\(\) must be a whole number of at least 1"):
        sx.train(sx.Network.parse("2-3-1"), short(), POINTS, look_every=lambda: step, on_progress=lambda end: None)


def test_a_callback_that_stops_is_not_asked_for_another_look():
    run = sx.train(
        sx.Network.parse("2-3-1"), short(), POINTS, look_every=iter([2, 0]).__next__, on_progress=lambda end: False
    )
    assert run.epochs == 2


# Many seeds.


def test_every_seed_of_a_module_begins_elsewhere_and_can_be_repeated():
    recipe = short()
    runs = sx.train_many(linear(), recipe, POINTS, range(3))
    assert len(set(runs.loss.tolist())) == 3
    again = sx.train_many(linear(), recipe, POINTS, [2])
    assert (again.parameters[0] == runs.parameters[2]).all()


def test_layers_are_drawn_as_if_the_module_was_made_with_that_seed():
    wrapped = sx.ModuleNetwork(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)), "logit")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        expected = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    assert (wrapped.redraw(7) == get_parameters(expected)).all()


def test_frozen_layers_keep_their_values():
    module = linear()
    module[0].requires_grad_(False)
    drawn = sx.ModuleNetwork(module, "logit").redraw(5)
    own = get_parameters(module)
    assert (drawn[:18] == own[:18]).all()
    assert (drawn[18:] != own[18:]).all()


class OwnParameter(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 1))

    def forward(self, x):
        return x @ self.weight


def test_parameters_that_cannot_be_drawn_ask_for_a_function():
    with pytest.raises(sx.InvalidParameter, match=r"weight cannot be drawn again.*function that makes the module"):
        sx.train_many(OwnParameter(), short(), POINTS, range(2))
    runs = sx.train_many(OwnParameter, short(), POINTS, range(3))
    assert len(set(runs.loss.tolist())) == 3
    with pytest.raises(sx.InvalidParameter, match=r"must make a torch.nn.Module, got 3"):
        sx.train_many(lambda: 3, short(), POINTS, range(2))


def one_class_at_2(seed):
    return sx.Points(POINTS.x, np.zeros(50, int)) if seed == 2 else sx.circle(n=30, seed=seed)


def test_fault_43_a_seed_of_one_class_counts_as_failed_and_the_others_are_kept():
    network, recipe = sx.Network.parse("2-2-1"), sx.Recipe(epochs=5)
    with pytest.warns(UserWarning, match=r"1 of 5 runs failed, such as that of seed 2: .*both classes"):
        runs = sx.train_many(network, recipe, one_class_at_2, range(5))
    assert runs.status.tolist().count("failed") == 1
    assert (np.isnan(runs.loss) == (runs.seeds == 2)).all()
    assert list(runs.errors) == [2]
    assert "1 failed" in repr(runs)
    assert (runs.parameters[4] == sx.train(network, recipe.replace(seed=4), one_class_at_2(4)).parameters).all()


def test_if_every_seed_fails_the_first_error_is_raised():
    with pytest.raises(sx.InvalidData, match=r"seed 2: .*both classes"):
        sx.train_many(sx.Network.parse("2-2-1"), sx.Recipe(epochs=5), one_class_at_2, [2, 2])


# Studies take names alone.


@pytest.mark.parametrize(
    "arguments",
    [{"networks": nn.Linear(2, 1)}, {"networks": linear()}, {"widths": 2, "loss": nn.BCEWithLogitsLoss()}],
)
def test_a_module_or_loss_of_ones_own_in_a_study_is_refused_with_what_to_do(arguments):
    with pytest.raises(sx.InvalidParameter, match=r"A study takes networks, losses and optimisers by name.*train_many"):
        sx.Study.grid(**arguments, checkpoints=(10,), seeds=5)


def test_no_warning_where_all_probabilities_are_some():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sx.train(linear(1, nn.Sigmoid()), short("bce"), POINTS)
