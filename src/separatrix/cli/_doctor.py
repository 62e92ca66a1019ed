"""`separatrix doctor`: whether the installation works, and what to do where it does not."""

from __future__ import annotations

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
