"""The methods: ours, and peers with the settings that their documentation gives for probabilities. One line each adds one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.tables.encoding import Imputed, TextCategories, numbers

ROOT = Path(__file__).resolve().parents[2]
Make = Callable[[int, int], Any]

# The version of the numbers that our estimators give. Whoever changes what a fit predicts raises it by one, and all
# results of ours are measured anew. A digest of the source files stood here before: moving a file or rewording a
# docstring threw away hours of results. `tests/benchmarks/test_tables_runs.py` fits one small table and fails when its
# numbers change under the same version.
NUMBERS = 1


@dataclass(frozen=True)
class Method:
    """One method.

    Attributes:
        name: what tables and pictures call it.
        packages: the distributions whose versions its results depend on.
        make: seed, threads -> an object with `fit(frame, y)` and `predict_proba(frame)`.
        says: its settings in words, for the report. A peer's results are filed under these words, so rewording them
            measures it anew.
        imports: modules loaded before a fit is timed.
        ours: whether it is of this package. Its results are filed under `NUMBERS`.
        most_rows, most_splits: larger tables and further splits it isn't run on, because a fit takes too long; None: all.
    """

    name: str
    packages: tuple[str, ...]
    make: Make
    says: str
    imports: tuple[str, ...]
    ours: bool = False
    most_rows: int | None = None
    most_splits: int | None = None

    def key(self) -> str:
        """The key of its results with the installed packages; results under another key are measured anew."""
        return self.key_of(self.versions())

    def key_of(self, versions: str) -> str:
        """The key of results that were measured with these versions, "package version, …"."""
        if self.ours:
            return numbers_key()
        lines = [*versions.split(", "), self.says]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def versions(self) -> str:
        return ", ".join(f"{package} {version(package)}" for package in self.packages)


def numbers_key() -> str:
    """The key of all results of this package."""
    return f"numbers {NUMBERS}"


def _separatrix(seed: int, threads: int) -> Any:
    from separatrix import SeparatrixClassifier

    return SeparatrixClassifier(random_state=seed, n_jobs=threads)


def _one_network(seed: int, threads: int) -> Any:
    from separatrix import MLPBinaryClassifier

    return MLPBinaryClassifier(random_state=seed)


def _catboost(seed: int, threads: int) -> Any:
    from catboost import CatBoostClassifier

    # without writing files, or every fit leaves a folder behind
    model = CatBoostClassifier(random_seed=seed, thread_count=threads, verbose=False, allow_writing_files=False)
    return TextCategories(model)


def _xgboost(seed: int, threads: int) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(enable_categorical=True, random_state=seed, n_jobs=threads)


def _lightgbm(seed: int, threads: int) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(random_state=seed, n_jobs=threads, verbose=-1)


def _hist_gradient_boosting(seed: int, threads: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=seed)


def _random_forest(seed: int, threads: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline

    return make_pipeline(numbers(False, imputed=False), RandomForestClassifier(random_state=seed, n_jobs=threads))


def _extra_trees(seed: int, threads: int) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.pipeline import make_pipeline

    return make_pipeline(numbers(False, imputed=False), ExtraTreesClassifier(random_state=seed, n_jobs=threads))


def _logistic_regression(seed: int, threads: int) -> Any:
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.pipeline import make_pipeline

    tuned = LogisticRegressionCV(
        scoring="neg_log_loss", l1_ratios=(0.0,), max_iter=1_000, use_legacy_attributes=False, random_state=seed
    )
    return make_pipeline(numbers(True), tuned)


def _svm(seed: int, threads: int) -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC

    return CalibratedClassifierCV(make_pipeline(numbers(True), SVC(random_state=seed)), ensemble=False)


def _neighbours(seed: int, threads: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline

    return make_pipeline(numbers(True), KNeighborsClassifier(n_jobs=threads))


def _sklearn_network(seed: int, threads: int) -> Any:
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline

    return make_pipeline(numbers(True), MLPClassifier(random_state=seed))


def _prior(seed: int, threads: int) -> Any:
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


def _realmlp(seed: int, threads: int) -> Any:
    from pytabkit import RealMLP_TD_Classifier

    model = RealMLP_TD_Classifier(
        device="cpu", random_state=seed, n_threads=threads, val_metric_name="cross_entropy", use_ls=False
    )
    return Imputed(model)


def _tabm(seed: int, threads: int) -> Any:
    from pytabkit import TabM_D_Classifier

    return Imputed(
        TabM_D_Classifier(device="cpu", random_state=seed, n_threads=threads, val_metric_name="cross_entropy")
    )


SKLEARN = ("scikit-learn",)
TORCH = ("pytabkit", "torch")
BEHIND = "behind medians with indicators, standard scaling and one-hot categories"
# in the order in which they are run: the quick ones first
METHODS: tuple[Method, ...] = (
    Method("class prior", SKLEARN, _prior, "DummyClassifier(strategy='prior')", ("sklearn.dummy",)),
    Method(
        "logistic regression", SKLEARN, _logistic_regression,
        f"LogisticRegressionCV, C of the default ten by log loss in five folds, max_iter=1000, {BEHIND}",
        ("sklearn.linear_model", "sklearn.compose"),
    ),
    Method("LightGBM", ("lightgbm",), _lightgbm, "defaults; categories as pandas categories", ("lightgbm",)),
    Method("XGBoost", ("xgboost-cpu",), _xgboost, "defaults; enable_categorical=True", ("xgboost",)),
    Method(
        "HistGradientBoosting", SKLEARN, _hist_gradient_boosting, "defaults; categories from the dtype", ("sklearn.ensemble",)
    ),
    Method(
        "random forest", SKLEARN, _random_forest, "defaults (100 trees); one-hot categories, missing numbers as they are",
        ("sklearn.ensemble", "sklearn.compose"),
    ),
    Method(
        "ExtraTrees", SKLEARN, _extra_trees, "defaults (100 trees); one-hot categories, missing numbers as they are",
        ("sklearn.ensemble", "sklearn.compose"),
    ),
    Method("k-NN", SKLEARN, _neighbours, f"defaults (5 neighbours), {BEHIND}", ("sklearn.neighbors", "sklearn.compose")),
    Method(
        "CatBoost", ("catboost",), _catboost, "defaults (1,000 trees); categories as cat_features, a missing one as a text",
        ("catboost",),
    ),
    Method(
        "SVM", SKLEARN, _svm, f"CalibratedClassifierCV(SVC(), ensemble=False), RBF kernel, defaults, {BEHIND}",
        ("sklearn.svm", "sklearn.calibration", "sklearn.compose"),
    ),
    Method(
        "scikit-learn MLP", SKLEARN, _sklearn_network, f"MLPClassifier, defaults (100 units, 200 epochs), {BEHIND}",
        ("sklearn.neural_network", "sklearn.compose"),
    ),
    Method("SeparatrixClassifier", ("separatrix",), _separatrix, "defaults", ("separatrix",), ours=True),
    Method("MLPBinaryClassifier", ("separatrix",), _one_network, "defaults: one network", ("separatrix",), ours=True),
    Method(
        "RealMLP-TD", TORCH, _realmlp,
        "tuned defaults; val_metric_name='cross_entropy' and use_ls=False, as documented for log loss and AUC; behind "
        "medians with indicators", ("pytabkit",),
    ),
    Method(
        "TabM", TORCH, _tabm, "TabM_D: defaults; val_metric_name='cross_entropy'; behind medians with indicators", ("pytabkit",),
        most_rows=2_500, most_splits=1,  # 32 networks of 3 × 512 units: too long without a GPU
    ),
)  # fmt: skip  # as few lines as fit
BY_NAME = {method.name: method for method in METHODS}
