"""The files inside installed packages, each format -> a data frame of columns as they stand; no package is imported."""

from __future__ import annotations

import importlib.util
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

MISSING = ["", "?", "NA"]  # and nothing else: pandas would also take "None" and "null", which can be a category


class TableMissing(LookupError):
    """A package or its file isn't installed."""


def installed(module: str, path: str) -> Path:
    """The file `path` in the package `module`, found without importing it.

    Raises:
        TableMissing: it isn't there.
    """
    found = importlib.util.find_spec(module)
    folders = [] if found is None else found.submodule_search_locations or []
    for folder in folders:
        if (file := Path(folder) / path).is_file():
            return file
    raise TableMissing(
        f"expected {path} in the installed package {module}, found none: `make bench-tables` installs it"
    )


def plain(file: Path) -> pd.DataFrame:
    """Commas and no header, as KEEL's raw files are: columns x1, x2, …, the last one `class`."""
    frame = pd.read_csv(file, header=None, skipinitialspace=True, na_values=MISSING, keep_default_na=False)
    return frame.set_axis([f"x{k + 1}" for k in range(frame.shape[1] - 1)] + ["class"], axis=1)


def keel(file: Path) -> pd.DataFrame:
    """KEEL's format: `@attribute` lines, `@data`, commas; also attribute-relation files (ARFF)."""
    head, _, data = re.split(r"(?im)^(@data)\s*$", file.read_text(encoding="utf-8"), maxsplit=1)
    names = re.findall(r"(?im)^@attribute\s+'?([^\s'{\[]+)", head)
    return pd.read_csv(
        io.StringIO(data), header=None, names=names, skipinitialspace=True, na_values=MISSING, keep_default_na=False
    )


def csv(file: Path) -> pd.DataFrame:
    """Commas and a header; packed or not, as the name's end says."""
    return pd.read_csv(file, na_values=MISSING, keep_default_na=False)


def agnostic(file: Path) -> pd.DataFrame:
    """The agnostic-learning challenge: numbers with blanks between, and the labels in a file of their own beside them."""
    frame = pd.read_csv(file, sep=r"\s+", header=None)
    labels = pd.read_csv(file.with_suffix(".labels"), header=None)
    return frame.set_axis([f"x{k + 1}" for k in range(frame.shape[1])], axis=1).assign(**{"class": labels[0]})


def digits(file: Path) -> pd.DataFrame:
    """scikit-learn's digits: 64 grey values and the digit."""
    return pd.read_csv(file, header=None).set_axis([*(f"px{k}" for k in range(64)), "class"], axis=1).astype(int)


def breast_cancer(file: Path) -> pd.DataFrame:
    """scikit-learn's breast cancer: a first line that counts, then 30 numbers and the class."""
    return pd.read_csv(file, header=None, skiprows=1).set_axis([*(f"f{k}" for k in range(30)), "class"], axis=1)


def sparse(file: Path) -> pd.DataFrame:
    """`label 1:value 2:value` lines in the first file of an archive."""
    with zipfile.ZipFile(file) as archive:
        lines = archive.read(archive.namelist()[0]).decode().split("\n")
    cells = [line.replace(":", " ").split() for line in lines if line.strip()]
    frame = pd.DataFrame(np.array([[*row[2::2], row[0]] for row in cells], dtype=float))
    return frame.set_axis([f"x{k + 1}" for k in range(frame.shape[1] - 1)] + ["class"], axis=1)


def hypothyroid(file: Path) -> pd.DataFrame:
    """Commas and no header; the class comes first, the names stand in the page beside the file."""
    page = file.with_name("hypothyroid.names.txt").read_text(encoding="utf-8")
    names = ["class", *re.findall(r"(?m)^(\w+):", page)]
    return pd.read_csv(file, header=None, names=names, na_values=MISSING, keep_default_na=False)


Reader = Callable[[Path], pd.DataFrame]
