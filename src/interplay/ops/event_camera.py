"""An event camera before two moving arms in the dark: brightness, and the crossings of its logarithm."""

from __future__ import annotations

import numpy as np
from numba import njit

#: Brightness of the dark, in units of a lit hand's.
DARK = 0.25


@njit(cache=True, nogil=True)
def _light(frame, x0, y0, x1, y1, radius, bright):  # type: ignore[no-untyped-def]
    """Draw a capsule with a soft edge: each pixel takes the brighter of what it has and what is drawn."""
    height, width = frame.shape
    reach = 1.6 * radius
    low_x, high_x = max(int(min(x0, x1) - reach), 0), min(int(max(x0, x1) + reach) + 2, width)
    low_y, high_y = max(int(min(y0, y1) - reach), 0), min(int(max(y0, y1) + reach) + 2, height)
    dx, dy = x1 - x0, y1 - y0
    length2 = dx * dx + dy * dy
    for y in range(low_y, high_y):
        for x in range(low_x, high_x):
            px, py = x - x0, y - y0
            along = 0.0 if length2 == 0 else min(max((px * dx + py * dy) / length2, 0.0), 1.0)
            ex, ey = px - along * dx, py - along * dy
            square = (ex * ex + ey * ey) / (radius * radius)
            if square < 2.5:
                light = bright * np.exp(-(square * square))
                frame[y, x] = max(frame[y, x], light)


@njit(cache=True, nogil=True)
def _render(frame, joints, radius, bright):  # type: ignore[no-untyped-def]
    """Draw two arms and hands into a cleared frame."""
    frame[:] = 0.0
    for side in range(2):
        sx, sy, hx, hy = joints[side, 0], joints[side, 1], joints[side, 2], joints[side, 3]
        _light(frame, sx, sy, hx, hy, 0.6 * radius, 0.5 * bright)
        _light(frame, hx, hy, hx, hy, radius, bright)


@njit(cache=True, nogil=True)
def watch_arms(joints, radius, bright, threshold, dt_s, time, unit):  # type: ignore[no-untyped-def]
    """Find the events of a camera that watches two arms.

    A pixel sends an event whenever the logarithm of its brightness has moved by its threshold since its last event,
    up (ON, channel 0) or down (OFF, channel 1); between two steps the logarithm is taken as a straight line.

    Parameters
    ----------
    joints : (T, 2, 4) float64 array, pixels
        Shoulder x, y and hand x, y of each side, at each step; y runs downward.
    radius : float, pixels
        Of a hand.
    bright : float
        Brightness of a hand; the dark has 0.25.
    threshold : (height, width) float64 array, > 0
        In natural logarithm of brightness.
    dt_s : float, s
        Between steps.
    time : (M,) float64 array, s
    unit : (M,) int64 array
        Filled as far as there is room; (channel * height + y) * width + x.

    Returns
    -------
    int
        Number of events, which may exceed M: then call again with more room. Not sorted in time within a step.
    """
    height, width = threshold.shape
    now, before = np.zeros((height, width)), np.zeros((height, width))
    _render(before, joints[0], radius, bright)
    level = np.log(DARK + before)
    last = level.copy()
    count = 0
    for t in range(1, len(joints)):
        _render(now, joints[t], radius, bright)
        for y in range(height):
            for x in range(width):
                if now[y, x] == before[y, x]:
                    continue
                new = np.log(DARK + now[y, x])
                old, step = level[y, x], threshold[y, x]
                sign = 1.0 if new > old else -1.0
                while (new - last[y, x]) * sign >= step:
                    last[y, x] += sign * step
                    if count < len(time):
                        place = min(max((last[y, x] - old) / (new - old), 0.0), 1.0)
                        time[count] = (t - 1 + place) * dt_s
                        unit[count] = ((0 if sign > 0 else 1) * height + y) * width + x
                    count += 1
                level[y, x] = new
        before, now = now, before
    return count
