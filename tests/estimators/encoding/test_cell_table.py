"""Predictions in forked processes: the same numbers without polars, or an error that says what to do; never a hang."""

import datetime
import os
import signal
import sys

import numpy as np
import pandas
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from separatrix.data.frames import as_frame
from separatrix.data.table_file import read_table
from separatrix.errors import ForkedProcess, InvalidData
from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.estimators.encoding._cell_table import CellTable
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.encoding.encoding import encode

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there is no fork"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]

COLUMNS = {
    "number": st.floats(-1e6, 1e6),
    "flag": st.booleans(),
    "town": st.sampled_from(["Oslo", "Ulm", "Rome", "Łódź"]),
    "when": st.datetimes(datetime.datetime(1950, 1, 1), datetime.datetime(2100, 1, 1)),
    "wait": st.timedeltas(datetime.timedelta(-9), datetime.timedelta(9)).map(
        lambda wait: datetime.timedelta(seconds=wait // datetime.timedelta(seconds=1))
    ),
}
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | values for name, values in COLUMNS.items()}), min_size=1)
SCHEMA = {
    "number": polars.Float64,
    "flag": polars.Boolean,
    "town": polars.String,
    "when": polars.Datetime("us"),
    "wait": polars.Duration("us"),
}
LIBRARIES = {"polars": lambda frame: frame, "pandas": polars.DataFrame.to_pandas, "arrow": polars.DataFrame.to_arrow}


@pytest.mark.filterwarnings("ignore:no row has a value")
@given(rows=ROWS, more=ROWS, library=st.sampled_from(list(LIBRARIES)))
@settings(max_examples=30, deadline=None)
def test_cells_are_encoded_as_polars_encodes_them(rows, more, library):
    encoding = TableEncoder().fit(polars.DataFrame(rows, SCHEMA)).encoding_
    frame = polars.DataFrame(more, SCHEMA)
    cells = CellTable.of(LIBRARIES[library](frame))
    np.testing.assert_array_equal(encode(encoding, cells, "float64"), encode(encoding, frame, "float64"))
    np.testing.assert_array_equal(encode(encoding, cells[1:], "float32"), encode(encoding, frame[1:], "float32"))


def test_arrays_of_dates_keep_their_unit():
    x = np.array([["2020-01-02", "2021-03-04"]] * 3, "datetime64[ns]")
    encoding = TableEncoder().fit(x).encoding_
    np.testing.assert_array_equal(encode(encoding, CellTable.of(x), "float64"), encode(encoding, x, "float64"))


def test_a_cell_of_another_kind_is_named_with_its_row():
    encoding = TableEncoder().fit(pandas.DataFrame({"a": [1.0, 2.0]})).encoding_
    with pytest.raises(InvalidData, match=r"column 'a'.*'x' in row 1"):
        CellTable.of(pandas.DataFrame({"a": ["1", "x"]})).encode(encoding.columns, "float64")


# In a child of this process, in which polars has computed.


def in_child(work):
    """What a forked child writes into a pipe, after at most 30 s; -14 is the alarm that ends one that waits."""
    end, start = os.pipe()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(30)
        try:
            answer = repr(work())
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        os.write(start, answer.encode())
        os._exit(0)
    os.close(start)
    with os.fdopen(end) as pipe:
        answer = pipe.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return answer


@pytest.fixture(scope="module")
def fitted():
    draw = np.random.default_rng(0)
    x = pandas.DataFrame({"a": draw.normal(size=200), "town": list("uvwx") * 50, "flag": draw.random(200) < 0.5})
    x["when"] = pandas.Timestamp("2024-01-01") + pandas.to_timedelta(np.arange(200)[::-1] * 7 % 200, unit="h")
    model = MLPBinaryClassifier((4,), max_iter=3, random_state=0).fit(x, x.a > 0)
    as_frame(x).lazy().filter(polars.col("a") > 0).collect()
    return x, model


@pytest.mark.parametrize("library", ["pandas", "polars", "array"])
def test_a_forked_child_predicts_a_table_of_any_columns(fitted, library):
    x, model = fitted
    rows = {"pandas": x, "polars": as_frame(x), "array": x.to_numpy()}[library]
    if library == "array":
        model = MLPBinaryClassifier((4,), max_iter=3, random_state=0).fit(rows, x.a > 0)
    expected = repr(model.predict_proba(rows)[:5].tolist())
    assert in_child(lambda: model.predict_proba(rows)[:5].tolist()) == expected
    assert in_child(lambda: in_child(lambda: model.predict_proba(rows)[:5].tolist())) == repr(expected)


def test_a_forked_child_trains_on_numbers(fitted):
    x, _ = fitted
    numbers, y = x[["a"]].assign(b=np.where(x.flag, 1.0, np.nan)), x.a > 0
    model = MLPBinaryClassifier((4,), max_iter=3, random_state=0)
    expected = repr(model.fit(numbers, y).parameters_[:3].tolist())
    assert in_child(lambda: model.fit(numbers, y).parameters_[:3].tolist()) == expected


@pytest.mark.parametrize("work", ["fit", "read", "frame", "lazy"])
def test_what_a_forked_child_cannot_do_says_how_it_could(fitted, work, tmp_path):
    x, model = fitted
    path = tmp_path / "a.csv"
    path.write_text("a,y\n1,0\n2,1\n")
    works = {
        "fit": lambda: model.fit(x, x.a > 0),
        "read": lambda: read_table(path, "y"),
        "frame": lambda: as_frame(x),
        "lazy": lambda: model.predict(as_frame(x).lazy()),
    }
    answer = in_child(works[work])
    assert answer.startswith(ForkedProcess.__name__)
    assert "spawn" in answer
