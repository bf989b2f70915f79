import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

from interplay import plot
from interplay.plot import style
from interplay.plot.circuit import (
    EXCITATORY,
    INHIBITORY,
    REGIMES,
    VERDICTS,
    edges_between,
    framed,
    population_order,
    regime_colour,
    runs,
)
from interplay.plot.circuit_course import interval_sides
from interplay.plot.circuit_plane import symbol

_spec = importlib.util.spec_from_file_location(
    "made_circuits", Path(__file__).resolve().parents[1] / "report" / "made_circuits.py"
)
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)


def lines(ax, colour):
    return [x.get_xydata() for x in ax.lines if to_hex(x.get_color()) == colour]


def texts(ax):
    return [t.get_text() for t in ax.texts]


def legend(ax):
    return [t.get_text() for t in ax.get_legend().get_texts()]


def test_plane_holds_curves_in_the_colour_of_their_population():
    plane = made.make_plane()
    ax = plot.plot_phase_plane(plane)
    for k, colour in enumerate((EXCITATORY, INHIBITORY)):
        drawn = lines(ax, colour)
        np.testing.assert_array_equal(drawn[0], plane.best_responses[k])
        np.testing.assert_array_equal(drawn[1], plane.nullclines[k])
    (course,) = [x for x in lines(ax, style.INK) if len(x) > 1]
    np.testing.assert_array_equal(course, plane.trajectories[0][: len(course)])
    # It ends where the mark of the equilibrium covers it, and not before.
    assert np.abs(course[-3] - plane.equilibria[0]).max() > 0.015
    assert np.abs(course[-1] - plane.equilibria[0]).max() <= 0.015
    assert {"stable", "unstable", "not Nash"} < set(legend(ax))


def test_trajectories_that_leave_the_picture_are_not_drawn_beside_others():
    plane = made.make_plane()
    inside = plane.trajectories[0]
    outside = inside + np.where(np.arange(len(inside)) == 5, 0.5, 0.0)[:, None]
    both = lines(plot.plot_phase_plane(replace(plane, trajectories=(outside, inside))), style.INK)
    assert [x[0].tolist() for x in both if len(x) > 1] == [inside[0].tolist()]
    assert all(x.max() <= 1 for x in both if len(x))
    alone = lines(plot.plot_phase_plane(replace(plane, trajectories=(outside,))), style.INK)
    assert max(x.max() for x in alone if len(x)) > 1


@pytest.mark.parametrize("stable", [True, False])
@pytest.mark.parametrize("nash", [True, False])
def test_marks_tell_stable_and_nash_apart(stable, nash):
    plane = made.make_plane(stable=np.array([stable]), nash=np.array([nash]))
    (mark,) = [x for x in plot.plot_phase_plane(plane).lines if x.get_markersize() > 6 and x.get_marker() in "oD"]
    assert mark.get_marker() == ("o" if nash else "D")
    assert to_hex(mark.get_markerfacecolor()) == (style.INK if stable else style.PAPER)
    np.testing.assert_array_equal(mark.get_xydata(), plane.equilibria)


def field_steps(ax):
    """Shafts of the arrows, on the paper."""
    path = ax.patches[0].get_path()
    points = path.vertices.reshape(-1, 5, 2)
    size = np.array([np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim())])
    return points[:, :2].mean(axis=1), (points[:, 1] - points[:, 0]) / size


def test_arrows_point_along_the_flow():
    plane = made.make_plane()
    ax = plot.plot_phase_plane(plane)
    middle, step = field_steps(ax)
    size = np.array([np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim())])
    for place, way in zip(middle, step, strict=True):
        j, i = (int(np.argmin(np.abs(g - v))) for g, v in zip((plane.e, plane.i), place, strict=True))
        flow = plane.flow[i, j] / size
        assert way @ flow == pytest.approx(np.linalg.norm(way) * np.linalg.norm(flow), rel=1e-6)
    assert len(middle) > 100


@pytest.mark.parametrize(("population", "axis"), [("E", 0), ("I", 1)])
def test_cost_arrows_move_one_population_only(population, axis):
    plane = made.make_plane()
    ax = plot.plot_energies(plane, population)
    _, step = field_steps(ax)
    assert np.abs(step[:, 1 - axis]).max() < 1e-12
    image = ax.images[0].get_array()
    np.testing.assert_allclose(np.ma.filled(image, np.nan), plane.energy[..., axis])
    x0, x1, y0, y1 = ax.images[0].get_extent()
    half = (plane.e[1] - plane.e[0]) / 2
    assert (x0, x1, y0, y1) == pytest.approx((-half, 1 + half, -half, 1 + half))
    assert plot.plot_energies(replace(plane, energy=plane.energy * np.nan)).texts[0].get_text().startswith("undefined")


def test_region_colours_regimes_and_hatches_what_is_refuted():
    region = made.make_region()
    ax = plot.plot_region(region)
    code = np.asarray(ax.images[0].get_array())
    # Drawn finer than the grid, the points of the grid keep their regimes.
    assert code.shape == tuple(8 * k for k in region.regime.shape)
    code = code[4::8, 4::8]
    for name in np.unique(region.regime):
        assert len(np.unique(code[region.regime == name])) == 1
    assert len(np.unique(code)) == len(np.unique(region.regime))
    assert [h for h in ax.collections[0].hatches if h] == ["...", "////"]
    assert {"self-regulating", "oscillatory", "determinant zero"} <= set(legend(ax))
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), region.boundary["diagonal stability lost"])


def test_branches_are_dashed_where_unstable_and_leave_no_gap():
    result = made.make_bifurcation()
    ax = plot.plot_bifurcation(result)
    first = result.branches[0]
    drawn = [x for x in ax.lines if to_hex(x.get_color()) == EXCITATORY and x.get_linewidth() == 1.9]
    solid, dashed = drawn[0], drawn[1]
    assert not solid.is_dashed()
    assert dashed.is_dashed()
    assert solid.get_xdata()[-1] == dashed.get_xdata()[0] == first.value[~first.stable][0]
    np.testing.assert_array_equal(dashed.get_ydata(), first.rates[~first.stable, 0])
    assert len([c for c in ax.collections if c.get_alpha() == 0.16]) == 2
    # The second stretch is too short for its name.
    assert texts(ax) == ["self-regulating", "oscillatory", "bistable"]
    strip = [to_hex(c.get_facecolor()[0]) for c in ax.collections if c.get_alpha() is None]
    assert strip == [regime_colour(n) for n in ("self_regulating", "inhibition_stabilised", "oscillatory", "bistable")]


def test_special_points_and_thresholds_are_where_they_were_found():
    result = made.make_bifurcation()
    ax = plot.plot_bifurcation(result)
    marks = {x.get_marker(): x.get_xydata() for x in ax.lines if x.get_marker() in ("s", "o") and len(x.get_xdata())}
    np.testing.assert_array_equal(marks["s"], [[2, 0.0625], [2, 0.1875]])
    upright = [x.get_xdata()[0] for x in ax.lines if len(set(x.get_xdata())) == 1 and len(x.get_xdata()) == 2
               and x.get_linewidth() == 1]  # fmt: skip
    assert upright == [1.0, 2.0, 3.5]


def test_sweeps_draw_what_is_asked():
    result = made.make_bifurcation()
    for what in ("energy", "response"):
        ax = plot.plot_sweep(result, what)
        np.testing.assert_array_equal(ax.lines[1].get_ydata(), getattr(result, what)[:, 1])
    np.testing.assert_array_equal(plot.plot_sweep(result, "margin").lines[0].get_ydata(), result.margin)
    np.testing.assert_array_equal(plot.plot_sweep(result, "period").lines[0].get_ydata(), result.branches[2].period)
    np.testing.assert_array_equal(plot.plot_sweep(result, "nash_gap").lines[0].get_ydata(), result.branches[0].nash_gap)
    nothing = replace(result, margin=result.margin * np.nan)
    assert texts(plot.plot_sweep(nothing, "margin")) == ["undefined over the whole sweep"]
    assert texts(plot.plot_bifurcation(replace(result, branches=()))) == ["no branch was found"]


def test_a_few_far_values_do_not_flatten_the_rest():
    ax = plot.plot_sweep(made.make_bifurcation())
    framed(ax, np.append(np.ones(50), 1e4))
    assert ax.get_ylim()[1] < 3
    framed(ax, np.linspace(-1, 5, 50))
    assert ax.get_ylim() == pytest.approx((-1.36, 5.36))
    framed(ax, np.full(3, 2.0))
    assert ax.get_ylim()[0] < 2 < ax.get_ylim()[1]


def test_hysteresis_runs_up_and_down():
    result = made.make_hysteresis()
    ax = plot.plot_hysteresis(result)
    named = {x.get_label(): x for x in ax.lines if not x.get_label().startswith("_")}
    assert list(named) == ["incumbent, rising", "incumbent, falling", "challenger, rising", "challenger, falling"]
    up = named["challenger, rising"].get_xydata()
    np.testing.assert_array_equal(up[:, 0], result.ratio[:29])
    np.testing.assert_array_equal(up[:, 1], result.rates[:29, 1])
    assert named["incumbent, falling"].is_dashed()


def test_contrast_beside_the_closed_form():
    result = made.make_contrast()
    ax = plot.plot_contrast(result)
    drawn = {x.get_label(): x.get_xydata() for x in ax.lines}
    np.testing.assert_allclose(drawn["closed form"], np.column_stack([result.contrast_in, result.predicted[:, 0]]))
    assert len(drawn["one cell left"]) == (result.n_active[:, 0] == 1).sum()
    assert len(drawn["several active"]) + len(drawn["one cell left"]) == 8
    none = replace(result, contrast_in=np.full(8, np.nan))
    assert texts(plot.plot_contrast(none)) == ["no contrast is defined"]


def test_column_shows_every_layer_and_its_contrast():
    result = made.make_contrast(layers=7, competition=0.5)
    ax = plot.plot_column(result)
    np.testing.assert_array_equal(ax.lines[0].get_ydata()[1:], result.rates[0, :, 0])
    assert texts(ax)[:8] == ["0.01", "0.02", "0.04", "0.08", "0.16", "0.32", "0.64", "1.00"]


@pytest.mark.parametrize("lost", [slice(3, None), slice(None)])
def test_column_that_diverges_says_so(lost):
    result = made.make_contrast(layers=7, competition=0.5)
    rates = result.rates.copy()
    rates[0, lost] = np.inf
    ax = plot.plot_column(replace(result, rates=rates, contrast=np.where(np.isinf(rates[..., 0]), np.nan, 0.1)))
    if lost == slice(None):
        assert texts(ax) == ["diverged: no layer settled"]
        return
    np.testing.assert_array_equal(ax.lines[0].get_ydata()[1:4], rates[0, :3, 0])
    assert np.isfinite(ax.get_ylim()).all()


@pytest.mark.parametrize("verdict", ["certified", "refuted", "undecided"])
def test_certificate_draws_the_proof(verdict):
    result = made.make_stability(verdict)
    ax = plot.plot_certificate(result)
    height = next(x for x in ax.lines if x.get_marker() == "o").get_ydata()
    expected = {
        "certified": result.scaling,
        "refuted": None if result.dual is None else np.diagonal(result.matrix @ result.dual),
        "undecided": np.linalg.eigvalsh((result.matrix + result.matrix.T) / 2),
    }[verdict]
    np.testing.assert_allclose(height, expected)
    spectrum = plot.plot_spectrum(result)
    if verdict == "undecided":
        assert texts(spectrum) == ["undecided: there is no proof to check"]
        return
    height = next(x for x in spectrum.lines if x.get_marker() == "o").get_ydata()
    q = result.scaling
    matrix = result.dual if q is None else np.diag(q) @ result.matrix + result.matrix.T @ np.diag(q)
    np.testing.assert_allclose(np.sort(height), np.linalg.eigvalsh(matrix), atol=1e-12)


def test_ladder_names_outcomes_and_rings_the_one_that_decided():
    result = made.make_stability()
    ax = plot.plot_ladder(result)
    assert [t.get_text() for t in ax.get_yticklabels()] == [r.name for r in result.rungs]
    rings = [x.get_ydata() for x in ax.lines if x.get_markersize() == 15]
    assert [r[0] for r in rings] == [len(result.rungs) - 1]
    assert texts(ax)[::2] == ["passed", "passed", "failed", "failed", "passed"]


def test_gaps_are_drawn_to_the_best_response():
    game = made.make_game()
    ax = plot.plot_nash_gaps(game)
    order = population_order(game.sign)
    assert [t.get_text() for t in ax.get_yticklabels()] == game.names[order].tolist()
    rings = [x for x in ax.lines if x.get_markerfacecolor() == "none" and len(x.get_xdata())]
    assert [(x.get_xdata()[0], x.get_ydata()[0]) for x in rings] == [(1.0, order.tolist().index(1))]
    assert texts(ax) == ["gains 0.0725"]
    lost = replace(game, best_response=np.where(game.nash_gap > 1e-6, np.nan, game.rates),
                   nash_gap=np.where(game.nash_gap > 1e-6, np.inf, 0.0))  # fmt: skip
    assert texts(plot.plot_nash_gaps(lost)) == ["gains without bound"]


def test_of_many_units_those_that_gain_most_are_drawn():
    game = made.make_game(n=100)
    gap = np.where(np.arange(100) == 90, 0.5, 0.0)
    ax = plot.plot_nash_gaps(replace(game, nash_gap=gap, best_response=game.rates + gap))
    assert texts(ax) == ["gains 0.5"]
    rates = [x for x in ax.lines if x.get_marker() == "o" and x.get_markersize() == 6 and len(x.get_xdata())]
    assert len(rates) == 60
    assert [t.get_text() for t in ax.get_yticklabels()].count(str(game.names[90])) == 1
    assert ax.get_ylim() == (59.6, -0.6)


def test_names_are_thinned_where_they_would_lie_on_each_other():
    wide, small = (style.stack(w, [w - 40], left=40)[1][0] for w in (640, 200))
    names = np.array([f"unit {k}" for k in range(24)])
    for ax, count in ((wide, 24), (small, 12)):
        plot.plot_weights(np.eye(24), names=names, ax=ax)
        for axis, room in ((ax.get_xticklabels(), ax.bbox.width), (ax.get_yticklabels(), ax.bbox.height)):
            assert len(axis) == count
            assert room / len(axis) >= 11
    ax = plot.plot_weights(np.eye(24), ax=style.stack(340, [300], left=40)[1][0])
    numbers = ax.get_xticklabels()
    assert {t.get_rotation() for t in numbers} == {0.0}
    assert ax.bbox.width / len(numbers) >= 2 * 6.4


@pytest.mark.parametrize("nash", [True, False])
def test_play_runs_round_by_round_to_its_end(nash):
    result = made.make_play(nash=nash)
    ax = plot.plot_play(result)
    courses = [x for x in ax.lines if len(x.get_xdata()) == 13]
    np.testing.assert_array_equal(np.array([x.get_ydata() for x in courses]).T, result.rates)
    assert [to_hex(x.get_color()) for x in courses] == [EXCITATORY, EXCITATORY, INHIBITORY]
    ends = [x for x in ax.lines if x.get_marker() == "o"]
    assert [x.get_ydata()[0] for x in ends] == result.rates[-1].tolist()
    assert (to_hex(ends[0].get_markerfacecolor()) == style.PAPER) == (not nash)


def test_weights_put_excitatory_units_first():
    fit = made.make_fit()
    ax = plot.plot_weights(fit, window=2)
    order = population_order(fit.sign)
    np.testing.assert_array_equal(ax.images[0].get_array(), fit.weights[2][np.ix_(order, order)])
    assert [t.get_text() for t in ax.get_yticklabels()] == fit.names[order].tolist()
    assert (np.diff(fit.sign[order]) <= 0).all()
    low, high = ax.images[0].get_clim()
    assert low == -high == pytest.approx(-np.abs(fit.weights[2]).max())
    small = plot.plot_weights(np.array([[1.5, -2.0], [2.0, 0.0]]))
    assert texts(small) == ["1.5", "\N{MINUS SIGN}2", "2"]


def test_responses_mark_paradoxical_units():
    course = made.make_course()
    response = course.response.copy()
    response[1, 3, 3] = -0.4
    course = replace(course, response=response)
    ax = plot.plot_response(course, window=1)
    order = population_order(course.sign)
    dots = next(x for x in ax.lines if x.get_marker() == "o").get_xydata()
    expected = np.flatnonzero(np.diagonal(response[1])[order] < 0)
    np.testing.assert_array_equal(dots, np.column_stack([expected, expected]))
    assert order.tolist().index(3) in expected
    small = plot.plot_response(np.array([[0.3, -0.4], [0.4, -0.2]]))
    (dot,) = [x for x in small.lines if x.get_marker() == "o"]
    np.testing.assert_allclose(dot.get_xydata(), [[1.36, 0.64]])
    lost = replace(course, response=response * np.nan)
    assert texts(plot.plot_response(lost)) == ["no equilibrium, no response"]


def test_course_shows_the_share_of_draws_or_else_the_margin():
    course = made.make_course()
    ax = plot.plot_circuit_course(course)
    dots = {to_hex(x.get_color()): x.get_ydata() for x in ax.lines if x.get_marker() == "o"}
    for verdict, colour in VERDICTS.items():
        np.testing.assert_array_equal(dots[colour], course.certified_share[course.verdict == verdict])
    assert ax.get_ylabel() == "share of draws certified"
    bare = replace(course, certified_share=np.full(7, np.nan))
    assert plot.plot_circuit_course(bare).get_ylabel() == "margin"
    assert ax.get_xlim() == (0.0, 420.0)
    empty = replace(course, bounds=np.empty((0, 2)))
    assert texts(plot.plot_circuit_course(empty)) == ["no window"]


def test_gains_are_drawn_against_the_largest_and_rounding_is_none():
    course = made.make_course()
    noise = np.full(course.nash_gap.shape, 1e-13)
    assert texts(plot.plot_course_map(replace(course, nash_gap=noise))) == ["no unit would gain in any window"]
    noise[2, 4] = 0.01
    mesh = plot.plot_course_map(replace(course, nash_gap=noise)).collections[0]
    image = np.ma.filled(mesh.get_array(), np.nan)
    assert mesh.get_clim() == (0.0, 0.01)
    assert np.count_nonzero(image) == 1
    assert image.max() == 0.01


@pytest.mark.parametrize("what", ["nash_gap", "energy", "equilibrium"])
def test_maps_have_a_row_per_unit_and_a_column_per_window(what):
    course = made.make_course()
    gap = course.nash_gap.copy()
    gap[0, 0], gap[1, 1] = np.inf, np.nan
    course = replace(course, nash_gap=gap)
    mesh = plot.plot_course_map(course, what).collections[0]
    image = np.ma.filled(mesh.get_array(), np.nan)
    expected = getattr(course, what).T[population_order(course.sign)]
    # What is infinite has the fullest colour.
    known = np.isfinite(expected)
    np.testing.assert_allclose(image[known], expected[known])
    assert np.isnan(image[np.isnan(expected)]).all()
    assert (image[np.isinf(expected)] == mesh.get_clim()[1]).all()
    nothing = replace(course, **{what: expected.T * np.nan})
    assert texts(plot.plot_course_map(nothing, what)) == ["undefined in every window"]


def test_fit_stands_beside_trivial_models():
    fit = made.make_fit()
    ax = plot.plot_fit_score(fit)
    drawn = {x.get_label(): x.get_ydata() for x in ax.lines}
    assert set(drawn) == {"circuit", "own past", "constant rate"}
    for name, values in fit.score.items():
        np.testing.assert_array_equal(drawn[name], values)
    assert texts(plot.plot_fit_score(replace(fit, score={}))) == ["not scored in any window"]
    sides = interval_sides(fit, 0)
    assert ((sides == 1) == (fit.low[0] > 0)).all()
    assert ((sides == -1) == (fit.high[0] < 0)).all()


def test_small_things():
    assert runs(np.array([1, 1, 2, 2, 1])) == [(0, 2, 1), (2, 4, 2), (4, 5, 1)]
    assert runs(np.array([])) == []
    assert edges_between(np.array([1.0, 3.0]), 0.0, 5.0).tolist() == [0, 2, 5]
    assert [symbol(n) for n in ("w_ee", "tau_i", "kappa", "competition")] == [
        "$w_{EE}$", "$\\tau_{I}$", "$\\kappa$", "competition",
    ]  # fmt: skip
    assert len({regime_colour(n) for n in REGIMES}) == len(REGIMES)
