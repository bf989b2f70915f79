"""The dynamic functional connectome: affinities of every pair over time, and the few components they are made of.

References
----------
Dyballa, Lang, Haslund-Gourley, Yemini, Zucker (2024), ICLR, arXiv 2402.14102.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay.data import Events, Intervals, Recording, windows
from interplay.infer import factor_fits as fits
from interplay.infer.edges import ordered_map, require_choice
from interplay.infer.factor_results import FactorResult
from interplay.infer.factor_tensor import AffinityTensor, build_tensor, shifted, unit_slopes
from interplay.infer.mixtures import mixed_snapshots
from interplay.infer.sequences import Pooled, SampleRuns, sample_runs

Floats = NDArray[np.float64]

_EDGE = 1e-6
#: Samples a run must have, in standard deviations of the smoothing: fewer give no slope.
_LEAST_SAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class AffinityFactors:
    """Non-negative factors of the affinities of all pairs: when, in which recordings, which pairs.

    Two units have a high affinity while both rise or both fall together at similar rates; sustained activity does not
    count. With g the smoothed slope of a unit over its robust scale, zero where smaller than `dead_zone`::

        co(i, j)   = sqrt(|g_i g_j|) (min / max of |g_i|, |g_j|)^similarity    if both rise or both fall
        anti(i, j) = the same                                                  if one rises while the other falls

    The tensor frames x recordings x pairs (x signs) is fitted by a sum of non-negative components. The signed network
    of a component is its co-affinity less its anti-affinity; the network of a window is the sum of the components'
    networks, weighted by their mean activity in the window and, of several recordings, by their mean loading: the
    modelled affinity averaged over recordings.

    Parameters
    ----------
    bin_s : float, s, > 0, or None
        None takes the traces; a number counts spikes in bins of that width.
    smooth_s : float, s, > 0
        Standard deviation of the Gaussian that slopes are taken with; at least half the time between samples.
    dead_zone : float, >= 0
        Slopes below this many robust standard deviations count as none.
    similarity : float, >= 0
        How strongly unequal rates lower an affinity; 0: not at all.
    frame_s : float, s, > 0
        Affinities are averaged over frames of this length.
    signs : {"pair", "mode", "none"}
        "pair": every pair of a component has its own co- and anti-affinity. "mode": one ratio of the two for the whole
        component. "none": co-affinity alone.
    rank : int, >= 1, or None
        Number of components; None chooses it among 1 to `most_components`.
    most_components : int, >= 1
    restarts : int, >= 1
        Fits from different starts; the one of least error is kept.
    congruence : float, in (0, 1]
        A number of components is stable if the restarts' median congruence with the best fit reaches it.
    least_gain : float, in [0, 1)
        A further component must lower the error on hidden entries by this share of what the best number of components
        gains over the mean of each pair.
    folds : int, >= 1
        Times that entries are hidden and predicted, where the rank is chosen.
    hidden : float, in (0, 1)
        Share of entries that one fold hides: blocks of frames, ten times the smoothing long, of single pairs.
    rounds : int, >= 1
        At most so many rounds of updates.
    tolerance : float, >= 0
        A fit ends when five rounds lower its relative error by less.
    surrogates : int, >= 0
        Times that all units are shifted apart and fitted anew, to test the components.
    alpha : float, in (0, 1)
        What "significant" means.
    keep : {"all", "significant"}
        Which components make the networks of the windows. "significant" needs ``surrogates >= 1 / alpha - 1``.
    blocks : bool
        Whether each component's pairs are grouped by a weighted block model.
    window_s, step_s : float, s, > 0, or None
        Windows the networks are reported in; None: one window, the whole span. `step_s` None means `window_s`.
    epochs : str or None
        Name of the recording's epochs to cut to.
    seed : int
    jobs : int, >= 1
        Threads. The result does not depend on it.

    Notes
    -----
    The source gives no formula of the affinity that could be had; this one, the signs, the rank choice, the null and
    the priors of the block model are ours. Several recordings must share their clock: frames are counted from the start
    of each. A unit that is all NaN, or constant, in one recording is missing there: it has weight zero in the fit, not
    affinity zero. Two units never known together have no edge in the snapshots and NaN in the networks; the block model
    takes them for not linked.

    Rank choice: upwards through the stable ranks; the next one is taken if each component more pays in the prediction
    of hidden entries (`least_gain` of what the best rank tried, stable or not, gains). A rank that does not pay is
    passed over: a later one is taken if it pays for all components beyond the last taken. The error on hidden entries
    alone seldom rises: affinities are products of two units' slopes, so that what is hidden of one pair shows in
    others. Test: the share of variance over time that a component explains alone, held against the largest such share
    of shifted data, so that p-values hold for all components at once. A component that never changes over time explains
    none.

    Cost: T N^2 / 2 for affinities of T samples; per round of a fit two passes over F A N^2 float32 numbers. Memory
    4 F A N^2 bytes with signs, twice that if something is missing or hidden; 6 (A + 1) F N^2 while they are averaged.

    References
    ----------
    Dyballa et al. (2024), ICLR, arXiv 2402.14102: affinities of derivatives, factors, block models. Ang et al. (2021)
    for the extrapolated updates. Peixoto (2018) for weighted block models.

    Examples
    --------
    >>> import numpy as np
    >>> from interplay import Recording, Series
    >>> t = np.arange(0, 60, 0.25)
    >>> slow, fast = np.sin(t / 2), np.sin(1.3 * t)
    >>> traces = Series.regular(np.stack([slow, slow, fast, -fast], axis=1), dt_s=0.25)
    >>> found = AffinityFactors(rank=2, restarts=3, blocks=False).fit(Recording(traces=traces))
    >>> bool(found.snapshots.matrix(0)[0, 1] > 0), bool(found.snapshots.matrix(0)[2, 3] < 0)
    (True, True)
    """

    bin_s: float | None = None
    smooth_s: float = 1.0
    dead_zone: float = 0.5
    similarity: float = 1.0
    frame_s: float = 1.0
    signs: Literal["pair", "mode", "none"] = "pair"
    rank: int | None = None
    most_components: int = 6
    restarts: int = 5
    congruence: float = 0.9
    least_gain: float = 0.1
    folds: int = 2
    hidden: float = 0.1
    rounds: int = 200
    tolerance: float = 1e-5
    surrogates: int = 0
    alpha: float = 0.05
    keep: Literal["all", "significant"] = "all"
    blocks: bool = True
    window_s: float | None = None
    step_s: float | None = None
    epochs: str | None = None
    seed: int = 0
    jobs: int = 1

    #: Registered name.
    name: ClassVar[str] = "factors"

    def __post_init__(self) -> None:
        for field in ("bin_s", "window_s", "step_s"):
            if getattr(self, field) is not None:
                require_setting(field, getattr(self, field), above=0)
        for field in ("smooth_s", "frame_s"):
            require_setting(field, getattr(self, field), above=0)
        for field in ("dead_zone", "similarity", "tolerance"):
            require_setting(field, getattr(self, field), least=0)
        for field in ("most_components", "restarts", "folds", "rounds", "jobs"):
            require_setting(field, getattr(self, field), least=1, whole=True)
        if self.rank is not None:
            require_setting("rank", self.rank, least=1, whole=True)
        require_setting("surrogates", self.surrogates, least=0, whole=True)
        require_setting("congruence", self.congruence, above=0, most=1)
        require_setting("least_gain", self.least_gain, least=0, below=1)
        for field in ("hidden", "alpha"):
            require_setting(field, getattr(self, field), above=0, below=1)
        require_choice("signs", self.signs, ("pair", "mode", "none"))
        require_choice("keep", self.keep, ("all", "significant"))
        fewest = ceil((1.0 - _EDGE) / self.alpha) - 1
        if self.keep == "significant" and self.surrogates < max(fewest, 1):
            raise ConfigError(
                f'`keep="significant"` must come with `surrogates` >= {max(fewest, 1)} at `alpha`={self.alpha:g}, got '
                f"{self.surrogates}: no p-value could be that small. Set, say, surrogates=99."
            )

    def fit(self, data: Pooled, *, progress: Progress | None = None) -> FactorResult:
        """Factorise the affinities of one recording, or of several that share their clock.

        Parameters
        ----------
        data : Recording, Events, or a sequence of these
            Several must have the same units in the same order; a trace that is all NaN is a unit not identified.
        progress : callable or None
            Called as progress(fits done, fits in all).

        Returns
        -------
        FactorResult

        Raises
        ------
        DataError
            If what is asked for is not in `data`, recordings do not match, or no two units are ever known together.
        """
        several = [data] if isinstance(data, Recording | Events) else list(data)
        runs = sample_runs(data, self.bin_s, epochs=self.epochs, least=_LEAST_SAMPLES)
        if runs.n_units < 2:
            raise DataError(f"`data` must hold at least 2 units for `factors`, got {runs.n_units}. There are no pairs.")
        origin = np.array([one.span[0] for one in several])
        order = _own_order(runs)
        # Steps measured on different clocks differ in their last digits; nothing may hang on those.
        runs = replace(runs, values=tuple(v[:, order] for v in runs.values), dt_s=float(f"{runs.dt_s:.9g}"))
        slopes, notes = unit_slopes(runs, self.smooth_s)
        tensor = self._tensor(runs, slopes, origin)
        x, mask = fits.lay_modes(tensor, self.signs)
        problem = fits.Problem(x, mask, self.rounds, self.tolerance, self.seed)
        count = _Counter(self._fits_in_all(), progress)
        with ThreadPoolExecutor(self.jobs) if self.jobs > 1 else nullcontext() as pool:
            chosen = self._choose(problem, runs.n_units, pool, count)
            share = fits.explained(problem, chosen.fit.factors)
            first = np.argsort(-share, kind="stable")
            share, factors = share[first], [f[:, first] for f in chosen.fit.factors]
            null = self._null(runs, slopes, origin, len(share), pool, count)
        pvalues = None if null is None else (1.0 + (null[:, None] >= share).sum(axis=0)) / (1.0 + len(null))
        return self._result(several, runs, tensor, factors, share, pvalues, chosen, order, runs.notes + notes)

    def _tensor(self, runs: SampleRuns, slopes: list[Floats], origin: Floats) -> AffinityTensor:
        anti = self.signs != "none"
        return build_tensor(runs, slopes, origin, self.frame_s, self.similarity, self.dead_zone, anti)

    def _fits_in_all(self) -> int:
        ranks = 1 if self.rank is not None else self.most_components
        return ranks * self.restarts + (0 if self.rank is not None else ranks * self.folds) + self.surrogates

    def _choose(self, problem: fits.Problem, n_units: int, pool: Executor | None, count: _Counter) -> _Chosen:
        ranks = [self.rank] if self.rank is not None else list(range(1, self.most_components + 1))
        tasks = [(rank, restart) for rank in ranks for restart in range(self.restarts)]
        found: dict[int, list[fits.Fit]] = {rank: [] for rank in ranks}
        for (rank, _), fit in zip(tasks, self._each(pool, lambda t: fits.fit_once(problem, *t), tasks), strict=True):
            found[rank].append(fit)
            count.one()
        best = {rank: fits.stability(of) for rank, of in found.items()}
        stable = np.array([best[rank][1] for rank in ranks])
        if self.rank is not None:
            return _Chosen(best[self.rank][0], np.array(ranks), stable, np.full(1, np.nan), float("nan"))
        wrong, mean = self._predicted(problem, n_units, ranks, pool, count)
        # A single restart agrees with nobody: then the hidden entries decide alone.
        good = np.isnan(stable) | (stable >= self.congruence)
        pick = _elbow(np.flatnonzero(good), wrong, self.least_gain * max(mean - wrong.min(), 0.0))
        return _Chosen(best[ranks[pick]][0], np.array(ranks), stable, wrong, mean)

    def _predicted(
        self, problem: fits.Problem, n_units: int, ranks: list[int], pool: Executor | None, count: _Counter
    ) -> tuple[Floats, float]:
        n_pairs = n_units * (n_units - 1) // 2
        block = max(ceil(10.0 * self.smooth_s / self.frame_s), 1)
        wrong, size, mean = np.zeros(len(ranks)), 0.0, 0.0
        for fold in range(self.folds):
            cells = fits.hidden_cells(problem, n_pairs, block, self.hidden, fold)
            plain, energy = fits.held_out_mean(problem, cells)
            mean, size = mean + plain, size + energy
            tasks = [(cells, rank, fold) for rank in ranks]
            for k, (lost, _) in enumerate(self._each(pool, lambda t: fits.held_out(problem, *t), tasks)):
                wrong[k] += lost
                count.one()
        # No entry hidden, or all of them zero: nothing to predict, and no error known.
        room = size if size > 0 else np.nan
        return np.sqrt(wrong / room), float(np.sqrt(mean / room))

    def _null(
        self,
        runs: SampleRuns,
        slopes: list[Floats],
        origin: Floats,
        rank: int,
        pool: Executor | None,
        count: _Counter,
    ) -> Floats | None:
        if not self.surrogates:
            return None

        def largest(index: int) -> float:
            tensor = self._tensor(runs, shifted(slopes, self.seed, index), origin)
            x, mask = fits.lay_modes(tensor, self.signs)
            problem = fits.Problem(x, mask, self.rounds, self.tolerance, self.seed)
            return float(fits.explained(problem, fits.fit_once(problem, rank, "shifted", index).factors).max())

        found = []
        for value in self._each(pool, largest, range(self.surrogates)):
            found.append(value)
            count.one()
        return np.array(found)

    def _each(self, pool: Executor | None, work: Callable[[Any], Any], tasks: Any) -> Any:
        return ordered_map(pool, work, tasks, self.jobs)

    def _result(
        self,
        several: Sequence[Recording | Events],
        runs: SampleRuns,
        tensor: AffinityTensor,
        factors: list[Floats],
        share: Floats,
        pvalues: Floats | None,
        chosen: _Chosen,
        order: NDArray[np.int64],
        notes: tuple[str, ...],
    ) -> FactorResult:
        n, rank = runs.n_units, len(share)
        co, anti = _pair_values(factors, tensor, self.signs)
        loading = np.full((len(several), rank), np.nan)
        loading[tensor.recordings] = factors[1] if len(tensor.recordings) > 1 else 1.0
        known = np.ones((1, 1, 1, co.shape[0])) if tensor.known is None else tensor.known
        pairs_known = np.asarray(known.any(axis=(0, 1, 2)))
        back = np.argsort(order)
        networks = _square(np.where(pairs_known[:, None], co - anti, np.nan), n)[:, back][:, :, back]
        co_networks = _square(np.where(pairs_known[:, None], co, np.nan), n)[:, back][:, :, back]
        bounds = self._bounds(several, tensor)
        shares = _window_means(factors[0], tensor.start_s, bounds)
        used = np.ones(rank, dtype=bool)
        if self.keep == "significant" and pvalues is not None:
            used = np.asarray(pvalues <= self.alpha)
        present = np.asarray(tensor.unit_known.any(axis=0))[back]
        weight = networks * np.nanmean(loading, axis=0)[:, None, None]
        snapshots = mixed_snapshots(weight * used[:, None, None], shares, bounds, directed=False, present=present)
        met = ~np.isnan(networks[0])
        snapshots = snapshots.filter(met[snapshots.src, snapshots.dst])
        grouped = self._grouped(co_networks, present, back)
        mass = np.nan_to_num(shares) * np.abs(np.nan_to_num(weight)).sum(axis=(1, 2)) * used
        dominant = np.where(mass.max(axis=1, initial=0.0) > 0, np.argmax(mass, axis=1), -1)
        atlas = np.where(dominant[:, None] >= 0, grouped.labels[np.maximum(dominant, 0)], -1)
        apart = int((~met[np.ix_(present, present)]).sum()) // 2
        dead = int(((co + anti).max(axis=0, initial=0.0) <= 0).sum())
        empty = len(several) - len(tensor.recordings)
        notes += self._notes(chosen, rank, (apart, empty, dead), pvalues) + _beaten(chosen)
        return FactorResult(
            config=self,
            made_from=runs.made_from,
            seed=self.seed,
            notes=notes,
            citations=self._citations(),
            snapshots=snapshots,
            method=self.name,
            quantity="modelled co-affinity less anti-affinity of slopes, in robust standard deviations",
            pooled=True,
            rank=rank,
            frame_start_s=tensor.start_s,
            frame_s=self.frame_s,
            activity=factors[0],
            loading=loading,
            networks=networks,
            co_networks=co_networks,
            error=chosen.fit.error,
            explained=share,
            pvalues=pvalues,
            tried=chosen.tried,
            stability=chosen.stable,
            held_out=chosen.held_out,
            held_out_mean=chosen.mean,
            blocks=grouped.labels,
            block_levels=grouped.levels,
            block_nats=grouped.nats,
            block_nats_one=grouped.one,
            shares=shares,
            dominant=dominant,
            atlas=atlas,
        )

    def _notes(
        self, chosen: _Chosen, rank: int, counts: tuple[int, int, int], pvalues: Floats | None
    ) -> tuple[str, ...]:
        notes = []
        apart, empty, dead = counts
        if not chosen.fit.converged:
            notes.append(f"The fit had not settled after {self.rounds} rounds; raise `rounds`.")
        if empty:
            notes.append(f"{empty} recordings hold no two units that are known together: their loading is NaN.")
        if apart:
            notes.append(
                f"{apart} pairs of units were never known at the same time: they have no edge, and their affinity is "
                "unknown, not zero."
            )
        if dead:
            notes.append(f"{dead} of {rank} components are zero: fewer are enough.")
        if self.rank is None and not (chosen.stable >= self.congruence).any() and self.restarts > 1:
            notes.append("No number of components was stable over restarts; one component is given.")
        if self.rank is None and np.isnan(chosen.held_out).all():
            notes.append(
                "No affinity above zero was hidden, so that nothing could be predicted: the number of components is "
                "the least stable one, not a choice. Raise `hidden` or `folds`, or lower `dead_zone`."
            )
        if self.keep == "significant" and pvalues is not None and not (pvalues <= self.alpha).any():
            notes.append(f"No component is significant at alpha={self.alpha:g}: every network is zero.")
        return tuple(notes)

    def _bounds(self, several: Sequence[Recording | Events], tensor: AffinityTensor) -> Floats:
        if len(several) == 1 and not isinstance(several[0], Events):
            observed = several[0].observed
        else:
            stop = max(one.span[1] - one.span[0] for one in several)
            start = several[0].span[0] if len(several) == 1 else 0.0
            observed = Intervals.single(start, start + stop)
        if self.window_s is None:
            return np.array([[observed.start[0], observed.stop[-1]]])
        return windows(observed, self.window_s, self.window_s if self.step_s is None else self.step_s)

    def _grouped(self, co_networks: Floats, present: NDArray[np.bool_], back: NDArray[np.int64]) -> _Grouped:
        from interplay.measures import weighted_blocks

        rank, n = co_networks.shape[:2]
        labels = np.full((rank, n), -1, dtype=np.int64)
        levels: list[tuple[NDArray[np.int64], ...]] = [()] * rank
        nats, one = np.full(rank, np.nan), np.full(rank, np.nan)
        for r in range(rank):
            pairs = np.nan_to_num(co_networks[r])
            linked = pairs.any(axis=0) & present
            if not self.blocks or not linked.any():
                continue
            # In the order that hangs on the data alone, as the fit itself.
            own = np.argsort(back)
            own = own[linked[own]]
            model = weighted_blocks(pairs[np.ix_(own, own)], weights="exponential", seed=self.seed)
            nats[r], one[r] = model.nats, model.nats_one_block
            laid = []
            for level in model.levels:
                out = np.full(n, -1, dtype=np.int64)
                out[own] = level
                laid.append(out)
            labels[r], levels[r] = laid[0], tuple(laid)
        return _Grouped(labels, tuple(levels), nats, one)

    def _citations(self) -> tuple[str, ...]:
        keys = ["dyballa2024connectome", "ang2021extrapolation"]
        if self.blocks:
            keys += ["peixoto2014nested", "peixoto2018weighted"]
        return tuple(keys)


class _Chosen(NamedTuple):
    """The fit that is kept, and what was tried for it."""

    fit: fits.Fit
    tried: NDArray[np.int64]
    stable: Floats
    held_out: Floats
    mean: float


def _beaten(chosen: _Chosen) -> tuple[str, ...]:
    """Say so where no number of components foresees hidden entries better than the trivial baseline."""
    known = chosen.held_out[np.isfinite(chosen.held_out)]
    if not len(known) or not np.isfinite(chosen.mean) or known.min() < chosen.mean:
        return ()
    return (
        f"No number of components that was tried foresees hidden affinities better than each pair's mean (relative "
        f"error {known.min():.3g} against {chosen.mean:.3g}): the factors describe these data and say nothing beyond.",
    )


class _Grouped(NamedTuple):
    labels: NDArray[np.int64]
    levels: tuple[tuple[NDArray[np.int64], ...], ...]
    nats: Floats
    one: Floats


class _Counter:
    """Tell the caller how many fits are done."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.done, self.total, self.progress = 0, total, progress

    def one(self) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total)


def _elbow(stable: NDArray[np.int64], wrong: Floats, least: float) -> int:
    """Walk up the stable ranks, taking each that lowers the error enough per component; without one, the first.

    Unknown errors (NaN) lower nothing.
    """
    pick = int(stable[0]) if len(stable) else 0
    for k in stable[1:].tolist():
        if wrong[pick] - wrong[k] >= least * (k - pick) and wrong[k] < wrong[pick]:
            pick = k
    return pick


def _own_order(runs: SampleRuns) -> NDArray[np.int64]:
    """Order units by a digest of their samples, so that the numbers they happen to have decide nothing."""
    keys = []
    for i in range(runs.n_units):
        state = hashlib.blake2b(digest_size=16)
        for values in runs.values:
            state.update(np.ascontiguousarray(values[:, i]).data)
        keys.append(state.hexdigest())
    return np.array(sorted(range(runs.n_units), key=lambda i: keys[i]), dtype=np.int64)


def _pair_values(factors: list[Floats], tensor: AffinityTensor, signs: str) -> tuple[Floats, Floats]:
    """Co- and anti-affinity of each pair at full activity, (P, R) each."""
    pairs = factors[-1]
    if signs == "none":
        return pairs, np.zeros_like(pairs)
    if signs == "mode":
        return pairs * factors[-2][0], pairs * factors[-2][1]
    half = tensor.values.shape[3]
    return pairs[:half], pairs[half:]


def _square(values: Floats, n: int) -> Floats:
    """Lay (P, R) values of pairs out as (R, N, N) symmetric matrices."""
    i, j = np.triu_indices(n, 1)
    out = np.zeros((values.shape[1], n, n))
    out[:, i, j] = values.T
    out[:, j, i] = values.T
    return out


def _window_means(activity: Floats, start_s: Floats, bounds: Floats) -> Floats:
    """Mean activity over the frames that begin in each window; NaN where none does."""
    out = np.full((len(bounds), activity.shape[1]), np.nan)
    low, high = np.searchsorted(start_s, bounds - _EDGE).T
    for s, (a, b) in enumerate(zip(low, high, strict=True)):
        if a < b:
            out[s] = activity[a:b].mean(axis=0)
    return out
