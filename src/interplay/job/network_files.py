"""Networks as files: what their header says, and the two formats they are written in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from interplay.data import Snapshots
from interplay.infer.results import NetworkResult
from interplay.job.describe import as_csv
from interplay.job.summary import plain


def names_header(names: Sequence[str] | None) -> dict[str, Any] | None:
    """Give the names of the nodes as an .npz header keeps them; None where they are their numbers.

    Parameters
    ----------
    names : sequence of str or None
    """
    return None if names is None else {"names": list(names)}


def about_network(result: NetworkResult) -> dict[str, Any]:
    """Say in plain values how a network was inferred, for the header of an .npz.

    Parameters
    ----------
    result : NetworkResult

    Returns
    -------
    dict
        method, quantity, settings, notes, citations, made_from (digest of the recording), pooled.
    """
    config = result.config
    settings = {} if config is None else {f.name: getattr(config, f.name) for f in fields(config) if f.name != "jobs"}
    bare = {name: value if _is_plain(value) else repr(value) for name, value in plain(settings).items()}
    return {
        "method": result.method,
        "quantity": result.quantity,
        "settings": bare,
        "notes": list(result.notes),
        "citations": list(result.citations),
        "made_from": result.made_from,
        "pooled": result.pooled,
    }


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | bool | int | float)


def write_snapshots(
    path: Path, snapshots: Snapshots, names: Sequence[str] | None = None, *, about: Mapping[str, Any] | None = None
) -> None:
    """Write networks as .npz (all of it) or .csv (one row per edge).

    Parameters
    ----------
    path : Path
    snapshots : Snapshots
    names : sequence of str, or None
        Of the nodes: written in the columns src and dst of a .csv, and into the header of an .npz.
    about : mapping or None
        More for the header of an .npz, in plain values, as `about_network` gives it.
    """
    from interplay.io import save_snapshots
    from interplay.io.atomic import write_aside

    if path.suffix == ".npz":
        save_snapshots(snapshots, path, about=dict(about or {}) | (names_header(names) or {}))
        return
    owner = snapshots.snapshot
    label = np.arange(snapshots.n_nodes) if names is None else np.asarray(names, dtype=str)
    columns: dict[str, np.ndarray[Any, Any]] = {
        "snapshot": owner,
        "start_s": snapshots.bounds[owner, 0],
        "stop_s": snapshots.bounds[owner, 1],
        "src": label[snapshots.src],
        "dst": label[snapshots.dst],
        "weight": snapshots.weight,
    }
    if snapshots.pvalues is not None:
        columns["pvalue"] = snapshots.pvalues
    write_aside(path, as_csv(columns))
