"""Switching GLM: recovery, orientation, ablations, anatomy, held-out choice, decoding, odd inputs, messages."""

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.oracles import switching as oracle

from interplay import Events, Recording, Series
from interplay._core.errors import ConfigError, DataError
from interplay.data import Intervals
from interplay.infer import (
    METHODS,
    PlantedPoisson,
    PlantedSwitching,
    SwitchingFilter,
    SwitchingGLM,
    decode_states,
    distance_anatomy,
    match_states,
)
from interplay.infer.coupling_priors import NormalPrior, OneHotPrior
from interplay.infer.emissions import CountEmission
from interplay.infer.sequences import sample_runs
from interplay.infer.switching_decoding import model_of
from interplay.infer.switching_design import Design, decaying_basis, design, filtered_history, varying
from interplay.infer.switching_em import Expectation, Machine, Parameters
from interplay.infer.switching_fit import fit_states

PLANTED = PlantedSwitching(n_units=5, n_states=2, n_trials=2, trial_s=40.0, dwell_s=5.0)
RECIPE = {"states": 2, "link": "sigmoid", "bias": "shared", "restarts": 1}


@pytest.fixture(scope="module")
def recording():
    return PLANTED.simulate(1)


@pytest.fixture(scope="module")
def fitted(recording):
    return {prior: SwitchingGLM(**RECIPE, prior=prior).fit(recording) for prior in ("one-hot", "gaussian", "none")}


def error(found, planted=PLANTED, seed=1):
    match = match_states(planted.states(seed).ravel(), np.concatenate(found.path))
    off = ~np.eye(planted.n_units, dtype=bool)
    apart = found.weight[match.found] - planted.wiring(seed)[match.true]
    return match.accuracy, float(np.sqrt((apart[:, off] ** 2).mean()))


@pytest.mark.parametrize("prior", ["one-hot", "gaussian", "none"])
def test_states_and_couplings_are_found(fitted, prior):
    accuracy, apart = error(fitted[prior])
    assert accuracy > 0.95  # naming the more frequent state at all times scores below 0.7
    assert apart < 0.35  # all zeros score above 0.4
    assert fitted[prior].converged
    assert fitted[prior].pooled
    assert np.diff(fitted[prior].occupancy)[0] <= 0


def test_the_one_hot_prior_is_nearest_to_the_truth(fitted):
    assert error(fitted["one-hot"])[1] < min(error(fitted["gaussian"])[1], error(fitted["none"])[1])


@pytest.mark.parametrize("prior", ["gaussian", "none"])
def test_likelihood_does_not_fall(recording, prior):
    course = SwitchingGLM(**RECIPE, prior=prior, tolerance=1e-12, iterations=15).fit(recording).log_likelihood
    if prior == "none":
        assert (np.diff(course) > -1e-5 * np.abs(course[-1])).all()
    assert course[-1] > course[0]


def test_weights_run_from_source_to_target():
    rng = np.random.default_rng(0)
    x = np.zeros((4000, 2))
    for t in range(1, 4000):
        x[t] = rng.poisson([0.5, 0.1 + 0.8 * x[t - 1, 0]])
    time, unit = (np.repeat(v.ravel(), x.ravel().astype(int)) for v in np.indices(x.shape))
    events = Events.from_events(0.02 * (time + 0.5), unit, n_units=2, span=(0.0, 80.0))
    weight = SwitchingGLM(states=1, prior="none").fit(events).weight[0]
    assert weight[0, 1] > 0.5
    assert abs(weight[1, 0]) < 0.2


def test_history_is_the_definition():
    values = np.random.default_rng(0).poisson(1.0, (9, 2)).astype(float)
    found, expected = filtered_history(values, decaying_basis(3)), oracle.history(values, decaying_basis(3))
    assert np.isnan(found[:3]).all()
    np.testing.assert_allclose(found[3:], expected[3:], rtol=1e-12)
    np.testing.assert_allclose(decaying_basis(5), PLANTED.basis(), rtol=1e-12)


def test_window_networks_are_mixtures(recording, fitted):
    found = SwitchingGLM(**RECIPE, window_s=10.0).fit(recording)
    # The same fit, reported otherwise.
    np.testing.assert_array_equal(found.weight, fitted["one-hot"].weight)
    s = 3
    start, stop = found.snapshots.bounds[s]
    runs = sample_runs(recording, 0.02)
    inside = np.concatenate(
        [
            post[
                (first + 0.02 * np.arange(len(post)) > start - 1e-6)
                & (first + 0.02 * np.arange(len(post)) < stop - 1e-6)
            ]
            for post, first in zip(found.posterior, runs.start_s, strict=True)
        ]
    )
    expected = np.tensordot(inside.mean(axis=0), found.weight, axes=1)
    np.fill_diagonal(expected, 0.0)
    np.testing.assert_allclose(found.snapshots.matrix(s), expected, atol=1e-12)


@pytest.mark.slow
def test_order_of_trials_does_not_matter(recording):
    parts = [recording.window(k * 41.0, k * 41.0 + 40.5) for k in range(2)]
    # Starts differ, since stretches are numbered otherwise; the end does not.
    once, again = (
        SwitchingGLM(**RECIPE | {"prior": "gaussian", "tolerance": 1e-9}).fit(p) for p in (parts, parts[::-1])
    )
    np.testing.assert_allclose(once.weight, again.weight, atol=1e-3)
    assert len(once.posterior) == 2
    with pytest.raises(ConfigError, match="`window_s` must be left out for several recordings"):
        SwitchingGLM(window_s=5.0).fit(parts)


def test_anatomy_helps_and_forbids(recording):
    truth = PLANTED.wiring(1)
    there = (truth != 0).any(axis=0).astype(float)
    for prior in ("one-hot", "gaussian", "none"):
        found = SwitchingGLM(**RECIPE, prior=prior, anatomy=there, iterations=3).fit(recording)
        off = ~np.eye(5, dtype=bool) & (there == 0)
        assert (found.weight[:, off] == 0).all()
    assert error(SwitchingGLM(**RECIPE, anatomy=there).fit(recording))[1] < 0.2
    signs = np.zeros((5, 5, 3))
    signs[..., 1], signs[..., 2] = 0.5, 0.5
    found = SwitchingGLM(**RECIPE, anatomy=signs, iterations=3).fit(recording)
    assert (found.weight[:, ~np.eye(5, dtype=bool)] >= 0).all()


def test_dale_leans_to_the_sign_of_the_source():
    # A source that excites three targets clearly, and a fourth for which there is hardly any evidence.
    n = 5
    chance = np.full((2, n, n, 3), [0.05, 0.9, 0.05])
    chance[:, 1:4, 0] = [0.0, 0.0, 1.0]
    start = OneHotPrior(None, 2.0, True, np.full((n, n, 3), 1 / 3), 1.0, chance, np.ones((2, n, n)))
    learned = start.learn(np.zeros((2, n, n)))
    assert learned.types[4, 0, 2] > 3 * learned.types[4, 0, 0]
    assert learned.types[4, 1, 2] == pytest.approx(learned.types[4, 1, 0])


def test_held_out_likelihood_chooses_the_number_of_states():
    calls = []
    recording = PlantedSwitching(n_units=5, n_states=2, n_trials=2, trial_s=40.0, dwell_s=5.0, gain=3.0).simulate(1)
    found = SwitchingGLM(**RECIPE | {"states": (1, 2)}, folds=2, iterations=10).fit(
        recording, progress=lambda *seen: calls.append(seen)
    )
    assert found.n_states == 2
    assert found.tried_states.tolist() == [1, 2]
    assert found.held_out.shape == (2, 2)
    assert found.held_out[1].mean() > found.held_out[0].mean() > found.baselines["constant rate"].mean()
    np.testing.assert_allclose(found.baselines["one state"], found.held_out[0], rtol=1e-9)
    assert set(found.baselines) == {"constant rate", "one state", "rates only", "own history"}
    assert calls[-1][0] == calls[-1][1]


def test_held_out_constant_rate_is_the_poisson_score():
    x = np.random.default_rng(1).poisson(0.3, (1000, 2))
    time, unit = (np.repeat(v.ravel(), x.ravel()) for v in np.indices(x.shape))
    events = Events.from_events(0.02 * (time + 0.5), unit, n_units=2, span=(0.0, 20.0))
    found = SwitchingGLM(states=1, prior="none", folds=2, link="exp").fit(events)
    from scipy.stats import poisson

    halves = x[:500], x[500:]
    mean_spikes = x[5:].sum() / 2
    for fold, (test, train) in enumerate([halves, halves[::-1]]):
        test, train = (part[5:] if part is halves[0] else part for part in (test, train))
        expected = poisson.logpmf(test, train.mean(axis=0)).sum() / mean_spikes
        assert found.baselines["constant rate"][fold] == pytest.approx(expected, abs=1e-4)


def test_filter_equals_the_batch_forward_pass(recording, fitted):
    found = fitted["one-hot"]
    runs = sample_runs(recording, 0.02)
    batch = decode_states(found, recording)
    decoder = SwitchingFilter(result=found)
    for k in range(2):
        state, chances, likelihood = decoder.init(), [], 0.0
        for row in runs.values[k][:300]:
            state, out = decoder.step(state, row)
            chances.append(out.chance)
        np.testing.assert_allclose(chances, batch.filtered[k][:300], atol=1e-9)
        np.testing.assert_allclose(out.network, np.tensordot(out.chance, found.weight, axes=1))
        likelihood += state.log_likelihood
    for a, b in zip(batch.posterior, found.posterior, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)
    np.testing.assert_array_equal(np.concatenate(batch.path), np.concatenate(found.path))
    assert sum(part.nbytes for part in state[:2]) < 1000  # what is carried does not grow


def test_filter_expects_what_the_model_says(fitted):
    decoder = SwitchingFilter(result=fitted["none"])
    state = decoder.init()
    for _ in range(5):
        state, out = decoder.step(state, np.zeros(5))
        assert np.isnan(out.expected).all()
    before = state
    state, out = decoder.step(state, np.full(5, np.nan))
    ahead = np.exp(before.log_chance) @ fitted["none"].transition
    rate = 1e-8 + (1 - 1e-8) / (1 + np.exp(-fitted["none"].bias))
    np.testing.assert_allclose(out.expected, ahead @ rate, rtol=1e-9)
    np.testing.assert_allclose(out.chance, ahead, rtol=1e-9)  # a missing sample says nothing


def switching_traces(seed=0):
    rng = np.random.default_rng(seed)
    pull = np.array([[[0.5, 0.6], [0.0, 0.5]], [[0.5, 0.0], [-0.6, 0.5]]])
    path = np.repeat([0, 1, 0, 1], 500)
    x = np.zeros((2000, 2))
    for t in range(1, 2000):
        x[t] = pull[path[t]] @ x[t - 1] + 0.5 * rng.normal(size=2)
    return x, path


def test_traces_switch_too():
    x, path = switching_traces()
    found = SwitchingGLM(bin_s=None, states=2, lags=1, stickiness=10.0).fit(
        Recording(traces=Series.regular(5.0 + 3.0 * x, dt_s=0.1))
    )
    match = match_states(path, found.path[0])
    assert match.accuracy > 0.95
    by_truth = found.weight[match.found]
    assert by_truth[0, 1, 0] > 0.4  # onto unit 0 from unit 1
    assert by_truth[1, 0, 1] < -0.4
    assert abs(by_truth[0, 0, 1]) < 0.15
    assert found.noise_std is not None
    assert len(found.change_s) >= 3
    assert found.dwell_s.min() > 5.0


def test_missing_samples_are_carried_over_by_the_chain():
    x, path = switching_traces(1)
    x[700:720] = np.nan
    found = SwitchingGLM(bin_s=None, states=2, lags=1).fit(Recording(traces=Series.regular(x, dt_s=0.1)))
    assert any("incomplete" in note for note in found.notes)
    assert np.isfinite(found.weight).all()
    assert np.isfinite(found.posterior[0]).all()
    assert match_states(path, found.path[0]).accuracy > 0.9


def spikes(trains, stop=20.0):
    return Events.from_trains([np.asarray(t, dtype=float) for t in trains], span=(0.0, stop))


def test_silent_units_are_absent_not_zero():
    rng = np.random.default_rng(0)
    trains = [np.sort(rng.uniform(0, 20, 60)), [], np.sort(rng.uniform(0, 20, 60))]
    found = SwitchingGLM(restarts=1, window_s=10.0).fit(spikes(trains))
    assert found.present.tolist() == [True, False, True]
    assert np.isnan(found.weight[:, 1]).all()
    assert not found.snapshots.present[:, 1].any()
    assert any("1 of 3 units are silent" in note for note in found.notes)
    out = SwitchingFilter(result=found)
    assert np.isnan(out.step(out.init(), [1.0, 0.0, 0.0])[1].network[1]).all()


def test_twins_one_unit_one_spike_and_a_far_clock():
    rng = np.random.default_rng(0)
    train = np.sort(rng.uniform(0, 20, 80))
    for prior in ("one-hot", "gaussian", "none"):
        twins = SwitchingGLM(restarts=1, prior=prior).fit(spikes([train, train]))
        assert np.isfinite(twins.weight).all()
        lone = SwitchingGLM(restarts=1, prior=prior, iterations=20).fit(spikes([train]))
        assert lone.weight.shape == (2, 1, 1)
        assert len(lone.snapshots.weight) == 0
        single = SwitchingGLM(restarts=1, prior=prior, iterations=20).fit(spikes([train, [3.0]]))
        assert np.isfinite(single.weight).all()
    near = SwitchingGLM(restarts=1).fit(spikes([train, train[::2]]))
    events = spikes([train, train[::2]])
    far = Events(time=events.time + 2.0**20, unit=events.unit, n_units=2, span=(2.0**20, 2.0**20 + 20.0))
    np.testing.assert_allclose(SwitchingGLM(restarts=1).fit(far).weight, near.weight, atol=1e-9)


def test_more_units_than_samples_rest_on_the_prior():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(30, 40))
    data = Recording(traces=Series.regular(x, dt_s=0.1))
    found = SwitchingGLM(bin_s=None, restarts=1, iterations=10).fit(data)
    assert np.isfinite(found.weight).all()
    assert any("fewer samples than a unit has couplings" in note for note in found.notes)
    with pytest.raises(DataError, match="must hold at least 82 complete samples"):
        SwitchingGLM(bin_s=None, prior="none", ridge=0.0).fit(data)


def test_a_silent_fold_counts_and_the_order_of_numbers_does_not():
    rng = np.random.default_rng(7)
    trains = [np.sort(rng.uniform(0, 41, 250)) for _ in range(3)]
    trains = [t[(t < 20) | (t > 21)] for t in trains]
    pieces = Intervals.from_bounds([[0.0, 20.0], [21.0, 41.0], [42.0, 62.0]])
    data = Recording(events=Events.from_trains(trains, span=(0.0, 62.0)), observed=pieces)
    first, last = (SwitchingGLM(states=k, folds=3, restarts=1, iterations=2).fit(data) for k in ((1, 2), (2, 1)))
    assert np.isfinite(first.held_out).all()
    assert first.n_states == last.n_states
    np.testing.assert_allclose(first.held_out, last.held_out[::-1])
    # Expecting spikes where there are none costs as much as was expected.
    constant = first.baselines["constant rate"]
    expected = sum(map(len, trains)) / 2 / (sum(map(len, trains)) / 3)
    assert constant[2] == pytest.approx(-expected, rel=0.02)


def test_folds_that_cannot_be_fitted_or_judged_are_refused():
    x = np.random.default_rng(3).normal(size=(400, 3))
    for part in (slice(0, 200), slice(190, 400)):
        holed = x.copy()
        holed[part] = np.nan
        with pytest.raises(DataError, match="complete samples in each of 2 parts"):
            SwitchingGLM(bin_s=None, states=(2, 1), folds=2).fit(Recording(traces=Series.regular(holed, dt_s=0.05)))
    with pytest.raises(DataError, match="must hold a spike after the first `lags`"):
        SwitchingGLM(states=1, folds=2).fit(spikes([[0.01], [0.03]]))


def test_own_history_is_no_coupling():
    data = PlantedPoisson(
        n_units=2, density=0.0, refractory=3.0, dt_s=0.02, rate_hz=(10.0, 15.0), duration_s=60.0
    ).simulate(0)
    found = SwitchingGLM(states=1, prior="none", folds=2).fit(data)
    gain = {name: found.held_out.mean() - value.mean() for name, value in found.baselines.items()}
    assert gain["rates only"] == pytest.approx(gain["constant rate"])
    assert gain["rates only"] > 0.04  # refractoriness alone
    assert abs(gain["own history"]) < 0.01


def runaway(n=3):
    """Unit 1 never fires within five bins after unit 0, though the model would expect it to a few times."""
    rng = np.random.default_rng(1)
    x = (rng.random((6000, n)) < [0.01, 0.05, 0.05][:n]).astype(int)
    for t in np.flatnonzero(x[:, 0]):
        x[t + 1 : t + 6, 1] = 0
    time, unit = np.nonzero(x)
    return Events(time=0.02 * (time + 0.5), unit=unit, n_units=n, span=(0.0, 120.0))


def test_couplings_that_run_off_are_said():
    common = {"states": 1, "link": "exp"}
    stopped = SwitchingGLM(prior="none", ridge=1e-9, iterations=8, **common).fit(runaway())
    assert not stopped.converged
    assert any("had not settled after 8" in note for note in stopped.notes)
    settled = SwitchingGLM(prior="none", **common).fit(runaway())
    assert settled.converged
    assert settled.weight[0, 0, 1] < -8
    # It has stopped, not only the likelihood.
    further = SwitchingGLM(prior="none", tolerance=1e-13, iterations=300, **common).fit(runaway())
    assert settled.weight[0, 0, 1] == pytest.approx(further.weight[0, 0, 1], abs=0.5)
    assert any("1 couplings have run off" in note for note in settled.notes)
    assert SwitchingGLM(prior="gaussian", **common).fit(runaway()).notes == ()


def test_floors_and_ceilings_are_said():
    x = np.random.default_rng(2).normal(size=(300, 1))
    copied = np.column_stack([x, np.roll(x, 1)])  # the second follows the first without error
    found = SwitchingGLM(bin_s=None, states=1, prior="none", lags=1).fit(
        Recording(traces=Series.regular(copied, dt_s=0.1))
    )
    assert any("noise of 1 traces is held" in note for note in found.notes)
    laid = design(
        sample_runs(runaway(), 0.02), decaying_basis(5), units=np.arange(3), centre=np.zeros(3), scale=np.ones(3)
    )
    fitted = fit_states(
        SwitchingGLM(link="exp", states=1)._recipe(sample_runs(runaway(), 0.02), laid), laid, (1,), 0, None
    )
    high = replace(fitted, parameters=replace(fitted.parameters, bias=fitted.parameters.bias + 60.0))
    assert SwitchingGLM(link="exp")._extremes(laid, fitted) == []
    assert "rates are held at e^30" in SwitchingGLM(link="exp")._extremes(laid, high)[0]


def test_a_trace_that_varies_by_rounding_alone_is_absent():
    x = np.random.default_rng(2).normal(size=(200, 2))
    x[:, 1] = 0.1 + 1e-17 * np.arange(200)
    x[::3, 1] = np.nextafter(0.1, 1.0)
    found = SwitchingGLM(bin_s=None, states=1).fit(Recording(traces=Series.regular(x, dt_s=0.1)))
    assert found.present.tolist() == [True, False]
    x[:, 1] = 1e9 + np.arange(200) % 7
    assert SwitchingGLM(bin_s=None, states=1).fit(Recording(traces=Series.regular(x, dt_s=0.1))).present.all()


def test_chances_of_a_pair_move_to_what_its_states_show():
    start = np.full((3, 3, 3), [0.05, 0.9, 0.05])
    chance = np.full((2, 3, 3, 3), [0.0, 1.0, 0.0])
    chance[:, 1, 0] = [0.0, 0.0, 1.0]
    prior = OneHotPrior(start, 2.0, False, start, 1.0, chance, np.zeros((2, 3, 3)))
    learned = prior.learn(np.zeros((2, 3, 3))).types
    # Two states against a belief that counts for two.
    np.testing.assert_allclose(learned[1, 0], [0.025, 0.45, 0.525])
    np.testing.assert_allclose(learned[0, 1], [0.025, 0.95, 0.025])


def test_an_edge_of_both_states_corrects_a_wrong_anatomy(recording):
    truth = PLANTED.wiring(1)
    shared = (truth > 0).all(axis=0) & ~np.eye(5, dtype=bool)
    assert shared.any()
    wrong = np.where(shared, 0.05, 0.5)
    found = SwitchingGLM(**RECIPE, anatomy=wrong, iterations=20).fit(recording)
    # Two states against a belief that counts for two; it stays at 0.025 where nothing is learned.
    assert (found.anatomy[shared][:, 2] > 0.2).all()


def test_the_size_of_couplings_is_learned():
    chance = np.full((2, 3, 3, 3), [0.0, 0.5, 0.5])
    prior = OneHotPrior(None, 2.0, False, chance[0], 1.0, chance, np.full((2, 3, 3), 8.0))
    # 18 couplings, half there, squares of 8, and one pseudo-coupling of size 1.
    assert prior.learn(np.zeros((2, 3, 3))).size == pytest.approx(np.sqrt((18 * 8 + 1) / (9 + 1)))


def test_the_gaussian_mean_is_learned():
    weight = np.random.default_rng(0).normal(size=(4, 3, 3))
    prior = NormalPrior(np.ones((3, 3), dtype=bool), 9.0, np.zeros((3, 3)), True)
    np.testing.assert_allclose(prior.learn(weight).mean, weight.mean(axis=0))
    assert replace(prior, learned=False).learn(weight).mean.max() == 0.0


def test_the_gaussian_prior_draws_to_the_mean_of_all_states(fitted):
    found = fitted["gaussian"]
    np.testing.assert_allclose(found.anatomy, found.weight.mean(axis=0), atol=1e-12)
    assert np.abs(found.anatomy).max() > 0.3


def test_stickiness_adds_moves_to_oneself():
    expected = Expectation(np.full((10, 2), 0.5), np.array([[3.0, 1.0], [2.0, 4.0]]), 0.0)
    data = Design(
        np.zeros((10, 1)),
        np.zeros((10, 1)),
        np.ones(10, dtype=bool),
        np.array([0, 10]),
        np.arange(1),
        np.zeros(1),
        np.ones(1),
    )
    _, moves = Machine(CountEmission(0), False, 6.0, 1, 1e-6)._chain(data, expected)
    np.testing.assert_allclose(moves, [[9.5 / 11, 1.5 / 11], [2.5 / 13, 10.5 / 13]])


@pytest.mark.parametrize("good", [True, False])
def test_a_step_that_overshoots_is_halved_or_not_taken(good):
    rng = np.random.default_rng(4)
    x, h = rng.poisson(1.0, (200, 2)).astype(float), rng.uniform(0, 1, (200, 2))
    data = Design(x, h, np.ones(200, dtype=bool), np.array([0, 200]), np.arange(2), np.zeros(2), np.ones(2))
    machine, prior = (
        Machine(CountEmission(0), False, 0.0, 1, 1e-6),
        NormalPrior(np.ones((2, 2), bool), 0.1, np.zeros((2, 2)), False),
    )
    at = Parameters(np.zeros((1, 2, 2)), np.zeros((1, 2)), np.ones(2), np.ones(1), np.ones((1, 1)))
    share = np.ones((200, 1))
    before, quadratic = machine._quadratic(data, at, share)
    weight, bias, _ = prior.step(quadratic, at.weight, at.bias, shared_bias=False)
    # Five times too far, or backwards: then no length is good.
    far = 5.0 if good else -5.0
    moved = replace(at, weight=far * weight, bias=far * bias)
    found = machine._held(data, at, moved, share, before, prior, 1.0)
    value = machine.emission.expected(x, h @ found.weight[0].T + found.bias[0], share[:, 0], at.noise)
    value = value - prior.penalty(found.weight)
    if good:
        assert (value > before).all()
        assert np.abs(found.weight).max() < np.abs(moved.weight).max()
    else:
        assert np.abs(found.weight).max() == np.abs(found.bias).max() == 0.0


@pytest.mark.parametrize(
    ("data", "settings", "message"),
    [
        (lambda: spikes([[], []]), {}, "must hold a unit whose activity varies"),
        (lambda: spikes([[0.01]], stop=0.1), {}, "must hold a run of at least 7 samples"),
        (lambda: Recording(traces=Series.regular(np.ones((50, 2)), dt_s=0.1)), {"bin_s": None}, "activity varies"),
        (lambda: Recording(traces=Series.regular(np.ones((50, 2)), dt_s=0.1)), {}, "must hold spikes"),
        (lambda: spikes([[1.0, 2.0], [3.0]]), {"anatomy": np.ones((3, 3))}, "`anatomy` must be of the 2 units"),
        (lambda: [], {}, "at least one recording"),
    ],
)
def test_what_cannot_be_fitted_says_so(data, settings, message):
    with pytest.raises(DataError, match=message):
        SwitchingGLM(**settings).fit(data())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"states": 0}, "`states`"),
        ({"states": ()}, "`states` must be a number"),
        ({"states": (2.7, 3), "folds": 2}, "`states`"),
        ({"states": "3"}, "`states`"),
        ({"states": np.array([2.5, 3.0]), "folds": 2}, "`states`"),
        ({"anatomy": "abc"}, "`anatomy` must be an array of probabilities"),
        ({"anatomy": [[0.0, 1.0], [1.0]]}, "`anatomy` must be an array of probabilities"),
        ({"states": (2, 3)}, "`folds` must be at least 2"),
        ({"folds": 1}, "`folds` must be 0 or at least 2"),
        ({"prior": "laplace"}, "`prior`"),
        ({"link": "log"}, "`link`"),
        ({"bias": "none"}, "`bias`"),
        ({"dale": True, "prior": "none"}, "`dale` needs"),
        ({"bin_s": 0.0}, "`bin_s`"),
        ({"lags": 0}, "`lags`"),
        ({"anatomy": np.full((2, 2), 2.0)}, "must hold probabilities"),
        ({"anatomy": np.full((2, 2, 3), 0.5)}, "must sum to 1"),
        ({"anatomy": np.ones((2, 3))}, "must have shape"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        SwitchingGLM(**settings)


def test_decoding_refuses_other_units_and_steps(fitted):
    with pytest.raises(DataError, match="must have the 5 units of the fit"):
        decode_states(fitted["none"], spikes([[1.0]]))
    x, _ = switching_traces()
    found = SwitchingGLM(bin_s=None, restarts=1, iterations=3).fit(Recording(traces=Series.regular(x, dt_s=0.1)))
    with pytest.raises(DataError, match="must have the step of the fit"):
        decode_states(found, Recording(traces=Series.regular(x, dt_s=0.2)))


def test_epochs_are_runs(recording):
    found = SwitchingGLM(**RECIPE, epochs="trial", iterations=3).fit(recording)
    assert [len(part) for part in found.posterior] == [2000, 2000]
    assert found.run_start_s.tolist() == [0.0, 41.0]


def test_likelihood_is_the_sum_over_paths():
    rng = np.random.default_rng(5)
    train = [np.sort(rng.uniform(0, 20, 60)) for _ in range(2)]
    found = SwitchingGLM(restarts=1, iterations=4, lags=2).fit(spikes(train))
    _, at = model_of(found)
    piece = spikes([t[t < 0.2] for t in train], stop=0.2)
    runs = sample_runs(piece, 0.02)
    units = varying(sample_runs(spikes(train), 0.02))
    x = runs.values[0]
    rows = []
    for t, h in enumerate(oracle.history(x.tolist(), found.basis.tolist())):
        rows.append([0.0, 0.0])
        if h is None:
            continue
        for s in range(2):
            for i in range(2):
                u = found.bias[s, i] + sum(found.weight[s, j, i] * h[j] for j in range(2))
                rows[-1][s] += oracle.count_log_density(x[t, i], u, "softplus")
    total, posterior, _, best = oracle.smoothed(rows, np.log(found.initial).tolist(), np.log(found.transition).tolist())
    decoded = decode_states(found, piece)
    factorials = sum(math.lgamma(count + 1) for count in x[2:].ravel())
    assert decoded.log_likelihood == pytest.approx(total - factorials, abs=1e-9)
    np.testing.assert_allclose(decoded.posterior[0], posterior, atol=1e-9)
    assert decoded.path[0].tolist() == list(best)
    assert design(runs, found.basis, units=units, centre=np.zeros(2), scale=np.ones(2)).n_known == len(x) - 2
    assert at.weight.shape == (2, 2, 2)


def test_matching_of_states():
    match = match_states([0, 0, 1, 1, 2, 2], [1, 1, 0, 0, 0, 3])
    assert match.accuracy == pytest.approx(5 / 6)
    assert dict(zip(match.true.tolist(), match.found.tolist(), strict=True)) == {0: 1, 1: 0, 2: 3}
    assert match.constant == pytest.approx(1 / 3)
    # Two states each, yet only one pair of them ever meets.
    assert match_states([0, 0, 1], [0, 0, 0]).true.tolist() == [0]
    with pytest.raises(DataError, match="states from 0 on"):
        match_states([0, -1], [0, 0])


def test_distance_anatomy():
    place = np.array([0.0, 1.0, 3.0])
    found = distance_anatomy(np.abs(place[:, None] - place), peak=0.5, length=2.0)
    assert found[0, 2] == pytest.approx(0.5 * np.exp(-1.5))
    assert np.diagonal(found).tolist() == [0, 0, 0]
    SwitchingGLM(anatomy=found)
    with pytest.raises(DataError, match="must be >= 0"):
        distance_anatomy([[0.0, -1.0], [1.0, 0.0]], length=1.0)


def test_it_is_registered():
    assert METHODS["switching"] is SwitchingGLM
