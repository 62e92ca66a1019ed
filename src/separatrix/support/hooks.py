"""Hooks: methods of lower wings whose work is done in higher ones, such as `Run.diagnose`.

A lower wing must not import a higher one, yet `run.diagnose()` reads better than a function. So the class calls a hook by
its name, and the package's root, which knows all wings, registers where the work is done. The module is imported at the
first call.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as in the package's root, which imports this file
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_TARGETS: dict[str, str] = {}


def register(targets: Mapping[str, str]) -> None:
    """Say where hooks lead.

    Args:
        targets: name of a hook -> "module:function".
    """
    _TARGETS.update(targets)


def call(hook: str, *arguments: Any, **settings: Any) -> Any:
    """Call the function that is registered under a name, and return what it returns.

    Raises:
        LookupError: nothing is registered under this name.
    """
    # Imported at the call: registering must not import the higher wing.
    module, _, function = _TARGETS[hook].partition(":")
    return getattr(import_module(module), function)(*arguments, **settings)
