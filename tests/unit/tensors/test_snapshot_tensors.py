"""Snapshots as tensors: edges once, self-loops left to the model, features of every shape, refusals in words."""

import numpy as np
import pytest
import torch

from interplay._core.errors import DataError
from interplay.data import Snapshots
from interplay.tensors import snapshot_tensors


def two(directed=False, **changes):
    parts = {
        "bounds": np.array([[0.0, 1.0], [1.0, 2.0]]),
        "pointer": np.array([0, 3, 4]),
        "src": np.array([0, 1, 1, 0]),
        "dst": np.array([1, 1, 2, 2]),
        "weight": np.array([0.5, 1.0, -2.0, 3.0]),
        "n_nodes": 3,
        "directed": directed,
    }
    return Snapshots(**(parts | changes))


def test_each_edge_stands_once_with_its_window():
    data = snapshot_tensors(two(), dtype="float64")
    assert (len(data), data.n_units, data.n_nodes, data.n_features) == (2, 3, 4, 4)
    assert data.pointer.tolist() == [0, 2, 3]
    columns = [x.tolist() for x in (data.owner, data.src, data.dst, data.weight, data.stored)]
    assert columns == [[0, 0, 1], [0, 1, 0], [1, 2, 2], [0.5, -2.0, 3.0], [0, 2, 3]]
    assert data.weight.dtype == torch.float64


def test_the_history_node_is_last_present_and_of_ones():
    present = np.array([[True, True, True], [True, False, True]])
    data = snapshot_tensors(two(present=present), features=np.zeros((3, 2)))
    assert data.present.tolist() == [[True] * 4, [True, False, True, True]]
    assert data.features.tolist() == [[0, 0]] * 3 + [[1, 1]]
    assert snapshot_tensors(two(), features=np.zeros((2, 3, 5)), history_node=False).features.shape == (2, 3, 5)


def test_a_part_is_cut_once_and_counts_from_its_start():
    data = snapshot_tensors(two(), features=np.arange(12.0).reshape(2, 3, 2))
    part = data.part(1, 2)
    assert part is data.part(1, 2)
    assert (part.owner.tolist(), part.stored.tolist(), part.pointer.tolist()) == ([0], [3], [0, 1])
    assert part.features[0, 0].tolist() == [6, 7]
    assert data.part(0, 2) is data


def test_a_scale_is_given_per_stored_edge():
    scaled = snapshot_tensors(two()).scaled(torch.tensor([1.0, 9.0, 3.0, 4.0]))
    assert scaled.scale.tolist() == [1, 3, 4]
    assert scaled.part(1, 2).scale.tolist() == [4]


def test_what_does_not_fit_is_refused():
    with pytest.raises(DataError, match=r"must be undirected .*Use `snapshots.undirected\(\)`"):
        snapshot_tensors(two(directed=True))
    with pytest.raises(DataError, match="at least one window and one node, got 0 windows of 3 nodes"):
        snapshot_tensors(two().take([]))
    with pytest.raises(DataError, match=r"`features` must have shape \(N=3, F\), got \(4, 2\)"):
        snapshot_tensors(two(), features=np.zeros((4, 2)))
    with pytest.raises(DataError, match=r"`features` must be finite: features\[1, 0\]=nan"):
        snapshot_tensors(two(), features=np.array([[0.0], [np.nan], [0.0]]))
    with pytest.raises(DataError, match="at least one feature"):
        snapshot_tensors(two(), features=np.zeros((3, 0)))
