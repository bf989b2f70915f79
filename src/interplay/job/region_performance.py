"""Whether sensory and motor regions draw together where the game goes better: asked where a recording can tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Recording, Snapshots
from interplay.represent.results import EmbeddingResult
from interplay.stats import game_performance, sensory_motor_alignment
from interplay.stats.alignment_results import AlignmentResult
from interplay.stats.performance import FIGURES, Figure

#: Regions of a dish: the stimulated one, and those that move the paddle.
_SENSORY, _MOTOR = "sensory", "motor"


def alignments(
    results: Sequence[EmbeddingResult], nodes: NDArray[np.int64], network: Snapshots, recording: Recording, *, seed: int
) -> tuple[tuple[AlignmentResult, ...], tuple[str, ...]]:
    """Correlate the distance of regions with each figure of performance.

    Parameters
    ----------
    results : sequence of EmbeddingResult
        One per seed.
    nodes : (n,) int64 array
        Which units were embedded.
    network : Snapshots
        Of these units.
    recording : Recording
        A session: with a game, and with units in sensory and motor regions. Of others nothing is asked.
    seed : int

    Returns
    -------
    found : tuple of AlignmentResult
        One per figure of performance that varies and is defined in enough windows.
    notes : tuple of str
        Why the others are missing.
    """
    group = recording.units.group[nodes]
    named = sorted(set(group[group != ""].tolist()))
    motor = [name for name in named if name.startswith(_MOTOR)]
    if "rallies" not in recording.epochs or _SENSORY not in named or not motor:
        return (), ()
    chosen = recording if len(nodes) == recording.n_units else recording.select(nodes.tolist())
    found, notes = [], []
    try:
        performance = game_performance(recording, network.bounds)
    except DataError as error:
        return (), (f"Performance could not be told per window: {error}",)
    for name in get_args(Figure):
        try:
            found.append(
                sensory_motor_alignment(
                    np.stack([r.embedding for r in results]),
                    group,
                    performance.figure(name),
                    bounds=network.bounds,
                    recording=chosen,
                    snapshots=network,
                    present=network.present,
                    first=_SENSORY,
                    second=motor,
                    performance_name=FIGURES[name],
                    seed=seed,
                )
            )
        except DataError as error:
            notes.append(f"Regions were not held against {FIGURES[name]}: {error}")
    return tuple(found), tuple(notes)
