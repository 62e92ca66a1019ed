"""The gallery of colormaps."""

import matplotlib as mpl
import numpy as np

import separatrix as sx
from separatrix.pictures._colormaps import FAMILIES


def test_the_families_are_the_lessons() -> None:
    assert set(FAMILIES) == {
        "perceptually uniform", "sequential", "diverging", "cyclic", "qualitative", "miscellaneous"
    }  # fmt: skip  # one list


def test_every_colormap_is_named_beside_its_strip() -> None:
    ax = sx.pictures.colormaps().axes[0]
    names = [name for family in FAMILIES.values() for name in family]
    texts = {text.get_text(): text for text in ax.texts}
    assert set(texts) == {*names, *FAMILIES}
    assert len(ax.images) == len(FAMILIES)


def test_a_strip_holds_its_colormap() -> None:
    ax = sx.pictures.colormaps().axes[0]
    names = FAMILIES["diverging"]
    image = next(
        part for part in ax.images
        if np.shape(part.get_array())[0] == 10 * len(names) and part.get_extent()[3] < 2
    )  # fmt: skip  # the family at the top of its column
    strip = np.asarray(image.get_array())[10 * names.index("coolwarm") + 5]
    np.testing.assert_allclose(strip, mpl.colormaps["coolwarm"](np.linspace(0, 1, 256)))


def test_the_palettes_own_is_bold() -> None:
    ax = sx.pictures.colormaps().axes[0]
    bold = [text.get_text() for text in ax.texts if text.get_weight() == "bold" and text.get_text() not in FAMILIES]
    assert bold == ["coolwarm"]
