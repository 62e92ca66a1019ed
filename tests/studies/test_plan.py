"""The description: what stands in the grid, how runs are numbered, what is refused before anything runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.errors import InvalidData, InvalidParameter


def test_the_grid_is_every_combination():
    study = sx.Study.grid(
        points=("circle", "moons"), n=(20, 30), widths=range(2, 5), depths=(1, 2), loss=("bce", "mse"), seeds=3,
        checkpoints=10,
    )  # fmt: skip
    assert len(study.conditions) == 2 * 2 * 3 * 2 * 2
    assert study.n_runs == 48 * 3
    assert [each.index for each in study.conditions] == list(range(48))
    assert len({each.text for each in study.conditions}) == 48


def test_the_last_width_follows_the_loss():
    study = sx.Study.grid(loss=("bce", "cross_entropy"), checkpoints=10)
    assert [str(each.network) for each in study.conditions] == ["2-4-4-1", "2-4-4-2"]


def test_without_hidden_layers_there_is_one_network_whatever_the_width():
    assert len(sx.Study.grid(widths=(2, 3), depths=(0, 1), checkpoints=5).conditions) == 3


def test_the_text_names_what_differs_from_the_default():
    network = sx.Network((2, 3, 1), ("tanh",), "he")
    study = sx.Study(networks=network, recipes=sx.Recipe(optimizer="adam", lr=0.01), checkpoints=5)
    assert study.conditions[0].text == "circle(n=100), 2-3-1, tanh, init=he, optimizer=adam, lr=0.01"


@given(st.integers(1, 7), st.integers(1, 30), st.sampled_from(["both", "data", "initial", "crossed"]))
def test_runs_are_numbered_seed_by_seed(conditions, seeds, vary):
    study = sx.Study.grid(widths=range(1, conditions + 1), checkpoints=5, seeds=range(10, 10 + seeds), vary=vary)
    jobs = [study.job(run) for run in range(study.n_runs)]
    assert [job.run for job in jobs] == list(range(study.n_runs))
    assert len({(job.data_seed, job.initial_seed, job.condition.index) for job in jobs}) == len(jobs)
    assert [job.condition.index for job in jobs] == list(range(conditions)) * study.n_replicates
    if vary == "both":
        assert all(job.seed == job.data_seed == job.initial_seed for job in jobs)
    if vary == "data":
        assert all(job.initial_seed == 0 for job in jobs)
    if vary == "initial":
        assert all(job.data_seed == 0 for job in jobs)
    if vary == "crossed":
        assert study.n_runs == conditions * seeds**2


def test_more_seeds_add_runs_at_the_end():
    few, many = (sx.Study.grid(widths=(2, 3), checkpoints=5, seeds=seeds) for seeds in (4, 9))
    assert [few.job(run) for run in range(8)] == [many.job(run) for run in range(8)]


def test_a_run_of_the_study_is_the_training_that_it_names():
    study = sx.Study.grid(widths=3, checkpoints=(10, 30), seeds=[5, 7])
    run = study.train(1)
    network, recipe = sx.Network((2, 3, 3, 1)), sx.Recipe(epochs=30, snapshots=(10,), seed=7)
    same = sx.train(network, recipe, sx.circle(seed=7))
    assert run.parameters.tobytes() == same.parameters.tobytes()
    assert list(run.snapshots) == [10]
    points, test = study.points_of(1)
    assert (len(points), len(test)) == (100, 1000)


def test_checkpoints_are_the_recipes_epochs_unless_given():
    assert sx.Study(recipes=sx.Recipe(epochs=70)).checkpoints == (70,)
    assert sx.Study(checkpoints=(30, 10, 30)).checkpoints == (10, 30)
    with pytest.raises(InvalidParameter, match=r"\[70, 80\] epochs; say by checkpoints"):
        sx.Study(recipes=(sx.Recipe(epochs=70), sx.Recipe(epochs=80)))


def test_a_million_seeds_take_no_room():
    study = sx.Study(checkpoints=5, seeds=10**9)
    assert study.seeds == range(10**9)
    assert study.job(999_999_999).seed == 999_999_999


def test_plain_data_tells_studies_apart():
    studies = [
        sx.Study(checkpoints=5),
        sx.Study(checkpoints=6),
        sx.Study(checkpoints=5, seeds=7),
        sx.Study(checkpoints=5, n_test=7),
        sx.Study(checkpoints=5, points="moons"),
        sx.Study(checkpoints=5, points=sx.moons()),
        sx.Study(checkpoints=5, networks="2-3-1"),
        sx.Study(checkpoints=5, recipes=sx.Recipe(lr=0.1)),
        sx.Study(checkpoints=5, vary="data"),
        sx.Study(checkpoints=5, until=sx.Until()),
    ]
    assert len({str(study.to_data()) for study in studies}) == len(studies)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"seeds": 0}, "seeds must be a whole number of at least 1"),
        ({"seeds": []}, "at least one seed"),
        ({"seeds": [1, 1]}, "different"),
        ({"seeds": [-1]}, "seeds must be"),
        ({"seeds": [2**64]}, "seeds must be"),
        ({"seeds": range(-1, 3)}, "seeds must be"),
        ({"seeds": "ab"}, "how many, or which"),
        ({"seeds": True}, "seeds must be"),
        ({"checkpoints": (0,)}, "checkpoints must be"),
        ({"checkpoints": (1.5,)}, "checkpoints must be"),
        ({"vary": "all"}, "vary must be one of"),
        ({"fixed_seed": -1}, "fixed_seed must be"),
        ({"n_test": -1}, "n_test must be"),
        ({"engine": "fussed"}, "engine must be one of .*Did you mean 'fused'"),
        ({"points": ()}, "points must name at least one"),
        ({"points": "circel"}, "Did you mean 'circle'"),
        ({"networks": ()}, "networks must name at least one"),
        ({"networks": (3,)}, "networks must be Networks"),
        ({"networks": "3-4-1"}, "takes 3 inputs, but circle.* has 2 columns"),
        ({"networks": ("2-4-1", "2-4-1")}, "is there twice"),
        ({"recipes": ({},)}, "recipes must be Recipes"),
        ({"recipes": sx.Recipe(loss=lambda output, y: output.sum())}, "must name their loss"),
        ({"recipes": sx.Recipe(batch_size=101)}, "batch_size must be at most 100"),
        ({"recipes": sx.Recipe(patience=3)}, "validation_fraction"),
        ({"until": 0.02}, "until must be an Until"),
        ({"until": sx.Until(), "vary": "crossed"}, "other than 'crossed'"),
    ],
)
def test_fault_19_what_cannot_be_run_is_refused_by_name(given, says):
    with pytest.raises(InvalidParameter, match=says):
        sx.Study(**{"checkpoints": 5} | given)


def test_fault_19_a_grid_refuses_unknown_settings_with_the_nearest_one():
    with pytest.raises(InvalidParameter, match=r"no setting 'optimiser'.*'optimizer'"):
        sx.Study.grid(optimiser="adam")
    with pytest.raises(InvalidParameter, match="widths must be"):
        sx.Study.grid(widths=0)
    with pytest.raises(InvalidData, match="table of real numbers"):
        sx.Study(points=("circle", ("a", "b")))
