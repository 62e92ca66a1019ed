"""The page's exact map against the package's, and its other calculations against NumPy and statsmodels."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

import separatrix as sx
from separatrix.geometry.regions import compute_map

MAP = """async ([layers, lower, half]) => {
    const { exactMap } = await import("/js/plane/exact.js");
    const box = { low1: -half, high1: half, low2: -half, high2: half };
    const map = exactMap(layers, lower, box);
    const length = (lines) => lines.reduce((sum, line) => line.slice(1).reduce(
        (part, at, k) => part + Math.hypot(at[0] - line[k][0], at[1] - line[k][1]), sum), 0);
    const area = map.above.reduce((sum, corners) => sum + Math.abs(corners.reduce((part, [x, y], k) => {
        const [u, v] = corners[(k + 1) % corners.length];
        return part + (x * v - u * y) / 2;
    }, 0)), 0);
    return { regions: map.regions, border: length(map.border), folds: length(map.folds.map(({ ends }) => ends)),
        lines: map.border.length, vertices: map.vertices, area };
}"""
WIDTHS = ["2-1", "2-3-1", "2-4-4-1", "2-16-16-1", "2-8-4-8-4-1", "2-6-2"]


def length(lines):
    return sum(float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum()) for line in lines)


def dense(network, parameters):
    layers = [(w.astype(float), b.astype(float)) for w, b in network.split(parameters)]
    w, b = layers[-1]
    layers[-1] = (w[1:] - w[:1], b[1:] - b[:1]) if len(b) == 2 else (w, b)
    return [
        {"weight": w.ravel().tolist(), "bias": b.tolist(), "fanIn": w.shape[1], "fanOut": w.shape[0]} for w, b in layers
    ]


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "identity"])
@pytest.mark.parametrize("widths", WIDTHS)
def test_the_exact_map_is_the_packages(modules, widths, activation):
    network = sx.Network(tuple(int(width) for width in widths.split("-")), activation)
    parameters = 3 * network.initialise(seed=11)
    lower = [{"relu": 0, "leaky_relu": 0.01, "identity": 1}[activation]] * (len(network.widths) - 2)
    page = modules.evaluate(MAP, [dense(network, parameters), lower, 3])
    ours = compute_map(network, parameters, (-3, 3, -3, 3))
    assert page["regions"] == len(ours.regions)
    assert page["lines"] == len(ours.border)
    assert page["border"] == pytest.approx(length(ours.border), rel=1e-9, abs=1e-9)
    assert page["folds"] == pytest.approx(length([fold.ends for fold in ours.folds]), rel=1e-9, abs=1e-9)
    theirs = sorted((round(x, 6) + 0.0, round(y, 6) + 0.0) for x, y in page["vertices"])
    assert theirs == sorted((round(corner.x1, 6) + 0.0, round(corner.x2, 6) + 0.0) for corner in ours.corners)


def test_the_side_of_class_1_has_the_area_that_a_fine_grid_counts(modules):
    network = sx.Network.parse("2-8-8-1")
    parameters = 4 * network.initialise(seed=5)
    page = modules.evaluate(MAP, [dense(network, parameters), [0, 0], 3])
    axis = np.linspace(-3, 3, 801)[:-1] + 3 / 800
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    assert page["area"] == pytest.approx(36 * float((network.logit(parameters, grid) > 0).mean()), rel=0.01)


def test_a_contour_of_a_smooth_function_encloses_its_disc(modules):
    found = modules.evaluate("""async () => {
        const { contour } = await import("/js/plane/contour.js");
        const nodes = 160, at = (k) => -2 + 4 * (k + 0.5) / nodes;
        const value = (x, y) => 1 - x * x - y * y, row = (k) => Math.floor(k / nodes);
        const values = Float32Array.from({ length: nodes ** 2 }, (_, k) => value(at(k % nodes), at(row(k))));
        const { above, border } = contour(values, nodes, { low1: -2, high1: 2, low2: -2, high2: 2 });
        const area = above.reduce((sum, corners) => sum + corners.reduce((part, [x, y], k) => {
            const [u, v] = corners[(k + 1) % corners.length];
            return part + (x * v - u * y) / 2;
        }, 0), 0);
        return [area, Math.max(...border.flat().map(([x, y]) => Math.abs(Math.hypot(x, y) - 1)))];
    }""")
    assert found[0] == pytest.approx(np.pi, rel=1e-3)
    assert found[1] < 1e-3


def test_the_folds_directions_are_the_principal_ones(modules):
    stream = np.random.default_rng(0)
    space = stream.normal(size=(200, 5)) @ np.diag([5, 3, 2, 1, 0.5])
    found = modules.evaluate(
        """async (rows) => {
            const { stageOf } = await import("/js/fold/stages.js");
            const { rows: shown, spreadShown } = stageOf(rows.flat(), 5, null);
            return [Array.from(shown), spreadShown];
        }""",
        space.tolist(),
    )
    centred = space - space.mean(0)
    _, values, directions = np.linalg.svd(centred, full_matrices=False)
    expected = centred @ directions[:3].T
    assert np.abs(np.array(found[0]).reshape(-1, 3)) == pytest.approx(np.abs(expected), abs=1e-8)
    assert found[1] == pytest.approx((values[:3] ** 2).sum() / (values**2).sum())


def test_the_cuts_axis_is_the_distance_from_it(modules):
    stream = np.random.default_rng(1)
    space, weight, bias = stream.normal(size=(50, 6)), stream.normal(size=6), 0.7
    rows = modules.evaluate(
        """async ([rows, weight, bias]) => {
            const { stageOf } = await import("/js/fold/stages.js");
            const { rows: shown, normal, offset } = stageOf(rows.flat(), 6, { weight, bias });
            return [Array.from(shown), Array.from(normal), offset];
        }""",
        [space.tolist(), weight.tolist(), bias],
    )
    logit = np.array(rows[0]).reshape(-1, 3) @ np.array(rows[1]) + rows[2]
    assert logit == pytest.approx(space @ weight + bias)


@pytest.mark.parametrize(("count", "total"), [(0, 10), (7, 10), (200, 200), (173, 200)])
def test_the_interval_is_wilsons(modules, count, total):
    found = modules.evaluate(
        "async ([count, all]) => (await import('/js/seeds.js')).wilson(count, all)", [count, total]
    )
    assert found == pytest.approx(proportion_confint(count, total, method="wilson"), abs=1e-9)
