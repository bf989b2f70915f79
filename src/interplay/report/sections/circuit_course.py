"""A circuit fitted to a recording, and what theory says of it window by window."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from interplay.circuits.fit_results import CircuitCourse, CircuitFitResult
from interplay.plot import circuit_course as pictures
from interplay.plot import style
from interplay.plot.circuit_proof import plot_response, plot_weights
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table, Tile
from interplay.report.sections import circuit_words as say


def section_circuit_course(
    fit: CircuitFitResult, course: CircuitCourse, *, of: int | None = None, key: str = "circuit"
) -> Section:
    """Show a fitted circuit: how well it foretells, its weights, and its regime and proof over time.

    Parameters
    ----------
    fit : CircuitFitResult
    course : CircuitCourse
        Of this fit.
    of : int or None
        Units of the recording; those beyond the fitted ones were not seen by the fit.
    key : str
        Unique on the page.

    Returns
    -------
    Section
    """
    n, s = len(fit.names), len(fit.bounds)
    title = "The circuit view"
    if not n or not s:
        return Section(key=key, title=title, text=("There is nothing to fit.",), notes=fit.notes)
    notes = [*fit.notes, *(note for note in course.notes if note not in fit.notes)]
    return Section(
        key=key,
        title=title,
        lead=(_lead(fit, course, of), _foretells(fit)),
        text=_text(fit, course),
        tiles=tuple(_tiles(fit, course)),
        figures=tuple(_pictures(fit, course, key)),
        tables=(_windows(fit, course, key), _units(fit, course, key)),
        notes=tuple(notes),
    )


def _lead(fit: CircuitFitResult, course: CircuitCourse, of: int | None = None) -> str:
    s, n = len(course.bounds), len(fit.names)
    kinds = Counter(course.regime.tolist()).most_common()
    said = words.listing(f"{say.regime(name)} in {count}" for name, count in kinds)
    sure = int((course.verdict == "certified").sum())
    if len(kinds) > 1:
        where = f"{said} of {words.plural(s, 'window')}"
    else:
        where = f"{say.regime(kinds[0][0])} in {'its one window' if s == 1 else f'all {s} windows'}"
    among = f"{n} of the recording's {of} units" if of is not None and of > n else f"{words.plural(n, 'unit')}"
    return (
        f"All of this speaks of a circuit fitted to {among}, and not of units that were not seen, which can mislead "
        f"it: the fitted circuit is {where}; diagonal stability is proved in {sure}."
    )


def _ahead(fit: CircuitFitResult) -> tuple[int, int]:
    """Count the windows in which the circuit scores above every trivial model, and those that were scored."""
    own = fit.score.get("circuit", np.empty(0))
    others = [v for k, v in fit.score.items() if k != "circuit"]
    if not len(own) or not others:
        return 0, 0
    best = np.max(others, axis=0)
    known = np.isfinite(own) & np.isfinite(best)
    return int((own[known] > best[known]).sum()), int(known.sum())


def _foretells(fit: CircuitFitResult) -> str:
    known = {k: float(np.median(v[np.isfinite(v)])) for k, v in fit.score.items() if np.isfinite(v).any()}
    if "circuit" not in known:
        return "The fit was not scored on held-out data."
    said = words.listing(f"{k} {say.number(v)}" for k, v in known.items())
    ahead, scored = _ahead(fit)
    if not scored:
        return f"Held-out score, median over windows: {said}."
    beyond = f"the circuit is ahead of every trivial model in {ahead} of {words.plural(scored, 'window')}"
    weak = "" if 2 * ahead > scored else " What follows describes the fit; held-out activity does not support it."
    return f"Held-out score, median over windows: {said}; {beyond}.{weak}"


def _text(fit: CircuitFitResult, course: CircuitCourse) -> tuple[str, ...]:
    source = {"given": "were given", "estimated": "were estimated", "free": "were left free"}.get(
        fit.sign_source, fit.sign_source
    )
    plus, minus, none = (int((np.sign(fit.sign) == v).sum()) for v in (1, -1, 0))
    seen = [name for name in dict.fromkeys(course.regime.tolist()) if name in say.REGIMES]
    return (
        f"Model: every unit's rate relaxes, with a time constant of {1000 * fit.tau_s:g} ms, to {fit.phi} of its "
        f"weighted inputs. Signs of the units {source}: {plus} excitatory, {minus} inhibitory, {none} without. "
        "Weights are statistical: a common input that was not recorded looks like a weight. On simulated circuits half "
        "of whose units were hidden, 11 of 12 that inhibition stabilises were certified and called self-regulating "
        "(docs/results/circuits.md).",
        " ".join(say.explained(name) for name in seen),
    )


def _tiles(fit: CircuitFitResult, course: CircuitCourse) -> list[Tile]:
    s = len(course.bounds)
    common, count = Counter(course.regime.tolist()).most_common(1)[0]
    sure = int((course.verdict == "certified").sum())
    share = course.certified_share[np.isfinite(course.certified_share)]
    gap = pictures.true_gaps(course)
    gap = gap[~np.isnan(gap).all(axis=1)]
    gaining = (gap > 0).any(axis=1)
    against = course.paradoxical.any(axis=1)
    tiles = [
        Tile(value=say.regime(common), label="most common regime", note=f"{count} of {words.plural(s, 'window')}"),
        Tile(
            value=f"{sure} of {s}",
            label="windows certified",
            note=f"{100 * float(np.median(share)):.0f} % of bootstrap draws in the median" if len(share) else "",
        ),
        Tile(
            value=f"{int(gaining.sum())} of {s}" if len(gap) else "–",
            label="windows with a unit that would gain",
            note="state at rest that is no Nash equilibrium",
        ),
        Tile(value=f"{int(against.sum())} of {s}", label="windows with a paradoxical unit",
             note="more input lowers its own rate"),
    ]  # fmt: skip
    return tiles


def _shown(course: CircuitCourse) -> list[int]:
    """Pick the windows drawn in full: the first, the middle, the last."""
    s = len(course.bounds)
    return sorted({0, s // 2, s - 1}) if s > 2 else list(range(s))


def _pictures(fit: CircuitFitResult, course: CircuitCourse, key: str) -> list[Figure]:
    n, s = len(fit.names), len(course.bounds)
    shown = _shown(course)
    ahead, scored = _ahead(fit)
    top = float(np.nanpercentile(np.abs(fit.weights[shown]), 99.5)) or None
    span = {1: 6, 2: 6}.get(len(shown), 4)

    def over_time(width: float) -> list[Any]:
        ax = style.stack(width, [170], left=52, top=66)[1][0]
        return [pictures.plot_circuit_course(course, ax=ax)]

    def score(width: float) -> list[Any]:
        ax = style.stack(width, [150], left=52, top=28)[1][0]
        return [pictures.plot_fit_score(fit, ax=ax)]

    def map_of(what: Any) -> Any:
        def make(width: float) -> list[Any]:
            tall = float(np.clip(13.0 * n, 70, 300))
            ax = style.stack(width, [tall], left=52, right=72)[1][0]
            return [pictures.plot_course_map(course, what, ax=ax)]

        return make

    def square(window: int, what: str) -> Any:
        def make(width: float) -> list[Any]:
            ax = draw.square(width, [str(v) for v in fit.names])
            if what == "response":
                return [plot_response(course, window=window, ax=ax)]
            return [plot_weights(fit, window=window, top=top, ax=ax)]

        return make

    figures = [
        draw.figure(f"{key}-course", over_time, width=980, narrow=True, axis="time", title="Regime and proof over time",
                    caption="The strip names the regime of every window. Below it, the share of bootstrap draws whose "
                    "diagonal stability is proved (or the margin, where none were drawn); the dot's colour is the "
                    "verdict on the fitted weights.", alt=_lead(fit, course)),
        draw.figure(f"{key}-score", score, width=980, narrow=True, axis="time", title="Does the circuit foretell?",
                    badge=f"ahead in {ahead} of {scored} windows" if scored else "", warn=2 * ahead <= scored,
                    caption="Held-out score of the circuit beside a model without coupling (every unit's own past) "
                    "and beside a constant rate. What follows "
                    "is worth as much as the circuit is ahead here. Windows far below the others leave the picture.",
                    alt=_foretells(fit)),
    ]  # fmt: skip
    for window in shown:
        figures.append(
            draw.figure(f"{key}-weights-{window}", square(window, "weights"), width=320, span=span,
                        title=f"Weights, window {window + 1}",
                        caption=f"{words.window(*fit.bounds[window])}. Rows receive; excitatory units first.",
                        alt=f"Fitted weights in window {window + 1}.")
        )  # fmt: skip
    figures += [
        draw.figure(f"{key}-gaps", map_of("nash_gap"), width=980, narrow=True, axis="time", title="Who would gain",
                    caption="Nash gap of every unit at the circuit's equilibrium: what it would gain by another rate "
                    "while all others stay. Grey: no equilibrium was found.", alt="Nash gap of every unit over time."),
        draw.figure(f"{key}-energy", map_of("energy"), width=980, narrow=True, axis="time", title="Own costs",
                    caption="Cost of every unit at the equilibrium; below 0 it is better off than at rest. Grey: no "
                    "equilibrium was found.", alt="Own cost of every unit over time."),
    ]  # fmt: skip
    for window in shown:
        figures.append(
            draw.figure(f"{key}-response-{window}", square(window, "response"), width=320, span=span,
                        title=f"Stimulating each unit, window {window + 1}",
                        caption="A column is the unit that is given more input, a row one whose rate changes. Dots: "
                        "paradoxical units.", alt=f"Responses in window {window + 1}.")
        )  # fmt: skip
    return figures if s else []


def _windows(fit: CircuitFitResult, course: CircuitCourse, key: str) -> Table:
    extra = {words.plain_name(k): v for k, v in course.indices.items() if k not in ("margin", "abscissa")}
    scores = {f"score, {k}": v for k, v in fit.score.items()}
    rows: list[tuple[Cell, ...]] = []
    gaps = pictures.true_gaps(course)
    for s, (start, stop) in enumerate(course.bounds.tolist()):
        gap = gaps[s]
        rows.append(
            (s + 1, start, stop, say.regime(str(course.regime[s])), str(course.verdict[s]),
             float(course.certified_share[s]), float(course.margin[s]), float(course.abscissa[s]),
             None if np.isnan(gap).all() else float(np.nanmax(gap)), int(course.paradoxical[s].sum()),
             *(float(v[s]) for v in (*scores.values(), *extra.values())), course.reasons[s])
        )  # fmt: skip
    columns = ("window", "start (s)", "stop (s)", "regime", "diagonal stability", "share certified", "margin",
               "largest real part (1/s)", "largest Nash gap", "paradoxical units", *scores, *extra, "why")  # fmt: skip
    return Table(caption="Every window", columns=columns, rows=tuple(rows), name=f"{key}_windows", folded=True)


def _units(fit: CircuitFitResult, course: CircuitCourse, key: str) -> Table:
    kinds = {1: "excitatory", -1: "inhibitory", 0: "–"}
    with np.errstate(invalid="ignore"):
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                str(fit.names[k]),
                kinds[int(np.sign(fit.sign[k]))],
                float(np.median(fit.rates[:, k])),
                float(np.median(fit.drive[:, k])),
                float(np.median(np.abs(fit.weights[:, :, k]).sum(axis=1))),
                float(np.median(np.abs(fit.weights[:, k]).sum(axis=1))),
                _middle(course.nash_gap[:, k]),
                int(course.paradoxical[:, k].sum()),
            )
            for k in range(len(fit.names))
        )
    columns = ("unit", "kind", "rate", "input", "weight sent", "weight received", "Nash gap", "windows paradoxical")
    return Table(
        caption="Every unit (medians over windows)", columns=columns, rows=rows, name=f"{key}_units", folded=True
    )  # fmt: skip


def _middle(values: Any) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None
