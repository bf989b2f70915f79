"""How much is trained where a plan leaves it open: a stated rule of size, so that a run stays quick and repeatable.

A clock would give another result on another machine. So work is counted instead, in pairs of nodes: an epoch on T
windows of n nodes costs T (n² + b n + a), b being what a node costs beside its pairs, and a what a window costs beside
its nodes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.job.plan import Plan

#: What a window costs beside its nodes, and a node beside its pairs, in pairs: as measured on one thread, where a pair
#: takes about 4 ns.
_WINDOW, _NODE = 50_000, 2100
#: Pairs that all trainings of one set of windows may take together.
_BUDGET = 2_500_000_000
#: Epochs, where there is room and where there is not. Models with a state stay on a line when they get fewer.
_EPOCHS, _LEAST_EPOCHS = 150, 100
#: Tenths of a short training that are warm-up.
_WARM_UP = 9
_SEEDS = 3
#: Trainings per seed: one on all windows, one on those of the past only.
_PROTOCOLS = 2
#: Windows that are trained on: thinned to no fewer, and no more than teach anything new.
_LEAST_WINDOWS, _MOST_WINDOWS = 32, 120
#: Nodes are thinned to no fewer.
_LEAST_NODES = 200
#: All of the rule: another rule trains otherwise, so what an older one trained is done again.
RULE = (
    _WINDOW,
    _NODE,
    _BUDGET,
    _EPOCHS,
    _LEAST_EPOCHS,
    _WARM_UP,
    _SEEDS,
    _LEAST_WINDOWS,
    _MOST_WINDOWS,
    _LEAST_NODES,
    "warm-up",
    "past",
)


@dataclass(frozen=True, kw_only=True)
class TrainingSize:
    """What the trainings of one set of windows may take.

    Attributes
    ----------
    epochs : int
    seeds : int
    warm_up : int
        So many of the epochs, where the model knows such.
    step : int
        Every so many windows one is trained on; all are embedded.
    nodes : int or None
        So many nodes, where not all.
    note : str
        The choice and its reason.
    """

    epochs: int
    seeds: int
    warm_up: int = 0
    step: int = 1
    nodes: int | None = None
    note: str = ""

    def trained(self, learnable: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Choose the windows to train on.

        Parameters
        ----------
        learnable : (S,) bool array

        Returns
        -------
        (R,) int64 array, rising
        """
        return np.flatnonzero(learnable)[:: self.step]


def training_size(plan: Plan, n_windows: int, n_nodes: int, *, may_drop_nodes: bool = True) -> TrainingSize:
    """Choose epochs, seeds, windows and nodes by the rule of size; what the plan sets stands.

    Parameters
    ----------
    plan : Plan
    n_windows, n_nodes : int
    may_drop_nodes : bool
        Whether nodes may be left out.

    Returns
    -------
    TrainingSize
    """
    from interplay.represent import METHODS

    seeds = plan.embedding_seeds or _SEEDS
    room = _BUDGET / (seeds * _PROTOCOLS)
    epochs, step, nodes = plan.epochs, 1, plan.embedding_nodes
    n = min(n_nodes, nodes or n_nodes)
    if epochs is None:
        least = min(n_windows, _LEAST_WINDOWS)
        if nodes is None and may_drop_nodes and _work(least, n) * _LEAST_EPOCHS > room:
            n = min(n, max(_LEAST_NODES, _affordable(room / (_LEAST_EPOCHS * least))))
            nodes = n if n < n_nodes else None
        wanted = max(_work(n_windows, n) * _LEAST_EPOCHS / room, n_windows / _MOST_WINDOWS)
        step = int(np.clip(np.ceil(wanted), 1, max(1, n_windows // least)))
        epochs = int(np.clip(room / _work(-(-n_windows // step), n), _LEAST_EPOCHS, _EPOCHS))
    warm_up = warm_up_of(METHODS["tavrnn" if plan.represent == "auto" else plan.represent], epochs)
    note = f"{epochs} epochs{f', {warm_up} of them warm-up' if warm_up else ''}"
    note += f", {seeds} random start{'' if seeds == 1 else 's'}"
    if step > 1:
        note += f", every {ordinal(step)} window trained on and all embedded"
    if plan.epochs is None or plan.embedding_seeds is None:
        note += f": by size, {n_windows} windows of {n} nodes"
    return TrainingSize(
        epochs=epochs, seeds=seeds, warm_up=warm_up, step=step, nodes=nodes, note=f"Trained for {note}."
    )


def warm_up_of(method: Any, epochs: int) -> int:
    """Give the epochs of warm-up: nine tenths, and no more than the method has by itself; 0 where it has none.

    With half of 100 epochs the noise can come before anything is learnt.

    Parameters
    ----------
    method : class of a configuration
    epochs : int

    Returns
    -------
    int
    """
    known = [int(f.default) for f in fields(method) if f.name == "warm_up"]  # type: ignore[arg-type]
    return min(_WARM_UP * epochs // 10, known[0]) if known else 0


def ordinal(number: int) -> str:
    """Write 2 as 2nd.

    Parameters
    ----------
    number : int, >= 1
    """
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


def work(size: TrainingSize, n_windows: int, n_nodes: int) -> float:
    """Count the work of one training, in pairs.

    Parameters
    ----------
    size : TrainingSize
    n_windows, n_nodes : int
        What is trained on.

    Returns
    -------
    float
    """
    return size.epochs * _work(n_windows, n_nodes)


def _work(n_windows: int, n_nodes: int) -> float:
    """Cost of one epoch, in pairs."""
    return float(n_windows) * (n_nodes**2 + _NODE * n_nodes + _WINDOW)


def _affordable(pairs: float) -> int:
    """Give the most nodes that one window may have at this cost."""
    return int(max((_NODE**2 / 4 + pairs - _WINDOW) ** 0.5 - _NODE / 2 if pairs > _WINDOW else 0.0, 0.0))
