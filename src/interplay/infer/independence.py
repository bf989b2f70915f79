"""Which lagged effects tests of conditional independence leave standing, with dropouts deleted test by test.

References
----------
Dai et al. (2024), ICLR: test-wise deletion under dropouts.
Colombo, Maathuis (2014), J Mach Learn Res 15:3921, for a search whose result does not depend on the order of units.
Runge et al. (2019), Science Advances 5:eaau4996, for the search among lagged causes, strongest conditions first.
Fisher (1924), Metron 3:329, for the law of a partial correlation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay.data import Snapshots
from interplay.infer.edges import ordered_map, require_choice, watched
from interplay.infer.independence_results import IndependenceResult
from interplay.infer.sequences import Pooled, SampleRuns, sample_runs

Floats = NDArray[np.float64]
Dropouts = Literal["none", "test_wise", "list_wise", "impute"]

#: Rows a window needs beyond the lags: the law of a correlation wants more than three.
_FEWEST = 5


class _Lagged(NamedTuple):
    """A window's variables (q, n): the present of d units, then their pasts; scaled to mean 0 and size about 1."""

    values: Floats
    seen: NDArray[np.bool_]
    firm: NDArray[np.bool_]
    covariance: Floats | None
    present: NDArray[np.bool_]
    dropped: float


class _Verdict(NamedTuple):
    """What the tests of one target found, per past variable; and how many tests there were."""

    linked: NDArray[np.bool_]
    partial: Floats
    pvalue: Floats
    counts: tuple[int, int, int]
    fewest_rows: int


@dataclass(frozen=True, kw_only=True)
class IndependenceTests:
    """Lagged causes of every unit that no test of conditional independence removes.

    The past of i is a cause of j unless some set of other pasts makes the two independent. Tests are partial
    correlations; sets grow from none to `conditions` variables, taken from what still is a candidate.

    Parameters
    ----------
    bin_s : float, s, > 0, or None
        None takes the traces; a number counts spikes in bins of that width.
    window_s, step_s : float, s, > 0, or None
        Windows that are tested each alone; `window_s` None tests the whole recording at once. `step_s` None means
        `window_s`. Rows never cross a gap, an epoch or a window.
    epochs : str or None
        Name of the recording's epochs to keep to. A window with fewer than five rows has no unit present.
    lags : int, >= 1
        How many samples back causes are looked for.
    conditions : int, >= 0
        Largest number of variables held fixed.
    subsets : int, >= 1, or None
        How many sets of each size are tried for a link, strongest first; None tries all.
    dropouts : {"none", "test_wise", "list_wise", "impute"}
        What values of `floor` or below are: values like others ("none"), or failures to measure, whose rows a test
        leaves out where a variable it holds fixed failed ("test_wise"), or where any variable at all failed
        ("list_wise"), or which are set to the mean of the unit's other values ("impute").
    floor : float
        Of the values that are dropouts.
    scarce : {"independent", "untested"}
        What follows from a test with too few rows for its law: the link goes, as published, or nothing.
    alpha : float, in (0, 1)
        A link goes when a test's p-value is above it. It holds for each lag by itself: with more lags more pairs are
        linked at some lag by chance.
    keep : {"all", "skeleton"}
        "all" stores every pair of present units that could be tested; "skeleton" those that are linked at some lag.
    jobs : int, >= 1
        Threads. The result does not depend on it.

    Raises
    ------
    ConfigError
        If a number is out of range or a word is unknown.

    Notes
    -----
    A pair's weight is its partial correlation at the lag with the smallest p-value, in the test that spoke most for
    independence; its p-value is that one times the number of lags, at most 1. It is not uniform without a link: a
    maximum over tests leans towards 1.

    NaN are deleted test by test, whatever `dropouts` says: a test uses the rows where all its variables are known,
    which is right where values go missing at random. A unit that is constant is absent.

    Test-wise deletion is right where a unit's dropouts hang on nothing but its own value. Rows where a tested, not
    conditioned, variable failed stay in. A spike count of zero is a value, not a failure: "none" is the default.

    Instantaneous effects are not looked for, and may appear as lagged ones through a common cause. Law: z = atanh(r)
    sqrt(n - |S| - 3), two-sided, as if rows were independent; past values of the target among the conditions take up
    its autocorrelation. A link whose variables a condition determines (two equal units) is left untested by it.

    Cost: one pass over the rows per test; without dropouts and NaN none, as covariances are computed once.

    References
    ----------
    Dai et al. (2024). Colombo, Maathuis (2014). Runge et al. (2019). Fisher (1924).

    Examples
    --------
    A common cause, and a chain. The tests remove what the cause explains.

    >>> import numpy as np
    >>> from interplay import Recording, Series
    >>> x = np.random.default_rng(1).standard_normal((600, 3))
    >>> x[1:, 1] += 0.8 * x[:-1, 0]
    >>> x[1:, 2] += 0.8 * x[:-1, 1]
    >>> recording = Recording(traces=Series.regular(x, dt_s=0.1))
    >>> found = IndependenceTests(lags=2, alpha=0.01, keep="skeleton").fit(recording)
    >>> (found.snapshots.matrix(0) != 0).astype(int).tolist()
    [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    """

    bin_s: float | None = None
    window_s: float | None = None
    step_s: float | None = None
    epochs: str | None = None
    lags: int = 2
    conditions: int = 3
    subsets: int | None = 10
    dropouts: Dropouts = "none"
    floor: float = 0.0
    scarce: Literal["independent", "untested"] = "independent"
    alpha: float = 0.05
    keep: Literal["all", "skeleton"] = "all"
    jobs: int = 1

    def __post_init__(self) -> None:
        for name in ("bin_s", "window_s", "step_s"):
            if getattr(self, name) is not None:
                require_setting(name, getattr(self, name), above=0)
        require_setting("lags", self.lags, least=1, whole=True)
        require_setting("conditions", self.conditions, least=0, whole=True)
        if self.subsets is not None:
            require_setting("subsets", self.subsets, least=1, whole=True)
        require_setting("alpha", self.alpha, above=0, below=1)
        require_setting("floor", self.floor)
        require_setting("jobs", self.jobs, least=1, whole=True)
        require_choice("dropouts", self.dropouts, ("none", "test_wise", "list_wise", "impute"))
        require_choice("scarce", self.scarce, ("independent", "untested"))
        require_choice("keep", self.keep, ("all", "skeleton"))

    def fit(self, data: Pooled, *, progress: Progress | None = None) -> IndependenceResult:
        """Test every window.

        Parameters
        ----------
        data : Recording, Events, or a sequence of these
            Several must have the same units; they are tested together, no row crossing from one to the next.
        progress : callable or None
            Called as progress(windows done, windows in all).

        Returns
        -------
        IndependenceResult
            Directed, signed.

        Raises
        ------
        DataError
            If what is asked for is not in `data`, or every window holds too few samples.
        ConfigError
            If windows are asked for of several recordings.
        """
        runs = sample_runs(
            data, self.bin_s, window_s=self.window_s, step_s=self.step_s, epochs=self.epochs, least=self.lags + 1
        )
        n, n_windows = runs.n_units, len(runs.bounds)
        shape = (n_windows, self.lags, n, n)
        links, partial, pvalue = np.zeros(shape, dtype=bool), np.full(shape, np.nan), np.full(shape, np.nan)
        counts, rows = np.zeros((n_windows, 3), dtype=np.int64), np.zeros(n_windows, dtype=np.int64)
        fewest = np.full(n_windows, -1, dtype=np.int64)
        present, dropped = np.zeros((n_windows, n), dtype=bool), np.zeros(n_windows)
        with ThreadPoolExecutor(self.jobs) if self.jobs > 1 else nullcontext() as pool:
            for s in watched(range(n_windows), n_windows, progress):
                lagged = self._lagged(runs, s)
                present[s], rows[s], dropped[s] = lagged.present, lagged.values.shape[1], lagged.dropped
                unit = np.flatnonzero(lagged.present)
                for dst, found in zip(unit, self._verdicts(lagged, pool), strict=True):
                    d = len(unit)
                    links[s][:, unit, dst] = found.linked.reshape(-1, d)
                    partial[s][:, unit, dst] = found.partial.reshape(-1, d)
                    pvalue[s][:, unit, dst] = found.pvalue.reshape(-1, d)
                    counts[s] += found.counts
                    if found.fewest_rows >= 0:
                        fewest[s] = found.fewest_rows if fewest[s] < 0 else min(fewest[s], found.fewest_rows)
        if (rows < _FEWEST).all():
            raise DataError(
                f"`data` must hold at least {_FEWEST} samples with {self.lags} samples before them in some window, got "
                f"at most {rows.max()} in {n_windows} windows. Lengthen `window_s`, shorten `bin_s`, or take fewer "
                "`lags`."
            )
        return IndependenceResult(
            config=self,
            made_from=runs.made_from,
            notes=runs.notes + self._notes(present, counts, fewest, dropped, rows < _FEWEST),
            citations=self._citations(),
            snapshots=_network(links, partial, pvalue, present, runs.bounds, self.keep),
            method="independence",
            quantity="partial correlation of the source's past with the target, in [-1, 1], at the most telling lag",
            pooled=runs.several,
            links=links,
            partial=partial,
            pvalue=pvalue,
            n_tests=counts[:, 0],
            n_scarce=counts[:, 1],
            n_undefined=counts[:, 2],
            fewest_rows=fewest,
            n_rows=rows,
            dt_s=runs.dt_s,
        )

    def _lagged(self, runs: SampleRuns, s: int) -> _Lagged:
        from interplay.ops.dynotears import lagged_rows

        pieces = [runs.values[k][part] for k, part in runs.in_window(s)]
        z = [lagged_rows(piece, self.lags) for piece in pieces if len(piece) > self.lags]
        n_units = runs.n_units
        rows = np.concatenate(z) if z else np.empty((0, (self.lags + 1) * n_units))
        if len(rows) < _FEWEST:
            nothing = np.empty((0, len(rows)))
            nobody = nothing.astype(bool)
            return _Lagged(nothing, nobody, nobody, None, np.zeros(n_units, dtype=bool), math.nan)
        seen = np.isfinite(rows)
        alive = seen & (rows > self.floor)
        if self.dropouts == "impute":
            known = np.maximum(alive.sum(axis=0), 1)
            rows = np.where(seen & ~alive, np.where(alive, rows, 0.0).sum(axis=0) / known, rows)
        dropped = 1.0 - alive.sum() / seen.sum() if seen.any() else 0.0
        low, high = np.where(seen, rows, np.inf).min(axis=0), np.where(seen, rows, -np.inf).max(axis=0)
        present = (low < high).reshape(self.lags + 1, n_units).all(axis=0)
        kept = np.tile(present, self.lags + 1)
        rows, seen, alive = rows[:, kept], seen[:, kept], alive[:, kept]
        count = np.maximum(seen.sum(axis=0), 1)
        x = np.where(seen, rows, 0.0)
        x = np.where(seen, rows - x.sum(axis=0) / count, 0.0)
        # Squares of very small or large values leave the range of numbers; a power of two changes no digit.
        x = np.ldexp(x, -np.frexp(np.abs(x).max(axis=0))[1])
        x /= np.sqrt((x * x).sum(axis=0) / count)
        firm = seen & alive if self.dropouts == "test_wise" else seen
        if self.dropouts == "list_wise":
            whole = np.all(seen & alive, axis=1, keepdims=True)
            seen = firm = np.broadcast_to(whole, seen.shape)
        covariance = x.T @ x if firm.all() else None
        return _Lagged(
            np.ascontiguousarray(x.T),
            np.ascontiguousarray(seen.T),
            np.ascontiguousarray(firm.T),
            covariance,
            present,
            float(dropped),
        )

    def _verdicts(self, lagged: _Lagged, pool: Executor | None) -> list[_Verdict]:
        targets = range(int(lagged.present.sum()))
        return list(ordered_map(pool, lambda j: self._search(lagged, j), targets, 2 * self.jobs))

    def _search(self, lagged: _Lagged, target: int) -> _Verdict:
        """Remove candidates of one target, holding fixed sets of growing size."""
        d, q = int(lagged.present.sum()), len(lagged.values)
        past = range(d, q)
        linked = np.ones(q, dtype=bool)
        strength, partial, pvalue = np.full(q, np.inf), np.full(q, np.nan), np.full(q, np.nan)
        tested = scarce = undefined = 0
        fewest = lagged.values.shape[1]
        for size in range(self.conditions + 1):
            still = [c for c in past if linked[c]]
            if len(still) <= size:
                break
            # A level's sets are of what stood when it began, so that the order of units cannot matter.
            ranked = sorted(still, key=lambda c: -strength[c])
            for c in still:
                sets = combinations([k for k in ranked if k != c], size)
                for fixed in sets if self.subsets is None else islice(sets, self.subsets):
                    tested += 1
                    r, rows = _test(lagged, c, target, fixed)
                    fewest = min(fewest, rows)
                    if rows - size - 3 < 1:
                        scarce += 1
                        if self.scarce == "untested":
                            continue
                        p = 1.0
                    elif math.isnan(r):
                        undefined += 1
                        continue
                    else:
                        p = _fisher(r, rows - size - 3)
                        strength[c] = min(strength[c], abs(r))
                    if not pvalue[c] >= p:
                        pvalue[c], partial[c] = p, r
                    if p > self.alpha:
                        linked[c] = False
                        break
        linked &= ~np.isnan(pvalue)
        counts = (tested, scarce, undefined)
        return _Verdict(linked[d:], partial[d:], pvalue[d:], counts, fewest if tested else -1)

    def _notes(
        self,
        present: NDArray[np.bool_],
        counts: NDArray[np.int64],
        fewest: NDArray[np.int64],
        dropped: Floats,
        short: NDArray[np.bool_],
    ) -> tuple[str, ...]:
        notes = []
        if short.any():
            notes.append(
                f"{int(short.sum())} of {len(short)} windows (the first: {int(np.argmax(short))}) hold fewer than "
                f"{_FEWEST} samples with {self.lags} samples before them: no unit is present there."
            )
        absent = ~present[~short]
        if absent.any():
            notes.append(
                f"{int(absent.any(axis=0).sum())} of {present.shape[1]} units are constant or unknown in at least "
                "one window and absent there: their partial correlations are undefined, not zero."
            )
        tests, scarce, undefined = counts.sum(axis=0).tolist()
        if self.dropouts != "none":
            notes.append(
                f"{np.nanmean(dropped):.3f} of the values are at `floor`={self.floor:g} or below and count as dropouts "
                f"({self.dropouts}); "
                + (f"the smallest test rests on {fewest[fewest >= 0].min()} rows." if tests else "no test was made.")
            )
        if scarce:
            notes.append(
                f"{scarce} of {tests} tests had too few rows and "
                + ("count as independence." if self.scarce == "independent" else "were not made.")
            )
        if undefined:
            notes.append(
                f"{undefined} of {tests} tests are undefined, a variable being determined by those held fixed, and "
                "removed nothing."
            )
        return tuple(notes)

    def _citations(self) -> tuple[str, ...]:
        keys = ("colombo2014order", "fisher1924partial", "runge2019detecting")
        return (*keys, "dai2024dropouts") if self.dropouts == "test_wise" else keys


def _test(lagged: _Lagged, source: int, target: int, fixed: Sequence[int]) -> tuple[float, int]:
    """Give a partial correlation and the rows it rests on."""
    from interplay.ops.independence import gather, last_two, moments

    chosen = np.array([*fixed, source, target], dtype=np.int64)
    product = np.empty((len(chosen), len(chosen)))
    if lagged.covariance is not None:
        gather(lagged.covariance, chosen, product)
        rows = lagged.values.shape[1]
    else:
        rows = moments(lagged.values, lagged.seen, lagged.firm, chosen, product)
    return float(last_two(product)), int(rows)


def _fisher(r: float, freedom: int) -> float:
    """Give the two-sided p-value of a partial correlation."""
    z = math.atanh(min(abs(r), 1.0 - 1e-15)) * math.sqrt(freedom)
    return math.erfc(z / math.sqrt(2.0))


def _network(
    links: NDArray[np.bool_],
    partial: Floats,
    pvalue: Floats,
    present: NDArray[np.bool_],
    bounds: Floats,
    keep: str,
) -> Snapshots:
    """Report every pair at the lag with the smallest p-value."""
    order = np.where(np.isnan(partial), np.inf, np.where(np.isnan(pvalue), np.inf, pvalue))
    best = order.argmin(axis=1)[:, None]
    weight = np.take_along_axis(partial, best, axis=1)[:, 0]
    p = np.minimum(1.0, np.take_along_axis(pvalue, best, axis=1)[:, 0] * links.shape[1])
    known = ~np.isnan(weight) & ~np.eye(links.shape[2], dtype=bool)
    known &= links.any(axis=1) if keep == "skeleton" else True
    return Snapshots.from_dense(
        np.where(known, weight, 0.0),
        bounds,
        directed=True,
        pvalues=np.where(known, p, 1.0),
        present=present,
        keep=known,
    )
