"""Planted recordings: what is planted is what is written down, and every number hangs on its event."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import poisson

from interplay._core.errors import ConfigError, NumericalError
from interplay.infer import PLANTED, PlantedIsing, PlantedPoisson, PlantedSwitching, PlantedVAR
from interplay.infer.samples import count_bins
from interplay.ops.coupled_counts import LINKS, run_counts

SHORT = {
    "ising": PlantedIsing(duration_s=20.0),
    "poisson": PlantedPoisson(duration_s=20.0),
    "switching": PlantedSwitching(n_trials=3, trial_s=20.0, dwell_s=4.0),
    "var": PlantedVAR(duration_s=20.0),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_recordings_know_their_network(name):
    config = SHORT[name]
    assert type(config) is PLANTED[name]
    recording = config.simulate(3)
    assert recording.digest == config.simulate(3).digest
    assert recording.digest != config.simulate(4).digest
    assert recording.truth.n_nodes == recording.n_units == config.n_units
    weights = recording.truth.matrix(0)
    assert (weights > 0).any()
    assert (weights < 0).any()
    assert not np.diag(weights).any()
    assert "Simulated" in recording.meta["session_description"]


@pytest.mark.parametrize("name", PLANTED)
def test_the_state_of_numpy_is_left_alone(name):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    SHORT[name].simulate(0)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_truth_is_the_wiring_that_was_drawn():
    assert np.array_equal(SHORT["ising"].simulate(1).truth.matrix(0), SHORT["ising"].wiring(1))
    assert not SHORT["ising"].simulate(1).truth.directed
    poisson = SHORT["poisson"].wiring(1)
    assert (np.diag(poisson) == -2.0).all()
    np.fill_diagonal(poisson, 0.0)
    assert np.array_equal(SHORT["poisson"].simulate(1).truth.matrix(0), poisson)
    var = SHORT["var"].coefficients(1).sum(axis=0)
    np.fill_diagonal(var, 0.0)
    assert np.array_equal(SHORT["var"].simulate(1).truth.matrix(0), var)


@pytest.mark.parametrize("config", [PlantedPoisson(), PlantedIsing(dynamics="kinetic")])
def test_a_unit_has_one_sign(config):
    weight = config.wiring(2)
    np.fill_diagonal(weight, 0.0)
    for row in weight:
        assert len(set(np.sign(row[row != 0]))) <= 1


def test_one_edge_drives_in_the_right_direction():
    config = PlantedPoisson(n_units=2, density=0.5, excitatory=1.0, strength=(3.0, 3.0), refractory=0.0)
    seed = next(k for k in range(50) if config.wiring(k).tolist() == [[0.0, 3.0], [0.0, 0.0]])
    counts = count_bins(config.simulate(seed).events, 0.0, config.dt_s, 60_000)
    assert counts[1:, 1][counts[:-1, 0] > 0].mean() > 2 * counts[:, 1].mean()
    assert counts[1:, 0][counts[:-1, 1] > 0].mean() < 1.3 * counts[:, 0].mean()


def test_runaway_excitation_is_an_error():
    config = PlantedPoisson(n_units=2, density=1.0, excitatory=1.0, strength=(9.0, 9.0), duration_s=20.0)
    with pytest.raises(NumericalError, match="without bound"):
        config.simulate(0)


def test_var_follows_its_coefficients():
    config = PlantedVAR(duration_s=1500.0, n_units=6, density=0.4)
    x, parts = config.simulate(5).traces.values, config.coefficients(5)
    design = np.concatenate([x[1:-1], x[:-2]], axis=1)
    found = np.linalg.lstsq(design, x[2:], rcond=None)[0].reshape(2, 6, 6)
    # Standard errors are below 0.01 at 30,000 samples of unit noise: six of them over 72 coefficients.
    assert np.abs(found - parts).max() < 0.06
    assert np.abs(x[2:] - design @ found.reshape(12, 6)).std() < 1.0


def test_var_is_stable_even_where_weights_are_large():
    values = PlantedVAR(duration_s=50.0, strength=(2.0, 3.0), density=0.8, common=0.5).simulate(0).traces.values
    assert np.abs(values).max() < 1e3


def test_switching_writes_down_every_stay():
    config = SHORT["switching"]
    recording, path = config.simulate(2), config.states(2)
    weights = config.wiring(2)
    assert len(recording.observed) == len(recording.epochs["trial"]) == 3
    state = recording.epochs["state"]
    assert len(state) == len(recording.truth) > 3
    for s, (start, stop) in enumerate(recording.truth.bounds):
        trial = int(start // 21.0)
        low, high = (round((t - 21.0 * trial) / 0.02) for t in (start, stop))
        assert len(set(path[trial, low:high])) == 1
        k = int(path[trial, low])
        assert state.label[s] == f"state {k}"
        assert np.array_equal(recording.truth.matrix(s), weights[k])
    assert state.total == pytest.approx(60.0)


def test_switching_draws_from_the_anatomy():
    config = PlantedSwitching(n_units=30, n_states=8)
    anatomy, weights = config.anatomy(1), config.wiring(1)
    assert np.allclose(anatomy.sum(axis=2), 1.0)
    off = ~np.eye(30, dtype=bool)
    assert anatomy[off].mean(axis=0) == pytest.approx([0.1, 0.8, 0.1], abs=0.04)
    sure = anatomy[..., 2] > 0.999
    assert (weights[:, sure] > 0).all()
    assert (weights[:, anatomy[..., 1] > 1 - 1e-9] == 0).mean() > 0.999
    assert (np.diff(PlantedSwitching(dwell_s=0.2, n_trials=1).states(0)[0]) != 0).mean() == pytest.approx(
        0.1, abs=0.025
    )


def test_triples_move_third_moments_only_where_they_are():
    config = PlantedIsing(n_units=6, duration_s=400.0, density=0.0, n_triples=1, triple_strength=0.6, level=(-0.2, 0.2))
    (i, j, k) = config.triples(1)[0]
    spin = 2.0 * config.states(1) - 1
    spin -= spin.mean(axis=0)
    others = [t for t in range(6) if t not in (i, j, k)]
    assert (spin[:, i] * spin[:, j] * spin[:, k]).mean() > 0.4
    assert abs((spin[:, others[0]] * spin[:, others[1]] * spin[:, others[2]]).mean()) < 0.05


def test_another_weight_leaves_the_draws_of_other_events():
    config = SHORT["poisson"]
    assert np.array_equal(config.bias(1), replace(config, strength=(0.1, 0.2)).bias(1))
    assert np.array_equal(config.wiring(1) != 0, replace(config, strength=(0.1, 0.2)).wiring(1) != 0)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (PlantedPoisson, {"density": 1.5}),
        (PlantedPoisson, {"rate_hz": (5.0, 1.0)}),
        (PlantedPoisson, {"rate_hz": (5.0, 500.0)}),
        (PlantedPoisson, {"link": "cubic"}),
        (PlantedVAR, {"radius": 1.0}),
        (PlantedVAR, {"order": 0}),
        (PlantedIsing, {"level": (-1.0, 0.0)}),
        (PlantedIsing, {"dynamics": "kinetic", "n_triples": 1}),
        (PlantedSwitching, {"concentration": (0.0, 1.0, 1.0)}),
        (PlantedSwitching, {"dwell_s": 0.001}),
    ],
)
def test_settings_out_of_range_are_refused(kind, settings):
    with pytest.raises(ConfigError):
        kind(**settings)


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (PlantedPoisson, {"n_units": 2.5}, "`n_units` must be a whole number"),
        (PlantedPoisson, {"n_lags": 1.5}, "`n_lags` must be a whole number"),
        (PlantedPoisson, {"strength": 0.5}, r"`strength` must be 2 numbers \(low, high\), got 0.5"),
        (PlantedPoisson, {"rate_hz": (6.0,)}, r"`rate_hz` must be 2 numbers"),
        (PlantedPoisson, {"decay": 1e9}, "`decay` must be > 0 and <= 700"),
        (PlantedVAR, {"n_units": 2.5}, "`n_units` must be a whole number"),
        (PlantedVAR, {"order": 1.5}, "`order` must be a whole number"),
        (PlantedVAR, {"strength": (0.1, 0.2, 0.3)}, "`strength` must be 2 numbers"),
        (PlantedIsing, {"n_units": 2.5}, "`n_units` must be a whole number"),
        (PlantedIsing, {"sweeps": 1.5}, "`sweeps` must be a whole number"),
        (PlantedIsing, {"n_triples": 1.5}, "`n_triples` must be a whole number"),
        (PlantedIsing, {"level": (0.1,)}, "`level` must be 2 numbers"),
        (PlantedIsing, {"strength": 0.5}, "`strength` must be 2 numbers"),
        (PlantedSwitching, {"n_units": 2.5}, "`n_units` must be a whole number"),
        (PlantedSwitching, {"n_states": 1.5}, "`n_states` must be a whole number"),
        (PlantedSwitching, {"n_trials": 1.5}, "`n_trials` must be a whole number"),
        (PlantedSwitching, {"concentration": (0.2, 1.6)}, r"`concentration` must be 3 numbers \(inhibitory, absent"),
    ],
)
def test_settings_of_the_wrong_kind_are_named(kind, settings, message):
    with pytest.raises(ConfigError, match=message):
        kind(**settings)


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("seed", [-1, 1.5])
def test_a_seed_is_a_whole_number(name, seed):
    with pytest.raises(ConfigError, match="`seed` must be a whole number >= 0"):
        SHORT[name].simulate(seed)


def test_the_steepest_filter_is_the_last_bin():
    assert PlantedPoisson(decay=700.0, n_lags=3).basis().tolist() == [1.0, 0.0, 0.0]


def test_counts_follow_their_levels_bin_by_bin():
    rng = np.random.Generator(np.random.Philox(1))
    draws, state = rng.random((40, 3)), rng.integers(0, 2, 40)
    onto, bias, basis = rng.normal(-0.3, 0.4, (2, 3, 3)), rng.normal(0, 0.3, (2, 3)), np.array([0.5, 0.3, 0.2])
    for link, mean in (("softplus", lambda b: np.logaddexp(0, b)), ("exp", np.exp), ("sigmoid", expit)):
        counts = np.zeros((40, 3), dtype=np.int64)
        run_counts(draws, state, onto, bias, basis, LINKS[link], counts)
        for t in range(40):
            past = sum((basis[k] * counts[t - 1 - k] for k in range(min(t, 3))), np.zeros(3))
            level = bias[state[t]] + onto[state[t]] @ past
            assert np.array_equal(counts[t], poisson.ppf(draws[t], mean(level)))


def test_rates_at_rest_and_weights_are_those_asked_for():
    for link, mean in (("softplus", lambda b: np.logaddexp(0, b)), ("exp", np.exp), ("sigmoid", expit)):
        rates = np.sort(mean(PlantedPoisson(n_units=4, rate_hz=(2.0, 32.0), link=link).bias(1))) / 0.005
        np.testing.assert_allclose(rates, 2.0 ** (1 + np.arange(4) + 0.5), rtol=1e-6)
    weight = PlantedPoisson(strength=(1.0, 1.0), ratio=2.0, refractory=0.0).wiring(1)
    assert set(weight.ravel().tolist()) == {-2.0, 0.0, 1.0}
    drawn = np.abs(PlantedSwitching(n_units=30, n_states=6).wiring(1))
    # Mean of log(1 + 3 u), whose standard deviation is 0.37: some 1,000 draws.
    assert drawn[drawn > 0].mean() == pytest.approx((4 * np.log(4) - 3) / 3, abs=0.05)
    assert np.log(3.9) < drawn.max() <= np.log(4)


def test_spikes_lie_in_the_bins_they_were_drawn_in():
    config = SHORT["ising"]
    counts = count_bins(config.simulate(1).events, 0.0, config.dt_s, 1000)
    assert np.array_equal(counts, config.states(1))


def test_ising_samples_follow_their_law():
    config = PlantedIsing(n_units=4, duration_s=200.0, density=0.8, n_triples=2, level=(-0.3, -0.3), sweeps=8)
    coupling, field, triples = config.wiring(2), config.field(2), config.triples(2)
    mine = np.array([(triples == i).any(axis=1).sum() for i in range(4)])
    np.testing.assert_allclose(field - 0.3 * coupling.sum(axis=1) + 0.3 * 0.09 * mine, np.arctanh(-0.3), atol=1e-12)
    states = 2.0 * np.array(list(np.ndindex(2, 2, 2, 2))) - 1
    energy = states @ field + 0.5 * np.einsum("si,ij,sj->s", states, coupling, states)
    energy += 0.3 * sum(states[:, t].prod(axis=1) for t in triples.tolist())
    law = np.exp(energy) / np.exp(energy).sum()
    spin = 2.0 * config.states(2) - 1
    # 10,000 samples, nearly independent: five standard errors of a mean of +-1.
    np.testing.assert_allclose(spin.mean(axis=0), law @ states, atol=0.05)
    second = np.einsum("s,si,sj->ij", law, states, states)
    np.testing.assert_allclose(spin.T @ spin / len(spin), second, atol=0.05)


def test_sweeps_make_samples_less_alike():
    alike = []
    for sweeps in (1, 8):
        spin = 2.0 * PlantedIsing(n_units=4, duration_s=60.0, density=1.0, strength=(0.4, 0.4), sweeps=sweeps).states(1)
        spin -= spin.mean(axis=0)
        alike.append((spin[1:] * spin[:-1]).mean() / (spin**2).mean())
    assert alike[1] < 0.1 < alike[0] - alike[1]


def test_kinetic_spins_follow_the_sample_before():
    config = PlantedIsing(n_units=5, duration_s=200.0, dynamics="kinetic", density=0.5, strength=(0.4, 0.6))
    spin = 2.0 * config.states(3) - 1
    expected = np.tanh(config.field(3) + spin[:-1] @ config.wiring(3))
    # What the law leaves is unrelated to the sample before: five standard errors of 10,000 samples.
    assert np.abs((spin[1:] - expected).T @ spin[:-1]).max() / len(expected) < 0.05


def test_var_has_the_radius_and_the_common_noise_asked_for():
    parts = PlantedVAR(strength=(2.0, 3.0), density=0.8, radius=0.8, n_units=5).coefficients(1)
    companion = np.block([[parts[0].T, parts[1].T], [np.eye(5), np.zeros((5, 5))]])
    assert np.abs(np.linalg.eigvals(companion)).max() == pytest.approx(0.8, rel=1e-9)
    values = PlantedVAR(n_units=3, density=0.0, memory=0.0, common=2.0).simulate(1).traces.values
    # Four parts of five are shared; 6,000 samples: a standard error of 0.005.
    assert np.corrcoef(values.T)[np.triu_indices(3, 1)] == pytest.approx(0.8, abs=0.03)


def test_every_other_state_is_as_likely_to_follow():
    path = PlantedSwitching(n_states=4, dwell_s=0.04, n_trials=1).states(0)[0]
    move = (np.diff(path) % 4)[np.diff(path) != 0]
    # 1,500 moves: five standard errors of a share of a third.
    assert np.bincount(move, minlength=4)[1:] / len(move) == pytest.approx([1 / 3] * 3, abs=0.06)
    assert (np.diff(path) != 0).mean() == pytest.approx(0.5, abs=0.05)
