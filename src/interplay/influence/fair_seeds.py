"""Seeds that are fair to groups, chosen on reverse-reachable sets of every group.

References
----------
Rahmattalabi et al. (2021), AAAI 35:11630, for concave welfare of group shares. Krause et al. (2008), JMLR 9:2761, for
saturation.
"""

from __future__ import annotations

import warnings
from abc import abstractmethod
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, InterplayWarning, NumericalError, unknown_name
from interplay.influence.backward_edges import backward_edges
from interplay.influence.models import CascadeModel, IndependentCascade
from interplay.influence.reverse_sets import Cover, MemoryFull, ReverseSets
from interplay.influence.seed_choice import Ints, SeedChooser, require_groups

Floats = NDArray[np.float64]

_MIB = 2.0**20
#: Sets per group at first, and at most.
_FIRST, _MOST = 1 << 10, 1 << 20
_TINY = 1e-12
#: Logarithm of the greatest worth of a group: sums over groups stay finite.
_LARGEST = 700.0


@dataclass(frozen=True, kw_only=True)
class FairSeeds(SeedChooser):
    """What the fair ways have in common; abstract.

    Parameters
    ----------
    model : IndependentCascade or LinearThreshold
        On a `TemporalGraph`: IndependentCascade.
    tolerance : float, in (0, 1)
        Sets are doubled until every group's share, in a second, independent family, has a standard error of at most
        this part of it, and the sets that chose promise at most this part more; or until there are about a million sets
        of each group.
    memory_mib : float, MiB, > 0
        What the sets may take.
    jobs : int, >= 1
        Threads. The result does not depend on it.
    """

    model: CascadeModel = field(default_factory=IndependentCascade)
    tolerance: float = 0.02
    memory_mib: float = 4096.0
    jobs: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require_setting("tolerance", self.tolerance, above=0, below=1)
        require_setting("memory_mib", self.memory_mib, above=0)
        require_setting("jobs", self.jobs, least=1, whole=True)

    def _check(self, sizes: Floats) -> None:
        """Refuse groups of sizes (G,) whose worth cannot be computed."""

    @abstractmethod
    def _value(self, share: Floats, sizes: Floats) -> Floats:
        """Worth of shares (G, ...) of groups of `sizes` (G,), over the last axes."""

    @abstractmethod
    def _pick(self, sets: ReverseSets, sizes: Floats, open_nodes: Ints, count: int) -> tuple[Ints, Floats]:
        """Choose among the sets there are; give seeds and what each added to the value."""

    def _choose(
        self, graph: Any, groups: Any, embedding: Any, open_nodes: Ints, count: int, progress: Any
    ) -> dict[str, Any]:
        known = require_groups(groups, self.method)
        edges = backward_edges(graph, self.model)
        present = np.flatnonzero(known.sizes > 0)
        if count == 0:
            return {"seeds": open_nodes[:0]}
        sizes = known.sizes[present].astype(np.float64)
        self._check(sizes)
        pools = [np.flatnonzero(known.code == g).astype(np.int32) for g in present]
        common: dict[str, Any] = {"seed": self.seed, "memory_bytes": self.memory_mib * _MIB, "jobs": self.jobs}
        sets = ReverseSets(edges, pools, name="choose fair sets", **common)
        judge = ReverseSets(edges, pools, name="judge fair sets", **common)
        seeds, gain, share = open_nodes[:0], np.empty(0), np.empty(0)
        notes: tuple[str, ...] = ()
        while True:
            size = max(2 * sets.size, _FIRST)
            try:
                sets.grow(size)
            except MemoryFull:
                notes = (self._short(sets.size),)
                break
            seeds, gain = self._pick(sets, sizes, open_nodes, count)
            promised = sets.covered(seeds) / size
            share = judge.hits(seeds, size) / size
            if progress is not None:
                progress(size, _MOST)
            known_to = np.sqrt(share * (1 - share) / size) <= self.tolerance * share
            if size >= _MOST or (known_to & (promised <= share * (1 + self.tolerance))).all():
                break
        if sets.size == 0:
            raise ConfigError(
                f"`memory_mib` must hold {_FIRST} reverse-reachable sets of each group, got {self.memory_mib:g} MiB. "
                "Give more memory."
            )
        if progress is not None:
            progress(_MOST, _MOST)
        work = {"reverse_sets": 2.0 * sets.size * len(pools), "edges": float(sets.steps + judge.steps)}
        return {
            "seeds": seeds,
            "gain": gain,
            "objective": float(self._value(share, sizes)),
            "work": work | {"bytes": sets.bytes},
            "notes": notes,
        }

    def _short(self, size: int) -> str:
        text = (
            f"Stopped at the memory limit of {self.memory_mib:g} MiB with {size} reverse-reachable sets of each group: "
            "shares may be off by more than `tolerance`. Raise `memory_mib`."
        )
        if size:
            warnings.warn(text, InterplayWarning, stacklevel=4)
        return text


@dataclass(frozen=True, kw_only=True)
class ProportionalSeeds(FairSeeds):
    """Greedy seeds for a concave worth of each group's reached share: who has little counts for more.

    Parameters
    ----------
    aversion : float, >= 0
        To inequality. 0: the total reach. 1: proportional fairness, the sum of logarithms. Towards infinity: max-min.
    weight : {"members", "groups"}
        A group counts by its members, or all groups alike.

    Notes
    -----
    Maximises the sum over groups of ``weight * (U(share) - U(0))``, where ``U(x) = (x + f)^(1 - a) / (1 - a)`` for an
    aversion a, ``log(x + f)`` at a = 1, and f, one over the group's members, keeps U finite at 0. It is a concave,
    growing function of coverage, hence monotone and submodular: on the sampled sets greedy seeds have at least 1 - 1/e
    of the best value. No share of the optimum of the expectation is proved (`guarantee` 0). `objective` is the value of
    the shares in an independent family of sets.

    Choices compare what a node would add, to one part in 1e12 whatever the aversion. The value itself, from an aversion
    of some 4 on, is close to its bound ``weight * f^(1 - a) / (a - 1)`` as soon as every group is reached a little, and
    then says nothing: look at shares. Where the bound overflows, at an aversion of some 60 for a group of 100 000, the
    aversion is refused.

    References
    ----------
    Rahmattalabi et al. (2021), section 3. Nemhauser, Wolsey, Fisher (1978).
    """

    aversion: float = 1.0
    weight: Literal["members", "groups"] = "members"

    method = "proportional"
    cites = ("borgs2014reverse", "nemhauser1978greedy", "rahmattalabi2021welfare")

    def __post_init__(self) -> None:
        super().__post_init__()
        require_setting("aversion", self.aversion, least=0, below=float("inf"))
        if self.weight not in ("members", "groups"):
            raise ConfigError(unknown_name("`weight`", self.weight, ("members", "groups")))

    def _check(self, sizes: Floats) -> None:
        bound = np.log(self._heavy(sizes)) + max(self.aversion - 1, 0) * np.log(sizes)
        if bound.max() > _LARGEST:
            raise NumericalError(
                f"`aversion` {self.aversion:g} makes the worth of a group of {int(sizes[bound.argmax()])} members "
                "overflow. Lower it, or use `MaxMinSeeds`, its limit."
            )

    def _heavy(self, sizes: Floats) -> Floats:
        return sizes if self.weight == "members" else np.ones(len(sizes))

    def _grown(self, now: Floats, then: Floats, sizes: Floats) -> float:
        scale, part = _added(now, then[:, None], sizes, self._heavy(sizes), self.aversion)
        return float(np.exp(scale) @ part[:, 0])

    def _value(self, share: Floats, sizes: Floats) -> Floats:
        return np.asarray(self._grown(np.zeros(len(sizes)), share, sizes))

    def _pick(self, sets: ReverseSets, sizes: Floats, open_nodes: Ints, count: int) -> tuple[Ints, Floats]:
        rank = partial(_concave, sizes=sizes, heavy=self._heavy(sizes), aversion=self.aversion)
        seeds, course = _greedy(sets, sizes, open_nodes, count, rank)
        return seeds, np.array([self._grown(course[k], course[k + 1], sizes) for k in range(count)])


@dataclass(frozen=True, kw_only=True)
class MaxMinSeeds(FairSeeds):
    """Seeds for the group that is reached least.

    Parameters
    ----------
    precision : float, in (0, 1)
        Width of the interval in which the search for the greatest least share ends.

    Notes
    -----
    The least share is not submodular, and no share of its optimum is proved (`guarantee` 0). Saturation asks for a
    level c: greedy seeds for the sum of ``min(share, c)`` over groups; if all groups reach c it is raised, else
    lowered. Krause et al.'s bound is bi-criteria: a budget larger by the factor 1 + log(G * sets) reaches the best
    least share on the sampled sets. Read backwards, these seeds do as well as the best of a budget smaller by that
    factor, which may be none. The best least share met anywhere in the search is kept. Where a level is reached before
    the budget is spent, the rest goes to total reach. `objective` is the least share in an independent family of sets.

    References
    ----------
    Krause et al. (2008), algorithm 2.
    """

    precision: float = 1e-3

    method = "max-min"
    cites = ("borgs2014reverse", "krause2008robust")

    def __post_init__(self) -> None:
        super().__post_init__()
        require_setting("precision", self.precision, above=0, below=1)

    def _value(self, share: Floats, sizes: Floats) -> Floats:
        return np.asarray(share.min(axis=0))

    def _pick(self, sets: ReverseSets, sizes: Floats, open_nodes: Ints, count: int) -> tuple[Ints, Floats]:
        low, high = 0.0, 1.0
        best: tuple[float, Ints, Floats] = (-1.0, open_nodes[:0], np.empty(0))
        while high - low > self.precision:
            level = (low + high) / 2
            seeds, course = _greedy(
                sets, sizes, open_nodes, count, lambda now, then, c=level: np.minimum(then, c).sum(axis=0)
            )
            least = float(course[-1].min())
            if least > best[0]:
                best = (least, seeds, np.diff(np.minimum(course, level).sum(axis=1)))
            if least >= level - _TINY:
                low = max(level, least)
            else:
                high = level
        return best[1], best[2]


@dataclass(frozen=True, kw_only=True)
class PenalisedSeeds(FairSeeds):
    """Greedy seeds for reach less a penalty on unequal shares.

    Parameters
    ----------
    strength : float, >= 0
        What one unit of disparity costs, in shares of all nodes. 0: the total reach.
    disparity : {"range", "deviation"}
        Greatest minus least share, or the standard deviation of shares over groups, each group alike.
    exchanges : int, >= 0
        Most rounds in which every seed may be exchanged; a round costs as much as choosing all seeds, once per seed.

    Notes
    -----
    The worth is ``reached share of all nodes - strength * disparity``. The penalty makes it neither monotone nor
    submodular: nothing is proved. Step by step alone greedy ends far from the best, since its first seed, whosever, is
    unequal. So it starts from that choice and from greedy choices for concave welfare (aversion 0, 1, 4 and 16, by
    members and by groups); from each, every seed in turn is exchanged for the node that improves the worth most, in at
    most as many rounds as asked for; and the best end is kept. All seeds of the budget are spent even where the next
    one lowers the worth. `objective` is the worth of the shares in an independent family of sets.
    """

    strength: float = 1.0
    disparity: Literal["range", "deviation"] = "range"
    exchanges: int = 3

    method = "penalised"
    cites = ("borgs2014reverse",)

    def __post_init__(self) -> None:
        super().__post_init__()
        require_setting("strength", self.strength, least=0, below=float("inf"))
        require_setting("exchanges", self.exchanges, least=0, whole=True)
        if self.disparity not in ("range", "deviation"):
            raise ConfigError(unknown_name("`disparity`", self.disparity, ("range", "deviation")))

    def _value(self, share: Floats, sizes: Floats) -> Floats:
        total = np.tensordot(sizes / sizes.sum(), share, axes=1)
        unequal = np.ptp(share, axis=0) if self.disparity == "range" else share.std(axis=0)
        return np.asarray(total - self.strength * unequal)

    def _pick(self, sets: ReverseSets, sizes: Floats, open_nodes: Ints, count: int) -> tuple[Ints, Floats]:
        def worth(share: Floats) -> Floats:
            return self._value(share, sizes)

        found = [_greedy(sets, sizes, open_nodes, count, lambda now, then: worth(then))[0]]
        if self.strength > 0:
            for heavy, aversion in product((sizes, np.ones(len(sizes))), (0.0, 1.0, 4.0, 16.0)):
                rank = partial(_concave, sizes=sizes, heavy=heavy, aversion=aversion)
                found.append(_greedy(sets, sizes, open_nodes, count, rank)[0])
        best: tuple[float, Ints] | None = None
        for seeds in {tuple(sorted(f.tolist())): f for f in found}.values():
            value = float(worth(sets.covered(seeds) / sets.size))
            for _ in range(self.exchanges if self.strength > 0 else 0):
                before = value
                for place in range(count):
                    value = _exchange(sets, open_nodes, seeds, place, worth, value)
                if value <= before:
                    break
            if best is None or value > best[0]:
                best = (value, seeds)
        assert best is not None
        return best[1], _replay(sets, best[1], worth)


def _added(now: Floats, then: Floats, sizes: Floats, heavy: Floats, aversion: float) -> tuple[Floats, Floats]:
    """Work out by how much the concave worth of each group grows, as ``exp(scale) * part``.

    Written as ``heavy * y^p * ((y'/y)^p - 1) / p``, with y and y' the shares now and then, lifted by the floor, and p =
    1 - aversion. No two large numbers are subtracted: the worth itself is nearly all constant for strong aversion.

    Parameters
    ----------
    now : (G,) float64 array
    then : (G, M) float64 array
    sizes, heavy : (G,) float64 arrays
    aversion : float

    Returns
    -------
    scale : (G,) float64 array
    part : (G, M) float64 array
    """
    power, lifted = 1 - aversion, now + 1 / sizes
    part = (then - now[:, None]) / lifted[:, None]
    if power != 1:
        part = np.log1p(part)
        if power != 0:
            part = np.expm1(power * part) / power
    return np.log(heavy) + power * np.log(lifted), part


def _concave(now: Floats, then: Floats, sizes: Floats, heavy: Floats, aversion: float) -> Floats:
    """Add up what each of M choices adds to the worth, (M,), in units of the most that any adds to a group."""
    scale, part = _added(now, then, sizes, heavy, aversion)
    most = part.max(axis=1)
    grows = most > 0
    if not grows.any():
        return np.zeros(part.shape[1])
    unit = (scale[grows] + np.log(most[grows])).max()
    return np.asarray(np.exp(scale[grows] - unit) @ part[grows])


def _exchange(sets: ReverseSets, open_nodes: Ints, seeds: Ints, place: int, worth: Any, value: float) -> float:
    """Exchange one seed, in place, for the node that improves the worth most, if any does; give the worth."""
    cover = Cover(sets)
    others = np.delete(seeds, place)
    for v in others:
        cover.add(int(v))
    still = np.setdiff1d(open_nodes, others)
    each = worth((cover.count[:, None] + cover.gain[:, still]) / sets.size)
    best = int(np.argmax(each))
    if each[best] > value + _TINY:
        seeds[place] = still[best]
        return float(each[best])
    return value


def _replay(sets: ReverseSets, seeds: Ints, worth: Any) -> Floats:
    """Give what each seed adds to the worth, in the order given."""
    cover = Cover(sets)
    values = [float(worth(cover.count / sets.size))]
    for v in seeds:
        cover.add(int(v))
        values.append(float(worth(cover.count / sets.size)))
    return np.diff(values)


def _greedy(sets: ReverseSets, sizes: Floats, open_nodes: Ints, count: int, rank: Any) -> tuple[Ints, Floats]:
    """Choose step by step; equal rank goes to the greater total reach, then to the lower id.

    Parameters
    ----------
    sets : ReverseSets
    sizes : (G,) float64 array
    open_nodes : (M,) int64 array
    count : int
    rank : callable
        Gives (M,) numbers, of size 1 or so, from the shares now (G,) and after each choice (G, M).

    Returns
    -------
    seeds : (count,) int64 array
    course : (count + 1, G) float64 array
        Shares on the way.
    """
    cover = Cover(sets)
    still = open_nodes
    seeds, course = np.empty(count, np.int64), np.zeros((count + 1, len(sizes)))
    for k in range(count):
        then = (cover.count[:, None] + cover.gain[:, still]) / sets.size
        worth = rank(course[k], then)
        top = worth.max()
        tied = np.flatnonzero(worth >= top - _TINY * max(abs(top), 1.0))
        place = tied[np.argmax(sizes @ then[:, tied])]
        seeds[k], course[k + 1] = still[place], then[:, place]
        cover.add(int(still[place]))
        still = np.delete(still, place)
    return seeds, course
