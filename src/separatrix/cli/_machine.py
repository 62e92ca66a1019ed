"""`separatrix doctor` and `separatrix warmup`: whether the installation works on this machine, and its compiled code."""

from __future__ import annotations

from typing import Annotated

import typer

from separatrix.cli._terminal import console

MARKS = {"fine": "ok", "optional": "--", "problem": "!!"}


def doctor() -> int:
    """Check the installation: versions, cores, memory, cache, and the engines against plain NumPy.

    Each line has what was found and, where something is to be done, what. The exit status is 1 if there is a problem.
    """
    from separatrix.reports.doctor import State, examine

    screen, problems = console(), 0
    # printed one by one: the last ones compile code, which takes seconds the first time
    for line in examine():
        screen.print(f"{MARKS[line.state]}  {line.name:<16}{line.detail}", markup=False)
        if line.advice:
            screen.print(f"{'':20}{line.advice}", markup=False)
        problems += line.state is State.PROBLEM
    screen.print(
        "Everything works." if not problems else f"{problems} problem{'s' * (problems > 1)}.",
        style="bold",
        markup=False,
    )
    return int(problems > 0)


def warmup(
    networks: Annotated[
        list[str] | None, typer.Argument(help="Networks to compile for.", metavar="WIDTHS", show_default="2-4-4-1")
    ] = None,
) -> int:
    """Compile the fused engine for these networks and cache the code, so that their first training starts at once.

    The code that measures borders exactly is compiled and cached, too.
    """
    from separatrix.engines.fused import warmup as compile_now
    from separatrix.geometry.exact import compile_measures
    from separatrix.networks.network import Network

    screen = console()
    for described in [Network.parse(widths) for widths in networks or ["2-4-4-1"]]:
        seconds, where = compile_now(described)
        screen.print(f"{described}: {seconds:.2f} s, kept in {where or 'memory only'}", markup=False, emoji=False)
    screen.print(f"exact borders: {compile_measures():.2f} s", markup=False)
    return 0
