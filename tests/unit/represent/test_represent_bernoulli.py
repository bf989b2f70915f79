"""The likelihood in blocks: the same in any block size, dense or sparse; its gradient is that of finite differences."""

import numpy as np
import pytest
import torch
from tests.oracles import tavrnn as oracle
from tests.unit.represent.networks import generator, made, published_matrices, sparse_from_the_first_node_on, windows
from torch.nn import functional

from interplay.represent import bernoulli
from interplay.represent.bernoulli import pairs, presence


@pytest.mark.parametrize("block", [1, 20, 60, 1000])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("everything", [False, True])
def test_blocks_change_nothing(block, sparse, everything, monkeypatch):
    snapshots = windows(absent=True)
    monkeypatch.setattr(bernoulli, "BLOCK", block)
    if sparse:
        sparse_from_the_first_node_on(monkeypatch)
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
@pytest.mark.parametrize("everything", [False, True])
def test_single_precision_gives_the_gradient_torch_finds_in_double(sparse, everything, monkeypatch):
    if sparse:
        sparse_from_the_first_node_on(monkeypatch)
    snapshots = windows(absent=True)
    _, data, _ = made(snapshots, dtype="float32")
    sample = torch.randn(5, 7, 3, generator=generator()).mul_(2).requires_grad_()
    value = presence(sample, pairs(data, everything))
    value.backward()
    exact = sample.detach().double().requires_grad_()
    present = torch.tensor(np.column_stack([snapshots.present, np.full(5, True)]))
    expected = 0.0
    for z, here, a in zip(exact, present, torch.tensor(published_matrices(snapshots)), strict=True):
        counted = here[:, None] & here
        if not everything:
            counted &= ~torch.eye(7, dtype=torch.bool)
            counted[-1] = counted[:, -1] = False
        logits, joined = (z @ z.T)[counted], a[counted]
        edges, others = joined.sum(), len(joined) - joined.sum()
        cost = functional.binary_cross_entropy_with_logits(logits, joined, pos_weight=others / edges, reduction="sum")
        expected = expected + cost / (2 * others)
    expected.backward()
    assert value.dtype == sample.grad.dtype == torch.float32
    assert float(value.detach()) == pytest.approx(float(expected.detach()), rel=1e-6)
    assert (sample.grad - exact.grad).norm() <= 1e-6 * exact.grad.norm()


@pytest.mark.parametrize("sparse", [False, True])
def test_latents_far_out_cost_much_but_never_nan(sparse, monkeypatch):
    if sparse:
        sparse_from_the_first_node_on(monkeypatch)
    _, data, _ = made(windows())
    sample = (1e3 * torch.randn(5, 7, 3, generator=generator())).to(torch.float64).requires_grad_()
    value = presence(sample, pairs(data, False))
    value.backward()
    assert value > 1e5
    assert torch.isfinite(value)
    assert torch.isfinite(sample.grad).all()
