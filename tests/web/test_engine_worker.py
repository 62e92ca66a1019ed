"""The page's side of its workers: frames while training goes on, the newest request wins, nothing freezes."""

import numpy as np
import pytest

import separatrix as sx

RUN = """
const { createTrainer } = await import("/js/engine/trainer.js");
const { createPool } = await import("/js/engine/pool.js");
const { DEFAULTS } = await import("/js/engine/settings.js");
const trainer = createTrainer(), frames = [], view = { low: [-3, -3], high: [3, 3], nodes: 20, unit_nodes: 4 };
const onFrame = (frame) => frames.push(frame);
const until = async (test) => { while (!test()) await new Promise((resolve) => setTimeout(resolve, 2)); };
const LONG = { ...DEFAULTS, n: 500, epochs: 1000000, hidden: [16, 16, 16], activations: ["tanh", "tanh", "tanh"] };
"""


@pytest.fixture
def ask(modules):
    """Run JavaScript with a trainer at hand; what it returns."""
    return lambda code: modules.evaluate(f"async () => {{ {RUN} try {{ {code} }} finally {{ trainer.dispose(); }} }}")


def test_the_defaults_are_the_package_s_recipe_and_the_lesson_s_network_and_points(ask):
    ours, recipe = ask("return DEFAULTS"), sx.Recipe().settings()
    # null is the optimiser's own, and the page has one weight decay, that of AdamW
    same = set(ours) & set(recipe) - {"eps", "weight_decay"}
    assert ours["weight_decay"] == sx.Recipe(optimizer="adamw").weight_decay
    assert same > {"lr", "epochs", "optimizer", "loss", "schedule", "momentum", "betas", "batch_size", "patience"}
    for name in same:
        assert ours[name] == (list(recipe[name]) if isinstance(recipe[name], tuple) else recipe[name]), name
    assert (ours["sampler"], ours["n"], ours["hidden"], ours["activations"]) == (
        "circle",
        100,
        [4, 4],
        ["relu", "relu"],
    )


def test_frames_come_while_training_goes_on_and_the_last_is_the_run(ask):
    result = ask("""
        const run = await trainer.train({ ...DEFAULTS, epochs: 200000 }, { onFrame, view });
        const last = frames.at(-1), epochs = frames.map(({ epoch }) => epoch);
        const sizes = [last.logits.length, last.units.map((unit) => unit.length)];
        const same = last.parameters.every((value, k) => value === run.parameters[k]);
        const moved = frames[0].parameters.some((value, k) => value !== run.parameters[k]);
        return { epochs, logged: frames.flatMap(({ log }) => log.epoch), all: run.log.epoch, sizes, same, moved,
            lost: [last.loss, run.loss], right: [last.accuracy, run.accuracy], status: run.status, done: run.epochs };
    """)
    assert len(result["epochs"]) > 3
    assert result["epochs"] == sorted(result["epochs"])
    assert 0 < result["epochs"][0] < result["epochs"][-1] == result["done"] == 200_000
    assert result["logged"] == result["all"]
    assert result["sizes"] == [400, [32, 64, 64, 16]]
    assert result["same"]
    assert result["moved"]
    assert result["lost"][0] == result["lost"][1]
    assert result["right"][0] == result["right"][1]
    assert result["status"] == "converged"


def test_the_newest_request_wins_and_the_others_end_with_nothing(ask):
    old, cancelled, newest = ask("""
        const old = trainer.train(LONG), next = trainer.train({ ...LONG, seed: 1 });
        const newest = trainer.train({ ...DEFAULTS, epochs: 50, seed: 2 });
        return [await old, await next, (await newest).setting.seed];
    """)
    assert (old, cancelled, newest) == (None, None, 2)


def test_pictures_come_while_requests_follow_one_another_faster_than_a_slice_takes(ask):
    """As when a point is dragged on a slow machine: whatever comes of a request that was given up isn't shown."""
    shown = ask("""
        const begun = performance.now();
        for (let k = 0; frames.length < 3 && performance.now() < begun + 120000; k++) {
            trainer.train({ ...LONG, seed: k % 3 }, { onFrame, view });
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
        return frames.length;
    """)
    assert shown == 3


def test_fault_53_a_training_can_be_cancelled_at_any_moment(ask):
    first, second, quiet = ask("""
        const long = trainer.train(LONG, { onFrame });
        await until(() => frames.length > 1);
        trainer.cancel();
        const first = await long, before = frames.length;
        const run = await trainer.train({ ...DEFAULTS, epochs: 30 });
        return [first, run.epochs, frames.length === before];
    """)
    assert (first, second, quiet) == (None, 30, True)


def test_it_pauses_takes_single_steps_and_goes_on(ask):
    result = ask("""
        const training = trainer.train({ ...DEFAULTS, epochs: 300 }, { onFrame, paused: true });
        await until(() => frames.length === 1);
        trainer.step(1);
        await until(() => frames.at(-1).paused && frames.at(-1).epoch === 1);
        trainer.step(7);
        await until(() => frames.at(-1).paused && frames.at(-1).epoch === 8);
        trainer.resume();
        const run = await training;
        const whole = await trainer.train({ ...DEFAULTS, epochs: 300 });
        return [frames[0].epoch, frames[0].paused, run.epochs, run.parameters.every((value, k) => value === whole.parameters[k])];
    """)
    assert result == [0, True, 300, True]


def test_it_keeps_a_pace(ask):
    epochs, seconds, paused = ask("""
        const begun = performance.now();
        trainer.train({ ...DEFAULTS, epochs: 100000 }, { onFrame, pace: 200 });
        await until(() => frames.length && frames.at(-1).epoch >= 20);
        const seconds = (performance.now() - begun) / 1000, { epoch } = frames.at(-1);
        trainer.pause();
        await until(() => frames.at(-1).paused);
        return [epoch, seconds, frames.at(-1).epoch < 100000];
    """)
    assert epochs <= 200 * seconds + 1
    assert paused


def test_another_view_is_shown_at_once_also_after_the_end(ask):
    before, after = ask("""
        await trainer.train({ ...DEFAULTS, epochs: 20 }, { onFrame, view });
        const before = frames.at(-1).logits.length, seen = frames.length;
        trainer.look({ ...view, nodes: 11 });
        await until(() => frames.length > seen);
        return [before, frames.at(-1).logits.length];
    """)
    assert (before, after) == (400, 121)


def test_a_refusal_comes_back_with_its_reason_and_the_worker_lives_on(ask):
    refusal, epochs = ask("""
        const refused = await trainer.train({ ...DEFAULTS, drawn: [[0, 0, 1], [1, 1, 1]] }).catch((error) => error.refusal);
        return [refused, (await trainer.train({ ...DEFAULTS, epochs: 10 })).epochs];
    """)
    assert refusal == {"code": "one_class", "value": 1}
    assert epochs == 10


def test_what_nobody_thought_of_is_told_and_the_worker_lives_on(ask):
    code, epochs = ask("""
        const { code } = await trainer.train({ ...DEFAULTS, features: null }).catch((error) => error.refusal);
        return [code, (await trainer.train({ ...DEFAULTS, epochs: 10 })).epochs];
    """)
    assert (code, epochs) == ("broken", 10)


def test_a_worker_that_cannot_start_is_told_and_replaced(modules):
    """As when a file of the page can't be fetched."""
    result = modules.evaluate("""async () => {
        const Real = window.Worker, text = "data:text/javascript,throw new Error('no such file')";
        const { createTrainer } = await import("/js/engine/trainer.js");
        const { createPool } = await import("/js/engine/pool.js");
        const { DEFAULTS } = await import("/js/engine/settings.js");
        let broken = 3;
        window.Worker = function (address, options) { return new Real(broken-- > 0 ? text : address, options); };
        try {
            const trainer = createTrainer(), pool = createPool(1), short = { ...DEFAULTS, epochs: 10 };
            const refused = await trainer.train(short).catch((error) => error.refusal.code), codes = [];
            await pool.run([short, short], { onRun: (k, run) => codes.push(run.code ?? run.epochs) });
            broken = 0;
            const result = [refused, codes, (await trainer.train(short)).epochs];
            trainer.dispose();
            pool.dispose();
            return result;
        } finally {
            window.Worker = Real;
        }
    }""")
    assert result == ["broken", ["broken", "broken"], 10]


def test_fault_53_pictures_change_while_one_epoch_of_single_rows_is_under_way(ask):
    """Ten thousand steps of the largest network an epoch."""
    epochs, changed = ask("""
        const drawn = [...Array(10000).keys()].map((k) => [Math.sin(k), Math.cos(3 * k), k % 2]);
        const network = { hidden: Array(6).fill(16), activations: Array(6).fill("mish"), optimizer: "adam" };
        trainer.train({ ...LONG, ...network, drawn, batch_size: 1 }, { onFrame, view });
        await until(() => frames.length > 1);
        return [frames.map(({ epoch }) => epoch), frames[0].parameters.some((value, k) => value !== frames[1].parameters[k])];
    """)
    assert epochs[:2] == [0, 0]
    assert changed


def test_a_pool_trains_them_all_and_a_newer_call_ends_the_older(ask):
    result = ask("""
        const pool = createPool(2), seen = [];
        const older = pool.run([LONG, LONG, LONG], { onRun: () => seen.push("old") });
        const settings = [3, 4, 5, 6, 7].map((seed) => ({ ...DEFAULTS, seed, epochs: 40 }));
        const onRun = (k, run) => seen.push([k, run.setting?.seed ?? run.code, run.accuracy ?? 0]);
        const newer = pool.run([...settings, { ...DEFAULTS, lr: -1 }], { onRun });
        const done = [await older, await newer, await pool.run([], {})];
        const alone = await trainer.train(settings[2]);
        pool.dispose();
        return { done, seen: seen.sort((a, b) => a[0] - b[0]), alone: alone.accuracy };
    """)
    assert result["done"] == [False, True, True]
    assert [(k, seed) for k, seed, _ in result["seen"]] == [(0, 3), (1, 4), (2, 5), (3, 6), (4, 7), (5, "out_of_range")]
    assert result["seen"][2][2] == pytest.approx(result["alone"])
    assert np.isfinite([accuracy for *_, accuracy in result["seen"]]).all()
