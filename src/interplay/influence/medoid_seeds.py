"""Seeds that stand for the parts of an embedding.

References
----------
Khajehnejad et al. (2020), IJCAI; Khajehnejad et al. (2022), AAAI: seeds for influence from clusters of node embeddings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay.influence.seed_choice import Ints, SeedChooser


@dataclass(frozen=True, kw_only=True)
class KMedoidSeeds(SeedChooser):
    """The medoids of clusters in an embedding's space.

    Parameters
    ----------
    clusters : int, >= 1, or None
        None: as many clusters as seeds, the medoid of each. A number: so many clusters, each giving seeds in proportion
        to its size (largest remainders), the members nearest to its medoid first.
    restarts : int, >= 1
        Of the clustering; see `interplay.stats.k_medoids`.

    Notes
    -----
    Nodes that the embedding could not place are never chosen; if the budget exceeds the others, there are fewer seeds
    and a note. Euclidean distance. Seeds come by size of cluster, largest first. Nothing is proved about reach.

    References
    ----------
    Khajehnejad et al. (2020, 2022). Schubert, Rousseeuw (2021) for the clustering.
    """

    clusters: int | None = None
    restarts: int = 1

    method = "medoids"
    cites = ("schubert2021medoids",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.clusters is not None:
            require_setting("clusters", self.clusters, least=1, whole=True)
        require_setting("restarts", self.restarts, least=1, whole=True)

    def _choose(
        self, graph: Any, groups: Any, embedding: Any, open_nodes: Ints, count: int, progress: Any
    ) -> dict[str, Any]:
        from interplay.stats import k_medoids

        if embedding is None:
            raise DataError(
                '"medoids" needs `embedding`, got None. Pass the result of a method that embeds nodes, for example '
                "`interplay.represent.DeepWalk`."
            )
        placed = open_nodes[embedding.embedded[open_nodes]]
        notes: tuple[str, ...] = ()
        if count > len(placed):
            notes = (f"Only {len(placed)} candidates have a place in the embedding: all of them are seeds.",)
            count = len(placed)
        if count == 0:
            return {"seeds": placed[:0], "notes": notes, "citations": embedding.citations}
        k = min(count if self.clusters is None else self.clusters, len(placed))
        found = k_medoids(embedding.embedding[placed], k, seed=self.seed, restarts=self.restarts)
        chosen = found.medoids if self.clusters is None else _nearest(found.label, found.distance, count)
        work = {"swaps": float(found.swaps)}
        return {"seeds": placed[chosen], "work": work, "notes": notes, "citations": embedding.citations}


def _nearest(label: Ints, distance: NDArray[np.float64], count: int) -> Ints:
    """Share `count` out over clusters in proportion to their sizes; nearest members first."""
    size = np.bincount(label)
    exact = size * (count / size.sum())
    quota = np.floor(exact).astype(np.int64)
    rest = np.argsort(-(exact - quota), kind="stable")
    quota[rest[: count - quota.sum()]] += 1
    parts = []
    for cluster, share in enumerate(quota):
        members = np.flatnonzero(label == cluster)
        parts.append(members[np.argsort(distance[members], kind="stable")[:share]])
    return np.concatenate(parts)
