"""The restricted Boltzmann machine in tensors: sampling, training, annealing, relaxation."""

import numpy as np
import pytest
import torch
from tests.oracles import boltzmann as oracle

from interplay._core.errors import ConfigError, NumericalError
from interplay._core.rng import stream
from interplay.tensors.boltzmann import (
    BoltzmannMachine,
    BoltzmannPlan,
    GibbsChains,
    _update,
    boltzmann_generator,
    train_boltzmann,
)
from interplay.tensors.boltzmann_chains import annealed_log_partition, draw_samples, reference_biases, relax

CPU = torch.device("cpu")


def machine(scale=0.8):
    rng = stream(1, "test machine")
    arrays = rng.normal(0, scale, (4, 3)), rng.normal(-0.3, 0.5, 4), rng.normal(0, 0.5, 3)
    return arrays, BoltzmannMachine.from_arrays(*arrays)


def probabilities(arrays):
    weights = [np.exp(oracle.log_weight(v, *arrays)) for v in oracle.all_states(4)]
    return np.array(weights) / sum(weights)


def frequencies(states):
    return np.bincount(np.asarray(states, dtype=int) @ (8, 4, 2, 1), minlength=16) / len(states)


def test_log_weight_and_chains_are_those_of_all_states():
    arrays, found = machine()
    states = oracle.all_states(4)
    wanted = [oracle.log_weight(v, *arrays) for v in states]
    assert found.log_weight(torch.tensor(states, dtype=torch.float32)).numpy() == pytest.approx(
        np.array(wanted), abs=1e-5
    )
    chains = GibbsChains(torch.zeros(20_000, 4), 3, boltzmann_generator(0, "t", device=CPU))
    chains.step(found, 40)
    # Chains are independent: five standard errors in 16 cells, a false alarm below 1e-5.
    p = probabilities(arrays)
    assert (np.abs(frequencies(chains.v.numpy()) - p) < 5 * np.sqrt(p / 20_000)).all()
    drawn = draw_samples(found, chains.v[:1000].numpy(), 10, apart=5)
    assert np.abs(frequencies(drawn) - p).max() < 0.03


def test_annealing_finds_log_z():
    arrays, found = machine()
    wanted = oracle.log_partition(*arrays)
    got = annealed_log_partition(found, reference_biases(np.zeros(4), "cpu"), temperatures=200, n_chains=400)
    assert abs(got.log_z - wanted) < 5 * got.error + 1e-4
    assert got.error < 0.05
    assert 300 < got.effective <= 400
    again = annealed_log_partition(found, reference_biases(np.zeros(4), "cpu"), temperatures=200, n_chains=400)
    assert got == again


def test_training_reaches_the_distribution_it_is_shown():
    arrays, _ = machine(2.5)
    p = probabilities(arrays)
    draws = stream(2, "data").choice(16, size=4000, p=p)
    states = oracle.all_states(4)[draws].astype(np.int8)
    plan = BoltzmannPlan(n_hidden=6, n_updates=1000, n_chains=256, gibbs_steps=3)
    seen = []
    found, chains = train_boltzmann(states, plan, progress=lambda done, total: seen.append((done, total)))
    fitted = found.arrays()
    log_z = oracle.log_partition(*fitted)
    q = np.exp([oracle.log_weight(v, *fitted) - log_z for v in oracle.all_states(4)])
    independent = np.array([np.prod(np.where(v, states.mean(0), 1 - states.mean(0))) for v in oracle.all_states(4)])
    assert (p * np.log(p / q)).sum() < 0.02 < (p * np.log(p / independent)).sum()
    assert chains.shape == (256, 4)
    assert seen[-1] == (1000, 1000)
    again, _ = train_boltzmann(states, plan)
    assert torch.equal(again.weight, found.weight)


def test_chains_that_mix_agree_and_those_that_do_not_do_not():
    arrays, found = machine()
    states = oracle.all_states(4)[stream(3, "data").choice(16, size=500, p=probabilities(arrays))]
    start = torch.tensor(states[:256], dtype=torch.float32)
    mixed = relax(found, start, states, sweeps=60)
    gap = abs(mixed.energy[0, -1] - mixed.energy[1, -1]) / np.hypot(*mixed.error[:2, -1])
    assert gap < 4
    assert mixed.time.max() < 5
    assert mixed.autocorrelation[:, 0] == pytest.approx([1, 1])
    deep = BoltzmannMachine.from_arrays(
        np.full((8, 1), 8.0), np.full(8, -4.0), np.array([-32.0])
    )  # two states far apart: all off, all on
    one_side = np.zeros((50, 8))
    one_side[0] = 1
    stuck = relax(deep, torch.ones(64, 8), one_side, sweeps=60)
    assert stuck.samples.mean() > 0.8
    assert stuck.samples.mean() - one_side.mean() > 0.5
    assert stuck.sweeps[0] == 0
    assert stuck.sweeps[-1] == 60


def test_one_update_is_the_centred_gradient_and_decay():
    rng = stream(5, "update")
    arrays = rng.normal(0, 0.5, (3, 2)), rng.normal(size=3), rng.normal(size=2)
    data, model = (rng.random((6, 3)) < 0.4).astype(float), (rng.random((5, 3)) < 0.5).astype(float)
    mean, centre, rate, penalty = data.mean(0), np.array([0.3, 0.6]), 0.1, 30.0
    found = BoltzmannMachine.from_arrays(*arrays)
    tensors = [torch.tensor(v, dtype=torch.float32) for v in (data, model, mean, centre)]
    moved = _update(found, *tensors, rate, penalty).numpy()
    seen, dreamt = (1 / (1 + np.exp(-(v @ arrays[0] + arrays[2]))) for v in (data, model))
    np.testing.assert_allclose(moved, 0.95 * centre + 0.05 * seen.mean(0), rtol=1e-5)
    gradient = sum(np.outer(v - mean, h - moved) for v, h in zip(data, seen, strict=True)) / 6
    gradient = gradient - sum(np.outer(v - mean, h - moved) for v, h in zip(model, dreamt, strict=True)) / 5
    visible = data.mean(0) - model.mean(0) - gradient @ moved
    hidden = seen.mean(0) - dreamt.mean(0) - gradient.T @ mean
    wanted = (arrays[0] + rate * gradient) / (1 + rate * penalty), arrays[1] + rate * visible, arrays[2] + rate * hidden
    for one, other in zip(found.arrays(), wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_divergence_and_bad_settings_are_errors():
    states = np.tile(np.array([[0, 1], [1, 0]], dtype=np.int8), (50, 1))
    with pytest.raises(NumericalError, match="diverged"):
        train_boltzmann(states, BoltzmannPlan(n_hidden=2, n_updates=20, learning_rate=1e38))
    for settings in ({"n_hidden": 0}, {"n_chains": 1}, {"learning_rate": 0.0}, {"penalty": -1.0}):
        with pytest.raises(ConfigError):
            BoltzmannPlan(**settings)
    with pytest.raises(ConfigError):
        train_boltzmann(states, BoltzmannPlan(device="tpu"))


def test_the_global_generator_of_torch_is_left_alone():
    before = torch.random.get_rng_state()
    train_boltzmann(np.eye(4, dtype=np.int8), BoltzmannPlan(n_hidden=2, n_updates=3))
    assert torch.equal(before, torch.random.get_rng_state())
