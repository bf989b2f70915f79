"""The inference stage: every method gives a network, what is given is used or said to be unused."""

from dataclasses import replace

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Recording, Series, Snapshots, TemporalGraph
from interplay.infer import METHODS
from interplay.infer.configuring import configure_method, has_law
from interplay.infer.planted_poisson import PlantedPoisson
from interplay.infer.results import NetworkResult
from interplay.job import Plan
from interplay.job.choices import resolve
from interplay.job.inference import configured, infer_network, method_settings, threshold, threshold_note

#: What a method needs to be quick here.
QUICK = {
    "dynamic-bayes": ("compare=false", "tolerance=1e-3"),
    "factors": ("rank=1", "restarts=1", "rounds=5", "blocks=false"),
    "switching": ("restarts=1", "iterations=2"),
    "transfer-entropy": ("max_delay=2",),
    "tspe": ("bin_s=0.01",),
    "boltzmann": ("n_updates=2", "n_chains=4", "temperatures=4", "watched_sweeps=20"),
}


@pytest.fixture(scope="module")
def spikes():
    return PlantedPoisson(n_units=6, duration_s=40.0).simulate(0)


@pytest.fixture(scope="module")
def both(spikes):
    values = np.random.Generator(np.random.Philox(1)).normal(size=(800, 6))
    return replace(spikes, traces=Series.regular(values, dt_s=0.05))


def planned(data, **settings):
    return resolve(Plan.of(**settings), data)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name == "boltzmann" else ()) for name in METHODS]
)
def test_every_method_gives_fewer_edges_than_pairs(spikes, name):
    said, drawn = QUICK.get(name, ()), None if has_law(METHODS[name]()) else 19
    plan, _ = planned(spikes, method=name, method_set=said, window_s=40.0, step_s=40.0, surrogates=drawn)
    every = infer_network(plan, spikes)
    kept = threshold(plan, every)
    assert len(kept.src) < len(every.snapshots.src)
    note = threshold_note(plan, every, kept)
    if every.snapshots.pvalues is None:
        assert "so the strongest 10% of each window were taken" in note
    else:
        assert "significant at a false-discovery rate" in note


def test_tests_that_were_turned_off_leave_all_pairs_and_say_so(spikes):
    plan, _ = planned(spikes, method="tiling", window_s=20.0, surrogates=0)
    every = infer_network(plan, spikes)
    kept = threshold(plan, every)
    assert kept is every.snapshots
    assert "no threshold was applied" in threshold_note(plan, every, kept)


@pytest.mark.parametrize(
    ("name", "settings", "count"),
    [
        ("tiling", {}, 200),
        ("correlogram", {}, 0),
        ("granger", {}, 0),
        ("correlogram", {"surrogates": 50}, 50),
        ("granger", {"surrogates": 50}, 50),
        ("correlogram", {"method_set": ("null=circular_shift",)}, 200),
        ("correlogram", {"method_set": ("surrogates=7",)}, 7),
        ("tiling", {"surrogates": 0}, 0),
    ],
)
def test_surrogates_are_drawn_where_there_is_no_law_or_where_they_are_asked_for(spikes, name, settings, count):
    plan, notes = planned(spikes, method=name, **settings)
    assert configured(plan, spikes).surrogates == count
    assert not any("surrogates" in note for note in notes)
    again, _ = resolve(plan, spikes)
    assert again == plan


def test_correlograms_find_synapses_by_their_law():
    assert has_law(METHODS["correlogram"]())
    assert not has_law(METHODS["tiling"]())


@pytest.mark.parametrize("name", ["glm", "correlogram"])
def test_spikes_beside_traces_are_counted_in_bins(both, name):
    plan, notes = planned(both, method=name, bin_s=0.02 if name == "glm" else None)
    method = configured(plan, both)
    assert method.bin_s == (0.02 if name == "glm" else 0.001)
    assert any(f"{name} read the spikes, in bins of" in note for note in notes)
    assert configure_method(name, both).bin_s == METHODS[name]().bin_s


def test_traces_beside_spikes_are_read_unless_bins_are_asked_for(both):
    plan, notes = planned(both, method="granger")
    assert configured(plan, both).bin_s is None
    assert "granger read the traces" in notes[0]
    plan, notes = planned(both, method="granger", bin_s=0.1)
    assert configured(plan, both).bin_s == 0.1
    assert "granger read the spikes, in bins of 0.1 s" in notes[0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"method": "granger", "lag_s": 0.5}, "`lag_s`=0.5 was not used: granger"),
        ({"method": "tiling", "bin_s": 0.1}, "`bin_s`=0.1 was not used: tiling reads spike times"),
        ({"method": "glm", "surrogates": 9}, "`surrogates`=9 was not used: glm"),
    ],
)
def test_what_a_method_does_not_know_is_said(spikes, settings, words):
    plan, notes = planned(spikes, **settings)
    assert any(words in note for note in notes)
    configured(plan, spikes)


def test_bins_of_traces_alone_are_said_and_spikes_are_needed(both):
    traces = Recording(traces=both.traces)
    plan, notes = planned(traces, bin_s=0.1)
    assert plan.bin_s is None
    assert "`bin_s`=0.1 was not used: traces were read." in notes
    with pytest.raises(DataError, match="must hold spikes for `glm`"):
        planned(traces, method="glm")


def test_options_of_the_inference_are_said_to_be_unused_by_events():
    graph = TemporalGraph(src=[0], dst=[1], time=[0.5], n_nodes=2, span=(0.0, 80.0))
    _, notes = planned(graph, method="glm", lag_s=0.1)
    assert "not used: `method`, `lag_s`." in notes[0]
    assert not any("not used" in note for note in planned(graph)[1])


def test_a_bin_said_as_a_setting_makes_windows_of_whole_bins(spikes):
    plan, _ = planned(spikes, method="glm", method_set=("bin_s=0.4",))
    assert plan.bin_s is None
    assert plan.step_s / 0.4 == pytest.approx(round(plan.step_s / 0.4))
    with pytest.raises(ConfigError, match="`bin_s` must be said once"):
        planned(spikes, method="glm", bin_s=0.1, method_set=("bin_s=0.4",))


def test_only_settings_that_may_be_set_are_named():
    with pytest.raises(ConfigError) as caught:
        method_settings(Plan.of(method="granger", method_set=("ordre=2",)))
    assert "did you mean 'order'" in str(caught.value)
    assert not {"alpha", "jobs", "window_s", "step_s", "seed"} & set(str(caught.value).rstrip(".").split(", "))


def test_too_few_surrogates_for_one_edge_are_said():
    keep = ~np.eye(5, dtype=bool)[None]
    weight = np.where(keep, 1.0, 0.0)
    bounds = np.array([[0.0, 60.0]])
    drawn = 19
    snapshots = Snapshots.from_dense(weight, bounds, directed=True, keep=keep)
    snapshots = replace(snapshots, pvalues=np.where(np.arange(20) == 3, 1 / 20, 0.5))
    every = NetworkResult(
        config=METHODS["tspe"](surrogates=drawn), made_from="x", snapshots=snapshots, method="tspe", quantity="q"
    )
    note = threshold_note(Plan(), every, threshold(Plan(), every))
    assert "Draw 399 surrogates" in note  # 20 pairs: one edge alone needs 0.05 / 20 = 1 / 400
    enough = replace(every, snapshots=replace(snapshots, pvalues=np.where(np.arange(20) == 3, 1e-3, 0.5)))
    assert "Draw" not in threshold_note(Plan(), enough, threshold(Plan(), enough))
