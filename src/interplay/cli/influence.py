"""The command `influence`: whom an intervention on a network reaches, and whether it is fair to every group."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_SPREAD = "What spreads"
_SEEDS = "Where it starts"
_NETWORK = "How the network is read"


def influence(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[GRAPH]",
            help="A list of edges (.csv, .tsv, .links), a square matrix (.csv, .npy, .npz), .graphml, .gexf, a saved "
            "graph; networks of `interplay infer` or the folder of `interplay run`; a recording, whose network is "
            "inferred first; or a list of timed events. None: two groups made up.",
        ),
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option("--groups", "-g", help="Column of the node table that says who belongs together."),
    ] = None,
    budget: Annotated[int, typer.Option("--budget", "-k", min=0, help="So many seeds.", rich_help_panel=_SEEDS)] = 10,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            help="ic (independent cascade), lt (linear threshold), si or sir (epidemics), deffuant or "
            "hegselmann-krause (opinions).",
            rich_help_panel=_SPREAD,
        ),
    ] = "ic",
    probability: Annotated[
        str | None,
        typer.Option(
            help="Of an edge to pass on, in the independent cascade: a number, `weight` or `in-degree`; 0.1 if not "
            "given, and `weight` for networks that were inferred.",
            rich_help_panel=_SPREAD,
        ),
    ] = None,
    settings_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Any setting of the model: key=value, for example duration_s=5.", rich_help_panel=_SPREAD
        ),
    ] = None,
    runs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Runs that judge every choice of seeds, 10000 (20 for opinions) if not given; greedy looks at no "
            "more, and at fewer where they are costly.",
            rich_help_panel=_SPREAD,
        ),
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option(
            help="Ways to choose seeds, with commas: random, degree, page-rank, greedy, ris, medoids, max-min, "
            "proportional, penalised; by the size of the network if not given.",
            rich_help_panel=_SEEDS,
        ),
    ] = None,
    embedding: Annotated[
        list[str] | None,
        typer.Option(
            help="Medoids of these embeddings are seeds too: deepwalk, node2vec, crosswalk, fairwalk, spectral, "
            "adversarial; degree and random beside them as a baseline.",
            rich_help_panel=_SEEDS,
        ),
    ] = None,
    among: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Only these nodes may be seeds, for example electrodes of one region.",
            rich_help_panel=_SEEDS,
        ),
    ] = None,
    nodes: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Node table: names, and what is known of each node.", rich_help_panel=_NETWORK
        ),
    ] = None,
    unknown: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name a group for nodes that have no value.", rich_help_panel=_NETWORK),
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option(
            help="Which edges of a signed network carry: positive (if not given), negative or absolute.",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    directed: Annotated[
        bool | None,
        typer.Option(
            "--directed/--undirected",
            help="What a line of a list is; as the list shows if not given.",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    repeats: Annotated[
        str,
        typer.Option(help="An edge given more than once: refuse, sum or once.", rich_help_panel=_NETWORK),
    ] = "refuse",
    static: Annotated[
        bool, typer.Option("--static", help="Forget the times of timed events.", rich_help_panel=_NETWORK)
    ] = False,
    hint: Annotated[
        list[str] | None,
        typer.Option(
            help="What the file does not say about itself: key=value; may be repeated.", rich_help_panel=_NETWORK
        ),
    ] = None,
    price: Annotated[
        bool | None,
        typer.Option(
            "--price/--no-price",
            help="Whether fairness is asked for more and more strongly, to see its price; where that is quick if "
            "not given.",
            rich_help_panel=_SEEDS,
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The page: one .html file.")] = Path("influence.html"),
    values: Annotated[Path | None, typer.Option("--json", help="Everything found as a .json file too.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn.")] = 0,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Threads; the result does not depend on it.")] = 2,
) -> None:
    """Say whom seeds reach, group by group, how unevenly, and what fairness costs.

    Examples: interplay influence; interplay influence friends.csv --nodes people.csv --groups team --budget 10;
    interplay influence interplay-report --groups group --probability weight
    """
    from interplay.cli.progress import Bars
    from interplay.job.influence_alone import influence_alone
    from interplay.job.influence_options import InfluenceAsked, listed
    from interplay.job.outputs import require_file

    require_file(out, (".html",), [source, nodes])
    if values is not None:
        require_file(values, (".json",), [source, nodes, out], option="json")
    asked = InfluenceAsked(
        source=source,
        groups=groups,
        unknown=unknown,
        nodes=nodes,
        budget=budget,
        model=model,
        probability=probability,
        settings=tuple(settings_ or ()),
        methods=listed(methods) if methods else None,
        embedding=listed(embedding),
        runs=runs,
        among=among,
        layer=layer,
        directed=directed,
        repeats=repeats,
        hint=tuple(hint or ()),
        static=static,
        price=price,
        seed=seed,
    )
    with Bars() as bars:
        told = influence_alone(asked, out, values, jobs=jobs, observer=bars)
    for line in told.lines:
        typer.echo(line)
    for note in told.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"page: {out}" + ("" if values is None else f"\nvalues: {values}"))
