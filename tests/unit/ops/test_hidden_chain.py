"""Hidden chains against sums over all paths."""

import numpy as np
import pytest
from tests.oracles import switching as oracle

from interplay.ops.hidden_chain import filter_chain, likeliest_path, smooth_chain


def chain(seed, n_samples, n_states, scale=2.0, forbidden=False):
    rng = np.random.default_rng(seed)
    emission = scale * rng.normal(size=(n_samples, n_states))
    initial, transition = rng.dirichlet(np.ones(n_states)), rng.dirichlet(np.ones(n_states), n_states)
    if forbidden:
        transition[0, 1] = 0.0
        transition[0] /= transition[0].sum()
    with np.errstate(divide="ignore"):
        return emission, np.log(initial), np.log(transition)


@pytest.mark.parametrize("forbidden", [False, True])
@pytest.mark.parametrize("scale", [1.0, 3000.0])
def test_runs_equal_sums_over_all_paths(scale, forbidden):
    emission, initial, transition = chain(1, 9, 3, scale, forbidden)
    pointer = np.array([0, 5, 5, 9])
    posterior, moves = np.empty_like(emission), np.empty((3, 3))
    total = smooth_chain(emission, pointer, initial, transition, posterior, moves)
    forward, path = np.empty_like(emission), np.empty(9, np.int64)
    also = filter_chain(emission, pointer, initial, transition, forward)
    best = likeliest_path(emission, pointer, initial, transition, path)
    np.testing.assert_array_equal(total, also)
    assert total[1] == 0.0
    expected_moves = np.zeros((3, 3))
    for k, (low, high) in ((0, (0, 5)), (2, (5, 9))):
        part = emission[low:high].tolist()
        value, chance, between, top = oracle.smoothed(part, initial.tolist(), transition.tolist())
        assert total[k] == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(posterior[low:high], chance, atol=1e-11)
        expected_moves += between
        assert path[low:high].tolist() == list(top)
        assert best[k] == pytest.approx(max(oracle.path_table(part, initial, transition).values()), rel=1e-12)
        seen = np.exp(forward[low:high] - np.logaddexp.reduce(forward[low:high], axis=1)[:, None])
        np.testing.assert_allclose(seen, oracle.filtered(part, initial.tolist(), transition.tolist()), atol=1e-11)
    np.testing.assert_allclose(moves, expected_moves, atol=1e-11)


def test_samples_that_say_nothing_leave_the_chain_at_its_own_law():
    transition = np.array([[0.9, 0.1], [0.3, 0.7]])
    posterior, moves = np.empty((200, 2)), np.empty((2, 2))
    args = np.zeros((200, 2)), np.array([0, 200]), np.log([1.0, 1e-300]), np.log(transition)
    assert smooth_chain(*args, posterior, moves)[0] == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(posterior[-1], [0.75, 0.25], atol=1e-12)


def test_the_path_takes_the_lowest_of_equals():
    path = np.empty(4, np.int64)
    likeliest_path(np.zeros((4, 3)), np.array([0, 4]), np.zeros(3), np.zeros((3, 3)), path)
    assert path.tolist() == [0, 0, 0, 0]
