"""The adapter against a connection of our own that answers as the public documentation says theirs does."""

import numpy as np
import pytest

from interplay import ConfigError
from interplay.loop import Budget, Dish, PlayerError, play
from interplay.loop.hardware import NO_STIMULATOR, Hardware
from interplay.testing.mock_neurons import FRAMES_PER_S, MockNeurons, MockSpike, channel_set, stim_design

GROUPS = {"sensory": [8, 9, 10, 11, 12, 13, 14, 15], "motor_left": [24, 25, 26], "motor_right": [40, 41, 42]}


def connect(neurons, **changes):
    given = {"channel_set": channel_set, "stim_design": stim_design, "groups": GROUPS}
    return Hardware(neurons, **(given | changes))


def test_spikes_come_on_the_clock_of_the_session() -> None:
    neurons = MockNeurons()
    backend = connect(neurons)
    backend.reset(0)
    found = [backend.advance(n) for n in (1, 1, 98, 100)]
    assert neurons.asked == [100]
    time = np.concatenate([t for t, _ in found])
    assert (np.diff(time) >= 0).all()
    assert time[0] >= 0
    assert time[-1] < 2.0
    assert (found[3][0] >= 1.0).all()
    assert len(time) == pytest.approx(2 * 20 * 64, rel=0.1)


class Late(MockNeurons):
    """The clock of its spikes is so many frames off that of its ticks."""

    def __init__(self, frames):
        super().__init__()
        self.frames = frames

    def loop(self, ticks_per_second):
        for tick in super().loop(ticks_per_second):
            tick.analysis.spikes[:] = [MockSpike(8, tick.analysis.start_timestamp + self.frames)]
            yield tick


def test_a_spike_is_moved_by_a_frame_at_most() -> None:
    for frames, expected in ((-1, 0.0), (0, 0.0), (249, 249 / 25_000), (250, np.nextafter(0.01, 0))):
        assert connect(Late(frames)).advance(1)[0].tolist() == [expected]
    for frames in (-2, 252, 2500):
        with pytest.raises(PlayerError, match=r"outside the ticks that have just passed, \[0\.000000, 0\.010000\) s"):
            connect(Late(frames)).advance(1)


def test_pulses_are_biphasic_negative_first_and_sent_before_their_tick() -> None:
    neurons = MockNeurons()
    backend = connect(neurons)
    backend.reset(0)
    backend.advance(1)
    start = neurons.now
    backend.stim(np.array([8, 9]), 75.0, 0.0)
    backend.stim(np.array([10]), 150.0, 0.0043)
    backend.stim(np.array([11]), 75.0, 0.0312)
    backend.advance(5)
    frame, channels, design, lead = zip(*neurons.sent, strict=True)
    assert channels == ((8, 9), (10,), (11,))
    assert design[0] == pytest.approx((160, -1.0, 160, 1.0))
    assert design[1] == pytest.approx((160, -2.0, 160, 2.0))
    assert lead == (80, 4320, 1200)
    assert frame == (start, start, start + 3 * FRAMES_PER_S // 100)


def test_limits_of_current_charge_and_rate_are_kept() -> None:
    backend = connect(MockNeurons(), ua_per_mv=0.03)
    backend.stim(np.array([8]), 75.0, 0.0)
    with pytest.raises(PlayerError, match=r"4\.50 µA"):
        backend.stim(np.array([9]), 150.0, 0.0)
    with pytest.raises(PlayerError, match=r"3\.60 nC"):
        connect(MockNeurons(), phase_us=1800).stim(np.array([9]), 150.0, 0.0)
    with pytest.raises(PlayerError, match=r"channel 8 would get two within 4\.00 ms"):
        backend.stim(np.array([9, 8]), 75.0, 0.004)
    backend.stim(np.array([8]), 75.0, 0.005)
    with pytest.raises(PlayerError, match="channel 4 has no stimulator"):
        backend.stim(np.array([4, 8]), 75.0, 0.02)


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"sensory": [64]}, "0 to 63, got 64"),
        ({"sensory": [8], "motor_left": [8]}, "channel 8 is in 'sensory' and 'motor_left'"),
        ({"sensory": [0, 8]}, "channel 0 as sensory"),
    ],
)
def test_layouts_are_checked(groups, words) -> None:
    with pytest.raises(ConfigError, match=words):
        connect(MockNeurons(), groups=groups)


def test_phases_come_in_steps_of_20_us() -> None:
    with pytest.raises(ConfigError, match="multiple of 20"):
        connect(MockNeurons(), phase_us=150)


def test_a_dish_plays_on_hardware() -> None:
    neurons = MockNeurons()
    dish = Dish(connect(neurons), record=True, warmup_s=2.0)
    session = play(dish, budget=Budget(rallies=2, seconds=None), seed=1)
    assert session.player == "dish(hardware, fep)"
    assert session.n_rallies == 2
    assert not NO_STIMULATOR.intersection(c for sent in neurons.sent for c in sent.channels)
    currents = {round(sent.design[3], 3) for sent in neurons.sent}
    assert currents == {1.0, 2.0}  # 75 mV of the ball, 150 mV after misses
    assert len(session.recording.events) > 1000


def test_a_loop_that_ends_costs_the_session() -> None:
    with pytest.raises(PlayerError, match="ended after 300 ticks"):
        play(Dish(connect(MockNeurons(ticks=300)), warmup_s=1.0), budget=Budget(rallies=None, seconds=10.0))
