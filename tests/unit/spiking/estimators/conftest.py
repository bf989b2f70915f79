"""Passes of small networks through the rules of the library, one outcome at a time."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")


def forced(spikes):
    """Uniform numbers that make units do what `spikes` says, whatever their probability."""
    return torch.where(torch.as_tensor(spikes) > 0, 0.0, 1 - 2.0**-53).double()


def estimate_by_torch(network, rule, outcome, loss):
    """Gradient with respect to weights and biases of one outcome, through `rule.fire`."""
    from interplay.spiking.estimators import multilinear_variance

    parameters = [
        torch.tensor(v).requires_grad_() for pair in zip(network.weights, network.biases, strict=True) for v in pair
    ]
    below = torch.tensor(network.x)
    for k, spikes in enumerate(outcome):
        weight, bias = parameters[2 * k : 2 * k + 2]
        scale = network.scale
        if network.weight_variance is not None:
            variance = torch.tensor(network.weight_variance[k])
            drive = below.square() if k == 0 else below  # the input is a number, not a spike
            code = "01" if k == 0 else network.code
            scale = multilinear_variance(drive, variance, code=code, floor=network.scale).sqrt()
        below = rule.fire(weight @ below + bias, scale, uniform=forced(spikes))
        np.testing.assert_array_equal(below.detach().numpy(), spikes)
    loss(below).backward()
    return np.concatenate([p.grad.numpy().ravel() for p in parameters])


@pytest.fixture
def by_torch():
    return estimate_by_torch
