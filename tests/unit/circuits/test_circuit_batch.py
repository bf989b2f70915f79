"""Many circuits in one object."""

import pickle

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.circuits import CircuitBatch, RateCircuit, activation


def circuits():
    return [
        RateCircuit(w * np.eye(2), [activation("clip", top=w), "tanh"], [1.0, w], names=["a", "b"])
        for w in (0.5, 1.5, 2.5)
    ]


def test_circuits_come_back():
    batch = CircuitBatch.of(circuits())
    assert len(batch) == 3
    assert batch.n_units == 2
    for found, wanted in zip(batch, circuits(), strict=True):
        assert found.digest == wanted.digest
    assert batch[-1].digest == circuits()[2].digest
    with pytest.raises(IndexError):
        batch[3]


def test_rates_are_those_of_each_circuit():
    z = np.array([[0.7, 1.0], [1.7, -1.0], [9.0, 0.2]])
    found = CircuitBatch.of(circuits()).rates(z)
    assert np.array_equal(found, [c.rates(row) for c, row in zip(circuits(), z, strict=True)])


def test_largest_slopes_are_those_of_each_circuit():
    kinds = [activation("threshold_linear", gain=3.0), "power", "tanh"]
    parameters = np.array([[[g, 0.5], [1.0, 2.0], [0.0, 0.0]] for g in (3.0, 0.25, 3.0)])
    batch = CircuitBatch(np.zeros((3, 3, 3)), kinds, parameters=parameters)
    assert batch.max_slopes.tolist() == [[g, np.inf, 1.0] for g in (3.0, 0.25, 3.0)]
    assert np.array_equal(batch.max_slopes, [c.max_slopes for c in batch])


def test_pickling_keeps_it():
    batch = CircuitBatch.of(circuits())
    assert pickle.loads(pickle.dumps(batch)).digest == batch.digest
    assert repr(batch) == "CircuitBatch(3 circuits of 2 units; clip, tanh)"


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: CircuitBatch(np.eye(2)), r"must have shape \(B, N, N\)"),
        (lambda: CircuitBatch(np.full((1, 2, 2), np.nan)), r"weights\[0, 0, 0\]=nan"),
        (lambda: CircuitBatch(np.ones((2, 2, 2)), tau=[[1.0, 1.0], [1.0, -1.0]]), r"tau\[1, 1\]=-1 s of circuit 1"),
        (lambda: CircuitBatch(np.ones((2, 1, 1)), "clip", parameters=np.zeros((2, 1, 2))), "`parameters` must hold a"),
        (lambda: CircuitBatch.of([]), "at least one circuit"),
        (lambda: CircuitBatch.of([*circuits(), RateCircuit(np.eye(3))]), "same size: circuit 3 differs"),
        (lambda: CircuitBatch.of([RateCircuit(np.eye(2)), RateCircuit(np.eye(2), "tanh")]), "same kinds of activation"),
        (lambda: CircuitBatch.of([RateCircuit(np.eye(2)), RateCircuit(np.eye(2), delay=1.0)]), "same delays"),
    ],
)
def test_messages(work, message):
    with pytest.raises(DataError, match=message):
        work()
