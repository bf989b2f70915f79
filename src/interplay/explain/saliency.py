"""Which edges a trained network's word hangs on, from slopes or by taking them away one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Recording, Snapshots
from interplay.explain.removal import compare_removals, require_removal
from interplay.explain.results import Explanation
from interplay.explain.targets import Target
from interplay.represent.results import EmbeddingResult

if TYPE_CHECKING:
    from interplay.explain.model import Questioned

Floats = NDArray[np.float64]
Method = Literal["gradient", "integrated", "occlusion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSaliency:
    """Scores of the edges of a target's window and of the windows before.

    Parameters
    ----------
    method : {"gradient", "integrated", "occlusion"}
        "gradient": slope of the target over a factor on what passes along the edge, at 1 (edge weight times slope over
        the weight). "integrated": the mean of that slope while the factors of all edges go from 0 to 1 together; these
        scores add up to the target minus the target without any edge. "occlusion": the target minus the target without
        the edge.
    steps : int, >= 1
        Places between 0 and 1 at which "integrated" takes the slope (Gauss and Legendre's).
    shares : tuple of float, in (0, 1]
        How much is taken away, of the edges that can count, to test the scores.
    repeats : int, >= 1
        Random removals per share.
    seed : int, >= 0
        Of the random removals.

    Raises
    ------
    ConfigError
        If a number is out of range or the word is unknown.

    Notes
    -----
    A slope is exact for an infinitely small change only; a network that saturates can have a slope of 0 over an edge it
    hangs on. Hence the test by removal, and occlusion where the network is small.

    Slopes hold the node features, and the mean strength that weighted edges are divided by; removals take the edge away
    before either is computed.

    References
    ----------
    Simonyan, Vedaldi, Zisserman (2014), arXiv 1312.6034, section 3, for slopes. Sundararajan, Taly, Yan (2017), ICML,
    equation 1, for the integrated ones. Zeiler, Fergus (2014), ECCV, for occlusion.

    Examples
    --------
    >>> EdgeSaliency(method="occlusion").repeats
    20
    """

    method: Method = "gradient"
    steps: int = 16
    shares: tuple[float, ...] = (0.05, 0.1, 0.2)
    repeats: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ConfigError(unknown_name("`method`", str(self.method), get_args(Method)))
        require_setting("steps", self.steps, least=1)
        require_setting("seed", self.seed, least=0)
        require_removal(self.shares, self.repeats)

    def explain(
        self,
        result: EmbeddingResult,
        snapshots: Snapshots,
        target: Target,
        *,
        recording: Recording | None = None,
        features: ArrayLike | None = None,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> Explanation:
        """Score the edges.

        Parameters
        ----------
        result : EmbeddingResult
            Of `TAVRNN`, `VGRNN` or `VGAE`.
        snapshots : Snapshots
            T windows of N nodes; those the result was fitted to, or others that its parameters fit.
        target : Target
            `Link`, `RegionDistance` or `Projection`.
        recording, features
            As for the method's `embed`.
        device : str
            "cpu", "cuda" or "cuda:K".
        progress : callable or None
            Called as progress(done, total) after every removal; occlusion has a count of its own first.

        Returns
        -------
        Explanation
            Edges of later windows score exactly 0, and so do those of earlier ones where the method has no state.

        Raises
        ------
        ConfigError
            If the result is of another kind of method, or the device is not there.
        DataError
            If there is no such target or no edge it could depend on.

        Notes
        -----
        Computed in double precision. Cost: "gradient" one forward and one backward pass over the windows up to the
        target's, "integrated" as many as there are steps, "occlusion" one forward pass per edge; the test one forward
        pass per removal.
        """
        from interplay.explain.model import Questioned

        model = Questioned(result, snapshots, target, recording, features, device)
        value = model.value()
        early = self._scores(model, value, progress)
        counting = np.flatnonzero(model.counting)
        removal = compare_removals(
            early[counting],
            counting,
            model.snapshots.snapshot[counting],
            lambda gone: value - model.without_edges(gone),
            shares=self.shares,
            repeats=self.repeats,
            seed=self.seed,
            progress=progress,
        )
        edge = np.zeros(len(snapshots.src))
        edge[: len(early)] = early
        node, time = sums_of_edges(edge, snapshots)
        return Explanation(
            config=self,
            made_from=digest("explain", snapshots.digest, result.made_from, result.parameters),
            seed=self.seed,
            notes=(*model.notes, *self._notes(model)),
            citations=result.citations,
            target=target.describe(),
            value=value,
            edge=edge,
            node=node,
            time=time,
            fidelity=removal.fidelity,
            pvalues=removal.pvalues,
        )

    def _notes(self, model: Questioned) -> tuple[str, ...]:
        built = model.architecture
        if self.method != "integrated" or built.convolution != "sage" or built.history_node:
            return ()
        return (
            "A mean over neighbours does not change when all edges pass on less together, until the last moment: "
            "integrated scores add up to 0 here, not to what all edges do. Compare with method='occlusion'.",
        )

    def _scores(self, model: Questioned, value: float, progress: Progress | None) -> Floats:
        if self.method == "gradient":
            return model.gradient(1.0)
        if self.method == "integrated":
            places, shares = np.polynomial.legendre.leggauss(self.steps)
            slopes = (share / 2 * model.gradient((place + 1) / 2) for place, share in zip(places, shares, strict=True))
            return np.asarray(sum(slopes))
        score, counting = np.zeros(len(model.counting)), np.flatnonzero(model.counting)
        for done, k in enumerate(counting, start=1):
            score[k] = value - model.without_edges(np.array([k]))
            if progress is not None:
                progress(done, len(counting))
        return score


def sums_of_edges(edge: Floats, snapshots: Snapshots) -> tuple[Floats, Floats]:
    """Add the absolute scores of edges up.

    Parameters
    ----------
    edge : (E,) float64 array
    snapshots : Snapshots
        T windows of N nodes, E edges.

    Returns
    -------
    node : (T, N) float64 array
        Half the sum over each node's edges.
    time : (T,) float64 array
        The sum over each window's edges.
    """
    size, owner = np.abs(edge), snapshots.snapshot
    node = np.zeros((len(snapshots), snapshots.n_nodes))
    for end in (snapshots.src, snapshots.dst):
        np.add.at(node, (owner, end), size / 2)
    return node, np.bincount(owner, weights=size, minlength=len(snapshots)).astype(np.float64)
