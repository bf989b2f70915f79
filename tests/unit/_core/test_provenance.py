"""Digests: content decides, and nothing else."""

import dataclasses

import numpy as np
import pytest

from interplay._core.protocols import ResultLike
from interplay._core.provenance import Result, digest, versions


@dataclasses.dataclass(frozen=True)
class Settings:
    lag: int = 1
    name: str = "x"


def test_equal_content_gives_equal_digests():
    a = np.arange(12.0).reshape(3, 4)
    assert digest(a, "x", {"k": 1, "a": None}) == digest(a.copy(), "x", {"a": None, "k": 1})
    assert digest(np.asfortranarray(a)) == digest(a)
    assert digest(np.arange(24.0)[::2]) == digest(np.arange(0.0, 24.0, 2.0))
    assert digest(a.astype(">f8")) == digest(a)
    assert digest(np.array(["a", "bc"])) == digest(np.array(["a", "bc"], dtype="<U9"))


def test_different_content_gives_different_digests():
    things = [
        (np.zeros(4),), (np.zeros((2, 2)),), (np.zeros(4, np.float32),), (np.zeros(4, np.int64),), (np.zeros(5),),
        (0,), (0.0,), (False,), ("0",), (None,), ([0],), ([[0]],), ({"0": 0},), (0, 0), (b"0",),
        (["ab", "c"],), (["a", "bc"],), ([],), ({},), ("",),
        (Settings(),), (Settings(lag=2),), (np.array(["0"]),), (-0.0,),
    ]  # fmt: skip
    digests = [digest(*parts) for parts in things]
    assert len(set(digests)) == len(things)


def test_order_counts_in_sequences_and_not_in_mappings():
    assert digest([1, 2]) != digest([2, 1])
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


def test_sequences_do_not_run_together():
    assert digest(["a"], ["b"]) != digest(["a", "b"], [])
    assert digest("a", "b") != digest("ab")
    assert digest("a;str:'b'") != digest("a", "b")


def test_numpy_scalars_hash_as_python_numbers():
    assert digest(np.float64(1.5), np.int64(2)) == digest(1.5, 2)


def test_the_digest_is_the_same_on_every_machine():
    assert digest("interplay", 1, np.arange(3)) == "817c086e262a520a69a83d4552ab7fdc"


def test_what_has_no_canonical_form_is_refused():
    with pytest.raises(TypeError, match="`digest` knows no canonical form of set"):
        digest({1, 2})


def test_versions_name_python_and_the_stack():
    found = versions()
    assert {"python", "interplay", "numpy"} <= set(found)


def test_results_carry_what_every_result_carries():
    result = Result(config=Settings(), made_from="abc", seed=3, notes=("n",))
    assert isinstance(result, ResultLike)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.seed = 4


def test_a_result_is_shown_on_one_short_line():
    @dataclasses.dataclass(frozen=True, eq=False, kw_only=True, repr=False)
    class Found(Result):
        name: str
        values: np.ndarray
        table: dict
        rows: tuple

    many = {str(k): np.zeros(9) for k in range(9)}
    found = Found(config=None, made_from="x" * 32, name="n" * 99, values=np.zeros((40, 50)), table=many, rows=(many,))
    text = repr(found)
    assert text.startswith("Found(seed=None, notes=(), name='nnn")
    assert text.endswith("…, values=array(40, 50), table={9 entries}, rows=(1 entries))")
    assert len(text) < 200


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Found(Result):
    values: np.ndarray
    parts: dict
    curves: tuple


def test_what_was_found_cannot_be_written_to():
    mine = np.zeros(3)
    found = Found(config=None, made_from="x", values=mine, parts={"a": np.zeros(2)}, curves=(np.zeros(2), "text"))
    for array in (found.values, found.parts["a"], found.curves[0]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    assert found.curves[1] == "text"
    mine[0] = 1.0  # the caller's own array stays his own
    assert dataclasses.replace(found, parts={}).values[0] == 1.0
