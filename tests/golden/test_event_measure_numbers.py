"""Numbers of real streams: counts, surprise, repeats, to three digits; balance.

The references were computed beforehand with other code than this: sets of pairs on either side of the 85 % quantile of
time.
"""

import numpy as np
import pytest

from interplay import load
from interplay.measures import measure_events, reoccurrence, repeat_share, surprise

FILES = {
    "wikipedia": ("temporal", "ml_wikipedia.txt"),
    "college": ("college_msg", "CollegeMsg.txt"),
    "otc": ("signed", "ml_bitcoinotc.csv"),
    "alpha": ("signed", "ml_bitcoinalpha.csv"),
}
#: Events, nodes, pairs, surprise, share of the test events that repeat a pair of training, share of negative events.
NUMBERS = {
    "wikipedia": (157_474, 9_227, 18_257, 0.554, 0.709, 0.0),
    "college": (59_835, 1_899, 20_296, 0.796, 0.261, 0.0),
    "otc": (35_592, 5_881, 35_592, 1.0, 0.0, 0.100),
    "alpha": (24_186, 3_783, 24_186, 1.0, 0.0, 0.064),
}


@pytest.mark.parametrize("name", FILES)
def test_known_numbers(data_dir, name):
    graph = load(data_dir.joinpath(*FILES[name]))
    events, nodes, pairs, new, repeated, negative = NUMBERS[name]
    assert (len(graph), len(np.unique(np.concatenate([graph.src, graph.dst])))) == (events, nodes)
    assert len(np.unique(graph.src * graph.n_nodes + graph.dst)) == pairs
    assert surprise(graph) == pytest.approx(new, abs=5e-4)
    assert repeat_share(graph) == pytest.approx(repeated, abs=5e-4)
    assert (graph.weight < 0).mean() == pytest.approx(negative, abs=5e-4)
    assert 0 <= reoccurrence(graph) <= 1


@pytest.mark.slow
def test_trust_among_bitcoin_traders_is_balanced(data_dir):
    found = measure_events(load(data_dir.joinpath(*FILES["otc"])))
    assert found.scalars["balanced_triangles"] == pytest.approx(0.872, abs=5e-4)
    assert found.scalars["balance_excess"] > 20
    assert found.balance.frustration_lower >= 1200
    assert found.balance.frustration_upper <= 1310
