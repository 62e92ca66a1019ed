"""The torch engine: the tutorial's script bit for bit, and whatever of one's own one brings."""

import numpy as np
import pytest
import torch
from torch import nn, optim

import separatrix as sx
from separatrix.engines import _reference
from separatrix.errors import InvalidParameter, OutOfMemory
from separatrix.networks.module_network import ModuleNetwork
from separatrix.networks.modules import get_parameters

POINTS = sx.circle(n=60, seed=2)


def plain_script(seed, epochs, optimizer_of=lambda p: optim.SGD(p, lr=0.05), loss=None, logits=False, batches=None):
    """What a learner writes; (module, the loss of every epoch before its step)."""
    with torch.random.fork_rng(devices=[]):
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        x = torch.randn(100, 2)
        y = ((x**2).sum(1, keepdim=True) < 1).float()
        fc1, fc2, fc3 = nn.Linear(2, 4), nn.Linear(4, 4), nn.Linear(4, 1)
    module = nn.ModuleDict({"fc1": fc1, "fc2": fc2, "fc3": fc3})
    initial = get_parameters(module)
    optimizer, loss, losses = optimizer_of(module.parameters()), loss or nn.BCELoss(), []
    for _ in range(epochs):
        output = fc3(torch.relu(fc2(torch.relu(fc1(x)))))
        value = loss(output if logits else torch.sigmoid(output), y)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return initial, get_parameters(module), losses


@pytest.mark.parametrize("seed", range(5))
def test_the_lessons_loss_is_the_plain_scripts_bit_for_bit(seed):
    initial, end, losses = plain_script(seed, 300)
    recipe = sx.Recipe(epochs=300, log_every=10)
    run = sx.train(sx.Network.parse("2-4-4-1"), recipe, sx.circle(seed=seed), engine="torch", initial=initial)
    assert run.log.loss.tolist() == losses[9::10]
    assert run.parameters.tobytes() == end.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_the_lessons_loss_is_the_plain_scripts_over_2000_epochs(seed):
    initial, end, losses = plain_script(seed, 2000)
    recipe = sx.Recipe(epochs=2000, log_every=10)
    run = sx.train(sx.Network.parse("2-4-4-1"), recipe, sx.circle(seed=seed), engine="torch", initial=initial)
    assert run.log.loss.tolist() == losses[9::10]
    assert run.parameters.tobytes() == end.tobytes()


@pytest.mark.parametrize(
    ("settings", "optimizer", "loss", "logits"),
    [
        ({"optimizer": "adam"}, lambda p: optim.Adam(p), None, False),
        ({"optimizer": "rmsprop", "momentum": 0.5}, lambda p: optim.RMSprop(p, momentum=0.5), None, False),
        ({"loss": "bce_with_logits"}, lambda p: optim.SGD(p, lr=0.05), nn.BCEWithLogitsLoss(), True),
        ({"loss": "mse", "lr": 0.5}, lambda p: optim.SGD(p, lr=0.5), nn.MSELoss(), False),
    ],
)
def test_other_recipes_are_their_plain_scripts_too(settings, optimizer, loss, logits):
    initial, end, losses = plain_script(0, 60, optimizer, loss, logits)
    recipe = sx.Recipe(epochs=60, log_every=1, **settings)
    run = sx.train(sx.Network.parse("2-4-4-1"), recipe, sx.circle(seed=0), engine="torch", initial=initial)
    assert run.log.loss.tolist() == losses
    assert run.parameters.tobytes() == end.tobytes()


def train(recipe, network=None, **given):
    return sx.train(network or sx.Network.parse("2-4-1", "tanh"), recipe, POINTS, engine="torch", **given)


# Losses of one's own.


@pytest.mark.parametrize(
    ("own", "name"), [(nn.BCELoss(), "bce"), (nn.BCEWithLogitsLoss(), "bce_with_logits"), (nn.MSELoss(), "mse")]
)
def test_pytorchs_loss_objects_are_the_losses_by_name(own, name):
    ours, theirs = (train(sx.Recipe(loss=loss, epochs=30, log_every=1, l2=0.01)) for loss in (name, own))
    assert theirs.parameters.tobytes() == ours.parameters.tobytes()
    assert theirs.log.loss.tolist() == ours.log.loss.tolist()
    assert theirs.log.accuracy.tolist() == ours.log.accuracy.tolist()
    assert (theirs.loss, theirs.accuracy) == (ours.loss, ours.accuracy)


def test_cross_entropy_loss_takes_the_logits_of_two_outputs():
    network = sx.Network.parse("2-4-2", "tanh")
    ours, theirs = (
        train(sx.Recipe(loss=loss, epochs=30, log_every=1, dtype="float64"), network)
        for loss in ("cross_entropy", nn.CrossEntropyLoss())
    )
    np.testing.assert_allclose(theirs.parameters, ours.parameters, rtol=1e-10)
    assert theirs.accuracy == ours.accuracy


def test_a_function_of_the_users_is_given_probabilities_and_labels():
    seen = []

    def brier(output, y):
        seen.append((output.detach().numpy(), y.numpy()))
        return ((output - y) ** 2).mean()

    own, named = train(sx.Recipe(loss=brier, epochs=5)), train(sx.Recipe(loss="mse", epochs=5))
    assert own.parameters.tobytes() == named.parameters.tobytes()
    assert own.accuracy == named.accuracy
    output, y = seen[0]
    assert output.shape == y.shape == (60, 1)
    assert (output > 0).all()
    assert (output < 1).all()


# Optimisers of one's own.

EVERY_OPTIMIZER = [
    optim.SGD, optim.Adam, optim.AdamW, optim.NAdam, optim.RAdam, optim.Adamax, optim.Adagrad, optim.Adadelta,
    optim.ASGD, optim.Rprop, optim.RMSprop, optim.LBFGS, optim.Adafactor,
]  # fmt: skip


@pytest.mark.parametrize("kind", EVERY_OPTIMIZER)
def test_an_optimiser_object_trains_like_a_function_that_makes_it(kind):
    mine = kind([torch.zeros(3, requires_grad=True)], lr=0.03)
    by_object, by_function = (
        train(sx.Recipe(optimizer=asked, epochs=8)) for asked in (mine, lambda p: kind(p, lr=0.03))
    )
    assert by_object.parameters.tobytes() == by_function.parameters.tobytes()
    assert by_object.parameters.tobytes() != by_object.initial.tobytes()
    assert by_object.log.lr.tolist() == [1.0]


def test_an_optimiser_objects_present_settings_count():
    mine = optim.SGD([torch.zeros(3, requires_grad=True)], lr=0.03)
    mine.param_groups[0]["lr"] = 0.2
    own, named = train(sx.Recipe(optimizer=mine, epochs=8)), train(sx.Recipe(lr=0.2, epochs=8))
    assert own.parameters.tobytes() == named.parameters.tobytes()


def test_lr_and_schedule_are_factors_on_an_own_optimisers_rates():
    own = train(sx.Recipe(optimizer=lambda p: optim.SGD(p, lr=0.2), lr=0.5, schedule="cosine", epochs=8))
    named = train(sx.Recipe(lr=0.1, schedule="cosine", epochs=8))
    np.testing.assert_allclose(own.parameters, named.parameters, rtol=1e-6)


def test_groups_of_parameters_need_a_function():
    a, b = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    mine = optim.SGD([{"params": [a], "lr": 0.1}, {"params": [b], "lr": 0.2}], lr=0.1)
    with pytest.raises(InvalidParameter, match=r"one group of parameters"):
        train(sx.Recipe(optimizer=mine, epochs=2))

    def weights_alone(parameters):
        parameters = list(parameters)
        return optim.SGD([{"params": parameters[::2], "lr": 0.1}, {"params": parameters[1::2], "lr": 0.0}], lr=1.0)

    run = train(sx.Recipe(optimizer=weights_alone, epochs=5))
    moved = run.parameters != run.initial
    assert moved[run.network.is_weight].any()
    assert not moved[~run.network.is_weight].any()


def test_lbfgs_by_name_is_pytorchs():
    def of_pytorch(parameters):
        return optim.LBFGS(parameters, line_search_fn="strong_wolfe")

    named, own = (train(sx.Recipe(optimizer=asked, epochs=6, lr=1.0)) for asked in ("lbfgs", of_pytorch))
    assert named.parameters.tobytes() == own.parameters.tobytes()


# Modules of one's own.


def seeded(make, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


def noisy():
    return nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.4), nn.Linear(8, 1))


def test_a_module_trains_like_the_network_that_it_is():
    network = sx.Network.parse("2-4-1", "tanh")
    module = network.to_torch(network.initialise(5))
    ours = train(sx.Recipe(epochs=30), network, initial=network.initialise(5))
    theirs = train(sx.Recipe(epochs=30), module)
    assert theirs.parameters.tobytes() == ours.parameters.tobytes()
    assert theirs.log.loss.tolist() == ours.log.loss.tolist()
    assert theirs.accuracy == ours.accuracy
    np.testing.assert_allclose(theirs.predict_proba(POINTS.x), ours.predict_proba(POINTS.x), rtol=1e-5)


def test_dropout_and_batch_norm_train_reproducibly_and_predict_without_noise():
    recipe = sx.Recipe(loss="bce_with_logits", optimizer="adam", epochs=20, batch_size=20, seed=4)
    module = seeded(noisy)
    before, stream = get_parameters(module), torch.get_rng_state()
    one, other = train(recipe, module), train(recipe, module)
    assert one.parameters.tobytes() == other.parameters.tobytes()
    assert (get_parameters(module) == before).all()
    assert torch.equal(torch.get_rng_state(), stream)
    assert (one.predict_proba(POINTS.x) == one.predict_proba(POINTS.x)).all()
    assert train(recipe.replace(seed=5), module).parameters.tobytes() != one.parameters.tobytes()
    trained = one.to_torch().eval()
    assert trained[1].running_mean.any()
    theirs = torch.sigmoid(trained(torch.tensor(POINTS.x))).detach()[:, 0]
    np.testing.assert_allclose(theirs, one.predict_proba(POINTS.x)[:, 1], rtol=1e-6)


def test_logging_does_not_change_how_a_noisy_module_trains():
    recipe = sx.Recipe(loss="bce_with_logits", epochs=12)
    validation = sx.circle(n=20, seed=9)
    ends = {
        train(recipe.replace(log_every=k), seeded(noisy).eval(), validation=validation).parameters.tobytes()
        for k in (1, 5, 12)
    }
    assert len(ends) == 1


def test_fault_25_a_noisy_module_goes_on_with_the_same_bits():
    recipe = sx.Recipe(loss="bce_with_logits", optimizer="adam", epochs=12, batch_size=25)
    module = seeded(noisy)
    whole = train(recipe, module)
    cut = train(recipe, module, on_progress=stop_after(5), look_every=5)
    assert cut.status == "stopped"
    assert cut.epochs == 5
    again = train(recipe, module, resume=cut)
    assert again.parameters.tobytes() == whole.parameters.tobytes()
    assert again.log.loss.tolist() == whole.log.loss.tolist()


def stop_after(epochs):
    return lambda moment: moment.epoch < epochs


def test_frozen_parameters_stay_and_the_rest_trains():
    module = seeded(lambda: nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)))
    module[0].requires_grad_(False)
    run = train(sx.Recipe(loss="hinge", epochs=10, optimizer="adam"), module)
    assert (run.parameters[:24] == run.initial[:24]).all()
    assert (run.parameters[24:] != run.initial[24:]).all()


def test_a_module_of_one_axis_trains():
    module = seeded(lambda: nn.Sequential(nn.Linear(2, 1), nn.Flatten(0)))
    column = seeded(lambda: nn.Sequential(nn.Linear(2, 1)))
    recipe = sx.Recipe(loss="bce_with_logits", epochs=5)
    assert train(recipe, module).parameters.tobytes() == train(recipe, column).parameters.tobytes()


def test_a_softmax_module_trains_on_two_logits():
    run = train(sx.Recipe(loss="cross_entropy", epochs=40, lr=1.0), seeded(lambda: nn.Linear(2, 2)))
    assert run.predict_proba(POINTS.x).shape == (60, 2)
    assert run.accuracy == (run.predict(POINTS.x) == POINTS.y).mean()


class Growing(nn.Module):
    """Statistics that overflow before any parameter does."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)
        self.register_buffer("size", torch.ones(1))

    def forward(self, x):
        if self.training:
            self.size *= 1e10
        return self.linear(x)


def test_fault_21_statistics_that_overflow_are_seen_and_put_back():
    run = train(sx.Recipe(loss="bce_with_logits", epochs=20), seeded(Growing))
    assert run.status == "diverged"
    assert run.epochs == 3
    assert np.isfinite(run.parameters).all()
    assert run.parameters[-1] == pytest.approx(1e30, rel=1e-3)


@pytest.mark.parametrize("loss", [nn.BCELoss(), "bce", "mse"])
def test_fault_21_a_nan_output_is_a_divergence_and_no_crash(loss):
    class Breaking(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.calls = nn.Linear(2, 1), 0

        def forward(self, x):
            self.calls += self.training
            return torch.sigmoid(self.linear(x)) * (float("nan") if self.calls > 4 else 1.0)

    run = train(sx.Recipe(loss=loss, epochs=10), Breaking())
    assert run.status == "diverged"
    assert run.epochs == 4
    assert np.isfinite(run.parameters).all()


# Threads, streams, memory, devices.


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_and_the_global_stream_are_left_as_they_were(threads):
    before, stream = torch.get_num_threads(), torch.get_rng_state()
    numpy_stream = np.random.get_state()[1].copy()
    try:
        torch.set_num_threads(threads)
        train(sx.Recipe(epochs=5, batch_size=7), validation=sx.circle(n=9, seed=1))
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert torch.equal(torch.get_rng_state(), stream)
    assert (np.random.get_state()[1] == numpy_stream).all()


def test_the_threads_that_pytorch_has_do_not_change_the_bits():
    points, network = sx.circle(n=3000, seed=0), sx.Network.parse("2-64-64-1")
    before, ends = torch.get_num_threads(), set()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            run = sx.train(network, sx.Recipe(epochs=5, optimizer="adam"), points, engine="torch", threads=threads)
            ends.add((run.parameters.tobytes(), run.loss, run.log.gradient_norm.tobytes()))
    finally:
        torch.set_num_threads(before)
    assert len(ends) == 1


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("full"),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce] can't allocate memory: 9 bytes"),
    ],
)
def test_fault_23_a_full_memory_is_a_typed_error(monkeypatch, error):
    def full(*args):
        raise error

    monkeypatch.setattr(_reference.TorchSession, "step", full)
    with pytest.raises(OutOfMemory, match=r"training 2-4-1 on 60 rows doesn't fit into memory"):
        train(sx.Recipe(epochs=2))


def test_an_error_of_the_users_own_code_is_named_with_what_to_try():
    def broken(output, y):
        raise RuntimeError("mine")

    before = torch.get_num_threads()
    with pytest.raises(InvalidParameter, match=r"raised RuntimeError in training: mine\. Try one step"):
        train(sx.Recipe(loss=broken, epochs=2))
    assert torch.get_num_threads() == before


gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@pytest.mark.gpu
@gpu
@pytest.mark.parametrize(
    "settings", [{}, {"optimizer": "adam", "batch_size": 16}, {"optimizer": "lbfgs"}, {"l1": 0.01}]
)
def test_a_gpu_trains_to_the_same_numbers_within_float_error(settings):
    recipe = sx.Recipe(epochs=20, dtype="float64", log_every=1, **settings)
    here, there = (train(recipe, device=device, validation=sx.moons(n=20)) for device in ("cpu", "cuda"))
    np.testing.assert_allclose(there.parameters, here.parameters, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(there.log.loss, here.log.loss, rtol=1e-6)


@pytest.mark.gpu
@gpu
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "lbfgs"])
def test_fault_25_a_noisy_module_goes_on_with_the_same_bits_on_a_gpu(optimizer):
    recipe, module = sx.Recipe(loss="bce_with_logits", optimizer=optimizer, epochs=12), seeded(noisy)
    stream = torch.cuda.get_rng_state()
    whole = train(recipe, module, device="cuda")
    cut = train(recipe, module, device="cuda", on_progress=stop_after(5), look_every=5)
    again = train(recipe, module, device="cuda", resume=cut)
    assert again.parameters.tobytes() == whole.parameters.tobytes()
    assert torch.equal(torch.cuda.get_rng_state(), stream)


@pytest.mark.gpu
@gpu
def test_a_module_that_lives_on_a_gpu_trains_and_predicts():
    run = train(
        sx.Recipe(loss="bce_with_logits", epochs=3), ModuleNetwork(seeded(noisy).cuda(), "logit"), device="cuda"
    )
    assert np.isfinite(run.predict_proba(POINTS.x)).all()


@pytest.mark.parametrize("device", ["meta", "nowhere"])
def test_fault_40_a_device_that_gives_no_numbers_back_is_refused(device):
    with pytest.raises(sx.EngineRefusal, match=device):
        sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=2), sx.moons(), device=device)
