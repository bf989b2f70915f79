"""How much is learnt from an event list where a plan leaves it open: a stated rule of size, not of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interplay.data import TemporalGraph
from interplay.job.plan import Plan
from interplay.report import words
from interplay.represent import STREAM_METHODS

#: Events that the passes of all trainings of one model may read together.
_BUDGET = 400_000
#: Passes, where there is room and where there is not; random starts, where all of these passes fit into the budget.
_EPOCHS, _LEAST_EPOCHS, _SEEDS = 10, 2, 3
#: Of a longer list the last so many events are learnt from and scored; statistics read all.
MOST_EVENTS = 200_000
#: Fewer events than these are not split: a part would hold a handful.
LEAST_EVENTS = 100
#: Who is trained for what, where the plan names nobody.
_AUTO = {"link": ("semba", "nat", "tgn"), "sign": ("semba",)}
#: Events of a batch: of every training, and of the test. Signs of one node hang together over minutes, so that each
#: time is a batch of its own, as long as the test is short enough.
BATCH, _MOST_SINGLE = 200, 20_000
#: Part of the keys of what is trained: another rule trains otherwise.
RULE = (_BUDGET, _EPOCHS, _LEAST_EPOCHS, _SEEDS, MOST_EVENTS, LEAST_EVENTS, BATCH, _MOST_SINGLE)
#: Negatives per true event, by kind: random ones are easy to come by, the others say more.
N_NEGATIVES = 20


@dataclass(frozen=True, kw_only=True)
class StreamSize:
    """What is learnt from an event list.

    Attributes
    ----------
    aims : tuple of str
        "link", and "sign" where there are enough events of both signs.
    models : mapping of aim to tuple of str
        Who is trained for it.
    first : int
        The first event that is learnt from; 0 but for long lists.
    epochs, seeds : int
    batch : mapping of aim to int
        Events of the test that are scored before any is written; more where they tie.
    notes : tuple of str
        Each choice and its reason.
    """

    aims: tuple[str, ...]
    models: dict[str, tuple[str, ...]]
    first: int
    epochs: int
    seeds: int
    batch: dict[str, int]
    notes: tuple[str, ...]


def stream_size(plan: Plan, graph: TemporalGraph) -> StreamSize:
    """Choose aims, models, events, passes and random starts by the rule of size; what the plan sets stands.

    Parameters
    ----------
    plan : Plan
    graph : TemporalGraph

    Returns
    -------
    StreamSize
    """
    notes = []
    first = max(0, len(graph) - MOST_EVENTS)
    if first:
        while first < len(graph) and graph.time[first] == graph.time[first - 1]:
            first += 1
        notes.append(
            f"Of {words.number(len(graph))} events the last {words.number(len(graph) - first)} were learnt from and "
            "scored; the statistics are of all."
        )
    aims, said = _aims(graph, first)
    notes += said
    models = {aim: _models(plan, aim) for aim in aims}
    learnt = max(1, round(0.7 * (len(graph) - first)))
    seeds, epochs = plan.stream_seeds, plan.stream_epochs
    if seeds is None:
        seeds = int(np.clip(_BUDGET // (learnt * (epochs or _EPOCHS)), 1, _SEEDS))
    if epochs is None:
        epochs = int(np.clip(_BUDGET // (learnt * seeds), _LEAST_EPOCHS, _EPOCHS))
    if any(models.values()):
        chosen = "" if plan.stream_seeds and plan.stream_epochs else ", by size"
        notes.append(
            f"Models were trained for at most {words.plural(epochs, 'pass', 'passes')} with "
            f"{words.plural(seeds, 'random start')}{chosen}: about {words.number(learnt)} events are learnt from."
        )
    single = 0.15 * (len(graph) - first) <= _MOST_SINGLE
    batch = {aim: plan.stream_batch or (1 if aim == "sign" and single else BATCH) for aim in aims}
    return StreamSize(
        aims=aims, models=models, first=first, epochs=epochs, seeds=seeds, batch=batch, notes=tuple(notes)
    )


def _aims(graph: TemporalGraph, first: int) -> tuple[tuple[str, ...], list[str]]:
    weight = graph.weight[first:]
    negative = int((weight < 0).sum())
    if not negative:
        return ("link",), []
    few = min(negative, int((weight > 0).sum()))
    if few < LEAST_EVENTS:
        return ("link",), [f"Signs were not foretold: only {words.plural(few, 'event')} have the rarer sign."]
    return ("link", "sign"), []


def _models(plan: Plan, aim: str) -> tuple[str, ...]:
    if plan.stream_models == ("none",):
        return ()
    if plan.stream_models == ("auto",):
        return tuple(name for name in _AUTO[aim] if name in STREAM_METHODS)
    return tuple(name for name in plan.stream_models if aim in _AIMS_OF.get(name, ("link",)))


#: What a model can be asked for, where that is not links alone.
_AIMS_OF = {"tgn": ("link", "sign"), "semba": ("link", "sign"), "pres": ("link", "sign")}
