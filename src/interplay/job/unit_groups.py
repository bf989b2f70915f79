"""Whether units of one region stand together: in the embedding, and in what is trivially known of each unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from interplay.data import Recording, Snapshots
from interplay.measures.regions import region_agreement, region_silhouette
from interplay.represent.results import EmbeddingResult

#: Mean and spread over seeds of each score, by kind of vectors.
Scores = Mapping[str, Mapping[str, float]]


def group_scores(
    label: str,
    results: Sequence[EmbeddingResult],
    nodes: NDArray[np.int64],
    network: Snapshots,
    recording: Recording,
    *,
    seed: int,
) -> Scores | None:
    """Score how well regions keep apart and are found again, by the embedding and by trivial vectors.

    Parameters
    ----------
    label : str
        What the method is called.
    results : sequence of EmbeddingResult
        One per seed.
    nodes : (n,) int64 array
        Which units were embedded.
    network : Snapshots
        Of these units.
    recording : Recording
    seed : int
        Of the clustering.

    Returns
    -------
    dict of str to dict of str to float, or None
        For the embedding, "firing rate" and "degree": "silhouette" (in [-1, 1]) and "agreement" (adjusted mutual
        information of as many clusters as there are regions; 0 by chance), each a mean over seeds, with "... spread"
        where there are several. One vector per unit: its mean over the windows where it is present; for the trivial
        ones its course over windows. None where fewer than two regions are named.
    """
    group = recording.units.group[nodes]
    if len(set(group[group != ""].tolist())) < 2:
        return None
    present = results[0].present
    found = {label: [_mean_place(r) for r in results], "degree": [_degrees(network).T]}
    if recording.events is not None:
        found["firing rate"] = [recording.events.counts(network.bounds)[:, nodes].T.astype(np.float64)]
    known = present.any(axis=0)
    return {name: _scores([v[known] for v in rows], group[known], seed) for name, rows in found.items()}


def _scores(versions: Sequence[NDArray[np.float64]], group: NDArray[np.str_], seed: int) -> dict[str, float]:
    out: dict[str, float] = {}
    for name, values in (
        ("silhouette", [region_silhouette(v, group) for v in versions]),
        ("agreement", [region_agreement(v, group, seed) for v in versions]),
    ):
        out[name] = float(np.mean(values))
        if len(values) > 1:
            out[f"{name} spread"] = float(np.std(values, ddof=1))
    return out


def _mean_place(result: EmbeddingResult) -> NDArray[np.float64]:
    count = np.maximum(result.present.sum(axis=0), 1)
    return np.asarray(np.einsum("tnd,tn->nd", result.embedding, result.present.astype(np.float64)) / count[:, None])


def _degrees(network: Snapshots) -> NDArray[np.float64]:
    """Count the edges of each node in each window, (T, N)."""
    out = np.zeros((len(network), network.n_nodes))
    for ends in (network.src, network.dst):
        np.add.at(out, (network.snapshot, ends), 1.0)
    return out
