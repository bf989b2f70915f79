"""DeepWalk, and its fair variants CrossWalk and FairWalk.

References
----------
Perozzi, Al-Rfou, Skiena (2014), KDD. Khajehnejad et al. (2022), AAAI. Rahman, Surma, Backes, Zhang (2019), IJCAI.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from interplay._core.errors import ConfigError
from interplay.represent.reweighting import CrossWeights, FairWeights, Reweighting
from interplay.represent.walk_embedding import FirstOrderEmbedding


@dataclass(frozen=True, kw_only=True)
class DeepWalk(FirstOrderEmbedding):
    """Walks in proportion to the weights, and skip-gram on them.

    The settings are those of `WalkEmbedding`.

    Notes
    -----
    Deviations: negative sampling in place of the hierarchical softmax of the source, as nearly all later work has it;
    the noise is drawn once for the pairs of one centre (Ji et al. 2019). Time O(N walks length window negatives D).

    References
    ----------
    Perozzi, Al-Rfou, Skiena (2014), KDD, algorithms 1 and 2. Mikolov et al. (2013), NeurIPS, equation 4.
    """

    method: ClassVar[str] = "deepwalk"
    citations: ClassVar[tuple[str, ...]] = ("perozzi2014deepwalk",)


@dataclass(frozen=True, kw_only=True)
class CrossWalk(FirstOrderEmbedding):
    """DeepWalk on `cross_weights`: walks that cross from group to group. The fit needs `groups`.

    Parameters
    ----------
    alpha : float, in (0, 1)
        Share of every row that crosses to other groups.
    exponent : float, >= 0
        How strongly walks lean to nodes near another group.
    steps : int, >= 1
        Of the walks that measure how near.
    closeness_walks : int or None
        None: how near is computed exactly; a number: from so many walks, as published (1000). They draw other numbers
        than the walks that are trained on.

    Notes
    -----
    The other settings are those of `WalkEmbedding`. Any walk-based method can be made fair this way:
    ``Node2Vec(p=.5, reweight=CrossWeights(alpha=.5))``; so does another `epsilon` than 1e-3.

    References
    ----------
    Khajehnejad et al. (2022), AAAI 36:11963.
    """

    alpha: float = 0.5
    exponent: float = 2.0
    steps: int = 5
    closeness_walks: int | None = None

    method: ClassVar[str] = "crosswalk"
    citations: ClassVar[tuple[str, ...]] = ("perozzi2014deepwalk",)

    def __post_init__(self) -> None:
        super().__post_init__()
        _refuse_second(self.reweight, type(self).__name__)
        self._weights()

    def _weights(self) -> Reweighting:
        return CrossWeights(
            alpha=self.alpha, exponent=self.exponent, steps=self.steps, walks=self.closeness_walks, seed=self.seed
        )


@dataclass(frozen=True, kw_only=True)
class FairWalk(FirstOrderEmbedding):
    """DeepWalk on `fair_weights`: first a group among the neighbours, all alike, then a neighbour of it.

    The fit needs `groups`. The settings are those of `WalkEmbedding`.

    Notes
    -----
    The source walks with node2vec's p and q, which are 1 here; ``Node2Vec(p=..., q=..., reweight=FairWeights())`` has
    them.

    References
    ----------
    Rahman, Surma, Backes, Zhang (2019), IJCAI.
    """

    method: ClassVar[str] = "fairwalk"
    citations: ClassVar[tuple[str, ...]] = ("perozzi2014deepwalk",)

    def __post_init__(self) -> None:
        super().__post_init__()
        _refuse_second(self.reweight, type(self).__name__)

    def _weights(self) -> Reweighting:
        return FairWeights()


def _refuse_second(reweight: Reweighting | None, name: str) -> None:
    if reweight is not None:
        raise ConfigError(
            f"`reweight` must be None for {name}, which has a re-weighting of its own, got {reweight!r}. Use "
            "DeepWalk(reweight=...)."
        )
