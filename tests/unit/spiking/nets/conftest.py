"""Small data that every network can learn."""

import numpy as np
import pytest

from interplay.data import LabelledEvents, LabelledImages


def pictures(n=60, shape=(1, 6, 6), seed=0):
    """Two classes: bright above, or below."""
    rng = np.random.default_rng(seed)
    image = rng.random((n, *shape)).astype(np.float32) * 0.5
    label = np.arange(n) % 2
    half = shape[1] // 2
    image[label == 0, :, :half] += 0.6
    image[label == 1, :, half:] += 0.6
    return LabelledImages(image=image, label=label, classes=["above", "below"])


def trains(n=48, units=8, seed=0, grid=None):
    """Two classes with the same counts: low units first, or high units first; 1 s."""
    rng = np.random.default_rng(seed)
    label = np.arange(n) % 2
    time, unit, pointer = [], [], [0]
    for k in range(n):
        early = np.arange(units) < units // 2
        if label[k]:
            early = ~early
        u = np.repeat(np.arange(units), 6)
        t = np.where(early[u], rng.random(len(u)) * 0.5, 0.5 + rng.random(len(u)) * 0.5)
        order = np.argsort(t)
        time.append(t[order])
        unit.append(u[order])
        pointer.append(pointer[-1] + len(u))
    return LabelledEvents(
        time=np.concatenate(time), unit=np.concatenate(unit), pointer=pointer, label=label,
        classes=["rising", "falling"], n_units=units, duration_s=np.ones(n), grid=grid,
        group=np.array([f"s{k // 12}" for k in range(n)]),
    )  # fmt: skip


@pytest.fixture
def images():
    return pictures()


@pytest.fixture
def events():
    return trains()


@pytest.fixture
def films():
    return trains(units=32, grid=(2, 4, 4))
