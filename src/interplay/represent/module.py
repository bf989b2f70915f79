"""The network itself: encoder, prior, graph GRU and temporal attention.

References
----------
Kipf, Welling (2016), arXiv:1611.07308 (one window by itself). Hajiramezanali et al. (2019), NeurIPS, equations 4 to 8
(the recurrence). Khajehnejad et al. (2024), arXiv:2410.00665 (the attention and the history node).
"""

from __future__ import annotations

import torch
from torch import nn

from interplay._core.errors import DataError
from interplay.represent import recurrence, unrolled
from interplay.represent.architecture import Architecture
from interplay.represent.attention import TemporalAttention
from interplay.represent.convolution import GraphConvolution
from interplay.represent.gathering import gather
from interplay.represent.latents import SMALLEST, Latents, State
from interplay.represent.recurrence import GraphGRU
from interplay.tensors import SnapshotTensors

__all__ = ["Latents", "State", "VariationalGraphNetwork"]


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
    Memory is linear in T, apart from the T x T weights of the attention.
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
        self,
        data: SnapshotTensors,
        state: State | None = None,
        *,
        generator: torch.Generator | None = None,
        noise_share: float = 1.0,
    ) -> tuple[Latents, State]:
        """Go through the windows.

        Parameters
        ----------
        data : SnapshotTensors
        state : State or None
            Where an earlier call ended; None begins anew.
        generator : torch.Generator or None
            Draws the samples, one call of (T, n, D) normal numbers; None takes the means.
        noise_share : float, in [0, 1]
            What the draws are multiplied with; below 1 only while training warms up.

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
            noise = noise_share * torch.randn(size, generator=generator, device=known.device, dtype=known.dtype)
        state = state or recurrence.start(data, self.architecture)
        if not self.architecture.recurrent:
            mean, spread = self.posterior_of(hear.windows(torch.relu(self.encoder(known))))
            sample = mean if noise is None else mean + spread * noise
            prior = torch.zeros_like(mean), torch.ones_like(mean)
            return Latents(mean, spread, *prior, sample, None, self._coefficients()), state
        way = unrolled if unrolled.serves(self.architecture, data) else recurrence
        course = way.recur(self, data, hear, known, noise, state)
        hidden = torch.relu(self.prior(course.before))
        prior_spread = nn.functional.softplus(self.prior_spread(hidden)) + SMALLEST
        said = (course.mean, course.spread, self.prior_mean(hidden), prior_spread, course.sample)
        return Latents(*said, course.attention, self._coefficients()), course.state

    def posterior_of(self, gathered: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give mean and spread of the posterior from the encoder's gathered output, (..., n, K H)."""
        mean, spread = self.posterior(gathered).chunk(2, -1)
        return mean, nn.functional.softplus(spread) + SMALLEST

    def _coefficients(self) -> torch.Tensor | None:
        return None if self.architecture.edges == "binary" else self.coefficients

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
