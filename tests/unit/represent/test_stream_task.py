"""The one order of a pass: read, score, and only then write; and what events without a sign count for."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from interplay import TemporalGraph
from interplay._core.errors import DataError
from interplay.data import split_events
from interplay.represent import TGN
from interplay.represent.pair_heads import sign_loss, signed_mean
from interplay.represent.stream_scales import positive_share
from interplay.represent.stream_task import StreamTask
from interplay.tensors.event_batch import event_batch


def stream(weight=None):
    rng = np.random.Generator(np.random.Philox(1))
    weight = np.where(np.arange(60) % 3 == 0, -1.0, 1.0) if weight is None else weight
    return TemporalGraph(
        src=rng.integers(0, 9, 60),
        dst=rng.integers(0, 9, 60),
        time=np.arange(60.0),
        weight=weight,
        n_nodes=9,
        span=(0.0, 60.0),
    )


class Recorder:
    """An encoder that notes what it is asked; scores are the times asked of."""

    parts = ("loss",)

    def __init__(self):
        self.told, self.drawn = [], []

    def begin(self):
        self.told.append(("begin",))
        return object()

    def score(self, state, src, dst, time):
        self.told.append(("score", *sorted({int(t) for t in time})))
        return time

    def loss(self, state, batch, negative):
        self.told.append(("score", *batch.time.int().tolist()))
        self.drawn.append(negative)
        return (torch.zeros(()),)

    def write(self, state, batch):
        self.told.append(("write", *batch.time.int().tolist()))


def task(aim="link"):
    return StreamTask(split_events(stream()), aim, 10, 0, ("loss",))


def passed(work, epoch):
    recorder = Recorder()
    for step in work.batches(work.split.graph, epoch):
        work.loss(recorder, step, None)
    return recorder


def test_training_writes_a_batch_after_its_loss_and_before_the_next():
    work = task()
    stop = work.split.train_stop
    cut = [tuple(range(a, min(a + 10, stop))) for a in range(0, stop, 10)]
    expected = [("begin",)]
    for k, times in enumerate(cut):
        expected += [("write", *cut[k - 1])] * (k > 0) + [("score", *times)]
    assert passed(work, 0).told == expected


@pytest.mark.parametrize("aim", ["link", "sign"])
def test_validation_is_scored_batch_by_batch_before_it_is_written(aim):
    work, recorder = task(aim), Recorder()
    work.held_out(recorder, work.split.graph)
    start, stop = work.split.train_stop, work.split.validation_stop
    expected = [("begin",)] + [("write", *range(a, min(a + 10, start))) for a in range(0, start, 10)]
    for a in range(start, stop, 10):
        times = tuple(range(a, min(a + 10, stop)))
        expected += [("score", *times), ("write", *times)]
    assert recorder.told == expected


def test_every_epoch_meets_other_negatives():
    work = task()
    first, again, other = (torch.cat(passed(work, epoch).drawn) for epoch in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_events_of_weight_0_have_no_sign():
    weight = stream().weight.copy()
    weight[1::4] = 0.0
    graph = stream(weight)
    batch = event_batch(graph, 0, 60)
    kept = batch.weight != 0
    logit = torch.linspace(-2.0, 2.0, 60, requires_grad=True)
    share = torch.tensor(positive_share(graph))
    assert float(share) == pytest.approx(((weight > 0).sum() + 1) / ((weight != 0).sum() + 2))
    only = event_batch(graph.take(weight != 0))
    torch.testing.assert_close(sign_loss(logit, batch, share), sign_loss(logit[kept], only, share))
    torch.testing.assert_close(signed_mean(logit, batch), logit[kept].mean())
    none = event_batch(stream(np.zeros(60)), 0, 60)
    loss = sign_loss(logit, none, share)
    loss.backward()
    assert float(loss.detach()) == 0
    assert not logit.grad.any()


def test_watched_signs_leave_out_weight_0():
    graph = stream()
    start, stop = split_events(graph).train_stop, split_events(graph).validation_stop
    weight = graph.weight.copy()
    # The later half is positive, so that times order signs without a fault; the last event has none.
    weight[start:stop] = np.where(np.arange(stop - start) * 2 < stop - start, -1.0, 1.0)
    weight[stop - 1] = 0.0
    work = StreamTask(split_events(stream(weight)), "sign", 10, 0, ("loss",))
    assert work.held_out(Recorder(), work.split.graph) == pytest.approx(0.0)


@pytest.mark.parametrize("part", ["training", "validation"])
@pytest.mark.parametrize("other", [0.0, 1.0])
def test_one_sign_alone_is_refused(part, other):
    graph = stream()
    split = split_events(graph)
    chosen = slice(0, split.train_stop) if part == "training" else slice(split.train_stop, split.validation_stop)
    weight = graph.weight.copy()
    weight[chosen] = np.where(weight[chosen] < 0, other, weight[chosen])
    with pytest.raises(DataError, match=f"both signs in its {part} part, got .* 0 negative"):
        TGN(aim="sign", epochs=1, memory=4, width=4, time_width=2).fit(stream(weight))


def test_more_epochs_go_on_from_a_checkpoint(tmp_path):
    config = TGN(epochs=1, memory=4, width=4, time_width=2, patience=None)
    config.fit(stream(), checkpoint=tmp_path / "kept")
    on = replace(config, epochs=2).fit(stream(), checkpoint=tmp_path / "kept")
    whole = replace(config, epochs=2).fit(stream())
    assert all(np.array_equal(on.parameters[k], whole.parameters[k]) for k in whole.parameters)
