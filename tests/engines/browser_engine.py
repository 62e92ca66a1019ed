"""The page's engine behind the contract of `separatrix.engines.base`: the same sessions, driven in a real browser."""

from __future__ import annotations

import numpy as np

from separatrix.engines.base import Epochs, Metrics, Progress
from separatrix.web._build import MEDIA_TYPES, page_files

HOME = "http://page.test/"

SESSIONS = """
async () => {
    const { Session } = await import("/js/engine/session.js");
    const { kindOf, numbersOf, batchOf } = await import("/js/engine/kinds.js");
    const { Lbfgs } = await import("/js/engine/lbfgs.js");
    const { DEFAULTS } = await import("/js/engine/settings.js");
    const sessions = [], ALIVE = 12; // more than any test uses at once
    const floats = (list) => list && Float32Array.from(list);
    const table = (rows) => rows && { columns: rows.columns.map(floats), y: floats(rows.y), weight: floats(rows.weight) };

    function start(setting, train, validation, parameters) {
        const full = { ...DEFAULTS, ...setting }, rows = train.y.length;
        const data = { train: table(train), validation: table(validation), batch: batchOf(full, rows), order: null };
        const session = new Session(kindOf(full, rows), numbersOf(full), data);
        session.parameters.set(parameters);
        const lbfgs = full.optimizer === "lbfgs" ? new Lbfgs(session) : null;
        if (sessions.length >= ALIVE) { // every memory reserves gigabytes of addresses
            sessions[sessions.length - ALIVE].session.release();
            sessions[sessions.length - ALIVE] = null;
        }
        return sessions.push({ session, lbfgs }) - 1;
    }

    function lbfgsEpoch({ session, lbfgs }, rate) {
        const before = session.parameters.slice(), first = lbfgs.begin();
        while (lbfgs.advance(rate));
        const finite = Number.isFinite(lbfgs.loss) && [...session.parameters, ...session.gradient].every(Number.isFinite);
        if (!finite) session.parameters.set(before);
        return finite && first;
    }

    function epoch({ session, lbfgs }, rate, order, wanted) {
        if (lbfgs) return lbfgsEpoch({ session, lbfgs }, rate);
        session.clear();
        if (order) session.setOrder(order);
        const done = order ? session.batchSteps(0, session.batches, rate, wanted) : session.wholeSteps([rate], wanted);
        return done === (order ? session.batches : 1) && session.taken();
    }

    function advance(number, rates, orders, logged, keep) {
        const one = sessions[number], { session } = one, rows = [], ends = [], wanted = new Set(logged);
        for (let k = 0; k < rates.length; k++) {
            const taken = epoch(one, rates[k], orders && orders[k], wanted.has(k));
            if (!taken || (wanted.has(k) && !Number.isFinite(taken.loss))) return { done: k, rows, ends };
            if (!wanted.has(k)) continue;
            const norm = session.gradientNorm(), validation = session.measureValidation();
            rows.push([taken.loss, taken.accuracy, norm, validation.loss, validation.accuracy]);
            if (keep) ends.push([...session.parameters]);
        }
        return { done: rates.length, rows, ends };
    }

    function measure(number) {
        const { session } = sessions[number], values = session.measure(), validation = session.measureValidation();
        return [values.loss, values.accuracy, validation.loss, validation.accuracy];
    }

    function lbfgsMemory({ direction, before, pairs, scale, taken, rate, loss }) {
        const all = (name) => pairs.flatMap((pair) => [...pair[name]]);
        return { direction: [...direction], before: [...before], s: all("s"), y: all("y"), ro: pairs.map(({ ro }) => ro),
            rest: [scale, taken, rate, loss] };
    }

    function rememberLbfgs(lbfgs, { direction, before, s, y, ro, rest }) {
        const size = direction.length, part = (list, k) => floats(list.slice(k * size, (k + 1) * size));
        [lbfgs.scale, lbfgs.taken, lbfgs.rate, lbfgs.loss] = rest;
        Object.assign(lbfgs, { direction: floats(direction), before: floats(before) });
        lbfgs.pairs = ro.map((value, k) => ({ s: part(s, k), y: part(y, k), ro: value }));
    }

    function memory(number) {
        const { session, lbfgs } = sessions[number], { slots, memory, size } = session.places;
        if (lbfgs) return lbfgsMemory(lbfgs);
        const saved = slots.map((name, k) => [name, [...session.view(memory[k], size)]]);
        return { step: [session.steps], ...Object.fromEntries(saved) };
    }

    function remember(number, { step, ...saved }) {
        const { session, lbfgs } = sessions[number], { slots, memory, size } = session.places;
        if (lbfgs) return rememberLbfgs(lbfgs, saved);
        session.steps = step[0];
        slots.forEach((name, k) => session.view(memory[k], size).set(saved[name]));
    }

    window.engine = { start, advance, measure, memory, remember, parameters: (number) => [...sessions[number].session.parameters],
        place: (number, parameters) => sessions[number].session.parameters.set(parameters) };
}
"""


def open_engine(browser):
    """A tab with the engine in it, and nothing else of the page; its files come from memory."""
    files, tab = page_files(), browser.new_page()

    def answer(route):
        path = route.request.url.removeprefix(HOME)
        if path == "":
            return route.fulfill(body="<!doctype html><title>engine</title>", content_type="text/html")
        kind = MEDIA_TYPES[path.rpartition(".")[2]]
        return route.fulfill(body=files[path], content_type=kind) if path in files else route.fulfill(status=404)

    tab.route("**/*", answer)
    tab.goto(HOME)
    tab.evaluate(SESSIONS)
    return tab


def _table(x, y, weight):
    plain = None if weight is None else weight.tolist()
    return None if x is None else {"columns": x.T.tolist(), "y": y.tolist(), "weight": plain}


class BrowserEngine:
    """An engine whose sessions live in a tab."""

    name = "browser"

    def __init__(self, tab):
        self.tab = tab

    def refuses(self, network, recipe, device):
        if recipe.dtype != "float32":
            return "the page's engine computes in float32"
        return None

    def start(self, task, parameters, memory=None):
        return BrowserSession(self.tab, task, parameters, memory)


class BrowserSession:
    """One training in progress, in the tab."""

    def __init__(self, tab, task, parameters, memory):
        self.tab, self.task, self.recipe = tab, task, task.recipe
        setting = task.recipe.settings() | {
            "features": ["x1"] * task.network.n_inputs,
            "hidden": task.network.widths[1:-1],
            "activations": [entry.name for entry in task.network.activations],
        }
        validation = _table(task.validation_x, task.validation_y, task.validation_weight)
        train = _table(task.x, task.y, task.weight)
        self.number = self._call("start", setting, train, validation, parameters.tolist())
        if memory:
            self._call("remember", {name: np.atleast_1d(values).tolist() for name, values in memory.items()})

    def _call(self, name, *arguments):
        first = () if name == "start" else (self.number,)
        return self.tab.evaluate(
            "([name, ...rest]) => window.engine[name](...rest)", [name, *first, *_numbers(arguments)]
        )

    def advance(self, epochs: Epochs) -> Progress:
        orders = None if epochs.order is None else epochs.order.tolist()
        result = self._call("advance", epochs.rates.tolist(), orders, epochs.logged.tolist(), bool(epochs.keep))
        ends = np.array(result["ends"], np.float32).reshape(-1, self.task.network.n_parameters) if epochs.keep else None
        return Progress.of_rows(result["done"], np.array(result["rows"], float), ends)

    def measure(self) -> Metrics:
        return Metrics(*(float(number) for number in self._call("measure")))

    def parameters(self):
        return np.array(self._call("parameters"), np.float32)

    def place(self, parameters):
        self._call("place", parameters.tolist())

    def memory(self):
        return {name: np.array(values, np.float32) for name, values in self._call("memory").items()}


def _numbers(arguments):
    """Tuples as lists: what goes into the browser is plain."""
    return [list(value) if isinstance(value, tuple) else value for value in arguments]
