"""The only door to torch: graphs as tensors, seeded streams, and the training loop. Importing it imports torch."""

from interplay.tensors.certified_weights import Certificate
from interplay.tensors.contracting_weights import ContractingWeights
from interplay.tensors.devices import require_device
from interplay.tensors.diagonally_stable_weights import DiagonallyStableWeights
from interplay.tensors.event_batch import EventBatch, event_batch
from interplay.tensors.graph import GraphTensors, to_tensors
from interplay.tensors.rate_network import RateNetwork, Trajectories, TrajectoryTask
from interplay.tensors.rng import seeded_torch
from interplay.tensors.snapshots import SnapshotTensors, snapshot_tensors
from interplay.tensors.threads import torch_threads
from interplay.tensors.trained import Trained, parameters_of, with_parameters
from interplay.tensors.training import Task, TrainingPlan, train

__all__ = [
    "Certificate",
    "ContractingWeights",
    "DiagonallyStableWeights",
    "EventBatch",
    "GraphTensors",
    "RateNetwork",
    "SnapshotTensors",
    "Task",
    "Trained",
    "TrainingPlan",
    "Trajectories",
    "TrajectoryTask",
    "event_batch",
    "parameters_of",
    "require_device",
    "seeded_torch",
    "snapshot_tensors",
    "to_tensors",
    "torch_threads",
    "train",
    "with_parameters",
]
