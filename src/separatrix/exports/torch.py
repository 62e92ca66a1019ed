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
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.errors import ModelFileError
from separatrix.estimators.portable import Portable, as_portable, matched
from separatrix.exports._columns import MISSING, UNKNOWN, as_codes, as_numbers, categories_of
from separatrix.support.atomic import write_atomically
from separatrix.support.machine import versions

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

    from separatrix.exports._torch_module import Whole

    module = Whole(portable).eval()
    example = module.example(EXAMPLE_ROWS)
    rows = torch.export.Dim("rows")
    made = torch.export.export(module, example, dynamic_shapes=({0: rows},) * len(example))
    for node in made.graph.nodes:
        node.meta.pop("stack_trace", None)  # paths of this machine
    return made


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


@dataclass(frozen=True, eq=False)
class Loaded:
    """A program with the record of its inputs.

    Attributes:
        module: numbers (n, k) float64 and, with categories, codes (n, c) int64 -> probabilities (n, 2) float64.
        record: see `record`.
    """

    module: torch.nn.Module
    record: dict[str, Any]

    def inputs(self, x: Any) -> tuple[torch.Tensor, ...]:
        """What the program is given for a frame or array of n rows."""
        import torch

        frame = matched(x, dict(self.record["columns"]))
        numbers = [as_numbers(frame[name], kind) for name, kind in self.record["numbers"]]
        given = [torch.tensor(np.stack(numbers, axis=1) if numbers else np.zeros((len(frame), 0)))]
        codes = [as_codes(frame[name], texts) for name, texts in self.record["codes"]]
        return (*given, torch.tensor(np.stack(codes, axis=1))) if codes else tuple(given)

    def predict_proba(self, x: Any) -> np.ndarray:
        """Probabilities of both classes for a frame or array of n rows: (n, 2) float64."""
        import torch

        with torch.no_grad():
            found: np.ndarray = self.module(*self.inputs(x)).numpy()
        return found


def load(path: str | Path) -> Loaded:
    """Load a program that `to_torch` wrote, for frames instead of tensors.

    PyTorch's archive is unpacked by PyTorch: open only files that you trust. Our own model files are safe instead.

    Raises:
        ModelFileError: no program of ours.
    """
    import torch

    record = _record_in(Path(path))  # first, for on other files PyTorch prints its own troubles
    return Loaded(torch.export.load(path).module(), record)


def _record_in(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(f"extra/{RECORD}"))
            found: dict[str, Any] = json.loads(archive.read(name))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ModelFileError(f"{path} is no program that separatrix exported: {error}.") from error
    return found
