"""Players compared: the first part of a session with the rest, players with each other, dishes with their controls."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError, NumericalError
from interplay.loop.results import LONG
from interplay.loop.tables import Columns, Comparison, Estimate, HalfChange, PlayerEntry, Verdict
from interplay.stats.comparison_results import GroupTest, MixedAnova, PairedTest
from interplay.stats.comparisons import compare_groups, mixed_anova, paired_t, relative_improvement
from interplay.stats.false_discovery import holm
from interplay.stats.mean_interval import mean_interval

Floats = NDArray[np.float64]
What = Literal["mean_hits", "aces", "improvement"]
#: Corrected p-values below this count.
ALPHA = 0.05
#: Feedback without the contrast of predictable and unpredictable stimulation.
CONTROL_FEEDBACK = ("silent", "open_loop", "rest")
#: Players that know nothing, against which every cell is held. A paddle that wanders without regard to the ball meets
#: more of them than chance by arithmetic, so the random and the sweeping one must be beaten too.
NAIVE = ("chance", "random", "sweep", "frozen")
_PARTS: Mapping[Literal["mean_hits", "aces", "long_rallies"], Callable[[NDArray[np.int64]], NDArray[Any]]] = {
    "mean_hits": lambda hits: hits,
    "aces": lambda hits: hits == 0,
    "long_rallies": lambda hits: hits >= LONG,
}
_SAID: Mapping[What, str] = {
    "mean_hits": "hits per rally",
    "aces": "share of aces",
    "improvement": "change from T1 to T2",
}


def estimate(values: Floats) -> Estimate:
    """Average over sessions with a 95 % bootstrap interval (BCa); sessions without a value (NaN) do not count.

    Parameters
    ----------
    values : (n,) float array

    Returns
    -------
    Estimate
    """
    known = values[np.isfinite(values)]
    if len(known) < 2:
        value = float(known[0]) if len(known) else math.nan
        return Estimate(value=value, low=math.nan, high=math.nan, n=len(known))
    found = mean_interval(known)
    return Estimate(value=found.estimate, low=found.low, high=found.high, n=len(known))


def halves(
    rallies: Columns,
    player: str,
    measure: Literal["mean_hits", "aces", "long_rallies"],
    *,
    split_s: float,
    seconds: float,
) -> tuple[NDArray[np.int64], Floats]:
    """Average a player's rallies per minute and the minutes per part, as the published analysis does.

    Parameters
    ----------
    rallies : columns
        As in `TournamentResult`.
    player : str
    measure : {"mean_hits", "aces", "long_rallies"}
    split_s : float, s
        A rally booked (`elapsed_s`) by then belongs to T1.
    seconds : float, s
        Rallies that ended later are left out.

    Returns
    -------
    seeds, parts : (S,) int array and (S, 2) float array
        Sessions with a rally, by seed; T1 and T2, NaN where a part has no rally.
    """
    mine = (rallies["player"] == player) & rallies["finished"] & (rallies["stop_s"] <= seconds)
    values = np.asarray(_PARTS[measure](rallies["hits"][mine]), dtype=np.float64)
    seeds, row = np.unique(rallies["seed"][mine], return_inverse=True)
    booked = rallies["elapsed_s"][mine]
    late = (booked > split_s).astype(np.int64)
    minute = (booked // 60.0).astype(np.int64)
    cells, where = np.unique(np.stack([row, late, minute]), axis=1, return_inverse=True)
    where = where.ravel()
    per_minute = np.bincount(where, weights=values, minlength=cells.shape[1]) / np.maximum(np.bincount(where), 1)
    place = cells[0] * 2 + cells[1]
    count = np.bincount(place, minlength=2 * len(seeds))
    total = np.bincount(place, weights=per_minute, minlength=2 * len(seeds))
    parts = np.where(count > 0, total / np.maximum(count, 1), np.nan).reshape(-1, 2)
    return seeds, parts


def changes_of(
    rallies: Columns, sessions: Columns, names: Sequence[str], split_s: float, seconds: float
) -> tuple[HalfChange, ...]:
    """Compare T1 with T2 for every player and measure.

    Parameters
    ----------
    rallies, sessions : columns
    names : sequence of str
    split_s, seconds : float, s

    Returns
    -------
    tuple of HalfChange
    """
    found = []
    played = {name: len(np.unique(sessions["seed"][sessions["player"] == name])) for name in names}
    for measure in _PARTS:
        rows: list[dict[str, Any]] = []
        for name in names:
            _, parts = halves(rallies, name, measure, split_s=split_s, seconds=seconds)
            both = parts[np.isfinite(parts).all(axis=1)]
            gains = relative_improvement(both[:, 0], both[:, 1])
            rows.append(
                {
                    "player": name,
                    "measure": measure,
                    "n": len(both),
                    # A session that finished no rally stands in no row of `parts`.
                    "dropped": played[name] - len(both),
                    "first": float(both[:, 0].mean()) if len(both) else math.nan,
                    "second": float(both[:, 1].mean()) if len(both) else math.nan,
                    "test": _tested(both[:, 0], both[:, 1]),
                    "improvement": estimate(gains),
                    "undefined": int(np.isnan(gains).sum()),
                }
            )
        corrected = _corrected([math.nan if r["test"] is None else r["test"].pvalue for r in rows])
        found += [HalfChange(**row, corrected=p) for row, p in zip(rows, corrected, strict=True)]
    return tuple(found)


def players_of(
    rallies: Columns, sessions: Columns, names: Sequence[str], split_s: float, seconds: float
) -> tuple[GroupTest | None, GroupTest | None, list[str]]:
    """Compare the players by relative improvement and by mean hits (time-matched).

    Parameters
    ----------
    rallies, sessions : columns
    names : sequence of str
    split_s, seconds : float, s

    Returns
    -------
    on_improvement, on_hits, notes : GroupTest or None, GroupTest or None, list of str
    """
    gains, hits = {}, {}
    for name in names:
        _, parts = halves(rallies, name, "mean_hits", split_s=split_s, seconds=seconds)
        both = parts[np.isfinite(parts).all(axis=1)]
        gain = relative_improvement(both[:, 0], both[:, 1])
        gains[name] = gain[np.isfinite(gain)]
        hits[name] = _by_seed(sessions, name, "mean_hits")[1]
    found, notes = [], []
    for about, values in (("relative improvement", gains), ("mean hits", hits)):
        try:
            found.append(compare_groups(values))
            notes += [f"Comparison of players by {about}: {note}" for note in found[-1].notes]
        except DataError:
            found.append(None)  # type: ignore[arg-type]
            notes.append(f"Players are not compared by {about}: fewer than two of them vary over two sessions.")
    return found[0], found[1], notes


def mixed_of(rallies: Columns, names: Sequence[str], split_s: float, seconds: float) -> MixedAnova | None:
    """Analyse player x part on mean hits; None where there is too little.

    Parameters
    ----------
    rallies : columns
    names : sequence of str
    split_s, seconds : float, s

    Returns
    -------
    MixedAnova or None
    """
    scores = {}
    for name in names:
        _, parts = halves(rallies, name, "mean_hits", split_s=split_s, seconds=seconds)
        both = parts[np.isfinite(parts).all(axis=1)]
        if len(both) > 1:
            scores[name] = both
    try:
        return mixed_anova(scores, ("T1", "T2"))
    except (DataError, NumericalError):
        return None


def verdicts_of(
    rallies: Columns,
    sessions: Columns,
    entries: Sequence[PlayerEntry],
    changes: Sequence[HalfChange],
    split_s: float,
    seconds: float,
) -> tuple[Verdict, ...]:
    """Hold every cell of the dish against its controls, on the seeds that both played.

    The controls of a cell are, as far as they played: the cells that differ from it in feedback only and have a control
    feedback (silent, open_loop, rest), the one that differs in frozen plasticity only, its own ablations, and the naive
    players (chance, random, sweep, frozen centre). A trained read-out that is frozen later is no control, but a player.

    Parameters
    ----------
    rallies, sessions : columns
    entries : sequence of PlayerEntry
    changes : sequence of HalfChange
    split_s, seconds : float, s

    Returns
    -------
    tuple of Verdict
        One per dish that is no ablation and has at least one control.
    """
    scores = {entry.player: _scores(rallies, sessions, entry.player, split_s, seconds) for entry in entries}
    plain = [e for e in entries if e.kind == "dish" and e.cell.get("ablation", "none") == "none"]
    rows: list[dict[str, Any]] = []
    for cell in plain:
        for control in entries:
            if not _controls(control, cell):
                continue
            for what in _SAID:
                rows.append(_compared(cell.player, control.player, what, scores))
    corrected = _corrected([row["pvalue"] for row in rows])
    found = []
    for row, p in zip(rows, corrected, strict=True):
        good = row["difference"].value < 0 if row["what"] == "aces" else row["difference"].value > 0
        found.append(Comparison(**row, corrected=p, better=bool(good and p < ALPHA)))
    verdicts = []
    for cell in plain:
        mine = tuple(c for c in found if c.player == cell.player)
        if mine:
            change = next((c for c in changes if c.player == cell.player and c.measure == "mean_hits"), None)
            beats = _beaten(mine)
            text = _worded(cell, mine, beats, change, {e.player: e.name for e in entries}, len(found))
            verdicts.append(Verdict(player=cell.player, beats_controls=bool(beats), text=text, comparisons=mine))
    return tuple(verdicts)


def _controls(control: PlayerEntry, cell: PlayerEntry) -> bool:
    if control.kind == "reference":
        return control.player in NAIVE
    if control.kind != "dish" or control.player == cell.player:
        return False
    names = {*cell.settings, *control.settings} - {"resolved"}
    differ = {k for k in names if cell.settings.get(k) != control.settings.get(k)}
    if differ == {"feedback"}:
        return control.cell["feedback"] in CONTROL_FEEDBACK
    if differ == {"plasticity"}:
        return control.cell["plasticity"] == "frozen"
    trained = cell.cell.get("plasticity") == "readout" and control.cell.get("ablation") == "frozen_decoder"
    return differ == {"ablation"} and not trained


def _scores(
    rallies: Columns, sessions: Columns, player: str, split_s: float, seconds: float
) -> dict[What, tuple[NDArray[np.int64], Floats]]:
    seeds, parts = halves(rallies, player, "mean_hits", split_s=split_s, seconds=seconds)
    both = np.isfinite(parts).all(axis=1)
    return {
        "mean_hits": _by_seed(sessions, player, "mean_hits"),
        "aces": _by_seed(sessions, player, "aces"),
        "improvement": (seeds[both], parts[both, 1] - parts[both, 0]),
    }


def _by_seed(sessions: Columns, player: str, what: str) -> tuple[NDArray[np.int64], Floats]:
    mine = (sessions["player"] == player) & (sessions["view"] == "seconds") & np.isfinite(sessions[what])
    return sessions["seed"][mine], sessions[what][mine]


def _compared(
    player: str, control: str, what: What, scores: Mapping[str, Mapping[What, tuple[NDArray[np.int64], Floats]]]
) -> dict[str, Any]:
    (seeds, mine), (others, theirs) = scores[player][what], scores[control][what]
    _, first, second = np.intersect1d(seeds, others, return_indices=True)
    test = _tested(theirs[second], mine[first])
    return {
        "player": player,
        "control": control,
        "what": what,
        "difference": estimate(mine[first] - theirs[second]),
        "pvalue": math.nan if test is None else test.pvalue,
    }


def _tested(first: Floats, second: Floats) -> PairedTest | None:
    try:
        return paired_t(first, second)
    except (DataError, NumericalError):
        return None


def _corrected(pvalues: Sequence[float]) -> list[float]:
    """Correct those that exist, after Holm."""
    return [float(p) for p in holm(np.array(pvalues, dtype=np.float64))]


def _beaten(comparisons: Sequence[Comparison]) -> tuple[What, ...]:
    """Name the measures in which every control is beaten."""
    return tuple(what for what in _SAID if all(c.better for c in comparisons if c.what == what))


def _worded(
    cell: PlayerEntry,
    comparisons: Sequence[Comparison],
    beats: tuple[What, ...],
    change: HalfChange | None,
    names: Mapping[str, str],
    total: int,
) -> str:
    lines = []
    if change is not None and change.n:
        p = f"p = {change.corrected:.2g} after Holm's correction over players" if change.test else "no test"
        lines.append(
            f"Within-session change: {change.first:.3f} hits per rally in T1, {change.second:.3f} in "
            f"T2 ({change.n} sessions, {p})."
        )
    n_controls = len({c.control for c in comparisons})
    if beats:
        where = " and ".join(_SAID[what] for what in beats)
        lines.append(
            f"It beats {'its one control' if n_controls == 1 else f'all its {n_controls} controls'} in {where}."
        )
    else:
        lines.append(f"It does not beat {'its one control' if n_controls == 1 else f'its {n_controls} controls'}.")
    for what, said in _SAID.items():
        mine = [c for c in comparisons if c.what == what]
        better = [names[c.control] for c in mine if c.better]
        worse = [names[c.control] for c in mine if not c.better and c.corrected < ALPHA]
        if better and what not in beats:
            lines.append(f"In {said} it is better than {_listed(better)} only.")
        if worse:
            lines.append(f"In {said} it is worse than {_listed(worse)}.")
    lines.append(
        f"Paired tests over common seeds, Holm's correction over all {total} comparisons of this tournament; "
        "nothing beyond a within-session change is claimed."
    )
    return f"{cell.name}: {' '.join(lines)}"


def _listed(names: Sequence[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
