"""`separatrix predict`, `inspect` and `export`: what can be done with a saved model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from separatrix.cli._options import READING, Force, Given, existing_file, takes
from separatrix.cli._tables import OF_MODEL, Data, Model, classifier_of, refuse_same
from separatrix.cli._terminal import complain, console
from separatrix.errors import InvalidParameter
from separatrix.support.signals import Interruption

if TYPE_CHECKING:
    import polars

NOTICE = "Stopping after these rows. A second signal ends at once."

Out = Annotated[str, typer.Option("--out", "-o", help="A .csv or .parquet file; - is standard output.")]
Keep = Annotated[list[str] | None, typer.Option("--keep", help="A column to copy into the output, once for each.")]
Positive = Annotated[str | None, typer.Option(help="The label whose probability is written; by default the last one.")]
Threshold = Annotated[
    float | None,
    typer.Option(help="Probability from which on it says this label. By default the model's own.", show_default=False),
]
To = Annotated[str, typer.Option("--to", help="The format to write.")]


@takes(reading=READING)
def predict(
    model: Model,
    data: Data,
    reading: Given,
    out: Out = "-",
    keep: Keep = None,
    positive: Positive = None,
    threshold: Threshold = None,
    force: Force = False,
) -> int:
    """Predict every row of a table, of any size: the label, and the probability of one of the two."""
    from separatrix.data.prediction_file import check_ending, write_rows
    from separatrix.evaluation.scores import THRESHOLD
    from separatrix.support.atomic import check_writable
    from separatrix.support.constraints import Optional, check

    check("predict", {"--threshold": threshold}, {"--threshold": Optional(THRESHOLD)})
    check_ending(out)
    refuse_same(**{"MODEL": model, "DATA": data, "--out": out})
    if out != "-":
        check_writable(out, force=force)
    if data != "-":
        existing_file(data)
    rows = 0
    with Interruption(NOTICE) as interruption:

        def counted() -> Iterator[polars.DataFrame]:
            nonlocal rows
            for batch in _predicted(model, data, reading, keep or [], positive, threshold):
                if interruption.asked:
                    raise KeyboardInterrupt
                rows += batch.height
                yield batch

        try:
            write_rows(out, counted(), force=force)
        except KeyboardInterrupt:
            complain(f"interrupted after {rows:,} rows" + ("." if out == "-" else "; nothing is written."))
            return interruption.exit_status
    if out != "-":
        console().print(f"{rows:,} rows -> {out}", markup=False)
    return 0


def _predicted(
    model: Path, data: str, reading: Given, keep: list[str], positive: str | None, threshold: float | None
) -> Iterator[polars.DataFrame]:
    """The output, batch after batch."""
    import polars

    from separatrix.data.table_file import batches_beside
    from separatrix.estimators.portable import as_portable
    from separatrix.estimators.thresholds import own_threshold
    from separatrix.evaluation.overview.views import as_text
    from separatrix.support.constraints import nearest

    classifier = classifier_of(model)
    classes = classifier.classes_.tolist()
    names = [as_text(each) for each in classes]
    if positive is not None and positive not in names:
        known = f"the model tells {names[0]!r} from {names[1]!r}"
        raise InvalidParameter(f"--positive: no label is {positive!r}; {known}.{nearest(positive, names)}")
    one = 1 if positive is None else names.index(positive)
    threshold = own_threshold(classifier, one) if threshold is None else threshold
    label, probability = "prediction", f"probability of {names[one]}"
    for name in keep:
        if name in (label, probability) or keep.count(name) > 1:
            raise InvalidParameter(f"--keep: a column {name!r} would stand twice in the output.")
    for frame, kept in batches_beside(data, as_portable(classifier).columns, keep, **reading):
        found = classifier.predict_proba(frame)[:, one]
        said = polars.Series(label, [classes[1 - one], classes[one]]).gather((found >= threshold).astype("uint32"))
        yield polars.DataFrame([*kept, said, polars.Series(probability, found)])


def inspect(model: Annotated[Path, typer.Argument(help="Any model file of separatrix.", **OF_MODEL)]) -> int:
    """Tell what is in a model file: columns, classes, network, settings, versions. Nothing in it is run."""
    from separatrix.files.contents import describe

    rows = describe(model).rows()
    wide = max(len(title) for title, _ in rows)
    for title, value in rows:
        console().print(f"{title:<{wide}}  {value}", markup=False)
    return 0


def export(
    model: Annotated[Path, typer.Argument(help="A model file of separatrix.", **OF_MODEL)],
    to: To,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write; by default beside the model.")
    ] = None,
    force: Force = False,
) -> int:
    """Write a model, encoder included, in a format for other programs."""
    from separatrix.exports import FORMATS
    from separatrix.files.saving import load
    from separatrix.support.constraints import Choice, check

    check("export", {"--to": to}, {"--to": Choice(FORMATS)})
    refuse_same(**{"MODEL": model, "--out": out})
    kind = FORMATS[to]
    path = kind.write(load(model), out or model.with_suffix(kind.suffix), force=force)
    console().print(f"{model} -> {path}: {kind.about}", markup=False)
    return 0
