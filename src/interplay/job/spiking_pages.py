"""What is said of spiking networks: a page, values for other programs, and lines for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.citations import cite, references
from interplay._core.provenance import versions
from interplay.data import LabelledEvents
from interplay.job.spiking_plan import SpikingPlan
from interplay.job.spiking_task import Task
from interplay.job.summary import plain
from interplay.report import Section, Tile, page, section_methods, section_provenance, words
from interplay.report.sections.spiking_costs import (
    energy_sentences,
    foreign_sentences,
    section_spiking_energy,
    section_spiking_foreign,
)
from interplay.report.sections.spiking_learning import (
    section_spiking_activity,
    section_spiking_learning,
    section_spiking_samples,
)
from interplay.report.sections.spiking_scores import (
    accuracy_sentences,
    calibration_sentences,
    section_spiking_calibration,
    section_spiking_scores,
)
from interplay.report.spiking_findings import SpikingFindings
from interplay.spiking.nets.results import SpikingModel

#: What the page's numbers rest on, beside what networks cite themselves.
_CITED = (
    "brier1950verification", "broecker2007reliability", "guo2017calibration", "hendrycks2017baseline",
    "horowitz2014computing", "houlsby2011bayesian", "wilson1927probable",
)  # fmt: skip


def spiking_page(
    plan: SpikingPlan,
    task: Task,
    models: Mapping[str, SpikingModel],
    findings: SpikingFindings,
    *,
    source: Path | None,
) -> str:
    """Compose the page.

    Parameters
    ----------
    plan : SpikingPlan
    task : Task
    models : mapping of str to SpikingModel
        By name, the one that was asked for first.
    findings : SpikingFindings
    source : Path or None
        Of the samples.

    Returns
    -------
    str
        HTML.
    """
    sections = [
        _summary(findings),
        section_spiking_scores(findings),
        section_spiking_calibration(findings),
        section_spiking_foreign(findings),
        section_spiking_energy(findings),
        section_spiking_learning(findings),
    ]
    if findings.activity is not None:
        sections.append(section_spiking_activity(findings))
    sections.append(section_spiking_samples(findings, _classes(task)))
    keys = sorted({*(key for model in models.values() for key in model.citations), *_CITED})
    sections.append(
        section_methods(
            dict(models),
            text=_methods(models),
            references=[(r.key, r.line) for r in references(keys)],
            bibtex=cite(*models.values(), _Cited()),
        )
    )
    sections.append(section_provenance(dict(models), plan=plan.toml(), environment={"samples": task.judge.digest}))
    name = "made-up samples" if task.synthetic else f"{task.name}, default" if source is None else source.name
    meta = {
        "samples": name,
        "digest": task.judge.digest,
        "interplay": versions()["interplay"],
        "seed": str(plan.seed),
    }
    made = next(iter(models.values()))
    subtitle = (
        f"{words.plain_name(made.method)}, {words.plural(len(findings.classes), 'class', 'classes')}, "
        f"{words.plural(findings.n_test, 'sample')} judged"
    )
    return page(sections, title=_title(task, source), subtitle=subtitle, meta=meta)


class _Cited:
    """What `cite` reads of a result."""

    citations = _CITED


def _title(task: Task, source: Path | None) -> str:
    if source is not None:
        return f"A spiking network on {source.name}"
    named = {"spoken": "made-up words", "gestures": "made-up gestures", "digits": "handwritten digits"}
    return f"A spiking network on {named[task.name]}"


def _methods(models: Mapping[str, SpikingModel]) -> tuple[str, ...]:
    config: Any = next(iter(models.values())).config
    noise = {
        "per_step": "every step draws pre-activations of its own (local reparametrisation)",
        "per_sequence": "every sequence draws its weights",
    }[config.noise]
    what = []
    if config.bayesian:
        what.append(
            f"Weights of the network that was asked for have a Gaussian posterior, each for itself; in training and "
            f"judging {noise}. The loss is cross-entropy plus {config.kl_weight:g} times the divergence from the prior "
            "over the number of samples: a tempered bound, not the evidence bound."
        )
    if config.rule.stochastic:
        what.append(
            "Units fire by chance, with the probability that the noise of the weights and their own floor give; the "
            f"gradient passes them by the importance-weighted straight-through rule {config.gradient!r}. Published "
            "accounts leave the exact form of that family open; this is the form derived on the page of the method."
        )
    what.append(
        "Logistic regressions choose the strength of their penalty by the watched samples. Networks differ in what is "
        "said of them and in nothing else: same layers, epochs, batches and order of samples; none was tuned by itself."
    )
    return tuple(what)


def _classes(task: Task) -> dict[str, Any]:
    def counted(data: Any, rows: Any) -> list[int]:
        return [int(n) for n in np.bincount(data.label[rows], minlength=len(data.classes))]

    out: dict[str, Any] = {"class": task.judge.classes.tolist()}
    if len(task.train):
        out |= {"learnt from": counted(task.learn, task.train), "watched": counted(task.learn, task.watched)}
    out["judged"] = counted(task.judge, task.test)
    if isinstance(task.judge, LabelledEvents):
        judged = task.judge.take(task.test)
        mean = [judged.n_events[judged.label == c] for c in range(len(judged.classes))]
        out["events per judged sample"] = [float(n.mean()) if len(n) else float("nan") for n in mean]
    return out


def _summary(found: SpikingFindings) -> Section:
    mine = found.named(found.compared[0])
    energy = next(iter(found.energy.values()))
    value, low, high = found.difference
    tiles = [
        Tile(
            value=f"{100 * mine.scores.accuracy[0]:.1f} %",
            label=f"told rightly, {mine.name}",
            note=_between(100 * mine.scores.accuracy[1], 100 * mine.scores.accuracy[2]),
        )
    ]
    if found.compared[1]:
        tiles.append(
            Tile(
                value=f"{100 * value:+.1f}".replace("-", words.MINUS),
                label=f"points against {found.compared[1]}, the best baseline on watched samples",
                note=_between(100 * low, 100 * high),
            )
        )
    tiles += [
        Tile(
            value=words.number(mine.scores.ece),
            label="calibration error",
            note=f"right probabilities stay below {words.number(mine.scores.ece_if_calibrated[1])}",
        ),
        Tile(
            value=f"{words.number(energy.ratio, 2)} \N{MULTIPLICATION SIGN}",
            label="less arithmetic than analogue units, one draw",
            note="memory left out",
        ),
    ]
    text = []
    if found.synthetic:
        text.append("The samples are made up: nothing here is a claim about the real set that they look like.")
    if found.without_baselines:
        text.append("The baseline networks were not trained (--no-baselines); what needs no network was.")
    return Section(
        key="summary",
        title="What was found",
        lead=(
            *accuracy_sentences(found)[:1],
            *calibration_sentences(found)[:1],
            *foreign_sentences(found),
            *energy_sentences(found),
        ),
        tiles=tuple(tiles),
        text=tuple(text),
    )


def _between(low: float, high: float) -> str:
    if not np.isfinite(low):
        return "too few samples for an interval"
    return f"95 %: {low:.1f} to {high:.1f}".replace("-", words.MINUS)


def spiking_summary(found: SpikingFindings) -> dict[str, Any]:
    """Collect what summary.json says.

    Parameters
    ----------
    found : SpikingFindings

    Returns
    -------
    dict
        Plain values for JSON; numbers that are not finite are words or null as elsewhere.
    """
    scores = {
        row.name: {
            "role": row.role,
            "draws": row.draws,
            "accuracy": row.scores.accuracy,
            "nll": row.scores.nll,
            "brier": row.scores.brier,
            "ece": row.scores.ece,
            "adaptive_ece": row.scores.adaptive_ece,
            "ece_if_calibrated": row.scores.ece_if_calibrated,
            "area_under_risk": row.scores.risk_coverage.area,
        }
        for row in found.scores
    }
    detected = [
        {"foreign": r.kind, "network": r.name, "doubt": r.doubt, "auroc": r.detection.auroc,
         "aupr_foreign": r.detection.aupr_foreign, "aupr_own": r.detection.aupr_own}
        for r in found.detected
    ]  # fmt: skip
    energy = {
        name: {
            "nanojoule": float(e.nanojoule.mean()),
            "dense_nanojoule": e.dense_nanojoule,
            "additions": float(e.accumulates.sum(axis=0).mean()),
            "products": float(e.multiplies.sum(axis=0).mean()) + e.updates,
        }
        for name, e in found.energy.items()
    }
    courses = {
        c.name: {
            "epochs": len(c.trace["cross_entropy"]),
            "kept": c.best_epoch + 1,
            "parameters": c.parameters,
            "gradient_start": dict(c.gradient_start),
            "gradient_end": dict(c.gradient_end),
        }
        for c in found.courses
    }
    content: dict[str, Any] = plain(
        {
            "task": found.task,
            "method": found.method,
            "synthetic": found.synthetic,
            "classes": found.classes,
            "samples": {"train": found.n_train, "watched": found.n_watched, "test": found.n_test},
            "groups": found.n_groups,
            "scores": scores,
            "compared": found.compared,
            "difference": found.difference,
            "foreign": dict(found.foreign),
            "detected": detected,
            "energy": energy,
            "rates": {name: dict(rates) for name, rates in found.rates.items()},
            "training": courses,
            "draws": found.draws,
            "notes": found.notes,
        }
    )
    return content


def score_columns(found: SpikingFindings) -> dict[str, list[Any]]:
    """Give the scores as columns.

    Parameters
    ----------
    found : SpikingFindings

    Returns
    -------
    dict of str to list
    """
    out: dict[str, list[Any]] = {"way": [], "role": [], "draws": []}
    for row in found.scores:
        out["way"].append(row.name)
        out["role"].append(row.role)
        out["draws"].append("" if row.draws is None else row.draws)
        for name in ("accuracy", "nll", "brier"):
            for suffix, value in zip(("", "_low", "_high"), getattr(row.scores, name), strict=True):
                out.setdefault(f"{name}{suffix}", []).append(value)
        out.setdefault("ece", []).append(row.scores.ece)
        out.setdefault("adaptive_ece", []).append(row.scores.adaptive_ece)
        out.setdefault("ece_if_calibrated_95", []).append(row.scores.ece_if_calibrated[1])
    return out


def spiking_lines(found: SpikingFindings) -> list[str]:
    """Word what was found for the terminal.

    Parameters
    ----------
    found : SpikingFindings

    Returns
    -------
    list of str
    """
    wide = max(len(row.name) for row in found.scores)
    lines = [f"{'':{wide}s}  accuracy            nll    ece"]
    for row in found.scores:
        value, low, high = (100 * v for v in row.scores.accuracy)
        ends = f"[{low:.1f}, {high:.1f}]" if np.isfinite(low) else ""
        lines.append(f"{row.name:{wide}s}  {value:5.1f} % {ends:13s} {row.scores.nll[0]:6.3f} {row.scores.ece:6.3f}")
    lines += [*accuracy_sentences(found)[:1], *foreign_sentences(found), *energy_sentences(found)]
    return lines
