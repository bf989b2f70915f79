"""One file per session of a tournament: written whole or not at all, read back only while it still counts."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.errors import DataError
from interplay._core.provenance import digest, versions
from interplay.arena.rules import Rules
from interplay.io.npz import load_arrays, load_header, require_digest, save_arrays
from interplay.loop.budget import Budget
from interplay.loop.registry import Spec
from interplay.loop.results import Session

#: Number of the layout of session files: raise it when their meaning changes.
_LAYOUT = 2
_ARRAYS = ("hits", "start_tick", "stop_tick", "finished", "hit_tick", "track", "track_tick")
_AGENTS_NEED = ("gymnasium", "stable-baselines3", "sb3-contrib")


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Played:
    """A session of the tournament, as read from its file.

    Attributes
    ----------
    spec : Spec
    session : Session
    action_repeat : int, ticks
        How long one decision lasts.
    wall_s : float, s
        How long the session took when it was played.
    """

    spec: Spec
    session: Session
    action_repeat: int
    wall_s: float


def session_key(spec: Spec, seed: int, budget: Budget, rules: Rules) -> str:
    """Hash everything that a session depends on.

    Parameters
    ----------
    spec : Spec
    seed : int
    budget : Budget
    rules : Rules

    Returns
    -------
    str
    """
    found = versions()
    if spec.kind in ("agent", "told", "own"):
        for name in _AGENTS_NEED:
            with contextlib.suppress(metadata.PackageNotFoundError):
                found[name] = metadata.version(name)
    game = [dataclasses.asdict(budget), dataclasses.asdict(rules)]
    return digest(_LAYOUT, spec.name, dict(spec.settings), spec.source, seed, *game, found)


def packed(session: Session, action_repeat: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take a session apart into the arrays and the header of its file.

    Parameters
    ----------
    session : Session
    action_repeat : int, ticks

    Returns
    -------
    arrays, header : dict and dict
    """
    arrays = {name: np.asarray(getattr(session, name)) for name in _ARRAYS}
    header = {
        "holds": "TournamentSession",
        "layout": _LAYOUT,
        "player": session.player,
        "seed": session.seed,
        "n_ticks": session.n_ticks,
        "samples": session.samples,
        "pause_ticks": session.rules.pause_ticks,
        "action_repeat": action_repeat,
        "notes": list(session.notes),
        "versions": session.versions,
        "digest": digest(*(arrays[name] for name in _ARRAYS)),
    }
    return arrays, header


def write_session(path: Path, arrays: dict[str, Any], header: dict[str, Any], *, key: str, wall_s: float) -> None:
    """Write what `packed` gave.

    Parameters
    ----------
    path : Path
    arrays, header : dict
    key : str
        As `session_key` makes it.
    wall_s : float, s
    """
    save_arrays(path, arrays, header={**header, "key": key, "wall_s": wall_s})


def session_path(folder: Path, spec: Spec, seed: int) -> Path:
    """Name the file of one session.

    Parameters
    ----------
    folder : Path
    spec : Spec
    seed : int

    Returns
    -------
    Path
    """
    slug = re.sub(r"[^a-z0-9]+", "-", spec.text.lower()).strip("-")[:60]
    return folder / f"{slug}.{digest(spec.text)[:8]}.{seed:05d}.npz"


def read_session(path: Path, spec: Spec, seed: int, budget: Budget, rules: Rules) -> Played | None:
    """Read one session if its file is whole and was made from exactly this.

    Parameters
    ----------
    path : Path
    spec : Spec
    seed : int
    budget : Budget
    rules : Rules

    Returns
    -------
    Played or None
        None where the session must be played (again).
    """
    if not path.is_file():
        return None
    try:
        header = load_header(path)
        if header is None or header.get("key") != session_key(spec, seed, budget, rules):
            return None
        arrays = load_arrays(path)
        require_digest(digest(*(arrays[name] for name in _ARRAYS)), header, "it is played again.")
        parts: dict[str, Any] = {name: arrays[name] for name in _ARRAYS}
        session = Session(
            player=spec.text,
            seed=seed,
            rules=dataclasses.replace(rules, pause_ticks=header["pause_ticks"]),
            budget=budget,
            n_ticks=header["n_ticks"],
            samples=header["samples"],
            notes=tuple(header["notes"]),
            versions=header["versions"],
            **parts,
        )
    except (DataError, KeyError):
        return None
    return Played(spec=spec, session=session, action_repeat=header["action_repeat"], wall_s=header["wall_s"])


def read_sessions(folder: Path, spec: Spec, seeds: tuple[int, ...], budget: Budget, rules: Rules) -> Iterator[Played]:
    """Read a player's sessions one by one, in the order of `seeds`; missing ones are left out.

    Parameters
    ----------
    folder : Path
    spec : Spec
    seeds : tuple of int
    budget : Budget
    rules : Rules

    Yields
    ------
    Played
    """
    for seed in seeds:
        played = read_session(session_path(folder, spec, seed), spec, seed, budget, rules)
        if played is not None:
            yield played
