"""Attention over time as scores of windows: what the network draws on, put to the same test as any explanation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Recording, Snapshots
from interplay.explain.removal import compare_removals, require_removal
from interplay.explain.results import Explanation
from interplay.explain.targets import Target
from interplay.represent.results import EmbeddingResult

CAVEAT = (
    "Attention says which windows a state was drawn from. It does not say that the target would be another without "
    "them, since the recurrence carries the past too. Compare `fidelity` with chance before reading it as a reason."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionTimes:
    """Scores of windows: the attention that made the state from which the target's window is read.

    Parameters
    ----------
    shares : tuple of float, in (0, 1]
        How many of the earlier windows are taken away to test the scores.
    repeats : int, >= 1
        Random removals per share.
    seed : int, >= 0
        Of the random removals.

    Raises
    ------
    ConfigError
        If a number is out of range.

    Notes
    -----
    The attention of window t shapes the state that t hands on. The embedding of window t is made from the state that
    t - 1 handed on, hence row t - 1 of the attention is what bears on it, and scores the windows before t.

    References
    ----------
    Jain, Wallace (2019), NAACL, and Wiegreffe, Pinter (2019), EMNLP, on whether attention explains.

    Examples
    --------
    >>> AttentionTimes().shares
    (0.1, 0.25, 0.5)
    """

    shares: tuple[float, ...] = (0.1, 0.25, 0.5)
    repeats: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
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
        """Score the windows before the target's.

        Parameters
        ----------
        result : EmbeddingResult
            Of a method that attends.
        snapshots : Snapshots
            T windows of N nodes; those the result was fitted to, or others that its parameters fit.
        target : Target
            `Link`, `RegionDistance` or `Projection`, not in window 0.
        recording, features
            As for the method's `embed`.
        device : str
            "cpu", "cuda" or "cuda:K".
        progress : callable or None
            Called as progress(done, total) after every removal.

        Returns
        -------
        Explanation
            `time` sums to one over the windows before the target's and is 0 from there on; `edge` and `node` are NaN:
            attention weighs windows, not edges. `fidelity` takes windows away, as if they had not been recorded, and
            has the size of the change.

        Raises
        ------
        ConfigError
            If the method does not attend, or the device is not there.
        DataError
            If there is no such target, or no window before it.

        Notes
        -----
        Cost: one forward pass per removal.
        """
        from interplay.explain.model import Questioned

        if result.attention is None:
            raise ConfigError(f"`result` must be of a method that attends, got {result.method!r}. Fit TAVRNN.")
        if target.window == 0:
            raise DataError("`target` must have windows before it, got window 0. Give a later one.")
        model = Questioned(result, snapshots, target, recording, features, device)
        value, earlier = model.value(), np.arange(target.window)
        attention = model.latents().attention
        assert attention is not None
        time = np.zeros(len(snapshots))
        time[earlier] = attention[target.window - 1, earlier].cpu().numpy()
        removal = compare_removals(
            time[earlier],
            earlier,
            np.zeros_like(earlier),
            lambda gone: abs(value - model.without_windows(gone.tolist())),
            shares=self.shares,
            repeats=self.repeats,
            seed=self.seed,
            progress=progress,
        )
        return Explanation(
            config=self,
            made_from=digest("explain", snapshots.digest, result.made_from, result.parameters),
            seed=self.seed,
            notes=(*model.elsewhere, CAVEAT),
            citations=result.citations,
            target=target.describe(),
            value=value,
            edge=np.full(len(snapshots.src), np.nan),
            node=np.full((len(snapshots), snapshots.n_nodes), np.nan),
            time=time,
            fidelity=removal.fidelity,
            pvalues=removal.pvalues,
        )
