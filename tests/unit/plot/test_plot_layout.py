import numpy as np
import pytest

from interplay.data import Snapshots, Units
from interplay.plot import node_layout


def empty(n):
    none = np.empty(0, dtype=int)
    return Snapshots(
        bounds=np.array([[0.0, 1.0]]), pointer=np.zeros(2, int), src=none, dst=none, weight=np.empty(0), n_nodes=n,
        directed=False,
    )  # fmt: skip


def test_known_distinct_positions_are_kept_exactly():
    place = np.array([[0.0, 0], [10, 0], [0, 20]])
    found = node_layout(Units(n=3, position_um=place), empty(3))
    assert found.kind == "electrodes"
    np.testing.assert_array_equal(found.xy, place)


def test_units_on_one_electrode_are_spread_near_it_and_it_is_said():
    place = np.array([[0.0, 0], [0, 0], [0, 0], [100, 0], [200, 0]])
    found = node_layout(Units(n=5, position_um=place), empty(5))
    assert len(np.unique(found.xy.round(6), axis=0)) == 5
    assert np.hypot(*(found.xy - place).T).max() < 50
    np.testing.assert_array_equal(found.xy[3:], place[3:])
    assert "3 units" in found.note


def test_all_units_at_one_place_are_still_told_apart():
    found = node_layout(Units(n=4, position_um=np.ones((4, 2))), empty(4))
    assert len(np.unique(found.xy.round(9), axis=0)) == 4


def test_units_without_a_position_stand_below_and_it_is_said():
    place = np.array([[0.0, 0], [10, 10], [np.nan, np.nan]])
    found = node_layout(Units(n=3, position_um=place), empty(3))
    assert np.isfinite(found.xy).all()
    assert found.xy[2, 1] < 0
    assert "1 units without a known position" in found.note


def test_three_dimensions_are_seen_from_above():
    place = np.array([[0.0, 1, 5], [2, 3, 9]])
    np.testing.assert_array_equal(node_layout(Units(n=2, position_um=place), empty(2)).xy, place[:, :2])


@pytest.mark.parametrize("n", [0, 1, 2, 3, 500])
def test_unknown_positions_without_edges_give_a_circle(n):
    found = node_layout(None, empty(n))
    assert found.kind == "circle"
    assert found.xy.shape == (n, 2)
    assert np.isfinite(found.xy).all()


def test_springs_draw_linked_units_together_and_repeat(make):
    snapshots = make.network(n=20, s=6, density=0.2).snapshots
    one, two = node_layout(None, snapshots), node_layout(Units(n=20), snapshots)
    assert one.kind == "springs"
    np.testing.assert_array_equal(one.xy, two.xy)


def test_springs_part_two_cliques():
    block = np.kron(np.eye(2), np.ones((6, 6)))
    np.fill_diagonal(block, 0)
    block[0, 11] = block[11, 0] = 0.01
    xy = node_layout(None, Snapshots.from_dense(block[None], [[0, 1]], directed=False)).xy
    inside = np.linalg.norm(xy[:6] - xy[:6].mean(axis=0), axis=1).mean()
    assert np.linalg.norm(xy[:6].mean(axis=0) - xy[6:].mean(axis=0)) > 2 * inside


def test_units_without_any_edge_stand_below_the_springs():
    w = np.zeros((1, 8, 8))
    for i, j in ((0, 1), (1, 2), (2, 3), (3, 0), (4, 5)):
        w[0, i, j] = w[0, j, i] = 0.5
    found = node_layout(None, Snapshots.from_dense(w, [[0, 1]], directed=False))
    assert found.xy[6:, 1].max() < found.xy[:6, 1].min()
    assert "2 units that never had an edge" in found.note
    assert np.ptp(found.xy[:6], axis=0).max() < 4
