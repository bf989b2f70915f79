"""What every model of cohorts promises, as one assertion."""

from __future__ import annotations

import pickle
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay._core.protocols import ResultLike
from interplay.data import Cohort
from interplay.testing.global_state import global_word, torch_word


class _Stop(Exception):
    """Ends a training midway."""


def check_cohort_method(method: Any, cohort: Cohort, target: str) -> None:
    """Assert that a method keeps its promises on a small cohort.

    Results are frozen and say where they came from. Fitting twice gives the same bits; what is not trained on moves
    nothing; the global state of numpy and torch stays. A training that is stopped goes on as if it had not been. A
    scan's vectors are its own: they do not depend on which other scans are embedded. A cohort over other regions, or
    the same in another order, is refused. Covariates of scans that are not trained on change no prediction. What is
    hidden in a reconstruction does not help to tell it.

    Parameters
    ----------
    method : object with ``fit``, ``embed``, ``finetune`` and ``reconstruct``
        Of 2 epochs or more.
    cohort : Cohort
        At least 8 scans of 6 subjects, all with both modalities and without missing regions.
    target : str
        A numeric covariate.

    Raises
    ------
    AssertionError
        If a promise is broken.
    """
    rows, watched, test = cohort.split(validation=0.2, test=0.2)
    model = method.fit(cohort, train=rows, validation=watched)
    words = global_word(), torch_word()  # only now: torch may have been imported by the first fit
    assert isinstance(model, ResultLike)
    assert model.made_from == cohort.digest
    _assert_same(model, method.fit(cohort, train=rows, validation=watched), "fitting twice gives the same bits")
    _assert_same(
        model,
        method.fit(_disturbed(cohort, test), train=rows, validation=watched),
        "scans that are neither trained on nor watched move nothing",
    )
    _check_resuming(method, cohort, rows, watched, model)
    assert len(pickle.dumps(model)) > 0
    _check_vectors(method, model, cohort)
    _check_labels(method, model, cohort, target)
    _check_hiding(method, model, cohort)
    assert (global_word(), torch_word()) == words, "the global state of numpy and torch stays as it was"


def _assert_same(one: Any, other: Any, promise: str) -> None:
    assert one.parameters.keys() == other.parameters.keys(), promise
    for name, value in one.parameters.items():
        np.testing.assert_array_equal(value, other.parameters[name], err_msg=f"{promise}: {name}")
    for name in ("centre", "spread", "covariance", "places"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=f"{promise}: {name}")


def _disturbed(cohort: Cohort, rows: NDArray[np.int64]) -> Cohort:
    """Other signals, structure and covariates in some scans."""
    assert cohort.series is not None
    assert cohort.structure is not None
    series, structure = np.array(cohort.series), np.array(cohort.structure)
    for s in rows:
        series[cohort.pointer[s] : cohort.pointer[s + 1]] *= -7
        structure[cohort.structure_of[s]] *= 3
    covariates = {
        name: np.where(np.isin(np.arange(len(cohort)), rows), column[::-1], column)
        for name, column in cohort.covariates.items()
    }
    return replace(cohort, series=series, structure=structure, covariates=covariates)


def _check_resuming(
    method: Any, cohort: Cohort, rows: NDArray[np.int64], watched: NDArray[np.int64], model: Any
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        seen: list[int] = []

        def stop(done: int, total: int) -> None:
            seen.append(done)
            if len(seen) == total // 2 + 1:
                raise _Stop

        try:
            method.fit(cohort, train=rows, validation=watched, checkpoint=Path(folder), progress=stop)
        except _Stop:
            pass
        else:
            raise AssertionError("progress is told of every epoch, and an exception that it raises ends training")
        resumed = method.fit(cohort, train=rows, validation=watched, checkpoint=Path(folder))
        _assert_same(model, resumed, "a training that was stopped goes on as if it had not been")


def _check_vectors(method: Any, model: Any, cohort: Cohort) -> None:
    found = method.embed(model, cohort)
    assert found.embedding.shape[:2] == (len(cohort), cohort.n_regions)
    assert np.isfinite(found.embedding).all()
    order = np.arange(len(cohort))[::-2]
    some = method.embed(model, cohort.take(order))
    np.testing.assert_array_equal(some.embedding, found.embedding[order], err_msg="a scan's vectors are its own")
    for other, why in ((cohort.select(range(cohort.n_regions - 1)), "lacks 1"), (_turned(cohort), "order")):
        said = _refusal(method, model, other)
        assert why in said, f"a cohort over other regions, or in another order, is refused with what differs: {said!r}"


def _refusal(method: Any, model: Any, cohort: Cohort) -> str:
    try:
        method.embed(model, cohort)
    except DataError as error:
        return str(error)
    return ""


def _turned(cohort: Cohort) -> Cohort:
    return cohort.select(np.arange(cohort.n_regions)[::-1])


def _check_labels(method: Any, model: Any, cohort: Cohort, target: str) -> None:
    rows, watched, test = cohort.split(validation=0.2, test=0.2)
    for depth in ("probe", "full"):
        told = method.finetune(model, cohort, target, train=rows, validation=watched, depth=depth)
        column = np.array(cohort.covariates[target])
        column[test] = 1e3 - column[test]
        other = replace(cohort, covariates={**cohort.covariates, target: column})
        again = method.finetune(model, other, target, train=rows, validation=watched, depth=depth)
        np.testing.assert_array_equal(
            told.prediction, again.prediction, err_msg="labels that are not trained on change no prediction"
        )
        assert not (told.train & told.validation).any()
        moved = [
            name
            for name, value in model.parameters.items()
            if not name.startswith("gate.") and not np.array_equal(told.parameters[f"network.{name}"], value)
        ]
        assert (len(moved) == 0) == (depth == "probe"), f"a probe leaves the streams as they are ({depth}: {moved})"


def _check_hiding(method: Any, model: Any, cohort: Cohort) -> None:
    assert cohort.series is not None
    scans = cohort.only("function").take([0])
    names = list(cohort.regions.id[:2])
    first = method.reconstruct(model, scans, hide=names)
    assert scans.series is not None
    changed = np.array(scans.series)
    changed[:, :2] = 100 * changed[::-1, :2] + 3
    second = method.reconstruct(model, replace(scans, series=changed), hide=names)
    for way in ("model", "linear"):
        np.testing.assert_array_equal(
            first.example[way], second.example[way], err_msg=f"what is hidden does not help to tell it ({way})"
        )
    assert not np.array_equal(first.example["truth"], second.example["truth"])
