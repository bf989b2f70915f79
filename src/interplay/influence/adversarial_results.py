"""What adversarial embedding gives back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from interplay.data.node_embedding import NodeEmbedding


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class AdversarialResult(NodeEmbedding):
    """Where every node stands, and what its place still tells of its group.

    Attributes
    ----------
    groups : (G,) text array
    strength : float
        How strongly the encoder hid the group. 0: a plain auto-encoder.
    leak_linear, leak_kernel : (R,) float64 arrays, in [0, 1]
        Balanced accuracy of fresh classifiers of the group, trained on half of the embedded nodes and asked about the
        rest; see `interplay.stats.group_leakage`. Empty with fewer than two groups.
    leak_chance : float
        What they score where nothing is told; NaN with fewer than two groups.
    discriminator_loss : float
        The discriminator's cross-entropy in the last epoch, over that of equal odds. 1: it is at a loss, which is not
        enough, since it may only be weak. NaN where none was trained.
    """

    groups: NDArray[np.str_]
    strength: float
    leak_linear: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    leak_kernel: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    leak_chance: float = float("nan")
    discriminator_loss: float = float("nan")

    @property
    def leak(self) -> float:
        """The higher of the two fresh classifiers' mean scores; NaN with fewer than two groups."""
        if len(self.leak_linear) == 0:
            return float("nan")
        return float(max(self.leak_linear.mean(), self.leak_kernel.mean()))
