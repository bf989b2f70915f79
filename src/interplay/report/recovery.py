"""How well a known truth was found again: filled by whoever knows the truth, shown by the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, kw_only=True)
class Recovery:
    """Scores of an inference against the network that made the recording.

    Attributes
    ----------
    edge_auc : float in [0, 1]
        Area under the curve for telling linked from unlinked pairs, over the windows that lie inside one regime;
        higher is better, 0.5 is chance.
    auc_per_window : (S,) float array or None
        The same per window; NaN where a window spans a change.
    baseline_auc : mapping of name to float
        The same area for trivial scores, for example the product of the two firing rates.
    sign_accuracy : float in [0, 1] or None
        Share of true edges whose inferred weight has their sign.
    true_changes_s, found_changes_s : (K,) float arrays, s
    tolerance_s : float or None
        What counts as found in time, s; one window where the caller says so.
    notes : tuple of str
        What exactly was scored.
    """

    edge_auc: float
    auc_per_window: NDArray[np.float64] | None = None
    baseline_auc: Mapping[str, float] = field(default_factory=dict)
    sign_accuracy: float | None = None
    true_changes_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    found_changes_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    tolerance_s: float | None = None
    notes: tuple[str, ...] = ()

    def change_errors(self) -> NDArray[np.float64]:
        """Give the distance from each true change to the nearest found one, s (infinite where none was found)."""
        found = np.asarray(self.found_changes_s, dtype=np.float64)
        true = np.asarray(self.true_changes_s, dtype=np.float64)
        if not len(found):
            return np.full(len(true), np.inf)
        return np.asarray(np.abs(true[:, None] - found[None, :]).min(axis=1))
