"""From networks over time to vectors: where every node stands in every window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports
from interplay._core.registry import Registry

if TYPE_CHECKING:
    from interplay.represent.architecture import Architecture
    from interplay.represent.brain.method import BrainSymphony, Tuning
    from interplay.represent.brain.results import BrainEmbedding, BrainModel, BrainReadout, BrainReconstruction
    from interplay.represent.cohort_features import scan_features
    from interplay.represent.corpus import WalkCorpus
    from interplay.represent.deep_walk import CrossWalk, DeepWalk, FairWalk
    from interplay.represent.features import node_features
    from interplay.represent.jodie import JODIE
    from interplay.represent.levy_walk import LevyWalk
    from interplay.represent.link_tasks import link_prediction, split_links
    from interplay.represent.method import VariationalMethod
    from interplay.represent.musae import AE, MUSAE
    from interplay.represent.nat import NAT
    from interplay.represent.node2vec import Node2Vec
    from interplay.represent.node_baselines import DegreeVectors, RandomVectors, SpectralVectors
    from interplay.represent.node_tasks import node_classification
    from interplay.represent.prepared_walk import PreparedWalk
    from interplay.represent.pres import PRES
    from interplay.represent.results import EmbeddingResult
    from interplay.represent.reweighting import (
        ConstantWeights,
        CrossWeights,
        FairWeights,
        boundary_closeness,
        constant_weights,
        cross_weights,
        fair_weights,
    )
    from interplay.represent.seeds import over_seeds
    from interplay.represent.semba import SEMBA
    from interplay.represent.semba_evidence import EVIDENCE
    from interplay.represent.sharded_walks import ShardedWalks, walk_in_shards
    from interplay.represent.statistics import StatisticsGRU, node_statistics
    from interplay.represent.stream_results import StreamResult
    from interplay.represent.task_results import LinkSplit, TaskResult, pool_tasks
    from interplay.represent.tavrnn import TAVRNN, VGAE, VGRNN
    from interplay.represent.temporal_walk import TemporalWalk
    from interplay.represent.tgn import TGN
    from interplay.represent.walks import (
        WALKS,
        GroupWalk,
        JumpWalk,
        Node2VecWalk,
        RestartWalk,
        UniformWalk,
        WeightedWalk,
    )

_HOME = {
    "BrainSymphony": "brain.method",
    "Tuning": "brain.method",
    "BrainEmbedding": "brain.results",
    "BrainModel": "brain.results",
    "BrainReadout": "brain.results",
    "BrainReconstruction": "brain.results",
    "AE": "musae",
    "MUSAE": "musae",
    "CrossWalk": "deep_walk",
    "DeepWalk": "deep_walk",
    "FairWalk": "deep_walk",
    "Node2Vec": "node2vec",
    "DegreeVectors": "node_baselines",
    "RandomVectors": "node_baselines",
    "SpectralVectors": "node_baselines",
    "ConstantWeights": "reweighting",
    "CrossWeights": "reweighting",
    "FairWeights": "reweighting",
    "boundary_closeness": "reweighting",
    "constant_weights": "reweighting",
    "cross_weights": "reweighting",
    "fair_weights": "reweighting",
    "pool_tasks": "task_results",
    "TaskResult": "task_results",
    "LinkSplit": "task_results",
    "split_links": "link_tasks",
    "link_prediction": "link_tasks",
    "node_classification": "node_tasks",
    "TAVRNN": "tavrnn",
    "VGAE": "tavrnn",
    "VGRNN": "tavrnn",
    "JODIE": "jodie",
    "NAT": "nat",
    "PRES": "pres",
    "TGN": "tgn",
    "SEMBA": "semba",
    "EVIDENCE": "semba_evidence",
    "Architecture": "architecture",
    "EmbeddingResult": "results",
    "StatisticsGRU": "statistics",
    "StreamResult": "stream_results",
    "VariationalMethod": "method",
    "WALKS": "walks",
    "WalkCorpus": "corpus",
    "GroupWalk": "walks",
    "JumpWalk": "walks",
    "Node2VecWalk": "walks",
    "PreparedWalk": "prepared_walk",
    "LevyWalk": "levy_walk",
    "TemporalWalk": "temporal_walk",
    "ShardedWalks": "sharded_walks",
    "walk_in_shards": "sharded_walks",
    "RestartWalk": "walks",
    "UniformWalk": "walks",
    "WeightedWalk": "walks",
    "node_features": "features",
    "scan_features": "cohort_features",
    "node_statistics": "statistics",
    "over_seeds": "seeds",
}

#: Methods by the name the command line knows them under.
METHODS = Registry(
    "representation",
    {
        "tavrnn": "interplay.represent.tavrnn:TAVRNN",
        "vgrnn": "interplay.represent.tavrnn:VGRNN",
        "vgae": "interplay.represent.tavrnn:VGAE",
        "statistics": "interplay.represent.statistics:StatisticsGRU",
    },
)

#: Models of streams of events, all on one contract: score from what was written, then write.
STREAM_METHODS = Registry(
    "model of streams",
    {
        "jodie": "interplay.represent.jodie:JODIE",
        "nat": "interplay.represent.nat:NAT",
        "pres": "interplay.represent.pres:PRES",
        "semba": "interplay.represent.semba:SEMBA",
        "tgn": "interplay.represent.tgn:TGN",
    },
)

#: Models of many scans of brains over one atlas, pre-trained without labels.
COHORT_METHODS = Registry("model of cohorts", {"brainsymphony": "interplay.represent.brain.method:BrainSymphony"})

#: Methods that give every node of one graph a vector; the last three are what the others must beat.
NODE_METHODS = Registry(
    "node embedding",
    {
        "deepwalk": "interplay.represent.deep_walk:DeepWalk",
        "node2vec": "interplay.represent.node2vec:Node2Vec",
        "crosswalk": "interplay.represent.deep_walk:CrossWalk",
        "fairwalk": "interplay.represent.deep_walk:FairWalk",
        "musae": "interplay.represent.musae:MUSAE",
        "ae": "interplay.represent.musae:AE",
        "spectral": "interplay.represent.node_baselines:SpectralVectors",
        "degree": "interplay.represent.node_baselines:DegreeVectors",
        "random": "interplay.represent.node_baselines:RandomVectors",
    },
)

__all__ = [
    "AE",
    "COHORT_METHODS",
    "EVIDENCE",
    "JODIE",
    "METHODS",
    "MUSAE",
    "NAT",
    "NODE_METHODS",
    "PRES",
    "SEMBA",
    "STREAM_METHODS",
    "TAVRNN",
    "TGN",
    "VGAE",
    "VGRNN",
    "WALKS",
    "Architecture",
    "BrainEmbedding",
    "BrainModel",
    "BrainReadout",
    "BrainReconstruction",
    "BrainSymphony",
    "ConstantWeights",
    "CrossWalk",
    "CrossWeights",
    "DeepWalk",
    "DegreeVectors",
    "EmbeddingResult",
    "FairWalk",
    "FairWeights",
    "GroupWalk",
    "JumpWalk",
    "LevyWalk",
    "LinkSplit",
    "Node2Vec",
    "Node2VecWalk",
    "PreparedWalk",
    "RandomVectors",
    "RestartWalk",
    "ShardedWalks",
    "SpectralVectors",
    "StatisticsGRU",
    "StreamResult",
    "TaskResult",
    "TemporalWalk",
    "Tuning",
    "UniformWalk",
    "VariationalMethod",
    "WalkCorpus",
    "WeightedWalk",
    "boundary_closeness",
    "constant_weights",
    "cross_weights",
    "fair_weights",
    "link_prediction",
    "node_classification",
    "node_features",
    "node_statistics",
    "over_seeds",
    "pool_tasks",
    "scan_features",
    "split_links",
    "walk_in_shards",
]

__getattr__, __dir__ = exports(__name__, _HOME)
