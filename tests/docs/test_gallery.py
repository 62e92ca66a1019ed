"""The gallery has every picture, sampler and activation, and its pictures are those of its code."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from separatrix import pictures
from separatrix.data.samplers import SAMPLERS
from separatrix.networks.activations import ACTIVATIONS
from tools import gallery
from tools.gallery import GALLERY, GROUPS, THEMES, Entry, drawn_digest, entries, gallery_pages
from tools.pages import Block, Session

ENTRIES = entries()
NO_STILL_PICTURE = {"show", "animation", "EpochBand"}  # windows, a film, and the record of a band


def test_it_has_forty_entries_and_more() -> None:
    assert len(ENTRIES) >= 40


def test_every_picture_is_in_it() -> None:
    used = {name for entry in ENTRIES for name in re.findall(r"sx\.pictures\.(\w+)\(", entry.code)}
    assert set(pictures.__all__) - NO_STILL_PICTURE <= used


def test_every_sampler_and_activation_is_in_it() -> None:
    names = {entry.name for entry in ENTRIES}
    assert {f"sampler_{name}" for name in SAMPLERS} | {f"activation_{name}" for name in ACTIVATIONS} <= names


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_pictures_are_those_of_the_code(entry: Entry) -> None:
    digests = {drawn_digest(entry.picture(theme)) for theme in THEMES}
    assert digests == {entry.digest}, "python -m tools.gallery draws what changed"


def test_a_change_of_what_draws_a_picture_makes_it_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = next(entry for entry in ENTRIES if entry.name == "picture_boundary")
    assert {"_boundary", "_plane", "_points", "style"} <= set(entry.modules)
    assert "_wall" not in entry.modules
    before = entry.digest
    files = shutil.copytree(gallery.PICTURE_FILES, tmp_path / "pictures")
    monkeypatch.setattr(gallery, "PICTURE_FILES", files)
    assert entry.digest == before
    plane = (files / "_plane.py").read_text("utf-8")
    (files / "_plane.py").write_text(f"{plane}\n# A comment draws nothing.\n", "utf-8")
    gallery._code.cache_clear()
    assert entry.digest == before
    (files / "_plane.py").write_text(f"{plane}\nNARROWEST = 1.0\n", "utf-8")
    gallery._code.cache_clear()
    assert entry.digest != before


def test_words_are_there_in_both_languages() -> None:
    for entry in ENTRIES:
        assert all(entry.titles)
        assert all(entry.sentences)
        assert re.search("[\u4e00-\u9fff]|^[A-Z-]+$", entry.titles[1]) or entry.titles[1] == entry.titles[0]
        assert not re.search("[\u4e00-\u9fff]", "".join((entry.titles[0], entry.sentences[0])))


def test_its_pictures_are_small() -> None:
    assert sum(os.path.getsize(path) for path in (GALLERY / "images").iterdir()) < 15_000_000


def test_no_picture_is_left_over() -> None:
    expected = {entry.picture(theme).name for entry in ENTRIES for theme in THEMES}
    assert {path.name for path in (GALLERY / "images").iterdir()} == expected


def test_every_entry_has_a_page_in_both_languages() -> None:
    pages = gallery_pages()
    assert len(pages) == 2 * (len(ENTRIES) + 1)
    assert all(heading[0] in pages["gallery/entries/index.md"] for heading in GROUPS.values())


@pytest.mark.parametrize("name", ["sampler_circle", "picture_network", "network_linear"])
def test_scripts_run(name: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = next(entry.code for entry in ENTRIES if entry.name == name)
    Session(name).run(Block("python", code, 0, picture="drawn"), tmp_path)
    assert (tmp_path / "drawn-light.png").stat().st_size != (tmp_path / "drawn-dark.png").stat().st_size
