"""Weights by construction: certified whatever goes in, and taken apart again."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import (
    RateCircuit,
    activation,
    certify,
    contracting_parameters,
    contracting_weights,
    contraction,
    dale_weights,
    diagonally_stable_parameters,
    diagonally_stable_weights,
)
from interplay.ops.contraction_proof import Question, prove

RNG = np.random.default_rng(0)
N = 4
TAU = np.array([0.5, 1.0, 2.0, 0.8])
SLOPE = np.array([1.0, 0.5, 2.0, 1.0])
Q = np.array([1.0, 3.0, 0.4, 0.9])
X, F = RNG.normal(size=(2, N, N))
SIGN = np.array([1, 1, -1, -1])


def circuit_of(weights, **settings):
    phi = [activation("threshold_linear", gain=gain) for gain in SLOPE]
    return RateCircuit(weights, phi, TAU, **settings)


def test_contracting_weights_contract_at_the_rate():
    weights, metric = contracting_weights(X, F, Q, rate=0.3, tau=TAU, max_slope=SLOPE)
    assert contraction(circuit_of(weights), tolerance=1e-3).rate > 0.299
    flow = np.diag(1 / TAU)
    cross = metric @ flow + weights.T * Q
    block = np.block([[-metric @ flow - flow @ metric + 0.6 * metric, cross], [cross.T, -2 * np.diag(Q / SLOPE)]])
    assert np.linalg.eigvalsh(block)[-1] < 1e-12


def test_equal_time_constants_give_the_published_form():
    """W = 2 sqrt(1-c) Q^-1/2 S R - Q^-1 R'R, P = R'R, for the S that the mixing stands for."""
    rate = 0.2
    root = F / np.sqrt(2 * (1 - rate))
    weights, metric = contracting_weights(X, F, Q, rate=rate)
    np.testing.assert_allclose(metric, root.T @ root, rtol=1e-12)
    short = (np.diag(np.sqrt(Q)) @ (weights + np.diag(1 / Q) @ root.T @ root)) @ np.linalg.inv(root)
    short /= 2 * np.sqrt(1 - rate)
    np.testing.assert_allclose(np.eye(N) - short.T @ short, np.linalg.inv(_factor(X)) @ np.linalg.inv(_factor(X)).T)


def _factor(mixing):
    return np.linalg.cholesky(np.eye(N) + mixing.T @ mixing)


def test_contracting_weights_are_taken_apart_and_built_again():
    weights = np.array([[0.2, -0.4], [0.5, -0.1]])
    circuit = RateCircuit(weights, "relu", [1.0, 2.0])
    proof = contraction(circuit, 0.1)
    parts = contracting_parameters(weights, proof.metric, proof.scaling, rate=0.1, tau=circuit.tau)
    again, metric = contracting_weights(*parts, rate=0.1, tau=circuit.tau)
    np.testing.assert_allclose(again, weights, atol=1e-12)
    np.testing.assert_allclose(metric, proof.metric, atol=1e-12)
    with pytest.raises(DataError, match=r"must prove that `weights` contract at rate=0\.1"):
        contracting_parameters(3 * weights, -proof.metric, proof.scaling, rate=0.1, tau=circuit.tau)


def test_diagonally_stable_weights_have_the_margin_and_come_apart():
    weights = diagonally_stable_weights(X, F, Q, margin=0.05, max_slope=SLOPE)
    product = Q[:, None] * (weights - np.diag(1 / SLOPE))
    assert np.linalg.eigvalsh(product + product.T)[-1] <= -0.1 + 1e-12
    assert certify(circuit_of(weights)).verdict == "certified"
    parts = diagonally_stable_parameters(weights, Q, margin=0.05, max_slope=SLOPE)
    np.testing.assert_allclose(diagonally_stable_weights(*parts, margin=0.05, max_slope=SLOPE), weights, atol=1e-12)
    np.testing.assert_array_equal(parts.skew, -parts.skew.T)
    with pytest.raises(DataError, match=r"must certify `weights` with a margin above 0\.05"):
        diagonally_stable_parameters(weights + 5 * np.eye(N), Q, margin=0.05, max_slope=SLOPE)


@pytest.mark.parametrize("rate", [None, 0.2])
def test_dale_weights_keep_signs_and_certificate(rate):
    wild = 4 * RNG.normal(size=(N, N))
    weights = dale_weights(wild, SIGN, Q, rate=rate, tau=TAU, max_slope=SLOPE)
    assert (weights * SIGN >= 0).all()
    circuit = circuit_of(weights, sign=SIGN)
    if rate is None:
        product = Q[:, None] * circuit.stability_matrix
        assert -1e-4 < np.linalg.eigvalsh(product + product.T)[-1] < 0
    else:
        question = Question(weights, TAU, SLOPE)
        assert prove(question, 0.999 * rate, np.log(Q / SLOPE)) is not None
        assert prove(question, 1.01 * rate, np.log(Q / SLOPE)) is None
    ratio = weights[weights != 0] / wild[weights != 0]
    np.testing.assert_allclose(ratio, ratio[0])
    mild = np.where(wild * SIGN < 0, 0, wild) * 1e-3
    np.testing.assert_array_equal(dale_weights(mild, SIGN, Q, rate=rate, tau=TAU, max_slope=SLOPE), mild)
    free = dale_weights(wild, np.zeros(N, int), Q, rate=rate, tau=TAU, max_slope=SLOPE)
    assert (free != 0).all()


def test_bad_arguments_are_named():
    for ask, error, words in (
        (lambda: contracting_weights(X, F[:2], Q), DataError, r"`factor` must have shape \(N=4, N=4\), got \(2, 4\)"),
        (lambda: contracting_weights(X, np.zeros((N, N)), Q), DataError, "`factor` must be invertible"),
        (lambda: contracting_weights(X, F, -Q), DataError, r"`scaling` must be > 0, got scaling\[0\]=-1"),
        (lambda: contracting_weights(X, F, Q, tau=[1, 1, 0, 1.0]), DataError, r"`tau` must be > 0, got tau\[2\]=0"),
        (
            lambda: contracting_weights(X, F, Q, rate=0.5, tau=TAU),
            ConfigError,
            r"`rate` must be < 1 / max\(tau\) = 0.5",
        ),
        (lambda: diagonally_stable_weights(X, F, Q, margin=0.0), ConfigError, "`margin` must be > 0"),
        (lambda: dale_weights(X, 2 * SIGN, Q), DataError, "`sign` must be -1, 0 or"),
    ):
        with pytest.raises(error, match=words):
            ask()
