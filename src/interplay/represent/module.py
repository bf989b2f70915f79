"""The network itself: encoder, prior, graph GRU and temporal attention.

References
----------
Kipf, Welling (2016), arXiv:1611.07308 (one window by itself). Hajiramezanali et al. (2019), NeurIPS, equations 4 to 8
(the recurrence). Khajehnejad et al. (2024), arXiv:2410.00665 (the attention and the history node).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from interplay._core.errors import DataError
from interplay.represent.architecture import Architecture
from interplay.represent.attention import TemporalAttention
from interplay.represent.convolution import Gather, GraphConvolution, gather
from interplay.tensors import SnapshotTensors

#: Added to every standard deviation, so that none is 0 in single precision.
SMALLEST = 1e-10


class Latents(NamedTuple):
    """What the network says of T windows.

    Attributes
    ----------
    mean, spread : (T, n, D) tensors
        Of the posterior of each node.
    prior_mean, prior_spread : (T, n, D) tensors
        Of the prior, which knows the windows before only.
    sample : (T, n, D) tensor
        A draw from the posterior; its mean if no generator was given.
    attention : (T, P + T) tensor or None
        Row t: how much window t draws on the P windows that the state remembers and on windows 0 to t.
    coefficients : (K, D + 1) tensor or None
        Of the products of two nodes' latent numbers, and an offset: row 0 gives an edge's strength, row 1 its sign.
    """

    mean: torch.Tensor
    spread: torch.Tensor
    prior_mean: torch.Tensor
    prior_spread: torch.Tensor
    sample: torch.Tensor
    attention: torch.Tensor | None
    coefficients: torch.Tensor | None

    def part(self, start: int, stop: int) -> Latents:
        """Give the windows [start, stop)."""
        return Latents(
            self.mean[start:stop],
            self.spread[start:stop],
            self.prior_mean[start:stop],
            self.prior_spread[start:stop],
            self.sample[start:stop],
            None if self.attention is None else self.attention[start:stop],
            self.coefficients,
        )


class State(NamedTuple):
    """Where the network stands after some windows; enough to go on.

    Attributes
    ----------
    hidden : (L, n, H) tensor
        State of every layer of the recurrence; of the last layer the attended one.
    keys : (P, H) tensor
    values : (P, n, H) tensor
        Of the windows that attention still reaches.
    """

    hidden: torch.Tensor
    keys: torch.Tensor
    values: torch.Tensor


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


class VariationalGraphNetwork(nn.Module):
    """From networks over time to a distribution per node and window.

    Parameters
    ----------
    architecture : Architecture
    n_features : int
        F, width of the node features; `SnapshotTensors.n_features`.

    Notes
    -----
    With G the convolution (`represent.convolution`), ‖ side by side, and H_0 = 0:
    encoder E = ReLU G[φx(X_t) ‖ H_{t-1}], mean = G(E), spread = softplus G(E); prior P = ReLU Linear(H_{t-1}), mean and
    softplus-spread linear in P; recurrence of the input [φx(X_t) ‖ φz(Z_t)], see `GraphGRU`, deeper layers on the state
    of the layer below; then attention. φ are Linear and ReLU. Encoder and prior read the last layer, and only it is
    attended (the published model has one layer). Without recurrence E = ReLU G[φx(X_t)], and the prior is the standard
    normal. Means are what an embedding is; a sample is drawn only when a generator is given.
    """

    def __init__(self, architecture: Architecture, n_features: int) -> None:
        super().__init__()
        self.architecture, self.n_features = architecture, n_features
        a, hidden, latent = architecture, architecture.hidden, architecture.latent
        self.features = nn.Linear(n_features, hidden)
        self.encoder = GraphConvolution((hidden, hidden) if a.recurrent else (hidden,), hidden, a)
        self.posterior = GraphConvolution((hidden,), latent, a, blocks=2)
        if a.recurrent:
            self.latents = nn.Linear(latent, hidden)
            self.prior = nn.Linear(hidden, hidden)
            self.prior_mean, self.prior_spread = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
            widths = [(hidden, hidden), *[(hidden,)] * (a.layers - 1)]
            self.recurrence = nn.ModuleList(GraphGRU(width, a) for width in widths)
        if a.recurrent and a.query is not None:
            self.attention = TemporalAttention(hidden)
        if a.edges != "binary":
            rows = torch.empty(2 if a.edges == "signed" else 1, latent + 1)
            self.coefficients = nn.Parameter(nn.init.uniform_(rows, -(latent**-0.5), latent**-0.5))

    def forward(
        self, data: SnapshotTensors, state: State | None = None, *, generator: torch.Generator | None = None
    ) -> tuple[Latents, State]:
        """Go through the windows.

        Parameters
        ----------
        data : SnapshotTensors
        state : State or None
            Where an earlier call ended; None begins anew.
        generator : torch.Generator or None
            Draws the samples, one call of (T, n, D) normal numbers; None takes the means.

        Returns
        -------
        latents : Latents
        state : State

        Raises
        ------
        DataError
            If features or nodes are not those the network was built for, or differ from the state's.
        """
        self._check(data, state)
        hear = gather(data, self.architecture)
        known = self.features.weight.T + self.features.bias if data.features is None else self.features(data.features)
        known = hear.windows(torch.relu(known))
        size = (len(data), data.n_nodes, self.architecture.latent)
        noise = None
        if generator is not None:
            noise = torch.randn(size, generator=generator, device=known.device, dtype=known.dtype)
        if self.architecture.recurrent:
            return self._recur(data, hear, known, noise, state or self._begin(data, known))
        inner = torch.relu(self.encoder(known))
        mean, spread = self._posterior(hear.windows(inner))
        prior = torch.zeros_like(mean), torch.ones_like(mean)
        sample = mean if noise is None else mean + spread * noise
        return Latents(mean, spread, *prior, sample, None, self._coefficients()), self._begin(data, known)

    def _recur(
        self, data: SnapshotTensors, hear: Gather, known: torch.Tensor, noise: torch.Tensor | None, state: State
    ) -> tuple[Latents, State]:
        layers = list(state.hidden)
        keys, values = list(state.keys), list(state.values)
        before, means, spreads, samples, rows = [], [], [], [], []
        for t in range(len(data)):
            before.append(layers[-1])
            heard = [hear.window(t, layer) for layer in layers]
            inner = torch.relu(self.encoder(known[t], heard[-1]))
            mean, spread = self._posterior(hear.window(t, inner))
            sample = mean if noise is None else mean + spread * noise[t]
            inputs: tuple[torch.Tensor, ...] = (known[t], hear.window(t, torch.relu(self.latents(sample))))
            for k, layer in enumerate(self.recurrence):
                layers[k] = layer(hear, t, inputs, layers[k], heard[k])
                inputs = (hear.window(t, layers[k]),) if k + 1 < len(layers) else ()
            if self.architecture.query is not None:
                layers[-1], alpha = self._attend(data, t, layers[-1], keys, values)
                rows.append(nn.functional.pad(alpha, (len(keys) - len(alpha), 0)))
            means.append(mean)
            spreads.append(spread)
            samples.append(sample)
        hidden = torch.relu(self.prior(torch.stack(before)))
        attention = torch.stack([nn.functional.pad(row, (0, len(keys) - len(row))) for row in rows]) if rows else None
        latents = Latents(
            torch.stack(means),
            torch.stack(spreads),
            self.prior_mean(hidden),
            nn.functional.softplus(self.prior_spread(hidden)) + SMALLEST,
            torch.stack(samples),
            attention,
            self._coefficients(),
        )
        reach = self._reach(len(keys))
        empty = self._begin(data, known)
        kept_keys = torch.stack(keys[-reach:]) if rows and reach else empty.keys
        kept_values = torch.stack(values[-reach:]) if rows and reach else empty.values
        return latents, State(torch.stack(layers), kept_keys, kept_values)

    def _attend(
        self, data: SnapshotTensors, t: int, state: torch.Tensor, keys: list[torch.Tensor], values: list[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        reach = self._reach(len(keys))
        first = len(keys) - reach
        attended, alpha = self.attention(state, self._summary(data, t, state), keys[first:], values[first:])
        keys.append(self.attention.key(self._summary(data, t, attended)))
        values.append(self.attention.value(attended))
        return attended, alpha

    def _reach(self, past: int) -> int:
        window = self.architecture.window
        return past if window is None else min(past, window - 1)

    def _summary(self, data: SnapshotTensors, t: int, state: torch.Tensor) -> torch.Tensor:
        if self.architecture.query == "history":
            return state[-1]
        here = data.present[t].to(state.dtype)
        return here @ state / here.sum().clamp(min=1)

    def _posterior(self, gathered: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, spread = self.posterior(gathered).chunk(2, -1)
        return mean, nn.functional.softplus(spread) + SMALLEST

    def _coefficients(self) -> torch.Tensor | None:
        return None if self.architecture.edges == "binary" else self.coefficients

    def _begin(self, data: SnapshotTensors, like: torch.Tensor) -> State:
        n, hidden = data.n_nodes, self.architecture.hidden
        return State(
            like.new_zeros(self.architecture.layers, n, hidden), like.new_zeros(0, hidden), like.new_zeros(0, n, hidden)
        )

    def _check(self, data: SnapshotTensors, state: State | None) -> None:
        if data.n_features != self.n_features:
            raise DataError(
                f"`data` must have {self.n_features} features per node, as the network was built for, "
                f"got {data.n_features}. Give the same features, or ones of a fixed width."
            )
        if data.history_node != self.architecture.history_node:
            raise DataError(
                f"`data` must {'' if self.architecture.history_node else 'not '}have a history node for this "
                f"architecture. Convert the snapshots with history_node={self.architecture.history_node}."
            )
        if state is not None and state.hidden.shape[1] != data.n_nodes:
            raise DataError(
                f"`state` must be of the same nodes: it holds {state.hidden.shape[1]}, the data {data.n_nodes}. "
                "Begin anew with state=None."
            )
