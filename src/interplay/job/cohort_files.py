"""Vectors of a cohort's regions as files of their own: named arrays, or one row per scan and region."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.represent.brain.results import BrainEmbedding

#: The vectors of a run, in its folder.
VECTORS = "embedding.npz"


def write_brain_embedding(path: Path, found: BrainEmbedding) -> Path:
    """Write the vectors of every region of every scan.

    Parameters
    ----------
    path : Path
        Ends in .npz (arrays embedding, function and structure (S, R, D), gate and present (S, R), windows, subject and
        session (S,), regions and networks (R,)) or in .csv (one row per scan and region that it has).
    found : BrainEmbedding

    Returns
    -------
    Path
    """
    if path.suffix == ".csv":
        from interplay.io.atomic import write_aside
        from interplay.job.describe import as_csv

        scan, region = np.nonzero(found.present)
        columns: dict[str, NDArray[Any]] = {
            "subject": found.subject[scan],
            "session": found.session[scan],
            "region": found.regions[region],
            "network": found.networks[region],
        }
        columns |= {f"z{d}": found.embedding[scan, region, d] for d in range(found.embedding.shape[2])}
        return write_aside(path, as_csv(columns))
    from interplay.io.npz import save_arrays
    from interplay.report.sections.methods import config_items

    names = ("embedding", "function", "structure", "gate", "present", "windows", "subject", "session", "regions")
    arrays = {name: getattr(found, name) for name in (*names, "networks") if getattr(found, name) is not None}
    header = {
        "holds": "BrainEmbedding",
        "method": "brainsymphony",
        "settings": dict(config_items(found.config)),
        "made_from": found.made_from,
        "notes": list(found.notes),
        "versions": dict(found.versions),
    }
    return save_arrays(path, arrays, header=header)
