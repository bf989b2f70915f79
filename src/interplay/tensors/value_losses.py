"""Four losses of value learning: squared, Huber, and two that learn a distribution by cross-entropy.

References
----------
Bellemare, Dabney, Munos (2017), ICML: C51, eq. 7 (projection onto fixed atoms) and the cross-entropy after it.
Imani, White (2018), ICML: the histogram loss with a Gaussian target.
Farebrother et al. (2024), arXiv 2403.03950: HL-Gauss for value learning, sigma = 0.75 bin widths.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError

#: Width of the Gaussian target in bins, as recommended by Farebrother et al. (2024).
SIGMA_BINS = 0.75
#: A C51 target counts as clamped where that moved its mean by more than this share of the gap between atoms.
COUNTED_SHIFT = 0.1


@dataclass(frozen=True)
class Support:
    """Range of returns that a distribution can stand for, cut into equal parts.

    Parameters
    ----------
    low, high : float, in units of reward, low < high
    bins : int, >= 2
        Atoms of C51 (the first at `low`, the last at `high`), bins of HL-Gauss (the first begins at `low`, the last
        ends at `high`).

    Raises
    ------
    ConfigError
        If the range is empty or holds fewer than two bins.
    """

    low: float
    high: float
    bins: int

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ConfigError(f"`support` must be (low, high) with low < high, got ({self.low}, {self.high}).")
        require_setting("bins", self.bins, least=2)

    @cached_property
    def atoms(self) -> torch.Tensor:
        """Give the M places on which C51 puts mass, float32."""
        return torch.linspace(self.low, self.high, self.bins, dtype=torch.float64).float()

    @cached_property
    def edges(self) -> torch.Tensor:
        """Give the M + 1 edges of the bins of HL-Gauss, float32."""
        return torch.linspace(self.low, self.high, self.bins + 1, dtype=torch.float64).float()

    @cached_property
    def centres(self) -> torch.Tensor:
        """Give the M middles of the bins of HL-Gauss, float32."""
        edges = torch.linspace(self.low, self.high, self.bins + 1, dtype=torch.float64)
        return ((edges[1:] + edges[:-1]) / 2).float()


def squared(value: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Give (value - target)² and its derivative by the value, elementwise."""
    error = value - target
    return error.square(), 2 * error


def huber(value: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Give e²/2 where |e| <= 1, |e| - 1/2 beyond, for e = value - target, and its derivative, elementwise."""
    error = value - target
    slope = error.clamp(-1.0, 1.0)
    return slope * (error - slope / 2), slope


def cross_entropy(logits: torch.Tensor, probability: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Give -Σ_i p_i log softmax(logits)_i over the last axis, and its derivative by the logits, softmax(logits) - p.

    The least value is the entropy of p, not zero. The derivative holds where p sums to 1.
    """
    log = torch.log_softmax(logits, -1)
    return -(probability * log).sum(-1), log.exp() - probability


def project(
    probability: torch.Tensor, reward: torch.Tensor, discount: torch.Tensor, support: Support
) -> tuple[torch.Tensor, torch.Tensor]:
    """Move atoms to reward + discount · atom and share their mass between the two nearest fixed atoms.

    Parameters
    ----------
    probability : (..., M) float tensor
        Distribution at the next state.
    reward, discount : (...) float tensor
        `discount` is γⁿ, or 0 after the end of an episode.
    support : Support

    Returns
    -------
    (..., M) float tensor
        The projected distribution; it sums to 1 like the given one.
    (...) bool tensor
        Where atoms beyond the support had enough mass to move the mean by more than a tenth of a gap between atoms.

    Notes
    -----
    Atoms moved beyond an end are put on that end, as in Bellemare et al. (2017). Apart from that the projection keeps
    the mean. A reward shifts some atoms out nearly always, mostly with next to no mass; hence the count by means.
    """
    atoms = support.atoms
    gap = (support.high - support.low) / (support.bins - 1)
    moved = reward[..., None] + discount[..., None] * atoms
    kept = moved.clamp(support.low, support.high)
    outside = (probability * (moved - kept)).sum(-1).abs() > COUNTED_SHIFT * gap
    place = (kept - support.low) / gap
    below = place.floor().clamp(0, support.bins - 2)
    share = (place - below).clamp(0, 1)
    index = below.long()
    projected = torch.zeros_like(moved)
    projected.scatter_add_(-1, index, probability * (1 - share))
    projected.scatter_add_(-1, index + 1, probability * share)
    return projected, outside


def gaussian_histogram(target: torch.Tensor, support: Support) -> tuple[torch.Tensor, torch.Tensor]:
    """Spread scalar targets over the bins as a Gaussian of 0.75 bin widths, normalised over the support.

    Parameters
    ----------
    target : (...) float tensor
    support : Support

    Returns
    -------
    (..., M) float tensor
        p_i ∝ erf((e_{i+1} - y) / (√2 σ)) - erf((e_i - y) / (√2 σ)).
    (...) bool tensor
        Where the target lay outside the support and was put on its end.

    Notes
    -----
    A target far outside leaves no mass on any bin; without clamping p would be 0 everywhere, and so would the loss and
    its gradient: the value would be wrong and at rest. A target at an end keeps half of its Gaussian, so its mean
    lies 0.6 bin widths inside; choose a support with a margin.
    """
    outside = (target < support.low) | (target > support.high)
    return bin_mass(target.clamp(support.low, support.high), support), outside


def bin_mass(target: torch.Tensor, support: Support) -> torch.Tensor:
    """Give the Gaussian's mass on every bin over its mass on the support, for targets inside the support."""
    edges = support.edges
    scale = 2**0.5 * SIGMA_BINS * (support.high - support.low) / support.bins
    cumulative = torch.erf((edges - target[..., None]) / scale)
    mass = cumulative[..., 1:] - cumulative[..., :-1]
    return mass / (cumulative[..., -1:] - cumulative[..., :1])
