"""Export to PyTorch: a `torch.export` program of the whole classifier, with a record of its inputs inside.

The program takes tensors of numbers, so texts become integers first, by the table in the record:

    numbers  (n, k) float64: number, boolean (1, 0), date (microseconds since 1970-01-01 00:00) and duration columns
             (seconds), in the record's order, NaN where missing
    codes    (n, c) int64: the category columns, in the record's order: the index of the text in the record's list,
             -1 where missing, -2 where it isn't in the list; left out for a table without categories

and returns the probabilities of both classes, (n, 2) float64. `load` reads program and record and encodes a frame itself.
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

from separatrix.data.kinds import KINDS, resolved_texts
from separatrix.errors import ModelFileError
from separatrix.estimators.portable import Portable, exportable, matched, missing_words_of
from separatrix.exports import ExportFormat
from separatrix.exports._tensor_formulas import MISSING, UNKNOWN, as_codes, categories_of, is_textual
from separatrix.support.atomic import write_atomically
from separatrix.support.machine import versions
from separatrix.support.surroundings import insulated

if TYPE_CHECKING:
    import torch

RECORD = "separatrix.json"
EXAMPLE_ROWS = 3  # torch.export specialises on 0 and 1: a program traced with them takes no other number of rows


@insulated
def to_torch(model: Any, path: str | Path, *, force: bool = False) -> Path:
    """Write a fitted classifier or a `Run` as a `torch.export` program (`.pt2`) with the record of its inputs.

    Probabilities agree with the classifier's within 1e-5. `torch.export.load` opens the file without separatrix.

    Args:
        model: a fitted classifier, a `Run` or a `Portable`.
        path: the file to write.
        force: replace an existing file.

    Returns:
        The path of the file.

    Raises:
        InvalidData: the model is not fitted.
        OutputError: the file exists and `force` is False, or it can't be written.
    """
    from separatrix.support.pytorch import torch

    portable = exportable(model)
    # Into memory first: torch.export.save writes to a path directly, and a full disk would leave half a file.
    content = io.BytesIO()
    torch.export.save(program(portable), content, extra_files={RECORD: json.dumps(record(portable))})
    return write_atomically(path, content.getvalue(), force=force)


FORMAT = ExportFormat("torch", ".pt2", to_torch, "a PyTorch program", extra="torch")


def program(portable: Portable) -> torch.export.ExportedProgram:
    """The portable as a program for any number of rows."""
    from separatrix.exports._torch_module import PortableModule
    from separatrix.support.pytorch import torch

    module = PortableModule(portable).eval()
    example = module.example(EXAMPLE_ROWS)
    # One symbolic dimension for all inputs, so that the program takes any number of rows.
    rows = torch.export.Dim("rows")
    exported = torch.export.export(module, example, dynamic_shapes=({0: rows},) * len(example))
    for node in exported.graph.nodes:
        node.meta.pop("stack_trace", None)  # holds paths of this machine, which are nobody else's business
    return exported


def record(portable: Portable) -> dict[str, Any]:
    """The program's inputs: "numbers" [[name, kind], …], "codes" [[name, [text, …]], …]; and the classes."""
    return {
        "columns": [[name, kind] for name, kind in portable.columns.items()],
        "numbers": [[name, kind] for name, kind in portable.columns.items() if not is_textual(kind)],
        "codes": [[name, list(texts)] for name, texts in categories_of(portable).items()],
        "missing": MISSING,
        "missing_words": missing_words_of(portable),
        "written": {name: dict(form) for name, form in portable.written.items()},
        "unknown": UNKNOWN,
        "classes": list(portable.classes),
        "threshold": portable.threshold,
        "versions": versions("torch"),
    }


@dataclass(frozen=True, eq=False)
class LoadedProgram:
    """A program with the record of its inputs.

    Attributes:
        module: numbers (n, k) float64 and, with categories, codes (n, c) int64 -> probabilities (n, 2) float64.
        record: see `record`.
    """

    module: torch.nn.Module
    record: dict[str, Any]

    def inputs(self, x: Any) -> tuple[torch.Tensor, ...]:
        """The program's inputs for a frame or array of n rows: numbers (n, k) float64 and codes (n, c) int64.

        Raises:
            InvalidData: a column is missing, or holds values of another kind.
        """
        from separatrix.support.pytorch import torch

        # The record stands in for the portable: this works in a process that has never seen the estimator.
        frame = matched(x, dict(self.record["columns"]), self.record.get("written"))
        numbers = [KINDS[kind].numbers(frame[name]) for name, kind in self.record["numbers"]]
        tensors = [torch.tensor(np.stack(numbers, axis=1) if numbers else np.zeros((len(frame), 0)))]
        # Texts by their index in the record's lists, the tables of the program have the same order.
        words = self.record.get("missing_words")  # not in programs of before
        codes = [
            as_codes(resolved_texts(frame[name], tuple(texts), None if words is None else tuple(words)), texts)
            for name, texts in self.record["codes"]
        ]
        return (*tensors, torch.tensor(np.stack(codes, axis=1))) if codes else tuple(tensors)

    def predict_proba(self, x: Any) -> np.ndarray:
        """Probabilities of both classes for a frame or array of n rows: (n, 2) float64."""
        from separatrix.support.pytorch import torch

        with torch.no_grad():
            probabilities: np.ndarray = self.module(*self.inputs(x)).numpy()
        return probabilities


def load(path: str | Path) -> LoadedProgram:
    """Load a program that `to_torch` wrote, for frames instead of tensors.

    PyTorch unpacks the archive, which can run code: open only files that you trust. The package's own model files are
    safe instead.

    Raises:
        ModelFileError: the file is missing, or is not a program that `to_torch` wrote.
    """
    from separatrix.support.pytorch import torch

    record = _record_in(Path(path))  # first: on a file of another kind PyTorch prints warnings of its own
    return LoadedProgram(torch.export.load(path).module(), record)


def _record_in(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            # The archive's top folder has the name of the file it was written as, so only the end of the path is fixed.
            (name,) = (name for name in archive.namelist() if name.endswith(f"extra/{RECORD}"))
            record: dict[str, Any] = json.loads(archive.read(name))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ModelFileError(f"{path} is not a program that separatrix exported: {error}.") from error
    return record
