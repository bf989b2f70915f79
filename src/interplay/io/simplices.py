"""Timed simplices in three columns of numbers: sizes, nodes, times, each in a file of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import Simplices
from interplay.io.guard import foreign, require_file

#: What becomes of a node that a simplex lists twice.
Repeats = Literal["refuse", "drop"]


def load_simplices(
    path: str | os.PathLike[str], *, seconds_per_unit: float = 1.0, repeats: Repeats = "refuse"
) -> Simplices:
    """Read ``NAME-nverts.txt``, ``NAME-simplices.txt``, ``NAME-times.txt`` and, if there, ``NAME-node-labels.txt``.

    Parameters
    ----------
    path : path
        Any of these files, their common beginning (``folder/NAME``), or a folder that holds one such set.
    seconds_per_unit : float, > 0
        What one unit of the times lasts, for example 0.001 for milliseconds.
    repeats : {"refuse", "drop"}
        What becomes of a node listed more than once in a simplex; what is dropped is counted in the notes.

    Returns
    -------
    Simplices
        Sorted by time; times are relative to the first one. With labels, the nodes are those labelled; else the ids
        that occur, and their names are these ids. The notes say which, and where time begins.

    Raises
    ------
    DataError
        If a file is missing or no column of whole numbers, sizes do not add up, an id has no label, or a node is
        repeated and that is refused.
    ConfigError
        If a setting is outside its range.

    Notes
    -----
    The last simplex lies inside the half-open span, which ends right after it.

    References
    ----------
    Benson, Abebe, Schaub, Jadbabaie, Kleinberg (2018), the format of the data sets of their study.
    """
    require_setting("seconds_per_unit", seconds_per_unit, above=0)
    if repeats not in get_args(Repeats):
        raise ConfigError(unknown_name("`repeats`", repeats, get_args(Repeats)))
    stem = _stem(Path(path))
    sizes, ids, time = (_column(_part(stem, kind)) for kind in ("nverts", "simplices", "times"))
    if len(sizes) != len(time) or sizes.sum() != len(ids) or (sizes < 1).any():
        raise DataError(
            f"the sizes in {stem}-nverts.txt must be >= 1, one for each of the {len(time)} times, and add up to the "
            f"{len(ids)} nodes listed; got {len(sizes)} sizes that add up to {int(sizes.sum())}. The files belong to "
            "different sets, or one is cut short."
        )
    names, node, notes = _named(stem, ids)
    simplex = np.repeat(np.arange(len(sizes)), sizes)
    simplex, node, dropped = _once(simplex, node, repeats, stem)
    if dropped:
        notes.append(f"{dropped} repeated nodes were dropped")
    order = np.argsort(time, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    place = np.lexsort((node, rank[simplex]))
    since = (time[order] - time[order[0]]) * seconds_per_unit
    notes.append(f"time begins at {int(time[order[0]])} units of the file, {seconds_per_unit:g} s each")
    return Simplices(
        offsets=np.concatenate([[0], np.cumsum(np.bincount(rank[simplex], minlength=len(sizes)))]),
        node=node[place],
        time=since,
        n_nodes=len(names),
        span=(0.0, float(np.nextafter(since[-1], np.inf))),
        names=names,
        notes=tuple(notes),
    )


def _stem(path: Path) -> str:
    """Find what the names of the files have in common."""
    if path.is_dir():
        found = sorted(path.glob("*-nverts.txt"))
        if len(found) != 1:
            held = ", ".join(p.name for p in found) or "none"
            raise DataError(f"{path} must hold one file NAME-nverts.txt, got {held}. Name the set: {path}/NAME.")
        path = found[0]
    text = str(path)
    for ending in ("nverts", "simplices", "times", "node-labels"):
        text = text.removesuffix(f"-{ending}.txt")
    return text


def _part(stem: str, kind: str) -> Path:
    return Path(f"{stem}-{kind}.txt")


def _column(path: Path) -> NDArray[np.int64]:
    require_file(path)
    if not path.read_text(encoding="utf-8", errors="replace").strip():
        raise DataError(f"{path} must hold one whole number a line, got blank lines only. Fetch or export it again.")
    with foreign(str(path), "It must hold one whole number a line."):
        return np.loadtxt(path, dtype=np.int64, ndmin=1)


def _named(stem: str, ids: NDArray[np.int64]) -> tuple[NDArray[np.str_], NDArray[np.int64], list[str]]:
    """Turn the ids of the file into places, 0 to N - 1, and their names."""
    path = _part(stem, "node-labels")
    if not path.exists():
        known, node = np.unique(ids, return_inverse=True)
        return known.astype(str), node, [f"the {len(known)} nodes are the ids that occur"]
    require_file(path)
    with foreign(str(path)):
        rows = [line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        label = {int(row[0]): row[1].strip() if len(row) > 1 else row[0] for row in rows}
    known = np.array(sorted(label), dtype=np.int64)
    place = np.searchsorted(known, ids)
    wrong = (place == len(known)) | (known[np.minimum(place, len(known) - 1)] != ids)
    if wrong.any():
        raise DataError(f"every id must have a label in {path}: id {int(ids[np.argmax(wrong)])} has none. Complete it.")
    names = np.array([label[int(k)] for k in known], dtype=str)
    twice = len(np.unique(names)) != len(names)
    if twice:
        names = np.array([f"{label[int(k)]} ({k})" for k in known], dtype=str)
    more = ["labels that occur more than once are followed by their id"] if twice else []
    return names, place, [f"the {len(known)} nodes are those labelled", *more]


def _once(
    simplex: NDArray[np.int64], node: NDArray[np.int64], repeats: Repeats, stem: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Keep each node of a simplex once, or refuse."""
    order = np.lexsort((node, simplex))
    same = (np.diff(simplex[order]) == 0) & (np.diff(node[order]) == 0)
    if same.any() and repeats == "refuse":
        k = int(simplex[order][np.argmax(same)])
        raise DataError(
            f"a simplex must list each node once: line {k + 1} of {stem}-nverts.txt belongs to one that does not, "
            f'with {int(same.sum())} repeats in all. Pass repeats="drop" to count each node once.'
        )
    keep = np.concatenate([[True], ~same])
    return simplex[order][keep], node[order][keep], int(same.sum())
