"""Phase locking: whether two units keep their distance in phase, whatever their amplitudes.

References
----------
Lachaux et al. (1999); Vinck et al. (2010, 2011).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay.infer.bands import Band, require_band, rows_in_band
from interplay.infer.edges import pair_index, require_choice
from interplay.infer.windowed import Measured, WindowedMethod

#: Segments of a window where `segment_s` is not given.
_SEGMENTS = 20
#: Samples of the shortest segment that has a frequency between 0 and half the sampling rate, tapered.
_FEWEST = 4
#: Fourier frequencies apart at which Hann-tapered coefficients of white noise are uncorrelated.
_APART = 3
_SOURCE = {
    "plv": "lachaux1999phase",
    "ppc": "vinck2010pairwise",
    "wpli": "vinck2011debiased",
    "debiased_wpli": "vinck2011debiased",
}
_WHAT = {
    "plv": "phase locking value, in [0, 1] (above 0 by chance)",
    "ppc": "pairwise phase consistency, in [-1/(M - 1), 1] for M segments (0 by chance)",
    "wpli": "weighted phase lag index, in [0, 1] (above 0 by chance)",
    "debiased_wpli": "debiased squared weighted phase lag index, at most 1 (about 0 by chance)",
}


@dataclass(frozen=True, kw_only=True)
class PhaseLocking(WindowedMethod):
    """Phase locking of all pairs, averaged over a frequency band, per window.

    Parameters
    ----------
    kind : {"ppc", "plv", "wpli", "debiased_wpli"}
        Pairwise phase consistency, phase locking value, weighted phase lag index, or the estimate of its square that
        few segments do not inflate. The last two are blind to what reaches both units without delay.
    segment_s : float, s, > 0, or None
        A window is cut into segments of this length that do not overlap, one phase from each; None: a twentieth of
        the window, at least four samples. What is left at the end is not used.
    band : (low, high), Hz, 0 <= low < high, or None
        What is averaged; both ends belong to it. None: all frequencies above 0 and below half the sampling rate.
    bin_s : float, s, > 0, or None
        None takes the traces; a number counts spikes in bins of that width.
    window_s, step_s : float, s, > 0
        Length of a window and distance between starts.
    surrogates : int, >= 0
        How many surrogates test every pair. 0: the law below, for "ppc" and "plv".
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
        If a setting is out of range.

    Notes
    -----
    From Hann-tapered coefficients X of M segments, phase difference u_m = X_im conj(X_jm) / |X_im X_jm|, and
    I_m = Im(X_im conj(X_jm)), at each frequency::

        plv = |sum u| / M                      ppc = (|sum u|^2 - M) / (M (M - 1))
        wpli = |sum I| / sum |I|               debiased = ((sum I)^2 - sum I^2) / ((sum |I|)^2 - sum I^2)

    The weight is the mean over the band; unsigned. A segment in which a unit is constant (silent) has no phase there,
    and its pairs use the others; a pair with fewer than two at every frequency has no value. A cross-spectrum that is
    real up to rounding has lag index 0.

    P-values without surrogates: of independent units |sum u| follows Rayleigh's test (Zar's approximation) at each
    frequency, and frequencies three steps apart are combined by Fisher's sum of logarithms.

    Time per window O(n T log T + M F n^2), F frequencies.

    References
    ----------
    Lachaux et al. (1999), Hum Brain Mapp 8:194. Vinck et al. (2010), NeuroImage 51:112. Vinck et al.
    (2011), NeuroImage 55:1548. Zar (1999), Biostatistical Analysis, page 617.

    Examples
    --------
    >>> import numpy as np
    >>> from interplay import Recording, Series
    >>> rng = np.random.default_rng(0)
    >>> wave = np.sin(np.arange(2000) * 0.6)
    >>> x = np.column_stack([wave, 3 * np.roll(wave, 3), np.zeros(2000)]) + 0.5 * rng.normal(size=(2000, 3))
    >>> recording = Recording(traces=Series.regular(x, dt_s=0.01))
    >>> found = PhaseLocking(window_s=20, step_s=20, band=(9, 10)).fit(recording).snapshots.matrix(0)
    >>> bool(found[0, 1] > 0.8 and abs(found[0, 2]) < 0.2)
    True
    """

    kind: Literal["ppc", "plv", "wpli", "debiased_wpli"] = "ppc"
    segment_s: float | None = None
    band: Band | None = None

    name: ClassVar[str] = "phase-locking"
    one_sided: ClassVar[bool] = True
    even: ClassVar[bool] = True
    has_law: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        require_choice("kind", self.kind, tuple(_WHAT))
        if self.segment_s is not None:
            require_setting("segment_s", self.segment_s, above=0)
        object.__setattr__(self, "band", require_band(self.band))

    def lawful(self) -> bool:
        """Say whether these settings give p-values without surrogates."""
        return self.kind in ("ppc", "plv")

    def quantity(self) -> str:
        """Say what a weight is, with its range and what chance gives."""
        where = "all frequencies" if self.band is None else f"{self.band[0]:g} to {self.band[1]:g} Hz"
        return f"mean over {where} of the {_WHAT[self.kind]}"

    def citations(self) -> tuple[str, ...]:
        """Name the sources of what is really used."""
        return (_SOURCE[self.kind],)

    def measure(self, x: NDArray[np.float64], dt_s: float) -> Measured:
        """Measure all pairs of one window.

        Parameters
        ----------
        x : (T_w, n) float64 array
        dt_s : float, s

        Returns
        -------
        Measured

        Raises
        ------
        DataError
            If the window does not hold two segments of four samples.
        """
        from interplay.ops.cross_spectra import lag_indices, segment_coefficients

        length = max(len(x) // _SEGMENTS, _FEWEST) if self.segment_s is None else round(self.segment_s / dt_s)
        if length < _FEWEST or len(x) // length < 2:
            raise DataError(
                "a window must hold at least two segments of at least four samples, got segments of "
                f"{length} in {len(x)} samples. Change `segment_s`, or lengthen `window_s`."
            )
        coefficients = segment_coefficients(x, length, length, rows_in_band(length, dt_s, self.band))
        pairs = pair_index(x.shape[1], False)
        if self.kind in ("wpli", "debiased_wpli"):
            value = np.zeros((x.shape[1], x.shape[1]))
            defined = np.zeros(value.shape, dtype=np.int64)
            lag_indices(coefficients, self.kind == "debiased_wpli", value, defined)
            return _averaged(value[pairs], defined[pairs], None)
        return self._locked(coefficients, pairs)

    def _locked(
        self, coefficients: NDArray[np.complex128], pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
    ) -> Measured:
        from interplay.ops.cross_spectra import chunks

        n_rows, n, _ = coefficients.shape
        size = np.abs(coefficients)
        phase = coefficients / np.where(size > 0, size, 1.0)
        total, evidence = np.zeros(len(pairs[0])), np.zeros(len(pairs[0]))
        defined, tested = np.zeros(len(pairs[0]), dtype=np.int64), np.zeros(len(pairs[0]), dtype=np.int64)
        alone = np.zeros(n_rows, dtype=bool)
        alone[((n_rows - 1) % _APART) // 2 :: _APART] = True
        for part in chunks(n_rows, n):
            u, has = phase[part], (size[part] > 0).astype(np.float64)
            count = (has @ has.transpose(0, 2, 1))[:, pairs[0], pairs[1]]
            square = np.abs((u @ u.conj().transpose(0, 2, 1))[:, pairs[0], pairs[1]]) ** 2
            good, many = count >= 2, np.maximum(count, 2.0)
            value = np.sqrt(square) / many if self.kind == "plv" else (square - many) / (many * (many - 1.0))
            total += np.where(good, value, 0.0).sum(axis=0)
            defined += good.sum(axis=0)
            root = np.sqrt(np.maximum(1.0 + 4.0 * many + 4.0 * (many**2 - square), 0.0))
            log_p = np.where(good, np.minimum(root - (1.0 + 2.0 * many), 0.0), 0.0)[alone[part]]
            evidence -= log_p.sum(axis=0)
            tested += good[alone[part]].sum(axis=0)
        from scipy.special import gammaincc

        return _averaged(total, defined, np.where(tested > 0, gammaincc(np.maximum(tested, 1), evidence), 1.0))


def _averaged(total: NDArray[np.float64], defined: NDArray[np.int64], pvalue: NDArray[np.float64] | None) -> Measured:
    weight = np.where(defined > 0, total / np.maximum(defined, 1), np.nan)
    note = "some pairs have a phase in fewer than two segments at every frequency: they have no value"
    return Measured(weight, pvalue, note if np.isnan(weight).any() else "")
