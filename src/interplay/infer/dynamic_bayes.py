"""Dynamic Bayesian networks with an acyclic instantaneous part (DYNOTEARS), on standardised and on raw variables.

References
----------
Pamfil et al. (2020), AISTATS, PMLR 108:1595, equations 5 to 10.
Reisach, Seiler, Weichwald (2021), NeurIPS 34: what the scale of variables gives away.
Kuensch (1989), Ann Stat 17:1217, for resampling in blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from numbers import Integral
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.rng import stream
from interplay.infer.bayes_assembly import (
    Fit,
    Report,
    Rows,
    Steps,
    Window,
    compare_scales,
    network,
    penalty_path,
    scale_fit,
    spread,
    warnings,
)
from interplay.infer.bayes_results import DynamicBayesResult
from interplay.infer.edges import ordered_map, require_choice, watched
from interplay.infer.sequences import Pooled, SampleRuns, sample_runs

Floats = NDArray[np.float64]
Scale = Literal["standardised", "raw"]

_FEWEST = 3


@dataclass(frozen=True, kw_only=True)
class DynamicBayes:
    """Sparse linear effects of every unit on every other, within a sample (without cycles) and from the past.

    A sample is a weighted sum of the same sample (no cycles), of the `lags` samples before it, and noise. Weights
    minimise half the mean squared error plus an l1 penalty. Nothing tells the direction of an instantaneous edge
    apart except lagged effects and the scale of the variables; so every window is fitted twice, standardised and raw,
    and the result says how far the two differ.

    Parameters
    ----------
    bin_s : float, s, > 0, or None
        None takes the traces; a number counts spikes in bins of that width.
    window_s, step_s : float, s, > 0, or None
        Windows that are fitted each alone; `window_s` None fits the whole recording at once. `step_s` None means
        `window_s`. Rows never cross a gap, an epoch or a window.
    epochs : str or None
        Name of the recording's epochs to keep to. A window with fewer than three rows has no unit present.
    lags : int, >= 1
        How many samples back effects reach.
    lambda_w, lambda_a : float, > 0, or None
        Penalty of instantaneous and of lagged weights. None: ``sqrt(log((p + 1) d) / n)`` for d units, p lags and n
        rows, on raw variables times the smallest variance of a unit, which bounds the noise where all have the same.
    cut_w : float, >= 0, or None
        Instantaneous weights of this size or below are set to zero; None: the least that leaves no cycle.
    cut_a : float, >= 0
        The same of lagged weights.
    polish : bool
        Minimise once more without the instantaneous weights that were cut, which takes away what the solver's
        tolerance leaves. False leaves the published solution.
    instant : bool
        False drops instantaneous effects, as suits bins shorter than synaptic delays: the problem is a lasso.
    scale : {"standardised", "raw"}
        Which fit the snapshots show; both are in the result.
    compare : bool
        False fits the scale that is shown only, in half the time and without a warning of varsortability.
    report : {"strongest", "sum", "instant", "lagged"}
        What the one weight of a pair is: the coefficient of largest size over lags 0 to p, the sum of all, lag 0, or
        the one of largest size over lags 1 to p.
    path : int, >= 0
        How many penalties, from the one that leaves no edge down to `lambda_w` and `lambda_a`, are fitted each alone;
        0 fits the last only.
    choose : {"last", "bic"}
        Which one of the path is reported.
    bootstrap : int, >= 0
        How many times rows are drawn anew, in blocks, and fitted, for the stability of edges. A unit that does not
        vary in what was drawn is left out of that fit, and its edges are judged by the other draws.
    block_s : float, s, > 0, or None
        Length of a block; None: the cube root of the number of rows, at least `lags` + 1, in samples.
    forbidden : sequence of (src, dst) or (src, dst, lag)
        Effects known not to be: unit numbers, at one lag or at every one.
    missing : {"absent", "rows"}
        With NaN: the unit is absent from the window, or rows with a NaN are left out (valid where values go missing
        at random).
    tolerance : float, > 0
        Largest cyclicity the solver stops at.
    max_rounds : int, >= 1
        Of the multiplier.
    seed : int, >= 0
        Of the bootstrap.
    jobs : int, >= 1
        Threads. The result does not depend on it.

    Raises
    ------
    ConfigError
        If a number is out of range or a word is unknown.

    Notes
    -----
    Snapshots store the pairs whose weight is not zero. Lagged effects of a unit on itself are in the result's weights,
    not in the snapshots. A constant unit is absent. There are no p-values: an l1 penalty has none; `bootstrap` tells
    how often an edge returns.

    Deviations from the paper: rows are centred; the minimisation works on second moments, so that its cost does not
    grow with the number of rows; inner problems go on from one another and work on the weights that can be other than
    zero (see `interplay.ops.dynotears`); `polish`. Standardisation, `lambda` None, the least cut and the shares of
    varsortability in the warning are ours.

    Two units with the same noise, once standardised, are symmetric: no direction exists, and the solver may cut the
    edge both ways. Time per evaluation O((p + 1)^2 d^3), thousands of evaluations.

    References
    ----------
    Pamfil et al. (2020). Reisach, Seiler, Weichwald (2021). Kuensch (1989).

    Examples
    --------
    >>> import numpy as np
    >>> from interplay import Recording, Series
    >>> x = np.random.default_rng(0).standard_normal((400, 3))
    >>> x[1:, 1] += 0.8 * x[:-1, 0]
    >>> x[1:, 2] -= 0.8 * x[:-1, 1]
    >>> recording = Recording(traces=Series.regular(x, dt_s=0.1))
    >>> found = DynamicBayes(lambda_w=0.2, lambda_a=0.2).fit(recording).snapshots
    >>> np.sign(found.matrix(0)).astype(int).tolist()
    [[0, 1, 0], [0, 0, -1], [0, 0, 0]]
    """

    bin_s: float | None = None
    window_s: float | None = None
    step_s: float | None = None
    epochs: str | None = None
    lags: int = 1
    lambda_w: float | None = None
    lambda_a: float | None = None
    cut_w: float | None = None
    cut_a: float = 0.0
    polish: bool = True
    instant: bool = True
    scale: Scale = "standardised"
    compare: bool = True
    report: Report = "strongest"
    path: int = 0
    choose: Literal["last", "bic"] = "last"
    bootstrap: int = 0
    block_s: float | None = None
    forbidden: Sequence[Sequence[int]] = ()
    missing: Literal["absent", "rows"] = "absent"
    tolerance: float = 1e-8
    max_rounds: int = 100
    seed: int = 0
    jobs: int = 1

    def __post_init__(self) -> None:
        for name in ("bin_s", "window_s", "step_s", "lambda_w", "lambda_a", "block_s", "tolerance"):
            if getattr(self, name) is not None:
                require_setting(name, getattr(self, name), above=0)
        if self.cut_w is not None:
            require_setting("cut_w", self.cut_w, least=0)
        require_setting("cut_a", self.cut_a, least=0)
        for name, least in (("lags", 1), ("path", 0), ("bootstrap", 0), ("max_rounds", 1), ("seed", 0), ("jobs", 1)):
            require_setting(name, getattr(self, name), least=least, whole=True)
        require_choice("scale", self.scale, ("standardised", "raw"))
        require_choice("report", self.report, ("strongest", "sum", "instant", "lagged"))
        require_choice("choose", self.choose, ("last", "bic"))
        require_choice("missing", self.missing, ("absent", "rows"))
        if self.choose == "bic" and self.path < 2:
            raise ConfigError(f'`choose="bic"` must come with `path` >= 2, got {self.path}. Set, say, path=10.')
        if not self.instant and (self.scale == "raw" or self.report == "instant"):
            raise ConfigError(
                f"`instant=False` must come with `scale`='standardised' and a `report` of lagged weights, got "
                f"{self.scale!r} and {self.report!r}. Without instantaneous edges one scale is fitted."
            )
        object.__setattr__(self, "forbidden", _plain(self.forbidden, self.lags))

    def fit(self, data: Pooled, *, progress: Progress | None = None) -> DynamicBayesResult:
        """Fit every window, on both scales.

        Parameters
        ----------
        data : Recording, Events, or a sequence of these
            Several must have the same units; they are fitted together, no row crossing from one to the next.
        progress : callable or None
            Called as progress(windows done, windows in all).

        Returns
        -------
        DynamicBayesResult
            Directed, signed.

        Raises
        ------
        DataError
            If what is asked for is not in `data`, or every window holds fewer than three rows.
        ConfigError
            If windows are asked for of several recordings, or `forbidden` names a unit that is not there.
        """
        runs = sample_runs(
            data, self.bin_s, window_s=self.window_s, step_s=self.step_s, epochs=self.epochs, least=self.lags + 1
        )
        named = max((max(entry[:2]) for entry in self.forbidden), default=-1)
        if named >= runs.n_units:
            raise ConfigError(f"`forbidden` must name units below {runs.n_units}, got {named}. Count units from 0.")
        n_windows = len(runs.bounds)
        with ThreadPoolExecutor(self.jobs) if self.jobs > 1 else nullcontext() as pool:
            inner = pool if n_windows < self.jobs else None
            outer = None if inner is not None else pool
            found = list(
                watched(
                    ordered_map(outer, lambda s: self._window(runs, s, inner), range(n_windows), 2 * self.jobs),
                    n_windows,
                    progress,
                )
            )
        if all(window.rows.short for window in found):
            raise DataError(
                f"`data` must hold at least {_FEWEST} samples with {self.lags} samples before them in some window, got "
                f"at most {max(window.rows.found for window in found)} in {len(found)} windows. Lengthen `window_s`, "
                "shorten `bin_s`, or take fewer `lags`."
            )
        return self._result(runs, found)

    @property
    def _scales(self) -> tuple[Scale, ...]:
        """Name the scales to fit."""
        return ("standardised", "raw") if self.instant and self.compare else (self.scale,)

    # Rows of one window.

    def _rows(self, runs: SampleRuns, s: int) -> Rows:
        from interplay.ops.dynotears import lagged_rows

        pieces = [runs.values[k][part] for k, part in runs.in_window(s)]
        z = [lagged_rows(piece, self.lags) for piece in pieces if len(piece) > self.lags]
        n, q = runs.n_units, (self.lags + 1) * runs.n_units
        rows = np.concatenate(z) if z else np.empty((0, q))
        gone, dropped = np.isnan(rows), 0
        if self.missing == "rows" and gone.any():
            # A unit that is never there would take every row with it.
            here = np.tile(~gone.all(axis=0).reshape(self.lags + 1, n).any(axis=0), self.lags + 1)
            whole = ~gone[:, here].any(axis=1)
            dropped = int((~whole).sum())
            rows, gone = rows[whole], gone[whole]
        if len(rows) < _FEWEST:
            return Rows(np.empty((0, 0)), np.empty(0), np.zeros(n, dtype=bool), dropped, len(rows), True)
        varies = (rows != rows[:1]).any(axis=0) & ~gone.any(axis=0)
        present = varies.reshape(self.lags + 1, n).all(axis=0)
        kept = rows[:, np.tile(present, self.lags + 1)]
        centred = kept - kept.mean(axis=0)
        # Squares of very small or large values leave the range of numbers; a power of two changes no digit.
        power = int(np.frexp(np.abs(centred).max(initial=0.0))[1])
        centred = np.ldexp(centred, -power)
        deviation = centred[:, : present.sum()].std(axis=0)
        if not (deviation > 0).all():
            # Beside others of a size more than 1e150 times theirs: as good as constant.
            centred = np.ascontiguousarray(centred[:, np.tile(deviation > 0, self.lags + 1)])
            present[present], deviation = deviation > 0, deviation[deviation > 0]
        deviation = np.tile(deviation, self.lags + 1)
        return Rows(centred, deviation, present, dropped, len(rows), False, power)

    def _window(self, runs: SampleRuns, s: int, pool: Executor | None) -> Window:
        rows = self._rows(runs, s)
        if not rows.present.any():
            return Window(rows, {}, None, None, 0)
        n = len(rows.centred)
        moments = rows.centred.T @ rows.centred / n
        fits: dict[str, Fit] = {}
        path = None
        for scale, (moment, penalty) in {k: self._problem(rows, moments, k) for k in self._scales}.items():
            if self.path and scale == self.scale:
                fits[scale], path = self._along(moment, penalty, n, pool)
            else:
                fits[scale] = self._solve(moment, penalty)
        stability, still = None, 0
        if self.bootstrap:
            stability, still = self._stability(rows, s, runs.dt_s, fits[self.scale], pool)
        return Window(rows, fits, stability, path, still)

    def _problem(self, rows: Rows, moments: Floats, scale: str) -> tuple[Floats, Floats]:
        """Put moments on a scale, and give the penalty of every weight there."""
        d, q = int(rows.present.sum()), len(moments)
        # Raw moments in units of the smallest variance: then tolerances mean the same whatever the unit of measure.
        noise = float(np.min(rows.deviation) ** 2) if scale == "raw" else 1.0
        by = np.outer(rows.deviation, rows.deviation) if scale == "standardised" else noise
        default = np.sqrt(np.log(max(q, 2)) / len(rows.centred))
        unit = 2 * rows.power if scale == "raw" else 0
        with np.errstate(over="ignore"):  # beyond all numbers such a penalty forbids, as it should
            own = [None if k is None else float(np.ldexp(k / noise, -unit)) for k in (self.lambda_w, self.lambda_a)]
        penalty = np.empty((q, d))
        penalty[:d] = (default if own[0] is None else own[0]) if self.instant else np.inf
        penalty[d:] = default if own[1] is None else own[1]
        penalty[np.arange(d), np.arange(d)] = np.inf
        place = np.cumsum(rows.present) - 1
        for src, dst, lag in self.forbidden:
            if rows.present[src] and rows.present[dst]:
                penalty[lag * d + place[src], place[dst]] = np.inf
        return moments / by, penalty

    def _solve(self, moment: Floats, penalty: Floats) -> Fit:
        from interplay.ops.acyclic import least_threshold, topological_order
        from interplay.ops.dynotears import loss, polish, solve

        d = penalty.shape[1]
        # In an order that hangs on the data alone: sweeps over units then end at the same point whatever their names.
        order = np.argsort((moment[:, :d] ** 2).sum(axis=0), kind="stable")
        every = (d * np.arange(len(moment) // d)[:, None] + order).ravel()
        given, forbids = moment, penalty
        moment, penalty = moment[np.ix_(every, every)], penalty[np.ix_(every, order)]
        found = solve(moment, penalty, acyclic=self.instant, tolerance=self.tolerance, rounds=self.max_rounds)
        weights, settled = found.coefficient, found.converged
        cut = 0.0
        if self.instant:
            cut = least_threshold(weights[:d]) if self.cut_w is None else self.cut_w
            if self.polish and topological_order(np.abs(weights[:d]) > cut) is not None:
                weights, well = polish(moment, penalty, weights, cut)
                settled = settled and well
        moment, penalty, sorted_weights = given, forbids, weights
        weights = np.empty_like(sorted_weights)
        weights[np.ix_(every, order)] = sorted_weights
        weights[:d][np.abs(weights[:d]) <= (cut if self.cut_w is not None or not self.polish else 0.0)] = 0.0
        weights[d:][np.abs(weights[d:]) <= self.cut_a] = 0.0
        finite = np.where(np.isinf(penalty), 0.0, penalty)
        w, a = finite[:d].max(initial=0.0), finite[d:].max(initial=0.0)
        return Fit(
            weights=weights.reshape(-1, d, d),
            order=topological_order(weights[:d] != 0),
            cyclicity=found.cyclicity,
            cut=cut,
            objective=loss(moment, weights)[0] + float((finite * np.abs(weights)).sum()),
            penalties=(float(w), float(a)),
            rounds=found.rounds,
            evaluations=found.evaluations,
            converged=settled,
        )

    def _along(self, moment: Floats, penalty: Floats, n_rows: int, pool: Executor | None) -> tuple[Fit, Steps]:
        """Fit along the path; also give its table."""
        d = penalty.shape[1]
        first = float((np.abs(moment[:, :d]) / penalty).max())
        factor = np.geomspace(max(first, 1.0), 1.0, self.path) if self.path > 1 else np.ones(1)
        fits = list(ordered_map(pool, lambda f: self._solve(moment, penalty * f), factor.tolist(), 2 * self.jobs))
        edges = np.array([[np.count_nonzero(f.weights[0]), np.count_nonzero(f.weights[1:])] for f in fits])
        bic = np.array([_bic(moment, f.weights, n_rows) for f in fits])
        chosen = int(np.argmin(bic)) if self.choose == "bic" else len(fits) - 1
        return fits[chosen], Steps(factor, edges, bic, chosen)

    def _stability(self, rows: Rows, s: int, dt_s: float, fit: Fit, pool: Executor | None) -> tuple[Floats, int]:
        """Give the share of replicates, of those where both ends vary, that have each edge with its sign.

        Also give in how many replicates some unit does not vary; the others are fitted without it.
        """
        n = len(rows.centred)
        wanted = max(self.lags + 1, np.ceil(n ** (1 / 3))) if self.block_s is None else self.block_s / dt_s
        block = int(np.clip(round(wanted), 1, n))
        sign = np.sign(fit.weights)
        noise = float(np.min(rows.deviation) ** 2)

        def replicate(b: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
            rng = stream(self.seed, "dynamic_bayes_blocks", (s << 32) | b)
            start = rng.integers(n, size=-(-n // block))
            drawn = ((start[:, None] + np.arange(block)).ravel() % n)[:n]
            x = rows.centred[drawn]
            varies = (x != x[:1]).any(axis=0).reshape(self.lags + 1, -1).all(axis=0)
            same = np.zeros(fit.weights.shape, dtype=bool)
            if not varies.any():
                return same, varies
            x = x[:, np.tile(varies, self.lags + 1)]
            x = x - x.mean(axis=0)
            d = int(varies.sum())
            present = rows.present.copy()
            present[present] = varies
            own = rows._replace(deviation=np.tile(x[:, :d].std(axis=0), self.lags + 1), present=present)
            moments = x.T @ x / n
            moment, penalty = self._problem(own, moments, self.scale)
            if self.scale == "raw":
                moment = moments / noise  # the unit that the penalties are in
            # The reported fit's own penalties, which a path may have chosen.
            w, a = fit.penalties
            penalty[:d][np.isfinite(penalty[:d])] = w
            penalty[d:][np.isfinite(penalty[d:])] = a
            again = self._solve(moment, penalty).weights
            wanted = sign[:, varies][:, :, varies]
            both = varies[:, None] & varies
            same[:, both] = np.where(wanted != 0, np.sign(again) == wanted, again != 0).reshape(len(same), -1)
            return same, varies

        total, count, still = np.zeros(fit.weights.shape), np.zeros(fit.weights.shape[1:]), 0
        for same, varies in ordered_map(pool, replicate, range(self.bootstrap), 2 * self.jobs):
            total += same
            count += varies[:, None] & varies
            still += not varies.all()
        return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0), still

    def _result(self, runs: SampleRuns, found: list[Window]) -> DynamicBayesResult:
        fits = {k: scale_fit(found, k, self.lags) for k in self._scales}
        told, lost = compare_scales(found)
        stability = None
        if self.bootstrap:
            stability = np.full(fits[self.scale].weights.shape, np.nan)
            for s, window in enumerate(found):
                if window.stability is not None:
                    stability[s] = spread(window.stability, window.rows.present)
        what = {
            "strongest": f"coefficient of largest size over lags 0 to {self.lags}",
            "sum": f"sum of coefficients over lags 0 to {self.lags}",
            "instant": "instantaneous coefficient",
            "lagged": f"coefficient of largest size over lags 1 to {self.lags}",
        }[self.report]
        return DynamicBayesResult(
            config=self,
            made_from=runs.made_from,
            seed=self.seed if self.bootstrap else None,
            notes=runs.notes + warnings(found, told, lost, self.lags, self.scale, self.bootstrap),
            citations=("pamfil2020dynotears",)
            + (("zheng2018notears",) if self.instant else ())
            + (("reisach2021varsortability",) if len(fits) > 1 else ())
            + (("kunsch1989jackknife",) if self.bootstrap else ()),
            snapshots=network(fits[self.scale].weights, runs.bounds, self.report),
            method="dynamic-bayes",
            quantity=f"{what}, of {self.scale} variables",
            pooled=runs.several,
            standardised=fits.get("standardised"),
            raw=fits.get("raw"),
            scale=self.scale,
            varsortability=told,
            lost=lost,
            stability=stability,
            path=penalty_path(found, self.path) if self.path else None,
            n_rows=np.array([len(window.rows.centred) if window.rows.present.any() else 0 for window in found]),
            dt_s=runs.dt_s,
        )


def _plain(forbidden: Sequence[Sequence[int]], lags: int) -> tuple[tuple[int, int, int], ...]:
    """Turn forbidden effects into plain (src, dst, lag), checked."""
    found = []
    for entry in forbidden:
        plain = isinstance(entry, Sequence | np.ndarray) and all(isinstance(k, Integral) for k in entry)
        numbers = tuple(int(k) for k in entry) if plain else ()
        lag = numbers[2:] or tuple(range(lags + 1))
        if len(numbers) not in (2, 3) or min(numbers) < 0 or max(lag) > lags:
            raise ConfigError(
                f"`forbidden` must hold (src, dst) or (src, dst, lag) with lag from 0 to `lags`={lags}, got {entry!r}. "
                "Name units by number from 0."
            )
        found += [(numbers[0], numbers[1], k) for k in lag]
    return tuple(found)


def _bic(moment: Floats, weights: Floats, n_rows: int) -> float:
    """Give n times the summed log of the mean squared errors, plus log n for every weight that is not zero."""
    d = weights.shape[1]
    residual = np.eye(len(moment), d) - weights.reshape(-1, d)
    error = np.einsum("qd,qr,rd->d", residual, moment, residual, optimize=True)
    floor = np.finfo(float).eps * np.diag(moment)[:d]
    return float(n_rows * np.log(np.maximum(error, floor)).sum() + np.log(n_rows) * np.count_nonzero(weights))
