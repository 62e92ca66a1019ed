"""Points of one's own: what a file may be, and what is said, in the page's language, about one that can't be used."""

import base64

import numpy as np
import pytest

FAULT = """async ([encoded, language, use]) => {
    const csv = await import("/js/own/csv.js");
    const { say, setLanguage } = await import("/js/words.js");
    setLanguage(language);
    const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
    try {
        const sheet = csv.readSheet(csv.decode(bytes));
        const columns = csv.likelyColumns(sheet);
        const own = csv.toPoints(sheet, ...columns, { most: 10_000, edge: 20, decimals: 3 });
        return { columns, ...own };
    } catch (error) {
        if (!(error instanceof csv.Fault)) throw error;
        return { fault: say(error.key, error.values) };
    }
}"""
GOOD = "width;height;kind\n1,5;2;yes\n-0.5;1;no\n0;0.25;yes\n"
FAULTS = [  # fault 35 to 38: bad input is refused with its place
    (b"a,b,y\n1,2,no\n3,4,y\xe9s\n", "Line 3 has the byte “é”", "第 3 行有字节“é”"),
    (b"a,b,y\n1,2,no\n3,,yes\n", "Line 3 has no value in column “b”", "第 3 行的“b”列没有值"),
    (b"a,b,y\n1,2,no\n3,4,\n5,6,yes\n", "Line 3 has no value in column “y”", "第 3 行的“y”列没有值"),
    (b"a,b,y\n1,2,no\n3,x4,yes\n1,1,no\n2,2,yes\n", "Line 3 has “x4” in column “b”, which is no number", "第 3 行的“b”列是“x4”"),
    (b"a,b,y\n1,2,yes\n3,4,yes\n", "Column “y” has the value “yes” in every row", "“y”列每一行都是“yes”"),
    (b"a,b,y\n1,2,r\n3,4,g\n5,6,b\n", "must have two different values, but it has 3", "必须恰有两种取值，现有 3 种"),
    (b"a,b,y\n1,2,no,4\n3,4,yes\n", "Line 2 has 4 cells, but the header has 3", "第 2 行有 4 个单元格"),
    (b'a,b,y\n1,2,"no\n3,4,yes\n', "opens in the row on line 2 is never closed", "第 2 行开始的引号没有结束"),
    (b"a,a,y\n1,2,no\n3,4,yes\n", "Two columns are called “a”", "有两列都叫“a”"),
    (b"a,,y\n1,2,no\n3,4,yes\n", "Column 2 of the header has no name", "表头第 2 列没有名称"),
    (b"a,b\n1,2\n3,4\n", "At least three columns are needed", "至少需要三列"),
    (b"a,b,y\n1,2,no\n", "A header and at least two rows are needed", "需要表头和至少两行数据"),
    (b"", "A header and at least two rows are needed", "需要表头和至少两行数据"),
    (b"a,b,y\n1,2,no\n3,\x004,yes\n", "Line 3 has a zero byte", "第 3 行有零字节"),
    (b"a,b,y\nu,v,no\nw,x,yes\n", "Two columns of numbers are needed", "除类别外需要两列数字"),
    (b"a,b,y\n" + b"1,2,no\n3,4,yes\n" * 5_001, "At most 10,000 rows can be drawn", "最多可画 10,000 行"),
    (b"x" * 4_000_001, "The file is larger than 4 MB", "文件超过 4 MB"),
]  # fmt: skip


def read(tab, content, language="en"):
    return tab.evaluate(FAULT, [base64.b64encode(content).decode(), language, True])


@pytest.mark.parametrize(("content", "english", "chinese"), FAULTS, ids=[english for _, english, _ in FAULTS])
def test_what_cannot_be_used_is_refused_with_its_place_in_both_languages(modules, content, english, chinese):
    assert english in read(modules, content)["fault"]
    assert chinese in read(modules, content, "zh")["fault"]


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        GOOD.encode("utf-16"),
        b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace(";", "\t").encode(),
    ],
    ids=["utf-8", "utf-16", "mark and crlf", "tabs"],
)
def test_what_spreadsheets_write_is_read(modules, content):
    own = read(modules, content)
    assert own["columns"] == ["width", "height", "kind"]
    assert own["classes"] == ["no", "yes"]
    assert own["points"] == [[1.5, 2, 1], [-0.5, 1, 0], [0, 0.25, 1]]


def test_columns_far_away_are_scaled_and_the_axes_know_how(modules):
    stream = np.random.default_rng(0)
    table = np.column_stack([stream.normal(1000, 50, 40), stream.normal(-3, 0.01, 40)])
    rows = "".join(f"{a},{b},{k % 2}\n" for k, (a, b) in enumerate(table))
    own = read(modules, ("a,b,y\n" + rows).encode())
    points, axes = np.array(own["points"]), own["axes"]
    restored = points[:, :2] * [axis["scale"] for axis in axes] + [axis["shift"] for axis in axes]
    assert points[:, :2].std(0) == pytest.approx([1, 1], rel=1e-2)
    assert restored == pytest.approx(table, rel=1e-4)


def upload(visitor, name, content):
    visitor.page.set_input_files(
        "#panel-own input[type=file]", {"name": name, "mimeType": "text/csv", "buffer": content}
    )


@pytest.fixture
def opened(visitor):
    visitor.go("#tab=own&epochs=200")
    return visitor


def test_columns_and_classes_keep_their_names_on_the_page(opened):
    rows = "".join(f"{20 + k % 7},{k % 5},{'ill' if k % 7 > 3 else 'well'}\n" for k in range(60))
    upload(opened, "patients.csv", ("age,<b>dose</b>,state\n" + rows).encode())
    opened.click("Use these")
    opened.ended()
    setting = opened.wait_for(lambda setting: setting["drawn"])
    assert len(setting["drawn"]) == 60
    assert setting["train_share"] == 0.8  # so that there is a validation accuracy
    assert "▲ well" in opened.text(".legend")
    assert opened.page.locator("b:text('dose')").count() == 0  # fault 38: names are inert
    assert opened.text(".numbers div:nth-child(2) dd").endswith("%")
    labels = opened.state["labels"]
    assert [axis["name"] for axis in labels["axes"]] == ["age", "<b>dose</b>"]


def test_latin_1_is_offered_and_read(opened):
    upload(opened, "caf.csv", "x,y,café\n1,2,né\n3,4,non\n2,2,non\n".encode("latin-1"))
    opened.until("() => document.querySelector('#panel-own .complaint')?.textContent.includes('not UTF-8')")
    opened.click("Read it as Western European (Latin-1)")
    opened.until("() => document.querySelector('#panel-own [role=status]').textContent.includes('café')")


def test_ten_thousand_points_are_drawn_and_trained(opened):
    stream = np.random.default_rng(1)
    x = stream.normal(size=(10_000, 2))
    rows = "".join(f"{a:.3f},{b:.3f},{int(a * a + b * b < 1)}\n" for a, b in x)
    upload(opened, "many.csv", ("a,b,y\n" + rows).encode())
    opened.click("Use these")
    opened.ended()
    opened.until("() => document.querySelector('.state')?.classList.length > 1")
    opened.until("() => location.hash.includes('drawn=file')")
    opened.click("Start over")
    opened.wait_for(lambda setting: setting["drawn"] is None)
