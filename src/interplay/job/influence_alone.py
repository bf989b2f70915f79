"""One intervention on one network: seeds chosen in several ways, spread under the same chance, and a page of it all."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.errors import ConfigError, DataError
from interplay.data import Groups
from interplay.influence import SEEDERS, compare, fairness_price, spread, spread_opinions
from interplay.influence.comparing import join, methods_of
from interplay.influence.opinion_results import OpinionResult
from interplay.influence.results import ComparisonResult, PriceResult, SeedResult, SpreadResult
from interplay.job.influence_choices import Ways, choose_seeds, configured, first_sentence
from interplay.job.influence_draws import RANDOM, STRIDE, RandomDraws, over_draws
from interplay.job.influence_input import InfluenceNetwork, choose_groups, choose_layer, read_influence_network
from interplay.job.influence_notes import choose_probability, command_words, judged_notes
from interplay.job.influence_options import (
    OPINIONS,
    RUNS,
    InfluenceAsked,
    candidates,
    chosen_methods,
    configured_model,
    greedy_runs,
)
from interplay.job.influence_pages import influence_lines, influence_page, influence_values, shown
from interplay.job.stages import Observer

#: Draws of random seeds, and fewest runs of each; of opinions, whose runs cost more.
_DRAWS, _EACH = 20, 64
_OPINION_DRAWS, _OPINION_EACH = 10, 5
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
    draws : RandomDraws or None
        What single draws of random seeds reach.
    seed : int
        As asked for.
    """

    network: InfluenceNetwork
    groups: Groups | None
    comparison: ComparisonResult
    model: Any
    notes: tuple[str, ...]
    price: PriceResult | None = None
    opinions: dict[str, OpinionResult] = field(default_factory=dict)
    draws: RandomDraws | None = None
    seed: int = 0


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
    try:
        found = find_influence(asked, jobs=jobs, observer=observer)
    except (ConfigError, DataError) as error:
        raise type(error)(command_words(str(error))) from error
    write_influence(
        out,
        values,
        influence_page(found),
        influence_values(found),
    )
    lines = influence_lines(found)
    said = dict.fromkeys([*found.notes, *(f"{k}: {n}" for k, c in found.comparison.chosen.items() for n in c.notes)])
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
    configured_model(asked)  # what is wrong with the options is said before anything is read
    network, groups, notes = prepared_network(asked, jobs, observer)
    asked, said = choose_probability(asked, network)
    notes = (*notes, *said)
    model = configured_model(asked)
    if network.graph.n_nodes == 0:
        raise DataError("the network must have a node, got none. Check the file.")
    several = groups is not None and int((groups.sizes > 0).sum()) > 1
    free, said = candidates(network.graph, asked.among)
    notes = (*notes, *said)
    static = network.events is None
    size: dict[str, Any] = {
        "n_open": network.graph.n_nodes if free is None else len(free),
        "n_entries": len(network.graph.target) if network.events is None else len(network.events.time),
        "static": static,
    }
    methods, embeddings = chosen_methods(asked, n_nodes=network.graph.n_nodes, several_groups=several, **size)
    opinions = asked.model in OPINIONS
    if opinions and network.events is not None:
        raise ConfigError("`--model` must be a cascade for timed events. Pass --static to forget the times.")
    if not opinions:
        model.prepare(network.substrate)  # what the model cannot use is found before any seed is chosen
    ways = Ways(methods=methods, embeddings=embeddings, free=free, runs=greedy_runs(asked, **size))
    if asked.methods is None and not opinions and "greedy" not in methods and "ris" not in methods:
        notes = (*notes, "greedy is left out: it would take too long here (ask for it with --methods greedy)")
    choices, said = choose_seeds(asked, network, groups, model, ways, jobs, observer)
    notes = (*notes, *said)
    if not choices:
        raise DataError("no way to choose seeds fits this network and model. Name one with --methods.")
    some = 0 < asked.budget < size["n_open"]
    step = observer.stage("spread")
    step(0, 1)
    if opinions:
        found = _opinions(network, groups, choices, model, notes, some)
        step(1, 1)
        return replace(found, seed=asked.seed)
    timed = getattr(model, "duration_s", 0.0) is not None
    if not timed:
        notes = (
            *notes,
            "no course over time: the epidemic is followed to its end (--set duration_s=... ends it sooner)",
        )
    runs = RUNS if asked.runs is None else asked.runs
    common: dict[str, Any] = {"model": model, "groups": groups, "jobs": jobs}
    judge = asked.seed + 1  # others than those that seeds were chosen by
    comparison = compare(network.substrate, choices, runs=runs, seed=judge, course=timed, **common)

    def again(draw: int) -> SpreadResult:
        drawn = SEEDERS[RANDOM](budget=asked.budget, candidates=free, seed=asked.seed + draw * STRIDE)
        each = min(runs, max(-(-runs // _DRAWS), _EACH))
        nodes = drawn.fit(network.substrate)
        return spread(network.substrate, nodes, runs=each, seed=judge + draw * STRIDE, **common)

    comparison, draws = over_draws(comparison, again, _DRAWS if some else 1)
    notes = (*notes, *judged_notes(comparison))
    step(1, 1)
    price, said = _price(asked, network, groups if several else None, model, jobs, observer)
    return InfluenceFound(
        network=network,
        groups=groups,
        comparison=comparison,
        model=model,
        notes=(*notes, *said),
        price=price,
        draws=draws,
        seed=asked.seed,
    )


def _opinions(
    network: InfluenceNetwork,
    groups: Groups | None,
    choices: dict[str, SeedResult],
    plan: Any,
    notes: tuple[str, ...],
    some: bool,
) -> InfluenceFound:
    """Let every choice of seeds win opinions, beside what happens without any."""
    given: dict[str, Any] = {NOBODY: np.empty(0, dtype=np.int64), **choices}
    every = {name: spread_opinions(network.graph, nodes, plan=plan, groups=groups) for name, nodes in given.items()}
    comparison = join(list(given), [result.spread for result in every.values()], methods_of(given))

    def again(draw: int) -> SpreadResult:
        first = choices[RANDOM].config
        drawn = replace(first, seed=first.seed + draw * STRIDE).fit(network.graph)
        fewer = replace(plan, runs=min(plan.runs, _OPINION_EACH), seed=plan.seed + draw * STRIDE)
        return spread_opinions(network.graph, drawn, plan=fewer, groups=groups).spread

    comparison, draws = over_draws(comparison, again, _OPINION_DRAWS if some else 1)
    price = comparison.price.copy()
    price[0] = np.nan  # no seeds pay for no fairness
    comparison = replace(comparison, price=price)
    best = str(comparison.names[shown(comparison)[0]])
    return InfluenceFound(
        network=network,
        groups=groups,
        comparison=comparison,
        model=plan.model,
        notes=(*notes, *judged_notes(comparison)),
        opinions={name: every[name] for name in dict.fromkeys((NOBODY, best))},
        draws=draws,
    )


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
    chooser = configured(
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
        return None, (f"the price of fairness is left out: {first_sentence(error)}",)
