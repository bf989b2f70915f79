"""What every data object promises, as one assertion."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import numpy as np

from interplay.data import Events, Intervals, Recording, Series, Simplices, Snapshots, TemporalGraph


def check_data(data: Any) -> None:
    """Assert that a data object keeps its promises.

    Frozen; its arrays read-only, also in copies and after pickling; its digest a function of the content alone; a
    short `repr`; `window` and `shift` leave it as it is; windows tile, [a, b) + [b, c) = [a, c); a shift moves the
    span, and there and back by a power of two changes nothing.

    Parameters
    ----------
    data : Events, Intervals, Recording, Series, Simplices, Snapshots, TemporalGraph or Units
        With content on both sides of the middle of its span, if it has a span.

    Raises
    ------
    AssertionError
        Naming the promise that is broken.
    """
    before = data.digest
    _check_frozen(data)
    again = dataclasses.replace(data)
    assert again.digest == before, "an equal copy must have the same digest"
    for made in (copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        _check_frozen(made)
        assert made.digest == before, "a copy must have the same digest"
    assert type(data).__name__ in repr(data), "repr must name the type"
    assert len(repr(data)) < 300, "repr must be short"
    if hasattr(data, "window"):
        _check_windows(data)
        _check_shift(data)
    assert data.digest == before, "methods must leave the object as it is"


def _check_frozen(data: Any) -> None:
    for field in dataclasses.fields(data):
        value = getattr(data, field.name)
        try:
            setattr(data, field.name, value)
        except dataclasses.FrozenInstanceError:
            pass
        else:
            raise AssertionError(f"`{field.name}` must not be assignable")
        if isinstance(value, np.ndarray):
            assert not value.flags.writeable, f"`{field.name}` must be read-only"


def _span(data: Any) -> tuple[float, float]:
    if isinstance(data, Intervals):
        return float(data.start.min()), float(data.stop.max())
    return (float(data.span[0]), float(data.span[1]))


def _content(data: Any) -> Any:
    """Reduce what a window holds to something that can be laid end to end."""
    if isinstance(data, Events):
        return list(zip(data.time.tolist(), data.unit.tolist(), strict=True))
    if isinstance(data, TemporalGraph):
        columns = (data.time, data.src, data.dst, data.weight)
        return list(zip(*(c.tolist() for c in columns), strict=True))
    if isinstance(data, Series):
        return [(t, *map(repr, row)) for t, row in zip(data.time.tolist(), data.values.tolist(), strict=True)]
    if isinstance(data, Simplices):
        return [(t, tuple(data.members(k).tolist())) for k, t in enumerate(data.time.tolist())]
    assert isinstance(data, Recording)
    events = [] if data.events is None else _content(data.events)
    return events + ([] if data.traces is None else _content(data.traces))


def _check_windows(data: Any) -> None:
    a, c = _span(data)
    b = (a + c) / 2
    if isinstance(data, Snapshots):
        inner = data.window(a, c)
        assert inner.digest == data.digest, "the window of the whole span must be the whole"
        return
    if isinstance(data, Intervals):
        halves = data.window(a, b).total + data.window(b, c).total
        assert np.isclose(halves, data.window(a, c).total, rtol=1e-12), "windows must tile: lengths must add up"
        return
    left, right, whole = data.window(a, b), data.window(b, c), data.window(a, c)
    joined = _content(left) + _content(right)
    if isinstance(data, Recording):
        joined, expected = sorted(map(repr, joined)), sorted(map(repr, _content(whole)))
    else:
        expected = _content(whole)
    assert joined == expected, "windows must tile: [a, b) + [b, c) = [a, c)"
    if isinstance(data, Series):
        return
    assert left.span[1] <= b <= right.span[0], "a window's span must lie inside the window"


def _check_shift(data: Any) -> None:
    a, c = _span(data)
    far = 2.0**10
    times = np.concatenate([np.ravel(x) for x in _times(data)])
    if np.array_equal((times + far) - far, times):
        assert data.shift(far).shift(-far).digest == data.digest, "shifting there and back must change nothing"
    moved = data.shift(far)
    assert np.allclose(_span(moved), (a + far, c + far), rtol=0, atol=1e-9), "a shift must move the span"
    assert type(moved) is type(data), "a shift must give the same type"


def _times(data: Any) -> list[Any]:
    if isinstance(data, Recording):
        parts = [data.events, data.traces, data.observed, data.truth, *data.behavior.values(), *data.epochs.values()]
        return [t for part in parts if part is not None for t in _times(part)]
    names = ("time", "start", "stop", "bounds", "span")
    return [np.asarray(getattr(data, name)) for name in names if hasattr(data, name)]
