"""Surrogates as their definitions read, one spike at a time."""

import numpy as np

from interplay._core.rng import uniform


def circular_shift(trains, begin, end, *, seed, index):
    out = []
    for i, train in enumerate(trains):
        amount = float(uniform(seed, "circular_shift", index, i)) * (end - begin)
        out.append(sorted(begin + (t - begin + amount) % (end - begin) for t in train))
    return out


def interval_jitter(trains, begin, end, *, width_s, seed, index):
    out = []
    for i, train in enumerate(trains):
        moved = []
        for k, t in enumerate(train):
            low = begin + np.floor((t - begin) / width_s) * width_s
            high = min(low + width_s, end)
            moved.append(low + float(uniform(seed, "interval_jitter", index, i, k)) * (high - low))
        out.append(sorted(moved))
    return out


def uniform_dither(trains, begin, end, *, reach_s, seed, index):
    out = []
    for i, train in enumerate(trains):
        moved = []
        for k, t in enumerate(train):
            m = t + (2 * float(uniform(seed, "uniform_dither", index, i, k)) - 1) * reach_s
            m = 2 * begin - m if m < begin else m
            m = 2 * end - m if m >= end else m
            moved.append(m)
        out.append(sorted(moved))
    return out
