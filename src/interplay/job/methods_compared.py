"""Methods of inference on one recording, or on simulated ones with a known network: fitted, judged, written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.citations import cite, references
from interplay._core.errors import ConfigError, DataError, NumericalError, unknown_name
from interplay.data import Recording
from interplay.infer import METHODS, PLANTED
from interplay.infer.comparing import compare_methods
from interplay.infer.comparison_results import MethodComparison
from interplay.infer.configuring import configure_method, has_law, known_settings, takes_spike_times
from interplay.job.cohort_input import require_no_cohort
from interplay.job.hints import read_hints
from interplay.job.small_culture import small_culture
from interplay.job.stages import Observer
from interplay.job.summary import plain
from interplay.report import Block, Section, page, words
from interplay.report.sections.comparison import comparison_sentences, section_comparison
from interplay.report.sections.methods import section_provenance

CULTURE = "culture"
#: Kinds of simulated recordings with a known network, and which windows suit them, s: None is the whole recording.
SIMULATED = (CULTURE, *PLANTED)
_WINDOWS_S: dict[str, tuple[float, float]] = {"switching": (10.0, 5.0)}
#: What equal calls give.
_AGAIN = (
    "Equal input, settings and seeds give equal networks and scores; only the times of the fits differ. A digest names "
    "the exact content that was read."
)
#: Methods that would take too long on a recording unless they are asked for by name.
SLOW = ("boltzmann",)


@dataclass(frozen=True, kw_only=True)
class CompareAsked:
    """What `interplay compare` is asked for.

    Attributes
    ----------
    source : str or None
        A recording; or else
    simulated : str or None
        one of `SIMULATED`.
    seeds : int, >= 1
        So many simulated recordings.
    methods : tuple of str
        Registered names; empty means all that fit the recording.
    window_s, step_s : float, s, or None
    surrogates : int, >= 0
        For methods without p-values of their own.
    checks : bool
        Halves and shifted recordings.
    hint : tuple of str
    seed : int
        Of the first simulated recording, and of the methods.
    """

    source: str | None = None
    simulated: str | None = None
    seeds: int = 10
    methods: tuple[str, ...] = ()
    window_s: float | None = None
    step_s: float | None = None
    surrogates: int = 0
    checks: bool = True
    hint: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True, eq=False, kw_only=True)
class CompareTold:
    """What came of it.

    Attributes
    ----------
    result : MethodComparison
    lines : tuple of str
        For the terminal.
    notes : tuple of str
    """

    result: MethodComparison
    lines: tuple[str, ...]
    notes: tuple[str, ...]


def compare_alone(
    asked: CompareAsked, out: Path | None, values: Path | None = None, *, jobs: int = 1, observer: Observer
) -> CompareTold:
    """Compare methods, and write what was found.

    Parameters
    ----------
    asked : CompareAsked
    out : Path or None
        The page, .html.
    values : Path or None
        Everything as .json.
    jobs : int, >= 1
        Threads of each method; the result does not depend on it.
    observer : Observer

    Returns
    -------
    CompareTold

    Raises
    ------
    ConfigError, DataError
        If nothing, or both a file and a simulation, is asked for; on unknown names; as loading does.
    NumericalError
        If no method could be fitted; nothing is written then.
    """
    _require_one(asked)
    recordings = simulated(asked, observer) if asked.simulated else {Path(str(asked.source)).name: _loaded(asked)}
    first = next(iter(recordings.values()))
    names = asked.methods or fitting(first)
    chosen = {name: _Prepared(name, asked, jobs) for name in names}
    result = compare_methods(
        recordings, chosen, checks=asked.checks, seed=asked.seed, progress=observer.stage("compare")
    )
    _require_one_fit(result)
    left = () if asked.methods else tuple(f"{n} is left out unless named: it takes long." for n in SLOW if n in METHODS)
    notes = (*result.notes, *left)
    result = replace(result, notes=notes)
    if out is not None:
        _write(out, comparison_page(asked, result, first))
    if values is not None:
        _write(values, json.dumps(comparison_values(result), indent=1) + "\n")
    return CompareTold(result=result, lines=tuple(comparison_lines(result)), notes=notes)


@dataclass(frozen=True)
class _Prepared:
    """A method that is set up for whatever recording comes; what a comparison fits."""

    name: str
    asked: CompareAsked
    jobs: int

    def config(self, recording: Recording) -> Any:
        """Set the method up."""
        asked = self.asked
        window, step = asked.window_s, asked.step_s
        if window is None and asked.simulated in _WINDOWS_S:
            window, step = _WINDOWS_S[asked.simulated]
        doors: dict[str, Any] = {"window_s": window, "step_s": step, "seed": asked.seed, "jobs": self.jobs}
        method = configure_method(self.name, recording, **doors)
        if asked.surrogates and "surrogates" in known_settings(self.name) and not has_law(method):
            method = configure_method(self.name, recording, settings={"surrogates": asked.surrogates}, **doors)
        return method

    def fit(self, recording: Recording) -> Any:
        """Fit the method, set up for this recording or this half of one."""
        return self.config(recording).fit(recording)


def fitting(recording: Recording) -> tuple[str, ...]:
    """Name the registered methods that can take a recording and do not take long.

    Parameters
    ----------
    recording : Recording

    Returns
    -------
    tuple of str
    """
    spikes = recording.events is not None
    return tuple(name for name in METHODS if name not in SLOW and (spikes or not takes_spike_times(name)))


def simulated(asked: CompareAsked, observer: Observer | None = None) -> dict[str, Recording]:
    """Simulate the recordings that are asked for.

    Parameters
    ----------
    asked : CompareAsked
    observer : Observer or None

    Returns
    -------
    dict of str to Recording
        By "seed 0" and so on.
    """
    make: Callable[[int], Recording] = (
        small_culture if asked.simulated == CULTURE else PLANTED[str(asked.simulated)]().simulate
    )
    progress = None if observer is None else observer.stage("simulate")
    found = {}
    for k in range(asked.seeds):
        found[f"seed {asked.seed + k}"] = make(asked.seed + k)
        if progress is not None:
            progress(k + 1, asked.seeds)
    return found


def _require_one(asked: CompareAsked) -> None:
    if (asked.source is None) == (asked.simulated is None):
        got = "both" if asked.source else "neither"
        raise ConfigError(f"either a file or `simulated` must be given, got {got}. Give one of them.")
    if asked.simulated is not None and asked.simulated not in SIMULATED:
        raise ConfigError(unknown_name("simulated recording", asked.simulated, SIMULATED))
    for name in asked.methods:
        if name not in METHODS:
            raise ConfigError(unknown_name("inference method", name, METHODS))


def _require_one_fit(result: MethodComparison) -> None:
    if np.isfinite(result.cpu_s[~result.baseline]).any():
        return
    reasons = " ".join(f"{name}: {reason.rstrip('.')}." for name, reason in result.failures.items())
    raise NumericalError(f"at least one method must give a network, and none could be fitted. {reasons}")


def _loaded(asked: CompareAsked) -> Recording:
    from interplay.io import load

    data = require_no_cohort(load(str(asked.source), **read_hints(asked.hint)))
    if not isinstance(data, Recording):
        raise DataError("`source` must hold a recording: an event list has its network already. Give spikes or traces.")
    return data


def comparison_lines(result: MethodComparison) -> list[str]:
    """Word a comparison for the terminal: the findings, then a line per method.

    Parameters
    ----------
    result : MethodComparison
    """
    from interplay.plot.comparison import ranked

    heads = ["method", "stability", "CPU s"]
    names = ["stability", "cpu_s"]
    if result.has_truth:
        heads = ["method", "evidence", "AUC by evidence", "by weight", "ordered", "signs", "shifted", *heads[1:]]
        names = ["auc_evidence", "auc", "auc_directed_evidence", "sign_accuracy", "auc_shifted", *names]
    rows = [heads]
    means = {name: result.mean(name) for name in names}
    for m in ranked(result):
        cells = [words.number(float(means[n][m])) if n == "cpu_s" else words.score(float(means[n][m])) for n in names]
        kind = ["p-value" if result.by_pvalue[m] else "weight"] if result.has_truth else []
        rows.append([result.methods[m], *kind, *cells])
    wide = [max(len(row[c]) for row in rows) for c in range(len(heads))]
    lines = [
        " ".join([row[0].ljust(wide[0]), *(t.rjust(w + 1) for t, w in zip(row[1:], wide[1:], strict=True))])
        for row in rows
    ]
    return [*comparison_sentences(result), *lines]


def comparison_page(asked: CompareAsked, result: MethodComparison, first: Recording) -> str:
    """Compose the page of a comparison.

    Parameters
    ----------
    asked : CompareAsked
    result : MethodComparison
    first : Recording
        For its size.

    Returns
    -------
    str
        HTML.
    """
    what = asked.simulated or Path(str(asked.source)).name
    size = f"{words.plural(first.n_units, 'unit')}, {words.duration(first.duration)}"
    of = f"{words.plural(len(result.recordings), 'simulated recording')} of {size}" if asked.simulated else size
    # Notes stand under the comparison already.
    made = replace(section_provenance({"comparison": result}, plan=_toml(asked)), text=(_AGAIN,), notes=())
    sections = [section_comparison(result), _sources(result), made]
    meta = {"input": what, "digest": result.made_from, "interplay": result.versions.get("interplay", "")}
    title = f"Methods compared: {what}"
    return page(sections, title=title, subtitle=of, meta=meta | {"seed": str(asked.seed)})


def _sources(result: MethodComparison) -> Section:
    lines = tuple((r.key, r.line) for r in references(list(result.citations)))
    blocks = (Block(title="BibTeX", text=cite(result)),) if lines else ()
    return Section(
        key="sources",
        title="Sources of the methods",
        text=("Every method, its assumptions and when they fail: the pages of the documentation under methods.",),
        references=lines,
        blocks=blocks,
    )


def _toml(asked: CompareAsked) -> str:
    return "".join(
        f"{f.name} = {json.dumps(value)}\n"
        for f in fields(asked)
        if (value := getattr(asked, f.name)) not in (None, ())
    )


def comparison_values(result: MethodComparison) -> dict[str, Any]:
    """Give everything found as plain values for JSON.

    Parameters
    ----------
    result : MethodComparison

    Returns
    -------
    dict
    """
    skipped = ("config", "versions")
    found = {f.name: getattr(result, f.name) for f in fields(result) if f.name not in skipped}
    found["means"] = {
        name: result.mean(name)
        for name, value in found.items()
        if isinstance(value, np.ndarray) and value.shape == result.auc.shape and value.dtype == np.float64
    }
    return plain(found | {"versions": dict(result.versions)})  # type: ignore[no-any-return]


def _write(path: Path, text: str) -> None:
    from interplay.io.atomic import write_aside

    write_aside(path, text)
