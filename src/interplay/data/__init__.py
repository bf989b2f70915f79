"""The data objects: frozen, checked once, in seconds and half-open intervals, with an explicit span and node count."""

from interplay.data.cohort import Cohort, CohortSplit
from interplay.data.event_batches import EventSplit, event_batches, split_events
from interplay.data.event_index import EventIndex
from interplay.data.events import Events
from interplay.data.graph import Graph
from interplay.data.groups import Groups
from interplay.data.intervals import Intervals
from interplay.data.labelled_events import LabelledEvents
from interplay.data.labelled_images import LabelledImages
from interplay.data.node_embedding import NodeEmbedding
from interplay.data.recording import Recording
from interplay.data.series import Series
from interplay.data.simplices import Simplices
from interplay.data.snapshots import Snapshots
from interplay.data.splits import block_folds, windows
from interplay.data.temporal_graph import TemporalGraph
from interplay.data.units import Units

__all__ = [
    "Cohort",
    "CohortSplit",
    "EventIndex",
    "EventSplit",
    "Events",
    "Graph",
    "Groups",
    "Intervals",
    "LabelledEvents",
    "LabelledImages",
    "NodeEmbedding",
    "Recording",
    "Series",
    "Simplices",
    "Snapshots",
    "TemporalGraph",
    "Units",
    "block_folds",
    "event_batches",
    "split_events",
    "windows",
]
