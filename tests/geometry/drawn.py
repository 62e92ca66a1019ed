"""Networks for the exact geometry: random ones, and degenerate ones of whole numbers and zeros."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import separatrix as sx


@st.composite
def networks(
    draw, shapes=("2-1", "2-1-1", "2-3-1", "2-4-4-1", "2-3-3-2", "2-2-3-2-1"), activations=("relu", "leaky_relu")
):
    """A network and its parameters (p,): whole numbers from -2 to 2, normal ones, or normal ones of which many are 0.

    Whole numbers give parallel, coincident and concurrent lines, borders through vertices and flat regions at 0.
    """
    network = sx.Network.parse(draw(st.sampled_from(shapes)), draw(st.sampled_from(activations)))
    stream = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = network.n_parameters
    match draw(st.sampled_from(("whole", "normal", "sparse"))):
        case "whole":
            parameters = stream.integers(-2, 3, size).astype(np.float64)
        case "normal":
            parameters = stream.normal(size=size)
        case _:
            parameters = stream.normal(size=size) * (stream.random(size) < 0.6)
    return network, parameters
