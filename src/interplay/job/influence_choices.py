"""Seeds chosen in every way that is asked for, or that fits the network and its model."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from interplay._core.errors import ConfigError, DataError
from interplay.data import Groups, NodeEmbedding
from interplay.influence import SEEDERS
from interplay.influence.results import SeedResult
from interplay.job.influence_input import InfluenceNetwork
from interplay.job.influence_notes import command_words
from interplay.job.influence_options import ADVERSARIAL, FEWEST, WORTH, InfluenceAsked
from interplay.job.stages import Observer


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How seeds are chosen.

    Attributes
    ----------
    methods : tuple of str
        Registered names.
    embeddings : tuple of str
        Whose medoids are seeds too.
    free : (M,) int64 array or None
        Who may be a seed; everybody where None.
    runs : int
        Cascades that greedy looks at.
    """

    methods: tuple[str, ...]
    embeddings: tuple[str, ...]
    free: Any
    runs: int


def choose_seeds(
    asked: InfluenceAsked,
    network: InfluenceNetwork,
    groups: Groups | None,
    model: Any,
    ways: Ways,
    jobs: int,
    observer: Observer,
) -> tuple[dict[str, SeedResult], tuple[str, ...]]:
    """Choose seeds in every way; of those that nobody asked for, what does not fit the model is left out and said.

    Parameters
    ----------
    asked : InfluenceAsked
    network : InfluenceNetwork
    groups : Groups or None
    model : CascadeModel or OpinionPlan
    ways : Ways
    jobs : int
    observer : Observer

    Returns
    -------
    choices : dict of str to SeedResult
    notes : tuple of str
    """
    methods, embeddings, free = ways.methods, ways.embeddings, ways.free
    notes: tuple[str, ...] = ()
    left: dict[str, list[str]] = {}
    choices: dict[str, SeedResult] = {}
    progress = observer.stage("choose seeds")
    common: dict[str, Any] = {"budget": asked.budget, "candidates": free, "seed": asked.seed}
    total = len(methods) + len(embeddings)
    for k, name in enumerate(methods):
        progress(k, total)
        config = configured(SEEDERS[name], common | {"model": model, "jobs": jobs})
        if name == "greedy":
            config = replace(config, runs=max(ways.runs, min(FEWEST, asked.runs or FEWEST)))
            if config.runs < min(WORTH, asked.runs or WORTH):
                notes = (
                    *notes,
                    f"greedy looks at {config.runs} cascades only, which is what some seconds afford here: it may "
                    "overfit so small a sample",
                )
        try:
            choices[name] = config.fit(network.substrate, groups=groups)
        except (DataError, ConfigError) as error:
            if asked.methods is not None:
                raise
            left.setdefault(first_sentence(error), []).append(name)
    notes += tuple(f"left out: {', '.join(names)}; {why}" for why, names in left.items())
    if {"deepwalk", "node2vec"} <= set(embeddings):
        notes = (*notes, "node2vec with its default p = q = 1 is deepwalk: both rows are one")
    for k, name in enumerate(embeddings, start=len(methods)):
        progress(k, total)
        found = _embedded(name, network, groups, asked.seed, jobs)
        if found is None:
            notes = (*notes, "no embedding: the network has no edges")
            continue
        label = "medoids" if len(embeddings) == 1 else f"medoids, {name}"
        choices[label] = configured(SEEDERS["medoids"], common).fit(network.graph, groups=groups, embedding=found)
    progress(total, total)
    return choices, notes


def first_sentence(error: Exception) -> str:
    """Give the first sentence of what an error says, for a note.

    Parameters
    ----------
    error : Exception
    """
    return command_words(" ".join(str(error).split())).split(". ")[0]


def configured(made: Any, settings: dict[str, Any]) -> Any:
    """Build a configuration from those settings that it has.

    Parameters
    ----------
    made : configuration class
    settings : dict
    """
    known = {f.name for f in fields(made)}
    return made(**{name: value for name, value in settings.items() if name in known})


def _embedded(
    name: str, network: InfluenceNetwork, groups: Groups | None, seed: int, jobs: int
) -> NodeEmbedding | None:
    from interplay.represent import NODE_METHODS

    if not len(network.graph.target):
        return None
    if name == ADVERSARIAL:
        from interplay.influence import AdversarialEmbedding

        return AdversarialEmbedding(seed=seed).fit(network.graph, groups=groups)
    config = configured(NODE_METHODS[name], {"seed": seed, "jobs": jobs})
    return config.fit(network.graph, groups=groups)  # type: ignore[no-any-return]
