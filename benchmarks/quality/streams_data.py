"""The real streams of the quality table: read from where INTERPLAY_DATA points, never kept here."""

import os
from functools import cache
from pathlib import Path

import numpy as np

from interplay.data import TemporalGraph, split_events

ROOT = Path(os.environ.get("INTERPLAY_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))

#: Name: what is asked of it, and its file.
STREAMS = {
    "wikipedia": ("link", "temporal/ml_wikipedia.txt"),
    "college_msg": ("link", "college_msg/CollegeMsg.txt"),
    "bitcoin_otc": ("sign", "signed/ml_bitcoinotc.csv"),
    "bitcoin_alpha": ("sign", "signed/ml_bitcoinalpha.csv"),
}


@cache
def stream(name):
    """Read a stream; None where its file is not there."""
    place = ROOT / STREAMS[name][1]
    if not place.exists():
        return None
    if place.suffix == ".csv":
        src, dst, time, weight = np.loadtxt(place, delimiter=",", skiprows=1, usecols=(1, 2, 3, 5)).T
    else:
        src, dst, time = np.loadtxt(place).T
        weight = None
    n_nodes = int(max(src.max(), dst.max())) + 1
    span = (float(time.min()), float(np.nextafter(time.max(), np.inf)))
    return TemporalGraph.from_events(src.astype(int), dst.astype(int), time, weight, n_nodes=n_nodes, span=span)


def split(name):
    """Cut a stream by time into 70, 15 and 15 %; None where its file is not there."""
    graph = stream(name)
    return None if graph is None else split_events(graph)
