"""Players times seeds under one sample budget, one file per session: what was stopped goes on where it stood."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.errors import ConfigError
from interplay._core.executor import Engine, execute
from interplay._core.protocols import Progress
from interplay.arena.rules import Rules
from interplay.io.atomic import write_aside
from interplay.loop.budget import Budget
from interplay.loop.match import play
from interplay.loop.registry import Spec, parse_spec
from interplay.loop.session_files import packed, read_session, read_sessions, session_key, session_path, write_session
from interplay.loop.tables import Failure, TournamentResult
from interplay.loop.tally import tally

#: A session that takes longer than an hour of wall time is taken to hang.
TIMEOUT_S = 3600.0


def run_tournament(
    specs: Sequence[str | Spec],
    seeds: Iterable[int],
    out: str | Path,
    *,
    jobs: int = 1,
    engine: Engine = "processes",
    budget: Budget | None = None,
    rules: Rules | None = None,
    timeout_s: float | None = None,
    agent_seeds: Iterable[int] | None = None,
    progress: Progress | None = None,
) -> TournamentResult:
    """Let every player play every seed, each session in a worker of its own, and put the results together.

    Sessions that stand in `out` with the same settings, seed, budget, rules and versions are not played again. A player
    that raises, hangs, kills its process or answers nonsense loses that session; the loss is recorded, the others go
    on, and the next call tries the lost ones again.

    Parameters
    ----------
    specs : sequence of str or Spec
        As `registry.parse_spec` reads them.
    seeds : iterable of int, >= 0
        Every player plays each; sessions of one seed meet the same serves.
    out : path
        Folder, made if absent. Sessions go to its subfolder "sessions".
    jobs : int, >= 1
        Sessions at a time.
    engine : {"processes", "serial", "ray"}
        With "serial" a player that kills its process or hangs takes the tournament with it.
    budget : Budget or None
        None means 70 rallies and 20 minutes, whichever lasts longer.
    rules : Rules or None
        None means the dish's.
    timeout_s : float or None, s
        Wall time of a session after which its worker is stopped. None means an hour (no limit for "serial").
    agent_seeds : iterable of int, or None
        Seeds of the learning agents, whose sessions cost most; None means those of all others.
    progress : callable or None
        Called as progress(sessions done, sessions in all).

    Returns
    -------
    TournamentResult
        The same bits whatever the engine, the number of jobs and the order of completion, but for `wall_s`.

    Raises
    ------
    ConfigError
        On an unknown player, setting or engine, a player named twice, or seeds that are no whole numbers >= 0.
    MissingExtraError
        If a player or the engine needs a package that is absent.
    DataError
        If no session at all was finished.

    Notes
    -----
    Every session goes on until both limits of the budget are reached. What a player does depends on its past alone, so
    its first 70 rallies are what a session of 70 rallies would have been, and its first 1200 s what a session of 1200 s
    would have been: one set of sessions serves both comparisons.
    """
    players, numbers = _players(specs), _seeds(seeds)
    theirs = numbers if agent_seeds is None else _seeds(agent_seeds)
    mine = {spec.text: theirs if spec.kind == "agent" else numbers for spec in players}
    budget, rules = budget or Budget(), rules or Rules()
    if timeout_s is None and engine != "serial":
        timeout_s = TIMEOUT_S
    folder = Path(out) / "sessions"
    folder.mkdir(parents=True, exist_ok=True)
    failures = _play_missing(
        [(spec, seed) for seed in sorted({*numbers, *theirs}) for spec in players if seed in mine[spec.text]],
        folder,
        budget=budget,
        rules=rules,
        progress=progress,
        how={"jobs": jobs, "engine": engine, "timeout_s": timeout_s},
    )
    return tally(
        players,
        mine,
        lambda spec: read_sessions(folder, spec, mine[spec.text], budget, rules),
        failures=failures,
        budget=budget,
        rules=rules,
    )


def _players(specs: Sequence[str | Spec]) -> tuple[Spec, ...]:
    if isinstance(specs, str) or not specs:
        raise ConfigError(f"`specs` must be a sequence of at least one player, got {specs!r}. Put it into a list.")
    players = tuple(parse_spec(spec) if isinstance(spec, str) else spec for spec in specs)
    texts = [spec.text for spec in players]
    twice = [text for k, text in enumerate(texts) if text in texts[:k]]
    if twice:
        raise ConfigError(f"`specs` must name each player once, got {twice[0]!r} twice. Leave one out.")
    return players


def _seeds(seeds: Iterable[int]) -> tuple[int, ...]:
    numbers = tuple(seeds)
    for seed in numbers:
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise ConfigError(f"`seeds` must be whole numbers >= 0, got {seed!r}.")
    if not numbers or len(set(numbers)) != len(numbers):
        raise ConfigError(f"`seeds` must be one or more different numbers, got {numbers}.")
    return tuple(sorted(map(int, numbers)))


def _play_missing(
    wanted: list[tuple[Spec, int]],
    folder: Path,
    *,
    budget: Budget,
    rules: Rules,
    progress: Progress | None,
    how: dict[str, Any],
) -> tuple[Failure, ...]:
    """Play what does not stand yet; give what was lost."""
    missing = [(s, k) for s, k in wanted if read_session(session_path(folder, s, k), s, k, budget, rules) is None]
    done = len(wanted) - len(missing)
    if progress is not None:
        progress(done, len(wanted))
    failures = []
    outcomes = execute(_play, [(spec.text, seed, budget, rules) for spec, seed in missing], **how)
    with contextlib.closing(outcomes):  # type: ignore[type-var]
        for outcome in outcomes:
            spec, seed = missing[outcome.task]
            path = session_path(folder, spec, seed)
            lost = path.with_suffix(".failed.json")
            if outcome.kind == "done":
                arrays, header = outcome.value
                key = session_key(spec, seed, budget, rules)
                write_session(path, arrays, header, key=key, wall_s=outcome.seconds)
                lost.unlink(missing_ok=True)
            else:
                failures.append(Failure(player=spec.text, seed=seed, kind=outcome.kind, text=outcome.text))
                path.unlink(missing_ok=True)
                write_aside(lost, json.dumps(dataclasses.asdict(failures[-1]), indent=1) + "\n")
            done += 1
            if progress is not None:
                progress(done, len(wanted))
    order = {(spec.text, seed): k for k, (spec, seed) in enumerate(wanted)}
    return tuple(sorted(failures, key=lambda f: order[f.player, f.seed]))


def _play(text: str, seed: int, budget: Budget, rules: Rules) -> tuple[dict[str, Any], dict[str, Any]]:
    """Play one session in a worker; give what goes into its file."""
    player = parse_spec(text).make()
    session = play(player, budget=budget, rules=rules, seed=seed)
    return packed(dataclasses.replace(session, player=text), int(getattr(player, "action_repeat", 1)))
