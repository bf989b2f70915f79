"""PRES: nothing corrected is the plain model, constant drift is predicted exactly, coherence has a gradient."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from interplay._core.errors import ConfigError
from interplay.data import TemporalGraph
from interplay.represent import JODIE, PRES, SEMBA, TGN
from interplay.represent.memory import Memory
from interplay.represent.pres_correction import Correction, Moved, incoherence
from interplay.tensors import seeded_torch
from interplay.tensors.event_batch import event_batch

PLAIN = TGN(memory=6, width=4, time_width=3, heads=2, neighbours=3, epochs=2, batch=8)
SMALL = PRES(model=PLAIN, epochs=2, batch=8)


def events(n=60, n_nodes=7, seed=0):
    rng = np.random.default_rng(seed)
    return TemporalGraph(
        src=rng.integers(0, n_nodes, n),
        dst=rng.integers(0, n_nodes, n),
        time=np.cumsum(rng.random(n)),
        weight=rng.choice([-1.0, 1.0], n),
        n_nodes=n_nodes,
        span=(0.0, 1e3),
    )


@seeded_torch(0, "test")
def test_no_correction_is_the_plain_model():
    graph = events()
    plain = PLAIN.encoder(graph.n_nodes, 0)
    same = replace(SMALL, gamma=1.0, learn_gamma=False, beta=0.0).encoder(graph.n_nodes, 0)
    same.inner.load_state_dict(plain.state_dict(), strict=False)
    for encoder in (plain.eval(), same.eval()):
        encoder.zero_grad()
    states = plain.begin(), same.begin()
    for a in range(0, 60, 10):
        batch = event_batch(graph, a, a + 10)
        losses = [e.loss(s, batch, batch.src) for e, s in zip((plain, same), states, strict=True)]
        assert losses[0][0].item() == losses[1][0].item() == losses[1][1].item()
        for (loss, *_), encoder, state in zip(losses, (plain, same), states, strict=True):
            loss.backward()
            encoder.write(state, batch)
    for name, value in states[0].arrays().items():
        np.testing.assert_array_equal(states[1].arrays()[name], value)
    gradients = dict(same.inner.named_parameters())
    for name, value in plain.named_parameters():
        assert torch.equal(gradients[name].grad, value.grad)


def state_of(correction, rows=3):
    memory = Memory(2, 1, 2)
    state = memory.begin(rows)
    state.tracks = correction.begin(state.rows)
    state.has_mail[:] = True
    return state


@pytest.mark.parametrize("rule", ["time", "step"])
@seeded_torch(0, "test")
def test_constant_drift_is_predicted_exactly(rule):
    correction = Correction(0.5, False, rule)
    state, nodes = state_of(correction), torch.arange(3)
    rate = torch.tensor([[0.01, -0.02], [0.0, 0.005], [-0.03, 0.01]])
    time = 5.0
    state.updated[:] = time
    for lag in (1.0, 4.0, 0.25):
        time += lag
        state.mail_time[:] = time
        rows = state.rows + lag * rate
        correction.observe(state, nodes, rows)
        state.rows, state.updated = rows, state.mail_time.clone()
    state.mail_time[:] = time + 7.0
    wanted = state.rows + 7.0 * rate
    torch.testing.assert_close(correction.predict(state, nodes), wanted)
    torch.testing.assert_close(correction(state, nodes, wanted + 0.2), wanted + 0.1)


@seeded_torch(0, "test")
def test_without_a_rate_the_cell_is_believed():
    correction = Correction(0.3, False, "time")
    state, nodes = state_of(correction), torch.arange(3)
    measured = torch.rand(3, 2)
    assert torch.equal(correction(state, nodes, measured), measured)
    state.mail_time[:] = 4.0
    correction.observe(state, nodes, measured)  # a first message takes no time
    assert not state.tracks.steps.any()


@seeded_torch(0, "test")
def test_rates_of_two_rules():
    found = {}
    for rule in ("time", "step"):
        correction = Correction(0.5, False, rule)
        state, node = state_of(correction), torch.tensor([1])
        state.updated[:] = 0.0
        for lag, step in ((1.0, 0.1), (3.0, 0.1)):
            state.mail_time[:] = state.updated + lag
            rows = state.rows[node] + step
            correction.observe(state, node, rows)
            state.rows[node], state.updated[:] = rows, state.mail_time
        state.mail_time[:] = state.updated + 1.0
        found[rule] = float(correction.predict(state, node)[0, 0]) - 0.2
    assert found["time"] == pytest.approx(0.2 / 4, rel=1e-5)
    assert found["step"] == pytest.approx((0.1 + 0.1 / 3) / 2, rel=1e-5)


@seeded_torch(0, "test")
def test_no_further_than_the_horizon():
    correction = Correction(0.5, False, "time", horizon=2.0)
    state, nodes = state_of(correction), torch.arange(3)
    state.tracks.total[:], state.tracks.time[:], state.tracks.steps[:] = 0.04, 8.0, 4.0
    state.updated[:] = 1.0
    for lag, wanted in ((1.0, 0.005), (4.0, 0.02), (1e9, 0.02)):
        state.mail_time[:] = 1.0 + lag
        torch.testing.assert_close(correction.predict(state, nodes), torch.full((3, 2), wanted))


@seeded_torch(0, "test")
def test_predictions_stay_where_rows_are():
    correction = Correction(0.5, False, "time")
    state, nodes = state_of(correction), torch.arange(3)
    state.tracks.total[:], state.tracks.time[:], state.tracks.steps[:] = 1.0, 1.0, 1.0
    state.updated[:], state.mail_time[:] = 0.0, 1e9
    assert correction.predict(state, nodes).max() == 1.0


@pytest.mark.parametrize("model", [PLAIN, SEMBA(width=4, time_width=3, heads=2, neighbours=3)])
@seeded_torch(0, "test")
def test_coherence_and_gamma_have_a_gradient(model):
    graph = events()
    config = replace(SMALL, model=model, aim="sign")
    encoder = config.encoder(graph.n_nodes, 0)
    config.prepare(encoder, graph)
    state = encoder.begin()
    for a in range(0, 40, 10):
        encoder.write(state, event_batch(graph, a, a + 10))
    batch = event_batch(graph, 40, 50)
    parts = encoder.loss(state, batch, batch.dst)
    assert encoder.parts[0] == "loss"
    assert encoder.parts[-1] == "coherence"
    assert len(parts) == len(encoder.parts)
    assert parts[0].item() == pytest.approx(parts[1].item() + 0.1 * parts[-1].item())
    parts[-1].backward()
    cells = [m for m in encoder.modules() if isinstance(m, Memory)]
    for memory in cells:
        assert memory.cell.weight_ih.grad.abs().sum() > 0
        assert memory.correction.gate.grad.abs() > 0


def test_incoherence():
    before = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    after = torch.tensor([[5.0, 5.0], [3.0, 0.0], [1.0, 0.0]], requires_grad=True)
    assert incoherence(Moved(before, after)).item() == pytest.approx(0.5)
    assert incoherence(Moved(before[:1], after[:1])).item() == 0.0


@seeded_torch(0, "test")
def test_saved_state_holds_the_tracks():
    graph = events()
    result = SMALL.fit(graph)
    first, second = SMALL.online(result), SMALL.online(result)
    for a in range(0, 40, 10):
        first.write(graph.take(slice(a, a + 10)))
    saved = first.save()
    assert saved["memory.tracks.steps"].any()
    second.load(saved)
    for model in (first, second):
        model.write(graph.take(slice(40, 60)))
    asked = graph.src, graph.dst, graph.time + 100
    np.testing.assert_array_equal(first.score(*asked), second.score(*asked))


@seeded_torch(0, "test")
def test_a_model_without_mailboxes_is_refused():
    with pytest.raises(ConfigError, match="memory with mailboxes"):
        PRES(model=JODIE()).encoder(3, 0)


@pytest.mark.parametrize(
    "wrong", [{"beta": -1}, {"gamma": 0}, {"gamma": 1.0}, {"gamma": 1.1}, {"rates": "day"}, {"horizon": 0}]
)
def test_settings_are_checked(wrong):
    with pytest.raises(ConfigError):
        PRES(**wrong)
