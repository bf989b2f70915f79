"""What a run says of a cohort: a page, values for other programs, and lines for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.citations import cite, references
from interplay._core.provenance import Result, versions
from interplay.data import Cohort
from interplay.data.cohort import CohortSplit
from interplay.job.cohort_size import CohortSize
from interplay.job.describe import as_csv
from interplay.job.plan import Plan
from interplay.job.summary import plain
from interplay.report import Section, Table, Tile, page, section_methods, section_provenance, words
from interplay.report.cohort_findings import METRICS, OF_KIND, CohortFindings, CohortReadout
from interplay.report.sections.cohort_attention import change_sentences, sections_attention
from interplay.report.sections.cohort_identity import section_subjects, subject_sentences
from interplay.report.sections.cohort_readout import readout_sentences, section_cohort_readout
from interplay.report.sections.cohort_scans import section_cohort_scans
from interplay.report.sections.cohort_told import (
    example_figure,
    network_sentences,
    section_networks,
    section_told,
    similarity_figure,
    told_sentences,
)
from interplay.report.sections.cohort_training import section_cohort_training
from interplay.represent.brain.results import BrainReadout


def cohort_page(
    plan: Plan, cohort: Cohort, split: CohortSplit, size: CohortSize | None, findings: CohortFindings
) -> str:
    """Compose the page of a run.

    Parameters
    ----------
    plan : Plan
    cohort : Cohort
    split : CohortSplit
    size : CohortSize or None
    findings : CohortFindings

    Returns
    -------
    str
        HTML.
    """
    results = cohort_results(findings)
    keys = sorted({key for result in results.values() for key in result.citations})
    sections = [_summary_section(cohort, split, findings, simulated=plan.input is None)]
    sections += [section_cohort_readout(r, key=f"readout-{k}") for k, r in enumerate(findings.readouts)]
    if findings.told is not None:
        sections.append(section_told(findings.told, example=example_figure(findings.reconstruction, dt_s=cohort.dt_s)))
    if findings.networks is not None:
        picture = similarity_figure(findings.networks, cohort.regions.group)
        sections.append(section_networks(findings.networks, picture=picture))
    if findings.subjects is not None:
        sections.append(section_subjects(findings.subjects))
    sections += sections_attention(findings.attention, findings.change, findings.change_correlation)
    if not isinstance(findings.model, str):
        notes = () if size is None else size.notes
        sections.append(
            section_cohort_training(findings.model, embedding=findings.embedding, heads=findings.trained, notes=notes)
        )
    sections.append(section_cohort_scans(findings.scans))
    lines = [(r.key, r.line) for r in references(keys)]
    text = (
        "Subjects, not scans, were split: no subject is on two sides. Scaling, gradients and the model were learnt "
        "from the training subjects alone, and no covariate was seen in pre-training.",
    )
    told = {name: result for name, result in results.items() if not isinstance(result, BrainReadout)}
    heads = {(r.depth, r.pretrained): name for name, r in results.items() if isinstance(r, BrainReadout)}
    told |= {name: results[name] for name in heads.values()}
    sections.append(section_methods(told, text=text, references=lines, bibtex=cite(*results.values())))
    sections.append(section_provenance(results, plan=plan.toml(), environment={"cohort": cohort.digest}))
    meta = {"input": _name(plan), "digest": cohort.digest, "interplay": versions()["interplay"], "seed": str(plan.seed)}
    subtitle = (
        f"{words.plural(len(cohort), 'scan')} of {words.plural(cohort.n_subjects, 'subject')}, "
        f"{words.plural(cohort.n_regions, 'region')}"
    )
    title = "A simulated cohort, analysed" if plan.input is None else Path(plan.input).resolve().name
    return page(sections, title=title, subtitle=subtitle, meta=meta)


#: Results that the page calls otherwise than their field.
_CALLED = {"change_correlation": "change of correlations"}


def _name(plan: Plan) -> str:
    return "simulated cohort with known truth" if plan.input is None else Path(plan.input).resolve().name


def cohort_results(findings: CohortFindings) -> dict[str, Result]:
    """Name every result of the run, in the order of computation.

    Parameters
    ----------
    findings : CohortFindings

    Returns
    -------
    dict of str to Result
    """
    out: dict[str, Result] = {}
    if not isinstance(findings.model, str):
        out["pre-training"] = findings.model
    if findings.embedding is not None:
        # Its notes are those of the model.
        out["embedding"] = replace(findings.embedding, notes=())
    for found in findings.trained:
        begins = "" if found.pretrained else ", from scratch"
        out[f"{found.target}, {found.depth}, {found.modality}{begins}"] = found
    if findings.reconstruction is not None:
        out["reconstruction"] = findings.reconstruction
    for name in ("attention", "change", "change_correlation"):
        found = getattr(findings, name)
        if isinstance(found, Result):
            out[_CALLED.get(name, name)] = found
    return out


#: What is true of the simulated cohort, beside what is found.
_TRUTH = (
    "The truth of this simulation: age and group are each half in function (coupling inside the first and the fourth "
    "network, which structure does not show) and half in structure (edges between one pair of networks each, which the "
    "dynamics do not follow), with noise on top; in the second session the coupling inside the last network is halved."
)


def _summary_section(cohort: Cohort, split: CohortSplit, findings: CohortFindings, *, simulated: bool) -> Section:
    """Say first how much more the model tells than what needs none."""
    lead = [readout_sentences(readout)[0] for readout in findings.readouts]
    lead += told_sentences(findings.told) if findings.told is not None else ()
    lead += network_sentences(findings.networks) if findings.networks is not None else ()
    lead += subject_sentences(findings.subjects) if findings.subjects is not None else ()
    lead += change_sentences(findings.change, findings.change_correlation)
    tiles = [_difference_tile(r) for r in findings.readouts if np.isfinite(r.difference[0])]
    if findings.told is not None and np.isfinite(findings.told.difference[0]):
        value, low, high = findings.told.difference
        tiles.append(
            Tile(
                value=_signed(value),
                label="R\N{SUPERSCRIPT TWO} of hidden regions, model less best baseline",
                note=_between(low, high),
            )
        )
    sides = [words.number(len(np.unique(cohort.subject[rows]))) for rows in split]
    text = (
        f"Learnt from {sides[0]} subjects, watched {sides[1]}, tested on {sides[2]}: the scores are of the last alone.",
    )
    table: tuple[Table, ...] = ()
    if findings.readouts:
        table = (_overview(findings.readouts),)
    return Section(
        key="summary",
        title="How much better than the trivial",
        lead=tuple(lead) or ("Nothing could be scored.",),
        tiles=tuple(tiles),
        text=(*(text if len(split.test) else ()), *([_TRUTH] if simulated else [])),
        tables=table,
        notes=findings.skipped,
    )


def _difference_tile(readout: CohortReadout) -> Tile:
    value, low, high = readout.difference
    metric = METRICS[readout.main][0].split(",")[0]
    return Tile(
        value=_signed(value),
        label=f"{words.plain_name(readout.target)}: {metric}, best model less best baseline",
        note=_between(low, high),
    )


def _signed(value: float) -> str:
    return f"+{words.score(value)}" if value > 0 else words.score(value)


def _between(low: float, high: float) -> str:
    if not np.isfinite(low):
        return "too few subjects for an interval"
    where = "above" if low > 0 else "below" if high < 0 else "not told from"
    return f"95 %: {words.score(low)} to {words.score(high)}, {where} 0"


def _overview(readouts: Sequence[CohortReadout]) -> Table:
    rows = []
    for readout in readouts:
        main = readout.main
        for row in (*readout.of("model")[:1], *readout.of("baseline")[:1], *readout.of("chance")[-1:]):
            rows.append(
                (
                    readout.target,
                    row.role,
                    row.name,
                    METRICS[main][0].split(",")[0],
                    row.value[main],
                    row.low[main],
                    row.high[main],
                )
            )
    return Table(
        caption="The best of each kind",
        columns=("covariate", "role", "way", "score", "value", "low", "high"),
        rows=tuple(rows),
        name="overview",
    )


def cohort_summary(
    plan: Plan, cohort: Cohort, split: CohortSplit, size: CohortSize | None, findings: CohortFindings
) -> dict[str, Any]:
    """Collect what was found as plain values, baselines beside findings.

    Parameters
    ----------
    plan : Plan
    cohort : Cohort
    split : CohortSplit
    size : CohortSize or None
    findings : CohortFindings

    Returns
    -------
    dict
        For summary.json; undefined numbers are None.
    """
    model = None if isinstance(findings.model, str) else findings.model
    found: dict[str, Any] = plain(
        {
            "plan": plan.model_dump(),
            "input": {"what": repr(cohort), "digest": cohort.digest, "notes": cohort.notes},
            "cohort": {
                "scans": len(cohort),
                "subjects": cohort.n_subjects,
                "regions": cohort.n_regions,
                "networks": np.unique(cohort.regions.group[cohort.regions.group != ""]),
                "sessions": np.unique(cohort.session[cohort.session != ""]),
                "with_function": int(cohort.has_function.sum()),
                "with_structure": int(cohort.has_structure.sum()),
                "dt_s": cohort.dt_s,
                "notes": findings.scans.notes,
            },
            "split": {
                name: len(np.unique(cohort.subject[rows])) for name, rows in zip(split._fields, split, strict=True)
            },
            "model": None
            if model is None
            else {
                "method": model.method,
                "parameters": sum(int(np.size(v)) for v in model.parameters.values()),
                "settings": {f: getattr(model.config, f) for f in _SAID},
                "passes": {stage: len(parts["loss"]) for stage, parts in model.loss.items()},
                "best_pass": {stage: k + 1 for stage, k in model.best_epoch.items()},
                "loss": {stage: parts["loss"][model.best_epoch[stage]] for stage, parts in model.loss.items()},
                "chosen": () if size is None else size.notes,
                "notes": model.notes,
            },
            "readouts": [_readout_values(r) for r in findings.readouts],
            "reconstruction": _told_values(findings.told),
            "networks": _network_values(findings.networks),
            "subjects": _subject_values(findings.subjects),
            "change": None
            if findings.change is None and findings.change_correlation is None
            else {"sentences": change_sentences(findings.change, findings.change_correlation)},
            "skipped": findings.skipped,
            "versions": versions(),
        }
    )
    return found


#: Settings of the model that a summary names.
_SAID = ("width", "hidden", "layers", "graph_layers", "times", "epochs", "learning_rate", "batch", "transform", "seed")


def _readout_values(readout: CohortReadout) -> dict[str, Any]:
    return {
        "target": readout.target,
        "kind": readout.kind,
        "metric": readout.main,
        "labelled": readout.n_labelled,
        "watched": readout.n_watched,
        "tested": readout.n_tested,
        "rows": [
            {"name": r.name, "role": r.role, "about": r.about}
            | {
                score: {"value": r.value[score], "low": r.low[score], "high": r.high[score]}
                for score in OF_KIND[readout.kind]
            }
            for r in readout.rows
        ],
        "difference": dict(zip(("value", "low", "high"), readout.difference, strict=True)),
        "compared": readout.compared,
        "sentences": readout_sentences(readout),
        "notes": readout.notes,
    }


def _told_values(told: Any) -> Any:
    if told is None:
        return None
    rows = [
        {"name": name, "r2": told.r2[k], "correlation": told.correlation[k], "error": told.error[k]}
        for k, name in enumerate(told.name)
    ]
    return {"ways": rows, "difference": told.difference, "compared": told.compared, "subjects": told.n_subjects}


def _network_values(found: Any) -> Any:
    if found is None:
        return None
    rows = [{"name": name, "role": found.role[k], "ami": found.agreement[k]} for k, name in enumerate(found.name)]
    return {"ways": rows, "networks": found.n_networks}


def _subject_values(found: Any) -> Any:
    if found is None:
        return None
    rows = [
        {
            "name": name,
            "role": found.role[k],
            "found": found.accuracy[k],
            "differential": found.differential[k],
            "rank": found.rank[k],
        }
        for k, name in enumerate(found.name)
    ]
    return {"ways": rows, "subjects": found.n_subjects}


def cohort_files(findings: CohortFindings) -> dict[str, str]:
    """Write tables as files of the run.

    Parameters
    ----------
    findings : CohortFindings

    Returns
    -------
    dict of file name to content
    """
    out = {}
    rows: list[tuple[Any, ...]] = []
    told: list[tuple[Any, ...]] = []
    for readout in findings.readouts:
        for row in readout.rows:
            rows += [
                (readout.target, row.role, row.name, score, row.value[score], row.low[score], row.high[score])
                for score in OF_KIND[readout.kind]
            ]
            told += [
                (readout.target, row.name, who, truth, guess)
                for who, truth, guess in zip(readout.subject, readout.truth, row.predicted, strict=False)
            ]
    if rows:
        columns = ("target", "role", "way", "score", "value", "low", "high")
        out["readouts.csv"] = as_csv(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))
        columns = ("target", "way", "subject", "truth", "foretold")  # type: ignore[assignment]
        out["foretold.csv"] = as_csv(dict(zip(columns, map(list, zip(*told, strict=True)), strict=False)))
    found = findings.reconstruction
    if found is not None:
        columns_: dict[str, Any] = {"subject": found.subject, "session": found.session}
        columns_ |= {"hidden": found.hidden.sum(axis=1)}
        for score in ("r2", "correlation", "error"):
            columns_ |= {f"{score}_{way}": values for way, values in getattr(found, score).items()}
        out["reconstruction.csv"] = as_csv(columns_)
    return out


def cohort_text(summary: Mapping[str, Any]) -> str:
    """Word a summary for the terminal.

    Parameters
    ----------
    summary : mapping
        From `cohort_summary`.

    Returns
    -------
    str
        Several lines.
    """
    model, sides = summary["model"], summary["split"]
    lines = [
        summary["input"]["what"],
        f"learnt from {sides['train']} subjects, watched {sides['validation']}, tested on {sides['test']}",
    ]
    if model is not None:
        lines.append(f"{model['method']}: {model['parameters']} parameters, pre-trained without covariates")
    for readout in summary["readouts"]:
        metric = readout["metric"]
        lines.append(f"read-out of {readout['target']} ({METRICS[metric][0]}):")
        wide = max(len(row["name"]) for row in readout["rows"])
        for row in readout["rows"]:
            value = row[metric]
            lines.append(f"  {row['name']:{wide}s} {_number(value)}  {row['role']}")
        lines += [f"  {sentence}" for sentence in readout["sentences"]]
    if summary["reconstruction"] is not None:
        ways = summary["reconstruction"]["ways"]
        told = ", ".join(f"{way['name']} {_plain(way['r2'][0])}" for way in ways)
        lines.append(f"hidden regions, R2: {told}")
    if summary["networks"] is not None:
        told = ", ".join(f"{way['name']} {_plain(way['ami'][0])}" for way in summary["networks"]["ways"])
        lines.append(f"networks, adjusted mutual information: {told}")
    if summary["subjects"] is not None:
        told = ", ".join(f"{way['name']} {_plain(way['found'][0])}" for way in summary["subjects"]["ways"])
        lines.append(f"subjects found again in their other session: {told}")
    if summary["change"] is not None:
        lines += summary["change"]["sentences"]
    lines += [f"note: {note}" for note in summary["skipped"]]
    return "\n".join(lines)


def _plain(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _number(value: Mapping[str, float | None]) -> str:
    return f"{_plain(value['value'])} [{_plain(value['low'])}, {_plain(value['high'])}]"
