"""One circuit without a run: a motif, a file of weights or a recording, to findings, a page and a file."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, InterplayWarning
from interplay.circuits import MOTIFS, RateCircuit
from interplay.data import Recording, windows
from interplay.job.choices import resolve
from interplay.job.circuit_findings import CircuitFindings, findings
from interplay.job.circuit_input import WeightFile, kind_of, read_weights
from interplay.job.circuit_limits import require_numbers, require_size
from interplay.job.circuit_motifs import motif_parts, pair_parts
from interplay.job.circuit_options import (
    read_numbers,
    read_phi,
    read_settings,
    read_signs,
    require_none,
    spread_drive,
)
from interplay.job.circuit_pages import FittedCircuit, circuit_lines, circuit_summary
from interplay.job.circuit_sheet import fitted_page, sheet
from interplay.job.circuit_text import finding_lines, finding_notes
from interplay.job.circuit_values import finding_values
from interplay.job.hints import read_hints
from interplay.job.plan import Plan
from interplay.job.stages import Observer
from interplay.job.summary import plain

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CircuitAsked:
    """What `interplay circuit` is asked for.

    Attributes
    ----------
    source : str
        A motif's name or a file.
    settings : tuple of str
        Of the motif, each "key=value".
    drive, phi, tau, sign : str or None
        As typed.
    units, window_s, draws : int, float, int, or None
        Of a fit to a recording.
    hint : tuple of str
        What the file does not say about itself; given, it is a recording.
    seed : int or None
        Of a fit.
    """

    source: str
    settings: tuple[str, ...] = ()
    drive: str | None = None
    phi: str | None = None
    tau: str | None = None
    sign: str | None = None
    units: int | None = None
    window_s: float | None = None
    draws: int | None = None
    hint: tuple[str, ...] = ()
    seed: int | None = None

    @property
    def of_a_fit(self) -> dict[str, Any]:
        """Options that only a fit has."""
        return {"units": self.units, "window-s": self.window_s, "draws": self.draws, "seed": self.seed}


@dataclass(frozen=True, eq=False, kw_only=True)
class CircuitTold:
    """What came of one circuit, ready to be told.

    Attributes
    ----------
    lines : list of str
        For the terminal.
    notes : tuple of str
        What a reader must know.
    """

    lines: list[str]
    notes: tuple[str, ...]


def circuit_alone(
    asked: CircuitAsked, out: Path, values: Path | None = None, *, jobs: int = 1, observer: Observer
) -> CircuitTold:
    """Analyse a circuit, or fit one, and write what was found.

    Parameters
    ----------
    asked : CircuitAsked
    out : Path
        The page, .html.
    values : Path or None
        All of it as .json.
    jobs : int, >= 1
        Threads of a fit.
    observer : Observer

    Returns
    -------
    CircuitTold

    Raises
    ------
    ConfigError, DataError, NumericalError
        As reading, building and fitting do; ConfigError also for options that would have no effect.
    """
    weights = None
    motif = kind_of(asked.source, MOTIFS, hinted=bool(asked.hint)) == "motif"
    if not motif:
        weights = None if asked.hint else read_weights(Path(asked.source))
        if weights is None:
            return _recording(asked, out, values, jobs, observer)
    with warnings.catch_warnings():
        # What a result has to say stands in its notes, which are told; a warning would name lines of our code.
        warnings.simplefilter("ignore", InterplayWarning)
        found = _of_motif(asked, observer) if weights is None else _of_file(asked, weights, observer)
        page = sheet(found, title=_title(asked.source))
    _write(out, values, page, finding_values(found))
    return CircuitTold(lines=finding_lines(found), notes=finding_notes(found))


def _title(source: str) -> str:
    return Path(source).name


def _write(out: Path, values: Path | None, page: str, content: Any) -> None:
    from interplay.io.atomic import write_aside

    write_aside(out, page)
    if values is not None:
        write_aside(values, json.dumps(content, indent=1, sort_keys=True) + "\n")


def _of_motif(asked: CircuitAsked, observer: Observer) -> CircuitFindings:
    name = asked.source.replace("_", "-")
    made_of = MOTIFS[name]
    require_none(asked.of_a_fit, f"the motif {name}", "It says how a circuit is fitted to a recording.")
    require_none({"sign": asked.sign}, f"the motif {name}", "It says itself who excites and who inhibits.")
    known = [f.name for f in fields(made_of) if f.init]
    times = [k for k in known if k.startswith("tau")]
    remedy = f"Write --set {times[0]}={asked.tau}." if times else "It has no time constants of its own."
    require_none({"tau": asked.tau}, f"the motif {name}", remedy)
    settings = read_settings(asked.settings, known)
    if "phi" in settings:
        settings["phi"] = read_phi(str(settings["phi"]))
    if asked.phi is not None:
        if "phi" not in known:
            raise ConfigError(f"`--phi` must be left out for the motif {name}: it has an activation of its own.")
        if "phi" in settings:
            raise ConfigError("`phi` must be said once, got --phi and --set phi=... . Leave one out.")
        settings["phi"] = read_phi(asked.phi)
    try:
        config = made_of(**settings)
    except TypeError as error:
        raise ConfigError(f"`set`: a setting of {name} is of the wrong kind ({error}). Give a number.") from error
    require_size(config)
    circuit: RateCircuit = config.circuit()
    drive, said = _drive(asked, circuit, getattr(config, "example_drive", None))
    require_numbers(circuit, drive)
    parts, refused = motif_parts(config, circuit, drive, progress=observer.stage("motif"))
    return findings(circuit, drive, motif=parts, notes=(*said, *refused), progress=observer.stage("circuit"))


def _of_file(asked: CircuitAsked, weights: WeightFile, observer: Observer) -> CircuitFindings:
    circuit, notes = _from_file(asked, weights)
    drive, said = _drive(asked, circuit, None)
    require_numbers(circuit, drive)
    parts, refused = pair_parts(circuit, drive)
    return findings(circuit, drive, motif=parts, notes=(*notes, *said, *refused), progress=observer.stage("circuit"))


def _drive(asked: CircuitAsked, circuit: RateCircuit, example: Any) -> tuple[Floats, tuple[str, ...]]:
    if asked.drive is None and example is not None:
        drive, said = spread_drive(np.asarray(example, dtype=np.float64), circuit.sign)
        return drive, (said or "No --drive: the motif's example input was taken.",)
    numbers = np.ones(1) if asked.drive is None else read_numbers("drive", asked.drive)
    drive, said = spread_drive(numbers, circuit.sign)
    if asked.drive is None:
        said = f"No --drive was given. {said}" if said else "No --drive was given: input 1."
    return drive, (said,) if said else ()


def _from_file(asked: CircuitAsked, given: WeightFile) -> tuple[RateCircuit, tuple[str, ...]]:
    require_none({"set": asked.settings}, "a file", "It says how a motif is built; change the file.")
    require_none(asked.of_a_fit, "a file of weights", "It says how a circuit is fitted to a recording.")
    beside, notes = dict(given.beside), list(given.notes)
    for name in ("sign", "tau"):
        if getattr(asked, name) is not None and name in beside:
            raise ConfigError(f"`--{name}` must be left out: {asked.source} has an array `{name}`. Leave it out.")
    if asked.sign is not None:
        beside["sign"] = read_signs(asked.sign)
    tau: Any = beside.get("tau", 1.0)
    if asked.tau is not None:
        numbers = read_numbers("tau", asked.tau)
        tau = float(numbers[0]) if len(numbers) == 1 else numbers
    elif "tau" not in beside:
        notes.append("No --tau: the unit of time is the time constant of every unit.")
    try:
        circuit = RateCircuit(
            given.weights,
            "relu" if asked.phi is None else read_phi(asked.phi),
            tau,
            sign=beside.get("sign"),  # type: ignore[arg-type]
            delay=beside.get("delay"),
            names=beside.get("names"),  # type: ignore[arg-type]
        )
    except DataError as error:
        raise DataError(f"{asked.source}: {error}") from error
    return circuit, tuple(notes)


def _recording(asked: CircuitAsked, out: Path, values: Path | None, jobs: int, observer: Observer) -> CircuitTold:
    from interplay.io import load
    from interplay.job.circuit_stage import fit_circuit, require_phi, require_units

    idle = {"set": asked.settings, "drive": asked.drive, "sign": asked.sign}
    require_none(
        idle, "a recording", "Signs and inputs are estimated; --phi, --tau, --units and --window-s can be set."
    )
    plan = _plan(asked)
    require_phi(plan)
    data = load(asked.source, **read_hints(asked.hint))
    if not isinstance(data, Recording):
        raise DataError(
            f"{asked.source}: a circuit needs a recording or a matrix of weights, got {data!r}. An event list has no "
            "units with rates."
        )
    require_units(plan, data, option="units")
    plan, _ = resolve(plan, data)
    bounds = windows(data.observed, plan.window_s or 0.0, plan.step_s or 0.0)
    found = fit_circuit(plan, data, bounds, jobs=jobs, progress=observer.stage("circuit"))
    if isinstance(found, str):
        raise DataError(f"{asked.source}: {found}")
    summary = plain(circuit_summary(found))
    _write(out, values, fitted_page(found, data, title=_title(asked.source)), summary | {"fit": _weights(found)})
    return CircuitTold(lines=circuit_lines(summary), notes=tuple(summary["notes"]))


def _weights(found: FittedCircuit) -> Any:
    fit = found.fit
    return plain({name: getattr(fit, name) for name in ("weights", "low", "high", "drive", "rates")})


def _plan(asked: CircuitAsked) -> Plan:
    tau = None
    if asked.tau is not None:
        numbers = read_numbers("tau", asked.tau)
        if len(numbers) != 1:
            raise ConfigError(f"`tau` must be one number for a recording, got {len(numbers)}. Give one for all units.")
        tau = float(numbers[0])
    settings = {
        "input": asked.source,
        "hint": asked.hint,
        "circuit_units": asked.units,
        "circuit_window_s": asked.window_s,
        "circuit_phi": asked.phi,
        "circuit_tau_s": tau,
        "circuit_draws": asked.draws,
        "seed": asked.seed,
    }
    return Plan.of(**{name: value for name, value in settings.items() if value is not None})
