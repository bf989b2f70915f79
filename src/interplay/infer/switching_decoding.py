"""A fitted switching model held against new recordings: states, and how well it predicts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.infer.emissions import LINKS, CountEmission, Emission, TraceEmission
from interplay.infer.sequences import Pooled, sample_runs
from interplay.infer.switching_design import Design, design
from interplay.infer.switching_em import Machine, Parameters
from interplay.infer.switching_results import SwitchingResult

_STEP = 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class StateDecoding:
    """States of a recording under a model fitted elsewhere.

    Attributes
    ----------
    filtered : tuple of K (T_k, C) float64 arrays
        Probability of each state given the samples up to each one: what `SwitchingFilter` gives.
    posterior : tuple of K (T_k, C) float64 arrays
        Given all samples of the run.
    path : tuple of K (T_k,) int64 arrays
        The most probable sequence of states.
    run_start_s : (K,) float64 array
    dt_s : float, s
    log_likelihood : float, nats
        Of all predicted samples, factorials included.
    per_spike : float, nats
        `log_likelihood` per spike, or per sample and unit for traces. Higher is better.
    notes : tuple of str
    """

    filtered: tuple[NDArray[np.float64], ...]
    posterior: tuple[NDArray[np.float64], ...]
    path: tuple[NDArray[np.int64], ...]
    run_start_s: NDArray[np.float64]
    dt_s: float
    log_likelihood: float
    per_spike: float
    notes: tuple[str, ...] = ()


def decode_states(result: SwitchingResult, data: Pooled) -> StateDecoding:
    """Find the states of recordings with a model fitted to others.

    Parameters
    ----------
    result : SwitchingResult
    data : Recording, Events, or a sequence of these
        Of the same units, in the same order, cut as the model's settings say (`bin_s`, `epochs`).

    Returns
    -------
    StateDecoding

    Raises
    ------
    DataError
        If units or the step between samples differ from those of the fit, or no run is long enough.

    Examples
    --------
    >>> from interplay.infer.planted_switching import PlantedSwitching
    >>> from interplay.infer.switching import SwitchingGLM
    >>> planted = PlantedSwitching(n_units=6, n_states=2, n_trials=4, trial_s=20.0)
    >>> early, late = planted.simulate().window(0.0, 41.0), planted.simulate().window(42.0, 83.0)
    >>> found = SwitchingGLM(states=2, link="sigmoid", restarts=1).fit(early)
    >>> decode_states(found, late).per_spike > -3.0
    True
    """
    config = result.config
    runs = sample_runs(data, config.bin_s, epochs=config.epochs, least=config.lags + 2)
    if runs.n_units != len(result.present):
        raise DataError(
            f"`data` must have the {len(result.present)} units of the fit, got {runs.n_units}. Select the same units."
        )
    if abs(runs.dt_s - result.dt_s) > _STEP * result.dt_s:
        raise DataError(
            f"`data` must have the step of the fit ({result.dt_s:g} s), got {runs.dt_s:g} s. Resample the traces."
        )
    units = np.flatnonzero(result.present)
    emission, at = model_of(result)
    laid = design(runs, result.basis, units=units, centre=result.centre[units], scale=result.scale[units])
    return _decoded(Machine(emission, False, 0.0, 1, 1.0), laid, at, runs.start_s, runs.dt_s, runs.notes)


def model_of(result: SwitchingResult) -> tuple[Emission, Parameters]:
    """Give the emission and the parameters of the present units, as the fit had them."""
    units = np.flatnonzero(result.present)
    emission: Emission = TraceEmission()
    noise = np.ones(len(units))
    if result.noise_std is None:
        emission = CountEmission(LINKS[result.config.link])
    else:
        noise = result.noise_std[units] ** 2
    pair = np.ix_(np.arange(result.n_states), units, units)
    weight = np.ascontiguousarray(result.weight[pair].transpose(0, 2, 1))
    return emission, Parameters(weight, result.bias[:, units], noise, result.initial, result.transition)


def _decoded(
    machine: Machine,
    laid: Design,
    at: Parameters,
    start_s: NDArray[np.float64],
    dt_s: float,
    notes: tuple[str, ...],
) -> StateDecoding:
    from interplay.ops.hidden_chain import filter_chain, likeliest_path

    density = machine.log_emission(laid, at)
    forward, path = np.empty_like(density), np.zeros(len(density), dtype=np.int64)
    total = filter_chain(density, laid.pointer, *at.log_chain, forward)
    likeliest_path(density, laid.pointer, *at.log_chain, path)
    filtered = np.exp(forward - np.logaddexp.reduce(forward, axis=1)[:, None])
    posterior = machine.expect(laid, at).posterior
    known = laid.x[laid.known]
    value = float(total.sum()) + machine.emission.constant(known)
    size = known.sum() if isinstance(machine.emission, CountEmission) else known.size
    parts = [slice(a, b) for a, b in zip(laid.pointer[:-1], laid.pointer[1:], strict=True)]
    return StateDecoding(
        filtered=tuple(filtered[part] for part in parts),
        posterior=tuple(posterior[part] for part in parts),
        path=tuple(path[part] for part in parts),
        run_start_s=start_s,
        dt_s=dt_s,
        log_likelihood=value,
        per_spike=value / float(size) if size else float("nan"),
        notes=notes,
    )
