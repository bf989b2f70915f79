import numpy as np
import pytest

from interplay import ConfigError, DataError, Events, Recording
from interplay.data import Units
from interplay.io import save_nwb
from interplay.io.dish import load_session
from interplay.loop.poisson import Poisson
from interplay.loop.replay import Replay
from interplay.testing.dish_files import write_session


def drain(backend, chunks):
    parts = [backend.advance(n) for n in chunks]
    return np.concatenate([t for t, _ in parts]), np.concatenate([c for _, c in parts])


def small(stop=3.0):
    time = np.array([0.0, 0.005, 0.01, 1.5, 2.999])
    events = Events(time=time, unit=np.array([0, 1, 2, 0, 1]), n_units=3, span=(0.0, stop))
    return Recording(events=events, units=Units(n=3, group=np.array(["motor_left", "motor_right", "sensory"])))


def test_poisson_channels_keep_their_rates() -> None:
    rate = np.array([0.0, 2.0, 20.0])
    backend = Poisson(rate, Units(n=3))
    backend.reset(1)
    time, channel = backend.advance(100_000)
    assert (np.diff(time) >= 0).all()
    assert time[-1] < 1000.0
    count = np.bincount(channel, minlength=3)
    assert count[0] == 0
    assert np.abs(count - 1000 * rate)[1:] == pytest.approx(0, abs=4 * np.sqrt(20_000))
    assert np.std(np.diff(time)) == pytest.approx(np.mean(np.diff(time)), rel=0.03)  # exponential intervals


def test_poisson_spikes_do_not_depend_on_how_ticks_are_asked_for_or_on_pulses() -> None:
    backend = Poisson(3.0)
    backend.reset(4)
    whole = backend.advance(350)
    backend.reset(4)
    backend.stim(np.array([0]), 75.0, 0.0)
    pieces = drain(backend, [1, 99, 1, 149, 100])
    assert all(np.array_equal(a, b) for a, b in zip(whole, pieces, strict=True))
    backend.reset(5)
    assert not np.array_equal(whole[0], backend.advance(350)[0])


@pytest.mark.parametrize(
    ("rate", "words"), [([1.0, -1.0], r"rate_hz\[1\]=-1"), ([1.0], "shape"), ([np.nan, 1.0], "finite")]
)
def test_poisson_rates_are_checked(rate, words) -> None:
    with pytest.raises(DataError, match=words):
        Poisson(rate, Units(n=2))


def test_a_poisson_culture_may_be_silent() -> None:
    assert len(Poisson(0.0).advance(200)[0]) == 0


def test_replay_gives_the_spikes_of_a_session_folder_in_time_order(tmp_path) -> None:
    folder = write_session(tmp_path / "session", seed=2)
    recording = load_session(folder)
    backend = Replay(folder)
    start = recording.span[0]
    time, channel = drain(backend, [1] * 300 + [400])
    cut = slice(*np.searchsorted(recording.events.time, (start, start + 7.0)))
    assert np.allclose(time + start, recording.events.time[cut])
    assert np.array_equal(channel, recording.events.unit[cut])
    assert backend.channels.group.tolist() == recording.units.group.tolist()


def test_replay_takes_any_file_that_loads_as_such_a_recording(tmp_path) -> None:
    save_nwb(small(), tmp_path / "a.nwb")
    assert drain(Replay(tmp_path / "a.nwb"), [100, 200])[1].tolist() == [0, 1, 2, 0, 1]


def test_a_recording_that_is_over_is_an_error_or_begins_again() -> None:
    backend = Replay(small())
    backend.advance(300)
    with pytest.raises(DataError, match=r"over after 3\.00 s"):
        backend.advance(1)
    backend.reset(0)
    assert len(backend.advance(300)[0]) == 5
    again = Replay(small(), end="loop")
    time, unit = drain(again, [250, 110, 640])
    assert time == pytest.approx(
        [0, 0.005, 0.01, 1.5, 2.999, 3, 3.005, 3.01, 4.5, 5.999, 6, 6.005, 6.01, 7.5, 8.999, 9, 9.005, 9.01]
    )
    assert unit.tolist() == [0, 1, 2, 0, 1] * 3 + [0, 1, 2]


def test_replay_refuses_what_has_no_motor_groups_or_no_spikes() -> None:
    events = Events(time=np.array([0.5]), unit=np.array([0]), n_units=2, span=(0.0, 1.0))
    with pytest.raises(DataError, match="motor_right is missing: it has motor_left"):
        Replay(Recording(events=events, units=Units(n=2, group=np.array(["motor_left", ""]))))
    from interplay.data import Series

    with pytest.raises(DataError, match="traces only"):
        Replay(Recording(traces=Series.regular(np.zeros((4, 2)), dt_s=1.0)))
    with pytest.raises(ConfigError, match='"error" or "loop"'):
        Replay(small(), end="stop")  # type: ignore[arg-type]


def test_the_public_session_can_be_replayed(data_dir) -> None:
    if not (data_dir / "dish" / "spikes.bin").is_file():
        pytest.skip("no public session there")
    backend = Replay(data_dir / "dish")
    time, channel = drain(backend, [1000] * 10)
    groups = backend.channels.group[channel]
    assert 40 < len(time) / 100 < 70  # 55.7 spikes per second in the whole session
    assert {"sensory", "motor_left", "motor_right"} <= set(groups.tolist())
