"""The table of measures of one network: name, function, range, direction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import Any, Literal

from interplay._core.errors import ConfigError, unknown_name


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One question asked of one network.

    Attributes
    ----------
    name : str
    kind : {"graph", "node"}
        Whether the function gives one number or one per node.
    path : str
        "module:function", imported on first use.
    options : mapping
        Settings of the function that belong to this name.
    needs : tuple of str
        What else it takes, of "directed", "communities", "sign", "seed", "nulls".
    averaged : bool
        Whether a node measure is also reported as its mean over the nodes where it is defined.
    on : {"any", "directed", "undirected"}
        Networks for which `measure` reports it.
    part : str or None
        Attribute of the function's result that is meant, where it gives several.
    over_pairs : bool
        Whether a graph measure is a mean over all pairs of present nodes, to which nodes without an edge add zeros.
    unlinked : float
        Value of a node measure at a present node without an edge; NaN where it is undefined there.
    range : str
    higher : str
        What a higher value means.
    definition : str
        One line.
    """

    name: str
    kind: Literal["graph", "node"]
    path: str
    range: str
    higher: str
    definition: str
    options: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ("directed",)
    averaged: bool = False
    on: Literal["any", "directed", "undirected"] = "any"
    part: str | None = None
    over_pairs: bool = False
    unlinked: float = float("nan")

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself; call it with `options` and what it `needs`."""
        module, name = self.path.split(":")
        found: Callable[..., Any] = getattr(import_module(f"interplay.measures.{module}"), name)
        return found

    @property
    def about(self) -> str:
        """Definition, range and direction in one line."""
        mean = " Per node; as a number of the network, the mean over nodes where defined." if self.averaged else ""
        return f"{self.definition} Range {self.range}; higher means {self.higher}.{mean}"


_COMMUNITIES = ("directed", "communities")
_NULLS = ("directed", "seed", "nulls")

_TABLE = (
    Measure(
        name="density",
        kind="graph",
        path="degrees:density",
        range="[0, 1]",
        higher="more pairs are linked",
        definition="Edges of either sign over possible edges.",
        over_pairs=True,
    ),
    Measure(
        name="density_positive",
        kind="graph",
        path="degrees:density",
        options={"layer": "positive"},
        range="[0, 1]",
        higher="more pairs are linked by a positive weight",
        definition="Positive edges over possible edges.",
        over_pairs=True,
    ),
    Measure(
        name="density_negative",
        kind="graph",
        path="degrees:density",
        options={"layer": "negative"},
        range="[0, 1]",
        higher="more pairs are linked by a negative weight",
        definition="Negative edges over possible edges.",
        over_pairs=True,
    ),
    Measure(
        name="degree",
        kind="node",
        path="degrees:degree",
        range="[0, 2 (N - 1)]",
        higher="more edges at the node",
        definition="Edges of either sign at each node, in and out added.",
        averaged=True,
        unlinked=0.0,
    ),
    Measure(
        name="strength_positive",
        kind="node",
        path="degrees:strength_out",
        range="[0, inf), unit of the weights",
        higher="stronger positive ties",
        definition="Sum of the positive weights of each node (of a directed network: outgoing).",
        averaged=True,
        unlinked=0.0,
    ),
    Measure(
        name="strength_negative",
        kind="node",
        path="degrees:strength_out",
        options={"layer": "negative"},
        range="[0, inf), unit of the weights",
        higher="stronger negative ties",
        definition="Size of the sum of the negative weights of each node (of a directed network: outgoing).",
        averaged=True,
        unlinked=0.0,
    ),
    Measure(
        name="strength_net",
        kind="node",
        path="degrees:strength_out",
        options={"layer": "net"},
        range="(-inf, inf), unit of the weights",
        higher="positive ties outweigh negative ones",
        definition="Sum of the signed weights of each node (of a directed network: outgoing).",
        averaged=True,
        unlinked=0.0,
    ),
    Measure(
        name="strength_in_positive",
        kind="node",
        path="degrees:strength_in",
        on="directed",
        range="[0, inf), unit of the weights",
        higher="more positive input",
        definition="Sum of the positive weights that reach each node.",
        unlinked=0.0,
    ),
    Measure(
        name="strength_in_negative",
        kind="node",
        path="degrees:strength_in",
        options={"layer": "negative"},
        on="directed",
        range="[0, inf), unit of the weights",
        higher="more negative input",
        definition="Size of the sum of the negative weights that reach each node.",
        unlinked=0.0,
    ),
    Measure(
        name="strength_in_net",
        kind="node",
        path="degrees:strength_in",
        options={"layer": "net"},
        on="directed",
        range="(-inf, inf), unit of the weights",
        higher="positive input outweighs negative input",
        definition="Sum of the signed weights that reach each node.",
        unlinked=0.0,
    ),
    Measure(
        name="reciprocity",
        kind="graph",
        path="degrees:reciprocity",
        needs=(),
        on="directed",
        range="[0, 1]",
        higher="more edges are returned",
        definition="Positive edges whose opposite exists, over all positive edges.",
    ),
    Measure(
        name="reciprocity_weighted",
        kind="graph",
        path="degrees:reciprocity",
        options={"weighted": True},
        needs=(),
        on="directed",
        range="[0, 1]",
        higher="more weight is returned",
        definition="Positive weight that is returned, over all positive weight (Squartini et al. 2013).",
    ),
    Measure(
        name="ei_balance",
        kind="graph",
        path="degrees:ei_balance",
        range="[-1, 1]",
        higher="more excitatory (0 is balance)",
        definition="(Positive - negative weight) / (positive + negative weight).",
    ),
    Measure(
        name="ei_balance_units",
        kind="graph",
        path="degrees:ei_balance",
        needs=("directed", "sign"),
        range="[-1, 1]",
        higher="more weight leaves excitatory units (0 is balance)",
        definition="As ei_balance, but by the known sign of the source unit; size of weights, unknown units left out.",
    ),
    Measure(
        name="clustering",
        kind="node",
        path="triads:clustering",
        range="[0, 1]",
        higher="partners are more often linked to each other",
        definition="Binary clustering of positive edges (Watts-Strogatz; directed: Fagiolo).",
        averaged=True,
    ),
    Measure(
        name="clustering_weighted",
        kind="node",
        path="triads:clustering",
        options={"weighted": True},
        range="[0, 1]",
        higher="heavier triangles for the largest weight",
        definition="Weighted clustering of positive edges (Onnela; directed: Fagiolo).",
        averaged=True,
    ),
    Measure(
        name="global_efficiency",
        kind="graph",
        path="efficiency:global_efficiency",
        options={"weighted": False},
        range="[0, 1]",
        higher="fewer steps between nodes",
        definition="Mean of 1 / steps over ordered pairs, positive edges.",
        over_pairs=True,
    ),
    Measure(
        name="global_efficiency_weighted",
        kind="graph",
        path="efficiency:global_efficiency",
        range="[0, inf), unit of the weights",
        higher="stronger and shorter ways between nodes",
        definition="Mean of 1 / distance over ordered pairs, a positive edge of weight w being 1 / w long.",
        over_pairs=True,
    ),
    Measure(
        name="local_efficiency",
        kind="node",
        path="efficiency:local_efficiency",
        range="[0, 1]",
        higher="partners stay in touch if the node is lost",
        definition="Binary efficiency among the partners of each node, positive edges.",
        averaged=True,
    ),
    Measure(
        name="modularity",
        kind="graph",
        path="communities:modularity",
        needs=_COMMUNITIES,
        range="(-2, 2)",
        higher="clearer communities",
        definition="Signed modularity Q* (Rubinov & Sporns 2011) of the communities found by Louvain moves.",
    ),
    Measure(
        name="community_count",
        kind="graph",
        path="communities:community_count",
        needs=("communities",),
        range="[0, N / 2]",
        higher="a finer division",
        definition="Communities of at least two nodes.",
    ),
    Measure(
        name="participation_positive",
        kind="node",
        path="communities:participation",
        needs=_COMMUNITIES,
        range="[0, 1)",
        higher="positive weight spread more evenly over communities",
        definition="Participation coefficient of positive (directed: outgoing) weights.",
        averaged=True,
    ),
    Measure(
        name="participation_negative",
        kind="node",
        path="communities:participation",
        options={"layer": "negative"},
        needs=_COMMUNITIES,
        range="[0, 1)",
        higher="negative weight spread more evenly over communities",
        definition="Participation coefficient of negative (directed: outgoing) weights.",
        averaged=True,
    ),
    Measure(
        name="small_world_sigma",
        kind="graph",
        path="small_worlds:small_world",
        part="sigma",
        needs=_NULLS,
        range="[0, inf)",
        higher="more clustered for its short ways; above 1 is small-world",
        definition="Clustering times efficiency of positive edges, both over those of random networks, same degrees.",
    ),
    Measure(
        name="small_world_omega",
        kind="graph",
        path="small_worlds:small_world",
        part="omega",
        needs=_NULLS,
        range="about [-1, 1]",
        higher="more like a random, lower more like a lattice network; 0 is small-world",
        definition="Efficiency over that of random networks minus clustering over that of lattices, same degrees.",
    ),
)


class _Measures(Mapping[str, Measure]):
    """Names to measures; a wrong name raises `ConfigError` with the valid ones."""

    def __init__(self, table: tuple[Measure, ...]) -> None:
        self._table = MappingProxyType({m.name: m for m in table})

    def __getitem__(self, name: str) -> Measure:
        if name not in self._table:
            raise ConfigError(unknown_name("measure", str(name), self._table))
        return self._table[name]

    def __contains__(self, name: object) -> bool:
        return name in self._table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


#: Every measure of one network that `measure` reports.
MEASURES: Mapping[str, Measure] = _Measures(_TABLE)
