"""The main job, stage by stage: record, infer, network, measure, read out, recover, report.

Each stage is an entry of the run's folder and is reused while its inputs stand. Other rooms compute; this file only
decides what depends on what.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest, versions
from interplay.data import Recording, Snapshots, TemporalGraph
from interplay.infer.results import NetworkResult
from interplay.job.choices import resolve
from interplay.job.describe import as_csv
from interplay.job.environment import environment
from interplay.job.folder import Folder, file_digest
from interplay.job.inference import infer_network, threshold, threshold_note
from interplay.job.pages import write_page
from interplay.job.plan import Plan
from interplay.job.store import load_result, save_result
from interplay.job.summary import summarise, summary_text

#: Part of every stage's key. Raise it when a stage leaves something of another shape: old folders are then done again.
_LAYOUT = 1


class Observer(Protocol):
    """Who wants to know how far a run is."""

    def stage(self, name: str) -> Progress:
        """Take note of a stage that begins; give the function that hears of its progress."""
        ...

    def done(self, name: str, *, reused: bool, seconds: float) -> None:
        """Take note of a stage that has ended."""
        ...


class _Nobody:
    def stage(self, name: str) -> Progress:
        return lambda done, total: None

    def done(self, name: str, *, reused: bool, seconds: float) -> None:
        pass


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """What a run has found; the files in `folder` hold all of it.

    Attributes
    ----------
    folder, report : Path
    data : Recording or TemporalGraph
    network : NetworkResult
        The network that was measured and drawn.
    measures : NetworkMeasures
    readouts : tuple of ReadoutResult
    recovery : Recovery or None
    summary : dict
        The content of summary.json.
    """

    folder: Path
    report: Path
    data: Recording | TemporalGraph
    network: NetworkResult
    measures: Any
    readouts: tuple[Any, ...]
    recovery: Any
    summary: dict[str, Any]

    @property
    def summary_text(self) -> str:
        """The findings in a few lines."""
        return summary_text(self.summary)


def run(plan: Plan, out: str | Path, *, jobs: int = 1, observer: Observer | None = None) -> Outcome:
    """Do everything a plan says, from recording to report.

    Parameters
    ----------
    plan : Plan
    out : path
        Folder of the run. What it already holds is reused where its inputs have not changed, so a run that was killed
        goes on from its last finished stage.
    jobs : int, >= 1
        Threads; the result does not depend on them.
    observer : Observer or None
        Told of each stage and its progress.

    Returns
    -------
    Outcome

    Raises
    ------
    ConfigError, DataError, NumericalError
        As the stages do.
    """
    folder = Folder(Path(out))
    with folder.locked():
        return _Run(plan, folder, jobs, observer or _Nobody()).all()


class _Run:
    """One pass over the stages, with what they share."""

    def __init__(self, plan: Plan, folder: Folder, jobs: int, observer: Observer) -> None:
        self.given, self.folder, self.jobs, self.observer = plan, folder, jobs, observer
        self.versions = versions()
        self.seconds: dict[str, float] = {}

    def _stage(self, name: str, file: Any, key: tuple[Any, ...], make: Callable[[Progress], Any], **doors: Any) -> Any:
        start = time.perf_counter()
        progress = self.observer.stage(name)
        save, load = doors.get("save", save_result), doors.get("load", load_result)
        whole = digest(_LAYOUT, name, list(key), self.versions)
        result, reused = self.folder.stage(name, file, whole, lambda: make(progress), save, load)
        self.seconds[name] = time.perf_counter() - start
        self.observer.done(name, reused=reused, seconds=self.seconds[name])
        return result

    def all(self) -> Outcome:
        data = self._record()
        self.plan, chosen = resolve(self.given, data)
        if self.given.input is None and self.given.behavior is None:
            self.plan = self.plan.model_copy(update={"behavior": _DEMO_BEHAVIOR})
        self.folder.write("plan.toml", self.plan.toml())
        self.folder.write("environment.json", json.dumps(environment(data), indent=1, sort_keys=True) + "\n")
        every = self._infer(data)
        network = self._network(every, chosen)
        measures = self._measure(network, data)
        readouts = self._read_out(every, network, data)
        recovery = self._recover(every, measures, data)
        return self._report(data, network, measures, readouts, recovery)

    def _record(self) -> Recording | TemporalGraph:
        from interplay.io import load, save_graph, save_nwb

        source = self.given.input
        if source is None:
            key: tuple[Any, ...] = ("simulated", self.given.seed)
        else:
            path = Path(source)
            if not path.exists():
                raise DataError(f"`input` must be a file or folder that exists, got {source}. Check the path.")
            parts = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
            key = ("file", path.suffix, [(p.name, file_digest(p)) for p in parts])

        def make(progress: Progress) -> Recording | TemporalGraph:
            if source is not None:
                return load(source)
            from interplay.spiking import Assemblies

            return Assemblies(seed=self.given.seed).simulate(progress=progress)

        def save(path: Path, data: Recording | TemporalGraph) -> None:
            if isinstance(data, Recording):
                save_nwb(data, path)
            else:
                save_graph(data, path)

        def name(data: Recording | TemporalGraph) -> str:
            return "recording.nwb" if isinstance(data, Recording) else "events.npz"

        return self._stage(  # type: ignore[no-any-return]
            "record", name, key, make, save=save, load=load
        )

    def _infer(self, data: Recording | TemporalGraph) -> NetworkResult:
        plan = self.plan
        names = ("window_s", "step_s", "method", "lag_s", "bin_s", "surrogates", "alpha", "threshold", "seed")
        key = (data.digest, {k: getattr(plan, k) for k in names})
        return self._stage(  # type: ignore[no-any-return]
            "infer",
            "stages/infer.npz",
            key,
            lambda progress: infer_network(plan, data, jobs=self.jobs, progress=progress),
        )

    def _network(self, every: NetworkResult, chosen: tuple[str, ...]) -> NetworkResult:
        from interplay.io import load_snapshots, save_snapshots

        plan = self.plan
        key = (every.snapshots.digest, plan.threshold, plan.alpha, plan.density)
        snapshots = self._stage(
            "network",
            "snapshots.npz",
            key,
            lambda _: threshold(plan, every),
            save=lambda path, found: save_snapshots(found, path),
            load=load_snapshots,
        )
        notes = (*every.notes, *chosen, threshold_note(plan, every, snapshots))
        return replace(every, snapshots=snapshots, notes=tuple(n for n in notes if n))

    def _measure(self, network: NetworkResult, data: Recording | TemporalGraph) -> Any:
        from interplay.measures import measure

        plan = self.plan
        recording = data if isinstance(data, Recording) else None

        def make(progress: Progress) -> Any:
            return measure(network.snapshots, recording=recording, nulls=plan.nulls, seed=plan.seed, progress=progress)

        key = (network.snapshots.digest, data.digest, plan.nulls, plan.seed)
        measures = self._stage("measure", "result.npz", key, make)
        self.folder.write("measures.csv", as_csv(measures.to_columns()))
        return measures

    def _read_out(
        self, every: NetworkResult, network: NetworkResult, data: Recording | TemporalGraph
    ) -> tuple[Any, ...]:
        plan = self.plan
        if plan.behavior is None or not isinstance(data, Recording):
            return ()
        from interplay.job.reading import read_out

        names = ("behavior", "target", "readout_window_s", "method", "lag_s", "bin_s", "folds", "permutations", "seed")
        key = (every.snapshots.digest, network.snapshots.digest, data.digest, {k: getattr(plan, k) for k in names})

        def make(progress: Progress) -> Any:
            found = read_out(plan, data, every.snapshots, network.snapshots, jobs=self.jobs, progress=progress)
            return {"readouts": found}

        stored = self._stage("read out", "stages/readout.npz", key, make)
        return tuple(stored["readouts"])

    def _recover(self, every: NetworkResult, measures: Any, data: Recording | TemporalGraph) -> Any:
        if not isinstance(data, Recording) or data.truth is None:
            return None
        from interplay.job.recovery import recover

        key = (every.snapshots.digest, data.digest, digest(measures.changes.time_s))
        return self._stage(
            "recover", "stages/recovery.npz", key, lambda _: recover(every.snapshots, measures.changes, data)
        )

    def _report(
        self,
        data: Recording | TemporalGraph,
        network: NetworkResult,
        measures: Any,
        readouts: tuple[Any, ...],
        recovery: Any,
    ) -> Outcome:
        start = time.perf_counter()
        progress = self.observer.stage("report")
        summary = summarise(self.plan, data, network, measures, readouts, recovery)
        self.folder.write("summary.json", json.dumps(summary, indent=1, sort_keys=True) + "\n")
        page = write_page(
            self.plan,
            data,
            network,
            measures,
            readouts=readouts,
            recovery=recovery,
            available=_readable(data),
        )
        report = self.folder.write("report.html", page)
        progress(1, 1)
        self.seconds["report"] = time.perf_counter() - start
        self.observer.done("report", reused=False, seconds=self.seconds["report"])
        # The one file that differs between two equal runs.
        self.folder.write("stages/seconds.json", json.dumps(self.seconds, indent=1) + "\n")
        return Outcome(
            folder=self.folder.path,
            report=report,
            data=data,
            network=network,
            measures=measures,
            readouts=readouts,
            recovery=recovery,
            summary=summary,
        )


#: What the simulated recording offers to be read out.
_DEMO_BEHAVIOR = "context"


def _readable(data: Recording | TemporalGraph) -> tuple[str, ...]:
    return (*data.behavior, *data.epochs) if isinstance(data, Recording) else ()


def infer(plan: Plan, *, jobs: int = 1, observer: Observer | None = None) -> Snapshots:
    """Load a recording and infer its networks, without a folder.

    Parameters
    ----------
    plan : Plan
        With an input.
    jobs : int, >= 1
    observer : Observer or None

    Returns
    -------
    Snapshots
        After the plan's threshold.
    """
    from interplay.io import load

    if plan.input is None:
        raise ConfigError("`input` must name a recording, got nothing. Give a file.")
    data = load(plan.input)
    plan, _ = resolve(plan, data)
    progress = (observer or _Nobody()).stage("infer")
    return threshold(plan, infer_network(plan, data, jobs=jobs, progress=progress))


def write_snapshots(path: Path, snapshots: Snapshots) -> None:
    """Write networks as .npz (all of it) or .csv (one row per edge).

    Parameters
    ----------
    path : Path
    snapshots : Snapshots
    """
    from interplay.io import save_snapshots
    from interplay.io.atomic import write_aside

    if path.suffix == ".npz":
        save_snapshots(snapshots, path)
        return
    owner = snapshots.snapshot
    columns: dict[str, np.ndarray[Any, Any]] = {
        "snapshot": owner,
        "start_s": snapshots.bounds[owner, 0],
        "stop_s": snapshots.bounds[owner, 1],
        "src": snapshots.src,
        "dst": snapshots.dst,
        "weight": snapshots.weight,
    }
    if snapshots.pvalues is not None:
        columns["pvalue"] = snapshots.pvalues
    write_aside(path, as_csv(columns))


def report_again(folder: Path) -> Path:
    """Write a run's report anew from what the run left behind.

    Parameters
    ----------
    folder : Path
        Of a run; stages whose inputs changed are done again.

    Returns
    -------
    Path
        The report.
    """
    plan = folder / "plan.toml"
    if not plan.is_file():
        raise ConfigError(
            f"`folder` must be the folder of a run, got {folder}, which holds no plan.toml. Run it first."
        )
    return run(Plan.read(plan), folder).report
