"""A small network learns a teacher's probabilities; soft labels on both engines and in the estimator."""

import numpy as np
import polars
import pytest
from sklearn.ensemble import RandomForestClassifier

import separatrix as sx
from separatrix.networks.losses import LOSSES


@pytest.fixture(scope="module")
def table():
    stream = np.random.default_rng(0)
    x = stream.normal(size=(200, 3))
    return x, np.where(x[:, 0] * x[:, 1] > 0, "yes", "no")


@pytest.fixture(scope="module")
def forest(table):
    return RandomForestClassifier(30, random_state=0).fit(*table)


def test_a_student_of_any_classifier_has_its_classes_and_its_probabilities(table, forest):
    x, _ = table
    student = sx.distil(forest, x, network="27-16-1", made_rows=2_000)
    assert str(student.network_) == "27-16-1"
    assert student.classes_.tolist() == ["no", "yes"]
    new = np.random.default_rng(1).normal(size=(200, 3))
    assert np.corrcoef(student.predict_proba(new)[:, 1], forest.predict_proba(new)[:, 1])[0, 1] > 0.9


def test_made_rows_bring_the_student_nearer_to_its_teacher(table, forest):
    x, y = table
    new = np.random.default_rng(1).normal(size=(300, 3))
    far = [
        np.abs(
            sx.distil(forest, x, y, network=(16,), made_rows=made).predict_proba(new) - forest.predict_proba(new)
        ).mean()
        for made in (0, 3_000)
    ]
    assert far[1] < far[0]


def test_a_student_of_an_ensemble_takes_its_out_of_fold_scores(table, tmp_path):
    x, y = table
    frame = polars.DataFrame(x, schema=["a", "b", "c"]).with_columns(
        y=polars.Series(y), town=polars.Series(["Ulm", "Bonn"] * 100)
    )
    teacher = sx.SeparatrixClassifier(n_members=2, random_state=0).fit(frame, "y")
    student = sx.distil(teacher, frame, "y", network=(8,), made_rows=500)
    assert student.target_name_ == "y"
    assert student.run_.checkpoint is None
    loaded = sx.load(sx.save(student, tmp_path / "small.safetensors"))
    assert np.array_equal(loaded.predict_proba(frame), student.predict_proba(frame))


@pytest.mark.parametrize("library", ["pandas", "pyarrow"])
def test_frames_of_any_library(table, library):
    frame = polars.DataFrame(table[0], schema=["a", "b", "c"])
    frame = frame.to_pandas() if library == "pandas" else frame.to_arrow()
    teacher = sx.MLPBinaryClassifier((4,), random_state=0, max_iter=5).fit(frame, table[1])
    student = sx.distil(teacher, frame, network=(4,), made_rows=100)
    assert student.feature_names_in_.tolist() == ["a", "b", "c"]


def test_given_probabilities_are_learnt_and_may_be_a_column():
    x = np.linspace(-2, 2, 400)
    frame = polars.DataFrame({"x": x, "p": 1 / (1 + np.exp(-3 * x))})
    student = sx.distil("p", frame, network=(8,))
    assert np.abs(student.predict_proba(frame.select("x"))[:, 1] - frame["p"].to_numpy()).max() < 0.05
    assert student.classes_.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"teacher": [0.5]}, "200 rows and there are 1 probabilities"),
        ({"teacher": np.full(200, 1.5)}, "in \\[0, 1\\]"),
        ({"teacher": np.full(200, 0.5), "made_rows": 5}, "needs a teacher"),
        ({"network": "9-4-1", "made_rows": 0}, "write 27-4-1"),
        ({"network": "27-4-2"}, "one output"),
        ({"made_rows": -1}, "made_rows"),
    ],
)
def test_what_cannot_be_distilled_is_named(table, forest, arguments, message):
    with pytest.raises(ValueError, match=message):
        sx.distil(**{"teacher": forest, "X": table[0]} | arguments)


def test_a_teacher_of_three_classes_is_refused(table):
    forest = RandomForestClassifier(2).fit(table[0], np.arange(200) % 3)
    with pytest.raises(sx.InvalidData, match="Only binary"):
        sx.distil(forest, table[0])


# Soft labels.


@pytest.mark.parametrize("loss", LOSSES)
def test_soft_labels_train_alike_on_both_engines(loss):
    pytest.importorskip("torch")
    stream = np.random.default_rng(0)
    points = sx.Points.soft(stream.normal(size=(40, 2)), stream.random(40))
    network = sx.Network((2, 4, LOSSES[loss].outputs))
    recipe = sx.Recipe(loss=loss, epochs=20, lr=0.1, dtype="float64", log_every=1)
    fused, torch = (sx.train(network, recipe, points, engine=engine) for engine in ("fused", "torch"))
    assert np.allclose(fused.parameters, torch.parameters, atol=1e-9)
    assert np.allclose(fused.log.loss, torch.log.loss, atol=1e-9)


def test_labels_0_and_1_are_soft_labels_too():
    points = sx.moons(60)
    recipe = sx.Recipe(epochs=30, loss="bce_with_logits")
    hard, soft = (
        sx.train(sx.Network.parse("2-4-1"), recipe, given) for given in (points, sx.Points.soft(points.x, points.y))
    )
    assert np.array_equal(hard.parameters, soft.parameters)


def test_the_estimator_learns_probabilities_in_any_order(table):
    x, y = table
    soft = 1 / (1 + np.exp(-2 * x[:, 0]))
    settings = {"hidden_layer_sizes": (4,), "random_state": 0, "max_iter": 100, "learning_rate_init": 0.02}
    network = sx.MLPBinaryClassifier(**settings).fit(x, y, probabilities=soft)
    assert np.abs(network.predict_proba(x)[:, 1] - soft).mean() < 0.05
    backwards = sx.MLPBinaryClassifier(**settings).fit(x[::-1], y[::-1], probabilities=soft[::-1])
    assert np.array_equal(network.parameters_, backwards.parameters_)
    with pytest.raises(sx.InvalidParameter, match="class_weight"):
        sx.MLPBinaryClassifier(class_weight="balanced").fit(x, y, probabilities=soft)
