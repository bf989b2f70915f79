"""What models of streams give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class StreamResult(Result):
    """A trained model of a stream, and how it got there.

    Attributes
    ----------
    method : str
        Registered name.
    aim : str
        "link" or "sign".
    parameters : mapping of str to arrays
        Everything that was trained; `config.online(result)` puts it to work.
    loss : mapping of str to (K,) float64 arrays
        Per epoch: "loss", its parts, and "held_out": one minus the average precision of the validation links against
        one random negative each, or one minus the area under the curve of the validation signs.
    best_epoch : int
        Epoch whose parameters were kept, counted from 0.
    converged : bool
        Whether training stopped because nothing improved any more.
    n_nodes, n_features : int
        Of the stream that was learnt.
    train_stop, validation_stop : int
        Events before `train_stop` were learnt from, those before `validation_stop` watched.
    """

    method: str
    aim: str
    parameters: Mapping[str, NDArray[np.float64]]
    loss: Mapping[str, NDArray[np.float64]]
    best_epoch: int
    converged: bool
    n_nodes: int
    n_features: int
    train_stop: int
    validation_stop: int
