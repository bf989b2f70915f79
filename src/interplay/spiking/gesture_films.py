"""Made-up gestures before an event camera: what moves is told by where, which way only by when.

A stand-in for DVS Gesture where that is not at hand. What it shares with it: the eleven classes, subjects who differ,
and events that pixels send when brightness rises (ON) or falls (OFF). What it does not share: people, and light.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.rng import stream
from interplay.data import LabelledEvents
from interplay.ops.event_camera import watch_arms

#: The classes of DVS Gesture, in its order.
GESTURES = (
    "hand clapping", "right hand wave", "left hand wave", "right arm clockwise", "right arm counter-clockwise",
    "left arm clockwise", "left arm counter-clockwise", "arm roll", "air drums", "air guitar", "other gestures",
)  # fmt: skip
_DT_S = 0.002
#: Where shoulders and resting hands are, from the middle in half heights of the picture; y runs up, right is x < 0.
_SHOULDER, _REST = (0.22, 0.15), (0.38, -0.55)
_RADIUS, _THRESHOLD, _MISMATCH = 0.10, 0.25, 0.1
#: Where a uniform draw of standard deviation 1 ends: nobody among ten subjects is far out.
_BOUND = 3**0.5
#: Variation at difficulty 1. Subjects: size, place, tempo, brightness. Trials: place, tempo, reach, wobble.
_SIZE, _PLACE, _TEMPO, _BRIGHT = 0.10, 0.06, 0.15, 0.20
_MOVED, _RATE, _REACH, _WOBBLE = 0.04, 0.15, 0.15, 0.03


def gestures(
    n_per_class: int,
    *,
    size: int = 32,
    subjects: int = 10,
    duration_s: float = 1.5,
    noise_hz: float = 0.3,
    difficulty: float = 1.0,
    seed: int = 0,
) -> LabelledEvents:
    """Film made-up gestures of two arms with a made-up event camera.

    Clockwise and counter-clockwise circles of an arm pass the same pixels equally often and differ in the order
    alone; they begin anywhere on the circle. A wave swings from side to side; clapping hands meet in the middle;
    rolling arms circle each other; drums go up and down in turn; a guitar is held by one hand and struck by the other;
    others are figures whose frequencies and sides are drawn anew each time.

    Parameters
    ----------
    n_per_class : int, >= 1
        Films of each of the eleven gestures.
    size : int, >= 16
        Height and width of the picture, pixels. The real camera has 128.
    subjects : int, >= 1
        Film i of every gesture is of subject ``i % subjects``, who has an own size, place, tempo and brightness.
    duration_s : float, s, in [0.2, 60]
    noise_hz : float, Hz, >= 0
        Rate at which each pixel sends each kind of event for no reason.
    difficulty : float, in [0, 2]
        Multiplies all variation: of subjects (standard deviations: size 0.10 and tempo 0.15 and brightness 0.20, in
        logarithm; place 0.06 half heights) and of films (place 0.04 half heights; tempo 0.15 and reach 0.15, in
        logarithm; slow wobble of the hands 0.03 half heights). Subjects are spread evenly, films normally. At 0 films
        of a gesture differ by phase and noise.
    seed : int, >= 0
        Film i of a gesture is the same however many there are.

    Returns
    -------
    LabelledEvents
        On a grid (2, size, size), ON first; samples in the order (film, gesture); `group` is the subject; times are
        float32. Right and left are the subject's, who faces the camera: the right hand is on the left of the picture.
        Clockwise is as the camera sees it.

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    Hands and arms are bright capsules with soft edges before a dark ground. A pixel sends an event when the logarithm
    of its brightness has moved by its threshold (0.25, 10 % mismatch between pixels, the same in all films of a seed)
    since its last one; brightness is rendered every 2 ms and its logarithm taken as straight in between. There is no
    refractory time and no latency. Cost O(steps size^2) per film: 10 ms for 1.5 s at size 32, 0.2 s at 128. The
    number of events grows as size^2: about 4600 per film at 32, 74 000 at 128.

    What simple read-outs find in it is measured in docs/methods/labelled_events.md.

    Examples
    --------
    >>> data = gestures(1, size=16, duration_s=0.5, seed=1)
    >>> data.n_classes, data.grid, data.group.tolist()[0]
    (11, (2, 16, 16), 'subject 0')
    """
    require_setting("n_per_class", n_per_class, least=1, whole=True)
    require_setting("size", size, least=16, most=1024, whole=True)
    require_setting("subjects", subjects, least=1, whole=True)
    require_setting("duration_s", duration_s, least=0.2, most=60)
    require_setting("noise_hz", noise_hz, least=0, below=1e4)
    require_setting("difficulty", difficulty, least=0, most=2)
    mismatch = stream(seed, "pixels").normal(size=(size, size))
    threshold = _THRESHOLD * np.exp(_MISMATCH * mismatch)
    people = [_subject(seed, k, difficulty) for k in range(subjects)]
    films = [
        _film(people[i % subjects], c, stream(seed, "gesture", i, c), threshold, duration_s, noise_hz, difficulty)
        for i in range(n_per_class)
        for c in range(len(GESTURES))
    ]
    return LabelledEvents(
        time=np.concatenate([time for time, _ in films]),
        unit=np.concatenate([unit for _, unit in films]),
        pointer=np.concatenate([[0], np.cumsum([len(time) for time, _ in films])]),
        label=np.tile(np.arange(len(GESTURES)), n_per_class),
        classes=np.array(GESTURES),
        n_units=2 * size * size,
        duration_s=np.full(len(films), duration_s),
        grid=(2, size, size),
        group=np.repeat([f"subject {i % subjects}" for i in range(n_per_class)], len(GESTURES)),
        notes=(f"Made-up gestures (difficulty {difficulty:g}).",),
    )


@dataclass(frozen=True, eq=False)
class _Subject:
    """How one subject differs from the mean."""

    size: float
    place: NDArray[np.float64]
    tempo: float
    bright: float


def _subject(seed: int, k: int, difficulty: float) -> _Subject:
    draw = difficulty * stream(seed, "subject", k).uniform(-_BOUND, _BOUND, 5)
    return _Subject(
        size=float(np.exp(_SIZE * draw[0])),
        place=_PLACE * draw[1:3],
        tempo=float(np.exp(_TEMPO * draw[3])),
        bright=float(np.exp(_BRIGHT * draw[4])),
    )


def _film(
    subject: _Subject,
    gesture: int,
    rng: np.random.Generator,
    threshold: NDArray[np.float64],
    duration_s: float,
    noise_hz: float,
    difficulty: float,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Film one gesture: times (s) and units, sorted."""
    size = len(threshold)
    clock = np.asarray(np.arange(int(np.ceil(duration_s / _DT_S)) + 1) * _DT_S, dtype=np.float64)
    draw = difficulty * rng.normal(size=4)
    tempo, reach = subject.tempo * float(np.exp(_RATE * draw[0])), np.exp(_REACH * draw[1])
    hands = _hands(gesture, clock * tempo, float(reach), rng)
    hands += _WOBBLE * difficulty * _wobble(clock, rng)
    shoulders = np.broadcast_to(np.array([[-_SHOULDER[0], _SHOULDER[1]], list(_SHOULDER)]), hands.shape)
    middle = subject.place + _MOVED * draw[2:4]
    joints = subject.size * np.concatenate([shoulders, hands], axis=2) + np.tile(middle, 2)
    joints = (joints * np.array([1, -1, 1, -1]) + 1) * (size / 2) - 0.5
    time, unit = _events(joints, _RADIUS * subject.size * size, subject.bright, threshold)

    n_noise = rng.poisson(noise_hz * duration_s * 2 * size * size)
    unit = np.concatenate([unit, rng.integers(0, 2 * size * size, n_noise)])
    when = np.concatenate([time, duration_s * rng.random(n_noise)]).astype(np.float32)
    order = np.lexsort((unit, when))
    order = order[when[order] < duration_s]
    return when[order], unit[order]


def _events(
    joints: NDArray[np.float64], radius: float, bright: float, threshold: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    room = 1 << 15
    while True:
        time, unit = np.empty(room), np.empty(room, dtype=np.int64)
        found = watch_arms(np.ascontiguousarray(joints), radius, bright, threshold, _DT_S, time, unit)
        if found <= room:
            return time[:found], unit[:found]
        room = found


def _wobble(clock: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Let hands drift slowly: three sines per hand and axis below 1.5 Hz."""
    rate, phase = rng.uniform(0.2, 1.5, (3, 1, 2, 2)), rng.uniform(0, 2 * np.pi, (3, 1, 2, 2))
    return np.asarray(np.sin(2 * np.pi * rate * clock[:, None, None] + phase).sum(axis=0) / np.sqrt(1.5))


def _hands(gesture: int, clock: NDArray[np.float64], reach: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Place the hands, (T, 2, 2): right and left, x and y, half heights from the middle, y upward."""
    begin = rng.uniform(0, 2 * np.pi)
    hands = np.empty((len(clock), 2, 2))
    hands[:, 0], hands[:, 1] = (-_REST[0], _REST[1]), _REST
    turn = 2 * np.pi * clock
    sine, cosine = np.sin(1.0 * turn + begin), np.cos(1.0 * turn + begin)
    quick = np.sin(1.8 * turn + begin)
    name = GESTURES[gesture]
    side = 0 if name.startswith("right") else 1
    out = 2 * side - 1  # the sign of x on that side
    if name == "hand clapping":
        apart = 0.06 + 0.17 * reach * (1 + quick)
        hands[:, 0] = np.stack([-apart, np.full_like(apart, -0.05)], axis=1)
        hands[:, 1] = np.stack([apart, np.full_like(apart, -0.05)], axis=1)
    elif name.endswith("wave"):
        hands[:, side, 0] = out * 0.5 + 0.22 * reach * quick
        hands[:, side, 1] = 0.55 - 0.08 * reach * quick**2
    elif name.endswith("clockwise"):
        way = -1 if "counter" in name else 1
        hands[:, side, 0] = out * 0.45 + 0.3 * reach * sine
        hands[:, side, 1] = 0.1 + way * 0.4 * reach * cosine
    elif name == "arm roll":
        roll = 1.5 * turn + begin
        circle = reach * np.stack([0.16 * np.sin(roll), 0.2 * np.cos(roll)], axis=1)
        hands[:, 0], hands[:, 1] = circle - [0.05, 0.0], [0.05, 0.0] - circle
    elif name == "air drums":
        hands[:, 0] = np.stack([np.full_like(quick, -0.3), -0.1 + 0.22 * reach * quick], axis=1)
        hands[:, 1] = np.stack([np.full_like(quick, 0.3), -0.1 - 0.22 * reach * quick], axis=1)
    elif name == "air guitar":
        hands[:, 0] = np.stack([-0.12 + 0.05 * sine, -0.25 + 0.2 * reach * quick], axis=1)
        hands[:, 1] = np.stack([0.55 + 0.08 * reach * sine, 0.2 + 0.03 * cosine], axis=1)
    else:
        _others(hands, turn, reach, rng)
    return hands


def _others(hands: NDArray[np.float64], turn: NDArray[np.float64], reach: float, rng: np.random.Generator) -> None:
    """Draw a figure of unequal frequencies for one hand or both."""
    for side in range(2):
        if side == 1 and rng.random() < 0.5:
            return
        hand = side if rng.random() < 0.5 else 1 - side
        rate, phase = rng.uniform(0.5, 2.2, 2), rng.uniform(0, 2 * np.pi, 2)
        middle = np.array([(2 * hand - 1) * rng.uniform(0.2, 0.5), rng.uniform(-0.3, 0.4)])
        hands[:, hand] = middle + reach * np.array([0.25, 0.3]) * np.sin(turn[:, None] * rate + phase)
