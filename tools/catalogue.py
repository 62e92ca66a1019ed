"""The catalogue of messages: checks it and compiles zh.po into zh.mo, which Python's gettext reads.

python -m tools.catalogue
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent.parent / "src" / "separatrix" / "support" / "translations"


def read() -> Catalog:
    """The catalogue zh.po."""
    with (FOLDER / "zh.po").open("rb") as file:
        return read_po(file, locale="zh")


def compiled() -> bytes:
    """What zh.mo must hold."""
    data = io.BytesIO()
    write_mo(data, read())
    return data.getvalue()


if __name__ == "__main__":
    (FOLDER / "zh.mo").write_bytes(compiled())
