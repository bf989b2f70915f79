"""What the network says of the windows, and where it stands after them."""

from __future__ import annotations

from typing import NamedTuple

import torch

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
        Row t: how much window t draws on the P windows that the state remembers and on windows 0 to t. To be read: no
        gradient flows back from it.
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
    """Where the network stands after some windows; enough to go on, and no more: no gradient flows back through it.

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


class Course(NamedTuple):
    """What the recurrence leaves behind, window by window.

    Attributes
    ----------
    mean, spread, sample : (T, n, D) tensors
    before : (T, n, H) tensor
        The state each window began with, from which its prior follows.
    attention : (T, P + T) tensor or None
    state : State
    """

    mean: torch.Tensor
    spread: torch.Tensor
    sample: torch.Tensor
    before: torch.Tensor
    attention: torch.Tensor | None
    state: State
