"""One intervention on one network: seeds chosen in several ways, spread under the same chance, and a page of it all."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.errors import ConfigError, DataError
from interplay.data import Groups, NodeEmbedding
from interplay.influence import SEEDERS, compare, compare_opinions, fairness_price, spread_opinions
from interplay.influence.opinion_results import OpinionResult
from interplay.influence.results import ComparisonResult, PriceResult, SeedResult
from interplay.job.influence_input import InfluenceNetwork, choose_groups, choose_layer, read_influence_network
from interplay.job.influence_options import (
    ADVERSARIAL,
    OPINIONS,
    InfluenceAsked,
    candidates,
    chosen_methods,
    configured_model,
)
from interplay.job.influence_pages import influence_lines, influence_page, influence_values, shown
from interplay.job.pipeline import Observer

#: Cascades per choice where nothing is said.
RUNS = 10_000
#: Up to so many nodes the price of fairness is swept without being asked for.
_PRICED = 5000
#: Strengths with which fairness is asked for.
_AVERSION = (0.0, 0.5, 1.0, 2.0, 4.0)
NOBODY = "no seeds"


@dataclass(frozen=True, eq=False, kw_only=True)
class InfluenceFound:
    """What came of one intervention.

    Attributes
    ----------
    network : InfluenceNetwork
    groups : Groups or None
    comparison : ComparisonResult
    model : CascadeModel or opinion model
    notes : tuple of str
        How the network was read and what was decided.
    price : PriceResult or None
    opinions : dict of str to OpinionResult
        Where opinions go, without seeds and with the best ones; empty for cascades.
    """

    network: InfluenceNetwork
    groups: Groups | None
    comparison: ComparisonResult
    model: Any
    notes: tuple[str, ...]
    price: PriceResult | None = None
    opinions: dict[str, OpinionResult] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class InfluenceTold:
    """What came of it, ready to be told.

    Attributes
    ----------
    lines : list of str
        For the terminal.
    notes : tuple of str
        What a reader must know.
    """

    lines: list[str]
    notes: tuple[str, ...]


def influence_alone(
    asked: InfluenceAsked, out: Path | None, values: Path | None = None, *, jobs: int = 1, observer: Observer
) -> InfluenceTold:
    """Choose seeds in several ways, let them spread, and write what was found.

    Parameters
    ----------
    asked : InfluenceAsked
    out : Path or None
        The page, .html.
    values : Path or None
        All of it as .json.
    jobs : int, >= 1
        Threads; the result does not depend on it.
    observer : Observer

    Returns
    -------
    InfluenceTold

    Raises
    ------
    ConfigError, DataError
        As reading, choosing and spreading do.
    """
    found = find_influence(asked, jobs=jobs, observer=observer)
    write_influence(
        out,
        values,
        influence_page(found),
        influence_values(found),
    )
    lines = influence_lines(found)
    said = dict.fromkeys([*found.notes, *(n for c in found.comparison.choices for n in c.notes)])
    return InfluenceTold(lines=lines, notes=tuple(said))


def write_influence(out: Path | None, values: Path | None, page: str, content: Any) -> None:
    """Write a page and its numbers, each whole or not at all."""
    from interplay.io.atomic import write_aside

    if out is not None:
        write_aside(out, page)
    if values is not None:
        write_aside(values, json.dumps(content, indent=1, sort_keys=True) + "\n")


def prepared_network(
    asked: InfluenceAsked, jobs: int, observer: Observer
) -> tuple[InfluenceNetwork, Groups | None, tuple[str, ...]]:
    """Read the network, keep the edges that carry, and find the groups.

    Parameters
    ----------
    asked : InfluenceAsked
    jobs : int
    observer : Observer

    Returns
    -------
    network : InfluenceNetwork
    groups : Groups or None
    notes : tuple of str
    """
    network = read_influence_network(
        asked.source,
        nodes=asked.nodes,
        directed=asked.directed,
        repeats=asked.repeats,
        hint=asked.hint,
        static=asked.static,
        seed=asked.seed,
        jobs=jobs,
        observer=observer,
    )
    network = choose_layer(network, asked.layer)
    groups, said = choose_groups(network.graph, asked.groups, asked.unknown)
    return network, groups, (*network.notes, *said)


def find_influence(asked: InfluenceAsked, *, jobs: int = 1, observer: Observer) -> InfluenceFound:
    """Choose seeds in several ways and let them spread.

    Parameters
    ----------
    asked : InfluenceAsked
    jobs : int, >= 1
    observer : Observer

    Returns
    -------
    InfluenceFound
    """
    model = configured_model(asked)
    network, groups, notes = prepared_network(asked, jobs, observer)
    if network.graph.n_nodes == 0:
        raise DataError("the network must have a node, got none. Check the file.")
    several = groups is not None and int((groups.sizes > 0).sum()) > 1
    methods, embeddings = chosen_methods(
        asked,
        n_nodes=network.graph.n_nodes,
        n_entries=len(network.graph.target),
        several_groups=several,
        static=network.events is None,
    )
    opinions = asked.model in OPINIONS
    if opinions and network.events is not None:
        raise ConfigError("`--model` must be a cascade for timed events. Pass --static to forget the times.")
    if not opinions:
        model.prepare(network.substrate)  # what the model cannot use is found before any seed is chosen
    choices, said = _seeds(asked, network, groups, model, (methods, embeddings), jobs, observer)
    notes = (*notes, *said)
    if not choices:
        raise DataError("no way to choose seeds fits this network and model. Name one with --methods.")
    step = observer.stage("spread")
    step(0, 1)
    if opinions:
        given: dict[str, Any] = {NOBODY: np.empty(0, dtype=np.int64), **choices}
        comparison = compare_opinions(network.graph, given, plan=model, groups=groups)
        comparison = replace(comparison, choices=())
        best = str(comparison.names[shown(comparison)[0]])
        courses = {
            name: spread_opinions(network.graph, given[name], plan=model, groups=groups)
            for name in dict.fromkeys((NOBODY, best))
        }
        step(1, 1)
        return InfluenceFound(
            network=network, groups=groups, comparison=comparison, model=model.model, notes=notes, opinions=courses
        )
    timed = getattr(model, "duration_s", 0.0) is not None
    if not timed:
        notes = (
            *notes,
            "no course over time: the epidemic is followed to its end (--set duration_s=... ends it sooner)",
        )
    comparison = compare(
        network.substrate,
        choices,
        model=model,
        groups=groups,
        runs=RUNS if asked.runs is None else asked.runs,
        seed=asked.seed + 1,  # others than those that seeds were chosen by
        jobs=jobs,
        course=timed,
    )
    step(1, 1)
    price, said = _price(asked, network, groups if several else None, model, jobs, observer)
    return InfluenceFound(
        network=network, groups=groups, comparison=comparison, model=model, notes=(*notes, *said), price=price
    )


def _seeds(
    asked: InfluenceAsked,
    network: InfluenceNetwork,
    groups: Groups | None,
    model: Any,
    ways: tuple[tuple[str, ...], tuple[str, ...]],
    jobs: int,
    observer: Observer,
) -> tuple[dict[str, SeedResult], tuple[str, ...]]:
    """Choose seeds in every way; of those that nobody asked for, what does not fit the model is left out and said."""
    methods, embeddings = ways
    free, notes = candidates(network.graph, asked.among)
    choices: dict[str, SeedResult] = {}
    progress = observer.stage("choose seeds")
    common: dict[str, Any] = {"budget": asked.budget, "candidates": free, "seed": asked.seed}
    total = len(methods) + len(embeddings)
    for k, name in enumerate(methods):
        progress(k, total)
        config = _configured(SEEDERS[name], common | {"model": model, "jobs": jobs})
        try:
            choices[name] = config.fit(network.substrate, groups=groups)
        except (DataError, ConfigError) as error:
            if asked.methods is not None:
                raise
            notes = (*notes, f"{name} is left out: {_first_sentence(error)}")
    for k, name in enumerate(embeddings, start=len(methods)):
        progress(k, total)
        found = _embedded(name, network, groups, asked.seed, jobs)
        if found is None:
            notes = (*notes, "no embedding: the network has no edges")
            continue
        label = "medoids" if len(embeddings) == 1 else f"medoids, {name}"
        choices[label] = _configured(SEEDERS["medoids"], common).fit(network.graph, groups=groups, embedding=found)
    progress(total, total)
    return choices, notes


def _price(
    asked: InfluenceAsked, network: InfluenceNetwork, groups: Groups | None, model: Any, jobs: int, observer: Observer
) -> tuple[PriceResult | None, tuple[str, ...]]:
    """Sweep how strongly fairness is asked for, where that is quick or asked for."""
    quick = network.graph.n_nodes <= _PRICED and asked.methods is None and asked.among is None
    if asked.price is False or (asked.price is None and not quick) or groups is None:
        if asked.price and groups is None:
            raise ConfigError("`--price` needs two groups. Name them with --groups.")
        return None, ()
    if network.events is not None or not asked.budget:
        if asked.price:
            raise ConfigError("`--price` needs edges without times and a budget of one at least. Pass --static.")
        return None, ()
    free, _ = candidates(network.graph, asked.among)
    chooser = _configured(
        SEEDERS["proportional"],
        {"budget": asked.budget, "candidates": free, "seed": asked.seed, "model": model, "jobs": jobs},
    )
    try:
        return fairness_price(
            network.graph,
            chooser,
            _AVERSION,
            groups=groups,
            runs=RUNS if asked.runs is None else asked.runs,
            seed=asked.seed + 1,
            jobs=jobs,
            progress=observer.stage("price of fairness"),
        ), ()
    except (ConfigError, DataError) as error:
        if asked.price:
            raise
        return None, (f"the price of fairness is left out: {_first_sentence(error)}",)


def _first_sentence(error: Exception) -> str:
    return " ".join(str(error).split()).split(". ")[0]


def _configured(made: Any, settings: dict[str, Any]) -> Any:
    """Build a configuration from those settings that it has."""
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
    config = _configured(NODE_METHODS[name], {"seed": seed, "jobs": jobs})
    return config.fit(network.graph, groups=groups)  # type: ignore[no-any-return]
