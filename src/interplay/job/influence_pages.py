"""What `interplay influence` says: lines for the terminal, a page, and numbers for other programs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interplay._core.citations import cite, references
from interplay._core.provenance import Result, versions
from interplay.data import Groups
from interplay.influence.results import ComparisonResult, PriceResult, SpreadResult
from interplay.job.influence_draws import RANDOM
from interplay.job.influence_input import InfluenceNetwork
from interplay.job.influence_options import OPINIONS
from interplay.job.summary import plain
from interplay.plot.influence_network import spread_view
from interplay.report import (
    Section,
    Table,
    Tile,
    page,
    section_methods,
    section_opinions,
    section_price,
    section_provenance,
    section_reach,
    section_seeds,
    section_spread,
    words,
)
from interplay.report.sections.influence_reach import fairest, several_groups
from interplay.report.sections.influence_words import model_words, node_labels, percent
from interplay.report.sections.methods import config_items

if TYPE_CHECKING:
    from interplay.job.influence_alone import InfluenceFound


def model_phrase(model: Any) -> str:
    """Name a model with its settings: "independent cascade, probability 0.1".

    Parameters
    ----------
    model : CascadeModel
    """
    said = [
        f"{key[:-2]} {value} s" if key.endswith("_s") else f"{key.replace('_', ' ')} {value}"
        for key, value in config_items(model)
        if value != "none"
    ]
    return ", ".join([model_words(model.name), *said])


def influence_lines(found: InfluenceFound) -> list[str]:
    """Word what was found for the terminal: a line per choice of seeds, the furthest reaching first.

    Parameters
    ----------
    found : InfluenceFound

    Returns
    -------
    list of str
    """
    network, groups, result, model = found.network, found.groups, found.comparison, found.model
    first = result.spreads[0]
    known = [g for g in range(len(first.groups)) if first.group_sizes[g] > 0] if groups is not None else []
    several = len(known) > 1
    lines = [
        f"network: {network_phrase(network)}",
        f"spread: {model_phrase(model)}; {_cascades(first)}; {words.plural(_budget(result), 'seed')}",
    ]
    if groups is not None:
        lines.insert(1, f"groups by {groups.column}: {_sizes(groups)}")
    heads = ["seeds by", "reached", *(str(first.groups[g]) for g in known if several)]
    heads += ["disparity", "price"] if several else []
    rows = [heads]
    for k in np.argsort([-s.reach for s in result.spreads], kind="stable").tolist():
        spread = result.spreads[k]
        row = [str(result.names[k]), _with_error(spread.reach / spread.n_nodes, spread.reach_se / spread.n_nodes)]
        if several:
            row += [_with_error(float(spread.share[g]), float(spread.share_se[g])) for g in known]
            row += [f"{100 * result.disparity[k]:.1f}", percent(float(result.price[k]))]
        rows.append(row)
    wide = [max(len(row[c]) for row in rows) for c in range(len(heads))]
    lines += [
        "  " + "  ".join(text.ljust(wide[c]) if c == 0 else text.rjust(wide[c]) for c, text in enumerate(row)).rstrip()
        for row in rows
    ]
    if found.draws is not None:
        reach = found.draws.reach
        lines.append(
            f"  (random: mean of {len(reach)} draws, which reach {100 * reach.min():.1f} to {100 * reach.max():.1f})"
        )
    lines.append(
        "  (reached: % of all nodes and of each group, with the standard error"
        + ("; disparity: greatest minus least group, in points; price: lost of the greatest reach)" if several else ")")
    )
    return lines


def _budget(result: ComparisonResult) -> int:
    return max(len(spread.seeds) for spread in result.spreads)


def _with_error(share: float, error: float) -> str:
    if not np.isfinite(share):
        return "undefined"
    return f"{100 * share:.1f}" + (f" +- {100 * error:.2g}" if np.isfinite(error) and error > 0 else "")


def _cascades(spread: SpreadResult) -> str:
    return f"{spread.runs} runs per choice under the same chance" if spread.runs else "exact"


def _sizes(groups: Groups, most: int = 8) -> str:
    parts = [
        f"{name} ({words.plural(int(size), 'node')})"
        for name, size in zip(groups.names[:most], groups.sizes[:most], strict=True)
    ]
    return ", ".join(parts) + (", ..." if len(groups) > most else "")


def network_phrase(network: InfluenceNetwork) -> str:
    """Count nodes and edges.

    Parameters
    ----------
    network : InfluenceNetwork
    """
    graph = network.graph
    nodes = words.plural(graph.n_nodes, "node")
    if network.events is not None:
        return f"{nodes}, {words.plural(len(network.events.time), 'timed event')}"
    kind = "directed" if graph.directed else "undirected"
    return f"{nodes}, {words.plural(graph.n_edges, f'{kind} edge')}"


def influence_page(found: InfluenceFound) -> str:
    """Compose the page of one intervention.

    Parameters
    ----------
    found : InfluenceFound

    Returns
    -------
    str
        HTML.
    """
    network, groups, result, model = found.network, found.groups, found.comparison, found.model
    grouped = groups if groups is not None and len(groups) > 1 else None
    sections = [section_reach(result, draws=() if found.draws is None else found.draws.reach)]
    if found.opinions:
        sections[0] = replace(sections[0], text=(*sections[0].text, *_won(found)))
        sections.append(section_opinions(found.opinions))
    if found.price is not None:
        sections.append(section_price(found.price))
    for rank, k in enumerate(shown(result)):
        spread, label = result.spreads[k], str(result.names[k])
        if found.draws is not None and label == RANDOM:
            spread, label = found.draws.first, "one draw of random"
        view = None
        if network.graph.n_nodes:
            view = spread_view(network.graph, spread, position_um=network.position_um)
        chapter = section_spread(
            spread,
            network.graph,
            grouped,
            label=label,
            key="spread" if rank == 0 else f"spread-{rank + 1}",
            view=view,
        )
        sections.append(chapter)
    sections += [section_seeds(result, network.graph, grouped), _network_section(network, groups, found.notes)]
    stages: dict[str, Result] = {f"seeds by {n}": _without_jobs(c) for n, c in result.chosen.items()}
    stages["spread"] = result
    if found.price is not None:
        stages["price of fairness"] = _without_jobs(found.price)
    keys = sorted({key for stage in stages.values() for key in stage.citations})
    lines = [(r.key, r.line) for r in references(keys)]
    sections += [
        replace(section_methods(stages, references=lines, bibtex=cite(*stages.values())), text=_methods(found)),
        section_provenance(stages),
    ]
    title = f"Whom an intervention reaches: {network.title}"
    subtitle = f"{network_phrase(network)}; {model_phrase(model)}; {words.plural(_budget(result), 'seed')}"
    meta = {"digest": network.substrate.digest, "interplay": versions()["interplay"], "seed": str(found.seed)}
    return page(sections, title=title, subtitle=subtitle, meta=meta)


def _won(found: InfluenceFound) -> tuple[str, ...]:
    """Say what being reached means for opinions, and when they are looked at."""
    first = next(iter(found.opinions.values()))
    return (
        f"Reached are those whose opinion is at most {first.within:g} from that of the seeds, {first.seed_opinion:g}, "
        f"after {words.plural(int(first.rounds[-1]), 'round')}, or at rest if that is sooner (--set rounds=...).",
    )


def shown(result: ComparisonResult) -> list[int]:
    """Choose which spreads are drawn: the furthest reaching, and the most even of those that reach half as much.

    Parameters
    ----------
    result : ComparisonResult

    Returns
    -------
    list of int
        One or two.
    """
    best = int(np.argmax([s.reach for s in result.spreads]))
    return list(dict.fromkeys((best, fairest(result))))


def _without_jobs(result: Any) -> Any:
    """Leave out of the settings how many threads there were: they change nothing, and a page is the same for all."""
    changes: dict[str, Any] = {}
    for name in ("jobs", "threads"):
        if hasattr(result.config, name):
            changes[name] = 1
    config = replace(result.config, **changes) if changes else result.config
    if hasattr(getattr(config, "chooser", None), "jobs"):
        config = replace(config, chooser=replace(config.chooser, jobs=1))
    return replace(result, config=config)


def _methods(found: InfluenceFound) -> tuple[str, ...]:
    model, result = found.model, found.comparison
    first = result.spreads[0]
    count = words.number(int(first.runs))
    measured = (
        "Disparity is the greatest minus the least share reached of a group with members; its standard error is that "
        "of the jackknife over runs. The price of fairness is one minus the reach over the greatest reach of any "
        "choice here. "
        if several_groups(result)
        else ""
    ) + "Errors hold for these seeds, not for the way of choosing them."
    if found.draws is not None:
        measured += (
            f" Random seeds are drawn {len(found.draws.reach)} times. Reach, shares and disparity are means over "
            "draws, each under its own chance, with the standard error over draws. Listed are the seeds of the first."
        )
    measured += f" Seeds are chosen with seed {found.seed} and judged with seed {result.seed}."
    if model.name in OPINIONS:
        return (
            f"What spreads: {model_phrase(model)}. Edge i to j: j listens to i. Seeds hold their opinion, and "
            "everybody else begins anywhere in [0, 1) with equal chance.",
            f"Every choice of seeds met the same chance in {count} runs: the same first opinions and the same "
            "meetings, so that choices differ by their seeds alone. Opinions may be lost again, so that more seeds can "
            "win fewer.",
            measured,
        )
    return (
        f"What spreads: {model_phrase(model)}. Seeds are reached from the start and count as reached.",
        f"Every choice of seeds was followed through the same {count} cascades: run r decides beforehand which edges "
        "pass on, by a hash of seed, run and edge, so that choices differ by their seeds alone, and differences are "
        "taken run by run.",
        f"{measured} Methods that look at cascades chose on other draws than those that judge them.",
    )


def _network_section(network: InfluenceNetwork, groups: Groups | None, notes: tuple[str, ...]) -> Section:
    """Say what the network is, and how its groups stand in it: disparity often begins there."""
    graph = network.graph
    degree = graph.degree_out()
    n, entries = graph.n_nodes, len(graph.target)
    tiles = [
        Tile(value=words.number(n), label="nodes"),
        Tile(value=words.number(graph.n_edges), label=f"{'directed' if graph.directed else 'undirected'} edges"),
        Tile(value=words.number(entries / n if n else float("nan")), label="edges out of a node, mean"),
        Tile(value=words.number(int((degree == 0).sum())), label="nodes with no edge out"),
    ]
    text: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    if groups is not None and len(groups) > 1 and entries:
        own, other = groups.code[graph.src], groups.code[graph.target]
        inside = float((own == other).mean())
        out_of = np.bincount(own, minlength=len(groups)) / entries
        into = np.bincount(other, minlength=len(groups)) / entries
        text = (
            f"{percent(inside)} of the edges stay inside a group; {percent(float(out_of @ into))} would if ends were "
            "joined at random. What spreads tends to stay where it began the more the first exceeds the second.",
        )
        rows = []
        for g, name in enumerate(groups.names.tolist()):
            members = groups.code == g
            count = int(members.sum())
            mean = float(degree[members].mean()) if count else float("nan")
            stay = float((other[own == g] == g).mean()) if (own == g).any() else float("nan")
            rows.append((str(name), count, 100 * count / n, mean, int((degree[members] == 0).sum()), 100 * stay))
        tables = (
            Table(
                caption=f"Groups by {groups.column}",
                columns=("group", "nodes", "of all (%)", "edges out, mean", "without", "edges that stay inside (%)"),
                rows=tuple(rows),
                name="influence_groups",
            ),
        )
    return Section(
        key="network",
        title="The network",
        tiles=tuple(tiles),
        text=text,
        tables=tables,
        notes=tuple(dict.fromkeys(notes)),
    )


def influence_values(found: InfluenceFound) -> dict[str, Any]:
    """Collect everything found as plain JSON types; NaN becomes null.

    Parameters
    ----------
    found : InfluenceFound

    Returns
    -------
    dict
    """
    network, groups, result, model = found.network, found.groups, found.comparison, found.model
    called = np.array(node_labels(network.graph), dtype=str)
    first = result.spreads[0]
    choices = {}
    chosen = result.chosen
    for k, name in enumerate(result.names.tolist()):
        s = result.spreads[k]
        choices[name] = {
            "seeds": called[s.seeds],
            "seed_ids": s.seeds,
            "reach": s.reach,
            "reach_se": s.reach_se,
            "share": s.reach / s.n_nodes,
            "group_reach": s.group_reach,
            "group_reach_se": s.group_reach_se,
            "group_share": s.share,
            "group_share_se": s.share_se,
            "disparity": result.disparity[k],
            "disparity_se": result.disparity_se[k],
            "price_of_fairness": result.price[k],
            "difference": result.difference[k],
            "difference_se": result.difference_se[k],
            "node_probability": s.node_probability,
            "time": s.time,
            "course": s.course,
        }
        if name in chosen:
            c = chosen[name]
            choices[name] |= {"objective": c.objective, "guarantee": c.guarantee, "confidence": c.confidence}
            choices[name] |= {"gain": c.gain, "work": dict(c.work), "notes": c.notes}
    return plain(  # type: ignore[no-any-return]
        {
            "network": {
                "title": network.title,
                "nodes": network.graph.n_nodes,
                "edges": network.graph.n_edges,
                "directed": network.graph.directed,
                "events": None if network.events is None else len(network.events.time),
                "digest": network.substrate.digest,
                "names": called,
            },
            "model": {"name": model.name} | dict(config_items(model)),
            "runs": first.runs,
            "seed": found.seed,
            "judging_seed": result.seed,
            "random_draws": None
            if found.draws is None
            else {"reach": found.draws.reach, "disparity": found.draws.disparity},
            "groups": {
                "column": None if groups is None else groups.column,
                "names": first.groups,
                "sizes": first.group_sizes,
            },
            "compared_with": str(result.names[0]),
            "choices": choices,
            "versions": dict(result.versions),
            "price_of_fairness": None if found.price is None else _price_values(found.price),
            "notes": found.notes,
        }
    )


def _price_values(price: PriceResult) -> dict[str, Any]:
    names = ("method", "parameter", "values", "reach", "reach_se", "disparity", "disparity_se", "share", "seeds")
    return {name: getattr(price, name) for name in names} | {"monitor": dict(price.monitor)}
