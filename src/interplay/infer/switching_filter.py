"""Decoding hidden states one sample at a time, from what a batch fit found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay.infer.emissions import Emission
from interplay.infer.switching_decoding import model_of
from interplay.infer.switching_results import SwitchingResult

Floats = NDArray[np.float64]


class FilterState(NamedTuple):
    """What is carried from one sample to the next: bounded, plain arrays.

    Attributes
    ----------
    log_chance : (C,) float64 array
        Log of the probability of each state, given the samples so far.
    past : (L, N) float64 array
        The last samples, the most recent first; NaN before the first.
    seen : int
        Samples so far.
    log_likelihood : float, nats
        Of the samples so far, without the factorials of counts.
    """

    log_chance: Floats
    past: Floats
    seen: int
    log_likelihood: float


class Decoded(NamedTuple):
    """What one sample told.

    Attributes
    ----------
    chance : (C,) float64 array
        Probability of each state, given the samples so far.
    expected : (N,) float64 array
        What the model expected of this sample before it came; NaN of absent units, and while the past is incomplete.
    network : (N, N) float64 array
        ``[src, dst]``: mean of the states' networks by `chance`.
    """

    chance: Floats
    expected: Floats
    network: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class SwitchingFilter:
    """Follow the hidden state while samples come in.

    Parameters
    ----------
    result : SwitchingResult
        The fitted model; samples must be of the same units, in bins of the same width.

    Notes
    -----
    The forward recursion alone: equal to the batch forward pass over the same samples, from their start. The batch
    posterior of a result also knows the future, and differs. Time O(C N^2) per sample, memory constant.

    Examples
    --------
    >>> import numpy as np
    >>> from interplay.infer.planted_switching import PlantedSwitching
    >>> from interplay.infer.switching import SwitchingGLM
    >>> recording = PlantedSwitching(n_units=6, n_states=2, n_trials=2, trial_s=20.0).simulate()
    >>> decoder = SwitchingFilter(result=SwitchingGLM(states=2, restarts=1, iterations=5).fit(recording))
    >>> state = decoder.init()
    >>> state, out = decoder.step(state, np.zeros(6))
    >>> round(float(out.chance.sum()), 9)
    1.0
    """

    result: SwitchingResult

    @cached_property
    def _parts(self) -> tuple[NDArray[np.int64], Floats, Floats, Floats, Emission]:
        emission, at = model_of(self.result)
        return np.flatnonzero(self.result.present), at.weight, at.bias, at.noise, emission

    def init(self) -> FilterState:
        """Start: nothing has been seen."""
        found = self.result
        return FilterState(np.log(found.initial), np.full((len(found.basis), len(found.bias[0])), np.nan), 0, 0.0)

    def step(self, state: FilterState, sample: ArrayLike) -> tuple[FilterState, Decoded]:
        """Take in one sample.

        Parameters
        ----------
        state : FilterState
            From `init` or the last step; it is not changed.
        sample : (N,) float array
            Counts of one bin, or values of the traces; NaN where missing, and then the sample says nothing.

        Returns
        -------
        FilterState, Decoded

        Raises
        ------
        DataError
            If the sample has another number of units.
        """
        found = self.result
        units, weight, bias, noise, emission = self._parts
        x = Shapes(N=found.bias.shape[1]).array("sample", sample, "N", finite=False)
        x = (x - found.centre) / found.scale
        chance = state.log_chance
        if state.seen:
            with np.errstate(divide="ignore"):
                chance = np.logaddexp.reduce(chance[:, None] + np.log(found.transition), axis=0)
        h = found.basis @ state.past[:, units]
        expected = np.full(len(x), np.nan)
        gained = 0.0
        if np.isfinite(h).all():
            u = weight @ h + bias
            mean = np.exp(chance) @ emission.mean(u)
            expected[units] = mean * found.scale[units] + found.centre[units]
            if np.isfinite(x[units]).all():
                one = np.broadcast_to(x[units], u.shape)
                chance = chance + emission.log_density(np.ascontiguousarray(one), u, noise)
                gained = float(np.logaddexp.reduce(chance))
                chance = chance - gained
        past = np.vstack([x[None], state.past[:-1]])
        after = FilterState(chance, past, state.seen + 1, state.log_likelihood + gained)
        share = np.exp(chance)
        return after, Decoded(share, expected, np.tensordot(share, found.weight, axes=1))
