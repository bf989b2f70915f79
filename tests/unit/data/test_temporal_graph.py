"""Temporal graphs: what is refused, in which words."""

import numpy as np
import pytest

from interplay.data import TemporalGraph


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time": [1.0, 0.0]}, r"`time` must not decrease: .* Sort first, or use `TemporalGraph.from_events`"),
        ({"src": [0, 5]}, r"`src` must lie in \[0, n_nodes=3\): src\[1\]=5"),
        ({"dst": [-1, 0]}, r"`dst` must lie in \[0, n_nodes=3\): dst\[0\]=-1"),
        ({"weight": [1.0]}, r"`weight` must have shape \(E=2\), got \(1,\)"),
        ({"weight": [1.0, np.nan]}, r"`weight` must be finite: weight\[1\]=nan"),
        ({"span": (0.0, 1.0)}, r"`time` must lie in span \[0\.0, 1\.0\): time\[1\]"),
        ({"names": np.array(["a", "b", "a"])}, "`names` must name each node once, got a repeated name"),
        ({"names": np.array(["a"])}, r"`names` must have shape \(N=3\), got \(1,\)"),
    ],
)
def test_bad_graphs_are_refused(changes, message):
    given = {"src": [0, 1], "dst": [1, 2], "time": [0.0, 1.0], "n_nodes": 3, "span": (0.0, 2.0)}
    with pytest.raises(ValueError, match=message):
        TemporalGraph(**(given | changes))


def test_weights_default_to_one_and_order_of_ties_is_kept():
    g = TemporalGraph.from_events([2, 0, 1], [0, 1, 2], [1.0, 0.0, 1.0], n_nodes=3, span=(0.0, 2.0))
    assert g.src.tolist() == [0, 2, 1]
    assert g.weight.tolist() == [1.0, 1.0, 1.0]


def test_names_enter_the_digest_and_notes_do_not():
    g = {"src": [0], "dst": [1], "time": [0.0], "n_nodes": 2, "span": (0.0, 1.0)}
    bare = TemporalGraph(**g)
    assert TemporalGraph(**g, notes=("x",)).digest == bare.digest
    assert TemporalGraph(**g, names=np.array(["a", "b"])).digest != bare.digest


def test_a_graph_of_no_snapshots_is_refused():
    from interplay.data import Snapshots

    empty = Snapshots.from_dense(np.zeros((0, 2, 2)), np.empty((0, 2)), directed=True)
    with pytest.raises(ValueError, match="`snapshots` must hold at least one window, got none"):
        TemporalGraph.from_snapshots(empty)
