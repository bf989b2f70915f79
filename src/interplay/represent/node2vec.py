"""node2vec: second-order walks that return or wander, and skip-gram on them.

References
----------
Grover, Leskovec (2016), KDD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from interplay._core.checks import require_setting
from interplay.data import Graph
from interplay.represent.prepared_walk import Walk
from interplay.represent.walk_embedding import WalkEmbedding
from interplay.represent.walks import Node2VecWalk


@dataclass(frozen=True, kw_only=True)
class Node2Vec(WalkEmbedding):
    """Walks with the return parameter p and the in-out parameter q, and skip-gram on them.

    A walk that came from t to v goes on to x in proportion to the weight of v -> x times 1/p if x is t, 1 if t -> x is
    an edge, and 1/q if not.

    Parameters
    ----------
    p : float, > 0
        Large: rarely back to where it came from.
    q : float, > 0
        Large: stays near where it came from; small: wanders outward.

    Notes
    -----
    The other settings are those of `WalkEmbedding`. The noise is drawn once for the pairs of one centre.

    References
    ----------
    Grover, Leskovec (2016), KDD, section 3.2.
    """

    p: float = 1.0
    q: float = 1.0

    method: ClassVar[str] = "node2vec"
    citations: ClassVar[tuple[str, ...]] = ("grover2016scalable",)

    def __post_init__(self) -> None:
        super().__post_init__()
        require_setting("p", self.p, above=0, below=np.inf)
        require_setting("q", self.q, above=0, below=np.inf)

    def _rule(self, graph: Graph) -> Walk:
        return Node2VecWalk(p=self.p, q=self.q)
