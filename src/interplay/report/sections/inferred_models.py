"""The chapters on dynamic Bayesian networks and on Boltzmann machines."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from interplay.infer.bayes_results import DynamicBayesResult
from interplay.infer.boltzmann_results import BoltzmannResult
from interplay.plot import inferred as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.report.sections.inferred_drawing import matrices

#: Lags of a dynamic Bayesian network that are drawn.
_LAGS = 6


def section_bayes(result: DynamicBayesResult) -> Section:
    """Show coefficients by lag, and the raw fit beside the standardised one.

    Parameters
    ----------
    result : DynamicBayesResult

    Returns
    -------
    Section
    """
    rows = []
    for label, fit in (("standardised", result.standardised), ("raw", result.raw)):
        if fit is not None:
            edge = np.abs(np.nan_to_num(fit.weights)) > 0
            ordered = np.any(fit.order >= 0, axis=1)
            rows.append(
                (
                    label,
                    float(edge[:, 0].sum(axis=(1, 2)).mean()),
                    float(edge[:, 1:].sum(axis=(1, 2, 3)).mean()),
                    float(np.nanmax(fit.cyclicity, initial=0.0)),
                    f"{int(ordered.sum())} of {len(fit.order)}",
                    f"{int(fit.converged.sum())} of {len(fit.converged)}",
                )
            )
    with warnings.catch_warnings():
        # A pair that no window knows has no mean, and stays grey.
        warnings.simplefilter("ignore", RuntimeWarning)
        mean = np.nanmean(result.weights, axis=0)
    labels = [f"lag {k}" for k in range(len(mean))]
    shown = f" Lags beyond {_LAGS - 1} are not drawn." if len(mean) > _LAGS else ""
    over = " Means over the windows that know both units." if len(result.weights) > 1 else ""
    figure = matrices(
        "bayes-lags",
        mean[:_LAGS],
        labels,
        "Coefficients by lag (0: within a sample)",
        directed=True,
        meaning=f"Blue: the target rises with the source; orange: it falls.{over}{shown}",
        coloured=False,
    )
    heads = ("variables", "instantaneous edges", "lagged edges", "cyclicity", "ordered windows", "converged windows")
    table = Table(
        caption="Raw beside standardised",
        columns=heads,
        rows=tuple(rows),
        name="dynamic_bayes",
        note="Edges: mean per window.",
    )
    return Section(
        key="bayes", title="Dynamic Bayesian network", lead=_warned(result), figures=(figure,), tables=(table,)
    )


def _warned(result: DynamicBayesResult) -> tuple[str, ...]:
    lead = ["Edges within a sample form no cycle; each is a linear effect with all other units and lags held."]
    vary = result.varsortability[np.isfinite(result.varsortability)]
    if len(vary):
        high = float(vary.mean())
        judged = (
            "so directions of the raw fit may only follow the scales" if high > 0.7 else "which is no cause for worry"
        )
        lead.append(f"Variance rises along {100 * high:.0f} % of the raw fit's paths (50 % by chance), {judged}.")
    lost = result.lost[np.isfinite(result.lost)]
    if len(lost):
        lead.append(
            f"{100 * float(lost.mean()):.0f} % of the raw fit's instantaneous edges turn or vanish once units are "
            "standardised."
        )
    return tuple(lead)


def section_boltzmann(result: BoltzmannResult, names: Sequence[str]) -> Section:
    """Show whether the chains have thermalised, the machine beside trivial models, and couplings of three.

    Parameters
    ----------
    result : BoltzmannResult
    names : sequence of N str

    Returns
    -------
    Section
    """

    def relaxation(width: float) -> list[Any]:
        panel = style.stack(width, [190], left=64, top=40 if width < 400 else 26, bottom=42)[1][0]
        return [pictures.plot_relaxation(result.sweeps, result.energy, result.energy_error, ax=panel)]

    figures: tuple[Figure, ...] = ()
    if len(result.sweeps):
        figures = (
            draw.figure(
                "boltzmann-relaxation", relaxation, width=560, narrow=True, span=8,
                title="Do chains forget where they began?",
                caption="Mean energy; bands are standard errors. The lines must meet.",
                alt="Energy of chains by sweep.",
            ),
        )  # fmt: skip
    lead = [
        "The chains have thermalised, so couplings and likelihoods can be read."
        if result.thermalised
        else "The chains have not thermalised: take likelihoods and couplings with care."
    ]
    if np.isfinite(result.log_likelihood).all():
        gain = float(result.log_likelihood[0] - result.log_likelihood[1])
        lead.append(
            f"Held out, it gives {words.number(abs(gain))} nats per sample {'more' if gain > 0 else 'less'} than the "
            "pairwise model."
        )
    triples: tuple[tuple[Cell, ...], ...] = tuple(
        (*(names[int(u)] for u in triple), float(value))
        for triple, value in zip(result.triples[:20], result.triple_couplings[:20], strict=True)
    )
    strongest = Table(
        caption="Strongest couplings of three",
        columns=("first unit", "second unit", "third unit", "coupling"),
        rows=triples,
        name="boltzmann_triples",
        folded=True,
    )
    return Section(
        key="boltzmann",
        title="Boltzmann machine",
        lead=tuple(lead),
        figures=figures,
        tables=(_models(result), strongest),
    )


def _models(result: BoltzmannResult) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            float(result.log_likelihood[k]),
            float(result.log_likelihood[k] - result.log_likelihood[-1]),
            float(result.log_conditional[k] - result.log_conditional[-1]),
            *(float(v) for v in result.moment_match[k]),
        )
        for k, name in enumerate(result.models)
    ]
    rows.append(("training samples themselves", None, None, None, *(float(v) for v in result.moment_match[-1])))
    heads = ("model", "log-likelihood", "gain", "conditional gain", "means", "covariances", "third moments")
    return Table(
        caption="Models on held-out samples",
        columns=heads,
        rows=tuple(rows),
        name="boltzmann_models",
        note="Nats per sample; gains are over independent units, the conditional one for each unit given all others. "
        "Moments: correlation of the model's with those of the held-out samples; the last row says what the noise of "
        "sampling allows, near 0 or below where there is nothing to find.",
    )
