"""What `interplay influence` reads and decides: sources, layers, groups, methods, models."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Graph, Recording, Snapshots, TemporalGraph, Units
from interplay.influence import GreedySeeds, IndependentCascade, LinearThreshold, compare
from interplay.io import save_graph, save_nwb, save_snapshots
from interplay.job.influence_input import (
    InfluenceNetwork,
    choose_groups,
    choose_layer,
    read_influence_network,
)
from interplay.job.influence_notes import choose_probability, judged_notes
from interplay.job.influence_options import (
    InfluenceAsked,
    candidates,
    chosen_methods,
    configured_model,
    greedy_runs,
    listed,
)


class Quiet:
    """An observer that hears nothing."""

    def stage(self, name):
        return lambda done, total: None

    def done(self, *args, **settings):
        pass


def read(source, **settings):
    return read_influence_network(None if source is None else str(source), observer=Quiet(), **settings)


def test_our_own_network_has_two_groups_and_says_that_it_is_made_up():
    network = read(None)
    assert network.graph.groups("team").sizes.tolist() == [280, 120]
    assert "made up" in network.notes[0]
    assert read(None).graph.digest == network.graph.digest
    assert read(None, seed=1).graph.digest != network.graph.digest
    with pytest.raises(ConfigError, match="`--nodes` must be left out"):
        read(None, nodes="x.csv")


def test_files_of_networks_and_of_nodes(tmp_path):
    (tmp_path / "g.links").write_text("a b\nb c\n")
    (tmp_path / "g.attr").write_text("a 1\nb 2\nc 2\n")
    network = read(tmp_path / "g.links", nodes=str(tmp_path / "g.attr"))
    assert network.events is None
    assert network.substrate is network.graph
    assert network.graph.attributes["group"].tolist() == [1, 2, 2]
    assert read(save_graph(network.graph, tmp_path / "saved")).graph.digest == network.graph.digest


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [("e.csv", "source,target,time\na,b,0\nb,c,1\na,b,2\n", ()), ("e.txt", "a b 0\nb c 1\na b 2\n", ()),
     ("h.txt", "0 a b\n1 b c\n2 a b\n", ("time_column=0", "src_column=1", "dst_column=2"))],
)  # fmt: skip
def test_events_keep_their_times_unless_told_otherwise(tmp_path, name, text, hint):
    (tmp_path / name).write_text(text)
    network = read(tmp_path / name, hint=hint)
    assert isinstance(network.substrate, TemporalGraph)
    assert len(network.events.time) == 3
    assert network.graph.directed
    assert network.graph.n_edges == 2
    static = read(tmp_path / name, hint=hint, static=True, directed=False)
    assert static.events is None
    assert not static.graph.directed
    with pytest.raises(ConfigError, match="--undirected"):
        read(tmp_path / name, hint=hint, directed=False)


def test_a_run_gives_its_network_with_units_groups_and_places(tmp_path):
    dense = np.zeros((1, 3, 3))
    dense[0, 0, 1] = dense[0, 1, 0] = 0.5
    dense[0, 1, 2] = dense[0, 2, 1] = -0.5
    snapshots = Snapshots.from_dense(dense, [(0, 1)], directed=False)
    save_snapshots(snapshots, tmp_path / "snapshots.npz", about={"names": ["u", "v", "w"]})
    units = Units(
        n=3, id=np.array(["u", "v", "w"]), group=np.array(["sensory", "motor", "motor"]), sign=np.array([1, -1, 0]),
        position_um=np.array([[0.0, 0], [1, 0], [0, 1]]),
    )  # fmt: skip
    trains = [np.array([0.1, 0.5])] * 3
    save_nwb(Recording(events=Events.from_trains(trains, span=(0.0, 1.0)), units=units), tmp_path / "recording.nwb")
    network = read(tmp_path)
    assert network.graph.names.tolist() == ["u", "v", "w"]
    assert network.graph.attributes["group"].tolist() == ["sensory", "motor", "motor"]
    assert network.graph.attributes["sign"].tolist() == ["excitatory", "inhibitory", ""]
    assert network.position_um.shape == (3, 2)
    assert "2 edges, of one window" in network.notes
    kept = choose_layer(network, None)
    assert kept.graph.n_edges == 1
    asked, said = choose_probability(InfluenceAsked(), kept)
    assert asked.probability == "weight"
    assert "passes on with its weight" in said[0]
    assert choose_probability(InfluenceAsked(probability="0.2"), kept)[0].probability == "0.2"
    assert choose_probability(InfluenceAsked(settings=("probability=0.2",)), kept) == (
        InfluenceAsked(settings=("probability=0.2",)), ()
    )  # fmt: skip
    assert "leave [0, 1]" in choose_probability(InfluenceAsked(), network)[1][0]
    assert "layer positive (change it with --layer): 2 of 4 entries" in kept.notes[-1]
    assert choose_layer(network, "negative").graph.weights().tolist() == [0.5, 0.5]
    assert choose_layer(network, "absolute").graph.n_edges == 2
    with pytest.raises(ConfigError, match="layer"):
        choose_layer(network, "both")
    plain = InfluenceNetwork(graph=Graph.from_edges([0], [1], n_nodes=2, directed=False))
    assert choose_layer(plain, None) is plain


def test_a_recording_is_inferred_first(tmp_path):
    rng = np.random.default_rng(0)
    trains = [np.sort(rng.uniform(0, 60, 100)) for _ in range(4)]
    save_nwb(Recording(events=Events.from_trains(trains, span=(0.0, 60.0))), tmp_path / "r.nwb")
    network = read(tmp_path / "r.nwb")
    assert network.graph.n_nodes == 4
    assert any("the mean over all windows" in note for note in network.notes)
    assert network.inferred
    with pytest.raises(ConfigError, match="the inference says it"):
        read(tmp_path / "r.nwb", directed=True)


def test_signed_events_keep_one_sign():
    events = TemporalGraph.from_events(
        np.array([0, 1, 0]), np.array([1, 2, 2]), np.array([0.0, 1, 2]), np.array([1.0, -2.0, 3.0]), n_nodes=3,
        span=(0, 3),
    )  # fmt: skip
    network = InfluenceNetwork(graph=Graph.from_temporal(events), events=events)
    assert choose_layer(network, None).events.weight.tolist() == [1.0, 3.0]
    assert choose_layer(network, "negative").events.weight.tolist() == [2.0]
    assert choose_layer(network, "absolute").graph.weights().tolist() == [1.0, 3.0, 2.0]


def test_groups_are_named_or_the_only_column_that_divides():
    graph = Graph.from_edges([0], [1], n_nodes=4, directed=False)
    groups, notes = choose_groups(graph, None, None)
    assert groups is None
    assert "no groups are known" in notes[0]
    one = graph.with_attributes(team=["a", "a", "b", ""], alike=["x"] * 4)
    with pytest.raises(DataError, match="--unknown NAME"):
        choose_groups(one, None, None)
    groups, notes = choose_groups(one, None, "none")
    assert groups.names.tolist() == ["a", "b", "none"]
    assert "the only one that divides" in notes[0]
    alone, notes = choose_groups(graph.with_attributes(tetrode=["1"] * 4), None, None)
    assert alone is None
    assert "one group only, tetrode 1" in notes[0]
    with pytest.raises(ConfigError, match="team, sex would all do"):
        choose_groups(one.with_attributes(sex=["f", "m", "f", "m"]), None, "none")
    with pytest.raises(ConfigError, match="did you mean 'team'"):
        choose_groups(one, "tean", None)
    with pytest.raises(ConfigError, match="Give a node table with --nodes"):
        choose_groups(graph, "team", None)


def test_models_take_their_own_settings():
    assert configured_model(InfluenceAsked()) == IndependentCascade()
    assert configured_model(InfluenceAsked(probability="weight")).probability == "weight"
    assert configured_model(InfluenceAsked(settings=("probability=0.3",))).probability == 0.3
    assert configured_model(InfluenceAsked(model="lt")) == LinearThreshold()
    plan = configured_model(InfluenceAsked(model="deffuant", settings=("confidence=0.3", "rounds=7"), runs=5))
    assert (plan.model.confidence, plan.rounds, plan.runs, plan.seed) == (0.3, 7, 5, 1)


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        (InfluenceAsked(model="icc"), "did you mean 'ic'"),
        (InfluenceAsked(probability="often"), "must be a number"),
        (InfluenceAsked(probability="1.5"), "<= 1"),
        (InfluenceAsked(model="lt", probability="0.1"), "must be left out for the model 'lt'"),
        (InfluenceAsked(model="deffuant", probability="0.1"), "must be left out"),
        (InfluenceAsked(probability="0.1", settings=("probability=0.2",)), "said once"),
        (InfluenceAsked(settings=("probability=0.1", "probability=0.2")), "said once"),
        (InfluenceAsked(settings=("chance=0.1",)), "Unknown setting 'chance'"),
        (InfluenceAsked(model="deffuant", settings=("rate=1",)), "Unknown setting 'rate'"),
    ],
)
def test_models_that_cannot_be_built(asked, match):
    with pytest.raises(ConfigError, match=match):
        configured_model(asked)


SMALL = {"n_nodes": 100, "n_entries": 500, "several_groups": True, "static": True}


def test_methods_follow_size_groups_and_times():
    def choose(asked=None, **other):
        return chosen_methods(asked or InfluenceAsked(), **(SMALL | other))

    basis = ("random", "degree", "page-rank")
    assert choose(InfluenceAsked(model="si"), n_nodes=400, n_entries=2434)[0][3] == "greedy"
    assert "greedy" not in choose(InfluenceAsked(model="si"), n_nodes=2000, n_entries=40_000)[0]
    assert choose(n_nodes=439, n_entries=19_320)[0][3] == "ris"
    assert choose(static=False)[0] == (*basis, "ris", "max-min", "proportional")
    assert choose() == ((*basis, "greedy", "max-min", "proportional"), ("deepwalk", "crosswalk"))
    assert choose(n_nodes=10_000, n_entries=500_000) == ((*basis, "ris", "max-min", "proportional"), ())
    assert choose(several_groups=False) == ((*basis, "greedy"), ("deepwalk",))
    assert choose(static=False)[1] == ()
    assert choose(InfluenceAsked(model="deffuant"))[0] == basis
    assert choose(InfluenceAsked(methods=("degree", "medoids"))) == (("degree",), ("deepwalk", "crosswalk"))
    assert choose(InfluenceAsked(methods=("medoids",), embedding=("spectral",))) == ((), ("spectral",))


@pytest.mark.parametrize(
    ("asked", "other", "match"),
    [
        (InfluenceAsked(methods=("gredy",)), {}, "did you mean 'greedy'"),
        (InfluenceAsked(embedding=("deepwak",)), {}, "did you mean 'deepwalk'"),
        (InfluenceAsked(methods=("medoids",)), {"static": False}, "--static"),
        (InfluenceAsked(embedding=("deepwalk",)), {"static": False}, "--static"),
        (InfluenceAsked(methods=()), {}, "must name a way"),
        (InfluenceAsked(model="deffuant", methods=("greedy",)), {}, "looks at cascades"),
    ],
)
def test_methods_that_do_not_fit(asked, other, match):
    with pytest.raises(ConfigError, match=match):
        chosen_methods(asked, **(SMALL | other))


def test_candidates_are_named_by_a_column_and_its_value():
    graph = Graph.from_edges([0], [1], n_nodes=3, directed=False, attributes={"team": ["a", "b", "a"], "k": [1, 2, 1]})
    assert candidates(graph, None) == (None, ())
    ids, notes = candidates(graph, "team=a")
    assert ids.tolist() == candidates(graph, "k=1")[0].tolist() == [0, 2]
    assert "2 nodes whose team is a" in notes[0]
    for wrong, match in (("team", "COLUMN=VALUE"), ("tean=a", "did you mean"), ("team=c", "Unknown value")):
        with pytest.raises(ConfigError, match=match):
            candidates(graph, wrong)


def test_greedy_looks_at_as_many_cascades_as_its_model_affords():
    size = {"n_open": 400, "n_entries": 2434, "static": True}
    runs = {model: greedy_runs(InfluenceAsked(model=model), **size) for model in ("ic", "lt", "si", "sir")}
    assert runs["ic"] > runs["lt"] > runs["sir"] > runs["si"] >= 32
    assert greedy_runs(InfluenceAsked(runs=64), **size) == 64
    assert greedy_runs(InfluenceAsked(model="si"), n_open=2000, n_entries=40_000, static=True) < 32


def test_greedy_that_promised_too_much_is_said_to_overfit():
    graph = Graph.from_edges(np.arange(60), np.arange(1, 61), n_nodes=61, directed=True)
    few = GreedySeeds(budget=5, model=IndependentCascade(probability=0.5), runs=8).fit(graph)
    found = compare(graph, {"greedy": few}, model=IndependentCascade(probability=0.5), runs=2000, seed=1)
    assert "greedy overfits its sample" in judged_notes(found)[0]
    sure = compare(graph, {"a": [0], "b": [1]}, model=IndependentCascade(probability=1.0), runs=64)
    assert "every choice reaches more than 80 %" in judged_notes(sure)[0]


def test_lists_may_be_parted_by_commas():
    assert listed(["a, b", "b,c", ""]) == ("a", "b", "c")
    assert listed(None) == ()
