"""Parameters of bounded confidence by simulated moments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.provenance import digest
from interplay.data import Graph
from interplay.influence.opinion_models import Deffuant, HegselmannKrause, Listeners
from interplay.influence.opinion_results import OpinionFitResult

Floats = NDArray[np.float64]
Point = tuple[float, ...]
Name = Literal["deffuant", "hegselmann-krause"]

#: Losses that differ by less than this are one.
_SAME = 1e-9
#: Least spread of a moment, as a share of the range of opinions: a moment without chance must not rule alone.
_FLOOR = 1e-3
_STILL = 1e-9


@dataclass(frozen=True, kw_only=True)
class OpinionFit:
    """Fit a model of bounded confidence to opinions seen at several times.

    Parameters
    ----------
    model : {"deffuant", "hegselmann-krause"}
    confidence : (low, high), 0 < low < high
        Where to search.
    mu : (low, high), 0 < low < high <= 0.5
        Where to search; Deffuant only.
    grid : int, >= 3
        Values tried of each of two parameters at a time; of a single one, its square.
    zooms : int, >= 0
        How often the grid shrinks to the neighbours of its best point.
    runs : int, >= 2
        Simulations behind each moment.
    refits : int, >= 0
        Data sets simulated at the estimate and fitted again, for the interval; 0 leaves it at `equivalent`.
    seed : int

    Notes
    -----
    Each wave is simulated from the one before it. Moments of a wave: nine deciles of opinion; the mean change of people
    in each tenth of opinions before; mean absolute change; share of people who stayed; on a graph the mean difference
    over edges. The loss is the mean squared distance of moments, each divided by its spread between simulations (the
    median over the first grid). All parameters meet the same chance, so that the loss does not jitter between them.
    The model is taken to be right and opinions to be measured without error: the interval knows of no other doubt.
    Search by a shrinking grid is ours; particle swarms and the like find the same least loss where it has one basin.
    Cost: (zooms + 1) grids, once for the data and `zooms` times for each refit.
    """

    model: Name = "deffuant"
    confidence: tuple[float, float] = (0.02, 0.6)
    mu: tuple[float, float] = (0.05, 0.5)
    grid: int = 9
    zooms: int = 4
    runs: int = 20
    refits: int = 40
    seed: int = 0

    def __post_init__(self) -> None:
        if self.model not in get_args(Name):
            raise ConfigError(unknown_name("opinion model", self.model, get_args(Name)))
        for name, (low, high), most in (("confidence", self.confidence, None), ("mu", self.mu, 0.5)):
            require_setting(name, low, above=0)
            require_setting(name, high, above=low, most=most)
        require_setting("grid", self.grid, least=3, whole=True)
        require_setting("zooms", self.zooms, least=0, whole=True)
        require_setting("runs", self.runs, least=2, whole=True)
        require_setting("refits", self.refits, least=0, whole=True)
        require_setting("seed", self.seed, least=0, whole=True)

    def fit(
        self,
        graph: Graph | int,
        waves: ArrayLike,
        rounds: int,
        *,
        stubborn: ArrayLike = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> OpinionFitResult:
        """Find the parameters under which the model moves opinions as they moved.

        Parameters
        ----------
        graph : Graph or int
            As of `spread_opinions`.
        waves : (W, N) float array
            Opinions at W >= 2 times.
        rounds : int, >= 1
            Rounds of the model between two waves: its clock is not fitted, only the products of rate and time are told.
        stubborn : (K,) int array
            People who are known never to move.
        progress : callable or None
            Called as progress(done, total), fits.

        Returns
        -------
        OpinionFitResult

        Raises
        ------
        DataError
            If waves do not fit the graph, or nobody moved at all.
        """
        require_setting("rounds", rounds, least=1, whole=True)
        listeners = Listeners.of(graph)
        shapes = Shapes(N=listeners.n_nodes)
        seen = shapes.array("waves", waves, "W N").astype(np.float64)
        if len(seen) < 2 or listeners.n_nodes < 2:
            raise DataError(f"`waves` must hold 2 waves or more of 2 people or more, got {seen.shape}.")
        fixed = shapes.array("stubborn", stubborn, "K", "int")
        require_ids("stubborn", fixed, listeners.n_nodes, "N")
        if listeners.empty or not (np.abs(np.diff(seen, axis=0)) > _STILL).any():
            raise DataError(
                "`waves` must show somebody who could move and did: nothing tells the parameters otherwise."
            )
        moves = np.ones(listeners.n_nodes, dtype=bool)
        moves[fixed] = False
        twin = _Twin(self, listeners, moves, seen, rounds)
        scale = twin.scale()
        observed = twin.moments(list(seen[1:]))
        best, losses = self._search(twin, observed, scale)
        same = np.array([p for p, value in losses.items() if value <= losses[best] + _SAME])
        refits = []
        for b in range(self.refits):
            data = twin.simulate(best, self.runs + b)
            refits.append(self._search(twin, twin.moments(data), scale)[0])
            if progress is not None:
                progress(b + 1, self.refits)
        equivalent = np.stack([same.min(axis=0) - self._finest, same.max(axis=0) + self._finest], axis=1)
        estimate = same.min(axis=0) / 2 + same.max(axis=0) / 2
        drawn = np.array(refits).reshape(self.refits, len(best))
        ends = _widened(drawn, estimate, np.array(self._bounds)) if self.refits else equivalent
        notes = ["the estimate is the middle of values that fit equally well"] if len(same) > 1 else []
        notes += [
            f"the best {name} is at the edge of where it was searched"
            for name, value, bounds in zip(self._names, best, self._bounds, strict=True)
            if value in bounds
        ]
        return OpinionFitResult(
            config=self,
            made_from=digest(graph.digest if isinstance(graph, Graph) else int(graph), seen, rounds, fixed),
            seed=self.seed,
            notes=tuple(notes),
            citations=(Deffuant if self.model == "deffuant" else HegselmannKrause).citations,
            model=self.model,
            names=np.array(self._names),
            estimate=estimate,
            interval=np.stack(
                [np.minimum(ends[:, 0], equivalent[:, 0]), np.maximum(ends[:, 1], equivalent[:, 1])], axis=1
            ),
            refits=drawn,
            equivalent=equivalent,
            loss=losses[best],
            baseline_loss=_loss(twin.moments(list(seen[:-1])), observed, scale),
            moments=np.array(twin.names),
            observed=observed,
            simulated=twin.mean(best),
            tried=np.array(list(losses)),
            losses=np.array(list(losses.values())),
        )

    @property
    def _names(self) -> tuple[str, ...]:
        return ("confidence", "mu") if self.model == "deffuant" else ("confidence",)

    @property
    def _bounds(self) -> tuple[tuple[float, float], ...]:
        return tuple((float(a), float(b)) for a, b in (getattr(self, name) for name in self._names))

    @property
    def _n(self) -> int:
        return self.grid if len(self._names) > 1 else self.grid**2

    @property
    def _finest(self) -> Floats:
        """Last step of the search in each parameter."""
        return np.array([(b - a) / (self._n - 1) * (2 / (self._n - 1)) ** self.zooms for a, b in self._bounds])

    def _first_grid(self) -> list[Point]:
        return list(product(*(np.linspace(*b, self._n).tolist() for b in self._bounds)))

    def _search(self, twin: _Twin, observed: Floats, scale: Floats) -> tuple[Point, dict[Point, float]]:
        """Try a grid, then ever smaller ones around the best point."""
        losses: dict[Point, float] = {}
        points = self._first_grid()
        steps = [(high - low) / (self._n - 1) for low, high in self._bounds]
        for level in range(self.zooms + 1):
            for point in points:
                if point not in losses:
                    losses[point] = _loss(twin.mean(point), observed, scale)
            best = min(losses, key=lambda p: (losses[p], p))
            if level == self.zooms:
                break
            axes = [
                np.linspace(max(low, x - step), min(high, x + step), self._n).tolist()
                for x, step, (low, high) in zip(best, steps, self._bounds, strict=True)
            ]
            points = list(product(*axes))
            steps = [2 * step / (self._n - 1) for step in steps]
        return best, losses


def _widened(refits: Floats, estimate: Floats, bounds: Floats) -> Floats:
    """Take what the middle 95 % of refits or its mirror image at the estimate holds, where it was searched: (P, 2)."""
    low, high = np.quantile(refits, [0.025, 0.975], axis=0)
    wide = np.stack([np.minimum(low, 2 * estimate - high), np.maximum(high, 2 * estimate - low)], axis=1)
    return np.asarray(np.clip(wide, bounds[:, :1], bounds[:, 1:]))


def _loss(moments: Floats, observed: Floats, scale: Floats) -> float:
    return float((((moments - observed) / scale) ** 2).mean())


@dataclass(eq=False)
class _Twin:
    """The model, ready to be run from every wave under one chance, whatever the parameters."""

    config: OpinionFit
    listeners: Listeners
    moves: NDArray[np.bool_]
    seen: Floats
    rounds: int
    names: list[str] = field(default_factory=list)
    _meetings: dict[tuple[int, int], tuple[NDArray[np.int64], NDArray[np.int64]]] = field(default_factory=dict)
    _known: dict[Point, tuple[Floats, Floats]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kinds = [f"decile {k}" for k in range(1, 10)] + [f"change of tenth {k}" for k in range(1, 11)]
        kinds += ["mean absolute change", "share that stayed"]
        if self.listeners.graph is not None:
            kinds.append("mean difference over edges")
        self.names = [f"wave {w}: {kind}" for w in range(1, len(self.seen)) for kind in kinds]
        self._tenth = []
        for x in self.seen[:-1]:
            place = np.empty(len(x), np.int64)
            place[np.argsort(x, kind="stable")] = np.arange(len(x)) * 10 // len(x)
            self._tenth.append(place)

    def simulate(self, point: Point, run: int) -> list[Floats]:
        """Move every wave on to the next one."""
        return [self._move(point, w, run) for w in range(len(self.seen) - 1)]

    def _move(self, point: Point, w: int, run: int) -> Floats:
        opinion = self.seen[w].copy()
        if self.config.model == "hegselmann-krause":
            step = HegselmannKrause(confidence=point[0]).stepper(self.listeners, self.moves, self.config.seed, run)
            for when in range(self.rounds):
                opinion = step(opinion, when)
            return np.asarray(opinion)
        from interplay.ops.opinions import meet

        first, second = self._drawn(w, run)
        meet(opinion, first, second, self.listeners.mutual, self.moves, float(point[0]), float(point[1]))
        return np.asarray(opinion)

    def _drawn(self, w: int, run: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if (w, run) not in self._meetings:
            parts = [self.listeners.draw(self.config.seed, run, w * self.rounds + t) for t in range(self.rounds)]
            self._meetings[w, run] = (np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))
        return self._meetings[w, run]

    def moments(self, after: list[Floats]) -> Floats:
        """Describe what came after each wave, in numbers."""
        parts: list[Floats] = []
        for before, x, tenth in zip(self.seen[:-1], after, self._tenth, strict=True):
            change = x - before
            size = np.maximum(np.bincount(tenth, minlength=10), 1)
            still = np.abs(change) <= _STILL
            parts += [
                np.quantile(x, np.arange(1, 10) / 10),
                np.bincount(tenth, weights=change, minlength=10) / size,
                np.array([np.abs(change).mean(), still.mean()]),
            ]
            if self.listeners.graph is not None:
                src, dst, _ = self.listeners.edges
                parts.append(np.array([np.abs(x[src] - x[dst]).mean()]))
        return np.concatenate(parts)

    def mean(self, point: Point) -> Floats:
        """Give the mean moments of the model at these parameters."""
        return self._described(point)[0]

    def _described(self, point: Point) -> tuple[Floats, Floats]:
        if point not in self._known:
            runs = self.config.runs if self.config.model == "deffuant" else 1
            drawn = np.stack([self.moments(self.simulate(point, r)) for r in range(runs)])
            self._known[point] = (
                drawn.mean(axis=0),
                drawn.std(axis=0, ddof=1) if runs > 1 else np.zeros(drawn.shape[1]),
            )
        return self._known[point]

    def scale(self) -> Floats:
        """Give the spread of each moment between simulations: the median over the first grid, above the floor."""
        spread = np.median([self._described(p)[1] for p in self.config._first_grid()], axis=0)
        return np.asarray(np.maximum(spread, _FLOOR * max(float(np.ptp(self.seen)), 1e-12)))
