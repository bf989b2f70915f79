"""The likelihood in blocks: the same in any block size, dense or sparse; its gradient is that of finite differences."""

import numpy as np
import pytest
import torch
from tests.oracles import tavrnn as oracle
from tests.unit.represent.networks import generator, made, published_matrices, windows

from interplay.represent import bernoulli, gathering
from interplay.represent.bernoulli import pairs, presence


@pytest.mark.parametrize("block", [1, 20, 60, 1000])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("everything", [False, True])
def test_blocks_change_nothing(block, sparse, everything, monkeypatch):
    snapshots = windows(absent=True)
    monkeypatch.setattr(bernoulli, "BLOCK", block)
    if sparse:
        monkeypatch.setattr(gathering, "SMALL", 0)
        monkeypatch.setattr(gathering, "DENSE", 2.0)
    _, data, _ = made(snapshots)
    sample = torch.randn(5, 7, 3, dtype=torch.float64, generator=generator()).mul_(2).requires_grad_()
    found = pairs(data, everything)
    assert (found.weight is None) == sparse
    value = presence(sample, found)
    present = np.column_stack([snapshots.present, np.full(5, True)])
    expected = 0.0
    for t, a in enumerate(published_matrices(snapshots)):
        counted = np.outer(present[t], present[t])
        if not everything:
            counted &= ~np.eye(7, dtype=bool)
            counted[-1] = counted[:, -1] = False
        expected += oracle.likelihood(sample[t].detach().numpy(), a, counted)
    assert float(value.detach()) == pytest.approx(expected, rel=1e-9)
    assert torch.autograd.gradcheck(lambda z: presence(z, found), (sample,))


@pytest.mark.parametrize("sparse", [False, True])
def test_latents_far_out_cost_much_but_never_nan(sparse, monkeypatch):
    if sparse:
        monkeypatch.setattr(gathering, "SMALL", 0)
        monkeypatch.setattr(gathering, "DENSE", 2.0)
    _, data, _ = made(windows())
    sample = (1e3 * torch.randn(5, 7, 3, generator=generator())).to(torch.float64).requires_grad_()
    value = presence(sample, pairs(data, False))
    value.backward()
    assert value > 1e5
    assert torch.isfinite(value)
    assert torch.isfinite(sample.grad).all()
