"""What a motif says of itself beyond its circuit: its plane, its sweeps, its contrast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.protocols import Progress
from interplay.circuits import RateCircuit
from interplay.job.circuit_findings import or_why

Floats = NDArray[np.float64]
#: Parts by the names that `interplay.report.section_motif` takes, and why others are missing.
Parts = tuple[dict[str, Any], tuple[str, ...]]
#: Contrasts between the two largest inputs that a motif is shown.
_CONTRASTS = np.linspace(0.02, 0.98, 17)
#: Larger motifs are not asked what takes many solutions.
_ASKED = 200


def motif_parts(config: Any, circuit: RateCircuit, drive: Floats, *, progress: Progress) -> Parts:
    """Ask a motif everything that it can say of itself.

    Parameters
    ----------
    config : motif
    circuit : RateCircuit
        The motif's.
    drive : (N,) float64 array
    progress : callable

    Returns
    -------
    parts : dict
    notes : tuple of str
        What could not be said, and why.
    """
    found, notes = pair_parts(circuit, drive)
    asked = _questions(config, circuit, drive)
    if circuit.n_units > _ASKED:
        told = ", ".join(asked)
        return found, (*notes, f"Not asked, for the time it takes with more than {_ASKED} units: {told}.")
    if "thresholds" in asked and not np.isfinite(circuit.max_slopes).all():
        del asked["thresholds"]
        notes = (*notes, "Thresholds: there are none, for the slope of the activation has no bound.")
    for k, (name, ask) in enumerate(asked.items()):
        part = or_why(ask)
        if isinstance(part, str):
            notes = (*notes, f"{name.capitalize()}: {part}")
        elif part is not None:
            found[name] = part
        progress(k + 1, len(asked))
    return found, notes


def _questions(config: Any, circuit: RateCircuit, drive: Floats) -> dict[str, Callable[[], Any]]:
    """List what this motif can be asked, in the order of the page."""
    asked: dict[str, Callable[[], Any]] = {
        name: lambda name=name: getattr(config, name)(drive)  # type: ignore[misc]
        for name in ("thresholds", "bifurcation", "region")
        if hasattr(config, name)
    }
    if not hasattr(config, "contrast"):
        return asked
    if hasattr(config, "layers"):
        asked["column"] = lambda: config.contrast(drive)
        return asked
    cases = contrasting(drive, circuit.excitatory)
    if cases is not None:
        asked["contrast"] = lambda: config.contrast(cases)
    if hasattr(config, "hysteresis") and config.competition > 1 and config.wiring == "lateral":
        asked["hysteresis"] = lambda: config.hysteresis(drive)
    return asked


def contrasting(drive: Floats, excitatory: NDArray[np.int64]) -> Floats | None:
    """Give inputs whose two largest differ more and more, their sum and all others as in one input.

    Parameters
    ----------
    drive : (N,) float64 array
    excitatory : (n,) int64 array
        Units among which the two largest inputs are sought; of equal ones, the first.

    Returns
    -------
    (S, N) float64 array or None
        Others are lowered to the second largest where they would exceed it. None for fewer than two units, or where
        the two largest do not sum up to more than 0.
    """
    if len(excitatory) < 2:
        return None
    order = excitatory[np.argsort(-drive[excitatory], kind="stable")]
    total = float(drive[order[:2]].sum())
    if total <= 0:
        return None
    cases = np.tile(drive, (len(_CONTRASTS), 1))
    cases[:, order[0]] = total * (1 + _CONTRASTS) / 2
    cases[:, order[1]] = total * (1 - _CONTRASTS) / 2
    cases[:, order[2:]] = np.minimum(cases[:, order[2:]], cases[:, order[1]][:, None])
    return cases


def pair_parts(circuit: RateCircuit, drive: Floats) -> Parts:
    """Lay out the plane of one excitatory and one inhibitory unit; nothing for other circuits.

    Parameters
    ----------
    circuit : RateCircuit
    drive : (N,) float64 array

    Returns
    -------
    parts : dict
    notes : tuple of str
    """
    if circuit.sign.tolist() != [1, -1]:
        return {}, ()
    from interplay.circuits import phase_plane

    plane = or_why(lambda: phase_plane(circuit, drive))
    if isinstance(plane, str):
        return {}, (f"Phase plane: {plane}",)
    return {"plane": plane, "circuit": circuit, "drive": drive}, ()
