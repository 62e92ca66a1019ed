"""Every picture of the pages shows what was measured; where there is nothing to show, there is none."""

from __future__ import annotations

import numpy as np
import pytest

from separatrix.studies.claims._drawing import PICTURES
from separatrix.studies.claims._figures import column
from separatrix.studies.claims.answers import USUAL_RATE, Measured

from .conftest import EPOCHS


def test_a_line_a_checkpoint(found: Measured) -> None:
    figure = PICTURES["widths"](found)
    assert figure is not None
    lines = figure.axes[0].get_lines()
    assert len(lines) == len(EPOCHS)
    np.testing.assert_array_equal(lines[0].get_xdata(), range(2, 9))


def test_fault_43_the_ends_of_all_seeds_add_up(found: Measured) -> None:
    figure = PICTURES["rates"](found)
    assert figure is not None
    heights = np.array([line.get_ydata() for line in figure.axes[0].get_lines()])
    assert heights.shape[0] == 4
    np.testing.assert_allclose(heights.sum(axis=0), 1)


@pytest.mark.parametrize(("name", "status"), [("surface_solved", "converged"), ("surface_stuck", "stuck")])
def test_no_surface_of_what_did_not_happen(found: Measured, name: str, status: str) -> None:
    ended = column(found.studies["rates"], lr=USUAL_RATE).status
    assert (PICTURES[name](found) is None) == (status not in ended)
