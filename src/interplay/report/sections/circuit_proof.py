"""One circuit's proof of stability, and the game between its units."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.game_results import PlayResult
from interplay.circuits.results import EquilibriumResult, GameResult
from interplay.circuits.stability_results import ContractionResult, StabilityResult
from interplay.plot import circuit_proof as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table, Tile
from interplay.report.sections import circuit_words as say

Floats = NDArray[np.float64]


def section_certificate(
    stability: StabilityResult,
    *,
    contraction: ContractionResult | None = None,
    names: NDArray[np.str_] | None = None,
    key: str = "certificate",
) -> Section:
    """Show whether a circuit is diagonally stable, what proves it, and what follows.

    Parameters
    ----------
    stability : StabilityResult
    contraction : ContractionResult or None
        Of the same circuit.
    names : (N,) text array or None
        Of the units; their numbers where None.
    key : str
        Unique on the page.

    Returns
    -------
    Section
    """
    claims = [("proved", _plain(c)) for c in stability.claims]
    # What the question of contraction answers is not open.
    claims += [("open", _plain(c)) for c in stability.open if contraction is None or "ontraction" not in c]
    notes = list(stability.notes)
    if contraction is not None:
        claims += [("proved (contraction)", _plain(c)) for c in contraction.claims]
        claims += [("open (contraction)", _plain(c)) for c in contraction.open]
        notes += [n for n in contraction.notes if n not in notes]
    tables = [_ladder(stability)]
    if claims:
        rows = tuple((status, text) for status, text in claims)
        tables.insert(0, Table(caption="What follows, and what does not", columns=("status", "statement"), rows=rows))
    tables += _objects(stability, names)
    return Section(
        key=key,
        title="Stability, with its proof",
        lead=(say.VERDICTS[stability.verdict],),
        text=(
            "Diagonal stability asks for positive weights q, one per unit, that make diag(q) A + A' diag(q) negative "
            "definite, where A is the matrix of weights less 1 over each unit's largest slope on the diagonal. Where "
            "q exists, units that each follow their own cost come to rest together, and q is the proof; where it "
            "does not, a positive semidefinite matrix H such that A H has no negative diagonal entry is the proof.",
        ),
        tiles=tuple(_tiles(stability, contraction)),
        figures=tuple(_pictures(stability, names, key)),
        tables=tuple(tables),
        notes=tuple(notes),
    )


def _plain(text: str) -> str:
    """Take names of functions out of their quotes: the page has no other type for them."""
    return text.replace("`", "")


def _tiles(stability: StabilityResult, contraction: ContractionResult | None) -> list[Tile]:
    tiles = [
        Tile(
            value=stability.verdict, label="diagonal stability", note=f"by: {stability.rung}" if stability.rung else ""
        )
    ]
    sure = np.isfinite(stability.margin)
    if sure or np.isfinite(stability.dual_margin):
        value = stability.margin if sure else stability.dual_margin
        note = (
            "above 0: proved; mean weight 1; other weights may reach more"
            if sure
            else "smallest entry of the diagonal of A H; trace of H is 1"
        )
        tiles.append(Tile(value=say.number(value), label="margin of this proof", note=note))
    if np.isfinite(stability.rate):
        text = f"{say.number(stability.rate)} /s"
        note = "a Lyapunov function falls at least so fast; distances at half of it"
        tiles.append(Tile(value=text, label="proved rate", note=note))
    if np.isfinite(stability.lipschitz):
        note = "of the equilibrium per unit of input, at most"
        tiles.append(Tile(value=say.number(stability.lipschitz), label="largest change", note=note))
    if contraction is not None:
        rate = f"{say.number(contraction.rate)} /s" if np.isfinite(contraction.rate) else contraction.verdict
        note = "trajectories approach each other at least so fast" if np.isfinite(contraction.rate) else ""
        tiles.append(Tile(value=rate, label="contraction", note=note))
    return tiles


def _pictures(stability: StabilityResult, names: NDArray[np.str_] | None, key: str) -> list[Figure]:
    n = len(stability.matrix)

    def stems(width: float) -> list[Any]:
        ax = style.stack(width, [190], left=52, bottom=draw.room_below(width - 66, _labels(names, n)))[1][0]
        return [pictures.plot_certificate(stability, names=names, ax=ax)]

    def ladder(width: float) -> list[Any]:
        left = min(0.5 * width, 20 + 5.9 * max(len(r.name) for r in stability.rungs))
        ax = style.stack(width, [26.0 * len(stability.rungs)], left=left, top=6, bottom=10)[1][0]
        return [pictures.plot_ladder(stability, ax=ax)]

    def matrix(width: float) -> list[Any]:
        ax = draw.square(width, _labels(names, n))
        return [pictures.plot_weights(stability.matrix, names=names, label="A", ax=ax)]

    def spectrum(width: float) -> list[Any]:
        ax = style.stack(width, [150], left=52)[1][0]
        return [pictures.plot_spectrum(stability, ax=ax)]

    said = {
        "certified": ("The proof: one weight per unit", "Weight q of every unit; dashed, the mean. It says how "
                      "much the unit counts in the common measure of how far the circuit is from rest."),
        "refuted": ("The proof: no weights exist", "Diagonal of A H. With no entry below 0, every choice of weights "
                    "fails along some direction of H."),
        "undecided": ("Eigenvalues of the symmetric part", "All below 0 would be a proof with equal weights."),
    }[stability.verdict]  # fmt: skip
    figures = []
    if stability.rungs:
        figures.append(
            draw.figure(f"{key}-ladder", ladder, width=460, narrow=True, span=6,
                        title="Tests, in the order they were made",
                        caption="Squares: necessary; triangles: sufficient; circles: exact. The ring marks the test "
                        "that decided. A failed sufficient test says nothing.",
                        alt=f"{len(stability.rungs)} tests; decided by {stability.rung or 'none'}.")
        )  # fmt: skip
    figures.append(
        draw.figure(f"{key}-proof", stems, width=460, narrow=True, span=6, title=said[0], caption=said[1], alt=said[0])
    )  # fmt: skip
    if 1 < n <= 200:
        if stability.verdict != "undecided":
            what = "diag(q) A + A' diag(q), all below 0" if stability.scaling is not None else "H, none below 0"
            figures.append(
                draw.figure(f"{key}-spectrum", spectrum, width=460, narrow=True, span=6, title="The proof, checked",
                            caption=f"Eigenvalues of {what}, computed anew for this picture.",
                            alt=f"Eigenvalues of {what}.")
            )  # fmt: skip
        figures.append(
            draw.figure(f"{key}-matrix", matrix, width=400, narrow=True, span=6, title="The matrix A",
                        caption="Rows receive, columns send; the diagonal holds each unit's own weight less 1 over "
                        "its largest slope.", alt="The matrix A in colours.")
        )  # fmt: skip
    return figures


def _labels(names: NDArray[np.str_] | None, n: int) -> list[str]:
    return [str(k) if names is None else str(names[k]) for k in range(n)]


def _ladder(stability: StabilityResult) -> Table:
    rows = tuple((r.name, r.kind, r.outcome, float(r.value), r.detail) for r in stability.rungs)
    return Table(
        caption="Tests of diagonal stability", columns=("test", "kind", "outcome", "value", "what it is"), rows=rows,
        name="ladder", folded=True,
    )  # fmt: skip


def _objects(stability: StabilityResult, names: NDArray[np.str_] | None) -> list[Table]:
    """Give the proof itself, to be checked elsewhere."""
    n = len(stability.matrix)
    label = _labels(names, n)
    if stability.scaling is not None:
        rows: tuple[tuple[Cell, ...], ...] = tuple(zip(label, stability.scaling.tolist(), strict=True))
        return [Table(caption="Weights q", columns=("unit", "q"), rows=rows, name="weights_q", folded=True)]
    if stability.dual is not None and n <= 60:
        rows = tuple((a, *row) for a, row in zip(label, stability.dual.tolist(), strict=True))
        return [Table(caption="The matrix H", columns=("unit", *label), rows=rows, name="dual_h", folded=True)]
    return []


def section_game(
    game: GameResult,
    *,
    equilibria: EquilibriumResult | None = None,
    weights: Floats | None = None,
    response: Floats | None = None,
    play: PlayResult | None = None,
    key: str = "circuit-game",
) -> Section:
    """Show the game between the units at one state: costs, best responses, who would gain.

    Parameters
    ----------
    game : GameResult
    equilibria : EquilibriumResult or None
        All that were found of the same circuit under the same input.
    weights : (N, N) float array or None
        `weights[post, pre]`.
    response : (N, N) float array or None
        `response[i, j]`: change of unit i's rate per unit of input to unit j, at the state.
    play : PlayResult or None
        The game played from some start.
    key : str
        Unique on the page.

    Returns
    -------
    Section
    """
    total = float(game.nash_gap[game.nash_gap > game.tolerance].sum())
    gaining = int((game.nash_gap > game.tolerance).sum())
    concave = int((game.own_curvature < 0).sum())
    kind = {"exact": "an exact potential exists", "weighted": "a weighted potential exists"}.get(game.potential, "none")
    tiles = (
        Tile(value=_state(game), label="the state", note=f"largest residual {say.number(game.residual)}"),
        Tile(value=say.number(total), label="sum of Nash gaps", note=f"{words.plural(gaining, 'unit')} would gain"),
        Tile(
            value=words.number(concave),
            label="own costs not convex",
            note=f"of {words.plural(len(game.names), 'unit')}",
        ),
        Tile(value=say.number(game.asymmetry), label="asymmetry of the weights", note=f"potential: {kind}"),
    )
    text = (
        "Every unit has a cost of its own, which falls as its rate follows its input; the dynamics are all units "
        "descending together. A state is a Nash equilibrium if no unit could lower its cost alone; its Nash gap is "
        "what it would gain. Where a unit excites itself more than 1 over its slope, its own cost is not convex, and "
        "a stable state may hold it at a maximum of its cost.",
    )
    tables = [_units(game)]
    notes = list(game.notes)
    figures = _views(game, weights, response, key)
    if play is not None:
        figures.append(_play(play, key))
        notes += [n for n in play.notes if n not in notes]
    if equilibria is not None:
        tables.append(_equilibria(equilibria, game.names))
        notes += [n for n in equilibria.notes if n not in notes]
    return Section(
        key=key,
        title="The game between units",
        lead=(game.verdict,) if game.verdict else (),
        text=text,
        tiles=tiles,
        figures=tuple(figures),
        tables=tuple(tables),
        notes=tuple(notes),
    )


def _state(game: GameResult) -> str:
    if not game.equilibrium:
        return "not at rest"
    return f"{'stable' if game.stable else 'unstable'}, {'Nash' if game.nash else 'not Nash'}"


def _views(game: GameResult, weights: Floats | None, response: Floats | None, key: str) -> list[Figure]:
    def gaps(width: float) -> list[Any]:
        left = float(np.clip(6.2 * max(len(str(n)) for n in game.names) + 12, 40, 0.35 * width))
        listed = min(len(game.names), pictures.LISTED)
        tall = max(60.0, (22.0 if listed <= 24 else 12.5) * listed)
        ax = style.stack(width, [tall], left=left, top=30 if width > 400 else 44)[1][0]
        return [pictures.plot_nash_gaps(game, ax=ax)]

    def square(draw_it: Any, values: Floats | None) -> Any:
        def make(width: float) -> list[Any]:
            ax = draw.square(width, [str(v) for v in game.names])
            return [draw_it(values, sign=game.sign, names=game.names, ax=ax)]

        return make

    n = len(game.names)
    most = f" Of {n} units, the {pictures.LISTED} with the largest gaps; of equal gaps, with the largest rates."
    cut = most if n > pictures.LISTED else ""
    shown = [(weights, pictures.plot_weights, "weights", "Weights",
              "Rows receive, columns send; excitatory units first."),
             (response, pictures.plot_response, "response", "Response to stimulating each unit",
              "A column is the unit that is given more input, a row one whose rate changes. Dots: paradoxical units, "
              "whose own rate falls.")]  # fmt: skip
    there = [part for part in shown if part[0] is not None]
    # A small game stands on one line.
    span = 12 if len(game.names) > 12 or not there else 12 // (1 + len(there))
    figures = [
        draw.figure(f"{key}-gaps", gaps, width={4: 320, 6: 440, 12: 860}[span], narrow=span > 4, span=span,
                    title="Rates and best responses",
                    caption="Dots are rates; a ring is the rate that would cost the unit least while all others "
                    f"stay. No ring: the unit is at its best response.{cut}",
                    alt=game.verdict or "Rates and best responses of every unit.")
    ]  # fmt: skip
    span = min(span, 6)
    for values, picture, name, title, caption in there:
        figures.append(
            draw.figure(f"{key}-{name}", square(picture, values), width=320 if span == 4 else 440, narrow=span == 6,
                        span=span, title=title, caption=caption, alt=f"{title}, in colours.")
        )  # fmt: skip
    return figures


def _play(result: PlayResult, key: str) -> Figure:
    def make(width: float) -> list[Any]:
        ax = style.stack(width, [170], left=52, top=28)[1][0]
        return [pictures.plot_play(result, ax=ax)]

    shown, every = pictures.shown_rounds(result), len(result.rates) - 1
    cut = f" The first {shown} of {every} rounds are drawn." if shown < every else ""
    return draw.figure(
        f"{key}-play", make, width=860, narrow=True, title="The game, played",
        caption=f"{result.verdict} Moves: {words.plain_name(result.rule)}, {words.plain_name(result.order)}. Filled "
        f"ends: no unit would gain any more.{cut}",
        alt=result.verdict or "Rates while the game is played.",
    )  # fmt: skip


def _units(game: GameResult) -> Table:
    kinds = {1: "excitatory", -1: "inhibitory", 0: "–"}
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            str(game.names[k]),
            kinds[int(np.sign(game.sign[k]))],
            *(float(v[k]) for v in (game.rates, game.drive, game.interaction, game.activation, game.energy)),
            # A cost without a lowest point has its best response nowhere: beyond every rate.
            float("inf") if np.isinf(game.nash_gap[k]) else float(game.best_response[k]),
            float(game.nash_gap[k]),
            float(game.own_curvature[k]),
        )
        for k in range(len(game.names))
    )
    columns = ("unit", "kind", "rate", "input", "interaction cost", "activation cost", "own cost", "best response",
               "Nash gap", "own curvature")  # fmt: skip
    return Table(caption="Every unit in the game", columns=columns, rows=rows, name="game")


def _equilibria(found: EquilibriumResult, names: NDArray[np.str_]) -> Table:
    many = len(names) > 12
    head = ("largest rate", "active units") if many else tuple(f"rate of {n}" for n in names)
    rows: list[tuple[Cell, ...]] = []
    for k, x in enumerate(found.rates):
        shown: tuple[Cell, ...] = (float(x.max()), int((x > 1e-9).sum())) if many else tuple(map(float, x))
        top = found.eigenvalues[k, 0]
        turn = f" ± {say.number(abs(top.imag))}i" if abs(top.imag) > 1e-12 else ""
        rows.append(
            (k + 1, "stable" if found.stable[k] else "unstable", f"{say.number(top.real)}{turn}", *shown,
             float(found.residual[k]))
        )  # fmt: skip
    note = "These are all there are." if found.complete else "There may be others: the search is not exhaustive."
    columns = ("number", "state", "leading eigenvalue (1/s)", *head, "residual")
    return Table(
        caption="Equilibria under this input", columns=columns, rows=tuple(rows), name="equilibria",
        note=f"Found by {found.method}. {note}",
    )  # fmt: skip
