import math

import numpy as np
import pytest
import torch

from interplay._core.errors import ConfigError, DataError
from interplay.data import TemporalGraph, split_events
from interplay.explain import MOTIF_CLASSES, TempME
from interplay.explain.event_fidelity import SPARSITIES, kept_events, same_events
from interplay.explain.temp_me_encoder import MotifBatch, bottleneck, event_logits, relaxed
from interplay.represent import TGN
from interplay.testing.known_streams import KnownMethod, closing_stream, known_causes


def information(p, kind, null, prior):
    """The divergence by loops over one query."""
    size = len(p)
    total = 0.0
    chosen = sum(p) / size
    total += (1 - chosen) * math.log((1 - chosen) / (1 - prior))
    for c in range(len(null)):
        q = sum(x for x, k in zip(p, kind, strict=True) if k == c) / size
        if q > 0:
            total += q * math.log(q / (prior * null[c]))
    return total


def test_information_is_summed_over_aligned_classes():
    r = np.random.default_rng(0)
    null = r.dirichlet(np.ones(13))
    p, kind = r.random((4, 30)), r.integers(0, 13, (4, 30))
    kind[3, 10:] = -1
    logit = torch.logit(torch.from_numpy(p)).masked_fill(torch.from_numpy(kind < 0), -torch.inf)
    got = bottleneck(logit, torch.from_numpy(kind), torch.from_numpy(null), 0.3)
    rows = [information(p[q][kind[q] >= 0], kind[q][kind[q] >= 0], null, 0.3) for q in range(4)]
    assert float(got) == pytest.approx(np.mean(rows))
    # Classes that are told in another order are told otherwise: nothing may be aligned by luck.
    turned = bottleneck(logit, torch.from_numpy(kind), torch.from_numpy(np.roll(null, 1)), 0.3)
    assert abs(float(turned) - float(got)) > 1e-3


def test_information_is_nothing_where_all_is_as_in_the_null():
    kind = torch.tensor([[0, 0, 1, 2]])
    null = torch.tensor([0.5, 0.25, 0.25])
    assert float(bottleneck(torch.logit(torch.full((1, 4), 0.3)), kind, null, 0.3)) == pytest.approx(0, abs=1e-6)
    none = torch.full((1, 4), -torch.inf)
    assert float(bottleneck(none, torch.full((1, 4), -1), null, 0.3)) == 0.0


def test_draws_are_near_zero_and_one_and_off_without_a_generator():
    logit = torch.tensor([0.4, -torch.inf]).repeat(4000, 1)
    drawn = relaxed(logit, 0.07, torch.Generator().manual_seed(0))
    assert (drawn[:, 1] == 0).all()
    assert float((drawn[:, 0] > 0.5).float().mean()) == pytest.approx(1 / (1 + math.exp(-0.4)), abs=0.03)
    assert ((drawn[:, 0] < 0.05) | (drawn[:, 0] > 0.95)).float().mean() > 0.8
    assert torch.equal(relaxed(logit, 0.07, None), torch.sigmoid(logit))


def test_an_event_counts_as_its_best_motif():
    event = torch.tensor([[[5, 3, -1], [4, 3, 2]]])
    empty = torch.zeros(0)
    given = MotifBatch(empty, empty, empty, empty, torch.zeros(1, 2), event, torch.tensor([[[5, 4, -1], [3, 2, 9]]]))
    got = event_logits(torch.tensor([[1.0, 2.0]]), given)
    assert got.tolist() == [[[1.0, 2.0, -math.inf], [2.0, 2.0, -math.inf]]]


def test_kept_events_are_distinct_and_rounded_up():
    candidate = torch.tensor([[[7, 5, 3], [7, 4, -1]]])
    score = torch.tensor([[0.9, 0.1, 0.5, 0.9, 0.2, 99.0]])
    same = same_events(candidate)
    for share, wanted in ((0.01, {7}), (0.25, {7}), (0.26, {7, 3}), (0.75, {7, 3, 4}), (1.0, {7, 5, 3, 4})):
        kept = kept_events(score.double(), same, share)
        assert set(candidate.flatten(1)[kept].tolist()) == wanted
        assert kept[0, 0] == kept[0, 3]
    assert len(SPARSITIES) == 16
    assert SPARSITIES[-1] == 0.3


def tgn_and_stream(**more):
    graph = closing_stream(300, 20, seed=2)
    model = TGN(memory=8, width=8, time_width=4, neighbours=4, epochs=1, batch=50, **more)
    return model.fit(graph), graph


def test_the_model_asked_with_all_events_is_the_model_and_shares_are_its_attention():
    from interplay.explain.event_queries import frozen
    from interplay.tensors.event_batch import event_batch

    trained, graph = tgn_and_stream()
    base = frozen(trained)
    state = base.begin()
    base.write(state, event_batch(graph, 0, 200))
    ask = event_batch(graph, 200, 230)
    ones = torch.ones(30, 4)
    whole = base.score_weighted(state, ask.src, ask.dst, ask.time, ones, ones)
    assert torch.allclose(whole, base.score(state, ask.src, ask.dst, ask.time), atol=1e-10)
    shares = base.attention_shares(state, ask.src, ask.time)
    held = base.candidates(state, ask.src) >= 0
    assert (shares[~held] == 0).all()
    assert torch.allclose(shares.sum(1), held.any(1).to(shares.dtype))
    weights = torch.ones(30, 4, requires_grad=True)
    base.score_weighted(state, ask.src, ask.dst, ask.time, weights, ones).sum().backward()
    assert (weights.grad[~held] == 0).all()
    assert (weights.grad[held] != 0).any()


def test_attention_shares_by_hand():
    from interplay.represent.recent_attention import RecentAttention
    from interplay.tensors import seeded_torch

    with seeded_torch(0, "attention shares"):
        layer = RecentAttention(3, 5, 4, 2, 0.0).double().eval()
    r = np.random.default_rng(0)
    own, rows, told, code = (torch.from_numpy(r.standard_normal(s)) for s in ((2, 3), (4, 2), (2, 3, 1), (2, 3, 2)))
    place, held = torch.tensor([[0, 1, 2], [3, 3, 0]]), torch.tensor([3, 1])
    shares = layer.shares(own, rows, place, told, code, held)
    for q in range(2):
        by_hand = torch.zeros(3).double()
        for head in range(2):
            part = slice(2 * head, 2 * head + 2)
            asked = layer.query(own[q])[part]
            inputs = torch.cat([rows[place[q]], told[q], code[q]], 1)[: held[q]]
            score = (inputs @ layer.key[part].T) @ asked / math.sqrt(2)
            by_hand[: held[q]] += torch.softmax(score, 0) / 2
        assert torch.allclose(shares[q], by_hand)


def test_what_comes_back_and_that_it_comes_back_alike(tmp_path):
    trained, graph = tgn_and_stream()
    config = TempME(epochs=2, queries=60, hidden=8, time_width=4, walks=1, null_queries=50)
    found = config.fit(trained, graph, checkpoint=tmp_path / "part")
    again = TempME(epochs=2, queries=60, hidden=8, time_width=4, walks=1, null_queries=50).fit(trained, graph)
    assert all((found.parameters[k] == again.parameters[k]).all() for k in found.parameters)
    assert set(found.loss) == {"loss", "agreement", "information", "held_out"}
    assert found.null.sum() == pytest.approx(1)
    told = config.explain(found, trained, graph, queries=20)
    assert set(told.fidelity) == {"temp_me", "attention", "gradient", "occlusion", "recency", "random"}
    assert told.negative.sum() == len(told.src) / 2
    assert told.score.min() >= 0
    assert told.drawn.sum() == pytest.approx(1)
    assert told.counted.sum() == pytest.approx(1)
    assert (told.score[told.event < 0] == 0).all()
    assert (graph.time[told.event[told.event >= 0]] < np.broadcast_to(told.time[:, None, None], told.event.shape)[
        told.event >= 0
    ]).all()  # fmt: skip
    for fidelity in told.fidelity.values():
        assert fidelity.accuracy.shape == (16,)
        assert 0 <= fidelity.area <= 1
    (events, kind, score), *_ = told.top(0)
    assert 0 <= kind < len(MOTIF_CLASSES)
    assert score == told.motif_score[0][told.motif_kind[0] >= 0].max()
    assert list(events) == sorted(events, reverse=True)


def test_signs_are_explained_without_negatives():
    r = np.random.default_rng(0)
    plain = closing_stream(300, 20, seed=2)
    graph = TemporalGraph.from_events(
        plain.src, plain.dst, plain.time, r.choice([-1.0, 1.0], 300), n_nodes=20, span=plain.span
    )
    trained = TGN(aim="sign", memory=8, width=8, time_width=4, neighbours=4, epochs=1, batch=50).fit(graph)
    config = TempME(epochs=1, queries=60, hidden=8, time_width=4, walks=1)
    told = config.explain(config.fit(trained, graph), trained, graph, queries=20)
    assert not told.negative.any()


def test_what_cannot_be_explained_is_refused():
    trained, graph = tgn_and_stream()
    with pytest.raises(DataError, match="trained on"):
        TempME().fit(trained, closing_stream(300, 20, seed=3))
    from interplay.represent import JODIE

    other = JODIE(epochs=1).fit(graph)
    with pytest.raises(ConfigError, match="weighs single events"):
        TempME().fit(other, graph)
    for wrong in ({"walks": 0}, {"prior": 1.0}, {"temperature": 0.0}, {"horizon": 0}, {"beta": -1.0}):
        with pytest.raises(ConfigError):
            TempME(**wrong)


def test_the_known_model_goes_by_the_causes_that_the_stream_has():
    from interplay.explain.event_queries import Asker, frozen

    graph = closing_stream(250, 25, seed=4)
    method = KnownMethod(batch=1)
    asker = Asker(frozen(method.result(graph)), graph, "link", 1, np.arange(25), 1, 2, 0)
    seen = 0
    for asked in asker.asked(150, 250, 100):
        there = asker.base.causes(asked.state, asked.src, asked.dst)
        truth = known_causes(
            graph, asked.src.numpy(), asked.dst.numpy(), asked.time.numpy(), method.reach, method.onward
        )
        for row, causes, wanted in zip(asked.given.candidate[:, 0], there, truth, strict=True):
            # A ring holds the last events of a partner only: of an old event, what came before may be gone from it.
            assert set(row[causes].tolist()) <= wanted
            seen += len(wanted)
    assert seen > 50


@pytest.mark.slow
def test_planted_motifs_are_found_better_than_by_lot_or_by_age():
    graph = closing_stream(2000, 60, seed=1)
    trained = KnownMethod(batch=50).result(graph)
    config = TempME(epochs=8, queries=1000, hidden=32, learning_rate=3e-3, walks=6, horizon=2, temperature=0.3)
    split = split_events(graph)
    told = config.explain(config.fit(trained, graph, split=split), trained, graph, split=split, queries=200)
    area = {name: f.area for name, f in told.fidelity.items()}
    assert area["temp_me"] > area["recency"] + 0.05
    assert area["temp_me"] > area["random"] + 0.05
    assert area["gradient"] == area["occlusion"] == 1.0
