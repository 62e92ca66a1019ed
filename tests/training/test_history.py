"""History: columns of equal length, joined and shown as a frame."""

import numpy as np
import polars

from separatrix.training.run import COLUMNS, History


def history(first, rows):
    columns = {name: np.arange(first, first + rows, dtype=float) for name in COLUMNS}
    return History(**columns | {"epoch": np.arange(first, first + rows)})


def test_joined_puts_one_after_the_other():
    both = History.joined([history(1, 2), history(3, 1)])
    assert both.epoch.tolist() == [1, 2, 3]
    assert both.epoch.dtype == np.int64
    assert len(both) == 3


def test_joined_of_none_is_the_empty_history():
    empty = History.joined([])
    assert len(empty) == 0
    assert empty.frame().columns == list(COLUMNS)
    assert len(empty.frame()) == 0


def test_the_frame_has_the_columns_in_their_order():
    frame = history(1, 3).frame()
    assert isinstance(frame, polars.DataFrame)
    assert frame.columns == list(COLUMNS)
    assert frame["epoch"].to_list() == [1, 2, 3]
    assert frame["loss"].dtype == polars.Float64
