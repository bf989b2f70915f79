"""Epidemics in continuous time: susceptible, infectious and, in SIR, recovered for good.

References
----------
Kermack, McKendrick (1927), Proc R Soc A 115:700. Newman (2002), Phys Rev E 66:016128: epidemics as percolation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay.data import Graph
from interplay.influence.models import refuse_negative, require_graph

if TYPE_CHECKING:
    from interplay.influence.tally import LiveEdges

#: What the rate of an edge is multiplied with.
Scale = Literal["equal", "weight"]


@dataclass(frozen=True, kw_only=True)
class SI:
    """Who is infected infects each neighbour at a constant rate, and never recovers.

    Parameters
    ----------
    rate : float, 1/s, > 0
        Of infection along an edge.
    duration_s : float, s, > 0
        Reached is who is infected until then; without an end, all who can be would be.
    scale : {"equal", "weight"}
        Every edge has the same rate, or `rate` times its weight.

    Notes
    -----
    Exact in law: delays are exponential, infection times are shortest paths over them. Edges of weight 0 never infect;
    negative weights are refused.

    References
    ----------
    Newman (2002), Phys Rev E 66:016128.
    """

    rate: float = 1.0
    duration_s: float = 1.0
    scale: Scale = "equal"

    def __post_init__(self) -> None:
        require_setting("rate", self.rate, above=0, below=float("inf"))
        require_setting("duration_s", self.duration_s, above=0, below=float("inf"))
        _require_scale(self.scale)

    @property
    def name(self) -> str:
        """Registered name."""
        return "si"

    @property
    def citations(self) -> tuple[str, ...]:
        """Papers behind it."""
        return ("newman2002epidemic",)

    def prepare(self, graph: Graph) -> LiveEdges:
        """Check a network and make it ready for many runs.

        Parameters
        ----------
        graph : Graph

        Returns
        -------
        LiveEdges
        """
        return _prepare(graph, self.name, self.scale, (self.rate, 0.0, self.duration_s))


@dataclass(frozen=True, kw_only=True)
class SIR:
    """Who is infected infects each neighbour at a constant rate until it recovers, and is immune from then on.

    Parameters
    ----------
    infection : float, 1/s, > 0
        Rate of infection along an edge.
    recovery : float, 1/s, > 0
        Rate of recovery: a node is infectious for an exponential time of mean ``1 / recovery``.
    duration_s : float or None, s, > 0
        Reached is who has been infected until then. None: until nobody is infectious any more.
    scale : {"equal", "weight"}
        Every edge has the same rate of infection, or `infection` times its weight.

    Notes
    -----
    Exact in law. The edges of a node share its infectious time, so they are not independent: an independent cascade
    whose edges pass on with the same chance, ``infection / (infection + recovery)``, follows another law (Newman 2002
    has the case where they agree).

    References
    ----------
    Kermack, McKendrick (1927), Proc R Soc A 115:700.
    """

    infection: float = 1.0
    recovery: float = 1.0
    duration_s: float | None = None
    scale: Scale = "equal"

    def __post_init__(self) -> None:
        require_setting("infection", self.infection, above=0, below=float("inf"))
        require_setting("recovery", self.recovery, above=0, below=float("inf"))
        if self.duration_s is not None:
            require_setting("duration_s", self.duration_s, above=0, below=float("inf"))
        _require_scale(self.scale)

    @property
    def name(self) -> str:
        """Registered name."""
        return "sir"

    @property
    def citations(self) -> tuple[str, ...]:
        """Papers behind it."""
        return ("kermack1927epidemics",)

    def prepare(self, graph: Graph) -> LiveEdges:
        """Check a network and make it ready for many runs.

        Parameters
        ----------
        graph : Graph

        Returns
        -------
        LiveEdges
        """
        duration = float("inf") if self.duration_s is None else self.duration_s
        return _prepare(graph, self.name, self.scale, (self.infection, self.recovery, duration))


def _require_scale(scale: str) -> None:
    if scale not in get_args(Scale):
        raise ConfigError(unknown_name("`scale`", scale, get_args(Scale)))


def _prepare(graph: Graph, model: str, scale: Scale, rates: tuple[float, float, float]) -> LiveEdges:
    from interplay.influence import live_edges

    require_graph(graph, model)
    refuse_negative(graph.signed)
    if scale == "weight":
        weight = graph.weight
    else:
        weight = None if graph.weight is None or graph.weight.all() else (graph.weight > 0).astype(float)
    return live_edges.epidemic(graph, weight, (float(rates[0]), float(rates[1]), float(rates[2])))
