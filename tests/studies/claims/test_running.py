"""The pages land whole; what exists is refused without force; an interrupted measurement goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

import separatrix as sx
from separatrix.studies.claims import running
from separatrix.studies.claims.answers import Measured

from .conftest import EPOCHS


@pytest.mark.slow
def test_pages_and_pictures_are_written(found: Measured, tmp_path: Path) -> None:
    answers = running.write_claims(found, tmp_path, "command")
    assert len(answers) == 7
    assert {path.name for path in tmp_path.iterdir()} == {"claims.md", "claims.zh-CN.md", "claims"}
    drawn = {path.stem for path in (tmp_path / "claims").iterdir()}
    for page in ("claims.md", "claims.zh-CN.md"):
        text = (tmp_path / page).read_text(encoding="utf-8")
        assert {name for name in drawn if f"](claims/{name}.png)" in text} == drawn
    with pytest.raises(sx.OutputError, match="exists"):
        running.write_claims(found, tmp_path, "command")


def test_fault_40_a_page_that_exists_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    (tmp_path / "claims.md").write_text("mine")
    with pytest.raises(sx.OutputError, match=r"claims\.md"):
        running.check_pages(tmp_path)
    assert (tmp_path / "claims.md").read_text() == "mine"


def test_fault_26_stopped_and_called_again_it_goes_on(tmp_path: Path) -> None:
    looks = []

    def stop(name: str, moment: sx.StudyProgress) -> bool:
        looks.append((name, moment.done))
        return name != "widths"

    assert running.measure(tmp_path, seeds=8, epochs=EPOCHS, engine="torch", on_progress=stop) is None
    assert looks[-1][0] == "widths"
    assert sx.read_study(tmp_path / "lesson").complete
    assert not (tmp_path / "rates").exists()


def test_too_few_seeds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(sx.InvalidParameter, match="seeds"):
        running.measure(tmp_path, seeds=3)
