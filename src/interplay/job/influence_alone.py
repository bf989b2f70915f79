"""One intervention on one network: seeds chosen in several ways, spread under the same chance, and a page of it all."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from interplay._core.errors import ConfigError, DataError
from interplay.data import Groups, NodeEmbedding
from interplay.influence import SEEDERS, compare
from interplay.influence.results import ComparisonResult, SeedResult
from interplay.job.influence_input import InfluenceNetwork, choose_groups, choose_layer, read_influence_network
from interplay.job.influence_options import InfluenceAsked, candidates, chosen_methods, configured_model
from interplay.job.influence_pages import influence_lines, influence_page, influence_values
from interplay.job.pipeline import Observer

#: Cascades per choice where nothing is said.
RUNS = 10_000


@dataclass(frozen=True, eq=False, kw_only=True)
class InfluenceFound:
    """What came of one intervention.

    Attributes
    ----------
    network : InfluenceNetwork
    groups : Groups or None
    comparison : ComparisonResult
    model : CascadeModel
    notes : tuple of str
        How the network was read and what was decided.
    """

    network: InfluenceNetwork
    groups: Groups | None
    comparison: ComparisonResult
    model: Any
    notes: tuple[str, ...]


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
        influence_page(found.network, found.groups, found.comparison, found.model, found.notes),
        influence_values(found.network, found.groups, found.comparison, found.model, found.notes),
    )
    lines = influence_lines(found.network, found.groups, found.comparison, found.model)
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
    methods, embeddings, more = chosen_methods(
        asked,
        n_nodes=network.graph.n_nodes,
        n_entries=len(network.graph.target),
        several_groups=several,
        static=network.events is None,
    )
    free, said = candidates(network.graph, asked.among)
    notes = (*notes, *more, *said)
    model.prepare(network.substrate)  # what the model cannot use is found before any seed is chosen
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
            notes = (*notes, f"{name} is left out: {' '.join(str(error).split())}")
    for k, name in enumerate(embeddings, start=len(methods)):
        progress(k, total)
        found = _embedded(name, network, groups, asked.seed, jobs)
        if found is None:
            notes = (*notes, "no embedding: the network has no edges")
            continue
        label = "medoids" if len(embeddings) == 1 else f"medoids, {name}"
        choices[label] = _configured(SEEDERS["medoids"], common).fit(network.graph, groups=groups, embedding=found)
    progress(total, total)
    if not choices:
        raise DataError("no way to choose seeds fits this network and model. Name one with --methods.")
    step = observer.stage("spread")
    step(0, 1)
    comparison = compare(
        network.substrate,
        choices,
        model=model,
        groups=groups,
        runs=RUNS if asked.runs is None else asked.runs,
        seed=asked.seed,
        jobs=jobs,
        course=True,
    )
    step(1, 1)
    return InfluenceFound(network=network, groups=groups, comparison=comparison, model=model, notes=notes)


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
    config = _configured(NODE_METHODS[name], {"seed": seed, "jobs": jobs})
    return config.fit(network.graph, groups=groups)  # type: ignore[no-any-return]
