"""Couplings by a restricted Boltzmann machine: recovery, baselines, and odd inputs."""

from dataclasses import replace

import numpy as np
import pytest
from tests.oracles import boltzmann as oracle

from interplay import cite
from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import stream
from interplay.data import Events, Intervals, Recording, Series
from interplay.infer import BoltzmannCouplings, PlantedIsing
from interplay.infer.boltzmann import _beaten, _held_out
from interplay.infer.boltzmann_baselines import (
    _mean_field,
    compared_triples,
    fit_pairwise,
    independent_levels,
    independent_log_likelihood,
    moments,
)
from interplay.measures import edge_scores

QUICK = BoltzmannCouplings(n_updates=60, n_chains=64, temperatures=60, watched_sweeps=60)


def spikes(n=4, size=400, key=0):
    """At most one spike per bin of 20 ms."""
    active = stream(9, "spikes", key).random((size, n)) < 0.3
    t, unit = np.nonzero(active)
    return Events(time=(t + 0.5) * 0.02, unit=unit, n_units=n, span=(0.0, size * 0.02)), active


@pytest.fixture(scope="module")
def planted():
    recording = PlantedIsing(n_units=8, duration_s=100.0, density=0.3, strength=(0.3, 0.5)).simulate(1)
    return recording, BoltzmannCouplings(n_updates=1000, temperatures=300, watched_sweeps=200).fit(recording)


def test_planted_couplings_are_found(planted):
    recording, found = planted
    scores = edge_scores(found.snapshots, recording.truth)
    assert scores.auc[0] > 0.95
    assert scores.sign_accuracy[0] > 0.95
    assert np.array_equal(found.snapshots.matrix(0), found.couplings)
    truth, pair = recording.truth.matrix(0), np.triu_indices(8, 1)
    assert np.corrcoef(found.couplings[pair], truth[pair])[0, 1] > 0.9
    assert np.corrcoef(found.pairwise_couplings[pair], truth[pair])[0, 1] > 0.95


def test_likelihoods_and_moments_beat_independent_units(planted):
    _, found = planted
    machine, pairwise, independent = found.log_likelihood
    assert min(machine, pairwise) > independent + 0.1
    assert machine > pairwise - 0.05
    assert found.log_conditional[0] > found.log_conditional[2] + 0.1
    assert found.moment_match.shape == (4, 3)
    assert found.moment_match[0, 1] > 0.9
    assert found.moment_match[2, 1] == 0.0
    assert abs(found.log_z_annealed - found.log_z_exact) < 5 * found.log_z_error + 0.01
    assert found.log_z == found.log_z_exact


def test_chains_of_an_easy_fit_have_thermalised(planted):
    _, found = planted
    assert found.thermalised
    assert found.start_gap < 4
    assert found.energy.shape == found.energy_error.shape == (3, len(found.sweeps))
    assert found.notes == ()


def test_results_say_what_they_are(planted):
    _, found = planted
    assert found.pooled
    assert not found.snapshots.directed
    assert found.n_train + found.n_held_out == 5_000
    assert (np.diff(np.abs(found.triple_couplings)) <= 0).all()
    assert (np.diff(found.triples, axis=1) > 0).all()
    assert "Bereux" in str(cite(found))


@pytest.mark.slow
def test_triples_beyond_pairs_come_first_where_they_were_planted():
    config = PlantedIsing(n_units=8, duration_s=200.0, density=0.2, n_triples=2, triple_strength=0.6, level=(-0.4, 0.0))
    found = BoltzmannCouplings(n_updates=3000).fit(config.simulate(2))
    assert {tuple(t) for t in found.triples[:2].tolist()} == {tuple(t) for t in config.triples(2).tolist()}
    assert found.log_likelihood[0] > found.log_likelihood[1] + 0.05
    assert (found.triple_couplings[:2] > 0.2).all()


def test_silent_and_constant_units_are_absent():
    events, active = spikes(5)
    dead = Events(time=events.time[events.unit != 2], unit=events.unit[events.unit != 2], n_units=5, span=events.span)
    found = QUICK.fit(dead)
    assert found.snapshots.present.tolist() == [[True, True, False, True, True]]
    assert np.isnan(found.couplings[2]).all()
    assert np.isnan(found.weights[2]).all()
    assert 2 not in found.triples
    assert "1 of 5 units" in found.notes[0]
    always = active.copy()
    always[:, 0] = True
    t, unit = np.nonzero(always)
    found = QUICK.fit(Events(time=(t + 0.5) * 0.02, unit=unit, n_units=5, span=events.span))
    assert not found.snapshots.present[0, 0]


def test_one_unit_is_a_network_without_an_edge():
    found = QUICK.fit(spikes(1)[0])
    assert found.couplings.tolist() == [[0.0]]
    assert len(found.triples) == 0
    assert found.log_likelihood[0] == pytest.approx(found.log_likelihood[2], abs=0.05)


def test_nothing_to_learn_from_is_an_error():
    with pytest.raises(DataError, match="never change"):
        QUICK.fit(Events(time=np.array([]), unit=np.array([], dtype=int), n_units=3, span=(0.0, 10.0)))
    with pytest.raises(DataError, match="never change"):
        QUICK.fit(Events(time=np.array([]), unit=np.array([], dtype=int), n_units=0, span=(0.0, 10.0)))
    with pytest.raises(DataError, match="100 complete samples"):
        QUICK.fit(spikes(3, size=50)[0])


def test_more_units_than_samples_is_said():
    found = QUICK.fit(spikes(20, size=120)[0])
    assert any("few" in note for note in found.notes)
    assert np.isfinite(found.couplings).all()
    assert np.isnan(found.log_z_exact)


def test_equal_units_are_coupled_and_finite():
    _, active = spikes(3)
    active[:, 1] = active[:, 0]
    t, unit = np.nonzero(active)
    found = replace(QUICK, n_updates=500).fit(Events(time=(t + 0.5) * 0.02, unit=unit, n_units=3, span=(0.0, 8.0)))
    assert found.couplings[0, 1] > 5 * abs(found.couplings[0, 2])
    assert np.isfinite(found.log_likelihood).all()


def test_traces_are_cut_at_a_threshold_and_missing_samples_left_out():
    values = stream(4, "traces").normal(size=(600, 3))
    values[5:9, 1] = np.nan
    found = replace(QUICK, bin_s=None, threshold=1.0).fit(Recording(traces=Series.regular(values, dt_s=0.1)))
    assert found.n_train + found.n_held_out == 596
    assert "4 of 600 samples miss a unit" in found.notes[0]
    assert np.isfinite(found.couplings).all()
    with pytest.raises(DataError):
        QUICK.fit(Recording(traces=Series.regular(values, dt_s=0.1)))


def test_far_from_the_origin_and_relabelled_it_is_the_same():
    events, _ = spikes(4)
    found = QUICK.fit(events)
    far = QUICK.fit(events.shift(1e6))
    assert np.array_equal(found.couplings, far.couplings)
    order = [2, 0, 3, 1]
    mixed = QUICK.fit(events.select(order))
    assert np.array_equal(mixed.couplings, found.couplings[np.ix_(order, order)])
    assert np.array_equal(mixed.triple_couplings, found.triple_couplings)


def test_several_recordings_and_windows():
    one, two = spikes(3, key=1)[0], spikes(3, key=2)[0]
    found = QUICK.fit([one, two])
    assert found.n_train + found.n_held_out == 800
    windows = replace(QUICK, window_s=2.0).fit(one)
    assert len(windows.snapshots) == 4
    assert np.array_equal(windows.snapshots.matrix(0), windows.snapshots.matrix(3))


def test_windows_without_a_sample_have_no_unit():
    events = spikes(3)[0]
    recording = Recording(events=events, epochs={"early": Intervals.from_bounds([[0.0, 4.0]])})
    found = replace(QUICK, n_updates=5, epochs="early", window_s=2.0).fit(recording)
    assert found.snapshots.present.all(axis=1).tolist() == [True, True, False, False]
    assert not found.snapshots.present[2:].any()
    values = stream(4, "traces").normal(size=(300, 3))
    values[200:, 1] = np.nan
    traces = Recording(traces=Series.regular(values, dt_s=0.1))
    found = replace(QUICK, n_updates=5, bin_s=None, threshold=0.5, window_s=10.0).fit(traces)
    assert found.snapshots.present.all(axis=1).tolist() == [True, True, False]


def test_a_machine_that_loses_to_independent_units_is_said():
    events = spikes(4)[0]
    decayed = replace(QUICK, penalty=10.0, n_updates=50).fit(events)
    assert np.abs(decayed.couplings).max() < 0.1  # decayed, not thrown to infinity
    assert decayed.log_likelihood[0] > decayed.log_likelihood[2] - 1.0
    wild = replace(QUICK, learning_rate=100.0, n_updates=10).fit(events)
    assert any("do not read its couplings. It has not even followed" in note for note in wild.notes)
    likelihood = [np.array([-3.0, np.nan, -2.0]), np.array([-1.0, np.nan, -2.0])]
    assert "It has overfitted: raise `penalty`" in _beaten(likelihood)[0]
    assert _beaten(likelihood[::-1]) == []


def test_held_out_blocks_cover_the_whole_time():
    assert _held_out(100, 0.02).sum() == 2
    for share in (0.1, 0.2, 0.5):
        test = _held_out(1000, share)
        assert test.mean() == pytest.approx(share, abs=0.01)
        assert test[:500].mean() == pytest.approx(share, abs=0.021)


@pytest.mark.slow
def test_a_short_fit_is_not_called_thermalised_when_chains_are_stuck():
    active = np.repeat(stream(8, "flip").random((40, 1)) < 0.5, 8, axis=1).repeat(10, axis=0)
    active[::37, 0] = ~active[::37, 0]
    t, unit = np.nonzero(active)
    events = Events(time=(t + 0.5) * 0.02, unit=unit, n_units=8, span=(0.0, 8.0))
    found = replace(QUICK, n_updates=1500, n_hidden=2, gibbs_steps=1).fit(events)
    assert not found.thermalised
    assert any("not thermalised" in note for note in found.notes)


def test_pairwise_model_finds_what_was_drawn_and_knows_its_likelihood():
    config = PlantedIsing(n_units=5, duration_s=300.0, density=0.5)
    states = config.states(3)
    found = fit_pairwise(states, seed=0)
    assert found.converged
    assert np.abs(found.coupling - config.wiring(3)).max() < 0.08
    p = oracle.ising_probabilities(found.field, found.coupling)
    wanted = np.log(p[states.astype(int) @ (16, 8, 4, 2, 1)]).mean()
    assert found.log_likelihood(states) == pytest.approx(wanted, abs=1e-9)
    drawn = np.bincount(found.draw(0).astype(int) @ (16, 8, 4, 2, 1), minlength=32) / 10_000
    assert np.abs(drawn - p).max() < 0.02


def test_many_units_take_mean_field_and_have_no_likelihood(monkeypatch):
    monkeypatch.setattr("interplay.infer.boltzmann_baselines._AFFORDABLE", 0)
    config = PlantedIsing(n_units=6, duration_s=300.0, density=0.4)
    found = fit_pairwise(config.states(1), seed=0)
    assert found.how == "naive mean field"
    pair = np.triu_indices(6, 1)
    assert np.corrcoef(found.coupling[pair], config.wiring(1)[pair])[0, 1] > 0.9
    monkeypatch.setattr("interplay.infer.boltzmann_baselines._ENUMERATED", 0)
    annealed = fit_pairwise(config.states(1), seed=0)
    assert annealed.log_z == pytest.approx(found.log_z, abs=0.1)
    monkeypatch.setattr("interplay.infer.boltzmann_baselines._ANNEALED", 0)
    last = fit_pairwise(config.states(1), seed=0)
    assert np.isnan(last.log_z)
    monkeypatch.setattr("interplay.infer.boltzmann_baselines._DRAWN", 5)
    assert last.draw(0) is None


@pytest.mark.parametrize(("n", "size", "share"), [(20, 50, 20 / 70), (3, 1000, 0.1)])
def test_mean_field_shrinks_covariances_not_variances(n, size, share):
    spin = 2.0 * (stream(6, "mean field").random((size, n)) < 0.4) - 1.0
    field, coupling = _mean_field(spin)
    centred = spin - spin.mean(axis=0)
    covariance = centred.T @ centred / (size - 1)
    wanted = -np.linalg.inv(np.where(np.eye(n) > 0, covariance, (1 - share) * covariance))
    np.fill_diagonal(wanted, 0.0)
    np.testing.assert_allclose(coupling, wanted, atol=1e-10)
    np.testing.assert_allclose(field, np.arctanh(spin.mean(axis=0)) - wanted @ spin.mean(axis=0), atol=1e-10)


def test_independent_units_and_moments_by_hand():
    states = np.array([[0, 1, 1], [1, 1, 0], [0, 0, 0], [0, 1, 1]], dtype=np.int8)
    levels = independent_levels(states)
    p = (states.sum(0) + 0.5) / 5
    assert 1 / (1 + np.exp(-levels)) == pytest.approx(p)
    by_hand = np.log(np.where(states, p, 1 - p)).sum(axis=1).mean()
    assert independent_log_likelihood(levels, states) == pytest.approx(by_hand)
    mean, pairs, third = moments(states, np.array([[0, 1, 2]]))
    centred = states - states.mean(0)
    assert mean.tolist() == [0.25, 0.75, 0.5]
    assert pairs[1] == pytest.approx((centred[:, 0] * centred[:, 2]).mean())
    assert third[0] == pytest.approx(centred.prod(axis=1).mean())
    assert compared_triples(5, 0).tolist()[0] == [0, 1, 2]
    assert len(compared_triples(5, 0)) == 10
    many = compared_triples(100, 0)
    assert 9000 < len(many) <= 10_000
    assert (np.diff(many, axis=1) > 0).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"bin_s": 0.0},
        {"n_hidden": 0},
        {"n_updates": 0},
        {"held_out": 0.0},
        {"held_out": 0.019},
        {"held_out": 0.7},
        {"learning_rate": -1.0},
        {"triple_units": 2},
        {"watched_sweeps": 5},
        {"threads": 0},
        {"seed": -1},
    ],
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ConfigError):
        BoltzmannCouplings(**settings)
