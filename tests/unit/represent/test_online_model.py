"""What a model at work refuses: its kernels look at no bounds."""

from dataclasses import replace

import numpy as np
import pytest

from interplay import TemporalGraph
from interplay._core.errors import DataError
from interplay.represent import TGN
from interplay.represent.stream_scales import time_scales


def stream(scale=1.0):
    rng = np.random.Generator(np.random.Philox(0))
    time = np.arange(40.0) * scale
    return TemporalGraph(
        src=rng.integers(0, 5, 40), dst=rng.integers(0, 5, 40), time=time, n_nodes=5, span=(0.0, 40.0 * scale)
    )


@pytest.fixture(scope="module")
def model():
    config = TGN(epochs=1, memory=4, width=4, time_width=2)
    return config.online(config.fit(stream()))


@pytest.mark.parametrize("bad", [-1, 5, 10**9])
def test_nodes_outside_are_refused(model, bad):
    with pytest.raises(DataError, match=r"`src` must lie in \[0, n_nodes=5\)"):
        model.score([bad], [1], [50.0])
    with pytest.raises(DataError, match=r"`dst` must lie in \[0, n_nodes=5\)"):
        model.score([1], [bad], [50.0])
    with pytest.raises(DataError, match=r"`nodes` must lie in \[0, n_nodes=5\)"):
        model.read([bad], [50.0])


def test_lengths_must_agree(model):
    with pytest.raises(DataError, match="`time` must have shape"):
        model.score([1, 2], [1, 2], [50.0])
    with pytest.raises(DataError, match="`dst` must have shape"):
        model.score([1, 2], [1], [50.0, 50.0])


def test_other_streams_are_refused(model):
    more = stream()
    with pytest.raises(DataError, match="`events` must be of the stream learnt, N=5 nodes and F=0 features, got N=6"):
        model.write(replace(more, n_nodes=6))
    with pytest.raises(DataError, match="got N=5, F=2"):
        model.write(replace(more, features=np.zeros((40, 2), np.float32)))


def test_times_beyond_single_precision_are_refused():
    assert time_scales(stream()) == (1.0, 39.0)
    for scale in (1e-40, 1e40):
        with pytest.raises(DataError, match="must be between 1e-30 and 1e30 s apart"):
            time_scales(stream(scale))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_times_that_are_not_finite_are_refused(model, bad):
    with pytest.raises(DataError, match="`time` must be finite"):
        model.score([1], [2], [bad])
    with pytest.raises(DataError, match="`time` must be finite"):
        model.read([1], [bad])


def test_writes_do_not_go_back_in_time(model):
    events = stream()
    model.reset()
    model.write(events.take(slice(0, 20)))
    model.write(events.take(slice(0, 0)))
    saved = model.save()
    model.reset()
    model.load(saved)
    with pytest.raises(DataError, match="`events` must not be earlier than what was written, time 19, got 18"):
        model.write(events.take(slice(18, 30)))
    model.write(events.take(slice(19, 30)))
