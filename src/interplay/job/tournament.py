"""The tournament as a job: play, compare, write tables and the page, in a folder that survives a kill."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.executor import Engine
from interplay.job.describe import as_csv
from interplay.job.environment import environment
from interplay.job.folder import Folder
from interplay.job.stages import Nobody, Observer
from interplay.job.tournament_plan import TournamentPlan
from interplay.loop.tables import Columns, TournamentResult
from interplay.loop.tournament import run_tournament
from interplay.report.game import game_page

#: Of the columns of sessions, the one that differs between two equal tournaments.
_WALL = "wall_s"


@dataclass(frozen=True, eq=False, kw_only=True)
class Played:
    """What a tournament has found; the files in `folder` hold all of it.

    Attributes
    ----------
    folder, report : Path
    result : TournamentResult
    """

    folder: Path
    report: Path
    result: TournamentResult

    @property
    def summary_text(self) -> str:
        """The findings in a few lines."""
        return "\n".join(_lines(self.result))


def play(
    plan: TournamentPlan,
    out: str | Path,
    *,
    jobs: int = 1,
    engine: Engine = "processes",
    observer: Observer | None = None,
) -> Played:
    """Hold a tournament and write everything about it.

    Parameters
    ----------
    plan : TournamentPlan
    out : path
        Folder; sessions that stand there from the same plan are not played again, so a tournament that was killed goes
        on, and one with more seeds or players only plays what is new.
    jobs : int, >= 1
        Sessions at a time; the result does not depend on it.
    engine : {"processes", "serial", "ray"}
    observer : Observer or None
        Told of each stage and its progress.

    Returns
    -------
    Played

    Raises
    ------
    ConfigError, MissingExtraError, DataError
        As `loop.tournament.run_tournament`; ConfigError also if another process writes to `out`,
        or `out` holds an analysis.

    Notes
    -----
    Leaves plan.toml, sessions/ (one file per session), rallies.csv, sessions.csv, summary.json, settings.json,
    environment.json, timings.csv and report.html. All but environment.json and timings.csv are the same bytes for the
    same plan and versions.
    """
    observer = observer or Nobody()
    specs, seeds = plan.specs, plan.seed_numbers
    folder = Folder(Path(out))
    with folder.locked():
        folder.refuse_others(TournamentPlan.model_fields)
        _sweep(folder.path / "sessions")
        folder.write("plan.toml", plan.toml())
        start = time.perf_counter()
        result = run_tournament(
            specs,
            seeds,
            folder.path,
            jobs=jobs,
            engine=engine,
            budget=plan.budget,
            rules=plan.game,
            timeout_s=None if engine == "serial" else plan.timeout_s,
            agent_seeds=plan.agent_seed_numbers,
            progress=observer.stage("play"),
        )
        observer.done("play", reused=False, seconds=time.perf_counter() - start)
        start = time.perf_counter()
        progress = observer.stage("report")
        report = _write(folder, result, plan)
        progress(1, 1)
        observer.done("report", reused=False, seconds=time.perf_counter() - start)
    return Played(folder=folder.path, report=report, result=result)


def _sweep(sessions: Path) -> None:
    """Remove what a kill in the middle of writing a session left: `io.atomic` writes in a hidden folder of its own."""
    for shelter in sessions.glob(".*.????????"):
        left = list(shelter.iterdir()) if shelter.is_dir() else []
        if shelter.is_dir() and all(file.stem == "draft" and file.is_file() for file in left):
            for file in left:
                file.unlink()
            shelter.rmdir()


def _write(folder: Folder, result: TournamentResult, plan: TournamentPlan) -> Path:
    folder.write("rallies.csv", as_csv(result.rallies))
    folder.write("sessions.csv", as_csv({k: v for k, v in result.sessions.items() if k != _WALL}))
    folder.write("timings.csv", as_csv(_timings(result.sessions)))
    folder.write("summary.json", _json(summary(result)))
    folder.write("settings.json", _json({entry.player: entry.settings for entry in result.players}))
    about: Any = _Digest(result.made_from)
    folder.write("environment.json", _json(environment(about)))
    return folder.write("report.html", game_page(result, plan=plan.toml()))


@dataclass(frozen=True)
class _Digest:
    digest: str


def _timings(sessions: Columns) -> dict[str, Any]:
    first = sessions["view"] == sessions["view"][0]
    return {name: sessions[name][first] for name in ("player", "seed", _WALL)}


def summary(result: TournamentResult) -> dict[str, Any]:
    """Put what was found into plain values; what is undefined becomes None.

    Parameters
    ----------
    result : TournamentResult

    Returns
    -------
    dict
    """
    whole = {
        "players": [entry.player for entry in result.players],
        "seeds": result.seeds,
        "seeds_of": result.seeds_of,
        "budget": result.budget,
        "rules": result.rules,
        "n_rallies": len(result.rallies["hits"]),
        "failures": result.failures,
        "summaries": result.summaries,
        "changes": result.changes,
        "on_improvement": result.on_improvement,
        "on_hits": result.on_hits,
        "mixed": result.mixed,
        "verdicts": result.verdicts,
        "published": result.published,
        "notes": result.notes,
        "digest": result.made_from,
        "versions": result.versions,
    }
    return _plain(whole)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _json(content: Any) -> str:
    return json.dumps(_plain(content), indent=1, sort_keys=True) + "\n"


def _lines(result: TournamentResult) -> list[str]:
    """Say per player what the time-matched budget gave; what was lost; what was found."""
    wide = max(len(entry.name) for entry in result.players)
    lines = [f"{'player':{wide}s}  sessions  rallies  hits per rally  aces %  first part -> rest"]
    for entry in result.players:
        found = result.summary(entry.player, "seconds")
        if found is None:
            lines.append(f"{entry.name:{wide}s}  no session")
            continue
        change = next((c for c in result.changes if c.player == entry.player and c.measure == "mean_hits"), None)
        parts = "" if change is None or not change.n else f"{change.first:9.2f} -> {change.second:.2f}"
        hits, aces = found.measures["mean_hits"].value, 100 * found.measures["aces"].value
        row = f"{entry.name:{wide}s}  {found.n_sessions:8d}  {found.n_rallies:7d}  {hits:14.3f}  {aces:6.1f}  {parts}"
        lines.append(row.replace("nan", "  -").rstrip())
    if result.failures:
        lines.append(f"LOST: {len(result.failures)} of {result.n_wanted} sessions. The same command tries them again.")
        shown = result.failures[:5]
        lines += [f"  {f.player}, seed {f.seed} ({f.kind}): {f.text}" for f in shown]
        if len(result.failures) > len(shown):
            lines.append(f"  and {len(result.failures) - len(shown)} more, in summary.json")
    lines += [verdict.text for verdict in result.verdicts]
    return lines
