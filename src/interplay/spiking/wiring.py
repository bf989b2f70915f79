"""Who is connected to whom in each regime: assemblies with excitation inside and inhibition between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.rng import stream, uniform

#: Conduction speed of thin cortical axons in culture, µm per ms (0.3 m/s).
SPEED_UM_PER_MS = 300.0
#: Synaptic delay before conduction counts, ms.
SYNAPSE_MS = 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Wiring:
    """The network of every regime.

    Attributes
    ----------
    membership : (S, N) int array, in [0, n_assemblies)
        Assembly of each unit in each regime.
    weights : (S, N, N) float array
        ``weights[s, src, dst]``: jump of the level of `dst` per spike of `src`; 0 means no synapse. All synapses
        of one source share its sign (Dale's law).
    delay : (N, N) int array, steps of 1 ms, >= 1
    """

    membership: NDArray[np.int64]
    weights: NDArray[np.float64]
    delay: NDArray[np.int64]


def signs(n_units: int, excitatory: float, *, seed: int) -> NDArray[np.int64]:
    """Draw which units excite (+1) and which inhibit (-1); the share of excitatory units is met to the unit."""
    sign = np.full(n_units, -1, dtype=np.int64)
    sign[stream(seed, "sign").permutation(n_units)[: round(excitatory * n_units)]] = 1
    return sign


def memberships(
    sign: NDArray[np.int64], n_assemblies: int, n_regimes: int, moved: float, *, seed: int
) -> NDArray[np.int64]:
    """Draw the assemblies of every regime.

    Parameters
    ----------
    sign : (N,) int array in {-1, +1}
    n_assemblies, n_regimes : int
    moved : float, in [0, 1]
        Share of the units that leave their assembly at each change.
    seed : int

    Returns
    -------
    (n_regimes, N) int64 array
        Sizes stay as they are: moved units are passed on in a ring, separately among excitatory and inhibitory ones.
    """
    now = np.empty(len(sign), dtype=np.int64)
    for kind in (1, -1):
        members = np.flatnonzero(sign == kind)
        now[stream(seed, "membership", 0).permutation(members)] = np.arange(len(members)) % n_assemblies
    rows = [now]
    for regime in range(1, n_regimes):
        rng, now = stream(seed, "membership", regime), rows[-1].copy()
        for kind in (1, -1):
            pools = [np.flatnonzero((sign == kind) & (rows[-1] == a)) for a in range(n_assemblies)]
            leave = round(moved * min(len(p) for p in pools))
            for a, pool in enumerate(pools):
                now[rng.permutation(pool)[:leave]] = (a + 1 + (regime - 1) % max(n_assemblies - 1, 1)) % n_assemblies
        rows.append(now)
    return np.stack(rows)


def synapses(
    membership: NDArray[np.int64],
    sign: NDArray[np.int64],
    *,
    density: tuple[float, float, float],
    strength: tuple[float, float, float],
    seed: int,
) -> NDArray[np.float64]:
    """Draw the synapses of one regime; a pair that stays in the same relation keeps its synapse.

    Parameters
    ----------
    membership : (N,) int array
    sign : (N,) int array in {-1, +1}
    density, strength : three floats
        Connection probability and mean jump of the level: excitatory inside an assembly, excitatory between,
        inhibitory between. Single weights are uniform in [0.5, 1.5] times the mean.
    seed : int

    Returns
    -------
    (N, N) float64 array
        Signed, ``[src, dst]``, zero diagonal.
    """
    n = len(sign)
    index = np.arange(n)
    draw = uniform(seed, "synapse", index[:, None], index[None, :])
    spread = 0.5 + uniform(seed, "strength", index[:, None], index[None, :])
    inside = membership[:, None] == membership[None, :]
    excites = (sign > 0)[:, None] & np.ones((1, n), bool)
    kinds = (excites & inside, excites & ~inside, ~excites & ~inside)
    out = np.zeros((n, n))
    for kind, p, mean in zip(kinds, density, strength, strict=True):
        out[kind & (draw < p)] = mean
    out *= spread * np.where(excites, 1.0, -1.0)
    out[index, index] = 0.0
    return out


def delays(position_um: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give synaptic plus conduction delay of every ordered pair, in steps of 1 ms, (N, N) int64, at least 1."""
    distance = np.linalg.norm(position_um[:, None] - position_um[None, :], axis=-1)
    return np.asarray(np.round(SYNAPSE_MS + distance / SPEED_UM_PER_MS), dtype=np.int64)
