import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.geometry.exact import compute_borders
from separatrix.studies.border_findings.findings import most_regions, some_regions
from tests.geometry.drawn import networks


@pytest.mark.parametrize(
    ("widths", "some", "most"),
    [("2-1", 1, 1), ("2-3-1", 7, 7), ("2-4-4-1", 44, 121), ("2-2-2-1", 4, 11), ("2-8-8-8-1", 16 * 16 * 37, 37**3)],
)
def test_bounds_of_small_shapes_counted_by_hand(widths, some, most):
    network = sx.Network.parse(widths)
    assert (some_regions(network), most_regions(network)) == (some, most)


@given(st.lists(st.integers(2, 6), min_size=1, max_size=4))
def test_what_exists_is_never_more_than_the_most(hidden):
    network = sx.Network((2, *hidden, 1))
    assert some_regions(network) <= most_regions(network)


@given(networks())
def test_no_network_has_more_regions_than_the_most(drawn):
    network, parameters = drawn
    borders = compute_borders(network, parameters)
    assert borders.regions[0] <= most_regions(network)
