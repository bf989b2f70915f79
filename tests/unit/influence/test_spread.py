"""Reach beside its exact value on tiny networks, odd inputs, and what a result must not depend on."""

import numpy as np
import pytest

from interplay import DataError, Graph, TemporalGraph
from interplay._core.errors import ConfigError
from interplay.data import Groups
from interplay.influence import (
    MODELS,
    SI,
    SIR,
    IndependentCascade,
    LinearThreshold,
    SeedResult,
    compare,
    spread,
    spread_sharded,
)
from interplay.influence.comparing import join, widest_gap
from interplay.io import save_graph
from interplay.testing import exact_spread

RUNS = 6400
#: Standard errors allowed: with seeds fixed and some 1500 comparisons below, false alarms at 1 in 100.
FAR = 5.0
EDGES = ([0, 0, 1, 2, 1, 3, 4, 3], [1, 2, 3, 3, 2, 4, 0, 3])
WEIGHT = [0.3, 0.5, 0.7, 0.2, 0.4, 1.0, 0.0, 0.1]


def tiny():
    """Five nodes, a cycle, a self-loop, an edge of weight 0 and one of weight 1."""
    return Graph.from_edges(*EDGES, WEIGHT, n_nodes=5, directed=True)


def contacts():
    """Six events with ties: 0 -> 1 -> 2 at one time must not be passed through."""
    return TemporalGraph.from_events(
        [0, 1, 0, 2, 1, 3], [1, 2, 2, 3, 3, 0], [1, 1, 2, 3, 3, 4], [0.5, 0.6, 0.7, 1, 0, 0.5], n_nodes=4, span=(0, 5)
    )


def far_off(result, exact):
    """Greatest distance in standard errors; a node that is certain must be met exactly."""
    sure = (exact < 1e-12) | (exact > 1 - 1e-12)
    assert np.abs(result.node_probability - exact)[sure].max(initial=0.0) < 1e-12
    p = exact[~sure]
    return np.abs((result.node_probability[~sure] - p) / np.sqrt(p * (1 - p) / result.runs)).max(initial=0.0)


CASES = {
    "few edges live": (tiny, IndependentCascade(probability=0.03)),
    "many edges live": (tiny, IndependentCascade(probability=0.6)),
    "all live": (tiny, IndependentCascade(probability=1.0)),
    "none live": (tiny, IndependentCascade(probability=0.0)),
    "own chances": (tiny, IndependentCascade(probability="weight")),
    "weighted cascade": (tiny, IndependentCascade(probability="in-degree")),
    "threshold": (tiny, LinearThreshold()),
    "threshold by share": (tiny, LinearThreshold(weights="share")),
    "events": (contacts, IndependentCascade(probability=0.5)),
    "events of own chance": (contacts, IndependentCascade(probability="weight")),
}


@pytest.mark.parametrize("case", CASES)
def test_reach_of_every_set_of_seeds_is_exact(case):
    make, model = CASES[case]
    graph = make()
    for code in range(2**graph.n_nodes):
        seeds = [v for v in range(graph.n_nodes) if code >> v & 1]
        exact = exact_spread(graph, seeds, model)
        found = spread(graph, seeds, model=model, runs=RUNS)
        assert far_off(found, exact) < FAR
        assert abs(found.reach - exact.sum()) <= FAR * found.reach_se + 1e-9


def test_own_small_chances_are_exact():
    """Rows of small unequal chances are searched, not looked through."""
    rng = np.random.Generator(np.random.Philox(5))
    weight = rng.uniform(0, 0.08, 40)
    graph = Graph.from_edges(np.zeros(40, int), np.arange(1, 41), weight, n_nodes=41, directed=True)
    found = spread(graph, [0], model=IndependentCascade(probability="weight"), runs=64_000)
    assert far_off(found, np.concatenate([[1.0], weight])) < FAR


@pytest.mark.parametrize("probability", [0.07, "weight"])
def test_rows_too_long_for_one_draw_are_exact(probability):
    """Hazards above 16 are drawn in parts; edges stay independent: the variance of a sum, to five standard errors."""
    rng = np.random.Generator(np.random.Philox(6))
    chance = np.full(400, 0.07) if probability == 0.07 else rng.uniform(0.02, 0.2, 400)
    graph = Graph.from_edges(np.zeros(400, int), np.arange(1, 401), chance, n_nodes=401, directed=True)
    found = spread(graph, [0], model=IndependentCascade(probability=probability), runs=RUNS)
    assert far_off(found, np.concatenate([[1.0], chance])) < FAR
    assert abs(found.reach - 1 - chance.sum()) <= FAR * found.reach_se
    ratio = found.samples.sum(axis=1).var() / (chance * (1 - chance)).sum()
    assert ratio == pytest.approx(1, abs=FAR * np.sqrt(2 / RUNS))


@pytest.mark.parametrize("scale", ["equal", "weight"])
@pytest.mark.parametrize("model", [SI, SIR])
def test_epidemics_solve_the_master_equation(model, scale):
    graph = Graph.from_edges([0, 0, 1, 2], [1, 2, 3, 3], [0.4, 1.5, 0.0, 2.0], n_nodes=4, directed=True)
    config = model(duration_s=1.2, scale=scale)
    for seeds in ([0], [1, 2]):
        found = spread(graph, seeds, model=config, runs=RUNS, course=True)
        assert far_off(found, exact_spread(graph, seeds, config)) < FAR
        half = exact_spread(graph, seeds, model(duration_s=0.6, scale=scale)).sum()
        assert abs(found.course[50, 0] - half) < FAR * np.sqrt(4 / RUNS)
        assert found.time[50] == pytest.approx(0.6)


def test_an_epidemic_may_end_on_its_own():
    graph = Graph.from_edges([0, 0, 1], [1, 2, 2], n_nodes=3, directed=False)
    model = SIR(infection=2.0)
    assert far_off(spread(graph, [1], model=model, runs=RUNS), exact_spread(graph, [1], model)) < FAR
    with pytest.raises(ConfigError, match="duration"):
        spread(graph, [1], model=model, runs=64, course=True)


def test_course_counts_rounds():
    chain = Graph.from_edges([0, 1, 2], [1, 2, 3], n_nodes=5, directed=True)
    found = spread(chain, [0], model=IndependentCascade(probability=1.0), runs=70, course=True)
    assert found.time.tolist() == [0, 1, 2, 3]
    assert found.course[:, 0].tolist() == [1, 2, 3, 4]
    long = Graph.from_edges(np.arange(199), np.arange(1, 200), n_nodes=200, directed=True)
    assert spread(long, [0], model=LinearThreshold(), runs=3, course=True).course[-1, 0] == 200


def test_groups_add_up_and_empty_ones_have_no_share():
    groups = Groups(code=[0, 0, 1, 1, 1], names=["a", "b", "nobody"])
    found = spread(tiny(), [0], groups=groups, runs=640, course=True)
    assert found.group_reach.sum() == pytest.approx(found.reach)
    assert found.samples.mean(axis=0) == pytest.approx(found.group_reach)
    assert found.node_probability[groups.code == 1].sum() == pytest.approx(found.group_reach[1])
    assert np.isnan(found.share[2])
    assert found.course[-1] == pytest.approx(found.group_reach)
    named = tiny().with_attributes(part=["x", "x", "y", "y", "y"])
    assert spread(named, [0], groups="part", runs=64).groups.tolist() == ["x", "y"]


@pytest.mark.parametrize("model", [IndependentCascade(probability=0.3), LinearThreshold(), SIR()], ids=lambda m: m.name)
def test_same_seed_same_bits_whatever_the_threads_and_number_of_runs(model):
    graph = Graph.from_edges(np.arange(30), (np.arange(30) * 7 + 1) % 31, n_nodes=31, directed=False)
    one = spread(graph, [3, 4], model=model, runs=500)
    many = spread(graph, [3, 4], model=model, runs=500, jobs=3)
    assert np.array_equal(one.samples, many.samples)
    assert np.array_equal(one.node_probability, many.node_probability)
    assert np.array_equal(spread(graph, [3, 4], model=model, runs=100).samples, one.samples[:100])
    assert not np.array_equal(spread(graph, [3, 4], model=model, runs=500, seed=1).samples, one.samples)


def test_target_error_ends_runs():
    found = spread(tiny(), [0], target_error=0.02, runs=100_000)
    assert found.reach_se <= 0.02
    assert 256 <= found.runs < 100_000
    assert "stopped after" in found.notes[0]
    assert np.array_equal(found.samples, spread(tiny(), [0], runs=found.runs).samples)
    assert "not 1e-06" in spread(tiny(), [0], target_error=1e-6, runs=300).notes[0]
    assert spread(tiny(), [], target_error=1e-6).runs == 256
    assert spread(tiny(), range(5), target_error=1e-6).runs == 256


def test_target_error_waits_for_rare_cascades():
    """One run in a thousand goes through to 2000 leaves: the reach is 3, and most starts of 256 runs see 1 alone."""
    src, dst = [0] + [1] * 2000, range(1, 2002)
    graph = Graph.from_edges(src, dst, [0.001] + [1.0] * 2000, n_nodes=2002, directed=True)
    model = IndependentCascade(probability="weight")
    found = [spread(graph, [0], model=model, target_error=0.5, runs=100_000, seed=s) for s in range(10)]
    assert all(0 < f.reach_se <= 0.5 for f in found)
    # The mean has a standard error of 0.17; where a standard error of 0 ended runs it was 1.6.
    assert np.mean([f.reach for f in found]) == pytest.approx(3, abs=0.7)
    few = spread(graph, [0], model=model, target_error=0.5, runs=300)
    assert few.reach_se == 0
    assert "cascades too rare to be seen could add some 6.67" in few.notes[0]


def test_seeds_by_name_by_result_and_none():
    graph = Graph.from_edges([0], [1], n_nodes=2, directed=True, names=["left", "right"])
    assert spread(graph, ["right"], runs=64).seeds.tolist() == [1]
    chosen = SeedResult(config=None, made_from="", method="degree", seeds=np.array([0]))
    assert spread(graph, chosen, runs=64).seeds.tolist() == [0]
    nobody = spread(graph, [], runs=64, course=True)
    assert nobody.reach == 0
    assert nobody.reach_se == 0
    assert nobody.course.tolist() == [[0]]
    with pytest.raises(DataError, match="'middle'"):
        spread(graph, ["middle"])
    with pytest.raises(DataError, match="none"):
        spread(tiny(), ["left"])


def test_empty_networks():
    assert spread(Graph.from_edges([], [], n_nodes=0, directed=False), [], runs=64).reach == 0
    lone = Graph.from_edges([], [], n_nodes=1, directed=False)
    for name in MODELS:
        assert spread(lone, [0], model=MODELS[name](), runs=64).reach == 1
    quiet = TemporalGraph.from_events([], [], [], n_nodes=2, span=(0, 1))
    assert spread(quiet, [1], runs=64, course=True).course[-1, 0] == 1
    assert spread(quiet, [1], runs=64).clock == "s"
    assert spread(tiny(), [1], runs=64).clock == "round"
    assert np.isnan(spread(lone, [0], runs=1).reach_se)


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"seeds": [5]}, DataError, "seeds"),
        ({"seeds": [-1]}, DataError, "seeds"),
        ({"seeds": [1, 1]}, DataError, "each node once"),
        ({"seeds": [[1]]}, DataError, "seeds"),
        ({"seeds": [0.5]}, DataError, "seeds"),
        ({"groups": Groups(code=[0], names=["a"])}, DataError, "N=5"),
        ({"groups": "part"}, DataError, "part"),
        ({"runs": 0}, ConfigError, "runs"),
        ({"jobs": 0}, ConfigError, "jobs"),
        ({"target_error": 0}, ConfigError, "target_error"),
        ({"seed": -1}, ConfigError, "seed"),
        ({"seed": 2**64}, ConfigError, "seed"),
    ],
)
def test_wrong_arguments_are_named(settings, error, text):
    with pytest.raises(error, match=text):
        spread(tiny(), **{"seeds": [0]} | settings)


def test_what_a_model_cannot_use_is_refused():
    signed = Graph.from_edges([0], [1], [-0.5], n_nodes=2, directed=True)
    for name in MODELS:
        with pytest.raises(DataError, match="layer"):
            spread(signed, [0], model=MODELS[name]())
    heavy = Graph.from_edges([0, 1], [2, 2], [0.5, 3.0], n_nodes=3, directed=True)
    with pytest.raises(DataError, match="probability"):
        spread(heavy, [0], model=IndependentCascade(probability="weight"))
    with pytest.raises(DataError, match=r"node 2 they add up to 3\.5"):
        spread(heavy, [0], model=LinearThreshold(weights="weight"))
    with pytest.raises(DataError, match="TemporalGraph"):
        spread(contacts(), [0], model=LinearThreshold())
    with pytest.raises(DataError, match="Groups"):
        spread(contacts(), [0], groups="part")
    for wrong in ({"probability": 1.5}, {"probability": "degree"}):
        with pytest.raises(ConfigError, match="probability"):
            IndependentCascade(**wrong)
    with pytest.raises(ConfigError, match="weights"):
        LinearThreshold(weights="half")
    with pytest.raises(ConfigError, match="duration_s"):
        SI(duration_s=0)
    with pytest.raises(ConfigError, match="scale"):
        SIR(scale="half")


def test_thresholds_may_leave_room():
    graph = Graph.from_edges([0, 1], [2, 2], [0.25, 0.5], n_nodes=3, directed=True)
    model = LinearThreshold(weights="weight")
    assert exact_spread(graph, [0], model)[2] == pytest.approx(0.25)
    assert far_off(spread(graph, [0], model=model, runs=RUNS), exact_spread(graph, [0], model)) < FAR


@pytest.mark.parametrize("order", [("mine", "degree"), ("degree", "mine")])
def test_a_given_set_never_takes_the_proof_of_another(order):
    proved = SeedResult(config=None, made_from="", method="degree", seeds=np.array([0]), guarantee=0.6, confidence=0.9)
    sets = {"mine": [4], "degree": proved}
    found = compare(tiny(), {name: sets[name] for name in order}, runs=64)
    assert found.chosen == {"degree": proved}
    with pytest.raises(DataError, match="one per name"):
        join(["a", "b"], list(found.spreads), (proved,))


def test_compared_sets_share_their_chance():
    graph = tiny().with_attributes(part=["x", "x", "y", "y", "y"])
    chosen = SeedResult(config=None, made_from="", method="degree", seeds=np.array([0]), citations=("kempe2003spread",))
    found = compare(graph, {"a": chosen, "again": [0], "more": [0, 4]}, groups="part", runs=640)
    assert found.names.tolist() == ["a", "again", "more"]
    assert not found.difference[1].any()
    assert not found.difference_se[1].any()
    assert found.choices == (chosen, None, None)
    assert list(found.chosen) == ["a"]
    assert (found.spreads[2].samples >= found.spreads[0].samples).all()
    assert found.price[2] == 0
    assert found.price[0] == pytest.approx(1 - found.spreads[0].reach / found.spreads[2].reach)
    pair = (found.spreads[2].samples.sum(axis=1) - found.spreads[0].samples.sum(axis=1)) / 5
    assert found.difference[2, 0] == pytest.approx(pair.mean())
    assert found.difference_se[2, 0] == pytest.approx(pair.std(ddof=1) / np.sqrt(640))
    assert np.array_equal(found.spreads[2].samples, spread(graph, [0, 4], groups="part", runs=640).samples)
    with pytest.raises(DataError, match="at least one"):
        compare(graph, {})
    assert compare(graph, {"none": []}, runs=64).price.tolist() == [0]


def test_widest_gap_leaves_out_empty_groups_and_its_error_is_the_jackknifes():
    rng = np.random.Generator(np.random.Philox(1))
    shares = rng.uniform(size=(50, 3)) * [0.5, 1.0, 1.0]
    shares[:, 2] = np.nan
    value, error = widest_gap(shares)
    assert value == pytest.approx(shares[:, 1].mean() - shares[:, 0].mean())
    # Of a difference of means the jackknife is the usual standard error.
    assert error == pytest.approx((shares[:, 1] - shares[:, 0]).std(ddof=1) / np.sqrt(50))
    assert widest_gap(shares[:, 1:]) == (0.0, 0.0)


def test_growing_a_cascade_seed_by_seed_is_running_it_at_once():
    graph = Graph.from_edges(np.arange(30), (np.arange(30) * 7 + 1) % 31, n_nodes=31, directed=False)
    code = np.arange(31) % 2
    for model in (IndependentCascade(probability=0.3), LinearThreshold()):
        ready = model.prepare(graph)
        state = np.zeros((2, 31), np.uint64)
        parts = [ready.grow(state, np.array([v]), code, 2, 0, 100, keep=True) for v in (3, 9)]
        before = state.copy()
        third = ready.grow(state, np.array([20, 21]), code, 2, 0, 100, keep=False)
        assert np.array_equal(state, before)
        whole = [spread(graph, seeds, model=model, runs=100).reach for seeds in ([3], [3, 9], [3, 9, 20, 21])]
        gained = np.cumsum([p.sum() for p in (*parts, third)]) / 100
        assert gained == pytest.approx(whole)


def test_shards_give_the_bits_of_one_process(tmp_path):
    graph = tiny().with_attributes(part=["x", "x", "y", "y", "y"])
    save_graph(graph, tmp_path / "graph")
    one = spread(graph, [0], groups="part", runs=300, course=True)
    cut = spread_sharded(
        tmp_path / "graph", [0], groups="part", runs=300, course=True, shards=3, engine="serial", jobs=1
    )
    for field in ("samples", "node_probability", "course", "time"):
        assert np.array_equal(getattr(one, field), getattr(cut, field))
    assert one.made_from == cut.made_from
    with pytest.raises(DataError, match="seeds"):
        spread_sharded(graph, [9])


@pytest.mark.slow
def test_two_processes_give_the_bits_of_one(tmp_path):
    save_graph(tiny(), tmp_path / "graph")
    one = spread(tiny(), [0], runs=300)
    assert np.array_equal(spread_sharded(tmp_path / "graph", [0], runs=300).samples, one.samples)
