"""What a reader must know: which chance edges have, what promised too much, and errors in words of a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from interplay._core.errors import ConfigError
from interplay.influence.results import ComparisonResult
from interplay.job.influence_input import InfluenceNetwork
from interplay.job.influence_options import InfluenceAsked

#: From this share reached by every choice on, choosing matters little.
SATURATED = 0.8
#: What the library says, and what it is called on the command line.
_WORDS = (
    ("Pass repeats='sum'", "Pass --repeats sum"),
    ("or pass repeats='sum'", "or pass --repeats sum"),
    ("'once' to keep the first", "--repeats once to keep the first"),
    ("Read it as directed", "Pass --directed"),
    ("or forget the times of events with `Graph.from_temporal`", "or pass --static to forget the times of events"),
    ("or forget their times with `Graph.from_temporal`", "or pass --static to forget their times"),
    ("Pass `graph.groups(column)`", "Name a column with --groups, and the node table with --nodes"),
    ("Scale the weights with `with_weight`", "Scale them in the file, or give a number with --probability"),
    ("Take a layer of it first", "Pass --layer"),
    (
        "reverse-reachable sets need the model `IndependentCascade`, or `LinearThreshold` on a Graph",
        "reverse-reachable sets are known for the models ic and lt (timed events: ic)",
    ),
    ("Use `GreedySeeds`, which runs every model,", "Use the method greedy, which runs every model,"),
)
#: What only a program can mend.
_TYPES = re.compile(r", got [A-Z]\w+ on (Temporal)?Graph")


def command_words(text: str) -> str:
    """Say on the command line what a message of the library says to a program.

    Parameters
    ----------
    text : str
    """
    for library, command in _WORDS:
        text = text.replace(library, command)
    return _TYPES.sub("", text)


def choose_probability(asked: InfluenceAsked, network: InfluenceNetwork) -> tuple[InfluenceAsked, tuple[str, ...]]:
    """Let an inferred network carry by its weights, and refuse weights that are not there.

    Parameters
    ----------
    asked : InfluenceAsked
    network : InfluenceNetwork

    Returns
    -------
    asked : InfluenceAsked
        With the probability that is meant.
    notes : tuple of str

    Raises
    ------
    ConfigError
        If weights are asked for and the network has none.
    """
    said = any(text.partition("=")[0].strip() == "probability" for text in asked.settings)
    by_weight = asked.probability == "weight" or "probability=weight" in {t.replace(" ", "") for t in asked.settings}
    if by_weight and network.events is None and network.graph.weight is None:
        raise ConfigError(
            "`--probability weight` needs edges with weights, and this network has none: every edge would pass on for "
            "certain. Give a column of weights, or a number."
        )
    if by_weight and network.events is not None and (network.events.weight == 1).all():
        return asked, ("every event has weight 1, so that with --probability weight it passes on for certain",)
    if not network.inferred or asked.model != "ic" or asked.probability is not None or said:
        return asked, ()
    weight = network.graph.weights()
    if len(weight) and weight.min() >= 0 and weight.max() <= 1:
        why = "an edge passes on with its weight, the mean over windows in which a missing edge counts as 0"
        return replace(asked, probability="weight"), (f"{why} (change it with --probability)",)
    why = "weights of this inferred network leave [0, 1]"
    return asked, (f"{why}, so every edge passes on with probability 0.1, however often it was seen (--probability)",)


def judged_notes(result: ComparisonResult) -> tuple[str, ...]:
    """Say where greedy promised more than other cascades keep, and where all choices reach nearly everybody.

    Parameters
    ----------
    result : ComparisonResult

    Returns
    -------
    tuple of str
    """
    notes = []
    for name, chosen in result.chosen.items():
        spread_ = result.spreads[result.names.tolist().index(name)]
        if chosen.method != "greedy" or len(spread_.samples) < 2:
            continue
        error = float(spread_.samples.sum(axis=1).std(ddof=1)) / np.sqrt(chosen.config.runs)
        if chosen.objective - spread_.reach > 2 * np.hypot(error, spread_.reach_se):
            notes.append(
                f"{name} overfits its sample: {chosen.objective:.1f} nodes by its own {chosen.config.runs} cascades, "
                f"{spread_.reach:.1f} by others"
            )
    share = [s.reach / max(s.n_nodes, 1) for s in result.spreads if len(s.seeds)]
    if len(share) > 1 and min(share) > SATURATED:
        notes.append(
            f"every choice reaches more than {100 * SATURATED:g} % of all nodes: under this model the choice matters "
            "little, and so does the order of rows"
        )
    return tuple(notes)
