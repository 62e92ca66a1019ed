"""What a setting may be, declared as data, and the one function that checks it.

A description (`Network`, `Recipe`, a sampler's arguments) carries a table from parameter name to rule;
`check` applies it and raises `InvalidParameter` with the parameter, the value and what is allowed.
"""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from separatrix.errors import InvalidParameter

LARGEST_SEED = 2**64 - 1

T = TypeVar("T")


def is_bool(value: Any) -> bool:
    """Whether it is a bool of Python or of NumPy."""
    # By name: the command line reads the registries' rules, and importing NumPy would double its start-up time.
    kind = type(value)
    return kind is bool or (kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"))


class Rule(Protocol):
    """Says whether a value is allowed, and in words what is."""

    def allows(self, value: Any) -> bool: ...

    def words(self) -> str: ...


@dataclass(frozen=True)
class Integer:
    """A whole number in [low, high]; a bool is none."""

    low: int
    high: int | None = None

    def allows(self, value: Any) -> bool:
        if type(value) is not int and (is_bool(value) or not isinstance(value, numbers.Integral)):
            return False
        return int(value) >= self.low and (self.high is None or int(value) <= self.high)

    def words(self) -> str:
        end = "" if self.high is None else f" and at most {self.high}"
        return f"a whole number of at least {self.low}{end}"


@dataclass(frozen=True)
class Real:
    """A finite number between low and high; `open_low`, `open_high` leave the ends out. A bool is none."""

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False

    def allows(self, value: Any) -> bool:
        if type(value) is not float and (is_bool(value) or not isinstance(value, numbers.Real)):
            return False
        try:
            number = float(value)
        except OverflowError:  # a whole number beyond 1.8e308
            return False
        above = number > self.low if self.open_low else number >= self.low
        below = number < self.high if self.open_high else number <= self.high
        return math.isfinite(number) and above and below

    def words(self) -> str:
        left, right = "(" if self.open_low else "[", ")" if self.open_high else "]"
        if self.high == math.inf:
            return f"a finite number {'above' if self.open_low else 'of at least'} {self.low:g}"
        return f"a number in {left}{self.low:g}, {self.high:g}{right}"


@dataclass(frozen=True)
class Flag:
    """True or False."""

    def allows(self, value: Any) -> bool:
        return is_bool(value)

    def words(self) -> str:
        return "True or False"


@dataclass(frozen=True)
class Choice:
    """One of the names of a registry; with `or_callable`, a user's own function in its place."""

    choices: Collection[str]
    or_callable: bool = False

    def names(self) -> Collection[str]:
        return self.choices

    def allows(self, value: Any) -> bool:
        if self.or_callable and callable(value):
            return True
        return isinstance(value, str) and value in self.choices

    def words(self) -> str:
        function = " or a function of your own" if self.or_callable else ""
        return "one of " + ", ".join(sorted(self.choices)) + function


@dataclass(frozen=True)
class Optional:
    """None, or what another rule allows."""

    rule: Rule

    def allows(self, value: Any) -> bool:
        return value is None or self.rule.allows(value)

    def words(self) -> str:
        return f"None or {self.rule.words()}"


@dataclass(frozen=True)
class Each:
    """A sequence of at least `least` values that each keep a rule."""

    rule: Rule
    least: int = 0

    def allows(self, value: Any) -> bool:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) < self.least:
            return False
        return all(self.rule.allows(item) for item in value)

    def words(self) -> str:
        return f"a sequence of {f'{self.least} or more, ' if self.least else ''}each {self.rule.words()}"


@dataclass(frozen=True)
class AnyOf:
    """What one rule or another allows."""

    rules: tuple[Rule, ...]

    def names(self) -> Collection[str]:
        return [name for rule in self.rules if isinstance(rule, Choice) for name in rule.names()]

    def allows(self, value: Any) -> bool:
        return any(rule.allows(value) for rule in self.rules)

    def words(self) -> str:
        return " or ".join(rule.words() for rule in self.rules)


@dataclass(frozen=True)
class Having:
    """An object with this attribute, `what` in words."""

    attribute: str
    what: str

    def allows(self, value: Any) -> bool:
        return hasattr(value, self.attribute)

    def words(self) -> str:
        return self.what


@dataclass(frozen=True)
class Callback:
    """A function, `what` in words."""

    what: str

    def allows(self, value: Any) -> bool:
        return callable(value)

    def words(self) -> str:
        return self.what


SEED: Rule = Integer(0, LARGEST_SEED)


def nearest(word: Any, names: Collection[str]) -> str:
    """` Did you mean 'relu'?` for 'rleu', or nothing when no name is near."""
    near = difflib.get_close_matches(word, list(names), n=1) if isinstance(word, str) else []
    return f" Did you mean {near[0]!r}?" if near else ""


def shown(value: Any) -> str:
    """The value as it is written, cut to a line: a message should say what came, not fill the screen with it."""
    try:
        text = repr(value)
    except Exception:  # such as a whole number of more than 4,300 digits
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= 200 else text[:197] + "..."


def quoted(text: str) -> str:
    r"""A text as `shown` writes it, but with its no-break and thin spaces as they are instead of as escapes.

    >>> quoted("1\u2009234") == "'1\u2009234'"
    True
    """
    written = shown(text)
    for space in ("\xa0", "\u2009", "\u202f"):
        written = written.replace(repr(space)[1:-1], space)
    return written


def check(owner: str, settings: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Check every setting against its rule.

    Args:
        owner: what the settings belong to, for the message.
        settings: name -> value.
        rules: name -> rule; every one of them is checked.

    Raises:
        InvalidParameter: names the owner, the parameter, the value and what is allowed.
    """
    for name, rule in rules.items():
        value = settings[name]
        if not rule.allows(value):
            hint = nearest(value, rule.names()) if isinstance(rule, Choice | AnyOf) else ""
            error = InvalidParameter(f"{owner}: {name} must be {rule.words()}, got {shown(value)}.{hint}")
            error.setting = (owner, name)
            raise error


def lookup(kind: str, name: str, registry: Mapping[str, T]) -> T:
    """The registry's entry of that name.

    Args:
        kind: what the registry holds, for the message.
        name: of the entry.
        registry: name -> entry.

    Raises:
        InvalidParameter: there is no such entry; names the nearest one.
    """
    try:
        return registry[name]
    except (KeyError, TypeError):
        names = ", ".join(sorted(registry))
        hint = nearest(name, registry)
        raise InvalidParameter(f"unknown {kind} {shown(name)}; known are {names}.{hint}") from None
