"""Files to data objects and back, and public data sets with checksums. Importing this room opens no file library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.io.bids import ingest_cohort
    from interplay.io.cohort_store import open_cohort, save_cohort
    from interplay.io.cohort_writer import CohortWriter
    from interplay.io.datasets import DATASETS, fetch
    from interplay.io.event_ingest import ingest_events
    from interplay.io.event_store import EventWriter, index_events, open_events
    from interplay.io.gesture_folder import read_gestures
    from interplay.io.graph_files import load_graph
    from interplay.io.graph_folder import open_graph, save_graph
    from interplay.io.grid import load_matrix
    from interplay.io.hints import Hints
    from interplay.io.labelled_files import save_labelled_events, save_labelled_images
    from interplay.io.loading import load
    from interplay.io.npz import load_snapshots, save_recording, save_snapshots
    from interplay.io.nwb_write import save_nwb
    from interplay.io.region_labels import load_regions
    from interplay.io.simplices import load_simplices
    from interplay.io.small_images import digits
    from interplay.io.sniffing import sniff
    from interplay.io.spoken_files import read_spoken_digits

_HOME = {
    "CohortWriter": "cohort_writer",
    "DATASETS": "datasets",
    "EventWriter": "event_store",
    "Hints": "hints",
    "digits": "small_images",
    "fetch": "datasets",
    "index_events": "event_store",
    "ingest_cohort": "bids",
    "ingest_events": "event_ingest",
    "load": "loading",
    "load_graph": "graph_files",
    "load_matrix": "grid",
    "load_regions": "region_labels",
    "load_simplices": "simplices",
    "load_snapshots": "npz",
    "open_cohort": "cohort_store",
    "open_events": "event_store",
    "open_graph": "graph_folder",
    "read_gestures": "gesture_folder",
    "read_spoken_digits": "spoken_files",
    "save_cohort": "cohort_store",
    "save_graph": "graph_folder",
    "save_labelled_events": "labelled_files",
    "save_labelled_images": "labelled_files",
    "save_nwb": "nwb_write",
    "save_recording": "npz",
    "save_snapshots": "npz",
    "sniff": "sniffing",
}

__all__ = [
    "DATASETS",
    "CohortWriter",
    "EventWriter",
    "Hints",
    "digits",
    "fetch",
    "index_events",
    "ingest_cohort",
    "ingest_events",
    "load",
    "load_graph",
    "load_matrix",
    "load_regions",
    "load_simplices",
    "load_snapshots",
    "open_cohort",
    "open_events",
    "open_graph",
    "read_gestures",
    "read_spoken_digits",
    "save_cohort",
    "save_graph",
    "save_labelled_events",
    "save_labelled_images",
    "save_nwb",
    "save_recording",
    "save_snapshots",
    "sniff",
]

__getattr__, __dir__ = exports(__name__, _HOME)
