"""Stored results come back exactly, and nothing but known results is ever built from a file."""

from dataclasses import dataclass

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay._core.provenance import digest
from interplay.data import Snapshots
from interplay.infer.results import NetworkResult
from interplay.io.npz import save_arrays
from interplay.job.store import load_result, save_result


@dataclass(frozen=True)
class Toy:
    lag_s: float
    jobs: int


def result(jobs=1):
    w = np.zeros((2, 3, 3))
    w[0, 0, 1], w[1, 2, 0] = 0.25, -1.5
    snapshots = Snapshots.from_dense(
        w, [[0.0, 1.0], [0.5, 1.5]], directed=True, present=[[True] * 3, [True, False, True]]
    )
    return NetworkResult(
        config=Toy(lag_s=0.05, jobs=jobs),
        made_from="abc",
        seed=3,
        notes=("a note",),
        versions={"python": "3"},
        snapshots=snapshots,
        method="toy",
        quantity="weight",
    )


def test_a_result_comes_back_exactly(tmp_path):
    first = result()
    save_result(tmp_path / "r.npz", {"network": first, "scores": np.array([1.0, np.nan]), "absent": None, "x": 0.1})
    back = load_result(tmp_path / "r.npz")
    assert back["network"].snapshots.digest == first.snapshots.digest
    assert type(back["network"].config).__name__ == "Toy"
    assert back["network"].config.lag_s == 0.05
    assert back["network"].notes == ("a note",)
    assert np.array_equal(back["scores"], [1.0, np.nan], equal_nan=True)
    assert (back["absent"], back["x"]) == (None, 0.1)


def test_the_same_result_gives_the_same_bytes(tmp_path):
    for name, jobs in (("a.npz", 1), ("b.npz", 2)):
        save_result(tmp_path / name, result(jobs))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_what_has_no_stored_form_is_refused(tmp_path):
    with pytest.raises(TypeError, match="may not hold a set"):
        save_result(tmp_path / "r.npz", {1, 2})


def test_a_foreign_file_is_refused(tmp_path):
    save_arrays(tmp_path / "r.npz", {"x": np.arange(3)})
    with pytest.raises(DataError, match="holds no stored result"):
        load_result(tmp_path / "r.npz")


def test_digest_of_results_is_stable():
    assert digest({"a": 1, "b": [1.0, None]}) == digest({"b": (1.0, None), "a": 1})
    assert digest(np.arange(3)) != digest(np.arange(3.0))
