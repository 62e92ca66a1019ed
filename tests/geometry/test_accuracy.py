import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from scipy import integrate
from scipy.special import ndtr

import separatrix as sx
from separatrix.data.samplers import SAMPLERS
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.geometry._mass import disc_mass, mixture_mass, normal_mass
from separatrix.geometry._populations import POPULATIONS, gauss_legendre
from separatrix.geometry.accuracy import exact_accuracies, exact_accuracy, has_exact_accuracy, population
from separatrix.geometry.exact import box_window, compute_borders
from separatrix.geometry.regions import compute_map
from tests.geometry.drawn import networks

LINE = sx.Network.parse("2-1")
# Class 1 is x1 cos(0.4) + x2 sin(0.4) > 0.3: under a distribution on a line through 0 in that direction, P(u > 0.3)
NORMAL, OFFSET = np.array([np.cos(0.4), np.sin(0.4)]), 0.3
HALF_PLANE = compute_borders(LINE, np.array([*NORMAL, -OFFSET]))


def by_cubature(network, parameters, weight):
    """∫ weight over class 1 within [-8, 8]², from its polygons cut into triangles, without any of the code under test."""
    at, share = np.polynomial.legendre.leggauss(60)
    at, share = (at + 1) / 2, share / 2
    total = 0.0
    for region in compute_map(network, parameters, (-8, 8, -8, 8)).regions:
        corners = region.sides[1]
        for k in range(1, len(corners) - 1):
            for triangle in quartered(corners[[0, k, k + 1]], 2):
                total += over_a_triangle(triangle, weight, at, share)
    return total


def quartered(triangle, times):
    if not times:
        return [triangle]
    a, b, c = triangle
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    return [
        part
        for each in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
        for part in quartered(np.array(each), times - 1)
    ]


def over_a_triangle(triangle, weight, at, share):
    """Duffy's rule: (u, v) of a square onto the triangle, whose Jacobian is 2 area u."""
    u, v = (part.ravel() for part in np.meshgrid(at, at, indexing="ij"))
    x = triangle[0] + u[:, None] * (
        (1 - v)[:, None] * (triangle[1] - triangle[0]) + v[:, None] * (triangle[2] - triangle[0])
    )
    area = shapely.Polygon(triangle).area
    return 2 * area * np.outer(share, share).ravel() @ (u * weight(x))


def normal_density(x):
    return np.exp(-(x**2).sum(axis=1) / 2) / (2 * np.pi)


@settings(max_examples=8)
@given(networks(shapes=("2-2-1", "2-3-1", "2-2-2-2")))
def test_the_normal_mass_is_that_of_cubature_to_1e_9(drawn):
    network, parameters = drawn
    expected = by_cubature(network, parameters, normal_density)
    assert normal_mass(compute_borders(network, parameters))[0] == pytest.approx(expected, abs=1e-9)


@settings(max_examples=30)
@given(networks())
def test_the_mass_in_a_disc_is_that_along_its_radii(drawn):
    """In polar coordinates, ray by ray: the border crosses each one where the network's logit changes its sign."""
    network, parameters = drawn
    borders = compute_borders(network, parameters)
    angles = 2 * np.pi * (np.arange(400) + 0.5) / 400
    radii = np.sqrt(-2 * np.log1p(-(np.arange(400) + 0.5) / 400 * -np.expm1(-0.5)))  # rings of equal mass
    x = (radii[:, None, None] * np.column_stack((np.cos(angles), np.sin(angles)))).reshape(-1, 2)
    sampled = -np.expm1(-0.5) * (network.logit(parameters, x) > 1e-12).mean()
    assert disc_mass(borders)[0] == pytest.approx(sampled, abs=3e-3)
    assert disc_mass(borders)[0] <= normal_mass(borders)[0] + 1e-12
    assert disc_mass(borders, radius=40.0)[0] == pytest.approx(normal_mass(borders)[0], abs=1e-12)


def test_a_disc_beside_a_line_has_the_mass_of_its_segment():
    for offset in (-0.7, 0.0, 0.2, 0.999, 1.0, 3.0):
        half = compute_borders(LINE, np.array([0.6, 0.8, -offset]))
        expected, _ = (
            integrate.quad(
                lambda t: np.exp(-t * t / 2) / np.sqrt(2 * np.pi) * (2 * ndtr(np.sqrt(1 - t * t)) - 1),
                max(offset, -1),
                1,
            )
            if offset < 1
            else (0.0, 0.0)
        )
        assert disc_mass(half)[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("corner", [(0.0, 0.0), (0.3, -0.2), (1e-14, 0.0), (5.0, 5.0)])
def test_a_quadrant_with_its_corner_at_or_near_the_centre(corner):
    """min(x1 - a, x2 - b) > 0, as x2 - b - relu(x2 - b - x1 + a): also with the border through the normal's centre."""
    a, b = corner
    network = sx.Network.parse("2-3-1")  # relu(t) - relu(-t) is t
    parameters = np.array([0, 1, 0, -1, -1, 1, -b, b, a - b, 1, -1, -1, 0], np.float64)
    expected = ndtr(-a) * ndtr(-b)
    assert normal_mass(compute_borders(network, parameters))[0] == pytest.approx(expected, abs=1e-12)


def along_the_normal(sampler, noise):
    """P(x · normal > offset) for each class, from the sampler's definition by one-dimensional or nested integrals."""

    def beyond(x1, x2):
        reach = x1 * NORMAL[0] + x2 * NORMAL[1] - OFFSET
        return ndtr(reach / noise) if noise else np.where(np.asarray(reach) > 0, 1.0, 0.0)

    return {
        "moons": lambda: (
            mean(lambda t: beyond(np.cos(t) - 0.5, np.sin(t) - 0.25), 0, np.pi),
            mean(lambda t: beyond(0.5 - np.cos(t), 0.25 - np.sin(t)), 0, np.pi),
        ),
        "rings": lambda: tuple(mean(lambda t, r=r: beyond(r * np.cos(t), r * np.sin(t)), 0, 2 * np.pi) for r in (2, 1)),
        "spirals": lambda: tuple(
            mean(lambda u, s=s: beyond(*s_arm(u, s)), 0, 1) for s in (1, -1)
        ),
        "gaussians": lambda: (beyond(-(0.5**0.5), -(0.5**0.5)), beyond(0.5**0.5, 0.5**0.5)),
        "xor": lambda: tuple(
            (field(beyond, *first) + field(beyond, *second)) / 2
            for first, second in ((((-2, 0), (-2, 0)), ((0, 2), (0, 2))), (((-2, 0), (0, 2)), ((0, 2), (-2, 0))))
        ),
    }[sampler]()  # fmt: skip


def s_arm(u, sense):
    t = np.sqrt(0.01 + 0.99 * u)
    return sense * 2 * t * np.cos(2.5 * np.pi * t), sense * 2 * t * np.sin(2.5 * np.pi * t)


def mean(f, low, high):
    return integrate.quad(f, low, high, epsabs=1e-12, limit=500)[0] / (high - low)


def field(f, across, up):
    return integrate.dblquad(lambda y, x: f(x, y), *across, *up, epsabs=1e-11)[0] / 4


@pytest.mark.parametrize("sampler", ["moons", "rings", "spirals", "gaussians", "xor"])
def test_noisy_classes_beside_a_line_have_the_mass_of_their_own_integral(sampler):
    zero, one = POPULATIONS[sampler](noise=0.5).class_masses(HALF_PLANE, 1e-9)
    np.testing.assert_allclose((zero[0], one[0]), along_the_normal(sampler, 0.5), atol=1e-9)


@pytest.mark.parametrize("noise", [0.0, 0.4])
@pytest.mark.parametrize("balance", [None, 0.3])
@pytest.mark.parametrize("sampler", list(SAMPLERS))
def test_every_sampler_has_the_accuracy_that_many_of_its_points_have(sampler, balance, noise):
    """Within 4.5 standard errors of 100,000 points: one of 96 numbers lies outside by chance once in 1,500 times."""
    network = sx.Network.parse("2-4-4-1")
    parameters = np.random.default_rng(5).normal(size=(3, network.n_parameters))
    exact = exact_accuracies(
        compute_borders(network, parameters), population(sampler, noise=noise, balance=balance), 1e-6
    )
    points = SAMPLERS[sampler].draw(n=100_000, noise=noise, balance=balance, seed=1)
    sampled = ((network.logit(parameters, points.x) > 0) == (points.y > 0)).mean(axis=1)
    assert (np.abs(exact - sampled) <= 4.5 * np.sqrt(exact * (1 - exact) / 100_000) + 2e-5).all()


@pytest.mark.parametrize("sampler", ["moons", "rings", "spirals", "xor", "checkerboard", "curve"])
def test_a_little_noise_changes_little(sampler):
    """The closed form without noise, and the quadrature with some, are two computations of nearly one number."""
    without, some = (population(sampler, noise=noise).class_masses(HALF_PLANE, 1e-6) for noise in (0.0, 0.1))
    np.testing.assert_allclose(without, some, atol=0.05)


@pytest.mark.parametrize("sampler", list(SAMPLERS))
def test_a_border_far_away_leaves_one_class(sampler):
    everywhere = compute_borders(LINE, np.array([1e-9, 0.0, 1.0]))
    drawn_from = population(sampler)
    assert exact_accuracies(everywhere, drawn_from)[0] == pytest.approx(drawn_from.share, abs=1e-9)


def test_a_run_says_its_exact_accuracy(run, points):
    fresh = sx.circle(n=200_000, seed=3)
    found = run.exact_accuracy(points)
    assert found == exact_accuracy(run, population("circle"))
    assert found == pytest.approx((run.predict(fresh.x) == fresh.y).mean(), abs=5e-3)
    assert exact_accuracy(run, points, parameters=run.snapshots[0]) == exact_accuracy(
        run, points, parameters=run.initial
    )


def test_samplers_say_what_they_were_given():
    assert sx.moons(n=10, noise=0.2).settings == {"noise": 0.2, "balance": None}
    assert sx.spirals(n=10, turns=2.0).take(np.arange(5)).settings == {"noise": 0.05, "balance": None, "turns": 2.0}
    assert sx.curve(n=10, f=np.cos).settings is None


def test_points_of_unknown_origin_are_refused(run):
    own = sx.Points(np.zeros((2, 2)), np.array([0, 1]))
    for points in (own, sx.Points(own.x, own.y, "circle", 0), sx.curve(n=10, f=np.cos)):
        with pytest.raises(InvalidData, match="distribution of these points"):
            run.exact_accuracy(points)
    assert 0 <= exact_accuracy(run, population("curve", f=np.cos)) <= 1


def test_unknown_samplers_and_tolerances_are_refused(run, points):
    with pytest.raises(InvalidParameter, match="circle"):
        population("circel")
    with pytest.raises(InvalidParameter, match="tolerance"):
        exact_accuracy(run, points, tolerance=0.0)


def test_noise_too_small_for_quadrature_is_refused_with_what_to_do():
    with pytest.raises(InvalidParameter, match="set noise=0"):
        exact_accuracies(HALF_PLANE, population("circle", noise=1e-6))


def test_borders_in_a_window_are_refused():
    with pytest.raises(InvalidData, match="whole plane"):
        exact_accuracies(compute_borders(LINE, np.array([1.0, 0, 0]), box_window(-1, 1, -1, 1)), population("circle"))


def test_parameters_that_overflow_have_no_accuracy(points):
    """Fault 11."""
    network = sx.Network.parse("2-4-4-1")
    borders = compute_borders(network, np.full(network.n_parameters, 1e200))
    for sampler in SAMPLERS:
        assert np.isnan(exact_accuracies(borders, population(sampler, noise=0.0))).all()


def test_what_is_quick_is_said():
    network = sx.Network.parse("2-4-4-1")
    assert all(has_exact_accuracy(network, sampler) for sampler in POPULATIONS)
    assert not has_exact_accuracy(sx.Network.parse("2-4-1", "tanh"), "circle")
    assert not has_exact_accuracy(network, "table.csv")


def displaced(sampler, nodes=48):
    """The places of class 1 before the noise as a cubature rule: centres (c, 2) and weights (c,)."""
    at, share = gauss_legendre(nodes)
    if sampler == "circle":
        angle = 2 * np.pi * np.arange(3 * nodes) / (3 * nodes)
        circle = np.column_stack((np.cos(angle), np.sin(angle)))
        weight = share * at * np.exp(-(at**2) / 2) / -np.expm1(-0.5)
        return (at[:, None, None] * circle).reshape(-1, 2), np.repeat(weight / (3 * nodes), 3 * nodes)
    if sampler == "curve":
        x, weight = gauss_legendre(2 * nodes, -np.pi, np.pi)
        room = 2 - np.sin(x)
        height = np.sin(x)[:, None] + room[:, None] * at
        weights = ((weight * room)[:, None] * share).ravel()
        return np.column_stack((np.repeat(x, nodes), height.ravel())), weights / weights.sum()
    cells = 2 if sampler == "xor" else 4
    grid = np.stack(np.meshgrid(at, at, indexing="ij"), axis=-1).reshape(-1, 2)
    fields = [(i, j) for i in range(cells) for j in range(cells) if (i + j) % 2]
    centres = np.concatenate([(grid + field) * (4 / cells) - 2 for field in np.array(fields)])
    return centres, np.tile(np.outer(share, share).ravel(), len(fields)) / len(fields)


@pytest.mark.parametrize("sampler", ["circle", "xor", "checkerboard", "curve"])
def test_a_displaced_areas_mass_is_that_of_normals_all_over_it(sampler):
    """The integral along the border against a sum of Owen's T over thousands of normals, which shares no formula with it."""
    network = sx.Network.parse("2-4-4-1")
    borders = compute_borders(network, np.array([network.initialise(seed) for seed in range(4)], np.float64))
    assert (borders.pieces > 0).any()
    _, one = population(sampler, noise=0.5).class_masses(borders, 1e-9)
    np.testing.assert_allclose(one, mixture_mass(borders, *displaced(sampler), 0.5), rtol=0, atol=1e-11)


def test_noise_that_no_quadrature_reaches_is_refused():
    with pytest.raises(InvalidParameter, match="too little"):
        population("circle", noise=1e-6).class_masses(HALF_PLANE, 1e-9)


def test_every_sampler_has_a_population():
    assert set(POPULATIONS) == set(SAMPLERS)
