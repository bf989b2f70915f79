"""Shares, points and names of models in words, for the chapters on influence."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.data import Graph
from interplay.plot.influence import ERRORS
from interplay.report import words

#: What the models are called in running text.
MODELS = {
    "ic": "independent cascade",
    "lt": "linear threshold",
    "si": "SI epidemic",
    "sir": "SIR epidemic",
    "deffuant": "bounded confidence by Deffuant",
    "hegselmann-krause": "bounded confidence by Hegselmann and Krause",
}


def model_words(name: str) -> str:
    """Name a model of spreading in running text.

    Parameters
    ----------
    name : str
        Registered name.
    """
    return MODELS.get(name, name)


def percent(share: float, digits: int = 1) -> str:
    """Write a share in per cent; a dash where undefined."""
    return words.DASH if not np.isfinite(share) else f"{100 * share:.{digits}f} %".replace("-", words.MINUS)


def points(share: float) -> str:
    """Write a difference of shares in percentage points."""
    return f"{100 * share:.1f} percentage points".replace("-", words.MINUS)


def within(error: float) -> str:
    """Write half of a 95 % interval of a share, in brackets; nothing where there is no error."""
    return f" (± {100 * ERRORS * error:.2g} points)" if np.isfinite(error) and error > 0 else ""


def seeds(k: int) -> str:
    """Count seeds at the head of a sentence."""
    return "No seeds" if k == 0 else "One seed" if k == 1 else words.plural(k, "seed")


def verb(k: int) -> str:
    """Give what so many seeds do."""
    return "reaches" if k == 1 else "reach"


def plain(key: str) -> str:
    """Write the name of a setting in words."""
    return key.replace("_", " ")


def notes(*results: Any) -> tuple[str, ...]:
    """Collect the notes of results, each once."""
    return tuple(dict.fromkeys(note for result in results for note in result.notes))


def node_labels(graph: Graph) -> list[str]:
    """Say what the nodes of a graph are called.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    list of str
    """
    return [str(k) for k in range(graph.n_nodes)] if graph.names is None else [str(v) for v in graph.names]
