"""What was measured of a stream of events, as lines for a terminal and as plain values for a file."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.data import TemporalGraph
from interplay.measures.event_measures import EVENT_MEASURES
from interplay.measures.event_results import EventMeasures
from interplay.measures.event_timing import between_events

#: Motifs that are named in the text, the most frequent first.
_MOTIFS = 5


def usual_wait(graph: TemporalGraph) -> float | None:
    """Give the median time that a node waits for its next event, s; None where nobody waits.

    Parameters
    ----------
    graph : TemporalGraph

    Returns
    -------
    float or None
        Of the times above 0.
    """
    waits = between_events(graph, "node")[0]
    waits = waits[waits > 0]
    return float(np.median(waits)) if len(waits) else None


def event_text(measures: EventMeasures) -> list[str]:
    """Write every number of a stream on a line of its own, with what it means.

    Parameters
    ----------
    measures : EventMeasures

    Returns
    -------
    list of str
    """
    wide = max(map(len, measures.scalars))
    lines = [
        f"{name:{wide}s}  {_number(value):>10s}  {EVENT_MEASURES[name].definition}"
        for name, value in measures.scalars.items()
    ]
    total = sum(measures.motifs.values())
    if measures.motif_window_s is not None:
        lines.append(f"temporal motifs within {measures.motif_window_s:g} s: {total}")
        top = sorted(measures.motifs.items(), key=lambda item: (-item[1], item[0]))[:_MOTIFS]
        lines += [f"  {_arrows(name)}: {n} ({n / total:.1%})" for name, n in top if n]
    balance = measures.balance
    if balance is not None:
        lines.append(
            f"signed triangles with 0, 1, 2, 3 negative sides: {', '.join(map(str, balance.triangles.tolist()))}; "
            f"balanced {_number(balance.balanced)}, with shuffled signs {_number(balance.null_mean)} "
            f"(sd {_number(balance.null_sd)}, p {_number(balance.pvalue)})"
        )
        lines.append(
            f"frustration index: {balance.frustration_lower} to {balance.frustration_upper} of "
            f"{balance.n_positive + balance.n_negative} edges"
        )
    return lines + [f"note: {note}" for note in measures.notes]


def event_values(measures: EventMeasures) -> dict[str, Any]:
    """Give everything but the pairs and the single times as values that JSON can hold; undefined numbers are None.

    Parameters
    ----------
    measures : EventMeasures

    Returns
    -------
    dict
    """
    balance = measures.balance
    return {
        "measures": {name: _plain(value) for name, value in measures.scalars.items()},
        "about": {name: EVENT_MEASURES[name]._asdict() for name in measures.scalars},
        "course": {name: [_plain(v) for v in column.tolist()] for name, column in measures.to_columns().items()},
        "degrees": measures.degrees.tolist(),
        "motif_window_s": measures.motif_window_s,
        "motifs": dict(measures.motifs),
        "balance": None
        if balance is None
        else {
            name: value.tolist() if isinstance(value, np.ndarray) else _plain(value)
            for name, value in vars(balance).items()
            if name != "side"
        },
        "made_from": measures.made_from,
        "seed": measures.seed,
        "notes": list(measures.notes),
    }


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _number(value: float) -> str:
    if not np.isfinite(value):
        return "undefined"
    return str(int(value)) if value == int(value) and abs(value) >= 2 else f"{value:.4g}"


def _arrows(name: str) -> str:
    return ", ".join(f"{step[0]} to {step[1]}" for step in name.split())
