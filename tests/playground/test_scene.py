"""What the page draws, held to the library's own numbers; who is trained next; the visitor's own tables; the parcels."""

import threading

import numpy as np
import pytest

from separatrix.errors import InvalidData
from separatrix.playground import own, takeaway
from separatrix.playground.first import First
from separatrix.playground.lessons import GUIDES
from separatrix.playground.scene import NODES, compute_scene
from separatrix.playground.sketch import Sketch
from separatrix.playground.words import LANGUAGES, WORDS
from separatrix.playground.work import Workshop
from separatrix.training.loop import train
from separatrix.training.run import Status

SHORT = Sketch(epochs=300)


@pytest.fixture(scope="module")
def scene():
    return compute_scene(SHORT)


def test_the_scene_is_the_training_that_the_sketch_describes(scene):
    points, _ = SHORT.points()
    run = train(SHORT.network, SHORT.recipe.replace(snapshots=()), points, initial=SHORT.initial)
    np.testing.assert_array_equal(scene.run.parameters, run.parameters)
    accuracy, loss, held = scene.numbers()
    assert (accuracy, held) == (scene.run.accuracy, scene.run.validation_accuracy)
    assert loss == pytest.approx(scene.run.loss, rel=1e-6)


def test_the_plane_is_the_networks_probability_and_never_on_the_wrong_side(scene):
    nodes = scene.window.nodes(NODES)
    p = scene.run.predict_proba(nodes)[:, 1].reshape(NODES, NODES)
    plane = scene.plane()
    np.testing.assert_allclose(plane / 255, p, atol=1 / 255)
    np.testing.assert_array_equal(plane > 127, p > 0.5)


def test_rows_of_the_plane_go_up(scene):
    nodes = scene.window.nodes(4).reshape(4, 4, 2)
    assert (np.diff(nodes[:, 0, 1]) > 0).all()
    assert (np.diff(nodes[0, :, 0]) > 0).all()


@pytest.mark.parametrize("loss", ["bce", "cross_entropy"])
def test_a_units_picture_is_its_activation(loss):
    found = compute_scene(Sketch(epochs=50, loss=loss))
    nodes = found.window.nodes(28)
    a = np.maximum(nodes @ found.weights()[0][0].T + found.weights()[0][1], 0)
    expected = (a / np.maximum(a.max(0), 1e-30)).T.reshape(4, 28, 28)
    np.testing.assert_allclose(found.units()[1], expected, atol=1e-5)
    assert [len(layer) for layer in found.units()] == list(found.sketch.network.widths)


def test_the_timeline_goes_from_the_first_weights_to_the_last(scene):
    np.testing.assert_array_equal(scene.parameters(0), SHORT.initial)
    np.testing.assert_array_equal(scene.parameters(-1), scene.run.parameters)
    assert scene.epochs[0] == 0
    assert scene.epochs[-1] == 300


def test_a_branch_goes_on_from_the_same_weights(scene):
    moment = 5
    branch = compute_scene(scene.branched(moment).replace(lr=0.2, epochs=10))
    np.testing.assert_array_equal(branch.parameters(0), scene.parameters(moment))
    assert branch.sketch.begun == scene.epochs[moment]


def test_fault_21_a_diverged_training_keeps_its_last_finite_picture():
    found = compute_scene(
        Sketch(lr=100.0, loss="mse", optimizer="sgd", momentum=0.99, hidden=(16,), activations=("relu",), l2=10.0)
    )
    assert found.diverged
    assert np.isfinite(found.parameters(-1)).all()
    assert found.plane().shape == (NODES, NODES)


def test_the_newest_request_wins_and_stale_work_is_cancelled():
    workshop, delivered, busy, done = Workshop(1), [], threading.Event(), threading.Event()
    desk = workshop.desk(lambda act: act())

    def long(ticket):
        busy.set()
        while not ticket.stale:
            ticket_seen.wait(0.001)
        return "long"

    ticket_seen = threading.Event()
    desk.ask(long, delivered.append)
    assert busy.wait(10)
    desk.ask(lambda ticket: "overtaken", delivered.append)
    desk.ask(lambda ticket: "newest", lambda result: (delivered.append(result), done.set()))
    assert done.wait(10)
    workshop.close()
    assert delivered == ["newest"]


def test_a_moving_finger_lets_the_picture_under_way_be_shown():
    workshop, delivered, busy, go, done = Workshop(1), [], threading.Event(), threading.Event(), threading.Event()
    desk = workshop.desk(lambda act: act())
    desk.ask(lambda ticket: (busy.set(), go.wait(10), "first")[-1], delivered.append)
    assert busy.wait(10)
    desk.ask(lambda ticket: "second", lambda result: (delivered.append(result), done.set()), patient=True)
    go.set()
    assert done.wait(10)
    workshop.close()
    assert delivered == ["first", "second"]


def test_fault_37_a_visitor_who_left_is_worked_for_no_more_and_an_error_ends_nobody_elses_work():
    workshop, delivered, done = Workshop(1), [], threading.Event()
    gone, here = (workshop.desk(lambda act: act()) for _ in range(2))
    here.ask(lambda ticket: 1 / 0, delivered.append)
    gone.close()
    gone.ask(lambda ticket: "for nobody", delivered.append)
    here_again = workshop.desk(lambda act: act())
    here_again.ask(lambda ticket: "fine", lambda result: (delivered.append(result), done.set()))
    assert done.wait(10)
    workshop.close()
    assert [type(each) for each in delivered] == [ZeroDivisionError, str]


def test_fault_37_one_visitors_long_training_holds_nobody_else_up():
    workshop, delivered, busy, done = Workshop(1), [], threading.Event(), threading.Event()
    long, short = (workshop.desk(lambda act: act()) for _ in range(2))

    def endless(ticket):
        busy.set()
        while ticket.go_on(None):
            pass

    long.ask(endless, delivered.append)
    assert busy.wait(10)
    for k in range(3):
        done.clear()
        short.ask(lambda ticket, k=k: k, lambda result: (delivered.append(result), done.set()))
        assert done.wait(10)
    workshop.close()  # ends the endless one too
    assert delivered == [0, 1, 2]


def test_what_is_not_interrupted_is_made_aside():
    workshop, go, begun, done = Workshop(1), threading.Event(), threading.Event(), threading.Event()
    parcels, pictures = workshop.desk(lambda act: act(), aside=True), workshop.desk(lambda act: act())
    parcels.ask(lambda ticket: (begun.set(), go.wait(10)), lambda result: None)
    assert begun.wait(10)
    pictures.ask(lambda ticket: "picture", lambda result: done.set())
    assert done.wait(10)
    go.set()
    workshop.close()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_pasted_table_becomes_points(separator):
    rows = [["name", "a", "b", "kind"], ["p", "1.5", "2", "yes"], ["q", "0.5", "-1", "no"], ["r", "-2", "0.25", "no"]]
    sheet = own.read_sheet("\n".join(separator.join(row) for row in rows))
    assert own.likely_columns(sheet) == ("a", "b", "kind")
    assert own.as_drawn(sheet, "a", "b", "kind") == ((1.5, 2.0, 1), (0.5, -1.0, 0), (-2.0, 0.25, 0))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "header"),
        ("a,b,y\n1,2,no\n", "two rows"),
        ("a,b,y\n1,2,no\n3,4\n", "row 3"),
        ("a,a,y\n1,2,no\n3,4,yes\n", "same name"),
        ("a,b,y\n1,2,no\n3,x,yes\n5,6,no\n", "two columns of numbers"),
        ('a,b,y\n1,2,no\n3,"4,yes\n', "no table|row"),
        ("a" * 1_000_001, "larger"),
    ],
)
def test_fault_37_a_bad_table_is_an_error_that_names_the_row(text, words):
    with pytest.raises(InvalidData, match=words):
        own.likely_columns(own.read_sheet(text))


def test_columns_of_another_size_are_scaled_and_labels_must_be_two():
    sheet = own.read_sheet("a,b,y\n1000,2,no\n3000,4,yes\n2000,9,maybe\n")
    with pytest.raises(InvalidData, match="two values"):
        own.as_drawn(sheet, "a", "b", "y")
    scaled = own.as_drawn(own.read_sheet("a,b,y\n1000,2,no\n3000,4,yes\n2000,9,no\n"), "a", "b", "y")
    assert max(abs(point[0]) for point in scaled) < 2


@pytest.mark.parametrize("name", takeaway.MAKERS)
def test_every_parcel_is_what_its_name_says(scene, name):
    parcel = takeaway.MAKERS[name](scene)
    begins = {"png": b"\x89PNG", "gif": b"GIF8", "svg": b"<?xml", "csv": b"x1,x2,label", "py": b'"""Binary'}
    ending = parcel.name.rsplit(".", 1)[1]
    assert len(parcel.content) > 100
    assert parcel.content.startswith(begins.get(ending, b""))


def test_the_study_asks_about_the_very_training_on_the_page(tmp_path):
    from separatrix.studies.config import read_settings, study_of

    sketch = Sketch(sampler="moons", n=60, noise=0.2, loss="cross_entropy", lr=0.3, l2=0.01, batch_size=10, epochs=500)
    path = tmp_path / "study.toml"
    path.write_bytes(takeaway.study(compute_scene(sketch)).content)
    asked = study_of(read_settings(path))
    (only,) = asked.conditions
    assert only.network == Sketch(loss="cross_entropy").network.__class__((2, 4, 4, 2))
    for name in ("loss", "lr", "l2", "batch_size", "optimizer"):
        assert getattr(only.recipe, name) == getattr(sketch.recipe, name)
    assert asked.n_runs == 200


def test_a_lesson_is_not_done_when_it_begins_and_every_task_can_be_done():
    ways = {
        "line": {"hidden": (4, 4), "activations": ("relu", "relu"), "epochs": 50_000},
        "losses": {"loss": "bce"},
        "rate": {"lr": 30.0},
        "overfitting": {"n": 300, "hidden": (3,), "activations": ("tanh",), "noise": 0.2},
        "dead": {"lr": 0.1, "activations": ("tanh", "tanh"), "epochs": 20_000},
    }
    for name, guide in GUIDES.items():
        assert not guide.done(compute_scene(guide.start)), name
        changes = [ways[name]] if name in ways else [{"hidden": (3,), "seed": seed} for seed in range(40)]
        assert any(guide.done(compute_scene(guide.start.replace(**change))) for change in changes), name


def test_all_words_are_there_in_both_languages():
    for name, texts in WORDS.items():
        assert len([text for text in texts if text]) == len(LANGUAGES), name
    for guide in GUIDES.values():
        assert all(len(part) == len(LANGUAGES) for part in (guide.title, guide.task, guide.praise))


def test_a_run_that_gets_stuck_is_told_from_one_that_still_learns():
    assert compute_scene(Sketch(lr=1e-6, epochs=100)).run.status in (Status.STUCK, Status.STOPPED)


def test_the_lesson_s_training_is_kept_for_the_next_server_and_damage_is_seen(tmp_path, monkeypatch):
    monkeypatch.setenv("SEPARATRIX_CACHE", str(tmp_path / "cache"))
    begun = First()
    assert begun.scene is None
    begun.train()
    again = First().scene
    assert again.sketch == Sketch()
    assert again.numbers() == begun.scene.numbers()
    np.testing.assert_array_equal(again.plane(), begun.scene.plane())
    np.testing.assert_array_equal(again.points.x, Sketch().points()[0].x)
    np.testing.assert_array_equal(again.held.y, Sketch().points()[1].y)
    (file,) = (tmp_path / "cache").glob("playground-*")
    file.write_bytes(file.read_bytes()[:-10])
    assert First().scene is None
    monkeypatch.setenv("SEPARATRIX_CACHE", "/dev/null/nowhere")
    nowhere = First()
    nowhere.train()  # what can't be kept is shown all the same
    assert nowhere.scene is not None
