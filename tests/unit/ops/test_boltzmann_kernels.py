"""Walsh coefficients, partition sums and chains, against every state of small models."""

import itertools

import numpy as np
import pytest
from tests.oracles import boltzmann as oracle

from interplay._core.rng import stream, uniform
from interplay.ops.boltzmann_sums import (
    ising_annealed,
    ising_log_partition,
    machine_conditionals,
    machine_log_partition,
)
from interplay.ops.coupled_counts import LINKS, MOST, expected_count, poisson_quantile, run_counts
from interplay.ops.ising_chains import run_chain
from interplay.ops.surrogates import stream_state
from interplay.ops.walsh_couplings import walsh_fields, walsh_pairs, walsh_triples


def machine(n=8, m=5, scale=0.6, key=0):
    rng = stream(3, "test machine", key)
    return rng.normal(0, scale, (n, m)), rng.normal(0, 0.5, n), rng.normal(0, 0.5, m)


def test_coefficients_are_those_of_all_states_up_to_the_normal_rest():
    weight, visible, hidden = machine()
    fields = [oracle.walsh([i], weight, visible, hidden) for i in range(8)]
    pairs = {p: oracle.walsh(p, weight, visible, hidden) for p in itertools.combinations(range(8), 2)}
    triples = list(itertools.combinations(range(8), 3))
    third = np.array([oracle.walsh(t, weight, visible, hidden) for t in triples])
    found = walsh_pairs(weight, hidden)
    size = max(abs(x) for x in pairs.values())
    assert np.abs(walsh_fields(weight, visible, hidden) - fields).max() < 0.01 * np.abs(fields).max()
    assert max(abs(found[p] - x) for p, x in pairs.items()) < 0.02 * size
    assert np.array_equal(found, found.T)
    assert not np.diag(found).any()
    close = walsh_triples(weight, hidden, np.array(triples))
    assert np.abs(close - third).max() < 0.1 * np.abs(third).max()
    assert np.corrcoef(close, third)[0, 1] > 0.995


@pytest.mark.parametrize(("n", "m"), [(1, 3), (2, 2), (3, 4)])
def test_a_subset_of_all_units_is_exact(n, m):
    weight, visible, hidden = machine(n, m)
    if n == 1:
        assert walsh_fields(weight, visible, hidden)[0] == pytest.approx(oracle.walsh([0], weight, visible, hidden))
        assert walsh_pairs(weight, hidden).tolist() == [[0.0]]
    if n == 2:
        assert walsh_pairs(weight, hidden)[0, 1] == pytest.approx(oracle.walsh([0, 1], weight, visible, hidden))
    if n == 3:
        wanted = oracle.walsh([0, 1, 2], weight, visible, hidden)
        assert walsh_triples(weight, hidden, np.array([[0, 1, 2]]))[0] == pytest.approx(wanted)


def quadrature(weight, hidden, i, j):
    """One pair the long way: a very fine sum over the rest, no interpolation."""
    node = np.linspace(-8, 8, 8001)
    mass = np.exp(-(node**2) / 2)
    total = 0.0
    for a in range(weight.shape[1]):
        half = weight[:, a] / 2
        rest = np.sqrt(max((half**2).sum() - half[i] ** 2 - half[j] ** 2, 0))
        for p, q in itertools.product((1, -1), repeat=2):
            level = hidden[a] + half.sum() + p * half[i] + q * half[j] + rest * node
            total += p * q * (np.logaddexp(0, level) @ mass) / mass.sum() / 4
    return total


@pytest.mark.parametrize("heavy", [False, True])
def test_interpolation_gives_the_quadrature(heavy):
    weight, _, hidden = machine(12, 4, 0.8, key=1)
    if heavy:
        weight[3, 1], weight[:, 2] = 9.0, 0.0
        weight[5, 2], weight[7, 2] = 4.0, -4.0
    found = walsh_pairs(weight, hidden)
    for i, j in itertools.combinations(range(12), 2):
        assert found[i, j] == pytest.approx(quadrature(weight, hidden, i, j), abs=2e-7)


def test_many_triples_are_those_one_by_one():
    weight, _, hidden = machine(18, 4, 0.5, key=2)
    weight[3, 1], weight[4, 1], weight[:, 2] = 8.0, -7.0, 0.0
    weight[5, 2] = 2.0
    triples = np.array(list(itertools.combinations(range(18), 3)))
    together = walsh_triples(weight, hidden, triples)
    apart = np.concatenate([walsh_triples(weight, hidden, part) for part in np.array_split(triples, 4)])
    assert np.abs(together - apart).max() < 1e-6 * np.abs(apart).max()


def test_a_hidden_unit_that_listens_to_nobody_couples_nobody():
    weight, _, hidden = machine()
    weight[:] = 0
    assert not walsh_pairs(weight, hidden).any()


def test_log_partition_sums_both_layers():
    weight, visible, hidden = machine(6, 4)
    wanted = oracle.log_partition(weight, visible, hidden)
    assert machine_log_partition(weight, visible, hidden) == pytest.approx(wanted, abs=1e-10)
    assert machine_log_partition(np.ascontiguousarray(weight.T), hidden, visible) == pytest.approx(wanted, abs=1e-10)


def test_log_partition_of_large_numbers_does_not_overflow():
    weight = np.full((3, 2), 400.0)
    assert machine_log_partition(weight, np.full(3, 500.0), np.zeros(2)) == pytest.approx(3900.0)


def ising(n=6):
    rng = stream(4, "test ising")
    coupling = rng.normal(0, 0.4, (n, n))
    coupling = np.triu(coupling, 1)
    return rng.normal(0, 0.4, n), coupling + coupling.T


def test_ising_partition_exact_and_annealed():
    field, coupling = ising()
    spins = 2 * oracle.all_states(6) - 1
    wanted = np.log(np.exp([oracle.ising_energy(s, field, coupling) for s in spins]).sum())
    assert ising_log_partition(field, coupling) == pytest.approx(wanted, abs=1e-10)
    found, base = np.empty(200), np.zeros(6)
    ising_annealed(stream_state(1, "t"), base, field, coupling, 200, found)
    # The weights spread by about 0.1, so that the mean of 200 has a standard error below 0.01.
    assert np.log(2 * np.cosh(base)).sum() + np.log(np.exp(found).mean()) == pytest.approx(wanted, abs=0.05)


def test_conditionals_flip_one_unit_at_a_time():
    weight, visible, hidden = machine()
    states = (stream(5, "states").random((7, 8)) < 0.4).astype(np.int8)
    found = machine_conditionals(states, weight, visible, hidden)
    assert found == pytest.approx(oracle.conditional(states, weight, visible, hidden), abs=1e-9)


def chain(parallel=False, triple=0.0, coupling=None, size=20_000):
    field, drawn = ising(4)
    coupling = drawn if coupling is None else coupling
    partner, strength = np.zeros((4, 1, 2), dtype=np.int64), np.zeros((4, 1))
    for i, pair in ((0, (1, 2)), (1, (0, 2)), (2, (0, 1))):
        partner[i, 0], strength[i, 0] = pair, triple
    states = np.empty((size, 4), dtype=np.int8)
    run_chain(stream_state(2, "t"), field, coupling, partner, strength, 3, parallel, 100, states)
    return field, coupling, states


@pytest.mark.parametrize("triple", [0.0, 0.4])
def test_chains_have_the_probabilities_of_the_model(triple):
    field, coupling, states = chain(triple=triple)
    wanted = oracle.ising_probabilities(field, coupling, [(0, 1, 2)], triple)
    found = np.bincount(states @ (8, 4, 2, 1), minlength=16) / len(states)
    # Samples three sweeps apart are almost independent: five standard errors of 16 cells, a false alarm below 1e-4.
    assert (np.abs(found - wanted) < 5 * np.sqrt(2 * wanted / len(states)) + 1e-4).all()


def test_kinetic_chains_follow_the_sample_before():
    one_way = np.zeros((4, 4))
    one_way[1, 0] = 0.9  # onto 1 from 0
    field, _, states = chain(parallel=True, coupling=one_way)
    before, after = states[:-1, 0], states[1:, 1]
    for value in (0, 1):
        wanted = 1 / (1 + np.exp(-2 * (field[1] + 0.9 * (2 * value - 1))))
        assert after[before == value].mean() == pytest.approx(wanted, abs=0.025)
    same_time = np.corrcoef(states[:, 0], states[:, 1])[0, 1]
    assert abs(same_time) < 0.035


@pytest.mark.parametrize("link", LINKS)
def test_counts_are_those_of_a_loop(link):
    draws = uniform(1, "counts", np.arange(60)[:, None], np.arange(3))
    rng = stream(6, "wiring")
    weight, bias, basis = rng.normal(0, 0.8, (2, 3, 3)), rng.normal(-1, 0.3, 3), np.array([0.7, 0.3])
    state = (np.arange(60) // 20) % 2
    counts = np.zeros((60, 3), dtype=np.int64)
    onto = np.ascontiguousarray(weight.transpose(0, 2, 1))
    run_counts(draws, state, onto, np.stack([bias, bias]), basis, LINKS[link], counts)
    means = {
        "exp": np.exp,
        "softplus": lambda x: np.log(1 + np.exp(x)),
        "sigmoid": lambda x: 1e-8 + (1 - 1e-8) / (1 + np.exp(-x)),
    }
    assert np.array_equal(counts, oracle.coupled_counts(draws, state, weight, bias, basis, means[link]))
    assert counts.any()


def test_a_run_that_diverges_stays_countable():
    assert expected_count(1e9, LINKS["exp"]) > 1e300
    assert poisson_quantile(0.5, expected_count(1e9, LINKS["exp"])) == MOST
