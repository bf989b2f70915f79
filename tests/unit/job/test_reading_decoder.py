"""The spiking decoder in the read-out stage of a run: wired, optional, and honest where there is nothing to read."""

import numpy as np
import pytest

from interplay import ConfigError
from interplay.data import Events, Intervals, Recording, Series, Snapshots
from interplay.job.plan import Plan
from interplay.job.reading import Reading
from interplay.spiking.nets import SpikingDecoder

LENGTH = 2.0


def made(length=LENGTH, traces=False):
    rng = np.random.default_rng(0)
    n = 40
    start = np.arange(n) * length
    bounds = np.column_stack([start, start + length])
    side = np.arange(n) // 3 % 2
    epochs = Intervals(start=start, stop=start + length, label=np.array(["left", "right"])[side])
    if traces:
        time = np.arange(0, n * length, length / 20)
        recording = Recording(traces=Series(time=time, values=rng.normal(size=(len(time), 3))), epochs={"side": epochs})
    else:
        trains = [np.sort(rng.uniform(0, n * length, 800)) for _ in range(3)]
        recording = Recording(events=Events.from_trains(trains, span=(0, n * length)), epochs={"side": epochs})
    weights = rng.normal(size=(n, 3, 3))
    return recording, Snapshots.from_dense(weights + weights.transpose(0, 2, 1), bounds, directed=False)


@pytest.fixture
def quick(monkeypatch):
    """Count what is asked of decoders, and answer at once."""
    asked = []

    def fit_predict(self, train, test, known, n_classes):
        asked.append((self.settings, known.shape[1]))
        return np.broadcast_to(known[0], (len(test), known.shape[1])).copy()

    monkeypatch.setattr("interplay.spiking.nets.decoder.WindowDecoder.fit_predict", fit_predict)
    return asked


def read(recording, snapshots, **settings):
    plan = Plan.of(
        behavior="side", window_s=LENGTH, step_s=LENGTH, readout_window_s=float(np.diff(snapshots.bounds[0])[0]),
        permutations=30, seed=3, **settings,
    )  # fmt: skip
    reading = Reading(plan, recording, snapshots, snapshots, jobs=1)
    return reading.read()[0][0]


def test_a_run_has_the_decoder_beside_the_network(quick):
    result = read(*made(), decoder_nulls=21)
    assert [r.role for r in result.rows].count("decoder") == 1
    row = next(r for r in result.rows if r.role == "decoder")
    assert row.name == "spiking network"
    assert "LIF units that read the spikes of every unit in steps of 20 ms" in row.about
    assert len(quick) == 5
    assert quick[0] == (SpikingDecoder(seed=3), 22)
    assert result.config.decoder_nulls == 21


def test_it_can_be_left_out(quick):
    result = read(*made(), decoder="none")
    assert not quick
    assert {r.role for r in result.rows} == {"network", "baseline", "chance"}
    assert not any("decoder" in note for note in result.notes)


def test_without_spikes_there_is_none_and_that_is_said(quick):
    result = read(*made(traces=True))
    assert not quick
    assert "The recording holds no spikes, so there is no spiking decoder." in result.notes


def test_windows_of_a_few_steps_are_cut_finer(quick):
    recording, snapshots = made(length=0.1)
    plan = Plan.of(behavior="side", window_s=0.1, step_s=0.1, readout_window_s=0.1, lag_s=0.01)
    Reading(plan, recording, snapshots, snapshots, jobs=1).read()
    assert quick[0][0].step_s == pytest.approx(0.01)


def test_too_few_null_targets_are_refused():
    with pytest.raises(ConfigError, match="decoder_nulls"):
        Plan.of(decoder_nulls=5)
    with pytest.raises(ConfigError, match="decoder"):
        Plan.of(decoder="bayes")
