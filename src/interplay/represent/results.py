"""What the methods of this room give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.provenance import Result
from interplay.represent.axes import dimensions_in_use

Pool = Literal["mean", "history", "units"]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class EmbeddingResult(Result):
    """Where every node stands in every window, and how the model got there.

    Attributes
    ----------
    method : str
        Registered name of the method.
    embedding : (T, N, D) float64 array
        Posterior means (for a method without a posterior: its vectors). Of absent nodes too: what the model carries on.
    spread : (T, N, D) float64 array or None
        Standard deviation of the posterior; None where the method has none.
    history : (T, D) float64 array or None
        Posterior mean of the history node; None without one.
    attention : (T, T) float64 array or None
        Row t: how much window t draws on windows 0 to t; rows sum to one, 0 after t. None where nothing attends.
    loss : mapping of str to (E,) float64 arrays
        Per epoch: "loss", its parts, and "held_out" where windows were kept for stopping.
    bounds : (T, 2) float64 array, s
    present : (T, N) bool array
        Which nodes could be measured.
    trained : (T,) bool array
        Windows the parameters were fitted to. All of them: transductive. A prefix: inductive, and what follows is new.
    reconstruction : mapping of str to (T,) float64 arrays
        "auc" and "ap" of the edges of each window, from that window's own embedding; NaN for empty or full windows.
    prediction : mapping of str to (T,) float64 arrays
        "auc" and "ap" of the edges of each window, from the windows before it only; NaN for the first. Empty where the
        method cannot predict.
    parameters : mapping of str to arrays
        Everything that was trained, by the name of the parameter; enough to embed other windows.
    best_epoch : int
        Epoch whose parameters were kept, counted from 0.
    converged : bool
        Whether training stopped because nothing improved any more, rather than at the last epoch.
    """

    method: str
    embedding: NDArray[np.float64]
    spread: NDArray[np.float64] | None
    history: NDArray[np.float64] | None
    attention: NDArray[np.float64] | None
    loss: Mapping[str, NDArray[np.float64]]
    bounds: NDArray[np.float64]
    present: NDArray[np.bool_]
    trained: NDArray[np.bool_]
    reconstruction: Mapping[str, NDArray[np.float64]]
    prediction: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    parameters: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    best_epoch: int = 0
    converged: bool = False

    @property
    def dimensions(self) -> float:
        """Dimensions in use, in [1, D]: the participation ratio of the present nodes' variances along principal axes.

        k where the vectors of all windows, seen from their mean, spread over k axes equally and over the others not at
        all; NaN where nothing varies. Near 1 the embedding holds one number per node, whatever D is.
        """
        return dimensions_in_use(self.embedding[self.present])

    def vectors(self, pool: Pool = "mean") -> NDArray[np.float64]:
        """Give one vector per window, for a read-out.

        Parameters
        ----------
        pool : {"mean", "history", "units"}
            Mean over the present nodes (T, D); the history node (T, D); or all nodes side by side (T, N D).

        Returns
        -------
        (T, D) or (T, N D) float64 array

        Raises
        ------
        ConfigError
            If `pool` is unknown.
        DataError
            If there is no history node, or a window has no present node.
        """
        if pool not in get_args(Pool):
            raise ConfigError(unknown_name("`pool`", pool, get_args(Pool)))
        if pool == "units":
            return self.embedding.reshape(len(self.embedding), -1)
        if pool == "history":
            if self.history is None:
                raise DataError("`pool`='history' needs a history node, and this result has none. Use pool='mean'.")
            return self.history
        count = self.present.sum(axis=1)
        if (count == 0).any():
            raise DataError(
                f"`pool`='mean' needs a present node in every window, but window {int(np.argmin(count))} has none. "
                "Leave that window out, or use pool='history'."
            )
        return np.asarray(np.einsum("tnd,tn->td", self.embedding, self.present / count[:, None]))
