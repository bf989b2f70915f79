"""Embeddings as files of their own: arrays with names that say what they hold, or one row per node and window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.job.representation import Representation
from interplay.represent.results import EmbeddingResult

#: The embedding of a run, in its folder.
ARRAYS = "embedding.npz"


def write_arrays(path: Path, found: Representation, names: Sequence[str] | None = None) -> Path:
    """Write the embedding of a run as NPZ; see `arrays`.

    Parameters
    ----------
    path : Path
    found : Representation
    names : sequence of str or None
        Of the nodes of the whole network.

    Returns
    -------
    Path
    """
    from interplay.io.npz import save_arrays

    chosen = None if names is None else [names[k] for k in found.nodes.tolist()]
    extra: dict[str, Any] = {"embedding_of_seed": np.stack([r.embedding for r in found.everything])}
    if found.past:
        extra["embedding_of_seed_past"] = np.stack([r.embedding for r in found.past])
        extra["trained_past"] = found.past[0].trained
    header = about(found.shown, chosen) | {"edges": found.edges, "until_s": found.until_s, "notes": list(found.notes)}
    return save_arrays(path, arrays(found.shown, found.nodes) | extra, header=header)


def write_embedding(path: Path, result: EmbeddingResult, names: Sequence[str] | None = None) -> Path:
    """Write one embedding as NPZ (all of it) or CSV (one row per present node and window).

    Parameters
    ----------
    path : Path
        Ends in .npz or .csv.
    result : EmbeddingResult
    names : sequence of str or None
        Of its nodes.

    Returns
    -------
    Path
    """
    if path.suffix == ".npz":
        from interplay.io.npz import save_arrays

        return save_arrays(path, arrays(result), header=about(result, names))
    from interplay.io.atomic import write_aside
    from interplay.job.describe import as_csv

    window, node = np.nonzero(result.present)
    label = np.arange(result.embedding.shape[1]) if names is None else np.asarray(list(names), dtype=str)
    columns: dict[str, NDArray[Any]] = {
        "window": window,
        "start_s": result.bounds[window, 0],
        "stop_s": result.bounds[window, 1],
        "node": label[node],
    }
    columns |= {f"z{d}": result.embedding[window, node, d] for d in range(result.embedding.shape[2])}
    return write_aside(path, as_csv(columns))


def arrays(result: EmbeddingResult, nodes: NDArray[np.int64] | None = None) -> dict[str, NDArray[Any]]:
    """Name the arrays of an embedding of T windows, N nodes and D numbers.

    Parameters
    ----------
    result : EmbeddingResult
    nodes : (N,) int64 array or None
        Which nodes of the network these are; all of them where None.

    Returns
    -------
    dict
        embedding (T, N, D), bounds_s (T, 2), node (N,), present (T, N), trained (T,); where the method has them spread
        (T, N, D), history (T, D), attention (T, T); and, with their names behind a slash, loss/... (E,),
        reconstruction/... and prediction/... (T,), parameters/...
    """
    found: dict[str, NDArray[Any]] = {
        "embedding": result.embedding,
        "bounds_s": result.bounds,
        "node": np.arange(result.embedding.shape[1]) if nodes is None else nodes,
        "present": result.present,
        "trained": result.trained,
    }
    for name in ("spread", "history", "attention"):
        if getattr(result, name) is not None:
            found[name] = getattr(result, name)
    for name in ("loss", "reconstruction", "prediction", "parameters"):
        found |= {f"{name}/{key}": np.asarray(value) for key, value in getattr(result, name).items()}
    return found


def about(result: EmbeddingResult, names: Sequence[str] | None = None) -> dict[str, Any]:
    """Say where an embedding comes from, for the header of its file.

    Parameters
    ----------
    result : EmbeddingResult
    names : sequence of str or None
        Of its nodes.
    """
    found = {
        "holds": "Embedding",
        "method": result.method,
        "config": settings(result),
        "made_from": result.made_from,
        "seed": result.seed,
        "best_epoch": result.best_epoch,
        "converged": result.converged,
        "versions": dict(result.versions),
        "method_notes": list(result.notes),
    }
    return found if names is None else found | {"names": list(names)}


def settings(result: EmbeddingResult) -> dict[str, Any]:
    """Give the settings that made an embedding, as plain values.

    Parameters
    ----------
    result : EmbeddingResult
    """
    return {f.name: getattr(result.config, f.name) for f in fields(result.config)}
