"""CircuitFit: what it finds of known circuits, signs, windows, gaps, silence, uncertainty, messages."""

import numpy as np
import pytest
from tests.oracles import circuit_fit as oracle

from interplay import Events, Intervals, Recording, Series
from interplay._core.errors import ConfigError, DataError
from interplay.circuits import Activation, CircuitFit, RateCircuit, simulate_spikes
from interplay.circuits.fit_samples import steps_of
from interplay.data import Units

PAIR = np.array([[0.3, -0.5], [0.6, -0.2]])


def spiking(w=PAIR, drive=(12.0, 8.0), duration_s=400.0, tau=0.05, seed=0):
    return simulate_spikes(RateCircuit(w, "relu", tau), list(drive), duration_s=duration_s, seed=seed)


def traced(w, drive, phi=np.tanh, tau=0.1, dt_s=0.02, n=2500, noise=0.5, seed=0):
    """Trace with exact small steps: noise moves the rates, phi's mean obeys the equation."""
    rng = np.random.default_rng(seed)
    fine, x, kept = 20, np.zeros(len(w)), []
    h = dt_s / fine
    for k in range(n * fine):
        if k % fine == 0:
            kept.append(x.copy())
        x = x + h / tau * (phi(w @ x + drive) - x) + noise * np.sqrt(2 * h / tau) * rng.normal(size=len(w))
    return Recording(traces=Series.regular(np.array(kept), dt_s=dt_s))


@pytest.fixture(scope="module")
def pair():
    return CircuitFit(window_s=400.0, step_s=400.0, bin_s=0.01, seed=1).fit(spiking())


def test_weights_signs_and_drive_of_spikes_are_found(pair):
    assert pair.sign.tolist() == [1, -1]
    assert (pair.sign_evidence > 10).all()
    np.testing.assert_allclose(pair.weights[0], PAIR, atol=0.08)
    np.testing.assert_allclose(pair.drive[0], [12.0, 8.0], atol=1.0)
    assert ((pair.low <= PAIR) & (pair.high >= PAIR)).all()
    assert (pair.high - pair.low < 0.3).all()
    assert pair.score["circuit"][0] > pair.score["own past"][0] > pair.score["constant rate"][0]
    circuit = pair.circuit(0)
    assert circuit.dale
    np.testing.assert_array_equal(circuit.weights, pair.weights[0])


@pytest.mark.parametrize(("phi", "call"), [("tanh", np.tanh), ("identity", lambda z: z)])
def test_weights_of_traces_are_found_for_smooth_and_straight_activations(phi, call):
    w, drive = np.array([[0.4, -0.9, 0.0], [0.8, 0.0, -0.5], [0.0, 0.7, 0.2]]), np.array([0.3, 0.2, -0.1])
    fit = CircuitFit(phi=phi, tau_s=0.1, window_s=50.0, step_s=50.0, sign="free", draws=60)
    found = fit.fit(traced(w, drive, call))
    np.testing.assert_allclose(found.weights[0], w, atol=0.15)
    np.testing.assert_allclose(found.drive[0], drive, atol=0.12)
    assert ((found.low <= w) & (found.high >= w)).mean() > 0.7
    assert found.signal == "traces"
    assert found.sign.tolist() == [0, 0, 0]


def test_a_recording_without_coupling_foresees_no_more_than_a_constant():
    rng = np.random.default_rng(3)
    trains = [np.sort(rng.uniform(0, 240, size=900)) for _ in range(6)]
    found = CircuitFit(tau_s=0.05, window_s=60.0, step_s=60.0).fit(
        Recording(events=Events.from_trains(trains, span=(0.0, 240.0)))
    )
    assert (found.score["circuit"] < 0.001).all()
    assert ((found.low <= 0) & (found.high >= 0)).mean() > 0.9
    assert np.abs(found.weights).max() < 0.3


def test_held_out_score_is_that_of_fits_to_the_other_blocks():
    # The score takes one step from the fit to all blocks; here the other blocks are fitted afresh.
    recording, blocks = spiking(duration_s=80.0), 16
    config = CircuitFit(window_s=80.0, step_s=80.0, block_s=5.0, sign="free", draws=0, penalty=0.0)
    score = config.fit(recording).score["circuit"][0]
    steps = steps_of(recording, np.arange(2), "spikes", tau_s=0.05, bin_s=None, bounds=None, window_s=80.0, step_s=80.0)
    assert steps.high[0] == len(steps.target)
    kept = np.column_stack([steps.state, np.ones(len(steps.state))])
    owner = np.repeat(np.arange(blocks) % 4, np.diff(np.rint(np.linspace(0, len(kept), blocks + 1)).astype(int)))

    def newton(x, y):
        w = np.array([0.0, 0.0, y.mean()])
        for _ in range(40):
            z = x @ w
            on = z > 0
            w = w + np.linalg.solve(x[on].T @ x[on] + 1e-9 * x.T @ x, x.T @ (y - np.maximum(z, 0)))
        return w

    x = kept.copy()
    x[:, :2] += steps.moved[:, None] * np.maximum(np.column_stack([kept @ newton(kept, y) for y in steps.target.T]), 0)
    ratio = []
    for y in steps.target.T:
        tests = [owner == f for f in range(4)]
        error = sum(((np.maximum(x[t] @ newton(x[~t], y[~t]), 0) - y[t]) ** 2).sum() for t in tests)
        ratio.append(1 - error / ((y - y.mean()) ** 2).sum())
    assert score == pytest.approx(np.mean(ratio), abs=2e-4)


def test_held_out_score_is_that_of_fits_to_the_other_blocks_paired():
    # The score takes one step from the fit to all blocks; here the other blocks are fitted afresh.
    recording, blocks = spiking(duration_s=80.0), 16
    config = CircuitFit(pairing="spikes", window_s=80.0, step_s=80.0, block_s=5.0, sign="free", draws=0, penalty=0.0)
    score = config.fit(recording).score["circuit"][0]
    steps = steps_of(
        recording, np.arange(2), "spikes", tau_s=0.05, bin_s=None, bounds=None, window_s=80.0, step_s=80.0, paired=True
    )
    assert steps.high[0] == len(steps.target)
    x = np.column_stack([steps.state, np.ones(len(steps.state))])
    edges = np.rint(np.linspace(0, len(x), blocks + 1)).astype(int)
    cross, owner = steps.crosses(edges), np.repeat(np.arange(blocks) % 4, np.diff(edges))

    def newton(fold, i):
        here, wanted = x[owner != fold], cross[np.arange(blocks) % 4 != fold, i].sum(axis=0)
        w = np.array([0.0, 0.0, steps.target[:, i].mean()])
        for _ in range(40):
            z = here @ w
            on = here[z > 0]
            w = w + np.linalg.solve(on.T @ on + 1e-9 * x.T @ x, wanted - here.T @ np.maximum(z, 0))
        return w

    error = np.zeros(2)
    for fold in range(4):
        w = np.array([newton(fold, i) for i in range(2)])
        start = x[owner == fold]
        # Rates move from their start toward what they are driven to; their mean over the step drives the count.
        mean = start.copy()
        mean[:, :2] += steps.moved[owner == fold, None] * (np.maximum(start @ w.T, 0) - start[:, :2])
        error += ((np.maximum(mean @ w.T, 0) - steps.target[owner == fold]) ** 2).sum(axis=0)
    total = ((steps.target - steps.target.mean(axis=0)) ** 2).sum(axis=0)
    assert score == pytest.approx(np.mean(1 - error / total), abs=2e-4)


def test_signs_given_free_and_estimated():
    recording = spiking(duration_s=60.0)
    wrong = Recording(events=recording.events, units=Units(n=2, sign=np.array([-1, 0])))
    given = CircuitFit(sign="given", window_s=60.0, draws=0).fit(wrong)
    assert (given.weights[0, :, 0] <= 0).all()
    assert (given.weights[0, :, 1] < 0).any()
    assert given.sign.tolist() == [-1, 0]
    assert given.sign_source == "given"
    estimated = CircuitFit(window_s=60.0, draws=0).fit(wrong)
    assert estimated.sign.tolist() == [1, -1]
    assert np.isnan(CircuitFit(sign="free", window_s=60.0, draws=0).fit(wrong).low).all()


def test_order_of_units_time_origin_and_threads_change_nothing():
    w = np.array([[0.2, -0.5, 0.1], [0.4, 0.0, 0.2], [0.3, -0.4, 0.0]])
    recording = spiking(w, (12.0, 8.0, 9.0), duration_s=120.0)
    config = CircuitFit(window_s=30.0, step_s=30.0, draws=20)
    one = config.fit(recording)
    order = [2, 0, 1]
    turned = config.fit(recording, units=order)
    np.testing.assert_allclose(turned.weights, one.weights[:, order][:, :, order], atol=1e-6)
    assert turned.units.tolist() == order
    np.testing.assert_allclose(config.fit(recording.shift(1000.0)).weights, one.weights, atol=1e-6)
    threads = config.fit(recording, jobs=3)
    for name in ("weights", "low", "high", "drive", "draws"):
        np.testing.assert_array_equal(getattr(one, name), getattr(threads, name))
    assert np.abs(CircuitFit(window_s=30.0, step_s=30.0, draws=20, seed=1).fit(recording).low - one.low).max() > 0


def test_states_and_targets_of_spikes_are_sums_over_spikes_and_do_not_cross_gaps():
    trains = [[0.11, 0.25, 0.26, 1.5], [0.3, 0.31, 1.42]]
    observed = Intervals.from_bounds([[0.0, 0.6], [1.4, 2.0]])
    recording = Recording(events=Events.from_trains(trains, span=(0.0, 2.0)), observed=observed)
    tau, width = 0.1, 0.05
    got = steps_of(
        recording, np.arange(2), "spikes", tau_s=tau, bin_s=width, bounds=((0.1, 0.5), (1.4, 2.0)), window_s=1, step_s=1
    )
    assert got.high.tolist() == [10, 24]
    assert got.low.tolist() == [2, 12]
    factor = (1 - np.exp(-width / tau)) * tau / width
    for t, x, y in zip(got.time, got.state, got.target, strict=True):
        for i, train in enumerate(trains):
            here = [s for s in train if (s < 1) == (t < 1)]
            assert x[i] == pytest.approx(factor * oracle.filtered(here, t - 1e-9, tau), abs=1e-5)
            assert y[i] == pytest.approx(oracle.count(train, t - 1e-9, t + width - 1e-9) / width)


def test_states_and_targets_of_spikes_are_sums_over_spikes_and_do_not_cross_gaps_paired():
    trains = [[0.11, 0.25, 0.26, 1.5], [0.3, 0.31, 1.42]]
    observed = Intervals.from_bounds([[0.0, 0.6], [1.4, 2.0]])
    recording = Recording(events=Events.from_trains(trains, span=(0.0, 2.0)), observed=observed)
    tau, width = 0.1, 0.05
    got = steps_of(
        recording,
        np.arange(2),
        "spikes",
        tau_s=tau,
        bin_s=width,
        bounds=((0.1, 0.5), (1.4, 2.0)),
        window_s=1,
        step_s=1,
        paired=True,
    )
    assert got.high.tolist() == [10, 24]
    assert got.low.tolist() == [2, 12]
    for t, x, y in zip(got.time, got.state, got.target, strict=True):
        for i, train in enumerate(trains):
            here = [s for s in train if (s < 1) == (t < 1)]
            assert x[i] == pytest.approx(oracle.filtered(here, t - 1e-9, tau), abs=1e-5)
            assert y[i] == pytest.approx(oracle.count(train, t - 1e-9, t + width - 1e-9) / width)


def test_every_spike_is_paired_with_what_it_finds_and_not_with_the_start_of_its_step():
    # Blocks in two observed intervals; spikes of one moment do not hear each other.
    trains = [[0.02, 0.11, 0.25, 0.26, 0.31, 1.5], [0.03, 0.26, 0.3, 0.31, 1.42], [0.31, 0.32, 1.43]]
    observed = Intervals.from_bounds([[0.0, 0.6], [1.4, 2.0]])
    recording = Recording(events=Events.from_trains(trains, span=(0.0, 2.0)), observed=observed)
    tau, width = 0.1, 0.05
    steps = steps_of(
        recording,
        np.arange(3),
        "spikes",
        tau_s=tau,
        bin_s=width,
        bounds=((0.0, 0.6), (1.4, 2.0)),
        window_s=1,
        step_s=1,
        paired=True,
    )
    got = steps.crosses(np.array([2, 6, 10, 12, 24]))
    for block, (start, stop) in zip(got, ((0.1, 0.3), (0.3, 0.5), (0.5, 0.6), (1.4, 2.0)), strict=True):
        for i, train in enumerate(trains):
            mine = [t for t in train if start - 1e-9 <= t < stop - 1e-9]
            for j, other in enumerate(trains):
                found = sum(oracle.filtered([s for s in other if (s < 1) == (t < 1)], t, tau) for t in mine)
                assert block[i, j] * width == pytest.approx(found, abs=1e-12)
            assert block[i, 3] * width == pytest.approx(len(mine))


@pytest.mark.parametrize("bin_s", [0.05 / 3, 0.05])
def test_long_bins_do_not_shrink_the_weights_of_a_strong_circuit_paired(bin_s):
    w = np.array([[0.0, -1.2, 0.0], [0.9, 0.0, 0.0], [0.8, -0.9, 0.0]])
    found = CircuitFit(pairing="spikes", window_s=600.0, step_s=600.0, bin_s=bin_s, draws=0).fit(
        spiking(w, (14.0, 6.0, 8.0), 600.0)
    )
    slope = (found.weights[0] * w).sum() / (w * w).sum()
    assert slope == pytest.approx(1.0, abs=0.04)


def test_weights_are_read_as_row_from_column():
    chain = np.array([[0.0, 0.0, 0.0], [0.8, 0.0, 0.0], [0.0, 0.7, 0.0]])  # 0 -> 1 -> 2
    spikes = CircuitFit(window_s=120.0, draws=0).fit(spiking(chain, (10.0, 4.0, 4.0), 120.0)).weights[0]
    traces = CircuitFit(phi="identity", tau_s=0.1, window_s=50.0, sign="free", draws=0)
    for weights in (spikes, traces.fit(traced(chain, np.zeros(3), lambda z: z)).weights[0]):
        assert weights[1, 0] > 0.5
        assert weights[2, 1] > 0.5
        assert np.abs(weights[chain == 0]).max() < 0.25


def test_steps_of_traces_leave_out_missing_samples_and_gaps():
    time = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 1.0, 1.1, 1.2])
    values = np.arange(16.0).reshape(8, 2)
    values[2, 1] = np.nan
    recording = Recording(traces=Series(time=time, values=values))
    got = steps_of(
        recording, np.arange(2), "traces", tau_s=0.2, bin_s=None, bounds=((0.0, 0.5), (1.0, 1.3)), window_s=1, step_s=1
    )
    assert got.time.tolist() == [0.0, 0.3, 1.0, 1.1]
    assert (got.low.tolist(), got.high.tolist()) == ([0, 2], [2, 4])
    assert "2 of 6 steps were left out" in got.notes[0]
    a = np.exp(-0.5)
    np.testing.assert_allclose(got.target[0], (values[1] - a * values[0]) / (1 - a))
    # A rate that is driven to v moves along v + (x - v) exp(-t / tau); what counts of it is its weighted mean.
    t = np.linspace(0, 0.1, 20001)
    weight = np.exp(-(0.1 - t) / 0.2)
    kept = (weight * np.exp(-t / 0.2)).sum() / weight.sum()
    np.testing.assert_allclose(got.state, kept * values[[0, 3, 5, 6]], rtol=1e-3)
    np.testing.assert_allclose(got.moved, 1 - kept, rtol=1e-3)


def test_silent_units_have_no_weights_and_are_said():
    trains = [*spiking(duration_s=60.0).events.trains(), []]
    recording = Recording(events=Events.from_trains(trains, span=(0.0, 60.0)))
    found = CircuitFit(window_s=30.0, step_s=30.0, draws=10).fit(recording)
    assert found.present.tolist() == [[True, True, False]] * 2
    assert not found.weights[:, 2].any()
    assert not found.weights[:, :, 2].any()
    assert found.sign[2] == 0
    assert np.isnan(found.low[:, 2]).all()
    assert np.isfinite(found.low[:, :2, :2]).all()
    assert "1 of 3 units are silent or constant in at least one window (the first: unit '2')" in found.notes[0]
    np.testing.assert_allclose(
        found.weights[:, :2, :2], CircuitFit(window_s=30.0, step_s=30.0, draws=0).fit(recording, units=[0, 1]).weights
    )


def test_few_spikes_are_said():
    trains = [np.linspace(0.1, 59, 400), np.linspace(0.4, 58, 5)]
    found = CircuitFit(window_s=60.0).fit(Recording(events=Events.from_trains(trains, span=(0.0, 60.0))))
    assert "In 1 of 2 cases a unit has fewer than 6 spikes in a window" in " ".join(found.notes)
    assert np.isfinite(found.weights).all()


def test_messages():
    recording = spiking(duration_s=60.0)
    with pytest.raises(DataError, match=r"at least 8 blocks: window 0, \[0, 1\) s, holds 4"):
        CircuitFit(window_s=1.0, step_s=1.0).fit(recording)
    with pytest.raises(DataError, match=r"at least 2 \(N \+ 1\) = 6 usable steps for 2 units: window 0"):
        CircuitFit(window_s=0.05, step_s=1.0, block_s=0.001).fit(recording)
    with pytest.raises(DataError, match="`bounds` must lie inside observed time"):
        CircuitFit(bounds=[(50.0, 70.0)]).fit(recording)
    with pytest.raises(DataError, match=r"mean rates must lie in \[0, 1\], the range of `phi`='logistic'"):
        CircuitFit(phi="logistic").fit(recording)
    with pytest.raises(DataError, match="needs a sign in the units table"):
        CircuitFit(sign="given").fit(Recording(events=recording.events))
    with pytest.raises(DataError, match="must hold traces for `signal`='traces'"):
        CircuitFit(signal="traces").fit(recording)
    with pytest.raises(DataError, match="must name at least one unit, each once"):
        CircuitFit().fit(recording, units=[1, 1])
    with pytest.raises(ConfigError, match=r"`bin_s` must not exceed `tau_s`=0\.05 s"):
        CircuitFit(bin_s=0.2).fit(recording)
    traces = Recording(traces=Series.regular(np.zeros((900, 2)), dt_s=0.1))
    with pytest.raises(ConfigError, match=r"`tau_s` must be at least the step between samples, 0\.1 s"):
        CircuitFit().fit(traces)
    with pytest.raises(ConfigError, match="Unknown sign 'guess'"):
        CircuitFit(sign="guess")
    with pytest.raises(ConfigError, match="`draws` must be a whole number"):
        CircuitFit(draws=1.5)
    with pytest.raises(DataError, match=r"`s` must lie in \[0, 1\)"):
        CircuitFit(draws=0).fit(recording).circuit(1)


def test_activation_with_parameters_comes_back():
    phi = Activation("threshold_linear", (2.0, 1.0))
    found = CircuitFit(phi=phi, window_s=60.0, draws=0).fit(spiking(duration_s=60.0))
    assert found.circuit(0).activations[0] == phi
    # Half the weight, for twice the gain.
    plain = CircuitFit(window_s=60.0, draws=0).fit(spiking(duration_s=60.0))
    np.testing.assert_allclose(2 * found.weights, plain.weights, atol=0.02)
