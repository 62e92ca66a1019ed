"""Trainings in the page against the package's: what is logged, how they end, what is refused. Steps are in the contract suite."""

import numpy as np
import pytest

import separatrix as sx
from separatrix.data.points import Points
from separatrix.evaluation.statistics.pairs import mcnemar
from separatrix.geometry.one_step import one_step
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.reports.lesson import NETWORK, draw
from separatrix.support.seeds import stream_seed
from tests.web.engine_calls import ANSWERS, MODES, STEP, TRAIN

COURSES = {
    "the lesson": {"epochs": 700},
    "batches": {"batch_size": 16, "epochs": 60, "lr": 0.02},
    "batches of one and momentum": {"batch_size": 1, "epochs": 5, "lr": 0.01, "momentum": 0.5},
    "adam and a schedule": {"optimizer": "adam", "lr": 0.01, "epochs": 300, "schedule": "cosine"},
    "penalties": {"epochs": 400, "l1": 1e-3, "l2": 1e-2},
    "penalties in batches": {
        "batch_size": 30,
        "epochs": 40,
        "l2": 0.1,
        "optimizer": "rmsprop",
        "momentum": 0.3,
        "lr": 0.005,
    },
    "nesterov": {"epochs": 200, "momentum": 0.9, "nesterov": True},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.1, "epochs": 200, "lr": 0.01},
    "two outputs": {"loss": "cross_entropy", "optimizer": "adagrad", "epochs": 100, "lr": 0.02},
    "several chunks": {"n": 1500, "epochs": 40, "hidden": (16, 16), "optimizer": "adam", "lr": 0.003},
    "batches of several chunks": {"n": 900, "batch_size": 400, "epochs": 10, "hidden": (16, 16)},
    "wide": {"hidden": (21, 5), "epochs": 50},
    "deep": {"hidden": (3, 2, 4, 1, 6, 2), "epochs": 50},
    "no hidden layer": {"hidden": (), "epochs": 300},
    "l-bfgs": {"optimizer": "lbfgs", "lr": 1.0, "epochs": 1},
}


def moments(epochs):
    """The epochs that the timeline stops at: 96 in even steps of their logarithm."""
    return tuple(np.unique(np.rint(np.geomspace(1, epochs + 1, 96)).astype(int)) - 1)


def in_python(changes, activation="tanh"):
    """The same by the package."""
    values = {"n": 100, "hidden": (4, 4), "loss": "bce", "seed": 0} | changes
    network = sx.Network((2, *values.pop("hidden"), LOSSES[values["loss"]].outputs), activation)
    points, initial = draw(values["seed"], values.pop("n"), network)
    validation = sx.circle(n=1000, seed=stream_seed(values["seed"], "test"))
    recipe = sx.Recipe(**values)
    recipe = recipe.replace(log_every=max(1, recipe.epochs // 500), snapshots=moments(recipe.epochs))
    # "torch" compiles nothing; L-BFGS blows up the last digit, in which "fused" is nearer
    engine = "fused" if recipe.optimizer == "lbfgs" else "torch"
    return sx.train(network, recipe, points, initial=initial, validation=validation, engine=engine)


def in_page(modules, changes, activation="tanh", slices=False):
    hidden = changes.get("hidden", (4, 4))
    return modules.evaluate(TRAIN, [{"activations": [activation] * len(hidden)} | _listed(changes), slices])


def _listed(changes):
    return {name: list(value) if isinstance(value, tuple) else value for name, value in changes.items()}


@pytest.mark.parametrize("what", list(COURSES))
def test_a_training_takes_the_same_course_as_in_the_package(modules, what):
    ours, theirs = in_page(modules, COURSES[what]), in_python(COURSES[what])
    assert ours["epochs"] == theirs.epochs
    assert ours["log"]["epoch"] == theirs.log.epoch.tolist()
    assert np.array(ours["initial"], np.float32).tobytes() == theirs.initial.tobytes()
    np.testing.assert_allclose(ours["parameters"], theirs.parameters, rtol=2e-3, atol=2e-4)
    for name, close in (("loss", 2e-3), ("validation_loss", 2e-3), ("lr", 1e-12), ("gradient_norm", 1e-2)):
        np.testing.assert_allclose(
            ours["log"][name],
            getattr(theirs.log, name),
            rtol=close,
            atol=1e-5,
            err_msg=name,
        )
    for name in ("accuracy", "validation_accuracy"):
        np.testing.assert_allclose(ours["log"][name], getattr(theirs.log, name), atol=0.011, err_msg=name)
    assert ours["loss"] == pytest.approx(theirs.loss, rel=1e-3)
    assert [epoch for epoch, _ in ours["snapshots"]] == sorted({*theirs.snapshots, theirs.epochs})
    assert ours["status"] == theirs.status


def test_the_pages_first_network_is_the_lessons(modules):
    """`separatrix lesson`: the same points and first weights, and after all epochs the same sides and nearly the same loss."""
    points, initial = draw(0, 100, NETWORK)
    theirs = sx.train(NETWORK, sx.Recipe(), points, initial=initial)
    ours = modules.evaluate(TRAIN, [{}, False])
    assert np.array(ours["initial"], np.float32).tobytes() == initial.tobytes()
    assert ours["epochs"] == theirs.epochs == 50_000
    assert ours["accuracy"] == theirs.accuracy == 1.0
    # sums of float32 numbers in another order part a little over so many steps
    assert ours["loss"] == pytest.approx(theirs.loss, rel=0.02)


@pytest.mark.parametrize(
    "changes",
    [{"epochs": 1500, "lr": 1.0}, {"epochs": 20, "lr": 1e-4}, {"epochs": 500, "lr": 0.0}, {"lr": 1e30, "epochs": 50}],
    ids=["converged", "stopped", "stuck", "diverged"],
)
def test_a_training_ends_as_in_the_package(modules, changes):
    ours, theirs = in_page(modules, changes, "relu"), in_python(changes, "relu")
    assert ours["status"] == theirs.status
    assert np.isfinite(ours["parameters"]).all()


@pytest.mark.parametrize("what", ["the lesson", "batches of one and momentum", "penalties in batches", "l-bfgs"])
def test_looking_in_between_changes_nothing(modules, what):
    whole, sliced = in_page(modules, COURSES[what]), in_page(modules, COURSES[what], slices=True)
    for result in (whole, sliced):
        result["log"].pop("seconds")
    assert sliced == whole


def test_patience_gives_back_the_best_parameters_seen(modules):
    ours = in_page(modules, {"patience": 3, "epochs": 4000, "lr": 0.5, "n": 20}, "relu")
    validation = ours["log"]["validation_loss"]
    assert ours["status"] == "converged"
    assert ours["epochs"] < 4000
    assert int(np.argmin(validation)) == len(validation) - 4
    best = dict(map(tuple, ours["snapshots"]))[ours["epochs"]]
    assert best == ours["parameters"]


def test_solved_below_stops_at_the_first_logged_epoch_that_is(modules):
    ours = in_page(modules, {"solved_below": 0.05, "epochs": 20_000, "lr": 0.3}, "relu")
    log = ours["log"]
    assert ours["status"] == "converged"
    assert (log["accuracy"][-1], log["epoch"][-1]) == (1, ours["epochs"])
    assert log["loss"][-1] < 0.05 <= log["loss"][-2] or log["accuracy"][-2] < 1


REFUSED = [
    ({"drawn": [[0, 0, 1], [1, 1, 1]]}, "one_class", None), ({"drawn": []}, "no_points", "drawn"),
    ({"drawn": [[0, 1e39, 1], [1, 1, 0]]}, "out_of_range", "drawn"), ({"lr": -1}, "out_of_range", "lr"),
    ({"epochs": 0}, "out_of_range", "epochs"), ({"epochs": 1.5}, "out_of_range", "epochs"),
    ({"seed": -1}, "out_of_range", "seed"),
    ({"loss": "bc"}, "unknown_name", "loss"), ({"activations": ["relu", "toString"]}, "unknown_name", "activations"),
    ({"sampler": "__proto__"}, "unknown_name", "sampler"), ({"features": []}, "wrong_length", "features"),
    ({"hidden": [4]}, "wrong_length", "activations"), ({"hidden": [4, 0]}, "out_of_range", "hidden"),
    ({"hidden": [2] * 9, "activations": ["relu"] * 9}, "wrong_length", "hidden"), ({"start": [1, 2]}, "wrong_length", "start"),
    ({"start": [1e39] * 37}, "out_of_range", "start"), ({"betas": [0.9, 1]}, "out_of_range", "betas"),
    ({"drawn": [[0, 0, 1], [1, 1, 0]], "patience": 3}, "needs_validation", "patience"),
    ({"batch_size": 0}, "out_of_range", "batch_size"), ({"noise": "much"}, "out_of_range", "noise"),
]  # fmt: skip  # a refusal a line or two


@pytest.mark.parametrize(("changes", "code", "name"), REFUSED)
def test_fault_19_and_15_what_can_t_be_trained_is_refused_with_what_and_where(modules, changes, code, name):
    refusal = modules.evaluate(TRAIN, [changes, False])["refusal"]
    assert (refusal["code"], refusal.get("name")) == (code, name)


@pytest.mark.parametrize("batch", [None, 7])
@pytest.mark.parametrize(
    ("activation", "loss"), [*((name, "bce") for name in ACTIVATIONS), *(("elu", name) for name in LOSSES)]
)
def test_without_relaxed_simd_and_without_simd_the_numbers_agree(modules, activation, loss, batch):
    changes = {
        "activations": [activation] * 2,
        "hidden": [5, 3],
        "loss": loss,
        "batch_size": batch,
        "n": 30,
        "l2": 0.01,
    }
    relaxed, simd, scalar = modules.evaluate(MODES, [changes, ["relaxed", "simd", "scalar"]])
    np.testing.assert_allclose(simd, relaxed, rtol=2e-5, atol=2e-6)
    np.testing.assert_allclose(scalar, relaxed, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("optimizer", [name for name, entry in OPTIMIZERS.items() if entry.rule])
def test_without_simd_the_optimisers_agree(modules, optimizer):
    relaxed, scalar = modules.evaluate(MODES, [{"optimizer": optimizer, "momentum": 0.5}, ["relaxed", "scalar"]])
    np.testing.assert_allclose(scalar, relaxed, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("loss", "activation"), [("bce", "relu"), ("cross_entropy", "gelu"), ("mse", "tanh")])
def test_one_step_in_numbers_is_that_of_the_package(modules, loss, activation):
    drawn = [[0.5, -1, 0], [1.25, 2, 1], [-0.5, 0.25, 1]]
    setting = {"drawn": drawn, "loss": loss, "activations": [activation] * 2, "l1": 0.01, "l2": 0.1, "lr": 0.3}
    ours = modules.evaluate(STEP, setting)
    table = np.array(drawn, np.float32)
    network = sx.Network((2, 4, 4, LOSSES[loss].outputs), activation)
    recipe, points = sx.Recipe(loss=loss, l1=0.01, l2=0.1, lr=0.3), Points(table[:, :2], table[:, 2])
    theirs = one_step(network, recipe, points, draw(0, 100, network)[1])
    close = {"rtol": 3e-5, "atol": 3e-7}
    for name in ("lr", "loss", "loss_after", "row_loss", "gradient", "parameters_after"):
        np.testing.assert_allclose(ours[name], getattr(theirs, name), **close, err_msg=name)
    for layer, other in zip(ours["layers"], theirs.layers, strict=True):
        assert (layer["name"], layer["activation"]) == (other.name, other.activation)
        for name in set(layer) - {"name", "activation"}:
            np.testing.assert_allclose(layer[name], getattr(other, name), **close, err_msg=name)


@pytest.mark.parametrize("loss", ["bce", "cross_entropy"])
def test_the_evaluator_answers_as_the_package_over_a_view_and_at_points(modules, loss):
    setting = {
        "hidden": [5, 3],
        "activations": ["tanh", "relu"],
        "loss": loss,
        "features": ["x1", "x2", "x1*x2", "sin(x1)"],
    }
    view = {"low": [-2, -1], "high": [2, 3], "nodes": 41, "unit_nodes": 7}
    ours = modules.evaluate(ANSWERS, [setting, view])
    network = sx.Network((4, 5, 3, LOSSES[loss].outputs), ("tanh", "relu"))
    _, parameters = draw(0, 100, network)

    def features(points):
        x1, x2 = np.array(points, np.float32).T
        return np.column_stack((x1, x2, x1 * x2, np.sin(x1)))

    def nodes(count):
        x1, x2 = (low + 4 / count * (np.arange(count) + 0.5) for low in (-2, -1))
        return [(a, b) for b in x2 for a in x1]

    close = {"rtol": 1e-5, "atol": 1e-6}
    np.testing.assert_allclose(ours["logits"], network.logit(parameters, features(nodes(41))), **close)
    np.testing.assert_allclose(ours["at"], network.logit(parameters, features([(0.5, -1), (2, 0.25)])), **close)
    inputs = features(nodes(7))
    layers = [inputs, *(a for _, a in network.trace(parameters, inputs))]
    for values, other in zip(ours["units"], layers, strict=True):
        np.testing.assert_allclose(values, other.T.ravel(), **close)


SOLVED = """async ([settings]) => {
    const { createPool } = await import("/js/engine/pool.js");
    const { DEFAULTS } = await import("/js/engine/settings.js");
    const pool = createPool(2), result = settings.map(() => null);
    const onRun = (k, run) => (result[k] = run.accuracy === 1);
    const done = await pool.run(settings.map((one) => ({ ...DEFAULTS, ...one })), { onRun });
    pool.dispose();
    return [done, result];
}"""


def test_as_many_seeds_are_solved_as_in_the_package(modules):
    seeds, changes = range(40), {"hidden": [4], "activations": ["relu"], "epochs": 1500, "lr": 0.5}
    done, ours = modules.evaluate(SOLVED, [[changes | {"seed": seed} for seed in seeds]])
    assert done
    network, recipe = sx.Network.parse("2-4-1"), sx.Recipe(epochs=1500, lr=0.5, log_every=1500)
    theirs = [sx.train(network, recipe.replace(seed=seed), sx.circle(seed=seed)).accuracy == 1 for seed in seeds]
    assert 5 < sum(theirs) < 35
    assert mcnemar(ours, theirs).p_value > 0.001
