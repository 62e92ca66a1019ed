import base64
import re

import numpy as np
import pytest

from separatrix.data.samplers import moons
from separatrix.estimators._base import html_of
from separatrix.estimators.base_models import BASE_MODELS
from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.estimators.ensemble import SeparatrixClassifier

POINTS = moons(n=40, seed=0)


@pytest.fixture(scope="module")
def fitted() -> MLPBinaryClassifier:
    labels = np.array(["<script>no", "yes"])[POINTS.y]
    return MLPBinaryClassifier((4,), max_iter=3, random_state=0).fit(POINTS.x, labels)


def test_an_unfitted_estimator_is_shown_without_a_picture():
    page = html_of(MLPBinaryClassifier((4, 3)))
    assert "(4, 3)" in page
    assert "<img" not in page


def test_a_fitted_one_is_shown_with_its_network_in_the_page_itself(fitted):
    page = fitted._repr_html_()
    (source,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    drawn = base64.b64decode(source).decode()
    assert drawn.startswith("<?xml")
    assert "network 2-4-1, stopped after 3 epochs" in page


def test_scikit_learns_settings_and_fitted_attributes_stay(fitted):
    page = fitted._repr_html_()
    for name in ("hidden_layer_sizes", "random_state", "Fitted", "n_iter_", "classes_", "loss_curve_"):
        assert name in page


def test_fault_38_labels_are_inert(fitted):
    assert "<script>no" not in fitted._repr_html_()


def test_the_same_network_gives_the_same_picture(fitted):
    def picture(page: str) -> str:
        return page[page.index("<img") : page.rindex("<script>")]

    assert picture(fitted._repr_html_()) == picture(fitted._repr_html_())


def test_a_notebook_is_given_both_texts(fitted):
    bundle = fitted._repr_mimebundle_()
    assert "<img" in bundle["text/html"]
    assert bundle["text/plain"].startswith("MLPBinaryClassifier(")


def test_a_pipeline_shows_it_as_a_step(fitted):
    from sklearn.pipeline import make_pipeline

    assert "MLPBinaryClassifier" in make_pipeline(fitted)._repr_html_()


def test_an_ensemble_is_shown_with_its_kinds_of_network():
    labels = np.array(["<script>no", "yes"])[POINTS.y]
    ensemble = SeparatrixClassifier(n_members=2, random_state=0).fit(POINTS.x, labels)
    page = ensemble._repr_html_()
    for name in BASE_MODELS:
        assert f"<td>{name}</td>" in page
    assert f"{len(ensemble.members_)} networks, log loss {ensemble.log_loss_:.4f} on out-of-fold rows" in page
    assert "<script>no" not in page
    assert "<table><tr>" not in SeparatrixClassifier()._repr_html_()
