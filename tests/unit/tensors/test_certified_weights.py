"""Trainable weights: certified at every step, differentiable, begun at given weights, and able to learn."""

import numpy as np
import pytest
import torch

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import RateCircuit, certify, contraction, diagonally_stable_weights
from interplay.tensors import (
    ContractingWeights,
    DiagonallyStableWeights,
    RateNetwork,
    TrainingPlan,
    Trajectories,
    TrajectoryTask,
    seeded_torch,
    train,
)
from interplay.tensors.rate_network import PHI

SIGN = np.array([1, 1, 0, -1])
TAU = np.array([0.5, 1.0, 2.0, 0.8])
SLOPE = np.array([1.0, 0.5, 2.0, 1.0])
KINDS = {
    "contracting": lambda **s: ContractingWeights(4, rate=0.2, tau=TAU, slope=SLOPE, **s),
    "contracting, signed": lambda **s: ContractingWeights(4, rate=0.2, tau=TAU, slope=SLOPE, sign=SIGN, **s),
    "diagonal": lambda **s: DiagonallyStableWeights(4, slope=SLOPE, **s),
    "diagonal, signed": lambda **s: DiagonallyStableWeights(4, slope=SLOPE, sign=SIGN, **s),
}


def shaken(weights, seed, size):
    """Move every parameter by a random amount: what an optimiser might do."""
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for parameter in weights.parameters():
            parameter += torch.as_tensor(size * rng.normal(size=parameter.shape), dtype=parameter.dtype)
    return weights


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_certified_wherever_the_parameters_go(kind):
    for seed, size in enumerate((0.0, 0.3, 1.0, 2.0)):
        weights = shaken(KINDS[kind](seed=seed), seed, size)
        found = weights.certificate()
        assert found.holds, size
        assert found.weights.shape == (4, 4)
        np.testing.assert_allclose(found.weights, weights().detach().numpy())
        if "signed" in kind:
            assert (found.weights * SIGN >= 0).all()


def test_the_certificate_is_that_of_the_circuit():
    weights = KINDS["contracting, signed"](gain=4.0)
    phi = [("threshold_linear", gain) for gain in SLOPE]
    from interplay.circuits import activation

    circuit = RateCircuit(weights.certificate().weights, [activation(k, gain=g) for k, g in phi], TAU)
    assert contraction(circuit, 0.2).verdict == "certified"
    stable = DiagonallyStableWeights(4, sign=SIGN, gain=6.0).certificate()
    assert certify(RateCircuit(stable.weights)).verdict == "certified"


@pytest.mark.parametrize("kind", KINDS)
def test_their_derivative_is_that_of_differences(kind):
    weights = shaken(KINDS[kind](gain=3.0).double(), 1, 0.2)
    aim = torch.as_tensor(np.random.default_rng(2).normal(size=(4, 4)))
    parameters = list(weights.parameters())
    slopes = torch.autograd.grad((weights() * aim).sum(), parameters)
    for parameter, slope in zip(parameters, slopes, strict=True):
        way = torch.as_tensor(np.random.default_rng(3).normal(size=parameter.shape))
        ends = []
        for sign in (1, -2):
            with torch.no_grad():
                parameter += sign * 1e-6 * way
                ends.append(float((weights() * aim).sum()))
        with torch.no_grad():
            parameter += 1e-6 * way
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(float((slope * way).sum()), rel=1e-4, abs=1e-6)


def test_they_begin_at_given_weights():
    weights = np.array([[0.2, -0.5], [0.7, -0.3]])
    circuit = RateCircuit(weights, "tanh", [1.0, 0.5])
    proof, stable = contraction(circuit, 0.15), certify(circuit)
    for made in (
        ContractingWeights.from_weights(weights, proof.scaling, proof.metric, rate=0.1, tau=circuit.tau),
        ContractingWeights.from_weights(weights, proof.scaling, rate=0.1, tau=circuit.tau, sign=[1, -1]),
        DiagonallyStableWeights.from_weights(weights, stable.scaling),
        DiagonallyStableWeights.from_weights(weights, stable.scaling, sign=[1, -1]),
    ):
        np.testing.assert_allclose(made().detach().numpy(), weights, atol=2e-6)
        assert made.certificate().holds
    q = proof.scaling
    for ask, words in (
        (lambda: ContractingWeights.from_weights(weights, q), "`metric` must be given"),
        (lambda: ContractingWeights.from_weights(9 * weights, q, proof.metric), "must prove that `weights` contract"),
        (lambda: ContractingWeights.from_weights(9 * weights, q, sign=[1, -1]), "must prove that `weights` contract"),
        (lambda: ContractingWeights.from_weights(weights, q, sign=[1, 1]), r"weights\[0, 1\]=-0.5 and sign 1"),
        (lambda: DiagonallyStableWeights.from_weights(9 * weights, q), "must certify `weights` with a margin of 0.001"),
        (lambda: DiagonallyStableWeights.from_weights(9 * weights, q, sign=[1, -1]), "must certify `weights`"),
    ):
        with pytest.raises(DataError, match=words):
            ask()


def test_the_seed_alone_decides_the_first_weights():
    state = torch.random.get_rng_state()
    first, second, other = (ContractingWeights(3, seed=s)() for s in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize("phi", PHI)
def test_the_network_steps_the_circuit_forward(phi):
    weights = DiagonallyStableWeights(3, seed=4).double()
    network = RateNetwork(weights, phi=phi, tau=[0.5, 1.0, 2.0], step=0.2).double()
    circuit = RateCircuit(weights().detach().numpy(), phi, [0.5, 1.0, 2.0])
    assert circuit.max_slopes[0] == PHI[phi][1]
    rng = np.random.default_rng(5)
    u, x = rng.normal(size=(2, 7, 3)), rng.normal(size=(2, 3))
    course = network(torch.as_tensor(u), torch.as_tensor(x)).detach().numpy()
    for t in range(7):
        x = x + 0.2 * circuit.field(x, u[:, t])
        np.testing.assert_allclose(course[:, t], x, atol=1e-12)


def test_input_and_read_out_have_their_sizes():
    with seeded_torch(0, "network"):
        network = RateNetwork(ContractingWeights(5), n_inputs=2, n_outputs=3)
    assert network(torch.zeros(4, 6, 2)).shape == (4, 6, 3)
    with pytest.raises(DataError, match=r"`drive` must have shape \(B, T, 2\), got \(4, 6, 5\)"):
        network(torch.zeros(4, 6, 5))


class Watched(TrajectoryTask):
    """The same task, which asks for the certificate after every epoch."""

    def __init__(self, held_out):
        super().__init__(held_out)
        self.seen = []

    def held_out(self, encoder, data):
        self.seen.append(encoder.weights.certificate())
        return super().held_out(encoder, data)


@pytest.mark.parametrize("kind", ["contracting", "diagonal", "diagonal, signed"])
def test_training_learns_a_circuit_and_stays_certified_at_every_epoch(kind):
    truth = np.array([[0.4, -0.9], [1.1, -0.3]])
    rng = np.random.default_rng(6)
    u, x = np.repeat(rng.normal(size=(16, 1, 2)), 12, 1), rng.normal(size=(16, 2))
    start, course = x, []
    for t in range(12):
        x = x + 0.3 * (np.tanh(x @ truth.T + u[:, t]) - x)
        course.append(x)
    data = Trajectories(*(torch.as_tensor(a, dtype=torch.float32) for a in (u, start, np.stack(course, 1))))
    made = {
        "contracting": lambda: ContractingWeights(2, rate=0.05),
        "diagonal": lambda: DiagonallyStableWeights(2),
        "diagonal, signed": lambda: DiagonallyStableWeights(2, sign=[1, -1], gain=0.5),
    }[kind]()
    task = Watched(4)
    found = train(RateNetwork(made, phi="tanh", step=0.3), task, data, TrainingPlan(epochs=80, learning_rate=0.1))
    assert len(task.seen) == 80
    assert all(certificate.holds for certificate in task.seen)
    trivial = float(((data.target - data.target.mean((0, 1))) ** 2).mean())
    assert min(found.trace["held_out"]) < 0.01 * trivial
    np.testing.assert_allclose(found.encoder.weights().detach().numpy(), truth, atol=0.15)


def test_bad_settings_are_named():
    for ask, error, words in (
        (lambda: ContractingWeights(0), ConfigError, "`n_units` must be"),
        (lambda: ContractingWeights(2, rate=1.0), ConfigError, r"`rate` must be < 1 / max\(tau\) = 1"),
        (lambda: ContractingWeights(2, tau=[1.0, -1.0]), DataError, "`tau` must be > 0, got -1"),
        (lambda: ContractingWeights(2, sign=[1, 2]), DataError, "`sign` must be -1, 0 or"),
        (lambda: DiagonallyStableWeights(2, slope=[1.0]), DataError, "`slope` must have shape"),
        (lambda: DiagonallyStableWeights(2, margin=0.0), ConfigError, "`margin` must be > 0"),
        (lambda: RateNetwork(DiagonallyStableWeights(2), phi="rely"), ConfigError, "did you mean 'relu'"),
        (
            lambda: RateNetwork(DiagonallyStableWeights(2, slope=0.5)),
            ConfigError,
            "`weights` must be for slopes up to 1, the largest of 'relu'",
        ),
        (lambda: RateNetwork(DiagonallyStableWeights(2), tau=0.05), ConfigError, "`step` must be > 0 and <= 0.05"),
        (lambda: RateNetwork(DiagonallyStableWeights(2), tau=[1, 0.0]), DataError, "`tau` must be > 0"),
        (lambda: TrajectoryTask(-1), ConfigError, "`held_out` must be"),
    ):
        with pytest.raises(error, match=words):
            ask()


def test_construction_agrees_with_the_one_in_numpy():
    weights = shaken(DiagonallyStableWeights(4, slope=SLOPE, margin=0.05).double(), 7, 0.5)
    parts = {name: value.detach().numpy() for name, value in weights.named_parameters()}
    built = diagonally_stable_weights(
        parts["skew"], parts["factor"], np.exp(parts["log_scaling"]), margin=0.05, max_slope=SLOPE
    )
    np.testing.assert_allclose(weights().detach().numpy(), built, atol=1e-12)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("kind", KINDS)
def test_on_a_card_they_are_the_same(kind):
    here = KINDS[kind](gain=3.0)
    wanted = here().detach()
    there = here.to("cuda")
    torch.testing.assert_close(there().detach().cpu(), wanted, atol=1e-5, rtol=1e-4)
    assert there.certificate().holds
    there().sum().backward()
    assert all(p.grad is not None and p.grad.is_cuda for p in there.parameters())
