"""Three ways to a policy: ignoring the response, one threshold, and greedy search for a locally optimal one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.rng import stream
from interplay.influence.strategic.results import PolicyResult
from interplay.influence.strategic.setting import TIE, StrategicSetting, judge_policy, utility

Floats = NDArray[np.float64]
#: A sweep that gains less than this ends the search.
_LEAST_GAIN = 1e-12


@dataclass(frozen=True, kw_only=True)
class NonStrategicPolicy:
    """Decide favourably where the outcome pays: optimal if nobody responds, and a baseline where they do.

    References
    ----------
    Tsirtsis et al. (2019): 1 where P(y = 1 | x) >= decision cost.
    """

    def fit(self, setting: StrategicSetting) -> PolicyResult:
        """Give the policy and what the response makes of it."""
        return judge_policy(
            setting,
            _above(setting, setting.decision_cost),
            method="non-strategic",
            config=self,
            claim="optimal if nobody moves",
        )


@dataclass(frozen=True, kw_only=True)
class ThresholdPolicy:
    """Take the deterministic threshold on the outcome that is worth most after the response.

    Notes
    -----
    Tries every threshold that tells two values apart, and that no one passes: at most M + 1 responses, O(M^3). Of equal
    thresholds the lowest is taken.
    """

    def fit(self, setting: StrategicSetting) -> PolicyResult:
        """Find the policy."""
        return judge_policy(
            setting,
            _best_threshold(setting),
            method="threshold",
            config=self,
            claim="optimal among deterministic thresholds on the outcome",
        )


@dataclass(frozen=True, kw_only=True)
class GreedyPolicy:
    """Improve one value of the policy at a time until none can be improved.

    Parameters
    ----------
    restarts : int, >= 0
        Searches from random policies, beside those from the two baselines and from zero; the best is kept.
    sweeps : int, >= 1
        At most this many passes over all values, for each search.
    seed : int

    Notes
    -----
    With the rest of the policy fixed, utility as a function of one value is linear between the finitely many points
    where somebody changes their mind: the points ``b_k + cost[k, i]``, with ``b_k`` the best that k can get elsewhere.
    There it may jump either way, so each of them, a point just below and one just above it, 0 and 1 are tried: the best
    of them is the best there is, up to the 1e-9 for which nobody moves. Utility therefore never decreases, and where a
    sweep gains nothing the policy is locally optimal: no change of a single value gains more than some 1e-9. The source
    takes the break points from all ``policy[j] - cost[., .]``; those here are the ones among them where utility can
    change. O(M^3) a sweep.

    References
    ----------
    Tsirtsis et al. (2019), the greedy algorithm of the first version and the iterative one of later versions.
    """

    restarts: int = 3
    sweeps: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        require_setting("restarts", self.restarts, least=0, whole=True)
        require_setting("sweeps", self.sweeps, least=1, whole=True)
        require_setting("seed", self.seed, least=0, whole=True)

    def fit(self, setting: StrategicSetting, *, progress: Callable[[int, int], None] | None = None) -> PolicyResult:
        """Search from every start.

        Parameters
        ----------
        setting : StrategicSetting
        progress : callable or None
            Called as progress(done, total), searches.

        Returns
        -------
        PolicyResult
            Of the best search; at least as good as the two baselines.
        """
        starts = [_above(setting, setting.decision_cost), _best_threshold(setting), np.zeros(setting.n_values)]
        starts += [stream(self.seed, "greedy policy", r).random(setting.n_values) for r in range(self.restarts)]
        best: tuple[Floats, list[float], bool] | None = None
        for done, start in enumerate(starts):
            found = _climb(setting, start, self.sweeps)
            if best is None or found[1][-1] > best[1][-1] + _LEAST_GAIN:
                best = found
            if progress is not None:
                progress(done + 1, len(starts))
        assert best is not None
        policy, history, converged = best
        return judge_policy(
            setting,
            policy,
            method="greedy",
            config=self,
            seed=self.seed,
            history=np.array(history),
            converged=converged,
            claim="no change of a single value improves it" if converged else "none: the search was cut short",
            notes=() if converged else (f"the search did not end within {self.sweeps} sweeps",),
        )


def trivial_utilities(setting: StrategicSetting) -> dict[str, float]:
    """Give the utilities of the policies that need no search, each after its own response."""
    return {
        "nobody": 0.0,
        "everybody": utility(setting, np.ones(setting.n_values)),
        "non-strategic": utility(setting, _above(setting, setting.decision_cost)),
        "threshold": utility(setting, _best_threshold(setting)),
    }


def _above(setting: StrategicSetting, threshold: float) -> Floats:
    return (setting.outcome >= threshold).astype(np.float64)


def _best_threshold(setting: StrategicSetting) -> Floats:
    policies = [_above(setting, t) for t in (*np.unique(setting.outcome), np.inf)]
    values = [utility(setting, p) for p in policies]
    return policies[int(np.argmax(values))]


def _climb(setting: StrategicSetting, start: Floats, sweeps: int) -> tuple[Floats, list[float], bool]:
    """Sweep until nothing is gained."""
    policy = start.copy()
    history = [utility(setting, policy)]
    for _ in range(sweeps):
        for i in range(setting.n_values):
            points, values = _along(setting, policy, i)
            k = int(np.argmax(values))
            now = utility(setting, policy)
            if values[k] > now + _LEAST_GAIN:
                policy[i] = points[k]
        history.append(utility(setting, policy))
        if history[-1] <= history[-2] + _LEAST_GAIN:
            return policy, history, True
    return policy, history, False


def _along(setting: StrategicSetting, policy: Floats, i: int) -> tuple[Floats, Floats]:
    """Work out utility at the break points of one value of the policy, the others kept.

    Returns
    -------
    points, values : (P,) float64 arrays
    """
    every = np.arange(setting.n_values)
    worth = policy - setting.cost
    worth[:, i] = -np.inf
    other = worth.argmax(axis=1)
    best = worth[every, other]
    reach = best + setting.cost[:, i]
    reach = reach[(reach > 0) & (reach <= 1)]
    points = np.concatenate([[0.0, 1.0], reach, np.minimum(reach + 2 * TIE, 1.0), np.maximum(reach - 2 * TIE, 0.0)])
    points = np.unique(points)
    own = points[:, None] - setting.cost[:, i]
    stays = policy[None, :] >= np.maximum(own, best) - TIE
    stays[:, i] = points >= best[i] - TIE
    takes = (own > best) | ((own == best) & (i < other))
    there = points * setting.gain[i]
    paid = policy * setting.gain
    value = np.where(takes, there[:, None], paid[other])
    value = np.where(stays, paid, value)
    value[:, i] = np.where(stays[:, i], there, paid[other[i]])
    return points, value @ setting.mass
