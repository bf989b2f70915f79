"""What a variational graph network is built of, as plain settings: every method of the family is one of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Convolution = Literal["gcn", "sage", "gin"]
Edges = Literal["binary", "weighted", "signed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """The parts, and how they are put together.

    Parameters
    ----------
    hidden : int, >= 1
        H, width of the state.
    latent : int, >= 1
        D, width of the embedding.
    layers : int, >= 1
        Of the recurrence.
    convolution : {"gcn", "sage", "gin"}
    edges : {"binary", "weighted", "signed"}
        What of an edge is read and reconstructed: that it is there, its strength too, or its sign too.
    recurrent : bool
        Whether a graph GRU carries a state from window to window; without it every window stands alone.
    query : {"history", "mean"} or None
        What asks in the temporal attention: the history node, or the mean over the nodes; None has no attention.
    window : int or None
        Snapshots that attention reaches, the present one among them; None reaches all of the past.
    history_node : bool
        Whether a node that is joined to all others is added as the last.
    frozen_gru : bool
        As published: the recurrence keeps its random weights.
    reconstruct_all : bool
        As published: the diagonal and the history node count in the likelihood and its weights.
    """

    hidden: int = 32
    latent: int = 8
    layers: int = 1
    convolution: Convolution = "gcn"
    edges: Edges = "binary"
    recurrent: bool = True
    query: Literal["history", "mean"] | None = "history"
    window: int | None = None
    history_node: bool = True
    frozen_gru: bool = False
    reconstruct_all: bool = False
