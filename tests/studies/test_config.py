"""Settings as a person writes them."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.errors import DataFileError, InvalidParameter
from separatrix.studies.config import OF_RECIPE, read_settings, seeds_of, study_of, toml_text, whole_numbers

VALUES = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs"))),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(OF_RECIPE), st.one_of(VALUES, st.lists(VALUES))))
def test_what_is_written_as_toml_reads_back(settings):
    try:
        text = toml_text(settings)
    except InvalidParameter:
        return  # TOML has no word for it
    assert tomllib.loads(text) == settings


def test_whole_numbers_are_one_several_or_a_range():
    assert whole_numbers("widths", "2..4, 8") == [2, 3, 4, 8]
    assert whole_numbers("widths", ["2..3", 7]) == [2, 3, 7]
    assert whole_numbers("widths", 5) == [5]
    assert whole_numbers("checkpoints", "50_000") == [50_000]
    with pytest.raises(InvalidParameter, match="stands for 1,000,001 numbers"):
        whole_numbers("widths", "0..1000000")


def test_seeds_are_how_many_or_which():
    assert seeds_of("0..999999999") == range(10**9)
    assert seeds_of(7) == 7
    assert study_of({"half_width": 0.05, "checkpoints": 5}).n_replicates == 10_000
    assert study_of({"half_width": 0.05, "checkpoints": 5}).until == sx.Until(0.05)


def test_networks_stand_for_widths_and_depths():
    study = study_of({"networks": ["2-3-4-1", "2-4-3-1"], "activation": ["relu", "tanh"], "checkpoints": 5})
    assert [each.text for each in study.conditions][:2] == ["circle(n=100), 2-3-4-1", "circle(n=100), 2-3-4-1, tanh"]


def test_fault_19_and_40_unknown_settings_and_broken_files_are_told(tmp_path):
    path = tmp_path / "study.toml"
    with pytest.raises(DataFileError, match="can't be read"):
        read_settings(path)
    path.write_text("widhts = 3")
    with pytest.raises(DataFileError, match=r"no setting 'widhts'.*Did you mean 'widths'"):
        read_settings(path)
    for broken in (b"widths = ", b"\xff\xfe"):
        path.write_bytes(broken)
        with pytest.raises(DataFileError, match="isn't a study's TOML file"):
            read_settings(path)
    with pytest.raises(InvalidParameter, match="no setting 'widhts'"):
        study_of({"widhts": 3})
