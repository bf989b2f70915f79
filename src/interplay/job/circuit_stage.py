"""The circuit stage: fit a rate circuit to the most active units, window by window, and ask what theory says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay._core.protocols import Progress
from interplay.data import Recording, TemporalGraph, windows
from interplay.job.circuit_options import read_phi
from interplay.job.circuit_pages import FittedCircuit
from interplay.job.plan import Plan
from interplay.report import words

if TYPE_CHECKING:
    from interplay.circuits import Activation

#: How many units are fitted, by default: the first of these numbers that the data carry. The fewest that can be.
_UNITS, _LEAST_UNITS = (24, 16, 12, 8, 6, 4), 2
#: Samples that a window must hold for each number that is estimated of a unit, and spikes of the median unit: with few
#: spikes a circuit foresees less than a unit's own past does.
_LEAST_SAMPLES, _LEAST_SPIKES = 10, 20
#: Windows that are fitted, by default: longer ones are taken where there would be more, fewer units where there would
#: be fewer.
_MOST_WINDOWS, _LEAST_WINDOWS = 20, 6
#: Bootstrap draws per window, by default, and how many of them are certified: that takes most of the time.
_DRAWS, _CERTIFIED = 100, 20
#: Time constant where spikes were recorded, s, and of traces, in samples. A bin of spikes is half of it.
_TAU_S, _TAU_SAMPLES, _BINS_PER_TAU = 0.05, 2, 2
#: A window must hold so many time constants, for the blocks of the bootstrap to be nearly independent.
_LEAST_TAUS = 40
#: All of the rule: another rule chooses otherwise, so what an older one chose is done again.
RULE = (
    _UNITS,
    _LEAST_UNITS,
    _LEAST_SAMPLES,
    _LEAST_SPIKES,
    _MOST_WINDOWS,
    _LEAST_WINDOWS,
    _DRAWS,
    _CERTIFIED,
    _TAU_S,
    _TAU_SAMPLES,
    _BINS_PER_TAU,
    _LEAST_TAUS,
)


def require_phi(plan: Plan) -> Activation | None:
    """Check the activation of a plan before any work is done.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Activation or None
        None for "auto".

    Raises
    ------
    ConfigError
    """
    return None if plan.circuit_phi == "auto" else read_phi(plan.circuit_phi)


def require_units(plan: Plan, data: Recording | TemporalGraph, *, option: str = "circuit_units") -> None:
    """Refuse more units of the circuit than were recorded, before any work is done.

    Parameters
    ----------
    plan : Plan
    data : Recording or TemporalGraph
    option : str
        For the message.

    Raises
    ------
    ConfigError
    """
    asked = plan.circuit_units
    if isinstance(data, Recording) and asked is not None and asked > data.n_units:
        raise ConfigError(
            f"`{option}` must be at most the recording's {words.plural(data.n_units, 'unit')}, got {asked}. "
            "Ask for fewer, or leave it out."
        )


def fit_circuit(
    plan: Plan,
    data: Recording | TemporalGraph,
    bounds: NDArray[np.float64],
    *,
    jobs: int = 1,
    progress: Progress,
) -> FittedCircuit | str:
    """Fit a circuit to a recording, and follow it through the windows.

    Parameters
    ----------
    plan : Plan
    data : Recording or TemporalGraph
    bounds : (S, 2) float64 array, s
        Windows of the network.
    jobs : int, >= 1
        Threads.
    progress : callable

    Returns
    -------
    FittedCircuit, or str
        Why there is none.

    Raises
    ------
    ConfigError
        If a setting of the circuit is wrong.
    """
    if isinstance(data, TemporalGraph):
        return "An event list has no units with rates; a circuit is fitted to a recording."
    require_units(plan, data)
    try:
        return _fitted(plan, data, bounds, jobs, progress)
    except (DataError, NumericalError) as error:
        return str(error)


def _fitted(
    plan: Plan, recording: Recording, bounds: NDArray[np.float64], jobs: int, progress: Progress
) -> FittedCircuit:
    from interplay.circuits import CircuitFit, course

    phi = require_phi(plan)
    sample_s, tau_s, said = _pace(plan, recording)
    units, least_s, notes = choose_units(plan, recording, sample_s, tau_s)
    taken, why = circuit_windows(plan, recording, bounds, least_s)
    if phi is None:
        phi, as_well = _activation(recording, units)
        why = (*why, *as_well)
    fit = CircuitFit(
        phi=phi,
        tau_s=tau_s,
        bounds=taken,
        draws=_DRAWS if plan.circuit_draws is None else plan.circuit_draws,
        seed=plan.seed,
    )
    count = len(taken)
    found = fit.fit(
        recording, units=units.tolist(), jobs=jobs, progress=lambda done, total: progress(done, total + count)
    )
    theory = course(
        found, draws=min(fit.draws, _CERTIFIED), progress=lambda done, total: progress(count + done, count + total)
    )
    return FittedCircuit(fit=found, course=theory, notes=(*notes, *said, *why))


def _pace(plan: Plan, recording: Recording) -> tuple[float, float, tuple[str, ...]]:
    """Give the distance of samples and the time constant, s, and say where these come from."""
    if recording.events is not None:
        tau = plan.circuit_tau_s or _TAU_S
        sample, words_ = tau / _BINS_PER_TAU, "the default for spikes"
    else:
        assert recording.traces is not None
        sample = recording.traces.dt_s
        tau = plan.circuit_tau_s or max(_TAU_S, _TAU_SAMPLES * sample)
        words_ = f"{_TAU_SAMPLES} samples of the traces, but at least {_TAU_S:g} s"
    why = "as asked" if plan.circuit_tau_s else words_
    return sample, tau, (f"The time constant of the circuit's units is taken to be {tau:.4g} s ({why}).",)


def _activation(recording: Recording, units: NDArray[np.int64]) -> tuple[Activation, tuple[str, ...]]:
    """Choose relu, which cannot give the negative means that traces relative to a baseline can have."""
    from interplay.circuits import activation

    if recording.events is None and recording.traces is not None:
        low = float(np.nanmin(np.nanmean(recording.traces.values[:, units], axis=0)))
        if low < 0:
            note = f"The circuit's activation is the identity: the mean of a trace is {low:.3g}, and no rate is < 0."
            return activation("identity"), (note,)
    return activation("relu"), ()


def choose_units(
    plan: Plan, recording: Recording, sample_s: float, tau_s: float
) -> tuple[NDArray[np.int64], float, tuple[str, ...]]:
    """Choose which units are fitted, and the shortest window that they allow.

    Parameters
    ----------
    plan : Plan
    recording : Recording
    sample_s, tau_s : float, s
        Distance of samples, and time constant.

    Returns
    -------
    units : (n,) int64 array, rising
    least_s : float, s
    notes : tuple of str

    Raises
    ------
    DataError
        If fewer than two units are active.
    """
    ranked, what = most_active(recording)
    if len(ranked) < _LEAST_UNITS:
        raise DataError(
            f"A circuit needs at least {_LEAST_UNITS} active units, got {len(ranked)} of {recording.n_units}. "
            "Record more, or leave the circuit out."
        )
    length = recording.observed.stop - recording.observed.start
    for count in (plan.circuit_units,) if plan.circuit_units else _UNITS:
        units = ranked[:count]
        firm = max(_LEAST_SAMPLES * (len(units) + 1) * sample_s, _LEAST_TAUS * tau_s)
        least_s = max(firm, min(_spikes_need(recording, units), float(length.max())))
        room = int((length / least_s + 1e-9).astype(np.int64).sum())
        if room >= _LEAST_WINDOWS if plan.circuit_window_s is None else least_s <= plan.circuit_window_s:
            break
    if len(units) == recording.n_units:
        return np.sort(units), least_s, ()
    why = "as asked" if plan.circuit_units else "as many as there are data for, 24 at most"
    if plan.circuit_units and len(units) < plan.circuit_units:
        why = f"{plan.circuit_units} were asked for, and the others are silent or never change"
    return (
        np.sort(units),
        least_s,
        (
            f"The circuit has {len(units)} of {words.plural(recording.n_units, 'unit')}, those {what} ({why}); the "
            "others are unobserved to it, and what they do shows as weights and input.",
        ),
    )


def most_active(recording: Recording) -> tuple[NDArray[np.int64], str]:
    """Rank the active units: those with the most spikes first, or those whose traces vary most.

    Parameters
    ----------
    recording : Recording

    Returns
    -------
    units : (n,) int64 array
        Of equal ones, the first comes first; units that are silent, or whose trace never changes, are left out.
    what : str
        By what they were ranked.
    """
    if recording.events is not None:
        activity, what = recording.events.counts().astype(np.float64), "with the most spikes"
    else:
        assert recording.traces is not None
        activity, what = np.nanstd(recording.traces.values.astype(np.float64), axis=0), "whose traces vary most"
    active = np.flatnonzero(activity > 0)
    return active[np.argsort(-activity[active], kind="stable")], what


def _spikes_need(recording: Recording, units: NDArray[np.int64]) -> float:
    """Give the window in which the median unit has its spikes for every number that is estimated of it, s."""
    if recording.events is None:
        return 0.0
    rate = float(np.median(recording.events.counts()[units])) / recording.duration
    return _LEAST_SPIKES * (len(units) + 1) / rate


def circuit_windows(
    plan: Plan, recording: Recording, bounds: NDArray[np.float64], least_s: float
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Lay out the windows of the circuit: those of the network, or longer ones side by side.

    Parameters
    ----------
    plan : Plan
    recording : Recording
    bounds : (S, 2) float64 array, s
        Windows of the network.
    least_s : float
        A shorter window has too few samples for what is estimated.

    Returns
    -------
    bounds : (R, 2) float64 array, s
    notes : tuple of str

    Raises
    ------
    DataError
        If no stretch of the recording is long enough.
    """
    if plan.circuit_window_s is not None:
        return _side_by_side(recording, plan.circuit_window_s), ()
    shortest = float(np.diff(bounds, axis=1).min()) if len(bounds) else 0.0
    if shortest >= least_s and len(bounds) <= _MOST_WINDOWS:
        return bounds, ()
    length, why = least_s, "shorter ones hold too little for so many weights"
    if recording.duration / _MOST_WINDOWS > max(least_s, shortest):
        length, why = recording.duration / _MOST_WINDOWS, f"about {_MOST_WINDOWS} are fitted, to stay quick"
    elif shortest >= least_s:
        length, why = shortest, f"overlapping ones would be more than {_MOST_WINDOWS}"
    taken = _side_by_side(recording, length)
    return taken, (
        f"The circuit is fitted to {words.plural(len(taken), 'window')} of {length:.4g} s side by side, not to the "
        f"network's {len(bounds)} of {shortest:.4g} s: {why}.",
    )


def _side_by_side(recording: Recording, length: float) -> NDArray[np.float64]:
    longest = float((recording.observed.stop - recording.observed.start).max())
    if length > longest:
        raise DataError(
            f"A window of the circuit must be {length:.4g} s long, and the longest stretch observed without a gap is "
            f"{longest:.4g} s. Record longer, or fit fewer units."
        )
    return windows(recording.observed, length, length)
