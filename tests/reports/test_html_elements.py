"""The frame of the reports: it forbids every request, and every text that it is given stays text."""

from __future__ import annotations

from separatrix.reports.html_elements import (
    Illustration,
    KeyNumber,
    cards,
    collapsed,
    figure,
    grid,
    html_page,
    links,
    navigation,
    pairs,
)

EVIL = "<script>alert('1')</script> & \"quotes\""


def test_fault_38_every_text_is_inert_wherever_it_stands() -> None:
    shown = Illustration(EVIL, EVIL, "png", b"")
    pieces = [cards([KeyNumber(EVIL, EVIL, EVIL)]), navigation([shown]), links([(EVIL, EVIL)]), figure(0, shown)]
    pieces += [collapsed(EVIL, ""), pairs([(EVIL, EVIL)]), grid([EVIL], [[EVIL]])]
    text = html_page(EVIL, pieces)
    assert "<script" not in text
    assert "alert('1')\"" not in text
    assert text.count("&lt;script&gt;") == 15  # title, cards 3, navigation, links 2, figure 3, fold, pairs 2, grid 2


def test_the_policy_allows_pictures_and_styles_of_the_page_itself_alone() -> None:
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'\"" in html_page("", [])


def test_links_of_the_navigation_lead_to_the_pictures() -> None:
    shown = [Illustration("One", "", "png", b""), Illustration("Two", "", "svg", b"<svg/>")]
    for k, each in enumerate(shown):
        assert f'href="#picture-{k}"' in navigation(shown)
        assert f'id="picture-{k}"' in figure(k, each)


def test_a_page_adds_its_own_style_after_the_common_one() -> None:
    text = html_page("", [], style="p { color: red }")
    assert text.index("color-scheme") < text.index("p { color: red }</style>")
