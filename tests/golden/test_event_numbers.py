"""Counts, surprise and repeats of four real streams, computed beforehand with other code than this."""

import numpy as np
import pytest

from interplay.data import TemporalGraph
from interplay.measures.event_pairs import repeat_share, surprise

pytestmark = pytest.mark.slow


def stream_of(src, dst, time, weight=None):
    span = (float(time.min()), float(time.max()) + 1)
    n = int(max(src.max(), dst.max())) + 1
    return TemporalGraph.from_events(src, dst, time, weight, n_nodes=n, span=span)


def load(data_dir, name):
    if name == "wikipedia":
        return stream_of(*np.loadtxt(data_dir / "temporal" / "ml_wikipedia.txt", dtype=np.int64)[:, :3].T)
    if name == "college":
        return stream_of(*np.loadtxt(data_dir / "college_msg" / "CollegeMsg.txt", dtype=np.int64)[:, :3].T)
    table = np.genfromtxt(data_dir / "signed" / f"ml_bitcoin{name}.csv", delimiter=",", skip_header=1)
    return stream_of(table[:, 1].astype(int), table[:, 2].astype(int), table[:, 3], table[:, 4])


@pytest.mark.parametrize(
    ("name", "events", "nodes", "pairs", "surprised", "repeats", "negative"),
    [
        ("wikipedia", 157474, 9227, 18257, 0.554, 0.709, 0.0),
        ("college", 59835, 1899, 20296, 0.796, 0.261, 0.0),
        ("otc", 35592, 5881, 35592, 1.0, 0.0, 0.100),
        ("alpha", 24186, 3783, 24186, 1.0, 0.0, 0.064),
    ],
)
def test_real_streams(data_dir, name, events, nodes, pairs, surprised, repeats, negative):
    graph = load(data_dir, name)
    ends = np.column_stack([graph.src, graph.dst])
    assert (len(graph), len(np.unique(ends)), len(np.unique(ends, axis=0))) == (events, nodes, pairs)
    assert surprise(graph) == pytest.approx(surprised, abs=5e-4)
    assert repeat_share(graph) == pytest.approx(repeats, abs=5e-4)
    assert (graph.weight < 0).mean() == pytest.approx(negative, abs=5e-4)
