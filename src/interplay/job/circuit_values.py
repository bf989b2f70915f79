"""The findings of one circuit as plain values for a file, the proofs among them."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay._core.provenance import versions
from interplay.job.circuit_findings import CircuitFindings
from interplay.job.circuit_pages import with_infinities
from interplay.job.summary import plain


def finding_values(found: CircuitFindings) -> dict[str, Any]:
    """Collect the findings as plain values, the proofs among them.

    Parameters
    ----------
    found : CircuitFindings

    Returns
    -------
    dict
        For JSON; undefined numbers are None, infinite ones "inf" and "-inf".
    """
    circuit = found.circuit
    content = {
        "circuit": {
            "weights": circuit.weights,
            "names": circuit.names,
            "sign": circuit.sign,
            "tau_s": circuit.tau,
            "phi": [str(phi) for phi in circuit.activations],
            "delay_s": circuit.delay,
            "digest": circuit.digest,
        },
        "drive": found.drive,
        "regime": fields_of(found.regime),
        "stability": fields_of(found.stability),
        "contraction": fields_of(found.contraction),
        "equilibria": fields_of(found.equilibria),
        "games": [fields_of(game) for game in found.games],
        "response": {"at_equilibrium": found.shown, "matrix": found.response},
        "motif": {name: fields_of(part) for name, part in found.motif.items() if name not in _DRAWN},
        "notes": found.notes,
        "versions": versions(),
    }
    values: dict[str, Any] = plain(with_infinities(content))
    return values


#: Parts of a motif that are there to be drawn: grids, and what is told already.
_DRAWN = ("plane", "circuit", "drive")
#: What a result carries beside its findings.
_AROUND = ("config", "versions", "citations")


def fields_of(result: Any) -> Any:
    """Give a result's fields by name, or why there is none.

    Parameters
    ----------
    result : dataclass, or str

    Returns
    -------
    dict
        Complex arrays are given as real and imaginary parts.
    """
    from dataclasses import fields, is_dataclass

    if isinstance(result, str):
        return {"reason": result}
    if isinstance(result, np.ndarray) and np.iscomplexobj(result):
        return {"real": result.real, "imaginary": result.imag}
    if isinstance(result, tuple | list):
        return [fields_of(part) if not isinstance(part, str) else part for part in result]
    if not is_dataclass(result):
        return result
    return {f.name: _field(getattr(result, f.name)) for f in fields(result) if f.name not in _AROUND}


def _field(value: Any) -> Any:
    return value if isinstance(value, str) else fields_of(value)
