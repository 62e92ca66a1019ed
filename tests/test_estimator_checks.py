"""Every scikit-learn estimator check, for several configurations, with no expected failure."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from separatrix.classifier import MLPBinaryClassifier

CONFIGURATIONS = [
    MLPBinaryClassifier(engine="fused", encoder=None),
    MLPBinaryClassifier(engine="torch", encoder=None, max_iter=60, learning_rate_init=0.01),
    MLPBinaryClassifier((16,), outputs=2, encoder=None),
    MLPBinaryClassifier((16,), dtype="float64", encoder=None),
    MLPBinaryClassifier((16,), class_weight="balanced", encoder=None),
    MLPBinaryClassifier((16,), early_stopping=True, encoder=None),
    MLPBinaryClassifier((16,), optimizer="lbfgs", max_iter=20, encoder=None),
    MLPBinaryClassifier((16,), optimizer="sgd", batch_size=4, learning_rate_init=0.05, encoder=None),
]


@pytest.mark.filterwarnings("ignore:a class has a single row")
@parametrize_with_checks(CONFIGURATIONS)
def test_every_check_of_scikit_learn_passes(estimator, check):
    check(estimator)
