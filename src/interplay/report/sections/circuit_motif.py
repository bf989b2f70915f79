"""A motif: its plane to be worked, its regimes, what changes with its strengths, and how it computes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from interplay.circuits.motif_results import (
    BifurcationResult,
    ContrastResult,
    HysteresisResult,
    PhasePlane,
    RegimeResult,
    RegionResult,
)
from interplay.plot import circuit_contrast, circuit_plane, circuit_sweep, style
from interplay.report import draw, words
from interplay.report.circuit_payload import Pair, plane_payload
from interplay.report.parts import Cell, Figure, Section, Table, Tile
from interplay.report.sections import circuit_words as say


def section_motif(
    plane: PhasePlane | None = None,
    *,
    circuit: Pair | None = None,
    drive: ArrayLike | None = None,
    regime: RegimeResult | None = None,
    thresholds: Mapping[str, float] | None = None,
    bifurcation: BifurcationResult | None = None,
    region: RegionResult | None = None,
    contrast: ContrastResult | None = None,
    column: ContrastResult | None = None,
    hysteresis: HysteresisResult | None = None,
    title: str = "The motif",
    text: tuple[str, ...] = (),
    key: str = "motif",
) -> Section:
    """Show what is known of a motif; every part may be left out.

    Parameters
    ----------
    plane : PhasePlane or None
    circuit : circuit of two units or None
        The one that `plane` was made of; with `drive`, the plane can be worked in the page.
    drive : (2,) float array or None
        Input of `plane`.
    regime : RegimeResult or None
    thresholds : mapping of name to value or None
        Values of a strength at which theory says that something changes.
    bifurcation : BifurcationResult or None
    region : RegionResult or None
    contrast : ContrastResult or None
        Of one motif, over inputs.
    column : ContrastResult or None
        Of several layers; its first case is drawn. Where None, a `contrast` of several layers serves.
    hysteresis : HysteresisResult or None
    title : str
    text : tuple of str
        Paragraphs on what the motif is.
    key : str
        Unique on the page.

    Returns
    -------
    Section
    """
    if column is None and contrast is not None and contrast.rates.shape[1] > 1:
        column, contrast = contrast, contrast if len(contrast.contrast_in) > 2 else None
    parts = [p for p in (plane, regime, bifurcation, region, contrast, column, hysteresis) if p is not None]
    notes: list[str] = []
    for part in parts:
        notes += [n for n in part.notes if n not in notes]
    figures: list[Figure] = []
    if plane is not None:
        figures += _plane(plane, circuit, drive, key)
    if bifurcation is not None:
        figures.append(_sweep(bifurcation, key))
    if region is not None:
        figures.append(_region(region, key))
    if contrast is not None:
        figures.append(_contrast(contrast, key))
    if column is not None:
        figures.append(_column(column, key))
    if hysteresis is not None:
        figures.append(_hysteresis(hysteresis, key))
    return Section(
        key=key,
        title=title,
        lead=_lead(plane, regime),
        text=text,
        tiles=tuple(_tiles(regime, contrast, hysteresis)),
        figures=tuple(figures),
        tables=tuple(_tables(plane, regime, thresholds, bifurcation, contrast, column)),
        notes=tuple(notes),
    )


def _lead(plane: PhasePlane | None, regime: RegimeResult | None) -> tuple[str, ...]:
    name = regime.regime if regime is not None else plane.regime if plane is not None else ""
    if not name:
        return ()
    if regime is not None and regime.reason:
        return (f"{say.regime(name).capitalize()}. {regime.reason}",)
    return (say.explained(name),)


def _tiles(
    regime: RegimeResult | None, contrast: ContrastResult | None, hysteresis: HysteresisResult | None
) -> list[Tile]:
    tiles = []
    if regime is not None:
        tiles.append(Tile(value=say.regime(regime.regime), label="regime"))
        for name in ("n_equilibria", "abscissa", "paradoxical_response"):
            value = regime.indices.get(name, float("nan"))
            if np.isfinite(value):
                tiles.append(Tile(value=say.number(value), label=say.index(name)))
    if contrast is not None and np.isfinite(contrast.competition):
        tiles.append(Tile(value=say.number(contrast.competition), label="competition number κ"))
    if hysteresis is not None:
        span = f"{say.number(hysteresis.switched_down)} to {say.number(hysteresis.switched_up)}"
        tiles.append(Tile(value=span, label="ratios of input that keep both winners"))
    return tiles


_READ = (
    "Blue: where E stands still; orange: where I does; they cross at equilibria. The pale band is the population's "
    "best response: where it lies under the line the population minimises its own cost there, and where it leaves "
    "the line it would gain by another rate. Filled marks are stable, circles are Nash equilibria, diamonds are not."
)


def _plane(plane: PhasePlane, circuit: Pair | None, drive: ArrayLike | None, key: str) -> list[Figure]:
    def flat(width: float) -> list[Any]:
        tall = min(0.86 * width, 440.0)
        ax = style.stack(width, [tall], left=48, right=16, top=50 if width > 400 else 80)[1][0]
        return [circuit_plane.plot_phase_plane(plane, ax=ax)]

    def cost(population: Any) -> Any:
        def make(width: float) -> list[Any]:
            ax = style.stack(width, [width - 150], left=48, right=78, top=26 if width > 400 else 44)[1][0]
            return [circuit_plane.plot_energies(plane, population, ax=ax)]

        return make

    count = words.plural(len(plane.equilibria), "equilibrium", "equilibria")
    alt = f"Phase plane with {count}; {say.regime(plane.regime)}."
    if circuit is None or drive is None:
        first = draw.figure(f"{key}-plane", flat, width=560, narrow=True, span=12, title="Phase plane", caption=_READ,
                            alt=alt)  # fmt: skip
    else:
        first = draw.figure(
            f"{key}-plane", flat, width=560, narrow=True, span=12, title="Phase plane", alt=alt,
            caption=_READ,
            payload=plane_payload(plane, circuit, drive),
        )  # fmt: skip
    said = (
        "Arrows: where its own gradient pulls it while the other stays; the line is its best response, the dashes "
        "where it stands still. Thin lines join equal costs; only differences along its own axis matter to it."
    )
    return [
        first,
        *(
            draw.figure(f"{key}-cost-{name.lower()}", cost(name), width=440, narrow=True, span=6,
                        title=f"The cost of {name}",
                        caption=said, alt=f"Own cost of {name} over the plane.")
            for name in ("E", "I")
            if np.isfinite(plane.energy[..., "EI".index(name)]).any()
        ),
    ]  # fmt: skip


def _sweep(result: BifurcationResult, key: str) -> Figure:
    rows: list[Any] = ["response", "energy", "margin"]
    rows = [name for name in rows if np.isfinite(getattr(result, name)).any()]
    if any(b.period is not None and np.isfinite(b.period).any() for b in result.branches):
        rows.append("period")

    def make(width: float) -> list[Any]:
        heights = [230.0, *([82.0] * len(rows))]
        _, panels = style.stack(width, heights, gap=14, left=60, top=58)
        circuit_sweep.plot_bifurcation(result, ax=panels[0])
        low, high = panels[0].get_xlim()
        for name, ax in zip(rows, panels[1:], strict=True):
            circuit_sweep.plot_sweep(result, name, ax=ax)
            ax.set_xlim(low, high)
        for ax in panels[:-1]:
            ax.set_xlabel("")
            ax.tick_params(axis="x", labelbottom=False)
        if width < 400:
            for ax in panels:
                style.few_ticks(ax, "x", 4)
        return panels

    known = {k: v for k, v in result.thresholds.items() if np.isfinite(v)}
    dashes = words.listing(f"{words.plain_name(k)} at {say.number(v)}" for k, v in known.items())
    dashes = f" Dashed: {dashes}." if dashes else ""
    return draw.figure(
        f"{key}-sweep", make, width=860, narrow=True, title=f"What changes with {say.symbol(result.parameter)}",
        caption="Top: equilibria, solid where stable and dashed where not; shaded, the range of cycles. The strip "
        "names the regime. Below, at the equilibrium with the smallest rates: the response of each unit to its own "
        "input, the own costs, and the best margin of diagonal stability that any weights reach (below 0: lost)."
        f"{dashes}",
        alt=f"Equilibria over {say.symbol(result.parameter)}, with {len(result.special)} special points.",
    )  # fmt: skip


def _region(result: RegionResult, key: str) -> Figure:
    def make(width: float) -> list[Any]:
        ax = style.stack(width, [0.72 * width], left=48, top=circuit_plane.room_of_region(result, width - 62))[1][0]
        return [circuit_plane.plot_region(result, ax=ax)]

    return draw.figure(
        f"{key}-region", make, width=400, narrow=True, span=6, title="Regimes over two strengths",
        caption="Colours are regimes. Clear: diagonal stability is proved; hatched: refuted; dotted: undecided. "
        "Lines are closed forms.",
        alt=f"Regimes over {say.symbol(result.parameters[0])} and {say.symbol(result.parameters[1])}.",
    )  # fmt: skip


def _contrast(result: ContrastResult, key: str) -> Figure:
    def make(width: float) -> list[Any]:
        ax = style.stack(width, [0.62 * width], left=48, top=30 if width > 400 else 46)[1][0]
        return [circuit_contrast.plot_contrast(result, ax=ax)]

    return draw.figure(
        f"{key}-contrast", make, width=460, narrow=True, span=6, title="Contrast in, contrast out",
        caption="Difference over sum of the two largest, of the inputs and of the rates. Rings: one cell is left "
        "(winner takes all).",
        alt=f"Contrast of the rates over that of the inputs; competition number {result.competition:.3g}.",
    )  # fmt: skip


def _column(result: ContrastResult, key: str) -> Figure:
    wide = result.rates.shape[1] > 5

    def make(width: float) -> list[Any]:
        ax = style.stack(width, [200], left=48, top=30)[1][0]
        return [circuit_contrast.plot_column(result, ax=ax)]

    return draw.figure(
        f"{key}-column", make, width=860 if wide else 460, narrow=True, span=12 if wide else 6,
        title="Layer by layer",
        caption="Rate of every excitatory cell in each layer, and above it the contrast of the two largest. The "
        "input is drawn to the scale of the first layer.",
        alt=f"Rates through {result.rates.shape[1]} layers.",
    )  # fmt: skip


def _hysteresis(result: HysteresisResult, key: str) -> Figure:
    def make(width: float) -> list[Any]:
        ax = style.stack(width, [0.5 * width], left=48, top=46)[1][0]
        return [circuit_sweep.plot_hysteresis(result, ax=ax)]

    low, high = sorted(result.predicted)
    return draw.figure(
        f"{key}-hysteresis", make, width=460, narrow=True, span=6, title="The winner stays",
        caption="The challenger's input rises (solid) and falls again (dashed). The vertical lines are where theory "
        f"puts the switches: {say.number(low)} and {say.number(high)}.",
        alt="Rates of two competing cells while one input rises and falls.",
    )  # fmt: skip


def _tables(
    plane: PhasePlane | None,
    regime: RegimeResult | None,
    thresholds: Mapping[str, float] | None,
    bifurcation: BifurcationResult | None,
    contrast: ContrastResult | None,
    column: ContrastResult | None,
) -> list[Table]:
    tables = []
    rows: list[tuple[Cell, ...]]
    if plane is not None and len(plane.equilibria):
        rows = [
            (float(e), float(i), "stable" if stable else "unstable", "yes" if nash else "no")
            for (e, i), stable, nash in zip(plane.equilibria, plane.stable, plane.nash, strict=True)
        ]
        tables.append(Table(caption="Equilibria", columns=("rate of E", "rate of I", "state", "Nash equilibrium"),
                            rows=tuple(rows), name="equilibria"))  # fmt: skip
    if regime is not None:
        rows = [(say.index(k), float(v)) for k, v in regime.indices.items()]
        tables.append(
            Table(caption="Indices", columns=("index", "value"), rows=tuple(rows), name="indices", folded=True)
        )
    if thresholds:
        rows = [(words.plain_name(k), float(v)) for k, v in thresholds.items()]
        head = ("what changes", "value")
        tables.append(Table(caption="Thresholds", columns=head, rows=tuple(rows), name="thresholds", folded=True))
    if bifurcation is not None and bifurcation.special:
        rows = [(kind, float(value), *map(float, rates)) for kind, value, rates in bifurcation.special]
        columns = ("kind", say.symbol(bifurcation.parameter), *(f"rate of {n}" for n in bifurcation.names))
        tables.append(Table(caption="Special points", columns=columns, rows=tuple(rows), name="special", folded=True))
    for found, name in ((contrast, "Contrast"), (column, "Contrast layer by layer")):
        if found is not None:
            tables.append(_contrasts(found, name))
    return tables


def _contrasts(result: ContrastResult, name: str) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (s + 1, layer + 1, float(result.contrast_in[s]), float(result.contrast[s, layer]),
         float(result.predicted[s, layer]), int(result.n_active[s, layer]), float(result.participation[s, layer]),
         float(result.settling_s[s]))
        for s in range(result.contrast.shape[0])
        for layer in range(result.contrast.shape[1])
    ]  # fmt: skip
    columns = (
        "case",
        "layer",
        "contrast in",
        "contrast",
        "closed form",
        "active cells",
        "participation",
        "settled (s)",
    )
    file = "contrast" if name == "Contrast" else "column"
    return Table(caption=name, columns=columns, rows=tuple(rows), name=file, folded=True)
