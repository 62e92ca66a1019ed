"""`python -m tools.registry_names` writes `separatrix/cli/_registry_names.py`: the registries' names, for help texts.

A help text that looked the names up would import NumPy and Matplotlib. A test compares the file with the registries.
"""

from __future__ import annotations

from pathlib import Path

from separatrix.cli._options import REGISTRIES, names_of

FILE = Path(__file__).resolve().parent.parent / "src" / "separatrix" / "cli" / "_registry_names.py"
HEAD = '''"""The names in the registries, for help texts and completion. Written by python -m tools.registry_names."""

NAMES: dict[str, tuple[str, ...]] = {
'''


def listing() -> str:
    """The text of the file."""
    rows = []
    for kind in REGISTRIES:
        names = [f'"{name}"' for name in names_of(kind)]
        row = f'    "{kind}": ({", ".join(names)}),\n'
        # as the formatter breaks a line that is too long
        rows.append(
            row
            if len(row) <= 121
            else "".join([f'    "{kind}": (\n', *(f"        {name},\n" for name in names), "    ),\n"])
        )
    return HEAD + "".join(rows) + "}\n"


if __name__ == "__main__":
    FILE.write_text(listing(), encoding="utf-8")
