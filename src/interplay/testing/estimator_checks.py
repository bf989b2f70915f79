"""What every method that turns a recording into networks promises, as one assertion."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from interplay._core.protocols import ResultLike
from interplay.data import Events, Recording, Series, Snapshots
from interplay.testing.global_state import global_word


def check_estimator(
    estimator: Any, recording: Recording, *, shift_s: float = 1024.0, tolerance: float = 1e-9, relabels: bool = True
) -> None:
    """Assert that an estimator keeps its promises on one recording.

    It is frozen, as is its result, which carries settings, the digest of the input, seed, versions and notes. Fitting
    twice gives the same bits. Inputs and global random state are left alone. What comes after a window cannot change
    the window's network, unless the result says that it is
    `pooled`. Moving the clock moves the windows only. Relabelling the units relabels the networks.

    Parameters
    ----------
    estimator : object with ``fit(recording)``
        Its result has `snapshots`.
    recording : Recording
        At least three windows long.
    shift_s : float, s
        How far the clock is moved.
    tolerance : float, >= 0
        Allowed difference of weights and p-values after a change of the future, a shift or a relabelling: rounding.
    relabels : bool
        False for a method whose random numbers hang on the number of the unit (surrogates): then only the p-values
        are exempt.

    Raises
    ------
    AssertionError
        Naming the promise that is broken.
    """
    before, state = recording.digest, global_word()
    result = estimator.fit(recording)
    _check_result(estimator, result, before)
    _check_frozen(estimator)
    first = result.snapshots
    assert estimator.fit(recording).snapshots.digest == first.digest, "fitting twice must give the same bits"
    assert recording.digest == before, "fit must leave its input as it is"
    assert state == global_word(), "fit must leave numpy's global generator alone"
    if not result.pooled:
        _check_future(estimator, recording, first, tolerance)
    moved = estimator.fit(recording.shift(shift_s)).snapshots
    _agree(moved.shift(-shift_s), first, tolerance, "a shifted clock must shift the windows and change nothing else")
    order = np.random.Generator(np.random.Philox(1)).permutation(recording.n_units)
    mixed = estimator.fit(recording.select(order.tolist())).snapshots
    back = mixed.select(np.argsort(order).tolist())
    message = "relabelled units must give relabelled networks"
    _agree(back, first, tolerance, message, pvalues=relabels)


def _check_result(estimator: Any, result: Any, made_from: str) -> None:
    assert isinstance(result, ResultLike), "a result must carry config, made_from, seed, notes and versions"
    assert result.config == estimator, "a result must carry the settings that made it"
    assert result.made_from == made_from, "a result must carry the digest of its input"
    assert all(isinstance(text, str) for text in result.notes), "notes must be texts"
    assert "numpy" in result.versions, "a result must carry package versions"
    _check_frozen(result)


def _check_frozen(thing: Any) -> None:
    assert dataclasses.is_dataclass(thing), f"{type(thing).__name__} must be a dataclass"
    name = dataclasses.fields(thing)[0].name
    try:
        setattr(thing, name, getattr(thing, name))
    except dataclasses.FrozenInstanceError:
        return
    raise AssertionError(f"{type(thing).__name__} must be frozen")


def _check_future(estimator: Any, recording: Recording, first: Snapshots, tolerance: float) -> None:
    """Change everything after the first half of the windows, and look for a trace of it before."""
    half = len(first) // 2
    assert half >= 1, "the recording must be at least two windows long for the check of the future"
    cut = float(first.bounds[:half, 1].max())
    changed = dataclasses.replace(
        recording,
        events=None if recording.events is None else _thin_after(recording.events, cut),
        traces=None if recording.traces is None else _mirror_after(recording.traces, cut),
    )
    early = estimator.fit(changed).snapshots.take(range(half))
    _agree(early, first.take(range(half)), tolerance, "what comes after a window must not change its network")


def _thin_after(events: Events, cut: float) -> Events:
    late = events.time >= cut
    keep = ~late | (np.cumsum(late) % 2 == 0)
    unit = np.where(late, (events.unit + 1) % max(events.n_units, 1), events.unit)
    return Events.from_events(events.time[keep], unit[keep], n_units=events.n_units, span=events.span)


def _mirror_after(traces: Series, cut: float) -> Series:
    late = traces.time >= cut
    values = np.array(traces.values)
    values[late] = values[late][::-1] * 2 + 1
    return Series(time=traces.time, values=values, names=traces.names, unit=traces.unit)


def _agree(found: Snapshots, expected: Snapshots, tolerance: float, message: str, *, pvalues: bool = True) -> None:
    assert np.allclose(found.bounds, expected.bounds, rtol=0, atol=1e-9), f"{message}: windows differ"
    assert np.array_equal(found.present, expected.present), f"{message}: present units differ"
    assert np.allclose(found.dense(), expected.dense(), rtol=0, atol=tolerance), f"{message}: weights differ"
    assert (found.pvalues is None) == (expected.pvalues is None), f"{message}: p-values come and go"
    if pvalues and found.pvalues is not None:
        same = np.allclose(found.dense_pvalues(), expected.dense_pvalues(), rtol=0, atol=tolerance, equal_nan=True)
        assert same, f"{message}: p-values differ"
