"""Energy is operations times cost, layer by layer and sample by sample."""

import numpy as np
import pytest

from interplay import measures
from interplay._core.errors import ConfigError, DataError


def test_every_operation_is_paid_once():
    added = {"b": [10.0, 20.0]}
    multiplied = {"a": [3.0, 5.0]}
    found = measures.spike_energy(added, multiplied, {"a": 100.0, "b": 50.0}, updates=7.0, draws=4)
    for s in range(2):
        one = 0.9 * added["b"][s] + 4.6 * multiplied["a"][s] + 4.6 * 7
        assert found.nanojoule[s] == pytest.approx(4 * one / 1000)
    assert found.dense_nanojoule == pytest.approx(4.6 * 150 / 1000)
    assert found.ratio == pytest.approx(found.dense_nanojoule / found.nanojoule.mean())
    assert found.layers.tolist() == ["a", "b"]
    assert found.accumulates.tolist() == [[0, 0], [10, 20]]


def test_costs_are_those_of_the_table():
    assert measures.FLOAT32_45NM.multiply_accumulate_pj == pytest.approx(4.6)
    assert measures.FLOAT16_45NM.multiply_accumulate_pj == pytest.approx(1.5)
    cheap = measures.OperationCost(accumulate_pj=1.0, multiply_pj=1.0, about="made up")
    assert measures.spike_energy({"a": [1.0]}, {}, {"a": 1.0}, cost=cheap).ratio == pytest.approx(2.0)


def test_silence_costs_nothing():
    found = measures.spike_energy({"a": [0.0]}, {}, {"a": 5.0})
    assert found.nanojoule.tolist() == [0.0]
    assert found.ratio == np.inf


def test_what_is_no_count_is_refused():
    with pytest.raises(DataError, match="`dense` must name every layer, but 'b'"):
        measures.spike_energy({"b": [1.0]}, {}, {"a": 1.0})
    with pytest.raises(DataError, match="must not be negative"):
        measures.spike_energy({"a": [-1.0]}, {}, {"a": 1.0})
    with pytest.raises(DataError, match="must have shape"):
        measures.spike_energy({"a": [1.0, 2.0]}, {"a": [1.0]}, {"a": 1.0})
    with pytest.raises(DataError, match="must hold a layer"):
        measures.spike_energy({}, {}, {"a": 1.0})
    with pytest.raises(ConfigError, match="`draws`"):
        measures.spike_energy({"a": [1.0]}, {}, {"a": 1.0}, draws=0)
    with pytest.raises(ConfigError, match="accumulate_pj"):
        measures.OperationCost(accumulate_pj=0.0, multiply_pj=1.0, about="")
