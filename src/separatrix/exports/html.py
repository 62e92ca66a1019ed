"""Export to HTML: one page with a form of the columns, the probability, its interval and its reasons as one types.

The page holds the JavaScript export and asks no host for anything: its policy allows its own script and style by their digests
and nothing else. Names and labels are set as text and never as HTML.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from separatrix.data.kinds import KINDS
from separatrix.data.kinds.forms import DateForm, Form, NumberForm, form_of_record
from separatrix.data.profile import ColumnProfile
from separatrix.estimators.portable import exportable
from separatrix.exports import ExportFormat, javascript
from separatrix.support.atomic import write_atomically
from separatrix.support.surroundings import insulated

PAGE, SCRIPT = (Path(__file__).with_name(name) for name in ("_page.html", "_page.js"))


@insulated
def to_html(model: Any, path: str | Path, *, force: bool = False) -> Path:
    """Write a fitted classifier or a `Run` as one HTML page that predicts.

    The form begins with typical values: medians, and the most frequent categories. The interval of the probability is that
    of `predict_interval`, and there is none where the model has no scores of rows that it wasn't trained on; reasons are
    shown where the model knows its training columns.

    Args:
        model: a fitted classifier, a `Run` or a `Portable`.
        path: the file to write.
        force: replace an existing file.

    Returns:
        The path of the file.

    Raises:
        InvalidData: the model is not fitted.
        InvalidParameter: a column of a kind of your own.
        OutputError: the file exists and `force` is False, or it can't be written.

    Examples:
        >>> import tempfile, separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=5), sx.moons())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     "<form" in to_html(run, Path(folder) / "model.html").read_text()
        True
    """
    return write_atomically(path, source(model), force=force)


FORMAT = ExportFormat("html", ".html", to_html, "one page with a form, that predicts by itself")


def source(model: Any) -> str:
    """The text of the page."""
    profile = getattr(model, "profile_", None)
    portable = exportable(model)
    columns = list(portable.columns)

    def form_of(name: str) -> Form | None:
        return form_of_record(portable.written[name]) if name in portable.written else None

    form = (
        [{"start": "0", "choices": []} for _ in columns]
        if profile is None
        else [_field(column, form_of(column.name)) for column in profile.columns]
    )
    module = javascript.source(model, reasons=profile is not None)
    # a script of a page exports nothing, and its first lines speak of a file to import
    module = re.sub(r"(?m)^export ", "", re.sub(r"\A(//[^\n]*\n)+", "", module))
    filled = f"\nconst FORM = JSON.parse({javascript.literal(json.dumps(form))});\n"
    script = f"\n{module}{filled}{SCRIPT.read_text(encoding='utf-8')}\n"
    page = PAGE.read_text(encoding="utf-8")
    style = page.partition("<style>")[2].partition("</style>")[0]
    policy = f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; base-uri 'none'; form-action 'none'"
    return page.replace("POLICY", policy, 1).replace("\nSCRIPT\n", script, 1)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _field(column: ColumnProfile, form: Form | None) -> dict[str, Any]:
    """The first value of a column's field, written as in training, and what it offers."""
    kind = KINDS[column.kind]
    if not column.ordered:
        return {
            "start": column.texts[0] if column.texts else "",
            "choices": list(column.texts[:50]) if kind.textual else [],
        }
    if not len(column.quantiles):
        return {"start": "", "choices": []}
    middle = column.quantiles[len(column.quantiles) // 2]
    if isinstance(form, NumberForm):
        return {"start": form.text_of(float(middle)), "choices": []}
    if isinstance(form, DateForm):
        return {"start": form.text_of(kind.of_numbers(column.name, np.array([middle]))[0]), "choices": []}
    if column.kind == "number":
        return {"start": np.format_float_positional(middle, trim="-"), "choices": []}
    text = kind.as_text(kind.of_numbers(column.name, np.array([middle])))[0]
    return {"start": str(text), "choices": []}
