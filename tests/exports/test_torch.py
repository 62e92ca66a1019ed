"""The PyTorch program: any number of rows, a record of its inputs, nothing of this machine inside."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

import separatrix as sx
from separatrix.estimators.portable import Member, Portable
from separatrix.exports.torch import RECORD, load, to_torch


@pytest.fixture(scope="module")
def portable() -> Portable:
    network = sx.Network((2, 4, 1), "gelu")
    return Portable({"a": "number", "b": "number"}, ("no", "yes"), (Member(None, network, network.initialise(3)),))


@pytest.fixture(scope="module")
def file(portable: Portable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return to_torch(portable, tmp_path_factory.mktemp("exported") / "model.pt2")


@pytest.mark.parametrize("rows", [0, 1, 2, 500])
def test_any_number_of_rows(portable: Portable, file: Path, rows: int) -> None:
    x = np.random.default_rng(rows).normal(size=(rows, 2))
    program = torch.export.load(file).module()
    found = program(torch.tensor(x))
    assert (found.shape, found.dtype) == ((rows, 2), torch.float64)
    np.testing.assert_allclose(found.detach(), portable.predict_proba(x), rtol=0, atol=1e-5)


def test_the_record_says_what_the_inputs_are(file: Path) -> None:
    extra = {RECORD: ""}
    torch.export.load(file, extra_files=extra)
    record = json.loads(extra[RECORD])
    assert (record["numbers"], record["codes"]) == ([["a", "number"], ["b", "number"]], [])
    assert record["classes"] == ["no", "yes"]


def test_no_path_of_this_machine_is_inside(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            assert str(Path(sx.__file__).parent).encode() not in archive.read(name), name


def test_what_is_no_program_of_ours_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "text.pt2").write_text("nothing")
    for name in ("text.pt2", "missing.pt2"):
        with pytest.raises(sx.ModelFileError, match=r"is not a program that separatrix exported"):
            load(tmp_path / name)


def test_an_existing_file_is_refused_without_force(portable: Portable, file: Path) -> None:
    with pytest.raises(sx.OutputError, match="exists"):
        to_torch(portable, file)
