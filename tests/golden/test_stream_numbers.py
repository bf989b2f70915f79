"""Numbers of baselines on real streams: Wikipedia edits, and trust among bitcoin traders.

Published: EdgeBank 0.495 and 0.571 with a window (leaderboard of the Temporal Graph Benchmark, tgbl-wiki-v2, one
against all destinations). The other references were computed beforehand with other code than this, in batches of 200
that end wherever they end; here a batch waits for the next change of time, which shows a model a little more. Both are
held to three digits.
"""

import numpy as np
import pytest

from interplay.data import TemporalGraph, split_events
from interplay.measures import StreamEvaluation, average_precision, history_counters, roc_auc, stream_evaluation
from interplay.measures.pair_history import PairHistory
from interplay.measures.stream_baselines import (
    EdgeBank,
    HistoryBoosting,
    Popularity,
    Recency,
    RecentOrPopular,
    Reputation,
    StreamBaseline,
    WindowedEdgeBank,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wikipedia(data_dir):
    table = np.loadtxt(data_dir / "temporal" / "ml_wikipedia.txt", dtype=np.int64)
    time = table[:, 2].astype(float)
    return TemporalGraph.from_events(table[:, 0], table[:, 1], time, n_nodes=9228, span=(0.0, time.max() + 1))


def bitcoin(data_dir, name):
    table = np.genfromtxt(data_dir / "signed" / f"ml_bitcoin{name}.csv", delimiter=",", skip_header=1)
    src, dst = table[:, 1].astype(int), table[:, 2].astype(int)
    span = (table[:, 3].min(), table[:, 3].max() + 1)
    n = max(src.max(), dst.max()) + 1
    return TemporalGraph.from_events(src, dst, table[:, 3], table[:, 4], n_nodes=n, span=span)


def told(model, graph, split, *kinds, **settings):
    plan = StreamEvaluation(negatives=kinds or ("all",), n_bootstrap=0, **settings)
    return plan.run(model, graph, split.validation_stop, len(graph), split=split)


def test_splits(wikipedia):
    split = split_events(wikipedia)
    assert (split.train_stop, split.validation_stop, len(wikipedia)) == (110232, 110232 + 23621, 157474)


@pytest.mark.parametrize(
    ("config", "mrr"),
    [
        (EdgeBank(), 0.4947),
        (WindowedEdgeBank(), 0.5717),
        (Recency(), 0.7255),
        (RecentOrPopular(), 0.7289),
        (Popularity(), 0.0393),
    ],
)
def test_wikipedia_one_against_all(wikipedia, config, mrr):
    split = split_events(wikipedia)
    assert told(config.fit(wikipedia, split=split), wikipedia, split)["all"].mrr == pytest.approx(mrr, abs=5e-5)


def test_wikipedia_edgebank_by_negatives(wikipedia):
    """Reference: 0.911 and 0.915 from random negatives, 0.463 and 0.419 from historical ones."""
    split = split_events(wikipedia)
    found = told(EdgeBank().fit(wikipedia), wikipedia, split, "random", "historical")
    assert (found["random"].ap, found["random"].auc) == pytest.approx((0.911, 0.915), abs=5e-4)
    assert (found["historical"].ap, found["historical"].auc) == pytest.approx((0.463, 0.419), abs=5e-4)


def test_wikipedia_in_batches_that_cut_ties(wikipedia, monkeypatch):
    """Reference: 0.495, 0.571 by the benchmark's window; 0.567 by one of 15 % of the time up to the test; 0.725, 0.728.

    The last is 0.72822 and the one before 0.72475 in such batches: events of one second then see each other.
    """

    def cut_anywhere(time, size, *, start=0, stop=None):
        return np.unique(np.append(np.arange(start, len(time) if stop is None else stop, size), stop or len(time)))

    monkeypatch.setattr(stream_evaluation, "event_batches", cut_anywhere)
    split = split_events(wikipedia)
    known = wikipedia.time[: split.validation_stop]
    length = 0.15 * (known[-1] - known[0])

    def before_the_last_written(history, src, dst, time):
        now = history._last.max()
        return (history.last(src, dst) >= now - length).astype(float)

    models = {
        0.4947: EdgeBank().fit(wikipedia),
        0.571: WindowedEdgeBank().fit(wikipedia, split=split),
        0.567: StreamBaseline(PairHistory(9228), before_the_last_written),
        0.725: Recency().fit(wikipedia, split=split),
        0.728: RecentOrPopular().fit(wikipedia, split=split),
    }
    for mrr, model in models.items():
        assert told(model, wikipedia, split)["all"].mrr == pytest.approx(mrr, abs=5e-4)


@pytest.mark.parametrize(("name", "auc", "negative"), [("otc", 0.773, 0.409), ("alpha", 0.683, 0.277)])
def test_bitcoin_reputation(data_dir, name, auc, negative):
    """With one imagined event of half a sign. Cut by number, as the reference was: in Alpha ten tied events more.

    The cut by time, which keeps those together, gives 0.278 in place of 0.277.
    """
    graph = bitcoin(data_dir, name)
    start, reputation = int(0.85 * len(graph)), history_counters(graph)[:, 10]
    truth = graph.weight[start:] > 0
    assert roc_auc(truth, reputation[start:]) == pytest.approx(auc, abs=5e-4)
    assert average_precision(~truth, -reputation[start:]) == pytest.approx(negative, abs=5e-4)
    split = split_events(graph)
    found = told(Reputation(share=0.5).fit(graph), graph, split, aim="sign", batch=1)["sign"]
    assert (found.auc, found.values["negative_ap"]) == pytest.approx((auc, negative), abs=1.3e-3)


def test_bitcoin_otc_boosting(data_dir):
    """Reference 0.865 and 0.551, every event from all earlier times."""
    graph = bitcoin(data_dir, "otc")
    split = split_events(graph)
    found = told(HistoryBoosting().fit(graph, split=split), graph, split, aim="sign", batch=1)["sign"]
    assert (found.auc, found.values["negative_ap"]) == pytest.approx((0.865, 0.551), abs=5e-4)


def test_bitcoin_alpha_boosting(data_dir):
    """Reference 0.776 and 0.460; here 0.783 and 0.475, and the draw of the events that stop it moves both by more.

    Which tenth of the training events decides when to stop is random: four seeds lie on both sides of the reference.
    """
    graph = bitcoin(data_dir, "alpha")
    split = split_events(graph)
    found = []
    for seed in range(4):
        scores = told(HistoryBoosting(seed=seed).fit(graph, split=split), graph, split, aim="sign", batch=1)["sign"]
        found.append((scores.auc, scores.values["negative_ap"]))
    assert found[0] == pytest.approx((0.783, 0.475), abs=5e-4)
    low, high = np.min(found, axis=0), np.max(found, axis=0)
    assert (low < (0.776, 0.460)).all()
    assert (high > (0.776, 0.460)).all()
