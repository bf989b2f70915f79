"""TGN and its parts: against loops, and on odd streams."""

import numpy as np
import pytest
import torch
from tests.oracles.tgn import Slow

from interplay import TemporalGraph
from interplay._core.errors import ConfigError
from interplay.data import split_events
from interplay.represent import TGN
from interplay.represent.memory import Memory
from interplay.represent.recent_attention import RecentAttention
from interplay.represent.recent_events import RecentEvents
from interplay.represent.time_code import TimeCode, elapsed
from interplay.tensors import EventBatch, event_batch, seeded_torch
from interplay.tensors.trained import parameters_of

SMALL = {"memory": 5, "width": 6, "time_width": 4, "neighbours": 3, "heads": 2}


def made(n_events=40, n_nodes=7, n_features=2, seed=0, time=None):
    rng = np.random.default_rng(seed)
    when = np.cumsum(rng.integers(1, 9, n_events)).astype(float) if time is None else time
    told = rng.standard_normal((n_events, n_features)).astype(np.float32) if n_features else None
    src, dst = rng.integers(0, n_nodes, (2, n_events))
    sign = rng.choice([-1.0, 1.0], n_events)
    span = (float(when.min()), float(when.max() + 1)) if n_events else (0.0, 1.0)
    return TemporalGraph(src=src, dst=dst, time=when, weight=sign, n_nodes=n_nodes, span=span, features=told)


def encoder(graph, **settings):
    config = TGN(**(SMALL | settings))
    with seeded_torch(0, "test"):
        found = config.encoder(graph.n_nodes, 0 if graph.features is None else graph.features.shape[1])
    config.prepare(found, graph)
    return found


def batch(src, dst, time, told=0):
    n = len(src)
    columns = (torch.tensor(src), torch.tensor(dst), torch.tensor(time, dtype=torch.float64))
    return EventBatch(*columns, torch.ones(n), torch.zeros(n, told), torch.arange(n))


@pytest.mark.parametrize("size", [1, 7])
def test_scores_are_those_of_a_loop(size):
    graph = made()
    found = encoder(graph).double().eval()
    state, slow = found.begin(), Slow(parameters_of(found), 5, 2, 3)
    told = np.column_stack([graph.weight, graph.features])
    with torch.no_grad():
        for a in range(0, len(graph), size):
            part = event_batch(graph, a, min(a + size, len(graph)))
            score = found.score(state, part.src, part.dst, part.time)
            ids = (part.src.tolist(), part.dst.tolist(), part.time.tolist())
            expected = [slow.score(*asked) for asked in zip(*ids, strict=True)]
            np.testing.assert_allclose(score, expected, rtol=1e-10, atol=1e-12)
            found.write(state, part)
            slow.write(list(zip(*ids, told[a : a + size], strict=False)))


def test_loss_leads_the_parameters_where_finite_differences_do():
    graph = made()
    found = encoder(graph, dropout=0.0).double()
    state = found.begin()
    found.write(state, event_batch(graph, 0, 20))
    part = event_batch(graph, 20, 30)
    negative = torch.tensor([1, 2, 3, 4, 5, 6, 0, 1, 2, 3])
    loss = found.loss(state, part, negative)[0]
    loss.backward()
    for name, value in found.named_parameters():
        flat = value.data.view(-1)
        for k in (0, len(flat) // 2):
            kept, step = flat[k].item(), 1e-6
            ends = []
            for shift in (step, -step):
                flat[k] = kept + shift
                ends.append(found.loss(state, part, negative)[0].item())
            flat[k] = kept
            slope = (ends[0] - ends[1]) / (2 * step)
            assert value.grad.view(-1)[k].item() == pytest.approx(slope, rel=1e-4, abs=1e-8), name


def test_rows_without_mail_are_read_bit_for_bit_and_take_no_gradient():
    with seeded_torch(0, "memory"):
        memory = Memory(3, 1, 2)
        state = memory.begin(4)
        state.rows[:] = torch.randn(4, 3)
    rows, updated = memory.rows(state, torch.tensor([2, 0]))
    assert torch.equal(rows, state.rows[[2, 0]])
    assert not rows.requires_grad
    assert torch.isneginf(updated).all()
    memory.write(state, batch([0], [1], [5.0]), torch.ones(1, 1))
    rows, updated = memory.rows(state, torch.arange(4))
    assert torch.equal(rows[2:], state.rows[2:])
    assert updated.tolist() == [5.0, 5.0, -np.inf, -np.inf]


@pytest.mark.parametrize("rule", ["last", "mean"])
def test_training_keeps_what_it_read_and_evaluation_reads_the_same(rule):
    found = {}
    for training in (True, False):
        with seeded_torch(0, "memory"):
            memory = Memory(3, 1, 2, rule=rule).train(training)
        state = memory.begin(5)
        for k in range(6):
            memory.rows(state, torch.arange(5))
            memory.write(state, batch([k % 5, 1], [2, 3], [k + 1.0, k + 1.5]), torch.full((2, 1), float(k)))
        found[training] = memory.rows(state, torch.arange(5))
    torch.testing.assert_close(found[True], found[False])
    assert found[True][0].abs().sum() > 0


@pytest.mark.parametrize("rule", ["last", "mean"])
def test_order_of_tied_events_changes_no_bit(rule):
    graph = made(12, time=np.full(12, 3.0))
    order = np.random.default_rng(1).permutation(12)
    turned = graph.take(slice(None))
    columns = {name: getattr(graph, name)[order] for name in ("src", "dst", "time", "weight", "features")}
    turned = TemporalGraph(**columns, n_nodes=graph.n_nodes, span=graph.span)
    score = []
    for one in (graph, turned):
        found = encoder(graph, messages=rule).eval()
        state = found.begin()
        with torch.no_grad():
            found.write(state, event_batch(one))
            nodes = torch.arange(7)
            score.append(found.score(state, nodes, nodes.flip(0), torch.full((7,), 9.0, dtype=torch.float64)))
    assert torch.equal(*score)


def test_mean_of_messages_and_a_loop_once():
    with seeded_torch(0, "memory"):
        memory = Memory(2, 1, 2, rule="mean")
    state = memory.begin(3)
    memory.write(state, batch([0, 0, 0], [1, 2, 0], [1.0, 2.0, 6.0]), torch.tensor([[1.0], [4.0], [7.0]]))
    assert state.mail[0].tolist() == [0, 0, 4.0]
    assert state.mail_time[0] == 3.0


def test_rings_hold_the_last_events_newest_first():
    rings = RecentEvents.begin(4, 2, 1)
    rings.write(batch([0, 0, 0, 3], [1, 2, 0, 0], [1.0, 2.0, 3.0, 4.0]), torch.arange(4.0)[:, None])
    found = rings.read(torch.tensor([0, 3, 1]))
    assert found.other.tolist() == [[3, 0], [0, 3], [0, 1]]
    assert rings.numbers(found).tolist() == [[3, 2], [3, -1], [0, -1]]
    assert rings.told(found)[0].flatten().tolist() == [3.0, 2.0]
    distinct, place = rings.distinct(torch.tensor([3, 1, 3, 0]))
    assert distinct.tolist() == [3, 1, 0]
    assert place.tolist() == [0, 1, 0, 2]


def test_attention_is_that_of_torch_with_keys_and_values_made():
    with seeded_torch(0, "attention"):
        attention = RecentAttention(4, 5, 6, 2, 0.0).double()
        own, rows, told, code = (torch.randn(s, dtype=torch.float64) for s in ((3, 4), (9, 2), (3, 4, 1), (3, 4, 2)))
        place, held = torch.randint(0, 9, (3, 4)), torch.tensor([4, 2, 0])
    found = attention(own, rows, place, told, code, held)
    seen = torch.cat([rows[place], told, code], 2)
    split = [x.unflatten(-1, (2, 3)).transpose(-2, -3) for x in (seen @ attention.key.T, seen @ attention.value.T)]
    query = attention.query(own).view(3, 2, 1, 3)
    mask = (torch.arange(4) < held[:, None])[:, None, None]
    expected = torch.nn.functional.scaled_dot_product_attention(query, *split, attn_mask=mask).nan_to_num(0.0)
    torch.testing.assert_close(found, expected.flatten(1) + attention.skip(own))


def test_weights_of_one_change_no_score_and_weights_take_a_gradient():
    graph = made()
    found = encoder(graph).double().eval()
    state = found.begin()
    found.write(state, event_batch(graph, 0, 30))
    part = event_batch(graph, 30, 34)
    assert found.candidates(state, part.src).shape == (4, 3)
    assert (found.candidates(state, part.src) < 30).all()
    ones = torch.ones(4, 3, dtype=torch.float64, requires_grad=True)
    asked = (part.src, part.dst, part.time)
    weighted = found.score_weighted(state, *asked, ones, ones)
    torch.testing.assert_close(weighted.detach(), found.score(state, *asked).detach())
    weighted.sum().backward()
    assert ones.grad.abs().sum() > 0


@pytest.mark.parametrize("seconds", [1e-6, 1.0, 1e9])
def test_waves_keep_their_phase(seconds):
    code = TimeCode(8, seconds, 1e4 * seconds).double()
    given = torch.tensor([0.0, 1.5, 1234.5, 1e6], dtype=torch.float64) * seconds
    torch.testing.assert_close(code(given), torch.cos(given[:, None] * code.frequency + code.phase), rtol=0, atol=1e-9)
    torch.autograd.gradcheck(lambda f, b: _waves(given, f, b), (code.frequency * seconds, code.phase), atol=1e-4)


def _waves(given, frequency, phase):
    code = TimeCode(len(frequency))
    del code.frequency, code.phase
    code.frequency, code.phase = frequency, phase
    return code(given / given.max())


def test_never_is_no_time_ago():
    since = torch.tensor([-torch.inf, 3.0], dtype=torch.float64)
    assert elapsed(torch.tensor([5.0, 5.0], dtype=torch.float64), since).tolist() == [0.0, 2.0]


@pytest.mark.parametrize("aim", ["link", "sign"])
def test_fit_then_online_and_the_same_bits_again(aim):
    graph = made(60, n_features=0)
    config = TGN(aim=aim, epochs=2, batch=10, **SMALL)
    result = config.fit(graph)
    again = config.fit(graph)
    assert all(np.array_equal(result.parameters[k], again.parameters[k]) for k in result.parameters)
    model = config.online(result)
    model.write(graph.take(slice(0, 40)))
    asked = (graph.src[40:], graph.dst[40:], graph.time[40:])
    score = model.score(*asked)
    assert np.isfinite(score).all()
    other = config.online(result)
    other.load(model.save())
    assert np.array_equal(other.score(*asked), score)


@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_the_origin_of_the_clock_does_not_matter(offset):
    graph = made(60, n_features=0)
    config = TGN(epochs=1, batch=10, **SMALL)
    moved = graph.shift(offset)
    a, b = config.fit(graph), config.fit(moved)
    assert a.loss["loss"][0] == pytest.approx(b.loss["loss"][0], abs=1e-6)


def test_training_learns_a_planted_rule():
    rng = np.random.default_rng(0)
    n = 600
    src = rng.integers(0, 10, n)
    dst = 10 + src  # each source has its one destination
    time = np.arange(n, dtype=float)
    graph = TemporalGraph(src=src, dst=dst, time=time, n_nodes=20, span=(0.0, float(n)))
    result = TGN(epochs=6, batch=25, learning_rate=1e-2, **(SMALL | {"memory": 16, "width": 16})).fit(graph)
    assert result.loss["loss"][-1] < 0.8 * result.loss["loss"][0]
    assert split_events(graph).train_stop == result.train_stop


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"width": 7}, "multiple"),
        ({"dropout": 1.0}, "dropout"),
        ({"neighbours": 0}, "neighbours"),
        ({"messages": "x"}, "messages"),
    ],
)
def test_settings_out_of_range_are_refused(settings, text):
    with pytest.raises(ConfigError, match=text):
        TGN(**settings)
