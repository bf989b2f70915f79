"""Checks at the public doors: arrays whose axis letters agree, and numbers inside their range."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.errors import ConfigError, DataError

#: Entries looked at together where a long array is checked: what is checked may be larger than memory.
_CHUNK = 1 << 20
_KINDS = {"float": "fiub", "int": "iu", "bool": "b", "text": "U"}


class Shapes:
    """Turn arguments into read-only arrays and bind the letters of their axes.

    The first array that names a letter fixes its size; every later one must agree. Nothing is cast with loss.

    Examples
    --------
    >>> shapes = Shapes(E=3)
    >>> shapes.array("time", [0.0, 1.0, 2.0], "E").shape
    (3,)
    """

    def __init__(self, **sizes: int) -> None:
        self.sizes = dict(sizes)

    def array(
        self, name: str, value: ArrayLike, axes: str, kind: str = "float", *, finite: bool = True
    ) -> NDArray[Any]:
        """Check one array and give back a read-only view of it.

        Parameters
        ----------
        name : str
            The argument's name, for the message.
        value : array_like
            What arrived.
        axes : str
            Axis letters separated by blanks, for example "T N"; a digit demands that size.
        kind : {"float", "int", "bool", "text"}
            Floats come back as float64 (float32 stays float32), integers as int64.
        finite : bool
            Whether NaN and infinity are refused (floats only).

        Returns
        -------
        read-only array

        Raises
        ------
        DataError
            On a wrong type, a wrong number of axes, a size that disagrees, or a value that is not finite.
        """
        array = np.asarray(value)
        if array.size == 0 and array.dtype.kind == "f" and kind != "float":
            array = array.astype({"int": np.int64, "bool": np.bool_, "text": np.str_}[kind])
        if array.dtype.kind not in _KINDS[kind]:
            raise DataError(
                f"`{name}` must hold {kind} values, got dtype {array.dtype}. Convert it; nothing is cast silently."
            )
        self._bind(name, array, axes)
        array = _widen(name, array, kind)
        if kind == "float" and finite:
            require_finite(name, array)
        view = array.view()
        view.flags.writeable = False
        return view

    def _bind(self, name: str, array: NDArray[Any], axes: str) -> None:
        letters = axes.split()
        known = {k: f"{k}={size}" for k, size in self.sizes.items() if not k.isdigit()}
        wanted = "(" + ", ".join(known.get(k, k) for k in letters) + ")"
        fits = array.ndim == len(letters)
        for letter, size in zip(letters, array.shape, strict=False):
            fits = fits and size == self.sizes.setdefault(letter, int(letter) if letter.isdigit() else size)
        if not fits:
            raise DataError(f"`{name}` must have shape {wanted}, got {array.shape}.")


def _widen(name: str, array: NDArray[Any], kind: str) -> NDArray[Any]:
    if kind == "int":
        if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
            raise DataError(f"`{name}` must fit in 64-bit signed integers, got a value of {array.max()}.")
        return array.astype(np.int64, copy=False)
    if kind == "float" and array.dtype != np.float32:
        return array.astype(np.float64, copy=False)
    return array


def require_finite(name: str, array: NDArray[Any]) -> None:
    """Refuse NaN and infinity, naming the first place."""
    if array.ndim and len(array) > _CHUNK and all(np.isfinite(part).all() for part in _parts(array)):
        return
    bad = ~np.isfinite(array)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        where = ", ".join(map(str, place))
        raise DataError(
            f"`{name}` must be finite: {name}[{where}]={array[place]} and {int(bad.sum())} value(s) in all are not. "
            "Remove or mask them before building the object."
        )


def _parts(array: NDArray[Any], overlap: int = 0) -> Iterator[NDArray[Any]]:
    """Give an array piece by piece, each with so many entries of the next."""
    for k in range(0, len(array), _CHUNK):
        yield array[k : k + _CHUNK + overlap]


def require_increasing(name: str, array: NDArray[Any], *, strictly: bool, remedy: str) -> None:
    """Refuse an array that steps back (or stays, if `strictly`), naming the first place."""
    first = 0
    for part in _parts(array, overlap=1):
        step = np.diff(part)
        bad = step <= 0 if strictly else step < 0
        if bad.any():
            k = first + int(np.argmax(bad))
            rule = "strictly increase" if strictly else "not decrease"
            here, after = array[k].item(), array[k + 1].item()
            raise DataError(
                f"`{name}` must {rule}: {name}[{k}]={here!r} comes before {name}[{k + 1}]={after!r}. {remedy}"
            )
        first += _CHUNK


def require_span(name: str, span: Any) -> tuple[float, float]:
    """Check a half-open interval [start, stop) in seconds with start < stop."""
    try:
        start, stop = (float(x) for x in span)
    except (TypeError, ValueError) as error:
        raise DataError(f"`{name}` must be two numbers (start, stop) in seconds, got {span!r}.") from error
    if not (np.isfinite(start) and np.isfinite(stop) and start < stop):
        raise DataError(
            f"`{name}` must be finite with start < stop, got ({start}, {stop}). Give the observed interval."
        )
    return start, stop


def require_ids(name: str, ids: NDArray[np.int64], n: int, what: str) -> None:
    """Refuse ids outside [0, n)."""
    first = 0
    for part in _parts(ids):
        bad = (part < 0) | (part >= n)
        if bad.any():
            k = first + int(np.argmax(bad))
            raise DataError(
                f"`{name}` must lie in [0, {what}={n}): {name}[{k}]={ids[k]}. Give the true number; "
                "it is never guessed."
            )
        first += _CHUNK


def require_setting(
    name: str,
    value: float,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
    below: float | None = None,
    whole: bool = False,
) -> None:
    """Check one number of a configuration against its range.

    Raises
    ------
    ConfigError
        Naming the setting, the range and what arrived; also for what is no number, or none that is whole where it must
        be.
    """
    kind = "a whole number " if whole else ""
    parts = [
        f"{sign} {bound}"
        for sign, bound in ((">", above), (">=", least), ("<", below), ("<=", most))
        if bound is not None
    ]
    if isinstance(value, bool) or not isinstance(value, Integral if whole else Real):
        rule = " and ".join(parts)
        raise ConfigError(
            f"`{name}` must be {'a whole' if whole else 'a'} number{f' {rule}' if rule else ''}, got {value!r} "
            f"({type(value).__name__}). Give a plain number."
        )
    good = (
        value == value
        and (above is None or value > above)
        and (least is None or value >= least)
        and (below is None or value < below)
        and (most is None or value <= most)
    )
    if not good:
        raise ConfigError(f"`{name}` must be {kind}{' and '.join(parts)}, got {value!r}.")
