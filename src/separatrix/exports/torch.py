"""Export to PyTorch: a `torch.export` program of the whole classifier, with a record of its inputs inside.

The program takes tensors of numbers, so texts become whole numbers first, by the table in the record:

    numbers  (n, k) float64: number, boolean (1, 0) and date columns (microseconds since 1970-01-01 00:00), in the
             record's order, NaN where missing
    codes    (n, c) int64: the category columns, in the record's order: the place of the text in the record's list,
             -1 where missing, -2 where it isn't in the list; left out for a table without categories

and gives the probabilities of both classes, (n, 2) float64. `load` reads program and record and codes a frame itself.
The record is JSON, in the archive under the name RECORD.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from separatrix.atomic import write_atomically
from separatrix.exports.columns import MISSING, UNKNOWN, categories_of
from separatrix.portable import Portable, as_portable
from separatrix.versions import versions

if TYPE_CHECKING:
    import torch

RECORD = "separatrix.json"
EXAMPLE_ROWS = 3  # 0 and 1 would be taken for a fixed number of rows


def to_torch(model: Any, path: str | Path, *, force: bool = False) -> Path:
    """Write a fitted classifier (or a `Run`) as a `torch.export` program (`.pt2`) with the record of its inputs.

    Probabilities agree with the classifier's within 1e-5. Loading it needs PyTorch alone: `torch.export.load`.

    Raises:
        InvalidData: not fitted.
        OutputError: the file exists and `force` isn't given, or can't be written.
    """
    import torch

    portable = as_portable(model)
    content = io.BytesIO()
    torch.export.save(program(portable), content, extra_files={RECORD: json.dumps(record(portable))})
    return write_atomically(path, content.getvalue(), force=force)


def program(portable: Portable) -> torch.export.ExportedProgram:
    """The portable as a program of any number of rows."""
    import torch

    from separatrix.exports.module import Whole

    module = Whole(portable).eval()
    example = module.example(EXAMPLE_ROWS)
    rows = torch.export.Dim("rows")
    return torch.export.export(module, example, dynamic_shapes=({0: rows},) * len(example))


def record(portable: Portable) -> dict[str, Any]:
    """What the program's inputs are: "numbers" [[name, kind], …], "codes" [[name, [text, …]], …], and the classes."""
    return {
        "columns": [[name, kind] for name, kind in portable.columns.items()],
        "numbers": [[name, kind] for name, kind in portable.columns.items() if kind != "category"],
        "codes": [[name, list(texts)] for name, texts in categories_of(portable).items()],
        "missing": MISSING,
        "unknown": UNKNOWN,
        "classes": list(portable.classes),
        "threshold": portable.threshold,
        "versions": versions("torch"),
    }
