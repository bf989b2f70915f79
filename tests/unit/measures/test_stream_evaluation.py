"""Evaluating streams: against loops; what is written when; odd streams."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.oracles import streams as oracle

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay.data import TemporalGraph, event_batches, split_events
from interplay.measures import STREAM_BASELINES, STREAM_METRICS, StreamEvaluation, compare_stream, evaluate_stream
from interplay.measures.negatives import NegativeSampler
from interplay.measures.stream_baselines import EdgeBank, HistoryBoosting, Popularity, Recency, Reputation

NAMES = ("edgebank", "edgebank_window", "recency", "popularity", "recency_popularity")


def graph(seed=0, *, users=8, items=6, events=160, times=50):
    rng = np.random.default_rng(seed)
    src = rng.integers(users, size=events)
    return TemporalGraph(
        src=src,
        dst=users + (src * 5 + rng.integers(3, size=events)) % items,
        time=np.sort(rng.integers(times, size=events)).astype(float),
        weight=rng.choice([1.0, -1.0], events, p=[0.7, 0.3]),
        n_nodes=users + items,
        span=(0.0, times),
    )


class Watched:
    """A model that scores by hashing, and writes down what happens to it."""

    def __init__(self, score=None):
        self.told, self.how = [], score

    def reset(self):
        self.told.append("reset")

    def score(self, src, dst, time):
        self.told.append(("asked", len(src), float(np.min(time))))
        return np.sin(src * 7.0 + dst * 3.0 + time) if self.how is None else self.how(src, dst, time)

    def write(self, events):
        self.told.append(("written", len(events), float(events.time[0]), float(events.time[-1])))


def score_of(name, train):
    """The rules in words of their own; `train` are the times of the training part."""
    length = train[-1] - train[0]
    window = train[-1] - np.quantile(train, 0.85)

    def rule(known, u, v, t):
        last = known.last.get((u, v))
        if name == "edgebank":
            return float(last is not None)
        if name == "edgebank_window":
            return float(last is not None and t - last <= window)
        popular = known.arrived[v] / max(known.written, 1)
        if name == "popularity":
            return popular
        if last is None:
            return popular - 1 if name == "recency_popularity" else 0.0
        return length / (length + t - last)

    return rule


@pytest.mark.parametrize("name", NAMES)
def test_baselines_and_ranks_are_those_of_loops(name):
    g = graph(users=30)
    split = split_events(g)
    start, events = split.validation_stop, list(zip(g.src.tolist(), g.dst.tolist(), g.time.tolist(), strict=True))
    cuts = oracle.batches(g.time, start, len(g), 7)
    model = STREAM_BASELINES[name]().fit(g, split=split)
    found = evaluate_stream(model, g, start, len(g), negatives="all", batch=7, split=split)
    pool = sorted(set(g.dst.tolist()))
    wanted = oracle.mean_reciprocal_rank(events, pool, start, cuts, score_of(name, split.training.time))
    assert found.mrr == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("kind", ["random", "historical", "inductive"])
def test_areas_are_those_of_loops(kind):
    g = graph(1, users=30)
    start = split_events(g).validation_stop
    found = evaluate_stream(Watched(), g, start, len(g), negatives=kind, n_negatives=3, batch=9)
    event = np.arange(start, len(g))
    sampler = NegativeSampler(graph=g, kind=kind, train_stop=start)
    a, b = sampler.pairs(event)

    def how(u, v, t):
        return np.sin(u * 7.0 + v * 3.0 + t)

    own, false = how(g.src[event], g.dst[event], g.time[event]), how(a, b, g.time[event])
    assert np.array_equal(found.score, own)
    assert np.array_equal(found.negative_score, false)
    assert found.ap == pytest.approx(oracle.precision(own, false), abs=1e-12)
    assert found.auc == pytest.approx(oracle.area(own, false), abs=1e-12)
    rows, _ = sampler.ranked(event, 3)
    ranks = [oracle.rank(own[k], how(g.src[e], rows[k][rows[k] >= 0], g.time[e]).tolist()) for k, e in enumerate(event)]
    assert found.rank.tolist() == ranks
    assert found.values["hits@3"] == np.mean(np.array(ranks) <= 3)
    cuts = oracle.batches(g.time, start, len(g), 9)
    each = [oracle.precision(own[x - start : y - start], false[x - start : y - start]) for x, y in cuts]
    assert found.values["batch_ap"] == pytest.approx(np.mean(each), abs=1e-12)
    assert found.batch_start.tolist() == [x - start for x, _ in cuts]


def test_a_batch_is_asked_of_before_it_is_written():
    g, model = graph(), Watched()
    start = split_events(g).validation_stop
    plan = StreamEvaluation(negatives=("random", "all"), n_negatives=4, batch=11, replay_batch=40, n_bootstrap=0)
    plan.run(model, g, start, len(g))
    assert model.told[0] == "reset"
    written = [x for x in model.told if x[0] == "written"]
    assert sum(x[1] for x in written) == len(g)
    assert all(a[3] < b[2] for a, b in pairwise(written))
    seen = -np.inf
    for x in model.told[1:]:
        if x[0] == "written":
            seen = x[3]
        else:
            assert x[2] > seen
    bounds = event_batches(g.time, 40, stop=start)
    assert [x[1] for x in written[: len(bounds) - 1]] == np.diff(bounds).tolist()


def test_several_kinds_in_one_pass_are_those_of_one_each():
    g = graph(2)
    split = split_events(g)
    start, model = split.validation_stop, Popularity().fit(g)
    both = StreamEvaluation(negatives=("random", "historical"), n_negatives=5, batch=8).run(
        model, g, start, len(g), split=split
    )
    for kind, found in both.items():
        alone = evaluate_stream(model, g, start, len(g), negatives=kind, n_negatives=5, batch=8, split=split)
        assert found.values == alone.values
        assert found.intervals == alone.intervals


def test_parts_join_to_the_whole():
    g = graph(3, users=40, events=120)
    split = split_events(g)
    model = Recency().fit(g, split=split)
    found = evaluate_stream(model, g, split.validation_stop, len(g), split=split, batch=5)
    known = split.transductive(split.validation_stop, len(g))
    assert np.array_equal(found.known, known)
    assert 0 < known.sum() < len(known)
    mean = known.mean() * found.transductive["mrr"] + (~known).mean() * found.inductive["mrr"]
    assert found.mrr == pytest.approx(mean, abs=1e-12)
    low, high = found.intervals["mrr"]
    assert low < found.mrr < high
    assert set(found.values) == {name for name, m in STREAM_METRICS.items() if m.aim in ("link", "any")}


def test_signs_are_told_with_a_threshold_of_the_validation():
    g = graph(4, times=4000, events=300)
    split = split_events(g, (0.5, 0.3, 0.2))
    start, middle = split.validation_stop, split.train_stop

    def how(src, dst, time):
        return np.sin(src * 3.0 + dst) + 0.1 * np.cos(time)

    found = evaluate_stream(Watched(how), g, start, len(g), aim="sign", split=split, batch=10)
    truth, score = g.weight[start:] > 0, how(g.src, g.dst, g.time)
    own = score[start:]
    assert found.auc == pytest.approx(oracle.area(own[truth], own[~truth]), abs=1e-12)
    assert found.ap == pytest.approx(oracle.precision(own[truth], own[~truth]), abs=1e-12)
    assert found.values["negative_ap"] == pytest.approx(oracle.precision(-own[~truth], -own[truth]), abs=1e-12)
    assert set(found.values) == {name for name, m in STREAM_METRICS.items() if m.aim in ("sign", "any")}

    def f1(good, called):
        both = (good & called).sum()
        return 2 * both / (good.sum() + called.sum())

    watched, signs = score[middle:start], g.weight[middle:start] > 0
    cuts = [-np.inf, *((np.sort(watched)[1:] + np.sort(watched)[:-1]) / 2)]
    macro = [(f1(signs, watched > c) + f1(~signs, watched <= c)) / 2 for c in cuts]
    assert (f1(signs, watched > found.threshold) + f1(~signs, watched <= found.threshold)) / 2 == max(macro)
    called = own > found.threshold
    assert found.values["f1"] == pytest.approx(f1(truth, called))
    assert found.values["f1_macro"] == pytest.approx((f1(truth, called) + f1(~truth, ~called)) / 2)
    weighted = truth.mean() * f1(truth, called) + (~truth).mean() * f1(~truth, ~called)
    assert found.values["f1_weighted"] == pytest.approx(weighted)
    later = replace(g, weight=np.concatenate([g.weight[:start], -g.weight[start:]]))
    turned = evaluate_stream(
        Watched(how), later, start, len(g), aim="sign", split=split_events(later, (0.5, 0.3, 0.2)), batch=10
    )
    assert turned.threshold == found.threshold
    base = truth.mean()
    assert 0 < found.values["brier"] < base * (1 - base) + 0.05


def test_events_without_a_sign_are_written_and_not_told():
    g = graph(5)
    weight = g.weight.copy()
    weight[-3:] = 0
    g = replace(g, weight=weight)
    start = split_events(g).validation_stop
    model = Watched()
    found = evaluate_stream(model, g, start, len(g), aim="sign")
    assert len(found.score) == len(g) - start - 3
    assert "3 events of weight 0 have no sign" in found.notes[-1]
    assert sum(x[1] for x in model.told if x[0] == "written") == len(g)


def test_one_sign_and_no_validation_are_said():
    g = replace(graph(6), weight=np.ones(160))
    found = evaluate_stream(Watched(), g, 0, len(g), aim="sign")
    assert np.isnan([found.auc, found.values["f1"], found.values["brier"]]).all()
    assert len(found.notes) == 2


def test_odd_streams():
    one = TemporalGraph(src=[0], dst=[1], time=[1e9], n_nodes=2, span=(1e9, 1e9 + 1))
    found = evaluate_stream(EdgeBank().fit(one), one, 0, 1, negatives="all")
    assert np.isnan(found.mrr)
    assert "1 events have no negative" in found.notes[0]
    tied = graph(times=1)
    found = evaluate_stream(EdgeBank().fit(tied), tied, 0, len(tied), batch=3)
    assert len(found.batch_start) == 1
    assert np.isnan(found.intervals["mrr"]).all()
    far = graph(7)
    moved = replace(far, time=far.time + 2.0**30, span=(2.0**30, 2.0**30 + 50))
    for g in (far, moved):
        split = split_events(g)
        found = evaluate_stream(Recency().fit(g, split=split), g, split.validation_stop, len(g), split=split)
        assert found.mrr == evaluate_stream(Recency().fit(far), far, split.validation_stop, len(g)).mrr


def test_errors_say_what_to_do():
    g = graph()
    start = split_events(g).validation_stop
    with pytest.raises(DataError, match="start < stop <= 160, got 160 and 160"):
        evaluate_stream(Watched(), g, 160, 160)
    with pytest.raises(ConfigError, match="`start`"):
        evaluate_stream(Watched(), g, -1, 160)
    cut = next(k for k in range(1, 160) if g.time[k] == g.time[k - 1])
    with pytest.raises(DataError, match="`start` must not cut"):
        evaluate_stream(Watched(), g, cut, 160)
    with pytest.raises(DataError, match="`stop` must not cut"):
        evaluate_stream(Watched(), g, 0, cut)
    with pytest.raises(DataError, match="`split` must be a split of `graph`"):
        evaluate_stream(Watched(), g, start, 160, split=split_events(graph(9)))
    model = Watched()
    with pytest.raises(DataError, match="at least one inductive pair"):
        evaluate_stream(model, graph(1), split_events(graph(1)).validation_stop, 160, negatives="inductive")
    assert not model.told  # said at once, not after the replay
    with pytest.raises(ConfigError, match="aim"):
        evaluate_stream(Watched(), g, start, 160, aim="weight")
    with pytest.raises(NumericalError, match="1 that are not finite"):
        evaluate_stream(Watched(lambda u, v, t: np.where(np.arange(len(u)) == 0, np.nan, 0.0)), g, start, 160)
    with pytest.raises(NumericalError, match="shape"):
        evaluate_stream(Watched(lambda u, v, t: np.zeros(1)), g, start, 160, batch=20)


def test_a_comparison_always_has_the_baselines():
    g = graph()
    split, seen = split_events(g), []
    found = compare_stream({"mine": Watched()}, g, batch=20, progress=lambda done, total: seen.append((done, total)))
    assert tuple(found.scores) == ("mine", *NAMES)
    assert found.baselines == NAMES
    assert (found.train_stop, found.start, found.stop) == (split.train_stop, split.validation_stop, len(g))
    assert seen[-1] == (6 * 160, 6 * 160)
    table = found.to_columns()
    assert len(table["model"]) == 6 * 2 * 3
    name, best = found.best_baseline("mrr", "random")
    assert best == max(found.scores[b]["random"].mrr for b in NAMES)
    assert found.scores[name]["random"].mrr == best
    with pytest.raises(ConfigError, match="'recency'"):
        compare_stream({"recency": Watched()}, g)


def test_signed_baselines_and_the_one_that_cannot_be_made():
    g = graph(8, times=4000, events=200)
    found = compare_stream({}, g, aim="sign", batch=20)
    assert found.baselines == ("reputation", "boosting")
    assert found.best_baseline("brier", "sign")[1] == min(s["sign"].values["brier"] for s in found.scores.values())
    found = compare_stream({}, replace(g, weight=np.ones(200)), aim="sign")
    assert found.baselines == ("reputation",)
    assert "Baseline boosting is left out" in found.notes[0]


def test_reputation_and_boosting_read_the_counters():
    g = TemporalGraph(
        src=[0, 1, 2, 3], dst=[4] * 4, time=[0.0, 1, 2, 3], weight=[1.0, -1, -1, 1], n_nodes=6, span=(0, 4)
    )
    model = Reputation(share=0.5).fit(g)
    model.write(g.take(slice(0, 3)))
    assert model.score([0, 0], [4, 5], [3.0, 3.0]).tolist() == [1.5 / 4, 0.5]
    with pytest.raises(DataError, match="both signs"):
        HistoryBoosting().fit(replace(graph(), weight=np.ones(160)))
    with pytest.raises(DataError, match="`events` must be of 6 nodes, got 7"):
        model.write(replace(g, n_nodes=7))
    with pytest.raises(DataError, match="dst"):
        model.score([0], [6], [0.0])
    for config, name in ((EdgeBank, "window"), (Reputation, "share"), (HistoryBoosting, "rounds")):
        with pytest.raises(ConfigError, match=name):
            config(**{name: -1})


def test_training_events_of_hidden_nodes_are_not_written():
    g = graph(events=300, times=300)
    split = split_events(g, hidden=0.4)
    assert split.hidden.any()
    written = []

    class Written(Watched):
        def write(self, events):
            written.extend(zip(events.src, events.dst, events.time, strict=True))

    start = split.validation_stop
    for plan in (StreamEvaluation(), StreamEvaluation(aim="sign", replay_batch=7)):
        written.clear()
        plan.run(Written(), g, start, len(g), split=split)
        later = g.take(slice(split.train_stop, len(g)))
        expected = [
            pair for part in (split.training, later) for pair in zip(part.src, part.dst, part.time, strict=True)
        ]
        assert written == expected
