"""Results to one file and back, exactly: a tree of plain values in JSON, its arrays beside it in the same NPZ."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.errors import DataError
from interplay.io.npz import load_arrays, save_arrays

#: The dataclasses a stage may leave behind; nothing else is ever built from a file.
_KNOWN = {
    "Snapshots": "interplay.data",
    "Recovery": "interplay.report.recovery",
    "NetworkResult": "interplay.infer.results",
    "BoltzmannResult": "interplay.infer.boltzmann_results",
    "CorrelogramGallery": "interplay.infer.correlogram_results",
    "CorrelogramResult": "interplay.infer.correlogram_results",
    "DynamicBayesResult": "interplay.infer.bayes_results",
    "FactorResult": "interplay.infer.factor_results",
    "GLMResult": "interplay.infer.glm_results",
    "HeldOut": "interplay.infer.glm_results",
    "IndependenceResult": "interplay.infer.independence_results",
    "PenaltyPath": "interplay.infer.bayes_results",
    "ScaleFit": "interplay.infer.bayes_results",
    "SwitchingResult": "interplay.infer.switching_results",
    "ChangePoints": "interplay.measures.results",
    "NetworkMeasures": "interplay.measures.results",
    "ReadoutRow": "interplay.stats.results",
    "ReadoutResult": "interplay.stats.results",
    "AlignmentRow": "interplay.stats.alignment_results",
    "AlignmentResult": "interplay.stats.alignment_results",
    "LinkScores": "interplay.measures.links",
    "EmbeddingResult": "interplay.represent.results",
    "CircuitFitResult": "interplay.circuits.fit_results",
    "CircuitCourse": "interplay.circuits.fit_results",
    "FittedCircuit": "interplay.job.circuit_pages",
    "Representation": "interplay.job.representation",
    "WindowVectors": "interplay.job.representation",
    "EventMeasures": "interplay.measures.event_results",
    "SignedBalance": "interplay.measures.event_results",
    "TemporalEdges": "interplay.measures.event_results",
    "EventExplanation": "interplay.explain.event_results",
    "Fidelity": "interplay.explain.event_results",
    "TempMEResult": "interplay.explain.event_results",
    "StreamComparison": "interplay.measures.stream_scores",
    "StreamScores": "interplay.measures.stream_scores",
    "StreamResult": "interplay.represent.stream_results",
    "StreamFindings": "interplay.report.stream_findings",
    "Difference": "interplay.report.stream_findings",
    "BrainModel": "interplay.represent.brain.results",
    "BrainEmbedding": "interplay.represent.brain.results",
    "BrainReadout": "interplay.represent.brain.results",
    "BrainReconstruction": "interplay.represent.brain.results",
    "AttentionImportance": "interplay.explain.brain_results",
    "AttentionChange": "interplay.explain.brain_results",
    "ChangeFamily": "interplay.explain.brain_results",
    "CohortScans": "interplay.report.cohort_findings",
    "CohortScore": "interplay.report.cohort_findings",
    "CohortReadout": "interplay.report.cohort_findings",
    "ToldRegions": "interplay.report.cohort_findings",
    "FoundSubjects": "interplay.report.cohort_findings",
    "FoundNetworks": "interplay.report.cohort_findings",
    "CalibrationScores": "interplay.measures.calibration_results",
    "Detection": "interplay.measures.calibration_results",
    "Reliability": "interplay.measures.calibration_results",
    "RiskCoverage": "interplay.measures.calibration_results",
    "OperationCost": "interplay.measures.operation_costs",
    "SpikeEnergy": "interplay.measures.operation_costs",
    "ForeignScore": "interplay.report.spiking_findings",
    "SpikingScore": "interplay.report.spiking_findings",
    "Judged": "interplay.job.spiking_judging",
    "LinearReadout": "interplay.job.spiking_linear",
}
_TREE = "tree"
#: How many threads worked on a result says nothing about it.
_NOT_PART_OF_IT = "jobs"


def save_result(path: Path, result: Any) -> None:
    """Write a result (or a mapping of results) atomically.

    Parameters
    ----------
    path : Path
        An .npz file.
    result : dataclass, mapping, sequence, array or plain value
        Configurations are stored as records of their settings, with their class name.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    tree = _freeze(result, arrays)
    text = json.dumps(tree, sort_keys=True, allow_nan=True)
    save_arrays(path, {_TREE: np.frombuffer(text.encode(), dtype=np.uint8), **arrays})


def load_result(path: Path) -> Any:
    """Read what `save_result` wrote."""
    arrays = dict(load_arrays(path))
    if _TREE not in arrays:
        raise DataError(f"{path} holds no stored result. Delete it and run again.")
    return _thaw(json.loads(arrays.pop(_TREE).tobytes().decode()), arrays)


def _freeze(value: Any, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    if isinstance(value, np.ndarray):
        name = f"a{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        name = type(value).__name__
        kind = "object" if name in _KNOWN else "config"
        fields = {
            f.name: _freeze(getattr(value, f.name), arrays)
            for f in dataclasses.fields(value)
            if f.name != _NOT_PART_OF_IT
        }
        return {kind: name, "fields": fields}
    if isinstance(value, Mapping):
        return {"map": [[str(k), _freeze(v, arrays)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return {"list": [_freeze(v, arrays) for v in value]}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"a stored result may not hold a {type(value).__name__}")


def _thaw(node: Any, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    if not isinstance(node, dict):
        return node
    if "array" in node:
        return arrays[node["array"]]
    if "list" in node:
        return tuple(_thaw(v, arrays) for v in node["list"])
    if "map" in node:
        return {k: _thaw(v, arrays) for k, v in node["map"]}
    fields = {k: _thaw(v, arrays) for k, v in node["fields"].items()}
    if "config" in node:
        # A configuration comes back as a record of its settings under its own name: it is shown, never run again.
        record = dataclasses.make_dataclass(node["config"], list(fields), frozen=True)
        return record(**fields)
    return getattr(import_module(_KNOWN[node["object"]]), node["object"])(**fields)
