"""Names from a table as lettering of a picture: of bounded length, on one line, and never read as a formula."""

from __future__ import annotations


def lettering(name: str, most: int = 28) -> str:
    r"""A name for Matplotlib: the middle of a long one left out, line ends as spaces, dollars without their meaning.

    >>> lettering("the_number_of_days_since_the_last_payment_was_due", 20)
    'the_number…t_was_due'
    >>> print(lettering("price in $\n(net)"))
    price in \$ (net)

    A legend leaves out what begins with an underscore, so such a name gets a space before it.
    """
    line = "".join(letter if letter.isprintable() else " " for letter in name)
    if len(line) > most:
        end = (most - 1) // 2
        line = f"{line[: most - 1 - end]}…{line[-end:]}"
    if not line or line.startswith("_"):
        line = f" {line}"
    return line.replace("$", r"\$")
