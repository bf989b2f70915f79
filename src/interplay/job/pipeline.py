"""The main job, stage by stage: record, infer, network, measure, represent, read out, circuit, recover, report.

An event list has three stages of its own first: statistics, foretell, explain.

Each stage is an entry of the run's folder and is reused while its inputs stand. Other rooms compute; this file only
decides what depends on what.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interplay._core.errors import ConfigError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Recording, Snapshots, TemporalGraph
from interplay.infer.results import NetworkResult
from interplay.job.choices import resolve
from interplay.job.cohort_input import COHORT, is_cohort, require_no_cohort
from interplay.job.describe import as_csv
from interplay.job.environment import environment
from interplay.job.folder import Folder, file_digest
from interplay.job.hints import read_hints
from interplay.job.inference import infer_network, threshold, threshold_note
from interplay.job.network_files import names_header
from interplay.job.outputs import require_folder
from interplay.job.pages import write_page
from interplay.job.plan import Plan
from interplay.job.simulation import BEHAVIOR, simulate
from interplay.job.stages import Nobody, Observer, Stages, threads
from interplay.job.summary import summarise, summary_text

if TYPE_CHECKING:
    from interplay.job.cohort_run import CohortOutcome

#: Why nothing is predicted from some networks.
POOLED = (
    "The networks of this method are pooled: each window's knows what comes after it, so nothing is predicted or read "
    "out from them."
)
#: Settings of the plan that say which model is trained, on what, for how long.
_MODEL = (
    "represent",
    "latent",
    "hidden",
    "node_features",
    "epochs",
    "embedding_seeds",
    "embedding_nodes",
    "train_share",
)
#: Settings of the plan that say which circuit is fitted, to what.
_CIRCUIT = ("circuit_units", "circuit_window_s", "circuit_phi", "circuit_tau_s", "circuit_draws")
#: Read-outs over blocks of time, and of what comes after a training on the past.
Readouts = tuple[tuple[Any, ...], tuple[Any, ...]]


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
    representation : Representation or None
        What the model made of the network, where one was trained.
    readouts : tuple of ReadoutResult
        Over blocks of time.
    later_readouts : tuple of ReadoutResult
        The same targets, where model and decoder were trained on the past and scored on what comes later.
    circuit : FittedCircuit or None
        The rate circuit that was fitted, and what theory says of it, where there is one.
    recovery : Recovery or None
    events : EventFindings or None
        Of an event list: its statistics, how well it was foretold, and what a model went by.
    summary : dict
        The content of summary.json.
    """

    folder: Path
    report: Path
    data: Recording | TemporalGraph
    network: NetworkResult
    measures: Any
    representation: Any
    readouts: tuple[Any, ...]
    later_readouts: tuple[Any, ...]
    circuit: Any
    recovery: Any
    events: Any
    summary: dict[str, Any]

    @property
    def summary_text(self) -> str:
        """The findings in a few lines."""
        return summary_text(self.summary)


def run(plan: Plan, out: str | Path, *, jobs: int = 1, observer: Observer | None = None) -> Outcome | CohortOutcome:
    """Do everything a plan says, from recording or cohort to report.

    Parameters
    ----------
    plan : Plan
    out : path
        Folder of the run. What it already holds is reused where its inputs have not changed, so a run that was killed
        goes on from its last finished stage.
    jobs : int, >= 1
        Threads, and processes where models are trained, at most one per processor; the result does not depend on them.
        A script that passes more than 1 needs the usual ``if __name__ == "__main__":`` guard.
    observer : Observer or None
        Told of each stage and its progress.

    Returns
    -------
    Outcome, or CohortOutcome for a cohort

    Raises
    ------
    ConfigError, DataError, NumericalError
        As the stages do; ConfigError also if another process writes to `out`, or `out` holds a tournament, or the run
        would write over its own input.
    """
    require_folder(Path(out), plan.input)
    scans = is_cohort(plan)
    folder = Folder(Path(out))
    with folder.locked():
        folder.refuse_others(Plan.model_fields)
        if scans:
            from interplay.job.cohort_run import run_cohort

            return run_cohort(plan, folder, observer or Nobody())
        return _Run(plan, folder, jobs, observer or Nobody()).all()


class _Run:
    """One pass over the stages, with what they share."""

    def __init__(self, plan: Plan, folder: Folder, jobs: int, observer: Observer, *, again: bool = False) -> None:
        self.given, self.folder, self.jobs, self.observer = plan, folder, threads(jobs), observer
        self.again = again
        self.stages = Stages(folder, observer)
        self._stage = self.stages.keep

    def all(self) -> Outcome:
        data = self._record()
        self.plan, chosen = resolve(self.given, data)
        if self.given.input is None and self.given.behavior is None:
            self.plan = self.plan.model_copy(update={"behavior": BEHAVIOR[self.given.simulation]})
        chosen = self._chosen(chosen)
        self.folder.write("plan.toml", self.plan.toml())
        self.folder.write("environment.json", json.dumps(environment(data), indent=1, sort_keys=True) + "\n")
        if isinstance(data, Recording):
            from interplay.job.reading import require_target

            require_target(self.plan, data)
        if self.plan.circuit != "none":
            from interplay.job.circuit_stage import require_phi, require_units

            require_phi(self.plan)
            require_units(self.plan, data)
        events = self._events(data)
        every = self._infer(data)
        network = self._network(every, chosen, data)
        measures = self._measure(network, data)
        reading = self._reading(every, network, data)
        representation = self._represent(every, network, data, reading)
        readouts = self._read_out(reading, representation)
        circuit = self._circuit(network, data)
        recovery = self._recover(every, measures, data)
        return self._report(data, every, network, measures, representation, readouts, circuit, recovery, events)

    def _record(self) -> Recording | TemporalGraph:
        from interplay.io import load, save_graph, save_nwb, sniff

        stored = self.folder.standing("record") if self.again else None
        if stored is not None:
            return self._stored(stored)
        source, hints = self.given.input, read_hints(self.given.hint)
        if source is None:
            if hints:
                raise ConfigError("`hint` must be left out where there is no `input` to say something about.")
            key: tuple[Any, ...] = ("simulated", self.given.simulation, self.given.seed)
        else:
            path = Path(source)
            kind = sniff(path)  # first: what is no recording may be without end, or somebody's whole disk
            parts = _session(path) if kind == "dish" else [path]
            key = ("file", kind, path.suffix, [(p.name, file_digest(p)) for p in parts], sorted(hints.items()))

        def make(progress: Progress) -> Recording | TemporalGraph:
            if source is not None:
                return require_no_cohort(load(source, **hints))
            assert self.given.simulation != "cohort"
            return simulate(self.given.simulation, self.given.seed, progress)

        def save(path: Path, data: Recording | TemporalGraph) -> None:
            if isinstance(data, Recording):
                save_nwb(data, path)
            else:
                save_graph(data, path)
            # What an earlier run with another input left must not stand beside it.
            for other in {"recording.nwb", "events.npz"} - {path.name}:
                path.with_name(other).unlink(missing_ok=True)

        def name(data: Recording | TemporalGraph) -> str:
            return "recording.nwb" if isinstance(data, Recording) else "events.npz"

        return self._stage(  # type: ignore[no-any-return]
            "record", name, key, make, save=save, load=load
        )

    def _chosen(self, chosen: tuple[str, ...]) -> tuple[str, ...]:
        """Keep why the plan was resolved as it was: the resolved plan, read again, leaves nothing open to explain."""
        name = "stages/choices.json"
        if self.again:
            # A file that is gone or damaged only costs the reasons; the choices themselves stand in the plan.
            with suppress(OSError, ValueError, TypeError):
                return tuple(map(str, json.loads((self.folder.path / name).read_text(encoding="utf-8"))))
        self.folder.write(name, json.dumps(chosen, indent=1) + "\n")
        return chosen

    def _stored(self, path: Path) -> Recording | TemporalGraph:
        """Take what an earlier run recorded, whatever has become of its input."""
        from interplay.io import load

        start = time.perf_counter()
        self.observer.stage("record")
        data = require_no_cohort(load(path))
        self.stages.ended("record", start, reused=True)
        return data

    def _events(self, data: Recording | TemporalGraph) -> Any:
        """Give the `EventFindings` of an event list; None for a recording."""
        if not isinstance(data, TemporalGraph):
            return None
        from interplay.job.event_findings import find_in_events

        return find_in_events(self.plan, data, self.folder, self._stage, jobs=self.jobs)

    def _infer(self, data: Recording | TemporalGraph) -> NetworkResult:
        plan = self.plan
        names = ("window_s", "step_s", "method", "method_set", "lag_s", "bin_s", "surrogates", "alpha", "threshold")
        key = (data.digest, {k: getattr(plan, k) for k in (*names, "seed")})
        return self._stage(  # type: ignore[no-any-return]
            "infer",
            "stages/infer.npz",
            key,
            lambda progress: infer_network(plan, data, jobs=self.jobs, progress=progress),
        )

    def _network(self, every: NetworkResult, chosen: tuple[str, ...], data: Recording | TemporalGraph) -> NetworkResult:
        from interplay.io import load_snapshots, save_snapshots

        plan = self.plan
        names = node_names(data)
        key = (every.snapshots.digest, plan.threshold, plan.alpha, plan.density, names)
        snapshots = self._stage(
            "network",
            "snapshots.npz",
            key,
            lambda _: threshold(plan, every),
            save=lambda path, found: save_snapshots(found, path, about=names_header(names)),
            load=load_snapshots,
        )
        return _with_threshold(plan, every, snapshots, chosen)

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

    def _reading(self, every: NetworkResult, network: NetworkResult, data: Recording | TemporalGraph) -> Any:
        """Say what will be read out, in which windows: the model is trained in these too."""
        if self.plan.behavior is None or not isinstance(data, Recording) or every.pooled:
            return None
        from interplay.job.reading import Reading

        return Reading(self.plan, data, every.snapshots, network.snapshots, jobs=self.jobs)

    def _represent(
        self, every: NetworkResult, network: NetworkResult, data: Recording | TemporalGraph, reading: Any
    ) -> Any:
        """Give a `Representation`, or why there is none."""
        from interplay.job.embedding_files import ARRAYS, write_arrays
        from interplay.job.training_size import RULE
        from interplay.job.trainings import clear

        plan = self.plan
        if plan.represent == "none":
            (self.folder.path / ARRAYS).unlink(missing_ok=True)
            return "None was asked for."
        if every.pooled:
            (self.folder.path / ARRAYS).unlink(missing_ok=True)
            return POOLED
        from interplay.job.representing import represent

        names = [*_MODEL, "device", "density", "threshold", "seed", "method", "method_set", "lag_s", "bin_s"]
        where = None if reading is None else reading.where
        inputs = (every.snapshots.digest, network.snapshots.digest, data.digest, where)
        key = (*inputs, RULE, [getattr(plan, k) for k in names])

        def make(progress: Progress) -> Any:
            found = represent(
                plan, data, every, network.snapshots, self.folder, reading=reading, jobs=self.jobs, progress=progress
            )
            return {"representation": found}

        found = self._stage("represent", "stages/represent.npz", key, make)["representation"]
        clear(self.folder)
        if isinstance(found, str):
            (self.folder.path / ARRAYS).unlink(missing_ok=True)
        else:
            write_arrays(self.folder.path / ARRAYS, found, node_names(data))
        return found

    def _read_out(self, reading: Any, representation: Any) -> Readouts:
        if reading is None:
            return (), ()
        plan, embedded = self.plan, None if isinstance(representation, str) else representation
        names: tuple[str, ...] = ("behavior", "target", "readout_window_s", "method", "method_set", "lag_s", "bin_s")
        names = (*names, "folds", "permutations", "decoder", "decoder_nulls", "seed")
        settings = {k: getattr(plan, k) for k in names}
        key = (reading.digest, settings, None if embedded is None else embedded.digest)

        def make(progress: Progress) -> Any:
            folds, later = reading.read(embedded, progress=progress)
            return {"folds": folds, "later": later}

        stored = self._stage("read out", "stages/readout.npz", key, make)
        return tuple(stored["folds"]), tuple(stored["later"])

    def _circuit(self, network: NetworkResult, data: Recording | TemporalGraph) -> Any:
        """Give a `FittedCircuit`, or why there is none."""
        plan = self.plan
        if plan.circuit == "none":
            return "None was asked for."
        from interplay.job.circuit_stage import RULE, fit_circuit

        bounds = network.snapshots.bounds
        key = (data.digest, bounds, RULE, plan.seed, [getattr(plan, k) for k in _CIRCUIT])

        def make(progress: Progress) -> Any:
            return {"circuit": fit_circuit(plan, data, bounds, jobs=self.jobs, progress=progress)}

        return self._stage("circuit", "stages/circuit.npz", key, make)["circuit"]

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
        every: NetworkResult,
        network: NetworkResult,
        measures: Any,
        representation: Any,
        readouts: Readouts,
        circuit: Any,
        recovery: Any,
        events: Any,
    ) -> Outcome:
        start = time.perf_counter()
        progress = self.observer.stage("report")
        folds, later = readouts
        summary = summarise(self.plan, data, network, measures, representation, readouts, circuit, recovery, events)
        self.folder.write("summary.json", json.dumps(summary, indent=1, sort_keys=True) + "\n")
        page = write_page(
            self.plan,
            data,
            network,
            measures,
            every=every,
            representation=representation,
            readouts=readouts,
            circuit=circuit,
            recovery=recovery,
            events=events,
            available=_readable(data),
        )
        report = self.folder.write("report.html", page)
        progress(1, 1)
        self.stages.ended("report", start)
        # The one file that differs between two equal runs.
        self.folder.write("stages/seconds.json", json.dumps(self.stages.seconds, indent=1) + "\n")
        return Outcome(
            folder=self.folder.path,
            report=report,
            data=data,
            network=network,
            measures=measures,
            representation=None if isinstance(representation, str) else representation,
            readouts=folds,
            later_readouts=later,
            circuit=None if isinstance(circuit, str) else circuit,
            recovery=recovery,
            events=events,
            summary=summary,
        )


def _readable(data: Recording | TemporalGraph) -> tuple[str, ...]:
    return (*data.behavior, *data.epochs) if isinstance(data, Recording) else ()


#: The files of a session, besides its map.
_SESSION = ("events.txt", "spikes.bin", "replay.bin")


def _session(path: Path) -> list[Path]:
    """List the files of a recorded session, given its folder or the log in it; nothing else that lies there."""
    folder = path if path.is_dir() else path.parent
    return [p for p in sorted(folder.iterdir()) if p.is_file() and (p.name in _SESSION or p.suffix == ".cfg")]


def node_names(data: Recording | TemporalGraph) -> list[str] | None:
    """Name the nodes; None where their names are their numbers.

    Parameters
    ----------
    data : Recording or TemporalGraph

    Returns
    -------
    list of str, or None
    """
    names = data.units.id if isinstance(data, Recording) else data.names
    found = None if names is None else [str(name) for name in names.tolist()]
    return None if found == [str(k) for k in range(len(found or ()))] else found


def infer(plan: Plan, *, jobs: int = 1, observer: Observer | None = None) -> Snapshots:
    """Load a recording and infer its networks, without a folder; see `infer_named` for the names of the nodes.

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
    return infer_named(plan, jobs=jobs, observer=observer)[0]


def infer_named(plan: Plan, *, jobs: int = 1, observer: Observer | None = None) -> tuple[Snapshots, list[str] | None]:
    """Load a recording and infer its networks, without a folder, and name the nodes.

    Parameters
    ----------
    plan : Plan
        With an input.
    jobs : int, >= 1
        Threads, at most one per processor.
    observer : Observer or None

    Returns
    -------
    snapshots : Snapshots
        After the plan's threshold.
    names : list of str, or None
        Of the nodes; None where their names are their numbers.
    """
    result, names = infer_result(plan, jobs=jobs, observer=observer)
    return result.snapshots, names


def infer_result(
    plan: Plan, *, jobs: int = 1, observer: Observer | None = None
) -> tuple[NetworkResult, list[str] | None]:
    """Load a recording and infer its networks, without a folder, with all that a reader must know of them.

    Parameters
    ----------
    plan : Plan
        With an input.
    jobs : int, >= 1
        Threads, at most one per processor.
    observer : Observer or None

    Returns
    -------
    result : NetworkResult
        Its networks are those after the plan's threshold, its notes say what was chosen, kept and left out.
    names : list of str, or None
        Of the nodes; None where their names are their numbers.
    """
    from interplay.io import load

    if plan.input is None:
        raise ConfigError("`input` must name a recording, got nothing. Give a file.")
    data = require_no_cohort(load(plan.input, **read_hints(plan.hint)))
    plan, chosen = resolve(plan, data)
    progress = (observer or Nobody()).stage("infer")
    every = infer_network(plan, data, jobs=threads(jobs), progress=progress)
    return _with_threshold(plan, every, threshold(plan, every), chosen), node_names(data)


def _with_threshold(plan: Plan, every: NetworkResult, kept: Snapshots, chosen: tuple[str, ...]) -> NetworkResult:
    """Put the edges that make the network in place of all pairs, and say how both came about."""
    notes = (*every.notes, *chosen, threshold_note(plan, every, kept), POOLED if every.pooled else "")
    return replace(every.with_edges(kept), notes=tuple(n for n in notes if n))


def report_again(folder: Path) -> Path:
    """Write a run's report anew from what the run left behind.

    Parameters
    ----------
    folder : Path
        Of a run. What it recorded is taken as it stands, so the input may be gone; later stages whose settings or
        versions changed are done again.

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
    left = Folder(folder)
    with left.locked():
        left.refuse_others(Plan.model_fields)
        given = Plan.read(plan)
        if (folder / COHORT).is_dir() or is_cohort(given):
            from interplay.job.cohort_run import run_cohort

            return run_cohort(given, left, Nobody(), again=True).report
        return _Run(given, left, 1, Nobody(), again=True).all().report
