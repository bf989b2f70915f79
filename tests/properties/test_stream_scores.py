"""What holds of any stream and any model: ranks alone are read, and draws know nothing of batches or signs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.data import TemporalGraph
from interplay.measures import StreamEvaluation
from interplay.measures.negatives import NegativeSampler


class Fixed:
    """Scores that hang on the pair alone, bent by a function."""

    def __init__(self, bend=lambda x: x):
        self.bend = bend

    def reset(self):
        pass

    def score(self, src, dst, time):
        return self.bend(((src * 7 + dst * 3) % 11).astype(float))

    def write(self, events):
        pass


@st.composite
def streams(draw):
    events = draw(st.integers(4, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    time = np.sort(rng.integers(draw(st.integers(2, 60)), size=events)).astype(float)
    src, dst = rng.integers(6, size=(2, events))
    return TemporalGraph(src=src, dst=dst, time=time, weight=rng.choice([-1.0, 1.0], events), n_nodes=6, span=(0, 60))


def middle(graph):
    """A cut between two times, or the start."""
    return int(np.searchsorted(graph.time, graph.time[len(graph) // 2]))


@settings(max_examples=15, deadline=None)
@given(streams(), st.integers(1, 50))
def test_bending_scores_or_batches_changes_no_rank(graph, batch):
    start = middle(graph)
    for aim in ("link", "sign"):
        plan = StreamEvaluation(aim=aim, n_negatives=3, batch=batch, n_bootstrap=0)
        one = plan.run(Fixed(), graph, start, len(graph)).popitem()[1]
        bent = plan.run(Fixed(lambda x: np.exp(x / 2) - 4), graph, start, len(graph)).popitem()[1]
        other = replace(plan, batch=7).run(Fixed(), graph, start, len(graph)).popitem()[1]
        for name, value in one.values.items():
            if name != "brier" and not name.startswith("f1"):  # a threshold lies half-way between two scores
                assert bent.values[name] == pytest.approx(value, nan_ok=True)
            if not name.startswith("batch"):
                assert other.values[name] == pytest.approx(value, nan_ok=True)
            assert np.isnan(value) or 0 <= value <= 1


@settings(max_examples=15, deadline=None)
@given(streams(), st.integers(0, 5))
def test_negatives_hang_on_who_meets_whom_alone(graph, seed):
    event = np.arange(len(graph))
    turned = replace(graph, weight=-graph.weight)
    later = graph.shift(2.0**20)
    for kind in ("random", "all"):
        wanted = NegativeSampler(graph=graph, kind=kind, train_stop=0, seed=seed).ranked(event, 2)[0]
        for other in (turned, later):
            found = NegativeSampler(graph=other, kind=kind, train_stop=0, seed=seed).ranked(event, 2)[0]
            assert np.array_equal(found, wanted)
