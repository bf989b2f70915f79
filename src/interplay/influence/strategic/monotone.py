"""The policy for costs that add up along one scale: rising is paid for step by step, falling is free.

Derived here (the source has a search of this kind in its later versions; this is not a copy of it). Let every value
have a height h that rises with its outcome, and let ``cost[i, j] = max(0, h_j - h_i)``.

1. Falling is free, so that replacing each ``policy[i]`` by the greatest one at no greater height changes nobody's
   benefit, and keeps at i those who would have fallen, where their outcome is no worse. An optimal policy rises with h.
2. From the top down, i stays only if ``policy[i]`` is at least the line ``policy[r] - (h_r - h_i)`` of the last value
   r above where somebody stays (a *record*); else i climbs to r. Values that do not pay are best put below the line:
   those there climb, or get nothing.
3. If s is the next record after r, whatever lies between climbs to r only if ``policy[s]`` is below the line at s - 1.
   Adding a constant to all later records keeps these conditions and takes nothing from utility, as every record pays.
   Each record is therefore best as high as it may be: 1 at the top, then the line of the last record just above it.

What is left is the choice of records. A record's height on the policy sums up its past, and more of it never hurts: of
two ways to a record one can be dropped if it is lower in both level and utility so far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay.influence.strategic.results import PolicyResult
from interplay.influence.strategic.setting import TIE, StrategicSetting, judge_policy

Floats = NDArray[np.float64]
_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class _Ways:
    """Ways to one record that nothing dominates."""

    level: Floats
    worth: Floats
    record: NDArray[np.int64]
    way: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class MonotonePolicy:
    """Choose, for costs that add up along one scale, which values may stay; exactly.

    Parameters
    ----------
    ways : int, >= 1
        At most this many undominated ways to each record are kept. Where more exist the result says so, and the claim
        is dropped.

    Notes
    -----
    Needs ``cost[i, j] = max(0, h_j - h_i)`` for some heights h that never fall as the outcome rises; `fit` finds them
    and refuses other costs. O(M^2 ways) time. Optimal up to the 1e-9 for which nobody moves.

    References
    ----------
    Tsirtsis et al. (2019) for the setting; the derivation stands in this file.
    """

    ways: int = 1024

    def __post_init__(self) -> None:
        require_setting("ways", self.ways, least=1, whole=True)

    def fit(self, setting: StrategicSetting) -> PolicyResult:
        """Find the policy.

        Parameters
        ----------
        setting : StrategicSetting

        Returns
        -------
        PolicyResult

        Raises
        ------
        DataError
            If the costs do not add up along one scale that rises with the outcome.
        """
        height = _heights(setting)
        order = np.lexsort((-setting.outcome, -height))
        policy, cut = _search(height[order], setting.mass[order], setting.gain[order], self.ways)
        back = np.empty(setting.n_values)
        back[order] = policy
        return judge_policy(
            setting,
            back,
            method="monotone",
            config=self,
            claim="none: ways were dropped" if cut else "optimal for costs that add up along one scale",
            notes=(f"more than {self.ways} undominated ways to a record: some were dropped",) if cut else (),
        )


def _heights(setting: StrategicSetting) -> Floats:
    """Find h with cost[i, j] = max(0, h_j - h_i), or refuse."""
    low = int(np.argmin(setting.cost.sum(axis=0)))
    height = setting.cost[low]
    wrong = np.ones_like(setting.cost, dtype=bool)
    if np.isfinite(height).all():
        wrong = np.abs(setting.cost - np.maximum(height[None, :] - height[:, None], 0)) > _SLACK
    if wrong.any():
        i, j = (int(k) for k in np.argwhere(wrong)[0])
        raise DataError(
            "`cost` must be max(0, h[j] - h[i]) for some heights h, finite: "
            f"cost[{i}, {j}]={setting.cost[i, j]:g} does not fit. Use `GreedyPolicy`, which takes any cost."
        )
    order = np.lexsort((setting.outcome, height))
    falls = np.diff(setting.outcome[order]) < 0
    falls &= np.diff(height[order]) > 0
    if falls.any():
        k = int(np.argmax(falls))
        i, j = int(order[k]), int(order[k + 1])
        raise DataError(
            f"`outcome` must not fall where moving costs: {j} costs more to reach than {i}, but outcome[{j}]="
            f"{setting.outcome[j]:g} < outcome[{i}]={setting.outcome[i]:g}. Use `GreedyPolicy`, which takes any cost."
        )
    return np.asarray(height)


def _search(height: Floats, mass: Floats, gain: Floats, most: int) -> tuple[Floats, bool]:
    """Choose the records, values being sorted from the top down."""
    n_good = int(np.searchsorted(-gain, 0, side="right"))
    if n_good == 0:
        return np.zeros(len(height)), False
    total = np.concatenate([[0.0], np.cumsum(mass)])
    first = np.array([mass[0] * gain[0]])
    none = np.array([-1])
    ways: list[list[_Ways]] = [[] for _ in range(n_good)]
    ways[0].append(_Ways(np.ones(1), first, none, none))
    kept: list[_Ways] = []
    best, end, cut = -np.inf, (0, 0), False
    for r in range(n_good):
        here, dropped = _undominated(ways[r], most)
        kept.append(here)
        cut |= dropped
        if len(here.level) == 0:
            continue
        # Those below r climb to it as far as the line stays above what they would not move for.
        reach = np.searchsorted(-height, here.level - height[r] - TIE, side="left")
        reach = np.maximum(reach, r + 1)
        served = here.level * gain[r]
        final = here.worth + served * (total[reach] - total[r + 1])
        if final.max() > best:
            best, end = float(final.max()), (r, int(np.argmax(final)))
        for s in range(r + 1, n_good):
            line = here.level - (height[r] - height[s - 1])
            level = here.level if s == r + 1 else line - 2 * TIE
            climbs = line - (height[s - 1] - height[s]) > level + TIE
            good = (level > 0) & ~climbs
            if not good.any():
                continue
            worth = here.worth + served * (total[np.minimum(reach, s)] - total[r + 1]) + level * mass[s] * gain[s]
            which = np.flatnonzero(good)
            ways[s].append(_Ways(level[which], worth[which], np.full(len(which), r), which))
    return _policy(height, kept, end), cut


def _undominated(parts: list[_Ways], most: int) -> tuple[_Ways, bool]:
    """Keep the ways that no other one beats in both level and worth."""
    if not parts:
        return _Ways(np.empty(0), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64)), False
    joined = [np.concatenate([getattr(p, k) for p in parts]) for k in ("level", "worth", "record", "way")]
    order = np.lexsort((-joined[1], -joined[0]))
    worth = joined[1][order]
    before = np.concatenate([[-np.inf], np.maximum.accumulate(worth)[:-1]])
    front = order[worth > before]
    kept = front if len(front) <= most else front[np.argsort(-joined[1][front], kind="stable")[:most]]
    return _Ways(*(column[kept] for column in joined)), len(front) > most


def _policy(height: Floats, kept: list[_Ways], end: tuple[int, int]) -> Floats:
    """Write down the policy of the best way: records at their level, the rest just below the line."""
    records: list[tuple[int, float]] = []
    r, way = end
    while r >= 0:
        records.append((r, float(kept[r].level[way])))
        r, way = int(kept[r].record[way]), int(kept[r].way[way])
    policy = np.zeros(len(height))
    for (r, level), stop in zip(records[::-1], [*(r for r, _ in records[::-1][1:]), len(height)], strict=True):
        between = slice(r + 1, stop)
        policy[between] = np.maximum(level - (height[r] - height[between]) - 2 * TIE, 0.0)
        policy[r] = level
    return policy
