"""Total spiking probability edges: signed effective connectivity from cross-correlations and edge filters.

References
----------
De Blasi, Ciba, Bahmer, Thielemann (2019), J Neurosci Methods 312:169.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError
from interplay.infer.edges import pair_index
from interplay.infer.windowed import Measured, WindowedMethod

#: Mean count of a bin from which products of whole matrices are quicker than single coincidences.
_DENSE = 0.3


def _is_sparse(counts: NDArray[np.float64]) -> bool:
    """Say whether coincidences may be counted one by one: few enough for the time, and for 32 bits."""
    return bool(counts.mean() < _DENSE and (counts * counts).sum(axis=0).max() < 2**30)


@dataclass(frozen=True, kw_only=True)
class SpikingProbability(WindowedMethod):
    """Total spiking probability edges of every ordered pair, per window.

    The normalised cross-correlation at delays of 0 to `max_delay` bins is convolved with filters that answer to a peak
    (or a trough) of b bins between flanks of a bins, then with a running sum of b bins; all filters' answers are added,
    and the one furthest from zero is the weight: above zero excitation, below inhibition.

    Parameters
    ----------
    bin_s : float, s, > 0, or None
        Spikes are counted in bins of this width; None takes traces.
    window_s, step_s : float, s
        See `WindowedMethod`, as for all that follow.
    surrogates : int, >= 0
        There is no law without surrogates.
    null : {"circular_shift", "phases"}
    tail : {"counted", "fitted"}
    alpha : float, in (0, 1)
    correction : {"benjamini_hochberg", "none"}
    keep : {"all", "significant"}
    bounds : (S, 2) float array, s, or None
    seed : int
    jobs : int, >= 1
    surround : tuple of int, bins, >= 1
        Widths a of each flank.
    observed : tuple of int, bins, >= 1
        Widths b of the middle, at most `max_delay`.
    crossover : tuple of int, bins, >= 0
        Gaps c between middle and flanks.
    max_delay : int, bins, >= 1
        How many delays are looked at.

    Notes
    -----
    With the source's counts x and the target's y over T bins::

        NCC(d) = 1 / T  sum_t x(t) y(t + d) / (s_x s_y)
        g = -1/a on the flanks, 2/b in the middle, 0 in the gaps
        weight = the entry of  sum over (a, b, c) of (NCC * g) * 1_b  furthest from zero

    s is the standard deviation over T - 1. As published for spikes, means are not subtracted from the products: the
    filters sum to zero, so a mean drops out up to the ends of the window. Counts, not zeros and ones, are correlated.
    All filters are linear, so they are added up once, into one matrix; one product per pair remains.

    The publication treats spikes. Of traces (`bin_s` None) we subtract each unit's mean in the window: what the ends
    leave of a baseline far above the fluctuations would swamp the answer, and a constant added to a unit must not
    matter. The authors' choice of delay 0 as the first, which lets coincidences in one bin speak for both directions,
    is kept.

    Time proportional to the coincidences within reach where spikes are sparse in their bins, else O(N^2 T D); memory
    4 to 8 N^2 bytes for each delay.

    References
    ----------
    De Blasi et al. (2019), J Neurosci Methods 312:169, equations 2 to 6.

    Examples
    --------
    >>> import numpy as np
    >>> from interplay import Events
    >>> a = np.arange(0.5, 59, 0.5)
    >>> spikes = Events.from_trains([a, a + 0.0025], span=(0.0, 60.0))
    >>> w = SpikingProbability().fit(spikes).snapshots.matrix(0)
    >>> bool(w[0, 1] > 2 * abs(w[1, 0]))
    True
    """

    bin_s: float | None = 0.001
    surround: tuple[int, ...] = (3, 4, 5, 6, 7, 8)
    observed: tuple[int, ...] = (2, 3, 4, 5, 6)
    crossover: tuple[int, ...] = (0,)
    max_delay: int = 25

    name: ClassVar[str] = "tspe"
    directed: ClassVar[bool] = True
    even: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        require_setting("max_delay", self.max_delay, least=1, whole=True)
        for field, least in (("surround", 1), ("observed", 1), ("crossover", 0)):
            given = getattr(self, field)
            if isinstance(given, str) or not np.iterable(given):
                raise ConfigError(
                    f"`{field}` must hold widths in bins, got {given!r}. Give a tuple of whole numbers, say (3, 4, 5)."
                )
            sizes = tuple(given)
            if not sizes:
                raise ConfigError(f"`{field}` must hold at least one width in bins, got none. Give, say, (3, 4, 5).")
            for size in sizes:
                require_setting(field, size, least=least, whole=True)
            object.__setattr__(self, field, tuple(int(size) for size in sizes))
        if max(self.observed) > self.max_delay:
            raise ConfigError(
                f"`observed` must not exceed `max_delay`={self.max_delay} bins, got {max(self.observed)}. Raise "
                "`max_delay`."
            )

    def quantity(self) -> str:
        """Say what a weight is."""
        return "total spiking probability edge, signed, without fixed range"

    def citations(self) -> tuple[str, ...]:
        """Name the source."""
        return ("deblasi2019tspe",)

    def least_samples(self, n_units: int) -> int:
        """Say how many samples the longest delay with its flank needs."""
        return self.max_delay + 2 * self._padding() + 1

    def guard_samples(self) -> float:
        """Count only surrogates that move a pair out of reach of all delays and flanks."""
        return float(self.max_delay + 2 * self._padding())

    def measure(self, x: NDArray[np.float64], dt_s: float) -> Measured:
        """Measure all pairs of one window; see `WindowedMethod.measure`."""
        correlation = self._correlations(x)
        answer = correlation @ self._filters()
        # The first of equals, as the largest of the list is.
        best = np.abs(answer).argmax(axis=1)
        return Measured(answer[np.arange(len(answer)), best])

    def _padding(self) -> int:
        return max(self.surround) + max(self.crossover)

    def _filters(self) -> NDArray[np.float64]:
        """Add up all filters: (delays with padding, delays) matrix."""
        pad, delays = self._padding(), self.max_delay
        total = np.zeros((delays + 2 * pad, delays))
        for a, b, c in product(self.surround, self.observed, self.crossover):
            edge = np.concatenate([np.full(a, -1 / a), np.zeros(c), np.full(b, 2 / b), np.zeros(c), np.full(a, -1 / a)])
            for start in range(delays - b + 1):
                # The middle of this answer lies over the delays start .. start + b - 1; the running sum gives it to
                # each of the b delays from `start` on.
                low = pad + start - a - c
                total[low : low + len(edge), start : start + b] += edge[:, None]
        return total

    def _correlations(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Correlate every ordered pair at the delays -pad .. max_delay + pad - 1, (P, D)."""
        from interplay.ops.correlogram import count_following

        n_bins, n = x.shape
        pad = self._padding()
        n_lags = self.max_delay + pad
        src, dst = pair_index(n, True)
        out = np.empty((len(src), n_lags + pad))
        if self.bin_s is not None and _is_sparse(x):
            when, who = np.nonzero(x)
            times = x[when, who].astype(np.int64)
            ticks, unit = np.repeat(when, times), np.repeat(who, times).astype(np.int32)
            order = np.argsort(unit, kind="stable")
            pointer = np.concatenate([[0], np.cumsum(np.bincount(unit, minlength=n))])
            counts = np.zeros((n, n, n_lags), dtype=np.int32)
            count_following(ticks, unit, order, pointer, 1.0, 0.0, 0, n, counts)
            out[:, pad:] = counts[src, dst]
            out[:, pad] += counts[dst, src, 0]
            out[:, :pad] = counts[dst, src, pad:0:-1]
        else:
            products = x if self.bin_s is not None else x - x.mean(axis=0)
            for k in range(n_lags):
                ahead = products[: n_bins - k].T @ products[k:]
                out[:, pad + k] = ahead[src, dst]
                if 0 < k <= pad:
                    out[:, pad - k] = ahead[dst, src]
        scale = x.std(axis=0, ddof=1)
        scaled: NDArray[np.float64] = out / (n_bins * scale[src] * scale[dst])[:, None]
        return scaled
