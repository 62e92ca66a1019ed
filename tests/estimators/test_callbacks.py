"""Callbacks on epochs, by scikit-learn 1.9's protocol."""

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from separatrix.data.samplers import moons
from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.training.run import Status

protocol = pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9 has no callbacks")

POINTS = moons(n=80, noise=0.15, seed=1)
X, Y = POINTS.x, POINTS.y


def small(**settings) -> MLPBinaryClassifier:
    return MLPBinaryClassifier((6,), **{"max_iter": 12, "n_iter_no_change": None, "random_state": 0} | settings)


class Recorder:
    """Writes down what it is told, and asks to stop after some epochs."""

    def __init__(self, stop_after=None):
        self.stop_after, self.told, self.estimators = stop_after, [], []

    def setup(self, estimator, context):
        self.told.append("setup")

    def teardown(self, estimator, context):
        self.told.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.told.append(f"begin {context.task_name} {context.task_id}")

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        self.told.append(f"end {context.task_name} {context.task_id}")
        self.estimators.append((context.task_name, fitted_estimator, X, y, metadata))
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_after


def test_every_epoch_is_a_task_with_a_beginning_and_an_end():
    recorder = Recorder()
    small(max_iter=2).set_callbacks(recorder).fit(X, Y)
    assert recorder.told == [
        "setup", "begin fit 0", "begin epoch 0", "end epoch 0", "begin epoch 1", "end epoch 1", "end fit 0", "teardown",
    ]  # fmt: skip  # one line


def test_the_estimator_of_an_epoch_predicts_as_if_training_had_stopped_there():
    recorder = Recorder()
    small().set_callbacks(recorder).fit(X, Y)
    for epoch in (1, 5, 12):
        stopped = small(max_iter=epoch).fit(X, Y)
        then = recorder.estimators[epoch - 1][1]
        assert np.array_equal(then.predict_proba(X), stopped.predict_proba(X))
        assert then.n_iter_ == epoch


def test_a_callback_is_given_the_data_and_the_weights():
    recorder, weight = Recorder(), np.linspace(0.5, 1, len(X))
    small(max_iter=1).set_callbacks(recorder).fit(X, Y, sample_weight=weight)
    _, _, x, y, metadata = recorder.estimators[0]
    assert x is X
    assert y is Y
    assert metadata["sample_weight"] is weight


def test_a_callback_can_stop_training():
    recorder = Recorder(stop_after=4)
    clf = small().set_callbacks(recorder).fit(X, Y)
    assert clf.n_iter_ == 4
    assert clf.run_.status is Status.STOPPED
    assert recorder.told.count("end epoch 3") == 1
    assert "begin epoch 4" not in recorder.told


def test_callbacks_do_not_change_the_numbers(engine):
    plain = small(engine=engine, batch_size=16).fit(X, Y)
    watched = small(engine=engine, batch_size=16).set_callbacks(Recorder()).fit(X, Y)
    assert np.array_equal(plain.parameters_, watched.parameters_)


def test_callbacks_are_torn_down_after_an_error():
    recorder = Recorder()
    recorder.on_fit_task_end = lambda estimator, context: 1 / 0
    with pytest.raises(ZeroDivisionError):
        small().set_callbacks(recorder).fit(X, Y)
    assert recorder.told[-1] == "teardown"


def test_the_scoring_monitor_scores_every_epoch():
    monitor = protocol.ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
    clf = small().set_callbacks(monitor).fit(X, Y)
    rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(rows) == 12
    assert rows[-1]["accuracy"] == clf.score(X, Y)
    assert rows[0]["neg_log_loss"] < rows[-1]["neg_log_loss"]


def test_the_progress_bar_shows_the_epochs(capsys):
    small().set_callbacks(protocol.ProgressBar()).fit(X, Y)
    assert "MLPBinaryClassifier - fit" in capsys.readouterr().out


def test_a_progress_bar_of_a_search_reaches_its_trainings(capsys):
    search = GridSearchCV(small(), {"alpha": [0.01, 0.1]}, cv=2)
    search.set_callbacks(protocol.ProgressBar(max_propagation_depth=None)).fit(X, Y)
    assert "MLPBinaryClassifier" in capsys.readouterr().out


def test_a_clone_keeps_its_callbacks_and_a_fitted_estimator_can_be_pickled(tmp_path):
    monitor = protocol.ScoringMonitor(scoring="accuracy")
    clf = clone(small().set_callbacks(monitor)).fit(X, Y)
    assert len(monitor.get_logs().data) == 13
    joblib.dump(clf, tmp_path / "model.joblib")
    assert np.array_equal(joblib.load(tmp_path / "model.joblib").predict(X), clf.predict(X))


def test_what_is_no_callback_is_refused():
    with pytest.raises(TypeError, match="FitCallback protocol"):
        small().set_callbacks(print)


def test_without_the_protocol_the_estimator_works_and_says_what_it_lacks(python):
    code = (
        "import sys; sys.modules['sklearn.callback'] = None\n"
        "import sklearn.base as base\n"
        "from separatrix.estimators._base import CallbackSupportMixin, with_callbacks\n"
        "print(with_callbacks(len) is len)\n"
        "try:\n    CallbackSupportMixin().set_callbacks()\n"
        "except NotImplementedError as error:\n    print(error)\n"
    )
    assert python(code).splitlines() == ["True", "callbacks need scikit-learn 1.9 or later."]
