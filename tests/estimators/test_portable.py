"""A portable predicts by itself, goes round as arrays and plain data, and refuses parts that don't fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars
import pytest

import separatrix as sx
from separatrix.data.kinds.category import CategoryCode
from separatrix.data.kinds.number import NumberCode
from separatrix.estimators._prediction import BLOCK
from separatrix.estimators.encoding.encoding import Encoding
from separatrix.estimators.portable import Member, Portable, as_portable, from_data, logits_of, to_data

NETWORK = sx.Network.parse("3-4-1", "tanh")
ENCODING = Encoding((NumberCode("age", centre=40.0, scale=10.0), CategoryCode("city", ("Oslo", "Rome"))))
COLUMNS = {"age": "number", "city": "category"}


def member(seed: int = 0, **more: Any) -> Member:
    return Member(ENCODING, NETWORK, NETWORK.initialise(seed), **more)


def rows() -> polars.DataFrame:
    return polars.DataFrame({"city": ["Rome", "Bonn", None], "age": [51.0, None, -1e300]})


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def test_probabilities_are_the_networks_of_the_encoded_rows() -> None:
    portable = Portable(COLUMNS, ("no", "yes"), (member(),))
    encoded = ENCODING.encode(rows(), "float64")
    z = NETWORK.logit(NETWORK.initialise(0).astype(float), encoded)
    np.testing.assert_allclose(portable.predict_proba(rows())[:, 1], sigmoid(z), rtol=1e-6)
    np.testing.assert_allclose(portable.predict_proba(rows()).sum(axis=1), 1)


def test_members_add_their_parts_of_the_logit() -> None:
    one, other = Portable(COLUMNS, (0, 1), (member(0),)), Portable(COLUMNS, (0, 1), (member(1, scale=2.0, shift=-1.0),))
    both = Portable(COLUMNS, (0, 1), (*one.members, *other.members))
    encoded = ENCODING.encode(rows()).astype(np.float64)
    first, second = (NETWORK.logit(NETWORK.initialise(seed).astype(np.float64), encoded) for seed in (0, 1))
    np.testing.assert_allclose(other.predict_proba(rows())[:, 1], sigmoid(2 * second - 1))
    np.testing.assert_allclose(both.predict_proba(rows())[:, 1], sigmoid(first + 2 * second - 1))


def test_several_are_asked_at_once_and_each_answers_as_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = member(0), member(1)
    whole = Portable(COLUMNS, (0, 1), (first, second))
    parts = [Portable(COLUMNS, (0, 1), (replace(each, scale=2.0, shift=0.5),)) for each in (first, second)]
    many = polars.concat([rows()] * 6_000)  # blocks, in threads
    asked = []
    monkeypatch.setattr(sx.Network, "logit", _counted(sx.Network.logit, asked))
    found = logits_of([whole, *parts], many)
    assert len(asked) == 2 * -(-len(many) // BLOCK)  # each network once, not once for each that holds it
    for k, each in enumerate((whole, *parts)):
        np.testing.assert_allclose(sigmoid(found[:, k]), each.predict_proba(many)[:, 1], atol=1e-6)


def test_numbers_without_an_encoding_are_asked_in_their_own_precision() -> None:
    network = sx.Network.parse("2-3-1")
    portable = Portable.of_network(network, network.initialise(0, "float64") * 1e-30)
    x = np.array([[1e39, 0.0], [0.0, -1e39]])  # infinite in single precision
    np.testing.assert_allclose(sigmoid(logits_of([portable], x)[:, 0]), portable.predict_proba(x)[:, 1])


def _counted(method: Any, calls: list[int]) -> Any:
    def counting(*given: Any) -> Any:
        calls.append(1)
        return method(*given)

    return counting


def test_an_encoding_that_members_share_is_told_once_and_shared_again() -> None:
    other = Encoding((NumberCode("age", centre=1.0), CategoryCode("city", ("Oslo", "Rome"))))
    members = (member(0), Member(other, NETWORK, NETWORK.initialise(3)), member(1), member(2))
    portable = Portable(COLUMNS, (0, 1), members)
    arrays, data = to_data(portable)
    assert [type(told["encoding"]) for told in data["members"]] == [dict, dict, int, int]
    again = from_data(arrays, data)
    assert again.members[0].encoding is again.members[2].encoding is again.members[3].encoding
    assert again.predict_proba(rows()).tobytes() == portable.predict_proba(rows()).tobytes()


@pytest.mark.parametrize("at", [-1, 1, 7, True])
def test_an_encoding_of_a_member_that_does_not_come_before_is_refused(at: int) -> None:
    arrays, data = to_data(Portable(COLUMNS, (0, 1), (member(0), member(1))))
    data["members"][1]["encoding"] = at
    with pytest.raises(sx.InvalidData, match="isn't before it"):
        from_data(arrays, data)


@pytest.mark.parametrize("threshold", [0.0, 0.45, 0.5, 1.0])
def test_the_second_class_is_predicted_above_the_threshold(threshold: float) -> None:
    portable = Portable(COLUMNS, ("no", "yes"), (member(),), threshold)
    above = portable.predict_proba(rows())[:, 1] > threshold
    assert portable.predict(rows()).tolist() == ["yes" if each else "no" for each in above]


def test_columns_go_by_their_names() -> None:
    portable = Portable(COLUMNS, (0, 1), (member(),))
    turned = rows().select("age", "city")
    assert portable.predict_proba(turned).tobytes() == portable.predict_proba(rows()).tobytes()
    with pytest.raises(sx.InvalidData, match="'age'"):
        portable.predict_proba(rows().drop("age"))


def test_a_portable_goes_round_as_arrays_and_plain_data() -> None:
    encoding = Encoding(
        (NumberCode("$a", centre=40.0), CategoryCode("", ("Oslo", "Rome")))
    )  # names that JSON could mistake
    members = (Member(encoding, NETWORK, NETWORK.initialise(0), scale=1.5),)
    portable = Portable({"$a": "number", "": "category"}, (False, True), members, 0.25)
    arrays, data = to_data(portable)
    again = from_data(arrays, data)
    assert (again.columns, again.classes, again.threshold) == (portable.columns, portable.classes, 0.25)
    assert again.members[0].scale == 1.5
    assert again.members[0].parameters.tobytes() == portable.members[0].parameters.tobytes()
    assert again.members[0].encoding.to_data()[1] == encoding.to_data()[1]


def test_an_estimator_a_run_and_a_portable_are_portables(run: sx.Run) -> None:
    assert as_portable(run).members[0].parameters is run.parameters
    portable = as_portable(run)
    assert as_portable(portable) is portable
    x = [[0.5, -0.5], [1.0, 2.0]]
    np.testing.assert_allclose(portable.predict_proba(np.array(x)), run.predict_proba(x), atol=1e-6)


def test_a_diverged_run_is_nothing_to_predict_with() -> None:
    parameters = NETWORK.initialise(0)
    parameters[3] = np.nan
    with pytest.raises(sx.InvalidData, match="aren't finite: a diverged training"):
        Member(None, NETWORK, parameters)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": {}}, "one or more names"),
        ({"columns": {"age": "colour", "city": "category"}}, "the kind of 'age' must be one of"),
        ({"columns": {3: "number"}}, "one or more names"),
        ({"classes": (0,)}, "classes must be two labels"),
        ({"classes": (0, None)}, "classes must be two labels"),
        ({"members": ()}, "one Member or more"),
        ({"threshold": 1.5}, "threshold must be"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(sx.SeparatrixError, match=words):
        Portable(**{"columns": COLUMNS, "classes": (0, 1), "members": (member(),)} | change)


def test_a_network_of_another_width_is_refused() -> None:
    network = sx.Network.parse("2-1")
    with pytest.raises(sx.InvalidData, match="2-1 takes 2 numbers a row, but gets 3"):
        Portable(COLUMNS, (0, 1), (Member(ENCODING, network, network.initialise(0)),))
    with pytest.raises(sx.InvalidData, match="2-1 has 3 parameters"):
        Member(None, network, np.zeros(4, np.float32))
    with pytest.raises(sx.InvalidData, match="without an encoding every column must be a number"):
        Portable({"a": "number", "b": "date"}, (0, 1), (Member(None, network, network.initialise(0)),))


@pytest.mark.parametrize("odd", [{"scale": np.inf}, {"shift": "1"}, {"encoding": 3}, {"network": "3-1"}])
def test_a_member_of_odd_parts_is_refused(odd: dict[str, Any]) -> None:
    with pytest.raises(sx.InvalidParameter, match="Member: "):
        Member(**{"encoding": None, "network": NETWORK, "parameters": NETWORK.initialise(0)} | odd)
