"""The pages of the findings: every number from the studies, every word in both languages."""

import re

import numpy as np
import pytest

from separatrix.cli import run
from separatrix.evaluation.statistics.shares import percent
from separatrix.studies.border_findings import words
from separatrix.studies.border_findings._plans import SETTINGS, plan
from separatrix.studies.border_findings.findings import findings, median_cell
from separatrix.studies.border_findings.running import measure, page, write_findings

SEEDS, SHORTER = 8, 200


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    return measure(tmp_path_factory.mktemp("studies"), seeds=SEEDS, shorter=SHORTER, workers=1)


@pytest.fixture(scope="module")
def written(studies, tmp_path_factory):
    out = tmp_path_factory.mktemp("pages")
    write_findings(studies, out, "separatrix borders", SEEDS, SHORTER)
    return out


def test_the_figures_are_those_of_the_table(studies):
    found = findings(studies)
    last = studies["course"].rows().collect()
    assert found.values["unsolved"].startswith(percent(float((~last["solved"]).mean())))
    assert found.values["regions_most"] == f"{last['regions'].max()}"
    row = next(cells for cells in found.tables["bounds"].rows if cells[0] == "2-4-4-1")
    assert (row[1], row[4]) == ("44", "121")
    width = studies["widths"].rows(width=4).collect()
    assert row[2] == median_cell(width["regions"])
    assert float(row[2].split()[0]) == round(float(np.median(width["regions"])))


def test_every_table_has_a_cell_for_every_head(studies):
    for table in findings(studies).tables.values():
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.heads)}


@pytest.mark.parametrize("language", words.LANGUAGES, ids=lambda language: language.file)
def test_the_page_is_whole_in_each_language(studies, written, language):
    text = (written / language.file).read_text(encoding="utf-8")
    assert not re.search(r"\{\w+\}| %|nan|None", text)
    for name in words.SECTIONS:
        assert f"## {language.sections[name].heading}" in text
    for path in re.findall(r"\]\((.*?\.png)\)", text):
        assert (written / path).read_bytes().startswith(b"\x89PNG")
    assert text.count("separatrix study") == sum(len(studies) for studies in words.STUDIES.values())


def test_both_languages_have_the_same_words():
    english, chinese = words.LANGUAGES
    for part in ("heads", "cells", "captions", "sections"):
        assert getattr(english, part).keys() == getattr(chinese, part).keys()
    for name in words.SECTIONS:
        fields = [set(re.findall(r"\{(\w+)\}", " ".join(one.sections[name].before + one.sections[name].after)))
                  for one in (english, chinese)]  # fmt: skip  # a language each
        assert fields[0] == fields[1], name


def test_pictures_without_anything_to_show_are_left_out(studies):
    english, found = words.LANGUAGES[0], findings(studies)
    text = page(english, found, "words", dict.fromkeys(SETTINGS, "command"), {"pieces"})
    assert text.count(".png)") == 1


def test_the_studies_measure_borders():
    assert all(plan(name, 40).borders for name in SETTINGS)
    assert plan("course", 40).n_runs == 40


def test_a_stopped_measurement_gives_nothing(tmp_path):
    assert measure(tmp_path, seeds=8, shorter=1_000, workers=1, on_progress=lambda name, moment: False) is None


def test_the_command_writes_both_pages_and_refuses_to_replace_them(written, studies, tmp_path, capsys):
    folder = str(studies["course"].folder.parent)
    words = [
        "borders",
        "--seeds",
        str(SEEDS),
        "--shorter",
        str(SHORTER),
        "--studies",
        folder,
        "--out",
        str(tmp_path / "out"),
    ]
    assert run(words) == 0
    assert "borders.zh-CN.md" in capsys.readouterr().out
    again = (tmp_path / "out" / "borders.md").read_text(encoding="utf-8")
    assert (
        again.split("This page is written by")[0]
        == (written / "borders.md").read_text().split("This page is written by")[0]
    )
    assert run(words) == 2
    assert "--force" in capsys.readouterr().err


def test_a_folder_that_cannot_be_created_is_named_before_anything_is_trained(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert run(["borders", "--seeds", str(SEEDS), "--out", str(tmp_path / "file")]) == 2
    # without blanks: a terminal breaks lines anywhere in a long path
    message = f"the folder {tmp_path / 'file' / 'borders'} can't be created"
    assert "".join(message.split()) in "".join(capsys.readouterr().err.split())
