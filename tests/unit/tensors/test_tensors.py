"""Tensors keep late times exact, and the seeded block leaves torch's global state alone."""

import numpy as np
import torch

from interplay.data import TemporalGraph
from interplay.tensors import seeded_torch, to_tensors


def test_time_is_made_relative_before_casting():
    late = 1.7e9
    graph = TemporalGraph(
        src=np.array([0, 1]), dst=np.array([1, 0]), time=late + np.array([0.25, 1.5]), n_nodes=3, span=(late, late + 2)
    )
    columns = to_tensors(graph)
    assert columns.time.dtype == torch.float32
    assert columns.time.tolist() == [0.25, 1.5]
    assert columns.edge_index.tolist() == [[0, 1], [1, 0]]
    assert (columns.n_nodes, columns.start) == (3, late)


def test_a_seeded_block_repeats_and_restores():
    before = torch.random.get_rng_state()
    with seeded_torch(5, "layers"):
        first = torch.rand(3)
    with seeded_torch(5, "layers"):
        again = torch.rand(3)
    with seeded_torch(5, "dropout"):
        other = torch.rand(3)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(before, torch.random.get_rng_state())
