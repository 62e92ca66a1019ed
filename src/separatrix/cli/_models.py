"""`separatrix predict`, `inspect` and `export`: the uses of a saved model."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from separatrix.cli._decisions import DECISIONS
from separatrix.cli._folder import BACKENDS, predict_folder
from separatrix.cli._option_tables import READING, Force
from separatrix.cli._options import Chosen, existing_file, takes
from separatrix.cli._predictions import Predictions
from separatrix.cli._tables import OF_MODEL, Model, refuse_same_file
from separatrix.cli._terminal import console, print_error, printable_rows
from separatrix.errors import InvalidParameter
from separatrix.support.processes import Interruption
from separatrix.support.translations import translated

if TYPE_CHECKING:
    import polars

NOTICE = "Stopping after these rows. A second signal ends at once."

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA", help="CSV, Parquet or Arrow file, or a folder of such files; - reads the standard input."
    ),
]
Out = Annotated[
    str,
    typer.Option(
        "--out",
        "-o",
        help="File to write, .csv or .parquet; - is the standard output. For a folder: the folder of its predictions.",
    ),
]
Backend = Annotated[
    str, typer.Option("--backend", help="For a folder: local, or ray for the workers of a Ray cluster.")
]
Address = Annotated[
    str | None,
    typer.Option(
        "--address",
        help="Address of a running Ray cluster. Defaults to a new cluster on this machine.",
        show_default=False,
    ),
]
Keep = Annotated[list[str] | None, typer.Option("--keep", help="Column to copy into the output; may be repeated.")]
Positive = Annotated[
    str | None, typer.Option(help="Label whose probability is written. Defaults to the last in sorted order.")
]
Threshold = Annotated[
    float | None,
    typer.Option(
        help="Decision threshold on the probability of this label. Defaults to that of the model.", show_default=False
    ),
]
Explain = Annotated[
    bool,
    typer.Option(
        "--explain",
        help="Also write the three columns that contributed most to each row's logit. Takes seconds for 1,000 rows.",
    ),
]
To = Annotated[str, typer.Option("--to", help="The format to write.")]


@takes(reading=READING, decisions=DECISIONS)
def predict(
    model: Model,
    data: Data,
    reading: Chosen,
    decisions: Chosen,
    out: Out = "-",
    keep: Keep = None,
    positive: Positive = None,
    threshold: Threshold = None,
    explain: Explain = False,
    backend: Backend = "local",
    address: Address = None,
    force: Force = False,
) -> int:
    """Predict the rows of a table of any size: the label, and the probability of one of the two labels.

    A folder is predicted file by file into Parquet files of the folder --out. Files that are done already, by the same model
    and from the same input, are skipped, so that a run that was interrupted or killed continues.
    """
    from separatrix.data.prediction_file import check_ending, write_rows
    from separatrix.evaluation.scores import THRESHOLD
    from separatrix.support.atomic import check_writable
    from separatrix.support.constraints import Choice, Optional, check

    # checked by the name of the option, which is what the user typed
    check("predict", {"--threshold": threshold}, {"--threshold": Optional(THRESHOLD)})
    check("predict", {"--backend": backend}, {"--backend": Choice(BACKENDS)})
    if address is not None and backend != "ray":
        raise InvalidParameter("--address is for --backend ray.")
    predictions = Predictions(model, reading, decisions, tuple(keep or ()), positive, threshold, explain)
    if data != "-" and Path(data).is_dir():
        if out == "-":
            raise InvalidParameter(f"{data} is a folder; name a folder for its predictions with --out.")
        return predict_folder(predictions, Path(data), Path(out), force=force, backend=backend, address=address)
    if backend != "local":
        raise InvalidParameter(f"--backend {backend} is for a folder, got the file {data}.")
    check_ending(out)
    # writing over an input would destroy it
    refuse_same_file(**{"MODEL": model, "DATA": data, "--out": out})
    if out != "-":
        check_writable(out, force=force)
    # the standard input has no name to check
    if data != "-":
        existing_file(data)
    rows = 0
    with Interruption(translated(NOTICE)) as interruption:

        def counted() -> Iterator[polars.DataFrame]:
            nonlocal rows
            for batch in predictions.batches(data):
                if interruption.requested:
                    # ends the atomic write, which removes its temporary file
                    raise KeyboardInterrupt
                rows += batch.height
                # a file gets the texts as they are; a terminal would obey what is in them
                yield printable_rows(batch) if out == "-" and sys.stdout.isatty() else batch

        try:
            write_rows(out, counted(), force=force)
        except KeyboardInterrupt:
            print_error(f"interrupted after {rows:,} rows" + ("." if out == "-" else "; nothing was written."))
            return interruption.exit_status
    if out != "-":
        console().print(f"{rows:,} rows -> {out}", markup=False)
    return 0


def inspect(
    model: Annotated[Path, typer.Argument(help="Model file of separatrix.", **OF_MODEL)],
    card: Annotated[
        Path | None, typer.Option("--card", help="Model card to write, such as card.md, instead of printing.")
    ] = None,
    force: Force = False,
) -> int:
    """Print what a model file holds: columns, classes, network, settings, versions. Nothing in it is executed.

    With --card, write a model card: data, figures with intervals, subgroups, decisions and limits.
    """
    from separatrix.files.contents import describe

    if card is not None:
        from separatrix.reports.model_card import model_card
        from separatrix.support.atomic import write_atomically

        refuse_same_file(**{"MODEL": model, "--card": card})
        write_atomically(card, model_card(model), force=force)
        console().print(f"{model} -> {card}", markup=False)
        return 0
    rows = describe(model).rows()
    wide = max(len(title) for title, _ in rows)
    for title, value in rows:
        # one line each, or a text in the file could pass for a row of this list
        console().print(f"{title:<{wide}}  {value}".replace("\n", "\\n"), markup=False)
    return 0


def export(
    model: Annotated[Path, typer.Argument(help="Model file of separatrix.", **OF_MODEL)],
    to: To,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write. Defaults to a file beside the model.")
    ] = None,
    reasons: Annotated[
        bool,
        typer.Option(
            "--reasons",
            help="Let the file say which columns made a prediction: javascript and python; html always does.",
        ),
    ] = False,
    force: Force = False,
) -> int:
    """Write a model, with the encoding of its columns, for other programs."""
    from separatrix.exports import FORMATS
    from separatrix.files.saving import load
    from separatrix.support.constraints import Choice, check

    check("export", {"--to": to}, {"--to": Choice(FORMATS)})
    refuse_same_file(**{"MODEL": model, "--out": out})
    # the format brings its own ending, which names the file if the user doesn't
    kind = FORMATS[to]
    able = [name for name, entry in FORMATS.items() if entry.reasons]
    if reasons and not kind.reasons:
        raise InvalidParameter(
            f"--reasons is for --to {' and --to '.join(able)}; predict --explain writes them of any model."
        )
    settings = {"force": force} | ({"reasons": True} if reasons else {})
    path = kind.write(load(model), out or model.with_suffix(kind.suffix), **settings)
    console().print(f"{model} -> {path}: {kind.about}", markup=False)
    return 0
