"""The recovery stage: hold what was inferred against the network that made the recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.data import Recording, Snapshots
from interplay.measures import change_error, edge_scores
from interplay.measures.results import ChangePoints
from interplay.report.recovery import Recovery


def recover(every: Snapshots, changes: ChangePoints, recording: Recording) -> Recovery:
    """Score edges, signs and times of change.

    Parameters
    ----------
    every : Snapshots
        All measured pairs, so that the area under the curve ranks them all.
    changes : ChangePoints
        Found in the thresholded network.
    recording : Recording
        With its truth.

    Returns
    -------
    Recovery
        With the same area for the product of the two firing rates: the trivial score of a pair.
    """
    truth = recording.truth
    assert truth is not None
    found = edge_scores(every, truth, straddling="skip")
    trivial = edge_scores(_rate_products(every, recording), truth, straddling="skip")
    true_s = truth.bounds[1:, 0]
    window_s = float(np.diff(every.bounds[0])[0])
    errors = change_error(changes.time_s, true_s, tolerance_s=window_s)
    notes = (
        f"{int((found.truth_index < 0).sum())} windows that span a change were left out.",
        f"Of {len(true_s)} true changes {len(true_s) - errors.misses} were found within one window ({window_s:g} s); "
        f"{errors.false_alarms} found ones have no partner.",
    )
    return Recovery(
        edge_auc=_mean(found.auc),
        auc_per_window=found.auc,
        baseline_auc={"product of firing rates": _mean(trivial.auc)},
        sign_accuracy=_mean(found.sign_accuracy),
        true_changes_s=true_s,
        found_changes_s=changes.time_s,
        tolerance_s=window_s,
        notes=notes,
    )


def _rate_products(every: Snapshots, recording: Recording) -> Snapshots:
    """Give every measured pair the product of its two rates as its weight."""
    assert recording.events is not None
    counts = recording.events.counts(every.bounds).astype(np.float64)
    owner = every.snapshot
    return every.with_weight(counts[owner, every.src] * counts[owner, every.dst])


def _mean(values: NDArray[np.float64]) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")
