"""Modules: ours made, one read back, a user's own wrapped."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.module_network import ModuleNetwork, what_loss_takes
from separatrix.networks.modules import (
    Step,
    activation_module,
    get_parameters,
    read_module,
    set_parameters,
    tensors,
)
from separatrix.networks.network import Network

NAMES = list(ACTIVATIONS)


class Tutorial(nn.Module):
    """What a learner writes: functional ReLU, a sigmoid at the end."""

    def __init__(self, activation=torch.relu, last=torch.sigmoid):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(2, 4), nn.Linear(4, 4), nn.Linear(4, 1)
        self.activation, self.last = activation, last

    def forward(self, x):
        return self.last(self.fc3(self.activation(self.fc2(self.activation(self.fc1(x))))))


def seeded(make, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


def identity(z):
    return z


def test_to_torch_has_the_tutorials_layers_and_gives_probabilities():
    network = Network.parse("2-4-4-1")
    parameters = network.initialise(7)
    module = network.to_torch(parameters)
    names = [name for name, _ in module.named_parameters()]
    assert names == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias"]
    x = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    plain = Tutorial()
    plain.load_state_dict(module.state_dict())
    assert torch.equal(plain(x), module(x))
    np.testing.assert_allclose(module(x).detach()[:, 0], network.predict_proba(parameters, x.numpy())[:, 1], rtol=1e-6)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_round_trip_gives_the_same_network_and_the_same_bits(name, outputs, dtype):
    network = Network((3, 5, 4, outputs), name, init="he")
    parameters = network.initialise(1, dtype)
    module = network.to_torch(parameters)
    again, read = Network.from_torch(module)
    assert again == network
    assert read.dtype == dtype
    assert read.tobytes() == parameters.tobytes()
    proba = module(torch.ones(4, 3, dtype=getattr(torch, dtype))).detach().numpy()
    ours = network.predict_proba(parameters, np.ones((4, 3), dtype))
    np.testing.assert_allclose(proba, ours if outputs == 2 else ours[:, 1:], rtol=1e-6)


@given(st.lists(st.sampled_from(NAMES), max_size=3), st.sampled_from([1, 2]), st.booleans(), st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_a_sequential_is_read_with_its_activations(names, outputs, ends_in_probability, seed):
    widths = [2, *[4] * len(names), outputs]
    parts = []
    for i, o, name in zip(widths, widths[1:], [*names, None], strict=False):
        parts += [seeded(lambda i=i, o=o: nn.Linear(i, o), seed)] + ([activation_module(name)] if name else [])
    if ends_in_probability:
        parts.append(nn.Sigmoid() if outputs == 1 else nn.Softmax(dim=1))
    network, parameters = read_module(nn.Sequential(*parts))
    assert network.widths == tuple(widths)
    assert [entry.name for entry in network.activations] == names
    assert parameters.shape == (network.n_parameters,)


def test_the_tutorials_class_is_read_as_relu():
    module = seeded(Tutorial)
    network, parameters = Network.from_torch(module)
    assert network == Network((2, 4, 4, 1))
    assert (parameters == get_parameters(module)).all()
    assert Network.from_torch(seeded(lambda: Tutorial(last=identity)))[0] == Network((2, 4, 4, 1))


def test_functional_activations_are_named_by_the_user():
    module = seeded(lambda: Tutorial(torch.tanh))
    with pytest.raises(InvalidParameter, match=r"name them"):
        Network.from_torch(module)
    assert Network.from_torch(module, activation="tanh")[0] == Network((2, 4, 4, 1), "tanh")
    with pytest.raises(InvalidParameter, match=r"name them"):
        Network.from_torch(module, activation=("tanh", "relu"))


def test_dropout_is_read_as_what_it_is_when_predicting():
    module = seeded(lambda: nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1)))
    assert Network.from_torch(module)[0].activations[0].name == "relu"
    assert module.training


class Odd(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.a, self.b, self.how = nn.Linear(2, 4), nn.Linear(4, 1), how

    def forward(self, x):
        return self.how(self, x)


WRONG = {
    "no layers": lambda: nn.ReLU(),
    "widths that don't fit": lambda: nn.Sequential(nn.Linear(2, 4), nn.Linear(3, 1)),
    "no bias": lambda: nn.Sequential(nn.Linear(2, 4, bias=False), nn.ReLU(), nn.Linear(4, 1)),
    "three outputs": lambda: nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3)),
    "a batch norm": lambda: nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1)),
    "a layer norm": lambda: nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4), nn.ReLU(), nn.Linear(4, 1)),
    "a convolution": lambda: nn.Sequential(nn.Conv1d(1, 1, 1), nn.Flatten(), nn.Linear(2, 1)),
    "another slope": lambda: nn.Sequential(nn.Linear(2, 4), nn.LeakyReLU(0.2), nn.Linear(4, 1)),
    "a skip": lambda: Odd(lambda m, x: m.b(torch.relu(m.a(x))) + x[:, :1]),
    "another order": lambda: Odd(lambda m, x: m.a(m.b(x))),
    "an error of its own": lambda: Odd(lambda m, x: 1 / 0),
    "two results": lambda: Odd(lambda m, x: (m.b(torch.relu(m.a(x))), x)),
    "half precision": lambda: nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1)).bfloat16(),
}


@pytest.mark.parametrize("what", list(WRONG))
def test_a_module_that_computes_something_else_is_refused(what):
    with pytest.raises(InvalidParameter):
        Network.from_torch(seeded(WRONG[what]))


def test_what_is_no_module_is_refused():
    with pytest.raises(InvalidParameter, match=r"needs a torch.nn.Module, got 'x'"):
        Network.from_torch("x")


def test_reading_changes_neither_modes_nor_statistics():
    module = seeded(Tutorial)
    module.fc2.eval()
    before = torch.get_rng_state()
    Network.from_torch(module)
    assert module.training
    assert not module.fc2.training
    assert torch.equal(torch.get_rng_state(), before)


def test_making_a_module_leaves_the_global_stream_and_shares_no_memory():
    before = torch.get_rng_state()
    network = Network((2, 4, 1))
    parameters = network.initialise(0)
    module = network.to_torch(parameters)
    assert torch.equal(torch.get_rng_state(), before)
    with torch.no_grad():
        module.fc1.weight.zero_()
    assert parameters[:8].all()


def test_read_only_parameters_make_a_module():
    parameters = Network((2, 4, 1)).initialise(0)
    parameters.flags.writeable = False
    assert (get_parameters(Network((2, 4, 1)).to_torch(parameters)) == parameters).all()


def test_the_parameters_of_many_runs_are_no_module():
    with pytest.raises(InvalidData, match=r"the parameters of one run"):
        Network((2, 1)).to_torch(np.zeros((5, 3), np.float32))


def test_step_passes_the_clipped_straight_through_gradient():
    z = torch.tensor([-1.5, -1.0, 0.0, 0.5, 1.0, 1.5], requires_grad=True)
    (Step()(z) * torch.arange(1.0, 7.0)).sum().backward()
    assert z.grad.tolist() == [0, 2, 3, 4, 5, 0]


@pytest.mark.parametrize(
    ("loss", "takes"),
    [
        ("bce", "probability"), ("mse", "probability"), ("hinge", "logit"), ("focal", "logit"),
        ("cross_entropy", "logit"),
        (nn.BCELoss(), "probability"), (nn.MSELoss(), "probability"), (nn.BCEWithLogitsLoss(), "logit"),
        (nn.CrossEntropyLoss(), "logit"), (lambda output, y: output.sum(), None),
    ],
)  # fmt: skip
def test_what_a_loss_takes_is_known_for_pytorchs_own(loss, takes):
    assert what_loss_takes(loss) == takes


# A user's own module.


def test_the_flat_vector_holds_parameters_then_floating_buffers():
    module = seeded(lambda: nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)))
    flat = get_parameters(module)
    assert len(flat) == ModuleNetwork(module, "logit").n_parameters == 9 + 6 + 4 + 6
    assert len(tensors(module)) == 8
    set_parameters(module, torch.from_numpy(flat * 2))
    assert (get_parameters(module) == flat * 2).all()


@pytest.mark.parametrize(("last", "gives"), [(identity, "logit"), (torch.sigmoid, "probability")])
def test_a_wrapped_module_predicts_what_the_network_predicts(last, gives):
    module = seeded(lambda: Tutorial(last=last))
    wrapped = ModuleNetwork(module, gives)
    network, parameters = Network.from_torch(module)
    x = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    assert (wrapped.initialise(5) == parameters).all()
    np.testing.assert_allclose(wrapped.predict_proba(parameters, x), network.predict_proba(parameters, x), rtol=1e-5)
    np.testing.assert_allclose(wrapped.logit(parameters, x), network.logit(parameters, x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("tail", "gives"), [([], "logit"), ([nn.Softmax(dim=1)], "probability")])
def test_a_wrapped_module_of_two_outputs_predicts_its_softmax(tail, gives):
    module = seeded(lambda: nn.Sequential(nn.Linear(2, 2), *tail))
    wrapped = ModuleNetwork(module, gives)
    x = torch.randn(9, 2, generator=torch.Generator().manual_seed(0))
    expected = module(x) if tail else torch.softmax(module(x), 1)
    np.testing.assert_allclose(wrapped.predict_proba(wrapped.initialise(0), x.numpy()), expected.detach(), rtol=1e-5)


def test_a_module_of_one_axis_is_taken_too():
    module = seeded(lambda: nn.Sequential(nn.Linear(2, 1), nn.Flatten(0)))
    wrapped = ModuleNetwork(module, "logit")
    assert wrapped.logit(wrapped.initialise(0), np.zeros((3, 2), np.float32)).shape == (3,)


def test_probabilities_of_exactly_0_and_1_have_a_prediction():
    module = nn.Sequential(nn.Linear(1, 1), nn.Hardsigmoid())
    wrapped = ModuleNetwork(module, "probability")
    proba = wrapped.predict_proba(np.array([1.0, 0.0], np.float32), np.array([[-9.0], [9.0]], np.float32))
    np.testing.assert_allclose(proba, [[1, 0], [0, 1]], atol=1e-37)


def test_the_users_module_is_copied_and_never_changed():
    module = seeded(Tutorial)
    before = get_parameters(module)
    wrapped = ModuleNetwork(module, "probability")
    with torch.no_grad():
        module.fc1.weight.zero_()
    assert (wrapped.initialise(0) == before).all()
    fresh = wrapped.with_parameters(before * 2)
    assert (get_parameters(fresh) == before * 2).all()
    assert (wrapped.initialise(0) == before).all()


def test_modules_written_alike_are_equal_and_others_are_not():
    one, other = (ModuleNetwork(seeded(Tutorial, seed), "probability") for seed in (0, 1))
    assert one == other
    assert hash(one) == hash(other)
    assert one != ModuleNetwork(seeded(Tutorial), "logit")
    assert one != ModuleNetwork(nn.Linear(2, 1), "probability")
    assert one != "Tutorial"
    assert str(one) == "Tutorial"
    assert repr(one) == "ModuleNetwork(Tutorial, gives='probability')"


def test_fault_19_what_cannot_be_wrapped_is_refused_by_name():
    with pytest.raises(InvalidParameter, match=r"ModuleNetwork: module must be a torch.nn.Module, got 3"):
        ModuleNetwork(3, "logit")
    with pytest.raises(
        InvalidParameter, match=r"gives must be one of logit, probability, got 'logits'. Did you mean 'logit'"
    ):
        ModuleNetwork(nn.Linear(2, 1), "logits")
    with pytest.raises(InvalidParameter, match=r"no trainable parameters"):
        ModuleNetwork(nn.ReLU(), "logit")
    with pytest.raises(InvalidParameter, match=r"no trainable parameters"):
        ModuleNetwork(nn.Linear(2, 1).requires_grad_(False), "logit")


@pytest.mark.parametrize("outputs", [1, 2, None])
def test_a_module_is_tried_on_some_rows_before_training(outputs):
    fits = ModuleNetwork(nn.Linear(2, outputs or 1), "logit")
    fits.refuse_unfit(np.zeros((1, 2), np.float32), outputs)
    with pytest.raises(InvalidParameter, match=r"can't take x of shape \(1, 3\)"):
        fits.refuse_unfit(np.zeros((1, 3), np.float32), outputs)
    with pytest.raises(InvalidParameter, match=r"must give .* a row, got shape \(3, 3\)"):
        ModuleNetwork(nn.Linear(2, 3), "logit").refuse_unfit(np.zeros((1, 2), np.float32), outputs)
