"""Features of nodes: each against its definition, each from its own window only, each refusal in words."""

from dataclasses import replace

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Recording, Series, Snapshots
from interplay.represent import node_features, node_statistics

BOUNDS = [[0.0, 2.0], [2.0, 4.0]]


def network():
    """A triangle 0-1-2 with a tail 3 and an absent 4; then one negative edge and everybody present."""
    w = np.zeros((2, 5, 5))
    for i, j, x in ((0, 1, 0.5), (0, 2, 0.25), (1, 2, -0.5), (2, 3, 1.0)):
        w[0, i, j] = w[0, j, i] = x
    w[1, 0, 4] = w[1, 4, 0] = -2.0
    present = np.ones((2, 5), bool)
    present[0, 4] = False
    return Snapshots.from_dense(w, BOUNDS, directed=False, present=present)


def recording(n=5):
    rng = np.random.Generator(np.random.Philox(3))
    return Recording(
        events=Events.from_events(4 * rng.random(60), rng.integers(n, size=60), n_units=n, span=(0.0, 4.0))
    )


def test_identity_is_never_laid_out():
    assert node_features("identity", network()) is None


def test_weights_are_sizes_with_one_on_the_diagonal_and_for_the_history_node():
    s = network()
    made = node_features("weights", s, history_node=True)
    assert made.shape == (2, 5, 6)
    assert made[0, 1].tolist() == [0.5, 1.0, 0.5, 0.0, 0.0, 1.0]
    assert not made[0, 4].any()
    assert made[1, 4].tolist() == [2.0, 0.0, 0.0, 0.0, 1.0, 1.0]
    assert np.array_equal(node_features("weights", s), made[:, :, :5])


def test_correlations_are_those_of_the_window_and_absent_nodes_have_none():
    s, r = network(), recording()
    made = node_features("correlation", s, recording=r)
    counts = np.zeros((20, 5))
    for time, unit in zip(r.events.time, r.events.unit, strict=True):
        if time >= 2.0:
            counts[int((time - 2.0) / 0.1), unit] += 1
    assert np.allclose(made[1], np.abs(np.corrcoef(counts.T)), atol=1e-12)
    assert not made[0, 4].any()
    assert not made[0, :, 4].any()


def test_rates_are_logarithms_of_spikes_per_observed_second():
    s, r = network(), recording()
    made = node_features("rates", s, recording=r)
    assert made.shape == (2, 5, 1)
    assert np.allclose(made[1, :, 0], np.log1p(r.events.window(2.0, 4.0).counts() / 2.0))
    assert made[0, 4, 0] == 0


def test_degree_counts_the_others_and_sums_either_sign():
    made = node_features("degree", network())
    assert np.allclose(made[0, 1], [2 / 3, 0.5 / 3, 0.5 / 3])
    assert np.allclose(made[1, 0], [1 / 4, 0, 2 / 4])
    assert not made[0, 4].any()


def test_walks_are_diagonals_of_powers_of_the_transition_matrix():
    s = network()
    made = node_features("walks", s)
    joined = (s.matrix(0) != 0) + np.eye(5)
    step = joined / joined.sum(axis=1, keepdims=True)
    for k in range(16):
        back = np.diag(np.linalg.matrix_power(step, k + 1)) * s.present[0]
        assert np.allclose(made[0, :, k], back, atol=1e-12)
    assert np.allclose(made[1, 1], 1.0), "an isolated node never leaves"


def test_random_numbers_hang_on_the_node_and_the_seed():
    s = network()
    made = node_features("random", s, seed=3)
    assert made.shape == (5, 16)
    assert np.array_equal(made[:3], node_features("random", s.select([0, 1, 2]), seed=3))
    assert not np.array_equal(made, node_features("random", s, seed=4))
    wide = node_features("random", Snapshots.from_dense(np.zeros((1, 2000, 2000)), [[0.0, 1.0]], directed=False))
    assert abs(wide.mean()) < 0.02
    assert abs(wide.var() - 1) < 0.02


@pytest.mark.parametrize("name", ["correlation", "weights", "degree", "rates", "walks"])
def test_features_of_a_window_come_from_that_window_only(name):
    s, r = network(), recording()
    whole = node_features(name, s, recording=r)
    part = node_features(name, s.take([1]), recording=replace(r.window(2.0, 4.0)))
    assert np.allclose(whole[1], part[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "more", "error", "message"),
    [
        ("degre", {}, ConfigError, "Unknown `features` 'degre'; did you mean 'degree'"),
        ("rates", {}, ConfigError, "`features`='rates' must come with the recording .* got `recording`=None"),
        ("given", {}, ConfigError, "`features`='given' must come with an array"),
        ("degree", {"given": np.ones((5, 2))}, ConfigError, "`features`='degree' must come without an array"),
        ("rates", {"recording": recording(3)}, DataError, "5 nodes, got 3 units"),
        ("given", {"given": np.ones((4, 2))}, DataError, r"`features` must have shape \(N=5, F\), got \(4, 2\)"),
        ("given", {"given": np.ones((3, 5, 2))}, DataError, r"must have shape \(T=2, N=5, F\), got \(3, 5, 2\)"),
        ("given", {"given": np.full((5, 2), np.nan)}, DataError, "`features` must be finite"),
    ],
)
def test_what_cannot_be_is_refused(name, more, error, message):
    with pytest.raises(error, match=message):
        node_features(name, network(), **more)


def test_rates_of_traces_are_refused_and_so_are_windows_nobody_observed():
    traces = Recording(traces=Series.regular(np.random.Generator(np.random.Philox(1)).random((40, 5)), dt_s=0.1))
    with pytest.raises(DataError, match="must have spikes to count, got a recording of traces only"):
        node_features("rates", network(), recording=traces)
    with pytest.raises(DataError, match="must touch observed time of `recording`, but window 1"):
        node_features("rates", network(), recording=recording().window(0.0, 2.0))


def test_statistics_of_nodes_are_what_they_say():
    made = node_statistics(network())[0]
    assert np.allclose(made[:4, 0] * 3, [2, 2, 3, 1])
    assert np.allclose(made[:4, 1] * 3, [0.75, 0.5, 1.25, 1.0])
    assert np.allclose(made[:4, 2] * 3, [0, 0.5, 0.5, 0])
    assert np.allclose(made[:4, 3], [1, 1, 1 / 3, 0])
    assert np.allclose(made[:4, 4] * 3, [2.5, 2.5, 5 / 3, 3])
    assert not made[4].any()
