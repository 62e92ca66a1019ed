"""The page's state: what it describes, its links, undo, and what a hand does to the points."""

import contextlib
import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from separatrix.data.samplers import SAMPLERS, circle
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.playground import editing
from separatrix.playground.link import LONGEST, from_link, to_link
from separatrix.playground.past import Past
from separatrix.playground.sketch import EDGE, FRAMES, MOST_POINTS, MOST_UNITS, Sketch, frames

hidden = st.lists(st.tuples(st.integers(1, MOST_UNITS), st.sampled_from(list(ACTIVATIONS))), max_size=4)
place = st.floats(-EDGE, EDGE).map(lambda x: round(x, 3))
drawn = st.none() | st.lists(st.tuples(place, place, st.integers(0, 1)), min_size=2, max_size=8).map(tuple)


@st.composite
def sketches(draw):
    layers = draw(hidden)
    return Sketch(
        sampler=draw(st.sampled_from(list(SAMPLERS))),
        n=draw(st.integers(10, 200)),
        noise=draw(st.floats(0, 1)),
        seed=draw(st.integers(0, 2**64 - 1)),
        train_share=draw(st.floats(0.1, 1)),
        drawn=draw(drawn),
        hidden=tuple(units for units, _ in layers),
        activations=tuple(name for _, name in layers),
        loss=draw(st.sampled_from(list(LOSSES))),
        optimizer=draw(st.sampled_from(list(OPTIMIZERS))),
        lr=draw(st.floats(1e-6, 100)),
        l2=draw(st.floats(0, 1)),
        epochs=draw(st.integers(1, 200_000)),
        batch_size=draw(st.none() | st.integers(1, 50)),
    )


@given(sketches())
def test_a_link_gives_back_the_very_sketch(sketch):
    assert from_link(to_link(sketch)) == sketch


@given(sketches())
def test_every_sketch_describes_a_training(sketch):
    assert sketch.network.n_inputs == 2
    assert sketch.network.n_outputs == LOSSES[sketch.loss].outputs
    if sketch.drawn is None or len({point[2] for point in sketch.drawn}) == 2:
        assert sketch.recipe.epochs == sketch.epochs
        assert sketch.initial.shape == (sketch.network.n_parameters,)


@given(st.text(max_size=60))
def test_fault_37_a_stranger_s_link_is_a_sketch_or_an_error(text):
    for link in (text, "1" + text):
        with contextlib.suppress(InvalidData):
            assert isinstance(from_link(link), Sketch)


def test_fault_37_a_link_that_unpacks_to_too_much_is_refused():
    import base64
    import zlib

    bomb = "1" + base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000)).decode()
    with pytest.raises(InvalidData, match=r"damaged|longer"):
        from_link(bomb)
    with pytest.raises(InvalidData, match="longer"):
        from_link("1" * (LONGEST + 1))


def test_the_default_is_the_lesson():
    sketch = Sketch()
    points, held = sketch.points()
    np.testing.assert_array_equal(points.x, circle(n=100, seed=0).x)
    assert str(sketch.network) == "2-4-4-1"
    assert (sketch.recipe.lr, sketch.recipe.epochs, sketch.recipe.loss, sketch.recipe.optimizer) == (
        0.05,
        50_000,
        "bce",
        "sgd",
    )
    assert held is not None
    assert not np.isin(held.x, points.x).any()


@pytest.mark.parametrize(
    "settings_",
    [
        {"hidden": (17,), "activations": ("relu",)},
        {"hidden": (2,) * 7, "activations": ("relu",) * 7},
        {"hidden": (2,)},
        {"lr": float("nan")},
        {"epochs": 10**9},
        {"n": 10**9},
        {"drawn": ((0.0, 0.0, 2), (1.0, 1.0, 0))},
        {"drawn": ((0.0, 0.0, 1),) * (MOST_POINTS + 1)},
        {"start": (1.0, 2.0)},
    ],
)
def test_fault_19_what_a_page_may_not_ask_for_is_refused(settings_):
    with pytest.raises(InvalidParameter):
        Sketch(**settings_)


def test_one_class_alone_is_an_error_that_says_so():
    with pytest.raises(InvalidData, match="both classes"):
        Sketch(drawn=((0.0, 0.0, 1), (1.0, 1.0, 1))).points()


@given(st.floats(0.1, 0.9), st.integers(0, 100))
def test_the_share_trained_on_and_the_rest_are_all_points_and_both_have_both_classes(share, seed):
    train, held = Sketch(train_share=share, seed=seed).points()
    assert len(train) + len(held) == 100
    assert 0 < train.n_positive < len(train)
    assert 0 < held.n_positive < len(held)


@given(st.integers(1, 200_000))
def test_the_timeline_goes_from_the_first_epoch_to_the_last(epochs):
    found = frames(epochs)
    assert found[0] == 0
    assert found[-1] == epochs
    assert list(found) == sorted(set(found))
    assert len(found) <= FRAMES + 1


def test_a_branch_keeps_its_weights_until_the_network_changes():
    sketch = Sketch(start=(0.5,) * 37, begun=100)
    assert sketch.replace(lr=0.1).start == sketch.start
    assert sketch.replace(hidden=(3, 3)).start is None
    assert sketch.replace(seed=1).begun == 0


def test_undo_goes_back_and_a_new_change_forgets_what_was_undone():
    past = Past((Sketch(),)).after(Sketch(seed=1)).after(Sketch(seed=2))
    back = past.undone().undone()
    assert [back.now.seed, back.undone().now.seed, back.redone().now.seed] == [0, 0, 1]
    assert back.after(Sketch(seed=9)).redone().now.seed == 9


@given(st.lists(st.sampled_from(["move", "add", "delete", "flip", "paint"]), max_size=12), st.integers(0, 1000))
def test_whatever_a_hand_does_leaves_points_that_can_be_drawn(acts, seed):
    stream, sketch = np.random.default_rng(seed), Sketch(n=10)
    for act in acts:
        x1, x2 = stream.uniform(-30, 30, 2)
        number = int(stream.integers(0, len(sketch.all_points())))
        if act == "move":
            sketch = editing.moved(sketch, number, x1, x2)
        elif act == "add":
            sketch = editing.added(sketch, x1, x2, 1)
        elif act == "delete":
            sketch = editing.deleted(sketch, [number])
        elif act == "flip":
            sketch = editing.flipped(sketch, [number])
        else:
            sketch = editing.painted(sketch, x1, x2, 0.5, 0, stream)
    table = np.array(sketch.all_points())
    assert len(table) >= 2
    assert np.abs(table[:, :2]).max() <= EDGE
    assert from_link(to_link(sketch)) == sketch


def test_editing_touches_only_the_points_meant():
    sketch = Sketch(n=10)
    before = sketch.all_points()
    assert editing.flipped(sketch, [3]).drawn[3][2] == 1 - before[3][2]
    assert editing.deleted(sketch, [0, 1]).drawn == before[2:]
    assert editing.moved(sketch, 2, 1.0, 1.0).drawn[:2] == before[:2]
    assert editing.nearest(sketch, before[4][0], before[4][1], 0.01) == 4
    assert editing.nearest(sketch, 19.0, 19.0, 0.5) is None


def test_a_sketch_has_no_setting_that_a_link_could_not_carry():
    assert all(field.default is not dataclasses.MISSING for field in dataclasses.fields(Sketch))
