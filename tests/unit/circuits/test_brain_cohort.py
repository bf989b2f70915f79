"""The simulated cohort: its dynamics are exact, and its causes are where they are said to be."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import (
    draw_connectome,
    simulate_cohort,
    simulate_linear_noise,
    simulate_phases,
    stationary_covariance,
)
from interplay.circuits.brain_cohort import most_joined


def generator(seed=0):
    return np.random.Generator(np.random.Philox(seed))


def coupling(n=4):
    c = generator(1).normal(size=(n, n)) * 0.3
    np.fill_diagonal(c, 0)
    return c


def test_the_stationary_covariance_is_the_limit_of_small_steps():
    c, step, q = coupling(), 1e-3, 0.5 * np.eye(4) + 0.2
    s = np.zeros((4, 4))
    forward = np.eye(4) + step * (c - np.eye(4))
    for _ in range(40_000):
        s = forward @ s @ forward.T + step * q
    np.testing.assert_allclose(stationary_covariance(c, drive=q), s, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("dt_s", [0.3, 5.0])
def test_samples_have_the_stationary_covariance_and_decay_as_they_must(dt_s):
    import scipy.linalg

    c = coupling()
    x = simulate_linear_noise(c, 60_000, generator(), dt_s=dt_s, tau_s=2.0)
    s = stationary_covariance(c)
    np.testing.assert_allclose(np.cov(x.T), s, atol=0.05)
    later = x[1:].T @ x[:-1] / (len(x) - 1)
    np.testing.assert_allclose(later, scipy.linalg.expm((c - np.eye(4)) * dt_s / 2.0) @ s, atol=0.05)


def test_coupling_is_onto_the_row_from_the_column():
    c = np.zeros((2, 2))
    c[1, 0] = 0.9
    x = simulate_linear_noise(c, 20_000, generator(), dt_s=1.0)
    lead, lag = (x[:-1, 0] * x[1:, 1]).mean(), (x[:-1, 1] * x[1:, 0]).mean()
    assert lead > lag + 0.05


def test_what_does_not_settle_is_refused():
    with pytest.raises(DataError, match=r"settle.*1\.2"):
        simulate_linear_noise(np.array([[0, 1.2], [1.2, 0]]), 10, generator())


def test_strong_coupling_brings_phases_together():
    apart = simulate_phases(np.zeros((6, 6)), 400, generator(), noise=0.05)
    together = simulate_phases(np.full((6, 6), 0.1), 400, generator(), noise=0.05)
    assert np.corrcoef(together.T)[np.triu_indices(6, 1)].mean() > 0.8
    assert abs(np.corrcoef(apart.T)[np.triu_indices(6, 1)].mean()) < 0.4
    assert np.abs(together).max() <= 1


def test_two_phases_are_locked_at_the_angle_that_theory_gives():
    # Without noise the difference d settles where dw = 2 k sin d.
    x = simulate_phases(np.array([[0, 0.1], [0.1, 0]]), 2000, generator(3), spread_hz=0.01, noise=0.0, burn_in_s=500)
    correlation = np.corrcoef(x.T)[0, 1]
    drawn = generator(3)
    pace = 2 * np.pi * (0.05 + 0.01 * drawn.standard_normal(2))
    assert abs(np.arccos(correlation) - abs(np.arcsin(np.diff(pace)[0] / 0.2))) < 0.02


def means(cohort, one, other):
    group = cohort.regions.group
    function = np.array([np.corrcoef(cohort.scan(s).T) for s in range(len(cohort))])
    structure = np.array([cohort.matrix(s) for s in range(len(cohort))])
    block = np.ix_(range(len(cohort)), group == one, group == other)
    return function[block].mean((1, 2)), structure[block].mean((1, 2))


def test_one_cause_is_in_function_only_and_the_other_in_structure_only():
    cohort = simulate_cohort(n_subjects=60, n_regions=40, times=300, tau_s=1.0, seed=2)
    function, structure = (cohort.covariates[f"cause_{name}"] for name in ("function", "structure"))
    seen, wired = means(cohort, "net1", "net1")
    assert np.corrcoef(seen, function)[0, 1] > 0.6
    assert abs(np.corrcoef(wired, function)[0, 1]) < 0.35
    network = np.unique(cohort.regions.group, return_inverse=True)[1]
    one, other = most_joined(np.mean([cohort.matrix(s) for s in range(len(cohort))], axis=0), network)[0]
    seen, wired = means(cohort, f"net{one + 1}", f"net{other + 1}")
    assert np.corrcoef(wired, structure)[0, 1] > 0.6
    assert abs(np.corrcoef(seen, structure)[0, 1]) < 0.35


@pytest.mark.parametrize("effect", ["function", "structure", "both"])
def test_age_follows_the_causes_that_it_is_said_to(effect):
    cohort = simulate_cohort(n_subjects=400, n_regions=10, times=2, seed=2, effect=effect, residual=0.0)
    found = [
        abs(np.corrcoef(cohort.covariates["age"], cohort.covariates[f"cause_{n}"])[0, 1])
        for n in ("function", "structure")
    ]
    expected = {"function": (1.0, 0.0), "structure": (0.0, 1.0), "both": (0.7, 0.7)}[effect]
    np.testing.assert_allclose(found, expected, atol=0.12)


def test_the_second_session_changes_the_last_network_and_no_structure():
    cohort = simulate_cohort(n_subjects=30, n_regions=40, times=400, tau_s=1.0, seed=3, sessions=2, change=0.3)
    inside, wired = means(cohort, "net5", "net5")
    np.testing.assert_array_equal(wired[::2], wired[1::2])
    assert (inside[1::2] - inside[::2]).mean() < -0.02
    inside, _ = means(cohort, "net1", "net1")
    assert abs((inside[1::2] - inside[::2]).mean()) < 0.01
    assert cohort.session[:2].tolist() == ["before", "after"]


def test_missing_modalities_and_regions():
    cohort = simulate_cohort(
        n_subjects=10, n_regions=10, times=5, without_function=0.2, without_structure=0.3, missing=0.3
    )
    assert (~cohort.has_function).sum() == 2
    assert (~cohort.has_structure).sum() == 3
    gone = np.isnan(cohort.scan(int(np.argmax(cohort.has_function))))
    assert (gone.all(axis=0) == gone.any(axis=0)).all()
    assert np.isnan(np.asarray(cohort.series)).any()


def test_same_seed_same_bits_and_more_subjects_change_nobody():
    few, many = (simulate_cohort(n_subjects=n, n_regions=10, times=6, seed=4) for n in (3, 5))
    assert few.digest == simulate_cohort(n_subjects=3, n_regions=10, times=6, seed=4).digest
    assert few.digest != simulate_cohort(n_subjects=3, n_regions=10, times=6, seed=5).digest
    np.testing.assert_array_equal(few.matrix(1), many.matrix(1))


def test_a_connectome_of_ones_own():
    own = draw_connectome(np.arange(10) // 5, seed=7)
    assert (own == own.T).all()
    assert (own >= 0).all()
    assert (own > 0).any(axis=1).all()
    cohort = simulate_cohort(
        n_subjects=2, n_regions=10, n_networks=2, times=5, connectome=own, individual=0, strength=0
    )
    ratio = cohort.matrix(0)[own > 0] / (own / np.sqrt(np.outer(own.sum(0), own.sum(0))))[own > 0]
    np.testing.assert_allclose(ratio, ratio[0])
    with pytest.raises(DataError, match="symmetric"):
        simulate_cohort(n_regions=10, connectome=np.triu(own))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"gain": 1.0}, "gain"),
        ({"n_subject": 3}, "n_subjects"),
        ({"effect": "age"}, "effect"),
        ({"n_regions": 3}, "n_regions"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(ConfigError, match=message):
        simulate_cohort(**settings)


def test_what_would_be_unstable_is_scaled_down_and_counted():
    cohort = simulate_cohort(n_subjects=5, n_regions=10, times=3, gain=0.99, strength=0.9)
    assert any("scaled down" in note for note in cohort.notes)
    assert len(simulate_cohort(n_subjects=5, n_regions=10, times=3, gain=0.3).notes) == 1


@pytest.mark.parametrize("seed", range(6))
def test_the_cause_in_structure_always_has_edges_to_move(seed):
    cohort = simulate_cohort(n_subjects=40, n_regions=15, times=2, seed=seed, individual=0.0)
    structure = np.array([cohort.matrix(s) for s in range(40)])
    cause = cohort.covariates["cause_structure"]
    seen = [abs(np.corrcoef(cause, structure[:, i, j])[0, 1]) for i, j in np.argwhere(structure.std(axis=0) > 1e-12)]
    assert max(seen) > 0.999


def test_pairs_of_networks_by_what_joins_them():
    connectome = np.zeros((6, 6))
    connectome[0, 2] = connectome[2, 0] = 1.0
    connectome[1, 5] = connectome[5, 1] = 3.0
    connectome[0, 1] = connectome[1, 0] = 9.0
    assert most_joined(connectome, [0, 0, 1, 1, 2, 2]) == [(0, 2), (0, 1), (1, 2)]


def test_structure_is_the_same_both_ways_round():
    made = simulate_cohort(n_subjects=2, n_regions=13, times=4, seed=3)
    for s in range(2):
        np.testing.assert_array_equal(made.matrix(s), made.matrix(s).T)
