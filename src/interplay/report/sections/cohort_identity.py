"""Subjects found again in their other scan: the model beside simpler ways."""

from __future__ import annotations

import numpy as np

from interplay.report import words
from interplay.report.cohort_findings import FoundSubjects
from interplay.report.parts import Section, Table
from interplay.report.sections.cohort_told import forest


def section_subjects(found: FoundSubjects, *, key: str = "subjects") -> Section:
    """Show how well subjects were found again.

    Parameters
    ----------
    found : FoundSubjects
    key : str

    Returns
    -------
    Section
    """
    rows = [(name, role, *found.accuracy[k]) for k, (name, role) in enumerate(zip(found.name, found.role, strict=True))]
    table = Table(
        caption="Subjects found again",
        columns=("by", "role", "share found", "low", "high", "differential", "rank"),
        rows=tuple(
            (name, role, *map(float, found.accuracy[k]), float(found.differential[k]), float(found.rank[k]))
            for k, (name, role) in enumerate(zip(found.name, found.role, strict=True))
        ),
        name="subjects",
        note="Differential: mean likeness with oneself less that with others, times 100. Rank: share of others that "
        "are less like a scan than its own subject, 0.5 by chance.",
    )
    return Section(
        key=key,
        title="Who is who",
        lead=subject_sentences(found),
        text=(
            f"Each of {words.plural(found.n_subjects, 'tested subject')} was looked for in the other session, among "
            "all of them, by function alone: the likest scan counts. Features are standardised on the training scans. "
            f"By chance {words.number(100 / max(found.n_subjects, 1))} % are found.",
        ),
        figures=(
            forest(rows, key, axis="share of subjects found", zero=1 / max(found.n_subjects, 1), width=700, span=12),
        ),
        tables=(table,),
    )


def subject_sentences(found: FoundSubjects) -> tuple[str, ...]:
    """Say who found subjects best.

    Parameters
    ----------
    found : FoundSubjects

    Returns
    -------
    tuple of str
    """
    best = {}
    for role, who in (("model", "the model's vectors"), ("baseline", "the best baseline")):
        ks = [k for k, r in enumerate(found.role) if r == role]
        if ks:
            k = max(ks, key=lambda k: found.accuracy[k, 0])
            name = "" if role == "model" else f" ({found.name[k]})"
            best[role] = f"{who}{name} {words.interval(*map(float, found.accuracy[k]))}"
    if not best or not np.isfinite(found.accuracy).all():
        return ()
    return (f"Of {found.n_subjects} subjects, found again in their other session: {', '.join(best.values())}.",)
