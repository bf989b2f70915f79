"""Several methods on the same recordings, each held against the truth, the others, itself and a trivial score."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Recording, Snapshots
from interplay.infer.comparison_results import Floats, MethodComparison
from interplay.infer.configuring import configure_method
from interplay.infer.recovering import Recovered, mean_weights, rank_correlation, recovered
from interplay.infer.results import NetworkResult

#: What the last row of every table is called.
TRIVIAL = "product of activities"
_SCORES = (
    "auc",
    "average_precision",
    "auc_directed",
    "average_precision_directed",
    "auc_evidence",
    "average_precision_evidence",
    "auc_directed_evidence",
    "average_precision_directed_evidence",
    "sign_accuracy",
    "recall",
    "precision",
    "changes_found",
    "changes_false",
    "changes_chance",
)


@dataclass(eq=False)
class _Row:
    """What is known of one method, filled recording by recording."""

    name: str
    size: int
    values: dict[str, Floats] = field(default_factory=dict)
    weights: dict[int, Floats] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    failure: str = ""

    def put(self, name: str, r: int, value: float) -> None:
        """Note a number; what is never noted is NaN."""
        self.values.setdefault(name, np.full(self.size, np.nan))[r] = value

    def get(self, name: str) -> Floats:
        """Give one number per recording."""
        return self.values.get(name, np.full(self.size, np.nan))


def compare_methods(
    recordings: Recording | Mapping[str, Recording] | Sequence[Recording],
    methods: Mapping[str, Any] | Sequence[str] | None = None,
    *,
    window_s: float | None = None,
    step_s: float | None = None,
    checks: bool = True,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress | None = None,
) -> MethodComparison:
    """Fit every method to every recording, and say what each recovers, with whom it agrees and what it costs.

    Parameters
    ----------
    recordings : Recording, or mapping of names to recordings, or sequence of recordings
        At least one. Those with a `truth` are scored against it.
    methods : mapping of str to configuration, sequence of registered names, or None
        Names are set up by `configure_method`, None means all that are registered.
    window_s, step_s : float, s, > 0, or None
        Windows for methods given by name; None means one window, as long as the longest observed interval.
    checks : bool
        Whether to fit again each half of a recording, for `stability`, and, where a truth is known, a surrogate in
        which every unit is shifted by itself, for `auc_shifted`. Without, both are NaN, and the cost is a third.
    seed : int, >= 0
        Of the surrogates, of the search for changes, and of methods given by name.
    jobs : int, >= 1
        Threads of methods given by name.
    progress : callable or None
        Called as progress(fits done, fits in all).

    Returns
    -------
    MethodComparison
        A method that cannot take a recording (traces without spikes, too few samples) has no numbers there, and
        `failures` says why.

    Raises
    ------
    DataError
        If there is no recording, or nothing to compare.
    ConfigError
        If a name or a setting is unknown.

    Notes
    -----
    The truth of a window is the mean of the truths it overlaps, weighted by time, and an edge is a weight other than
    zero. Times are of one fit; the first fit of a method in a process also loads compiled code, unless `checks` have
    done so before.

    Examples
    --------
    >>> from interplay.infer import Correlation
    >>> from interplay.infer.planted_var import PlantedVAR
    >>> recording = PlantedVAR(n_units=6, duration_s=60.0).simulate(0)
    >>> found = compare_methods(recording, {"correlation": Correlation(window_s=60.0, step_s=60.0)})
    >>> found.methods
    ('correlation', 'product of activities')
    """
    named = _named(recordings)
    chosen = _chosen(methods)
    rows = [_Row(name, len(named)) for name in (*chosen, TRIVIAL)]
    truths: list[Recovered | None] = []
    steps = _Steps(progress, len(named) * len(chosen) * (1 + checks))
    for r, recording in enumerate(named.values()):
        bounds = None
        truths.append(None)
        for row in rows[:-1]:
            try:
                method = chosen[row.name]
                if method is None:
                    method = configure_method(
                        row.name, recording, window_s=window_s, step_s=step_s, seed=seed, jobs=jobs
                    )
                found = _one(row, r, method, recording, seed, steps, checks=checks)
            except (DataError, ConfigError, NumericalError) as error:
                row.failure = row.failure or f"{error}"
                steps.skip(1 + checks)
                continue
            bounds = found.snapshots.bounds if bounds is None else bounds
            if recording.truth is not None:
                truths[-1] = _score(row, r, found, recording.truth, seed)
        _trivial(rows[-1], r, recording, bounds, seed)
    return _collected(rows, tuple(named), truths, seed, digest([v.digest for v in named.values()]))


class _Steps:
    """Counts fits for whoever wants to know."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def skip(self, count: int) -> None:
        self.done += count
        if self.progress is not None:
            self.progress(min(self.done, self.total), self.total)


def _named(recordings: Recording | Mapping[str, Recording] | Sequence[Recording]) -> dict[str, Recording]:
    if isinstance(recordings, Recording):
        return {"recording": recordings}
    named = (
        dict(recordings)
        if isinstance(recordings, Mapping)
        else {f"recording {k}": value for k, value in enumerate(recordings)}
    )
    if not named:
        raise DataError("`recordings` must hold at least one recording, got none. Give one.")
    return named


def _chosen(methods: Mapping[str, Any] | Sequence[str] | None) -> dict[str, Any]:
    from interplay.infer import METHODS

    if isinstance(methods, Mapping):
        chosen = dict(methods)
    else:
        chosen = dict.fromkeys(METHODS if methods is None else methods)
        for name in chosen:
            METHODS[name]  # an unknown name is refused here, with a suggestion
    if not chosen:
        raise DataError("`methods` must hold at least one method, got none. Name one.")
    return chosen


def _one(
    row: _Row, r: int, method: Any, recording: Recording, seed: int, steps: _Steps, *, checks: bool
) -> NetworkResult:
    """Fit one method to one recording, and to what the checks need."""
    if checks:
        row.put("stability", r, _stability(method, recording))
        if recording.truth is not None:
            shifted = _fitted(method, _shifted(recording, seed))
            if shifted is not None:
                row.put("auc_shifted", r, recovered(shifted, recording.truth).auc)
        steps.skip(1)
    wall, cpu = time.perf_counter(), time.process_time()
    found: NetworkResult = method.fit(recording)
    row.put("cpu_s", r, time.process_time() - cpu)
    row.put("wall_s", r, time.perf_counter() - wall)
    steps.skip(1)
    snapshots = found.snapshots
    row.weights[r] = mean_weights(snapshots)
    facts = row.facts
    facts.setdefault("quantity", found.quantity)
    facts.setdefault("settings", _settings(found.config))
    facts["directed"] = snapshots.directed
    facts["pooled"] = found.pooled
    facts["tested"] = snapshots.pvalues is not None
    facts["by_pvalue"] = _own_law(found)
    facts["signed"] = facts.get("signed", False) or _has_signs(found)
    facts.setdefault("citations", found.citations)
    return found


def _has_signs(found: NetworkResult) -> bool:
    """Tell whether a weight below zero means inhibition, and not just "less than chance", as of an information."""
    from interplay.infer import METHODS

    if getattr(found.config, "one_sided", False):
        return False
    return found.method in METHODS or bool((found.snapshots.weight < 0).any())


def _fitted(method: Any, recording: Recording) -> Snapshots | None:
    """Fit where it can be; a half or a surrogate that cannot be fitted leaves its check without a number."""
    try:
        return method.fit(recording).snapshots  # type: ignore[no-any-return]
    except (DataError, ConfigError, NumericalError):
        return None


def _stability(method: Any, recording: Recording) -> float:
    start, stop = recording.span
    parts = []
    for a, b in ((start, (start + stop) / 2), ((start + stop) / 2, stop)):
        half = replace(recording, truth=None).window(a, b)
        longest = float((half.observed.stop - half.observed.start).max())
        short = _shorter(method, longest)
        found = None if short is None else _fitted(short, half)
        if found is None:
            return float("nan")
        parts.append(mean_weights(found))
    off = ~np.eye(len(parts[0]), dtype=bool)
    return rank_correlation(parts[0][off], parts[1][off])


def _shorter(method: Any, longest: float) -> Any:
    """Give the method with windows that fit into a half, in whole bins; None if its windows are laid down by hand."""
    if getattr(method, "bounds", None) is not None:
        return None
    window = getattr(method, "window_s", None)
    if window is None or window <= longest:
        return method
    bin_s = getattr(method, "bin_s", None)
    length = longest if bin_s is None else np.floor(longest / bin_s + 1e-6) * bin_s
    return replace(method, window_s=length, step_s=length) if length > 0 else None


def _shifted(recording: Recording, seed: int) -> Recording:
    from interplay.stats.surrogates import circular_shift

    parts = {
        name: circular_shift(part, observed=recording.observed, seed=seed)
        for name in ("events", "traces")
        if (part := getattr(recording, name)) is not None
    }
    return replace(recording, truth=None, **parts)


def _own_law(found: NetworkResult) -> bool:
    """Tell whether p-values come from a law of the method, and not from a count of surrogates."""
    return found.snapshots.pvalues is not None and not getattr(found.config, "surrogates", 0)


def _score(row: _Row, r: int, found: NetworkResult, truth: Snapshots, seed: int) -> Recovered:
    scores = recovered(
        found.snapshots,
        truth,
        alpha=getattr(found.config, "alpha", 0.05),
        by_pvalue=_own_law(found),
        changed_s=np.unique(found.change_s) if hasattr(found, "change_s") else None,
        seed=seed,
    )
    _note(row, r, scores)
    return scores


def _note(row: _Row, r: int, scores: Recovered) -> None:
    for name in _SCORES:
        row.put(name, r, getattr(scores, name))


def _trivial(row: _Row, r: int, recording: Recording, bounds: NDArray[np.float64] | None, seed: int) -> None:
    """Score a pair by how active its two units are."""
    if bounds is None:
        return
    start = time.process_time()
    snapshots = activity_products(recording, bounds)
    row.put("cpu_s", r, time.process_time() - start)
    row.weights[r] = mean_weights(snapshots)
    what = "rates" if recording.traces is None else "standard deviations"
    row.facts |= {"quantity": f"product of the two units' {what}", "settings": "", "directed": False}
    if recording.truth is not None:
        _note(row, r, recovered(snapshots, recording.truth, seed=seed))
        for name in ("changes_found", "changes_false", "changes_chance"):
            row.put(name, r, float("nan"))


def activity_products(recording: Recording, bounds: NDArray[np.float64]) -> Snapshots:
    """Give every pair of units, in every window, the product of its activities: the trivial score of a pair.

    Parameters
    ----------
    recording : Recording
    bounds : (S, 2) float array, s

    Returns
    -------
    Snapshots
        Undirected. Of spikes, rates in Hz; of traces, standard deviations, and 0 for a unit with a missing sample.
    """
    if recording.traces is None:
        assert recording.events is not None
        level = recording.events.counts(bounds) / np.diff(bounds, axis=1)
    else:
        series = recording.traces
        cuts = np.searchsorted(series.time, bounds)
        level = np.array([series.values[a:b].std(axis=0) if b > a else np.zeros(series.n_channels) for a, b in cuts])
        level = np.nan_to_num(level)
    dense = level[:, :, None] * level[:, None, :]
    keep = np.broadcast_to(~np.eye(dense.shape[1], dtype=bool), dense.shape)
    return Snapshots.from_dense(dense * keep, bounds, directed=False, keep=keep)


def _collected(
    rows: list[_Row], names: tuple[str, ...], truths: list[Recovered | None], seed: int, made_from: str
) -> MethodComparison:
    def of_truth(name: str, missing: float) -> list[Any]:
        return [missing if truth is None else getattr(truth, name) for truth in truths]

    def flags(name: str) -> NDArray[np.bool_]:
        return np.array([bool(row.facts.get(name, False)) for row in rows])

    scores: dict[str, Any] = {
        name: np.array([row.get(name) for row in rows]) for name in (*_SCORES, "auc_shifted", "stability")
    }
    scores["sign_accuracy"][~flags("signed")] = np.nan
    notes = [_failure_note(row, len(names)) for row in rows[:-1] if row.failure]
    return MethodComparison(
        config=None,
        made_from=made_from,
        seed=seed,
        notes=tuple(notes),
        citations=tuple(sorted({key for row in rows for key in row.facts.get("citations", ())})),
        methods=tuple(row.name for row in rows),
        recordings=names,
        baseline=np.array([row.name == TRIVIAL for row in rows]),
        directed=flags("directed"),
        signed=flags("signed"),
        tested=flags("tested"),
        pooled=flags("pooled"),
        by_pvalue=flags("by_pvalue"),
        quantity=tuple(str(row.facts.get("quantity", "")) for row in rows),
        settings=tuple(str(row.facts.get("settings", "")) for row in rows),
        share_true=np.array(of_truth("share_true", np.nan)),
        share_true_directed=np.array(of_truth("share_true_directed", np.nan)),
        n_changes=np.array(of_truth("n_changes", 0), dtype=np.int64),
        tolerance_s=np.array(of_truth("tolerance_s", np.nan)),
        agreement=_agreement(rows, np.abs),
        agreement_signed=_agreement([row if row.facts.get("signed") else replace(row, weights={}) for row in rows]),
        cpu_s=np.array([row.get("cpu_s") for row in rows]),
        wall_s=np.array([row.get("wall_s") for row in rows]),
        failures={row.name: row.failure for row in rows if row.failure},
        **scores,
    )


def _settings(config: Any) -> str:
    """Word a configuration; how many threads work on it says nothing about the result."""
    if not is_dataclass(config):
        return repr(config)
    said = (f"{f.name}={getattr(config, f.name)!r}" for f in fields(config) if f.name != "jobs")
    return f"{type(config).__name__}({', '.join(said)})"


def _failure_note(row: _Row, count: int) -> str:
    missed = int(np.isnan(row.get("cpu_s")).sum())
    where = "" if count == 1 else f" on {missed} of {count} recordings"
    return f"{row.name} gave nothing{where}: {row.failure.split('. ')[0].rstrip('.')}."


def _agreement(rows: list[_Row], size: Any = np.asarray) -> Floats:
    """Correlate the ranks of two methods' weights, pair by pair, the stronger direction of each."""
    folded = [{r: size(_folded(w)) for r, w in row.weights.items()} for row in rows]
    out = np.full((len(rows), len(rows)), np.nan)
    for a, one in enumerate(folded):
        for b, other in enumerate(folded):
            shared = [rank_correlation(one[r], other[r]) for r in sorted(set(one) & set(other))]
            known = [v for v in shared if np.isfinite(v)]
            if known:
                out[a, b] = 1.0 if a == b else float(np.mean(known))
    return out


def _folded(weights: Floats) -> Floats:
    """Give the weight of the stronger direction of every pair i < j."""
    upper = np.triu_indices(len(weights), k=1)
    here, back = weights[upper], weights.T[upper]
    return np.where(np.nan_to_num(np.abs(back)) > np.nan_to_num(np.abs(here)), back, here)
