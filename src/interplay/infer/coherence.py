"""Coherence: how much of two units' power at a frequency moves together.

References
----------
Thomson (1982); Welch (1967); Nolte et al. (2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay.infer.bands import Band, require_band, rows_in_band
from interplay.infer.edges import pair_index, require_choice
from interplay.infer.windowed import Measured, WindowedMethod

#: Segments of a window where `segment_s` is not given, with half of each overlapping the next.
_SEGMENTS = 16
#: Fourier frequencies apart at which Hann-tapered coefficients of white noise are uncorrelated.
_HANN_APART = 3
#: Squared correlation of two Hann-tapered segments that share half their samples.
_OVERLAP = 1.0 / 36.0
#: Excess kurtosis per sample from which a unit is a handful of events (about one over their number), and no Gaussian;
#: and how many of its own standard deviations in Gaussian samples it must exceed besides (below about 200).
_SPARSE, _SCATTER = 0.02, 4.0
_FEW_EVENTS = "of some pairs both units are fewer than about 50 events: the law does not hold, p = 1; use surrogates"
_AT_THE_ENDS = (
    "every frequency of the band lies too near to 0 or to half the sampling rate for the law, p = 1; lengthen the "
    "window, lower `time_bandwidth`, or use surrogates"
)
_NO_POWER = "some units have no power at a frequency of the band: their pairs have no value"


@dataclass(frozen=True, kw_only=True)
class Coherence(WindowedMethod):
    """Coherence of all pairs, averaged over a frequency band, per window.

    Parameters
    ----------
    kind : {"magnitude_squared", "imaginary"}
        Squared size of the coherency, or the size of its imaginary part, which is blind to whatever reaches both units
        without delay.
    spectrum : {"multitaper", "welch"}
        Spectra from orthogonal tapers over the whole window, or from tapered segments that overlap by half.
    time_bandwidth : float, >= 1.5
        Of the multitaper spectrum: half its resolution, in Fourier frequencies of the window;
        ``K = int(2 time_bandwidth) - 1`` tapers.
    segment_s : float, s, > 0, or None
        Length of a Welch segment; None: two seventeenths of the window, so that there are 16.
    band : (low, high), Hz, 0 <= low < high, or None
        What is averaged; both ends belong to it. None: all frequencies above 0 and below half the sampling rate.
    bin_s : float, s, > 0, or None
        None takes the traces; a number counts spikes in bins of that width.
    window_s, step_s : float, s, > 0
        Length of a window and distance between starts.
    surrogates : int, >= 0
        How many surrogates test every pair. 0: the law below, for "magnitude_squared".
    null : {"circular_shift", "phases"}
        What a surrogate is.
    tail : {"counted", "fitted"}
        How small p-values of surrogates may be.
    alpha : float, in (0, 1)
        What "significant" means.
    correction : {"benjamini_hochberg", "none"}
        Over the pairs of one window, for `keep`.
    keep : {"all", "significant"}
        Which pairs are stored.
    bounds : (S, 2) float array, s, or None
        Explicit windows.
    seed : int
        Of the surrogates.
    jobs : int, >= 1
        Threads.

    Raises
    ------
    ConfigError
        If a setting is out of range (a smaller `time_bandwidth` leaves fewer than two tapers).

    Notes
    -----
    At frequency f, from coefficients X of K tapers or segments::

        C_ij = sum_k X_ik conj(X_jk) / sqrt(sum_k |X_ik|^2 sum_k |X_jk|^2)

    Weight: the mean over the band of ``|C|^2`` or ``|Im C|``, in [0, 1], unsigned. Independent units do not score 0:
    ``|C|^2`` is 1 / K on average. Only tests, or windows of equal length, may be compared.

    P-values without surrogates: of independent Gaussian units, ``(1 - |C|^2)^(K - 1)`` is uniform at each frequency.
    Frequencies too far apart to leak into each other (2 `time_bandwidth` for tapers, 3 for segments) are combined by
    Fisher's sum of logarithms; those nearer than `time_bandwidth` (segments: 1.5) Fourier frequencies to 0 or to half
    the sampling rate leak into their own mirror image and are left out of the test, not of the weight: with no other in
    the band p = 1, and a note says so. Overlapping segments count for ``K / (1 + (1 - 1/K) / 18)``. Sharp lines in a
    spectrum or bursts that outlast a segment break the law: use surrogates. It fails too for units that are a handful
    of events: a pair of two such (excess kurtosis over T above 0.02, about 50 spikes, and above what so few Gaussian
    samples show) has p = 1, and a note says so.

    A unit with no power at a frequency of the band (an exact sine, say) has no value in any pair, and the notes say so.

    Time per window O(K (n T log T + F n^2)), F frequencies.

    References
    ----------
    Thomson (1982), Proc IEEE 70:1055. Welch (1967), IEEE Trans Audio Electroacoust 15:70. Nolte et al. (2004), Clin
    Neurophysiol 115:2292. Goodman (1963), Ann Math Stat 34:152, for the law.

    Examples
    --------
    >>> import numpy as np
    >>> from interplay import Recording, Series
    >>> rng = np.random.default_rng(0)
    >>> wave = np.sin(np.arange(1000) * 0.6)
    >>> x = np.column_stack([wave, np.roll(wave, 3), np.zeros(1000)]) + rng.normal(size=(1000, 3))
    >>> recording = Recording(traces=Series.regular(x, dt_s=0.01))
    >>> found = Coherence(window_s=10, step_s=10, band=(9, 10)).fit(recording).snapshots.matrix(0)
    >>> bool(found[0, 1] > found[0, 2] + 0.3)
    True
    """

    kind: Literal["magnitude_squared", "imaginary"] = "magnitude_squared"
    spectrum: Literal["multitaper", "welch"] = "multitaper"
    time_bandwidth: float = 4.0
    segment_s: float | None = None
    band: Band | None = None

    name: ClassVar[str] = "coherence"
    one_sided: ClassVar[bool] = True
    even: ClassVar[bool] = True
    has_law: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        require_choice("kind", self.kind, ("magnitude_squared", "imaginary"))
        require_choice("spectrum", self.spectrum, ("multitaper", "welch"))
        require_setting("time_bandwidth", self.time_bandwidth, least=1.5)
        if self.segment_s is not None:
            require_setting("segment_s", self.segment_s, above=0)
            if self.spectrum == "multitaper":
                raise ConfigError(
                    f'`segment_s` is only used with spectrum="welch", got {self.segment_s:g} with "multitaper". Choose '
                    "one."
                )
        object.__setattr__(self, "band", require_band(self.band))

    def lawful(self) -> bool:
        """Say whether these settings give p-values without surrogates."""
        return self.kind == "magnitude_squared"

    def quantity(self) -> str:
        """Say what a weight is, with its range and what chance gives."""
        what = "squared coherence" if self.kind == "magnitude_squared" else "size of the imaginary part of coherency"
        where = "all frequencies" if self.band is None else f"{self.band[0]:g} to {self.band[1]:g} Hz"
        if self.kind == "magnitude_squared" and self.spectrum == "multitaper":
            return f"mean {what} over {where}, in [0, 1] ({1 / self._tapers():.3f} by chance)"
        return f"mean {what} over {where}, in [0, 1] (above 0 by chance)"

    def citations(self) -> tuple[str, ...]:
        """Name the sources of what is really used."""
        keys = ("thomson1982multitaper",) if self.spectrum == "multitaper" else ("welch1967spectra",)
        if self.kind == "imaginary":
            return (*keys, "nolte2004imaginary")
        return keys if self.surrogates else (*keys, "goodman1963coherence")

    def least_samples(self, n_units: int) -> int:
        """Say how many samples a window needs."""
        return 4 * int(np.ceil(self.time_bandwidth)) if self.spectrum == "multitaper" else 4

    def _tapers(self) -> int:
        return int(2 * self.time_bandwidth) - 1

    def measure(self, x: NDArray[np.float64], dt_s: float) -> Measured:
        """Measure all pairs of one window.

        Parameters
        ----------
        x : (T_w, n) float64 array
        dt_s : float, s

        Returns
        -------
        Measured
        """
        from interplay.ops.cross_spectra import chunks, coherency

        coefficients, inner, apart, averages = self._coefficients(x, dt_s)
        n_rows, n, _ = coefficients.shape
        pairs = pair_index(n, False)
        total = np.zeros(len(pairs[0]))
        # Frequencies that do not leak into each other, nor into their own mirror image, centred in the band.
        lawful = np.flatnonzero(inner)
        alone = lawful[(len(lawful) - 1) % apart // 2 :: apart]
        evidence = np.zeros(len(pairs[0]))
        for part in chunks(n_rows, n):
            value = coherency(coefficients[part])[:, pairs[0], pairs[1]]
            if self.kind == "imaginary":
                total += np.abs(value.imag).sum(axis=0)
                continue
            square = np.minimum(value.real**2 + value.imag**2, 1.0)
            total += square.sum(axis=0)
            chosen = alone[(alone >= part.start) & (alone < part.stop)] - part.start
            with np.errstate(divide="ignore"):
                evidence -= np.log1p(-square[chosen]).sum(axis=0)
        weight = total / n_rows
        note = _NO_POWER if np.isnan(weight).any() else ""
        if self.kind == "imaginary":
            return Measured(weight, None, note)
        from scipy.special import gammaincc

        said = [note] if note else []
        if len(alone) == 0:
            return Measured(weight, np.where(np.isnan(weight), np.nan, 1.0), "; ".join([*said, _AT_THE_ENDS]))
        pvalue = gammaincc(len(alone), (averages - 1.0) * evidence)
        sparse = _sparse(x)
        untested = sparse[pairs[0]] & sparse[pairs[1]]
        said += [_FEW_EVENTS] if untested.any() else []
        return Measured(weight, np.where(untested, 1.0, pvalue), "; ".join(said))

    def _coefficients(
        self, x: NDArray[np.float64], dt_s: float
    ) -> tuple[NDArray[np.complex128], NDArray[np.bool_], int, float]:
        """Give coefficients at F frequencies, and what the law asks of them.

        That is: which frequencies lie so far from 0 and from half the sampling rate that coefficients do not depend on
        their own conjugates, (F,) bool; how many frequencies apart they are independent; averages behind each.
        """
        from interplay.ops.cross_spectra import segment_coefficients, taper_coefficients

        if self.spectrum == "multitaper":
            rows = rows_in_band(len(x), dt_s, self.band)
            tapers = _slepian(len(x), self.time_bandwidth, self._tapers())
            inner = _inner(rows, len(x), self.time_bandwidth)
            return taper_coefficients(x, tapers, rows), inner, int(np.ceil(2 * self.time_bandwidth)), float(len(tapers))
        length = 2 * (len(x) // (_SEGMENTS + 1)) if self.segment_s is None else round(self.segment_s / dt_s)
        count = 0 if length < 4 else 1 + (len(x) - length) // (length - length // 2)
        if count < 2:
            raise DataError(
                "a window must hold at least two segments of at least four samples for a Welch spectrum, got segments "
                f"of {length} in {len(x)} samples. Shorten `segment_s`, or lengthen `window_s`."
            )
        rows = rows_in_band(length, dt_s, self.band)
        averages = count / (1.0 + 2.0 * _OVERLAP * (1.0 - 1.0 / count))
        inner = _inner(rows, length, _HANN_APART / 2)
        return segment_coefficients(x, length, length - length // 2, rows), inner, _HANN_APART, averages


def _inner(rows: NDArray[np.int64], length: int, reach: float) -> NDArray[np.bool_]:
    """Tell which frequencies are further than `reach` from both ends of the spectrum."""
    return np.asarray((rows >= reach) & (rows <= length / 2 - reach))


def _sparse(x: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which units are few events: coefficients of these are far from Gaussian.

    Few Gaussian samples scatter in excess kurtosis by sqrt(24 / T).
    """
    square = (x - x.mean(axis=0)) ** 2
    square /= square.max(axis=0)
    kurtosis = len(x) * (square**2).sum(axis=0) / square.sum(axis=0) ** 2
    return np.asarray((kurtosis - 3.0) / len(x) > _SPARSE + _SCATTER * np.sqrt(24.0 / len(x)) / len(x))


def _slepian(length: int, time_bandwidth: float, count: int) -> NDArray[np.float64]:
    from scipy.signal.windows import dpss

    return np.asarray(dpss(length, time_bandwidth, count), dtype=np.float64)
