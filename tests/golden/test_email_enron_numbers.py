"""What is published of the messages of email-Enron, counted anew.

Numbers: the tutorial beside Benson, Abebe, Schaub, Jadbabaie, Kleinberg (2018), PNAS 115:E11221 (its summary
statistics, its closures of three nodes, and the first scores of its top list by personalised PageRank, there solved to
a tolerance of 1e-3).
"""

import numpy as np
import pytest

from interplay.io import load_simplices
from interplay.measures import forecast_triangles, simplicial_closure
from interplay.ops.triangles import list_triangles

# Ties, open in the first 80 %, closed in the rest.
CLOSURES = [
    (0, 0, 0, 265772, 90),
    (0, 0, 1, 40734, 78),
    (0, 0, 2, 109207, 334),
    (0, 1, 1, 2025, 19),
    (0, 1, 2, 10669, 132),
    (0, 2, 2, 11082, 236),
    (1, 1, 1, 75, 0),
    (1, 1, 2, 449, 14),
    (1, 2, 2, 1162, 56),
    (2, 2, 2, 888, 49),
]
TOP_SCORES = [0.304908, 0.272448, 0.253939, 0.189741, 0.181000, 0.179424, 0.176207, 0.175591, 0.173161]


@pytest.fixture(scope="module")
def enron(data_dir):
    folder = data_dir / "simplices"
    if not folder.is_dir():
        pytest.skip("the real data at hand hold no simplices")
    return load_simplices(folder / "email-Enron", seconds_per_unit=1e-3)


def test_summary(enron):
    graph = enron.graph()
    assert (enron.n_nodes, len(enron), graph.n_edges) == (143, 10883, 1800)
    assert graph.weights().mean() == pytest.approx(16.037222, abs=1e-6)


@pytest.mark.parametrize(("sizes", "closed", "opened"), [((1, None), 6578, 3317), ((3, 3), 317, 331)])
def test_open_and_closed_triangles(enron, sizes, closed, opened):
    part = enron.of_size(*sizes)
    graph = part.graph()
    src, dst = graph.src.astype(np.int64), graph.target.astype(np.int64)
    triangles = list_triangles(src[src < dst], dst[src < dst], graph.n_nodes)
    assert len(triangles) == closed + opened
    meeting_sets = {tuple(part.members(k)) for k in range(len(part))}
    near = [set() for _ in range(part.n_nodes)]
    for k, nodes in enumerate(meeting_sets):
        for v in nodes:
            near[v].add(k)
    assert sum(bool(near[a] & near[b] & near[c]) for a, b, c in triangles) == closed


def test_closures_by_ties(enron):
    found = simplicial_closure(enron, share=0.8)
    assert np.column_stack([found.ties, found.open, found.closed]).tolist() == [list(row) for row in CLOSURES]


def test_walk_scores(enron):
    found = forecast_triangles(enron, share=0.8, scores=["page-rank"])
    order = np.argsort(-found.score[0])[: len(TOP_SCORES)]
    np.testing.assert_allclose(found.score[0, order], TOP_SCORES, rtol=2e-3)
    assert np.flatnonzero(found.closed[order]).tolist() == [4, 7, 8]
