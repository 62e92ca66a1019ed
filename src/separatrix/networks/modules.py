"""Networks as PyTorch modules: a `Network` as a module, and a module as a `Network`."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import numpy as np

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.network import Network
from separatrix.support.constraints import shown
from separatrix.support.pytorch import nn, torch
from separatrix.support.surroundings import insulated


class _StraightThrough(torch.autograd.Function):
    """Forward: 1 where z > 0. Backward: the gradient passes where |z| <= 1 (Bengio et al. 2013)."""

    @staticmethod
    def forward(ctx: Any, z: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(z)
        return (z > 0).to(z.dtype) + z * 0  # + z * 0: NaN stays NaN

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> torch.Tensor:
        (z,) = ctx.saved_tensors
        passed: torch.Tensor = upstream[0] * (z.abs() <= 1)
        return passed


class Step(nn.Module):
    """1 where z > 0, else 0, with the straight-through gradient 1 where |z| <= 1.

    Examples:
        >>> Step()(torch.tensor([-1.0, 0.0, 0.5])).tolist()
        [0.0, 0.0, 1.0]
    """

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Z (…) -> 0 or 1 (…)."""
        stepped: torch.Tensor = _StraightThrough.apply(z)  # type: ignore[no-untyped-call]  # PyTorch's own signature
        return stepped


def activation_module(name: str) -> nn.Module:
    """A new module that computes this activation."""
    kind = ACTIVATIONS[name].module
    module: nn.Module = Step() if kind == "Step" else getattr(nn, kind)()
    return module


class MLP(nn.Module):
    """The tutorial's network: layers fc1, fc2, …, an activation after each but the last, a probability out.

    Shape:
        - input: (n, d)
        - output: (n, 1), the probability of class 1; for two outputs (n, 2), the softmax

    Examples:
        >>> module = Network.parse("2-4-4-1").to_torch(np.zeros(37, np.float32))
        >>> module.fc3
        Linear(in_features=4, out_features=1, bias=True)
        >>> module(torch.zeros(3, 2)).shape
        torch.Size([3, 1])
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        for layer in network.layout:
            # As attributes under these names, so that `state_dict` has the keys of the tutorial's class.
            setattr(self, layer.name, nn.Linear(layer.fan_in, layer.fan_out))
        self.activations = nn.ModuleList(activation_module(entry.name) for entry in network.activations)

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """The last layer's numbers, before sigmoid or softmax: (n, d) -> (n, outputs)."""
        *hidden, last = (getattr(self, layer.name) for layer in self.network.layout)
        for linear, activation in zip(hidden, self.activations, strict=True):
            x = activation(linear(x))
        output: torch.Tensor = last(x)
        return output

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Probabilities: (n, d) -> (n, 1), or (n, 2) for two outputs."""
        z = self.logits(x)
        return torch.sigmoid(z) if self.network.n_outputs == 1 else torch.softmax(z, dim=1)


@insulated
def module_of(network: Network, parameters: np.ndarray) -> MLP:
    """An `MLP` with these parameters (p,), in their dtype; it shares no memory with them.

    Raises:
        InvalidData: not exactly one run's parameters.
    """
    if np.ndim(parameters) != 1:
        raise InvalidData(f"expected the parameters of one run, (p,), got shape {np.shape(parameters)}.")
    network.split(parameters)  # checks the length
    flat = torch.tensor(parameters)  # a copy
    with torch.random.fork_rng(devices=[]):  # nn.Linear draws from the global stream; leave it as it was
        module = MLP(network).to(flat.dtype)
    set_parameters(module, flat)
    return module


def tensors(module: nn.Module) -> list[torch.Tensor]:
    """The tensors of the flat vector: the parameters, then the floating buffers (such as a batch norm's statistics)."""
    return [*module.parameters(), *(buffer for buffer in module.buffers() if buffer.is_floating_point())]


def set_parameters(module: nn.Module, flat: torch.Tensor) -> None:
    """Copy a flat vector (p,) into the module's tensors, in their order, whatever their device."""
    start = 0
    # Autograd refuses to write in place into a leaf that requires a gradient.
    with torch.no_grad():
        for tensor in tensors(module):
            end = start + tensor.numel()
            tensor.copy_(flat[start:end].view_as(tensor))
            start = end


def get_parameters(module: nn.Module) -> np.ndarray:
    """The module's tensors as one flat vector (p,), a copy."""
    return torch.cat([tensor.detach().reshape(-1).cpu() for tensor in tensors(module)]).numpy().copy()


@insulated
def read_module(module: nn.Module, activation: str | tuple[str, ...] | None = None) -> tuple[Network, np.ndarray]:
    """Read a module of Linear layers back into a `Network` and its parameters (p,).

    The Linear layers are taken in the order of registration and the activations from the modules between them. A
    module that applies its activations as functions, as the tutorial's does, hides them: name them by `activation`
    (the default is then ReLU). Either way the network read is checked against the module on 64 random inputs.

    Raises:
        InvalidParameter: the module computes something that such a network does not.

    Examples:
        >>> network, parameters = read_module(nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)))
        >>> network
        Network(widths=(2, 3, 1), activation=('tanh',), init='torch')
    """
    if not isinstance(module, nn.Module):
        raise InvalidParameter(f"from_torch needs a torch.nn.Module, got {shown(module)}.")
    linears = [part for part in module.modules() if isinstance(part, nn.Linear)]
    # Registration needn't be the order of the calls; layers that don't fit together are a sign of it.
    if not linears or any(a.out_features != b.in_features for a, b in pairwise(linears)):
        raise InvalidParameter(
            "from_torch needs Linear layers, each with as many inputs as the one before has outputs."
        )
    if any(linear.bias is None for linear in linears):
        raise InvalidParameter("from_torch needs Linear layers with a bias; set bias=True (a bias of 0 does no harm).")
    trained = [part for linear in linears for part in (linear.weight, linear.bias)]
    # Anything else that is learned, such as a batch norm's scale, would be lost in the network.
    if sum(part.numel() for part in trained) != sum(tensor.numel() for tensor in tensors(module)):
        raise InvalidParameter("from_torch needs a module without parameters or statistics outside its Linear layers.")
    if {part.dtype for part in trained} not in ({torch.float32}, {torch.float64}):
        raise InvalidParameter("from_torch needs parameters of float32 or of float64; convert with module.float().")
    widths = (linears[0].in_features, *(linear.out_features for linear in linears))
    seen = module.network.activation if isinstance(module, MLP) else _seen_activations(module, len(linears) - 1)
    init = module.network.init if isinstance(module, MLP) else "torch"
    network = Network(widths, activation or seen or "relu", init)
    flat = np.concatenate([part.detach().cpu().numpy().ravel() for part in trained])
    _refuse_unlike(module, network, flat)
    return network, flat


def _seen_activations(module: nn.Module, hidden: int) -> tuple[str, ...] | None:
    """The names of the activation modules in order of registration, if there is one for each hidden layer."""
    by_kind = {type(activation_module(name)): name for name in ACTIVATIONS}
    # Exact types, because a subclass may compute something else.
    seen = [by_kind[type(part)] for part in module.modules() if type(part) in by_kind]
    return tuple(seen[:hidden]) if len(seen) >= hidden else None


def _refuse_unlike(module: nn.Module, network: Network, flat: np.ndarray) -> None:
    """Compare the module's outputs with the network's probabilities and logits on random inputs."""
    # A generator of its own with a fixed seed: the answer is always the same, and no global stream moves.
    x = np.random.default_rng(0).normal(size=(64, network.n_inputs)).astype(flat.dtype)
    # In evaluation mode: dropout and batch statistics would make two calls differ.
    copied = copy.deepcopy(module).cpu().eval()
    try:
        with torch.no_grad():
            output = copied(torch.from_numpy(x)).numpy()
    except Exception as error:  # whatever a module of any kind may raise
        raise InvalidParameter(f"from_torch needs a module that takes x of shape {x.shape}: {error}") from error
    logits = network.outputs(flat, x)
    probability = network.predict_proba(flat, x)[:, 1:] if network.n_outputs == 1 else network.predict_proba(flat, x)
    # Two libraries add in different orders; a wrong activation is off by far more than these tolerances.
    close = [
        np.allclose(output, ours, rtol=1e-4, atol=1e-5) for ours in (logits, probability) if output.shape == ours.shape
    ]
    if not any(close):
        raise InvalidParameter(
            f"the module doesn't compute what {network!r} computes; if its activations are functions in forward(), "
            "name them: from_torch(module, activation='tanh')."
        )
