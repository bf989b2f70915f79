"""Small networks and windows that several tests of the model share."""

import numpy as np
import torch

from interplay._core.rng import stream
from interplay.represent import gathering
from interplay.represent.architecture import Architecture
from interplay.represent.module import VariationalGraphNetwork
from interplay.tensors import seeded_torch, snapshot_tensors
from interplay.testing import random_snapshots


def windows(n_snapshots=5, n_nodes=6, *, absent=False, density=0.5, seed=0):
    rng = stream(seed, "test", "windows")
    return random_snapshots(
        rng, n_snapshots=n_snapshots, n_nodes=n_nodes, directed=False, density=density, absent=absent
    )


def made(snapshots, *, features=None, dtype="float64", **settings):
    """Network, tensors and architecture, in double precision unless said otherwise."""
    settings = {"hidden": 6, "latent": 3} | settings
    if settings.get("query", "history") == "mean":
        settings = {"history_node": False} | settings
    architecture = Architecture(**settings)
    data = snapshot_tensors(snapshots, features=features, history_node=architecture.history_node, dtype=dtype)
    with seeded_torch(3, "test"):
        network = VariationalGraphNetwork(architecture, data.n_features)
    return network.to(getattr(torch, dtype)), data, architecture


def sparse_from_the_first_node_on(patch):
    """Lay every network out sparse, however small and full it is."""
    patch.setattr(gathering, "SMALL", 0)
    patch.setattr(gathering, "DENSE", 2.0)


def generator(seed=1):
    return torch.Generator().manual_seed(seed)


def arrays(network):
    return {name: value.detach().numpy() for name, value in network.named_parameters()}


def published_matrices(snapshots):
    """(T, n, n) with the history node last and ones on the diagonal."""
    n = snapshots.n_nodes + 1
    a = np.ones((len(snapshots), n, n))
    a[:, :-1, :-1] = snapshots.dense() != 0
    a[:, np.arange(n), np.arange(n)] = 1
    return a
