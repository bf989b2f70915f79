"""The main job on a cohort, stage by stage.

Record, describe, baselines, pre-train, embed, learn labels, read out, reconstruct, networks, subjects, attention,
report.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Cohort
from interplay.data.cohort import CohortSplit
from interplay.job.cohort_attention import attend
from interplay.job.cohort_baselines import Features, baseline_features, linear_readout
from interplay.job.cohort_files import VECTORS, write_brain_embedding
from interplay.job.cohort_identity import find_subjects, paired_rows
from interplay.job.cohort_input import read_cohort, require_use
from interplay.job.cohort_model import (
    MODEL,
    WAYS,
    clear_checkpoints,
    learn_labels,
    predicted_codes,
    pretrain,
    seen_by_model,
)
from interplay.job.cohort_networks import find_networks
from interplay.job.cohort_pages import cohort_files, cohort_page, cohort_summary, cohort_text
from interplay.job.cohort_readouts import readout_of, tell_linearly
from interplay.job.cohort_scans import describe_scans
from interplay.job.cohort_size import cohort_size
from interplay.job.cohort_targets import CohortTask, choose_tasks, split_cohort
from interplay.job.cohort_told import told_regions
from interplay.job.describe import as_csv
from interplay.job.environment import environment
from interplay.job.folder import Folder
from interplay.job.plan import Plan
from interplay.job.stages import Observer, Stages
from interplay.report.cohort_findings import CohortFindings, CohortReadout

#: Share of the regions of a scan that are hidden to be told, and most scans that are told.
_HIDDEN, _MOST_TOLD = 0.15, 200
#: Regions up to which all vectors of a scan stand side by side in a linear read-out.
_SIDE_BY_SIDE = 200
#: Ways of the vectors that are read out.
_POOLS = {"mean": "their mean", "regions": "all regions side by side"}


@dataclass(frozen=True, eq=False, kw_only=True)
class CohortOutcome:
    """What a run has found in a cohort; the files in `folder` hold all of it.

    Attributes
    ----------
    folder, report : Path
    cohort : Cohort
    split : CohortSplit
        Scans that were learnt from, watched, and tested.
    findings : CohortFindings
    summary : dict
        The content of summary.json.
    """

    folder: Path
    report: Path
    cohort: Cohort
    split: CohortSplit
    findings: CohortFindings
    summary: dict[str, Any]

    @property
    def summary_text(self) -> str:
        """The findings in a few lines."""
        return cohort_text(self.summary)


def run_cohort(plan: Plan, folder: Folder, observer: Observer, *, again: bool = False) -> CohortOutcome:
    """Do everything a plan says of a cohort.

    Parameters
    ----------
    plan : Plan
    folder : Folder
        Locked by the caller.
    observer : Observer
    again : bool
        Whether what the folder recorded is taken as it stands, whatever has become of the input.

    Returns
    -------
    CohortOutcome

    Raises
    ------
    ConfigError, DataError, NumericalError
        As the stages do.
    """
    return _CohortRun(plan, folder, observer, again=again).all()


class _CohortRun:
    """One pass over the stages, with what they share."""

    def __init__(self, plan: Plan, folder: Folder, observer: Observer, *, again: bool) -> None:
        self.plan, self.folder, self.again = plan, folder, again
        self.stages = Stages(folder, observer)
        self.observer = observer
        self.skipped: list[str] = []

    def all(self) -> CohortOutcome:
        require_use(self.plan)
        cohort = self.cohort = read_cohort(self.plan, self.stages, again=self.again)
        self.split, said = split_cohort(self.plan, cohort)
        self.skipped += said
        self.tasks, said = choose_tasks(self.plan, cohort, self.split)
        self.skipped += said
        self.size = None if self.plan.cohort_model == "none" else cohort_size(self.plan, cohort, self.split.train)
        self.folder.write("plan.toml", self.plan.toml())
        self.folder.write("environment.json", json.dumps(environment(cohort), indent=1, sort_keys=True) + "\n")
        scans = self.stages.keep(
            "describe",
            "stages/scans.npz",
            (cohort.digest,),
            lambda progress: {"scans": describe_scans(cohort, progress=progress)},
        )["scans"]
        self.folder.write("scans.csv", as_csv(scans.columns))
        linear = self._baselines(scans)
        model, embedding = self._model()
        trained = self._learn_labels(model)
        readouts = self._read_out(linear, embedding, trained)
        found, told = self._reconstruct(model)
        networks = self._networks(embedding)
        subjects = self._subjects(scans, embedding)
        attention, change, change_correlation = self._attend(model)
        findings = CohortFindings(
            scans=scans,
            model="None was asked for." if model is None else model,
            embedding=embedding,
            readouts=readouts,
            trained=tuple(trained.values()),
            told=told,
            reconstruction=found,
            networks=networks,
            subjects=subjects,
            attention=attention,
            change=change,
            change_correlation=change_correlation,
            skipped=tuple(self.skipped),
        )
        return self._report(findings)

    def _baselines(self, scans: Any) -> dict[str, Any]:
        """Foretell every covariate from what needs no model: by task, then by features."""
        if not self.tasks:
            return {}
        key = (self.cohort.digest, self._who(), self.plan.seed, self.plan.cohort_transform)

        def make(progress: Progress) -> Any:
            features = baseline_features(self.cohort, scans, transform=self.plan.cohort_transform)
            out = {}
            for k, task in enumerate(self.tasks):
                told = tell_linearly(features, task, self.cohort, seed=self.plan.seed)
                out[task.name] = {"told": told, "about": {name: one.about for name, one in features.items()}}
                progress(k + 1, len(self.tasks))
            return out

        found: dict[str, Any] = self.stages.keep("baselines", "stages/baselines.npz", key, make)
        return found

    def _who(self) -> list[Any]:
        """Digestible: who is learnt from and tested, of which covariate."""
        return [(t.name, t.kind, list(t.classes), t.train, t.validation, t.test) for t in self.tasks]

    def _model(self) -> tuple[Any, Any]:
        """Pre-train and embed; None where no model is asked for."""
        size = self.size
        if size is None:
            for name in (MODEL, VECTORS):
                (self.folder.path / name).unlink(missing_ok=True)
            return None, None
        seen, split, plan = seen_by_model(self.plan, self.cohort), self.split, self.plan
        place = self.folder.path / "stages"
        key = (size.config, seen.digest, split.train, split.validation)
        model = self.stages.keep(
            "pre-train",
            MODEL,
            key,
            lambda progress: pretrain(size, seen, split, place, device=plan.device, progress=progress),
        )
        embedding = self.stages.keep(
            "embed",
            "stages/embedding.npz",
            key,
            lambda progress: size.config.embed(model, seen, device=plan.device, progress=progress),
        )
        write_brain_embedding(self.folder.path / VECTORS, embedding)
        return model, embedding

    def _learn_labels(self, model: Any) -> dict[tuple[str, str], Any]:
        """Train heads on labels, pre-trained and from scratch: by task and name of the way."""
        if model is None or self.size is None:
            return {}
        size, seen = self.size, seen_by_model(self.plan, self.cohort)
        out = {}
        for task in self.tasks:
            ways = [(way, way, "both") for way in WAYS]
            if model.has_function and model.has_structure:
                ways += [(f"linear probe, {one} only", "linear probe", one) for one in ("function", "structure")]
            for name, way, modality in ways:
                if modality != "both" and not self._all_have(modality, task):
                    continue
                key = (size.config, size.epochs, seen.digest, self.split.train, task.train, task.validation)
                out[task.name, name] = self.stages.keep(
                    f"{_plain(task.name)} {name}",
                    f"stages/label-{_plain(task.name)}-{name.replace(',', '').replace(' ', '-')}.npz",
                    (*key, task.name, name),
                    partial(self._one, model, seen, task, way, modality),
                )["readout"]
        clear_checkpoints(self.folder.path / "stages")
        return out

    def _one(self, model: Any, seen: Cohort, task: CohortTask, way: str, modality: str, progress: Progress) -> Any:
        assert self.size is not None
        found = learn_labels(self.plan, self.size, model, seen, task, way, self.folder, progress, modality=modality)
        return {"readout": found}

    def _all_have(self, modality: str, task: CohortTask) -> bool:
        has = self.cohort.has_function if modality == "function" else self.cohort.has_structure
        return bool(has.all())

    def _read_out(
        self, linear: dict[str, Any], embedding: Any, trained: dict[tuple[str, str], Any]
    ) -> tuple[CohortReadout, ...]:
        """Score everything that foretold a covariate."""
        if not self.tasks:
            return ()
        vectors = None if embedding is None else embedding.embedding
        told = [found.prediction for found in trained.values()]
        key = (self.cohort.digest, self._who(), self.plan.seed, linear, vectors, told)

        def make(progress: Progress) -> Any:
            out = []
            for k, task in enumerate(self.tasks):
                out.append(self._scored(task, linear[task.name], embedding, trained))
                progress(k + 1, len(self.tasks))
            return {"readouts": out}

        found = self.stages.keep("read out", "stages/readouts.npz", key, make)
        return tuple(found["readouts"])

    def _scored(
        self, task: CohortTask, linear: dict[str, Any], embedding: Any, trained: dict[tuple[str, str], Any]
    ) -> CohortReadout:
        models: dict[str, tuple[NDArray[np.float64], str]] = {}
        for (target, name), found in trained.items():
            if target == task.name:
                models[name] = (predicted_codes(found, task), _ABOUT[name.split(",")[0]])
        if embedding is not None:
            for pool, features in vectors_of(embedding).items():
                told = linear_readout(features, task, self.cohort.subject, seed=self.plan.seed)
                models[f"vectors, {pool}"] = (told, features.about)
        told, about = linear["told"], linear["about"]
        baselines = {name: (told[name], f"ridge on {about[name]}") for name in about}
        shuffled = next((values for name, values in told.items() if name.startswith("shuffled ")), None)
        return readout_of(task, self.cohort, models, baselines, shuffled, seed=self.plan.seed)

    def _reconstruct(self, model: Any) -> tuple[Any, Any]:
        """Hide regions of tested scans, and tell them."""
        if model is None or not model.has_function or "fusion" not in model.loss:
            return None, None
        size = self.size
        assert size is not None
        rows = self.split.test[self.cohort.has_function[self.split.test]][:_MOST_TOLD]
        if not len(rows):
            self.skipped.append("No region was hidden and told: no tested scan has function.")
            return None, None

        def make(progress: Progress) -> Any:
            seen = seen_by_model(self.plan, self.cohort).take(rows)
            found = size.config.reconstruct(model, seen, hide=_HIDDEN, seed=self.plan.seed, device=self.plan.device)
            return {"found": found, "told": told_regions(found, seed=self.plan.seed)}

        key = (size.config, self.cohort.digest, self.split.train, rows, _HIDDEN, self.plan.seed)
        kept = self.stages.keep("reconstruct", "stages/reconstruction.npz", key, make)
        return kept["found"], kept["told"]

    def _networks(self, embedding: Any) -> Any:
        """Cluster regions, and compare with the networks that the atlas names."""
        named = np.unique(self.cohort.regions.group[self.cohort.regions.group != ""])
        if not 2 <= len(named) < self.cohort.n_regions:
            self.skipped.append("The atlas names no networks, so that none are looked for.")
            return None
        rows = self.split.test if len(self.split.test) else np.arange(len(self.cohort))

        def make(progress: Progress) -> Any:
            return {"found": find_networks(self.cohort, rows, embedding, seed=self.plan.seed, progress=progress)}

        vectors = None if embedding is None else embedding.embedding
        key = (self.cohort.digest, rows, vectors, self.plan.seed)
        return self.stages.keep("networks", "stages/networks.npz", key, make)["found"]

    def _subjects(self, scans: Any, embedding: Any) -> Any:
        """Find tested subjects again, where there are two sessions."""
        pairs = paired_rows(self.cohort, self.split.test)
        if pairs is None:
            return None

        def make(progress: Progress) -> Any:
            features = baseline_features(self.cohort, scans, transform=self.plan.cohort_transform)
            known = self.split.train
            found = find_subjects(self.cohort, pairs, known, features, embedding, seed=self.plan.seed)
            progress(1, 1)
            return {"found": found}

        vectors = None if embedding is None else embedding.function
        key = (self.cohort.digest, pairs, self.split.train, vectors, self.plan.seed)
        return self.stages.keep("subjects", "stages/subjects.npz", key, make)["found"]

    def _attend(self, model: Any) -> tuple[Any, Any, Any]:
        if model is None or not model.has_function:
            return None, None, None
        size = self.size
        assert size is not None

        def make(progress: Progress) -> Any:
            seen = seen_by_model(self.plan, self.cohort)
            return attend(self.plan, size, model, seen, progress)

        key = (size.config, self.cohort.digest, self.split.train, self.plan.seed, "with correlations")
        kept = self.stages.keep("attention", "stages/attention.npz", key, make)
        self.skipped += list(kept["notes"])
        return kept["importance"], kept["change"], kept["change_correlation"]

    def _report(self, findings: CohortFindings) -> CohortOutcome:
        start = time.perf_counter()
        progress = self.observer.stage("report")
        summary = cohort_summary(self.plan, self.cohort, self.split, self.size, findings)
        self.folder.write("summary.json", json.dumps(summary, indent=1, sort_keys=True) + "\n")
        for name, text in cohort_files(findings).items():
            self.folder.write(name, text)
        page = cohort_page(self.plan, self.cohort, self.split, self.size, findings)
        report = self.folder.write("report.html", page)
        progress(1, 1)
        self.stages.ended("report", start)
        self.folder.write("stages/seconds.json", json.dumps(self.stages.seconds, indent=1) + "\n")
        return CohortOutcome(
            folder=self.folder.path,
            report=report,
            cohort=self.cohort,
            split=self.split,
            findings=findings,
            summary=summary,
        )


#: What the ways of a model read, and how.
_ABOUT = {
    "fine-tuned": "pre-trained, then everything trained on labels",
    "linear probe": "pre-trained; gate and a linear head trained on labels",
    "from scratch": "everything trained on labels alone",
}


def vectors_of(embedding: Any) -> dict[str, Features]:
    """Give one row of numbers per scan from the vectors of its regions.

    Parameters
    ----------
    embedding : BrainEmbedding

    Returns
    -------
    dict of str to Features
        By how regions are put together; side by side only where that is no flood of numbers.
    """
    out = {}
    for pool, said in _POOLS.items():
        if pool == "regions" and embedding.embedding.shape[1] > _SIDE_BY_SIDE:
            continue
        values = embedding.vectors("mean") if pool == "mean" else _side_by_side(embedding)
        out[said] = Features(values, f"ridge on pre-trained vectors, {said}; no label was seen before")
    return out


def _side_by_side(embedding: Any) -> NDArray[np.float64]:
    values = np.where(embedding.present[:, :, None], embedding.embedding, np.nan)
    return values.reshape(len(values), -1)


def _plain(name: str) -> str:
    """Make a name fit for a file; two names stay two."""
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in name)
    return plain if plain == name else f"{plain[:40]}-{digest(name)[:6]}"
