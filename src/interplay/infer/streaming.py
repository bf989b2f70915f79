"""Correlation of the latest samples, one sample at a time, for a loop that cannot wait for a recording to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay.infer.edges import PairValues
from interplay.ops.correlation_stream import begin_anew, fade_one, read_window, slide_one

#: Sums of a sliding window are begun anew after this many samples, or a whole window if that is longer.
_RUN = 256


@dataclass(eq=False, kw_only=True)
class CorrelationState:
    """All that a stream of correlations remembers: plain arrays, whose size does not grow.

    Attributes
    ----------
    seen : int
        Samples taken in.
    arrays : dict of str to array
        By name; what they hold is the business of `interplay.ops.correlation_stream`.
    """

    seen: int
    arrays: dict[str, NDArray[Any]]

    def copy(self) -> Self:
        """Give a state of its own with the same content, to come back to."""
        return type(self)(seen=self.seen, arrays={name: array.copy() for name, array in self.arrays.items()})


@dataclass(frozen=True, kw_only=True)
class CorrelationStream:
    """Pearson correlation of all pairs after every sample: of the last samples, or of all with fading weights.

    Parameters
    ----------
    n_units : int, >= 1
    window : int, >= 3, samples, or None
        Length of a sliding window.
    half_life : float, > 0, samples, or None
        After how many samples the weight of a sample has halved. Exactly one of the two is given.

    Raises
    ------
    ConfigError
        If a number is out of range, or not exactly one of `window` and `half_life` is given.

    Notes
    -----
    Sliding: equal to `Correlation` in windows of the same samples (tests demand 1e-10). Until the window is full, no
    unit is present; a unit that is constant or has a NaN in the window is absent. Sums are begun anew after 256 samples
    or a whole window, and when a quiet stretch follows a large event, so rounding does not add up: O(N^2) per sample
    on average, and now and then O(W N^2).

    Fading: the weighted correlation with weights ``2^(-age / half_life)``; a sample with a NaN is left out of the
    unit's pairs only. A pair needs three samples in common. A unit that falls silent keeps the correlation of its past
    until its variance has fallen below 1e-20 of its largest. O(N^2) per sample.

    A single sample decides nothing about what comes before it: no output looks ahead.

    Examples
    --------
    >>> import numpy as np
    >>> stream = CorrelationStream(n_units=2, window=4)
    >>> state = stream.init()
    >>> for x in ([1, 2], [2, 4], [0, 0], [5, 10]):
    ...     state, out = stream.step(state, x)
    >>> out.matrix().round(6).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """

    n_units: int
    window: int | None = None
    half_life: float | None = None

    def __post_init__(self) -> None:
        require_setting("n_units", self.n_units, least=1, whole=True)
        if (self.window is None) == (self.half_life is None):
            raise ConfigError(
                f"exactly one of `window` and `half_life` must be given, got {self.window} and {self.half_life}. "
                "`window` forgets at once, `half_life` by and by."
            )
        if self.window is not None:
            require_setting("window", self.window, least=3, whole=True)
        if self.half_life is not None:
            require_setting("half_life", self.half_life, above=0)

    def init(self) -> CorrelationState:
        """Give the state before the first sample."""
        n = self.n_units
        unit, whole = np.zeros(n), np.zeros(n, dtype=np.int64)
        if self.window is None:
            names = ("total", "mean", "variance", "covariance")
            arrays: dict[str, NDArray[Any]] = {name: np.zeros((n, n)) for name in names}
            return CorrelationState(seen=0, arrays=arrays | {"count": np.zeros((n, n), dtype=np.int64), "peak": unit})
        arrays = {name: unit.copy() for name in ("reference", "sums", "energy", "peak")}
        arrays |= {"missing": whole, "same": whole.copy(), "product": np.zeros(n * (n - 1) // 2)}
        return CorrelationState(seen=0, arrays=arrays | {"ring": np.zeros((self.window, n)), "work": np.zeros((2, n))})

    def step(self, state: CorrelationState, x: ArrayLike) -> tuple[CorrelationState, PairValues]:
        """Take in one sample.

        Parameters
        ----------
        state : CorrelationState
            Of this stream. It is changed in place and given back: copying it would cost more than the step.
        x : (N,) float array
            NaN where a unit was not measured.

        Returns
        -------
        state : CorrelationState
        out : PairValues
            Arrays of its own, pairs in the order of the upper triangle; `matrix` lays them out.

        Raises
        ------
        DataError
            If `x` has another shape or is infinite, or `state` is of a stream of another kind or size.
        """
        sample = Shapes(N=self.n_units).array("x", x, "N", finite=False).astype(np.float64, copy=False)
        if np.isinf(sample).any():
            k = int(np.argmax(np.isinf(sample)))
            raise DataError(f"`x` must be finite or NaN, got x[{k}]={sample[k]}. Give NaN for a sample that failed.")
        self._require_own(state)
        present = np.zeros(self.n_units, dtype=bool)
        weight = np.full(self.n_units * (self.n_units - 1) // 2, np.nan)
        if self.window is None:
            self._fade(state.arrays, sample, present, weight)
        else:
            self._slide(state, sample, present, weight)
        state.seen += 1
        return state, PairValues(weight, present)

    def _require_own(self, state: CorrelationState) -> None:
        held = state.arrays.get("total" if self.window is None else "ring")
        wanted = (self.n_units if self.window is None else self.window, self.n_units)
        if held is None or held.shape != wanted:
            got = "none" if held is None else str(held.shape)
            raise DataError(
                f"`state` must be of this stream, with arrays of shape {wanted}, got {got}. Start with `init()`."
            )

    def _fade(
        self,
        held: dict[str, NDArray[Any]],
        x: NDArray[np.float64],
        present: NDArray[np.bool_],
        weight: NDArray[np.float64],
    ) -> None:
        assert self.half_life is not None
        fade: Any = fade_one
        sums = (held[name] for name in ("count", "total", "mean", "variance", "covariance", "peak"))
        fade(x, 2.0 ** (-1.0 / self.half_life), *sums, present, weight)

    def _slide(
        self, state: CorrelationState, x: NDArray[np.float64], present: NDArray[np.bool_], weight: NDArray[np.float64]
    ) -> None:
        assert self.window is not None
        held = state.arrays
        ring = held["ring"]
        sums = tuple(held[name] for name in ("reference", "sums", "energy", "peak", "product"))
        if state.seen == 0:
            held["reference"][:] = np.nan_to_num(x)
        full = state.seen >= self.window
        slide: Any = slide_one
        weak = slide(x, state.seen % self.window, full, ring, *sums, held["missing"], held["same"], held["work"])
        after = state.seen + 1
        if after < self.window:
            return
        if weak or after == self.window or after % max(self.window, _RUN) == 0:
            begin_anew(ring, *sums)
        read_window(
            self.window, held["sums"], held["energy"], held["product"], held["missing"], held["same"], present, weight
        )
