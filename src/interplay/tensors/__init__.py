"""The only door to torch: graphs as tensors, and seeded torch streams. Importing this room imports torch."""

from interplay.tensors.graph import GraphTensors, to_tensors
from interplay.tensors.rng import seeded_torch

__all__ = ["GraphTensors", "seeded_torch", "to_tensors"]
