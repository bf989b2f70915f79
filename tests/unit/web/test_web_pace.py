import threading
import time

import pytest

from interplay._core.errors import ConfigError
from interplay.web.pace import Pace, Stopped


def waiter(pace, seconds):
    done = []

    def run():
        try:
            pace.wait(seconds)
            done.append("reached")
        except Stopped:
            done.append("stopped")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, done


def test_full_speed_waits_for_nothing():
    pace = Pace(None)
    start = time.monotonic()
    for seconds in (0.0, 10.0, 5000.0):
        pace.wait(seconds)
    assert time.monotonic() - start < 5.0  # 5000 s of game


def test_a_session_keeps_the_pace_of_the_wall():
    pace = Pace(10.0)
    pace.wait(0.0)
    start = time.monotonic()
    pace.wait(1.0)
    assert time.monotonic() - start >= 0.08


def test_a_held_session_goes_on_when_it_may():
    pace = Pace(None)
    pace.hold()
    thread, done = waiter(pace, 1.0)
    thread.join(0.05)
    assert done == []
    assert pace.held
    pace.resume()
    thread.join(2)
    assert done == ["reached"]


def test_time_on_hold_is_not_made_up_for():
    pace = Pace(10.0)
    pace.wait(0.0)
    pace.hold()
    time.sleep(0.15)
    pace.resume()
    start = time.monotonic()
    pace.wait(1.0)
    assert time.monotonic() - start >= 0.08


def test_stopping_ends_a_wait_and_every_later_one():
    pace = Pace(0.05)
    pace.wait(0.0)
    thread, done = waiter(pace, 100.0)
    pace.stop()
    thread.join(2)
    assert done == ["stopped"]
    with pytest.raises(Stopped, match="stopped"):
        pace.wait(0.0)


def test_another_speed_counts_from_here():
    pace = Pace(0.05)
    pace.wait(0.0)
    thread, done = waiter(pace, 50.0)
    pace.set_speed(None)
    thread.join(2)
    assert done == ["reached"]
    assert pace.speed is None


@pytest.mark.parametrize("speed", [0.0, -1.0, 0.01, 1001.0, float("nan")])
def test_impossible_speeds_are_refused(speed):
    with pytest.raises(ConfigError, match="speed"):
        Pace(speed)
