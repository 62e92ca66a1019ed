"""`python -m tools.picture_stub` writes `separatrix/pictures/__init__.pyi`: the pictures, for type checkers and editors.

The package itself finds its pictures in the folder when they are first used, which no type checker follows. A test
compares the stub with the folder.
"""

from __future__ import annotations

from pathlib import Path

from separatrix import pictures

STUB = Path(__file__).resolve().parent.parent / "src" / "separatrix" / "pictures" / "__init__.pyi"


def stub() -> str:
    """The text of the stub: a line for each picture, and `__all__`."""
    by_module = sorted((module, name) for name, module in pictures._modules().items())
    imports = "".join(f"from separatrix.pictures.{module} import {name} as {name}\n" for module, name in by_module)
    names = "".join(f'    "{name}",\n' for name in pictures.__all__)
    return f"# Written by python -m tools.picture_stub.\n\n{imports}\n__all__ = [\n{names}]\n"


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
