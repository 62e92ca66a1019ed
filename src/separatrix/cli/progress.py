"""What is seen of a training while it runs: a bar on a terminal, the tutorial's lines where they were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from separatrix.cli.messages import console, printer

if TYPE_CHECKING:
    from separatrix.signals import Interruption
    from separatrix.training import Moment


@contextmanager
def watched(epochs: int, lines: bool, interruption: Interruption) -> Iterator[Callable[[Moment], bool]]:
    """What `train` is to call: it shows a moment, and answers False once a signal came."""
    screen = console()
    with _bar(epochs) if screen.is_terminal else _nothing() as (say, move):

        def tell(moment: Moment) -> bool:
            if lines:
                rows = zip(moment.rows.epoch.tolist(), moment.rows.loss.tolist(), strict=True)
                text = "\n".join(f"Epoch [{epoch}/{moment.epochs}], Loss: {loss:.4f}" for epoch, loss in rows)
                if text:
                    say(text)
            move(moment)
            return not interruption.asked

        yield tell


Shown = tuple[Callable[[str], None], Callable[["Moment"], None]]  # say a line, move the bar


@contextmanager
def _nothing() -> Iterator[Shown]:
    yield printer(), lambda moment: None


@contextmanager
def _bar(epochs: int) -> Iterator[Shown]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    said = TextColumn("{task.fields[said]}")
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), said, TimeRemainingColumn())
    with Progress(*columns, console=console(), transient=True) as bar:
        task = bar.add_task("training", total=epochs, said="")

        def move(moment: Moment) -> None:
            text = "" if moment.loss is None else f"loss {moment.loss:.4f}  accuracy {moment.accuracy:.1%}"
            bar.update(task, completed=moment.epoch, said=text)

        yield lambda text: bar.console.print(text, markup=False), move
