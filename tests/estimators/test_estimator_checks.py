"""Every scikit-learn estimator check, for several configurations, with no expected failure."""

import os
import subprocess
import sys

import pytest
from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency, parametrize_with_checks

from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.ensemble import SeparatrixClassifier

CLASSIFIERS = [
    MLPBinaryClassifier(engine="fused"),
    MLPBinaryClassifier((64,), engine="torch", max_iter=60, learning_rate_init=0.01),
    MLPBinaryClassifier((64,), outputs=2),
    MLPBinaryClassifier((64,), dtype="float64"),
    MLPBinaryClassifier((64,), class_weight="balanced"),
    MLPBinaryClassifier((64,), early_stopping=True),
    MLPBinaryClassifier((64,), encoder=None),
    MLPBinaryClassifier((64,), optimizer="lbfgs", max_iter=20, encoder=TableEncoder("quantile")),
    MLPBinaryClassifier(
        (16,), optimizer="sgd", batch_size=4, learning_rate_init=0.05, encoder=None, early_stopping=True
    ),
]
ENSEMBLES = [
    SeparatrixClassifier(n_members=2),
    SeparatrixClassifier(n_members=1, metric="accuracy", n_jobs=None),
]
ENCODERS = [
    TableEncoder(),
    TableEncoder("both", pieces=3),
    TableEncoder("standard", missing_indicator=True),
    TableEncoder("quantile"),
    TableEncoder("piecewise", pieces=4, missing_indicator=False),
]


@pytest.mark.filterwarnings("ignore:a class has a single row")
@parametrize_with_checks(CLASSIFIERS)
def test_a_classifier_passes_every_check(estimator, check):
    check(estimator)


@parametrize_with_checks(ENSEMBLES)
def test_an_ensemble_passes_every_check(estimator, check):
    check(estimator)


@parametrize_with_checks(ENCODERS)
def test_an_encoder_passes_every_check(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "estimator", [*CLASSIFIERS[:1], *ENSEMBLES[:1], *ENCODERS[:1]], ids=["classifier", "ensemble", "encoder"]
)
def test_columns_of_other_names_are_told_in_scikit_learns_words(estimator):
    check_dataframe_column_names_consistency(type(estimator).__name__, estimator)


@pytest.mark.slow
def test_the_checks_skipped_without_scipys_array_interface_pass_with_it():
    """SciPy asks for the variable once, when it is imported."""
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-k", "array_api", __file__]
    done = subprocess.run(line, env=os.environ | {"SCIPY_ARRAY_API": "1"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert f"{len(CLASSIFIERS + ENSEMBLES + ENCODERS)} passed" in done.stdout
    assert "skipped" not in done.stdout
