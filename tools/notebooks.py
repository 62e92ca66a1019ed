"""The notebooks of examples/notebooks: runs them and keeps their outputs small.

python -m tools.notebooks                  run all and write their outputs anew
python -m tools.notebooks NAME.ipynb ...   these only
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

from tools.pages import COLOURS

FOLDER = Path(__file__).parent.parent / "examples" / "notebooks"
SECONDS = 600  # of one cell: a busy machine compiles slowly


def executed(path: Path) -> nbformat.NotebookNode:
    """The notebook with its outputs.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=SECONDS, kernel_name="python3").execute()
    return notebook


def with_small_outputs(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Pictures of few colours, and no times, remarks of compiling and widgets' states, which differ from run to run."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type != "code":
            continue
        cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        for output in cell.outputs:
            data = output.get("data", {})
            data.pop("application/vnd.jupyter.widget-view+json", None)
            if "image/png" in data:
                data["image/png"] = _small(data["image/png"])
    return notebook


def _small(picture: str) -> str:
    small = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB").quantize(COLOURS).save(small, "png", optimize=True)
    return base64.b64encode(small.getvalue()).decode()


def main(names: list[str]) -> None:
    """Run these notebooks, or all."""
    for path in [FOLDER / name for name in names] or sorted(FOLDER.glob("*.ipynb")):
        nbformat.write(with_small_outputs(executed(path)), path)
        print(path.name, path.stat().st_size // 1024, "KB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
