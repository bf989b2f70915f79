"""Edges that are hidden are gone from all that is read, and are told from the vectors of their ends."""

import numpy as np
import pytest
import torch
from tests.oracles.signed_graph import edge_score

from interplay._core.errors import DataError
from interplay.represent.brain import edge_head as module
from interplay.represent.brain.edge_head import EdgeHead
from interplay.represent.brain.edge_masks import hide_edges
from interplay.tensors import seeded_torch


def matrices(n=7, n_batch=2, *, symmetric=True):
    w = torch.randn(n_batch, n, n, generator=torch.Generator().manual_seed(1))
    return w + w.transpose(1, 2) if symmetric else w


def test_scores_are_those_of_both_vectors_side_by_side():
    torch_generator = torch.Generator().manual_seed(0)
    with seeded_torch(0, "test"):
        head = EdgeHead(8).double()
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=torch_generator, dtype=torch.float64))
    vectors = torch.randn(2, 5, 8, generator=torch_generator, dtype=torch.float64)
    pairs = torch.tensor([[0, 1, 1, 0], [1, 2, 4, 3], [3, 0, 2, 3]])
    p = {name: value.detach().numpy() for name, value in head.named_parameters()}
    known = [edge_score(vectors[b, i].numpy(), vectors[b, j].numpy(), p) for b, i, j in pairs.T.tolist()]
    np.testing.assert_allclose(head(vectors, pairs).detach(), known, rtol=1e-12)
    turned = [edge_score(vectors[b, j].numpy(), vectors[b, i].numpy(), p) for b, i, j in pairs.T.tolist()]
    np.testing.assert_allclose(head.both(vectors, pairs).detach(), np.add(known, turned) / 2, rtol=1e-12)
    assert head(vectors, pairs[:, :0]).shape == (0,)


@pytest.mark.parametrize("room", [3, 1024])
def test_slopes_are_those_of_the_layers_as_written(monkeypatch, room):
    monkeypatch.setattr(module, "_CHUNK", room)
    generator = torch.Generator().manual_seed(0)
    with seeded_torch(0, "test"):
        head = EdgeHead(8).double()
    vectors = torch.randn(2, 5, 8, generator=generator, dtype=torch.float64).requires_grad_()
    pairs = torch.stack([torch.arange(20) % 2, *torch.randint(0, 5, (2, 20), generator=generator)])
    side_by_side = torch.cat([vectors[pairs[0], pairs[1]], vectors[pairs[0], pairs[2]]], dim=1)
    plain = head.last(head.second(head.first(side_by_side).relu()).relu())[:, 0]
    moved = [vectors, *head.parameters()]
    found = [torch.autograd.grad(x.sin().sum(), moved) for x in (head(vectors, pairs), plain)]
    for ours, known in zip(*found, strict=True):
        torch.testing.assert_close(ours, known, rtol=1e-10, atol=1e-14)


def test_half_precision_gives_about_the_same():
    with seeded_torch(0, "test"):
        head, vectors = EdgeHead(8), torch.randn(1, 5, 8)
    pairs = torch.tensor([[0, 0, 0], [0, 1, 2], [1, 2, 4]])
    exact = head(vectors, pairs)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        near = head(vectors, pairs)
    near.float().sum().backward()
    torch.testing.assert_close(near.float(), exact, rtol=0, atol=0.02)
    assert all(p.grad.isfinite().all() and p.grad.dtype == torch.float32 for p in head.parameters())


@pytest.mark.parametrize("symmetric", [True, False])
def test_hidden_pairs_are_gone_in_both_directions_and_asked_for(symmetric):
    w = matrices(symmetric=symmetric)
    found = hide_edges(w, share=0.3, seed=0)
    gone = (found.seen == 0) & (w != 0)
    assert torch.equal(gone, gone.transpose(1, 2))
    assert gone.sum(dim=(1, 2)).tolist() == [2 * round(0.3 * 21)] * 2
    assert torch.equal(found.seen[~gone], w[~gone])
    asked = torch.zeros_like(gone)
    asked[tuple(found.pairs)] = True
    assert not asked.diagonal(dim1=1, dim2=2).any()
    assert torch.equal(found.truth, w[tuple(found.pairs)])
    if symmetric:
        assert torch.equal(asked | asked.transpose(1, 2), gone)
        assert not (asked & asked.transpose(1, 2)).any()
        assert 0 < asked.triu().sum() < asked.sum()
    else:
        assert torch.equal(asked, gone)


def test_what_is_hidden_changes_nothing_that_is_seen():
    w = matrices()
    found = hide_edges(w, share=0.3, seed=0)
    other = w.clone()
    for values in (5.0, -2.0):
        b, i, j = found.pairs
        other[b, i, j] = values
        other[b, j, i] = values
        again = hide_edges(other, share=0.3, seed=0)
        assert torch.equal(found.seen, again.seen)
        assert torch.equal(found.pairs, again.pairs)
        assert (again.truth == values).all()


def test_the_draw_is_of_the_scan_not_of_the_batch():
    w = matrices(n_batch=3)
    whole = hide_edges(w, share=0.2, seed=0, key=("structural", 4), rows=np.array([10, 11, 12]))
    alone = hide_edges(w[1:2], share=0.2, seed=0, key=("structural", 4), rows=np.array([11]))
    assert torch.equal(whole.seen[1], alone.seen[0])
    assert torch.equal(whole.truth[whole.pairs[0] == 1], alone.truth)
    for other in ({"seed": 1}, {"key": ("structural", 5)}, {"rows": np.array([13])}):
        settings = {"seed": 0, "key": ("structural", 4), "rows": np.array([11])} | other
        assert not torch.equal(hide_edges(w[1:2], share=0.2, **settings).seen[0], alone.seen[0])


def test_pairs_lie_among_regions_that_are_there():
    w, present = matrices(), torch.ones(2, 7, dtype=torch.bool)
    present[0, 2:] = False
    found = hide_edges(w, present, share=0.2, seed=0)
    assert found.pairs[:, found.pairs[0] == 0].tolist() in ([[0], [0], [1]], [[0], [1], [0]])
    assert int((found.pairs[0] == 1).sum()) == round(0.2 * 21)


def test_two_regions_have_one_pair_and_one_has_none():
    found = hide_edges(matrices(2, 1), share=0.2, seed=0)
    assert found.pairs.shape == (3, 1)
    with pytest.raises(DataError, match=r"at least two regions to hide an edge, but scan 0 of the batch has 1"):
        hide_edges(matrices(1, 1), share=0.2, seed=0)


def test_rounding_makes_no_matrix_directed():
    w = matrices(n_batch=1).double()
    w[0, 1, 2] += 1e-9
    assert hide_edges(w, share=0.3, seed=0).pairs.shape[1] == round(0.3 * 21)
    w[0, 1, 2] += 1e-3
    assert hide_edges(w, share=0.3, seed=0).pairs.shape[1] == 2 * round(0.3 * 21)


def test_a_matrix_without_edges_has_pairs_all_the_same():
    found = hide_edges(torch.zeros(1, 5, 5), share=0.2, seed=0)
    assert found.truth.tolist() == [0.0, 0.0]
