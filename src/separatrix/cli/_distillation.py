"""`separatrix distil`: a small network in the place of a large model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from separatrix.cli._option_tables import READING, Force
from separatrix.cli._options import Chosen, existing_file, takes
from separatrix.cli._tables import Data, Model, classifier_of, reading_for, refuse_same_file
from separatrix.cli._terminal import console
from separatrix.errors import InvalidParameter

Widths = Annotated[
    str | None,
    typer.Option(
        "--network",
        metavar="WIDTHS",
        help="Widths from the encoded inputs to the output, such as 30-32-32-1. Defaults to two hidden layers of 32 units.",
    ),
]
Hidden = Annotated[
    str | None, typer.Option("--hidden", metavar="WIDTHS", help="Widths of the hidden layers alone, such as 32,32.")
]
Made = Annotated[
    int | None,
    typer.Option(
        "--made-rows",
        metavar="N",
        help="Number of rows that are made of the columns of two rows each. Defaults to 20,000 rows less those of the table.",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of the made rows, the initial weights and the batches.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Model file to write.")]


@takes(reading=READING)
def distil(
    model: Model,
    data: Data,
    reading: Chosen,
    network: Widths = None,
    hidden: Hidden = None,
    made_rows: Made = None,
    seed: Seed = 0,
    out: Out = Path("small.safetensors"),
    force: Force = False,
) -> int:
    """Train one small network that gives the probabilities of a model.

    The model scores the rows of the table, which need no labels, and made rows, each of the columns of two of them.
    """
    from separatrix.cli._options import width_numbers
    from separatrix.data.table_file import read_table
    from separatrix.estimators.distillation import distil as distilled
    from separatrix.files.saving import save
    from separatrix.support.atomic import check_writable

    if network is not None and hidden is not None:
        raise InvalidParameter("--network includes the hidden widths; use either it or --hidden.")
    refuse_same_file(**{"MODEL": model, "DATA": data, "--out": out})
    check_writable(out, force=force)
    if data != "-":
        existing_file(data)
    teacher = classifier_of(model)
    reading, plain_texts = reading_for(teacher, reading)
    table = read_table(data, plain_texts=plain_texts, **reading)
    widths = network if hidden is None else width_numbers(hidden)
    student = distilled(teacher, table.frame, network=widths, made_rows=made_rows, random_state=seed, n_jobs=-1)
    save(student, out, force=force, source=table)
    before, after = model.stat().st_size, out.stat().st_size
    console().print(
        f"{student.network_}, {after / 1024:,.0f} KiB in the place of {before / 1024:,.0f} KiB. The model is in {out}",
        markup=False,
    )
    return 0
