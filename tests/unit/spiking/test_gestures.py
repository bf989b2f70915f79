"""Made-up gestures: events of a camera, and the way round that only time tells."""

import math

import numpy as np
import pytest

from interplay._core.errors import ConfigError
from interplay.ops.event_camera import watch_arms
from interplay.spiking import gestures

CIRCLES = {3: 1, 4: -1, 5: 1, 6: -1}


def capsule(x, y, x0, y0, x1, y1, radius):
    length = math.hypot(x1 - x0, y1 - y0)
    along = 0.0
    if length > 0:
        along = min(max(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length**2, 0.0), 1.0)
    off = math.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)) / radius
    return math.exp(-(off**4)) if off**2 < 2.5 else 0.0


def brightness(x, y, joints, radius, bright):
    found = 0.0
    for sx, sy, hx, hy in joints:
        found = max(found, 0.5 * bright * capsule(x, y, sx, sy, hx, hy, 0.6 * radius))
        found = max(found, bright * capsule(x, y, hx, hy, hx, hy, radius))
    return found


def test_events_are_the_threshold_crossings_of_every_pixel():
    rng = np.random.default_rng(0)
    steps, size = 30, 9
    joints = np.cumsum(rng.normal(0, 0.4, (steps, 2, 4)), axis=0) + np.array([[2, 3, 5, 5], [6, 3, 4, 6]])
    threshold = rng.uniform(0.1, 0.4, (size, size))
    wanted = []
    for y in range(size):
        for x in range(size):
            level = [math.log(0.25 + brightness(x, y, j, 1.5, 0.9)) for j in joints]
            last = level[0]
            for t in range(1, steps):
                while abs(level[t] - last) >= threshold[y, x]:
                    sign = 1 if level[t] > last else -1
                    last += sign * threshold[y, x]
                    place = (last - level[t - 1]) / (level[t] - level[t - 1])
                    wanted.append(((t - 1 + min(max(place, 0), 1)) * 0.01, (sign < 0) * size * size + y * size + x))
    time, unit = np.empty(5000), np.empty(5000, dtype=np.int64)
    n = watch_arms(joints, 1.5, 0.9, threshold, 0.01, time, unit)
    assert n == len(wanted) > 200
    found, order = sorted(zip(unit[:n].tolist(), time[:n].tolist(), strict=True)), sorted((u, t) for t, u in wanted)
    assert [u for u, _ in found] == [u for u, _ in order]
    assert np.allclose([t for _, t in found], [t for _, t in order])
    assert watch_arms(joints, 1.5, 0.9, threshold, 0.01, time[:10], unit[:10]) == n


def test_still_arms_send_nothing():
    joints = np.tile([[[2.0, 3, 5, 5], [6, 3, 4, 6]]], (10, 1, 1))
    assert watch_arms(joints, 1.5, 0.9, np.full((9, 9), 0.01), 0.01, np.empty(9), np.empty(9, dtype=np.int64)) == 0


def path(data, k, step_s=0.03):
    """Centre of the events of one sample per step, (T, 2), y upward."""
    size = data.grid[1]
    one = data.sample(k)
    y, x = np.divmod(one.unit % (size * size), size)
    step = (one.time / step_s).astype(int)
    seen = np.bincount(step)
    return np.stack([np.bincount(step, x), -np.bincount(step, y)], axis=1) / np.maximum(seen, 1)[:, None]


def turn(data, k):
    """Area that the centre of the events sweeps clockwise."""
    place = path(data, k)
    place = place - place.mean(axis=0)
    return float((place[:-1, 1] * place[1:, 0] - place[:-1, 0] * place[1:, 1]).sum())


def test_the_way_round_is_in_the_order_of_events():
    data = gestures(8, size=24)
    right = [turn(data, k) * CIRCLES[data.label[k]] > 0 for k in range(len(data)) if data.label[k] in CIRCLES]
    assert len(right) == 32
    assert np.mean(right) > 0.9


def test_the_way_round_is_not_in_the_counts():
    """Both ways differ in mean counts no more than two halves of one way do."""
    data = gestures(60, size=16, difficulty=0.0, noise_hz=0.0)
    counts = data.counts(step_s=1.5, n_steps=1)[0]

    def apart(first, second):
        return np.abs(first.mean(axis=0) - second.mean(axis=0)).sum()

    clockwise, counter = counts[data.label == 3], counts[data.label == 4]
    between = apart(clockwise[:30], counter[:30])
    assert between < 1.5 * apart(clockwise[:30], clockwise[30:])
    assert apart(clockwise[:30], counts[data.label == 5][:30]) > 5 * between


def test_the_right_hand_is_on_the_left_of_the_picture():
    data = gestures(3, size=20, noise_hz=0.0, difficulty=0.5)
    for label, sign in ((1, -1), (3, -1), (4, -1), (2, 1), (5, 1), (6, 1)):
        for k in np.flatnonzero(data.label == label):
            assert sign * (np.mean(data.sample(k).unit % 20) - 9.5) > 0


def test_brightness_rises_as_often_as_it_falls_and_noise_comes_on_top():
    quiet, loud = (gestures(2, size=16, noise_hz=hz, difficulty=0.0) for hz in (0.0, 3.0))
    on = (quiet.unit < 256).mean()
    assert abs(on - 0.5) < 0.03
    more = loud.n_events.sum() - quiet.n_events.sum()
    assert more == pytest.approx(22 * 1.5 * 512 * 3.0, rel=0.03)


def test_more_films_leave_the_first_as_they_were():
    few, many = (gestures(n, size=16, duration_s=0.3, subjects=2, seed=4) for n in (2, 3))
    assert many.take(np.arange(22)).digest == few.digest
    assert np.unique(many.group).tolist() == ["subject 0", "subject 1"]
    assert gestures(2, size=16, duration_s=0.3, subjects=2, seed=5).digest != few.digest
    assert few.counts(step_s=0.1, n_steps=3).shape == (3, 22, 512)


def test_larger_pictures_show_the_same_film():
    small, large = (gestures(1, size=size, noise_hz=0.0, difficulty=0.0) for size in (32, 64))
    for k in (3, 5, 7):
        a, b = path(small, k, 0.1), path(large, k, 0.1)
        assert np.corrcoef(a[:, 1], b[:, 1])[0, 1] > 0.9


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"n_per_class": 0}, "`n_per_class`"),
        ({"size": 8}, "`size` must be a whole number >= 16"),
        ({"subjects": 0}, "`subjects`"),
        ({"duration_s": 0.1}, "`duration_s` must be >= 0.2"),
        ({"noise_hz": -1.0}, "`noise_hz` must be >= 0"),
        ({"difficulty": 3.0}, "`difficulty` must be >= 0 and <= 2"),
    ],
)
def test_wrong_settings(settings, match):
    with pytest.raises(ConfigError, match=match):
        gestures(**{"n_per_class": 1, "size": 16, "duration_s": 0.2, **settings})
