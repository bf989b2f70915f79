"""CircuitFit: a rate circuit estimated from a recording, under signs, per window, with uncertainty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_increasing, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.protocols import Progress
from interplay._core.rng import stream
from interplay.circuits.activations import Activation, activation
from interplay.circuits.fit_results import CircuitFitResult
from interplay.circuits.fit_samples import Steps, steps_of
from interplay.circuits.fit_window import Design, WindowFit, fit_window
from interplay.data import Recording

Floats = NDArray[np.float64]

_SIGNS = ("estimate", "given", "free")
_SIGNALS = ("auto", "spikes", "traces")
_PAIRINGS = ("bins", "spikes")
#: Blocks of the bootstrap per window: where `block_s` is left out, and the fewest that are accepted.
_BLOCKS, _FEWEST_BLOCKS = 60, 8
#: A block is at least so many time constants long, so that blocks are nearly independent.
_BLOCK_TAUS = 5.0
#: Matrices of the bootstrap that the result keeps.
_KEPT_DRAWS = 20
_CITED = ("hansen2015lasso", "blondel2020fenchel")
#: Spikes per estimated number below which a unit's weights are said to be doubtful.
_FEW_EVENTS = 2


@dataclass(frozen=True, kw_only=True)
class CircuitFit:
    """Fit tau dx/dt = -x + phi(W x + u) to the activity of some units, window by window.

    For traces, x is the trace. For spikes, x is the train filtered with exp(-t / tau) / tau and phi(W x + u) is the
    intensity: the mean field of that point process is the equation above. One weight is then the number of extra
    spikes that a spike of the column's unit causes directly in the row's, while phi has slope 1.

    Parameters
    ----------
    phi : str or Activation
        The same for all units. With spikes, one whose rates have no upper end below those recorded.
    tau_s : float, s, > 0
        Time constant of all units. It is assumed, not estimated.
    bin_s : float, s, in (0, tau_s], or None
        Step for spikes; None: tau_s / 3. Traces go by their own samples.
    pairing : {"bins", "spikes"}
        What a count of spikes is paired with: the mean filtered trains of its bin, foreseen from its start, or, spike
        by spike, the trains that it finds. "spikes" has no bias from the length of bins, but takes units that fire
        together within milliseconds for strong coupling; see the notes.
    window_s, step_s : float, s, > 0
        Length of a window and distance between starts; windows never cross a gap in observed time.
    bounds : (S, 2) float array, s, or None
        Explicit windows in place of sliding ones, by non-decreasing start, each inside one observed interval.
    sign : {"estimate", "given", "free"}
        Dale's law. "estimate": every unit's outgoing weights have one sign, the same in all windows, chosen from all of
        them. "given": the signs of the units table; units of sign 0 are not constrained. "free": no constraint.
    signal : {"auto", "spikes", "traces"}
        "auto": spikes where there are any.
    draws : int, >= 0
        Resamples of the block bootstrap; 0: no intervals.
    block_s : float, s, > 0, or None
        Length of a block; None: a sixtieth of the window, at least 5 tau_s.
    level : float, in (0, 1)
        Of the intervals.
    penalty : float, >= 0
        Ridge on the weights: as if each weight were normal around 0 with standard deviation 1 / sqrt(penalty), of
        targets with the variance that they have. Weights of a stable circuit are mostly far below 1, so the default
        matters only where data are scarce. More shrinks weights, and makes a circuit look more stable than it is.
    seed : int
        Of the bootstrap.

    Notes
    -----
    Loss, convex for every phi: the sum over steps of F(z) - y z, F' = phi, z = W x + u. It is minimised, on average
    over the noise, by the true weights (if phi, tau and all units that matter are right), by Newton's method with
    bounds on the weights.

    The bootstrap draws whole blocks of a window with replacement and takes one Newton step, with bounds, from the
    estimate; intervals are percentiles. At a bound (a weight of 0) no bootstrap is exact: intervals of absent
    connections begin or end at 0 and cover it more often than `level`. Intervals know of noise, not of what the model
    leaves out: unobserved units, a wrong tau_s, common input.

    Held-out score: every fourth block is foreseen one step ahead from a fit to the others (one Newton step from the
    estimate of all).

    During a step (a bin of spikes, or the time between two samples) rates move toward what they are driven to. A first
    fit goes by the rates at the start; its intensities then say how far they move, and a second fit goes by the mean
    rates over the step. This takes most of the bias out that steps of half a time constant would bring; the rest grows
    with the weights. With `pairing` "spikes" it is gone (slope 0.995 in place of 0.90 for strong circuits that obey the
    model). In bursts that are shorter than tau_s, however, such pairs are many, say little of what one spike causes
    tens of milliseconds later, and can give absurd weights; bins leave out what happens within a bin.

    Cost: O(T N^2) per window while phi has slope 1 at most steps, else O(T N^3), plus O(draws N^4) at worst.

    References
    ----------
    Hansen, Reynaud-Bouret, Rivoirard (2015), Bernoulli 21:83, for least squares on linear point processes of this kind.
    Blondel, Martins, Niculae (2020), J Mach Learn Res 21:35, for the loss. Andrews (2000), Econometrica 68:399, for the
    bootstrap at a bound. Their combination, and the choice of signs, are ours.

    Examples
    --------
    >>> from interplay import Recording, Series
    >>> x = np.random.default_rng(0).normal(size=(400, 2)).cumsum(axis=0) * 0.01
    >>> fit = CircuitFit(phi="identity", tau_s=0.1, window_s=4.0, step_s=4.0, draws=0, sign="free")
    >>> fit.fit(Recording(traces=Series.regular(x, dt_s=0.01))).weights.shape
    (1, 2, 2)
    """

    phi: str | Activation = "relu"
    tau_s: float = 0.05
    bin_s: float | None = None
    pairing: Literal["bins", "spikes"] = "bins"
    window_s: float = 60.0
    step_s: float = 60.0
    bounds: ArrayLike | None = None
    sign: Literal["estimate", "given", "free"] = "estimate"
    signal: Literal["auto", "spikes", "traces"] = "auto"
    draws: int = 100
    block_s: float | None = None
    level: float = 0.95
    penalty: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every setting."""
        if not isinstance(self.phi, Activation):
            activation(self.phi)
        require_setting("tau_s", self.tau_s, above=0)
        for name in ("bin_s", "block_s"):
            if getattr(self, name) is not None:
                require_setting(name, getattr(self, name), above=0)
        require_setting("window_s", self.window_s, above=0)
        require_setting("step_s", self.step_s, above=0)
        require_setting("draws", self.draws, least=0, whole=True)
        require_setting("level", self.level, above=0, below=1)
        require_setting("penalty", self.penalty, least=0)
        require_setting("seed", self.seed, least=0, whole=True)
        for name, valid in (("sign", _SIGNS), ("signal", _SIGNALS), ("pairing", _PAIRINGS)):
            if getattr(self, name) not in valid:
                raise ConfigError(unknown_name(name, str(getattr(self, name)), valid))
        if self.bounds is not None:
            edges = Shapes().array("bounds", self.bounds, "S 2")
            if len(edges) == 0 or (edges[:, 0] >= edges[:, 1]).any():
                raise ConfigError("`bounds` must hold at least one window, each with start < stop. Correct them.")
            require_increasing("bounds[:, 0]", edges[:, 0], strictly=False, remedy="Sort the windows by their start.")
            object.__setattr__(self, "bounds", tuple((float(a), float(b)) for a, b in edges))

    def fit(
        self,
        recording: Recording,
        *,
        units: Iterable[int] | None = None,
        jobs: int = 1,
        progress: Progress | None = None,
    ) -> CircuitFitResult:
        """Fit every window.

        Parameters
        ----------
        recording : Recording
        units : iterable of int, or None
            Rows of the units table; None: all.
        jobs : int, >= 1
            Threads. The result does not depend on it.
        progress : callable or None
            Called as progress(windows done, windows in all).

        Returns
        -------
        CircuitFitResult

        Raises
        ------
        DataError
            If what is asked for is not in the recording, a window holds too few steps for its weights or for its
            blocks, or a recorded rate is outside what `phi` can give.
        ConfigError
            If a bin is longer than `tau_s`.
        """
        if not isinstance(recording, Recording):
            raise ConfigError(
                f"`recording` must be a Recording, got {type(recording).__name__}. Load one with interplay.load, or "
                "wrap an array in Series and Recording."
            )
        require_setting("jobs", jobs, least=1, whole=True)
        chosen = np.arange(recording.n_units) if units is None else np.asarray(list(units), dtype=np.int64)
        require_ids("units", chosen, recording.n_units, "n_units")
        if len(chosen) == 0 or len(set(chosen.tolist())) != len(chosen):
            raise DataError(f"`units` must name at least one unit, each once, got {chosen.tolist()}. Correct the list.")
        phi = self.phi if isinstance(self.phi, Activation) else activation(self.phi)
        signal = self._signal(recording)
        steps = steps_of(
            recording,
            chosen,
            signal,
            tau_s=self.tau_s,
            bin_s=self.bin_s,
            paired=self.pairing == "spikes",
            bounds=self.bounds,  # type: ignore[arg-type]
            window_s=self.window_s,
            step_s=self.step_s,
        )
        self._require_enough(steps, phi)
        sign, evidence = self._signs(recording, chosen, steps)
        designs = [self._design(steps, s, sign) for s in range(len(steps.bounds))]
        found = []
        for s, window in enumerate(self._fits(phi, designs, jobs)):
            found.append(window)
            if progress is not None:
                progress(s + 1, len(designs))
        present = np.array([d.present for d in designs])
        return self._result(recording, chosen, phi, signal, steps, sign, evidence, found, present)

    def _signal(self, recording: Recording) -> str:
        signal = self.signal
        if signal == "auto":
            signal = "traces" if recording.events is None else "spikes"
        if (recording.events if signal == "spikes" else recording.traces) is None:
            raise DataError(f"`recording` must hold {signal} for `signal`={signal!r}, got none. Use 'auto'.")
        return signal

    def _blocks(self, length_s: float) -> int:
        block = max(length_s / _BLOCKS, _BLOCK_TAUS * self.tau_s) if self.block_s is None else self.block_s
        return int(length_s / block + 1e-6)

    def _require_enough(self, steps: Steps, phi: Activation) -> None:
        n = steps.state.shape[1]
        size = steps.high - steps.low
        for s, (start, stop) in enumerate(steps.bounds):
            where = f"window {s}, [{start:g}, {stop:g}) s,"
            if size[s] < 2 * (n + 1):
                raise DataError(
                    f"every window must hold at least 2 (N + 1) = {2 * (n + 1)} usable steps for {n} units: {where} "
                    f"holds {size[s]}. Lengthen the windows, shorten `bin_s`, or choose fewer `units`."
                )
            if self._blocks(stop - start) < _FEWEST_BLOCKS:
                raise DataError(
                    f"every window must hold at least {_FEWEST_BLOCKS} blocks: {where} holds "
                    f"{self._blocks(stop - start)}. Lengthen the windows or shorten `block_s` (at 5 `tau_s`, a window "
                    f"needs {_FEWEST_BLOCKS * _BLOCK_TAUS * self.tau_s:g} s)."
                )
        low, high = phi.domain
        outside = (steps.mean < low) | (steps.mean > high)
        if outside.any():
            s, i = (int(k) for k in np.argwhere(outside)[0])
            raise DataError(
                f"mean rates must lie in [{low:g}, {high:g}], the range of `phi`={phi.kind!r}: unit {i} of those "
                f"fitted has {steps.mean[s, i]:g} in window {s}. Scale the traces, or choose another activation."
            )

    def _signs(self, recording: Recording, chosen: NDArray[np.int64], steps: Steps) -> tuple[NDArray[np.int64], Floats]:
        nothing = np.full(len(chosen), np.nan)
        if self.sign == "free":
            return np.zeros(len(chosen), dtype=np.int64), nothing
        if self.sign == "given":
            sign = recording.units.sign[chosen].astype(np.int64)
            if not sign.any():
                raise DataError("`sign`='given' needs a sign in the units table, got none. Use 'estimate' or 'free'.")
            return sign, nothing
        from interplay.circuits.fit_sign import estimate_signs

        n = len(chosen)
        gram, cross, noise, count = np.zeros((n, n)), np.zeros((n, n)), np.zeros(n), 0
        for s in _apart(steps.bounds):
            part = slice(steps.low[s], steps.high[s])
            x = steps.state[part] - steps.state[part].mean(axis=0)
            y = steps.target[part] - steps.target[part].mean(axis=0)
            gram += x.T @ x
            cross += y.T @ x
            noise += (y * y).sum(axis=0)
            count += len(x)
        gram[np.abs(gram) < 1e-12 * np.abs(np.diag(gram)).max(initial=0.0)] = 0.0
        return estimate_signs(gram, cross, noise / count, self.penalty * noise / count)

    def _design(self, steps: Steps, s: int, sign: NDArray[np.int64]) -> Design:
        part = slice(steps.low[s], steps.high[s])
        state, y = steps.state[part], np.ascontiguousarray(steps.target[part])
        n = y.shape[1]
        variation = y.var(axis=0)
        size = (y * y).mean(axis=0)
        present = variation > 1e-18 * size
        moving = (state.std(axis=0) > 1e-9 * np.abs(state).max(axis=0, initial=0.0)) & present
        low = np.tile(np.append(np.where(sign > 0, 0.0, -np.inf), -np.inf), (n, 1))
        high = np.tile(np.append(np.where(sign < 0, 0.0, np.inf), np.inf), (n, 1))
        held = ~moving if self.sign != "estimate" else ~moving | (sign == 0)
        low[:, :n][:, held] = 0.0
        high[:, :n][:, held] = 0.0
        ridge = np.zeros((n, n + 1))
        ridge[:, :n] = self.penalty * variation[:, None]
        blocks = self._blocks(float(steps.bounds[s, 1] - steps.bounds[s, 0]))
        edges = np.rint(np.linspace(0, len(y), blocks + 1)).astype(np.int64)
        x = np.column_stack([state, np.ones(len(y))])
        cross = steps.crosses(edges + steps.low[s])
        return Design(x, y, steps.moved[part], edges, low, high, ridge, present, cross)

    def _fits(self, phi: Activation, designs: list[Design], jobs: int) -> Iterator[WindowFit]:
        def one(s: int) -> WindowFit:
            return fit_window(phi, designs[s], self.draws, stream(self.seed, "circuit fit", s))

        if jobs == 1:
            yield from map(one, range(len(designs)))
            return
        with ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(one, range(len(designs)))

    def _result(
        self,
        recording: Recording,
        chosen: NDArray[np.int64],
        phi: Activation,
        signal: str,
        steps: Steps,
        sign: NDArray[np.int64],
        evidence: Floats,
        found: list[WindowFit],
        present: NDArray[np.bool_],
    ) -> CircuitFitResult:
        weights = np.array([w.weights for w in found])
        known = present[:, :, None] & present[:, None, :]
        low, high = np.full_like(weights, np.nan), np.full_like(weights, np.nan)
        if self.draws:
            tails = [(1 - self.level) / 2, (1 + self.level) / 2]
            for s, window in enumerate(found):
                low[s], high[s] = np.quantile(window.draws, tails, axis=0)
            low[~known], high[~known] = np.nan, np.nan
        if self.sign == "estimate":
            sign = np.where((weights != 0).any(axis=(0, 1)), sign, 0)
        names = ("circuit", "own past", "constant rate")
        return CircuitFitResult(
            config=self,
            made_from=recording.digest,
            seed=self.seed if self.draws else None,
            citations=(*_CITED, *(("andrews2000inconsistency",) if self.draws else ())),
            notes=self._notes(steps, signal, recording.units.id[chosen], present, found),
            names=recording.units.id[chosen],
            units=chosen,
            sign=sign,
            sign_source="estimated" if self.sign == "estimate" else self.sign,
            bounds=steps.bounds,
            weights=weights,
            low=low,
            high=high,
            drive=np.array([w.drive for w in found]),
            rates=steps.mean,
            phi=phi.kind,
            tau_s=self.tau_s,
            score={name: np.array([w.score[name] for w in found]) for name in names},
            level=self.level,
            phi_parameters=phi.parameters,
            sign_evidence=evidence,
            present=present,
            draws=np.array([w.draws[:_KEPT_DRAWS] for w in found], dtype=np.float32),
            steps=steps.high - steps.low,
            signal=signal,
        )

    def _notes(
        self,
        steps: Steps,
        signal: str,
        names: NDArray[np.str_],
        present: NDArray[np.bool_],
        found: list[WindowFit],
    ) -> tuple[str, ...]:
        notes = list(steps.notes)
        silent = ~present
        if silent.any():
            first = str(names[int(np.argmax(silent.any(axis=0)))])
            notes.append(
                f"{int(silent.any(axis=0).sum())} of {len(names)} units are silent or constant in at least one window "
                f"(the first: unit {first!r}): their weights there are 0 because nothing can be said, and have no "
                "interval."
            )
        if signal == "spikes":
            counts = steps.mean * np.diff(steps.bounds, axis=1)
            least = _FEW_EVENTS * (len(names) + 1)
            few = present & (counts < least)
            if few.any():
                notes.append(
                    f"In {int(few.sum())} of {few.size} cases a unit has fewer than {least} spikes in a window, "
                    f"{_FEW_EVENTS} for each number that is estimated of it: weights onto it are mostly noise there, "
                    "and their intervals too short. Take longer windows or fewer units."
                )
        lost = [s for s, window in enumerate(found) if not window.converged]
        if lost:
            notes.append(f"{len(lost)} of {len(found)} windows did not converge (the first: window {lost[0]}).")
        return tuple(notes)


def _apart(bounds: Floats) -> list[int]:
    """Choose windows that do not overlap, from the first on."""
    chosen, until = [], -np.inf
    for s, (start, stop) in enumerate(bounds):
        if start >= until - 1e-9:
            chosen.append(s)
            until = stop
    return chosen
