"""The recurrence, written window by window as the equations read; torch differentiates it.

Serves every architecture. The usual ones go the faster way of `represent.unrolled`, which must say the same.

References
----------
Hajiramezanali et al. (2019), NeurIPS, equations 4 to 8. Khajehnejad et al. (2024), arXiv:2410.00665.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from interplay.represent.architecture import Architecture
from interplay.represent.attention import pooling, reach
from interplay.represent.convolution import GraphConvolution
from interplay.represent.gathering import Gather
from interplay.represent.latents import Course, State
from interplay.tensors import SnapshotTensors

if TYPE_CHECKING:
    from interplay.represent.module import VariationalGraphNetwork


class GraphGRU(nn.Module):
    """One layer of the recurrence.

    Parameters
    ----------
    widths : tuple of int
        Widths of the inputs.
    architecture : Architecture

    Notes
    -----
    S and R are the gates, C the candidate: H' = S ⊙ H + (1 - S) ⊙ C. As published, S keeps the past. The six
    convolutions are three here: those of one input are computed as one.
    """

    def __init__(self, widths: tuple[int, ...], architecture: Architecture) -> None:
        super().__init__()
        hidden = architecture.hidden
        self.from_input = GraphConvolution(widths, hidden, architecture, blocks=3, bias=True)
        self.from_state = GraphConvolution((hidden,), hidden, architecture, blocks=2, bias=True)
        self.from_reset = GraphConvolution((hidden,), hidden, architecture, bias=True)
        if architecture.frozen_gru:
            self.requires_grad_(False)

    def forward(
        self, hear: Gather, t: int, gathered: tuple[torch.Tensor, ...], state: torch.Tensor, heard: torch.Tensor
    ) -> torch.Tensor:
        """Go one window on.

        Parameters
        ----------
        hear : Gather
        t : int
        gathered : tuple of (n, K F) tensors
            The inputs, gathered.
        state, heard : (n, H) and (n, K H) tensors
            State of before, and the same gathered.

        Returns
        -------
        (n, H) tensor
        """
        z, r, c = self.from_input(*gathered).chunk(3, -1)
        past_z, past_r = self.from_state(heard).chunk(2, -1)
        keep, reset = torch.sigmoid(z + past_z), torch.sigmoid(r + past_r)
        candidate = torch.tanh(c + self.from_reset(hear.window(t, reset * state)))
        return keep * state + (1 - keep) * candidate


def recur(
    network: VariationalGraphNetwork,
    data: SnapshotTensors,
    hear: Gather,
    known: torch.Tensor,
    noise: torch.Tensor | None,
    state: State,
) -> Course:
    """Go through the windows.

    Parameters
    ----------
    network : VariationalGraphNetwork
    data : SnapshotTensors
    hear : Gather
    known : (T, n, K H) tensor
        What the features say, gathered.
    noise : (T, n, D) tensor or None
        Of the samples; None takes the means.
    state : State

    Returns
    -------
    Course
    """
    attends = network.architecture.query is not None
    pool = pooling(data, network.architecture)
    layers, keys, values = list(state.hidden), list(state.keys), list(state.values)
    before, means, spreads, samples, rows = [], [], [], [], []
    for t in range(len(data)):
        before.append(layers[-1])
        heard = [hear.window(t, layer) for layer in layers]
        inner = torch.relu(network.encoder(known[t], heard[-1]))
        mean, spread = network.posterior_of(hear.window(t, inner))
        sample = mean if noise is None else mean + spread * noise[t]
        inputs: tuple[torch.Tensor, ...] = (known[t], hear.window(t, torch.relu(network.latents(sample))))
        for k, layer in enumerate(network.recurrence):
            layers[k] = layer(hear, t, inputs, layers[k], heard[k])
            inputs = (hear.window(t, layers[k]),) if k + 1 < len(layers) else ()
        if attends:
            first = len(keys) - reach(len(keys), network.architecture)
            layers[-1], alpha = network.attention(layers[-1], pool[t] @ layers[-1], keys[first:], values[first:])
            keys.append(network.attention.key(pool[t] @ layers[-1]))
            values.append(network.attention.value(layers[-1]))
            row = alpha.new_zeros(len(state.keys) + len(data))
            row[first : len(keys)] = alpha.detach()
            rows.append(row)
        means.append(mean)
        spreads.append(spread)
        samples.append(sample)
    kept = reach(len(keys), network.architecture)
    return Course(
        torch.stack(means),
        torch.stack(spreads),
        torch.stack(samples),
        torch.stack(before),
        torch.stack(rows) if rows else None,
        State(
            torch.stack(layers).detach(),
            torch.stack(keys[len(keys) - kept :]).detach() if kept else state.keys[:0],
            torch.stack(values[len(values) - kept :]).detach() if kept else state.values[:0],
        ),
    )


def start(data: SnapshotTensors, architecture: Architecture) -> State:
    """Give the state before the first window: zeros, and nothing to attend to.

    Parameters
    ----------
    data : SnapshotTensors
    architecture : Architecture

    Returns
    -------
    State
    """
    n, hidden, like = data.n_nodes, architecture.hidden, data.weight
    return State(
        like.new_zeros(architecture.layers, n, hidden), like.new_zeros(0, hidden), like.new_zeros(0, n, hidden)
    )
