"""The catalogue of Chinese messages: complete for every help text and true to its numbers."""

from __future__ import annotations

import re
from importlib.resources import files

import polib
import pytest

from separatrix.cli import _folder, _models, app, run
from separatrix.cli._command_list import COMMANDS, FIRST_STEPS, MORE, OPTIONS, WELCOME
from separatrix.errors import InvalidParameter
from separatrix.reports.html_elements import html_page
from separatrix.support.translations import in_language, language, translated, width, wrapped
from tests.support.error_messages import PRINTED, RAISED, messages_of

CATALOGUE = polib.pofile((files("separatrix.support.translations") / "zh.po").read_text(encoding="utf-8"))
PLACE = re.compile(r"\{\w+\}")
ENGLISH = re.compile(r"(?:\b[a-z]{2,}\b[ ,;:]+){3,}")  # four words in a row that aren't names or code


def sentences_of_help() -> set[str]:
    """Every sentence that a help text can show."""
    from typer.main import get_group

    texts = {WELCOME, MORE, *FIRST_STEPS.values(), *OPTIONS.values(), *(about for _, about in COMMANDS.values())}
    for command in get_group(app).commands.values():
        texts |= {" ".join(part.split()) for part in (command.help or "").split("\n\n")}
        for parameter in command.params:
            texts.add(" ".join((getattr(parameter, "help", None) or "").split()))
            texts.add(getattr(parameter, "rich_help_panel", None) or "Options")
    return texts - {""}


def test_every_sentence_of_the_help_is_translated() -> None:
    with in_language("zh"):
        english = {text: translated(text) for text in sentences_of_help()}
    missing = {
        text for text, shown in english.items() if not re.search("[\u4e00-\u9fff]", shown) or ENGLISH.search(shown)
    }
    assert missing == set()


def test_messages_of_commands_tables_and_files_are_translated() -> None:
    messages = {
        # sentences about a file are raised without its name, and `load` puts it in front
        (place, f"7 {text}" if place.startswith("files/") and text.startswith("holds ") else text)
        for place, text in messages_of(("cli", "data", "files"))
        if re.search("[A-Za-z]{3}.* ", text)  # not those of places alone
    }
    with in_language("zh"):
        missing = {f"{place} {text}" for place, text in messages if not re.search("[\u4e00-\u9fff]", translated(text))}
    assert len(messages) > 150
    # a new message may wait for its Chinese for a while, but not many may
    assert len(missing) <= 5, missing


def test_what_predict_prints_is_translated() -> None:
    messages = [
        (place, text)
        for place, text in messages_of(("cli",), RAISED | PRINTED)
        if place.startswith(("cli/_folder.py", "cli/_models.py", "cli/_predictions.py"))
        and re.search("[A-Za-z]{3}.* ", text)
    ] + [("NOTICE", notice) for notice in (_folder.NOTICE, _models.NOTICE)]
    with in_language("zh"):
        shown = {f"{place} {text}": translated(text) for place, text in messages}
    assert len(messages) > 20
    missing = {
        text for text, words in shown.items() if not re.search("[\u4e00-\u9fff]", words) or ENGLISH.search(words)
    }
    assert missing == set()


def test_an_error_of_the_command_line_is_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lesson", "--epochs", "0", "--lang", "zh"]) == 2
    assert "错误：--epochs 必须是不小于 1 的整数，现在是 0。" in capsys.readouterr().err
    assert run(["fit", "nothing.csv", "--target", "y", "--lang", "zh"]) == 2
    assert "没有文件 nothing.csv" in capsys.readouterr().err.replace("'", "")


def test_numbers_and_places_of_a_translation_are_those_of_its_sentence() -> None:
    for entry in CATALOGUE:
        english, chinese = entry.msgid, entry.msgstr
        assert chinese, english
        assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(chinese)), english
        numbers = [sorted(re.findall(r"\d[\d,.]*\d|\d", PLACE.sub("", text))) for text in (english, chinese)]
        assert numbers[0] == numbers[1], english


def test_no_sentence_stands_twice_in_the_catalogue() -> None:
    sentences = [entry.msgid for entry in CATALOGUE]
    assert len(sentences) == len(set(sentences)) > 500


def test_a_text_without_translation_stays_english() -> None:
    with in_language("zh"):
        assert translated("This sentence is not in the catalogue.") == "This sentence is not in the catalogue."


def test_values_stay_as_they_are_and_sentences_are_joined_without_spaces() -> None:
    text = "Stuck after 50,000 epochs: some points are still misclassified and the loss has almost stopped falling."
    with in_language("zh"):
        shown = translated(f"{text} Another seed may do better.")
    assert shown.startswith("训练 50,000 轮后卡住")
    assert " " not in shown[-12:]


def test_columns_of_a_table_stay_in_their_places() -> None:
    line = "  training accuracy    100.00%  share of the 100 training points on the right side"
    with in_language("zh"):
        shown = translated(line)
    assert width(shown[: shown.index("100.00%")]) == line.index("100.00%")


@pytest.mark.parametrize("name", ["zh", "zh-CN", "zh_CN.UTF-8", "ZH"])
def test_the_variable_chooses_the_language(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEPARATRIX_LANG", name)
    assert language() == "zh"
    monkeypatch.setenv("SEPARATRIX_LANG", "fr")
    assert language() == "en"


def test_an_option_wins_over_the_variable(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SEPARATRIX_LANG", "zh")
    assert run(["--lang", "en", "--help"]) == 0
    assert "Commands:" in capsys.readouterr().out
    assert run(["--help"]) == 0
    assert "命令：" in capsys.readouterr().out


def test_a_language_without_a_catalogue_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InvalidParameter, match="--lang must be one of en, zh"), in_language("fr"):
        pass
    assert run(["lesson", "--lang", "fr"]) == 2
    assert "got 'fr'" in capsys.readouterr().err


def test_lines_are_wrapped_by_columns_and_begin_with_no_punctuation() -> None:
    lines = wrapped("把教程的任务完整做一遍：数据点、网络、训练、预测、边界、图片和报告。" * 3, 30, "  ")
    assert all(width(line) <= 34 for line in lines)
    assert not any(line.strip()[0] in "，。；：！？、）" for line in lines)


def test_a_lesson_speaks_chinese(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lesson", "--epochs", "20", "--no-pictures", "--out", str(tmp_path / "lesson"), "--lang", "zh"]) == 0
    shown = capsys.readouterr()
    assert "训练准确率" in shown.out
    assert not ENGLISH.search(shown.out)


@pytest.mark.parametrize("out", [None, "step.md", "step.html"])
def test_a_step_speaks_chinese(out: str | None, tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["step", "--lang", "zh", *(("--out", out) if out else ())]) == 0
    shown = (tmp_path / out).read_text(encoding="utf-8") if out else capsys.readouterr().out
    for part in ("乘以权重，加上偏置，应用激活函数。", "fc1 的权重和偏置", "前向：fc1"):
        assert part in shown
    text = re.sub("<style>.*?</style>", "", shown, flags=re.DOTALL)
    assert not ENGLISH.search(text)
    assert not re.search(r"\b(unit|row|rows|by hand|gradient|divided|weight of)\b", text)


def test_a_report_is_translated_and_its_code_is_not() -> None:
    page = [
        "<h1>The points</h1><style>b { color: red }</style><pre>The points</pre>",
        '<img alt="The fold" src="x">',
        "<p>a &lt; b</p>",
    ]
    with in_language("zh"):
        text = html_page("Summary", page)
    assert '<html lang="zh">' in text
    assert "<h1>数据点</h1><style>b { color: red }</style><pre>The points</pre>" in text
    assert 'alt="折叠" src="x"' in text
    assert "<p>a &lt; b</p>" in text
    assert html_page("Summary", page).count("The points") == 2


def test_places_for_numbers_take_no_words() -> None:
    with in_language("zh"):
        assert translated("1,200 rows") == "1,200 行"
        assert translated("sum over the rows") == "sum over the rows"


def test_a_place_does_not_reach_over_the_end_of_a_sentence() -> None:
    with in_language("zh"):
        shown = translated("100 points, 48 of them of class 1; drawn by the sampler circle. Seed 0.")
    assert shown == "100 个点，其中 48 个属于第 1 类；由点集 circle 抽取。种子 0。"
